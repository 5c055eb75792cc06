package charset

import (
	"strings"
	"unicode/utf8"
)

// Decode returns data as UTF-8 text.
func Decode(data []byte, hint Hint) (string, Result) {
	if utf8.Valid(data) {
		return string(data), Result{Name: "utf-8"}
	}
	out, err := byName("gb18030").NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD"), Result{Name: "utf-8", Bad: 1}
	}
	return string(out), Result{Name: "gb18030"}
}
