package document

import (
	"html"
	"strings"
	"unicode/utf8"
)

// unescape decodes the entities of text, or of an attribute's value, where a
// name without semicolon counts only if nothing follows it that could belong
// to an address (?a=1&copy=2).
func unescape(s string, attribute bool) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return string(appendUnescaped(make([]byte, 0, len(s)), s, attribute))
}

// appendUnescaped appends s to dst with its entities decoded.
func appendUnescaped(dst []byte, s string, attribute bool) []byte {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		n := 0
		dst, n = appendHTMLEntity(dst, s, attribute)
		s = s[n:]
	}
}

// appendHTMLEntity decodes the entity at the start of s and returns how many
// bytes of s it took.
func appendHTMLEntity(dst []byte, s string, attribute bool) ([]byte, int) {
	if len(s) > 2 && s[1] == '#' {
		return appendNumeric(dst, s)
	}
	n := 1
	for n < len(s) && n < 34 && (isLetter(s[n]) || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	if n == 1 {
		return append(dst, '&'), 1
	}
	if n < len(s) && s[n] == ';' {
		switch s[:n] {
		case "&nbsp":
			return append(dst, "\u00A0"...), n + 1
		case "&amp":
			return append(dst, '&'), n + 1
		case "&lt":
			return append(dst, '<'), n + 1
		case "&gt":
			return append(dst, '>'), n + 1
		case "&quot":
			return append(dst, '"'), n + 1
		}
		n++
	} else if attribute && n < len(s) && s[n] == '=' {
		return append(dst, s[:n]...), n
	}
	plain := html.UnescapeString(s[:n])
	if attribute && s[n-1] != ';' && utf8.RuneCountInString(plain) > 1 {
		return append(dst, s[:n]...), n // only a prefix of the name is an entity
	}
	return append(dst, plain...), n
}

// appendNumeric decodes &#123; and &#x1F; with the corrections browsers make.
func appendNumeric(dst []byte, s string) ([]byte, int) {
	i, base := 2, rune(10)
	if s[2] == 'x' || s[2] == 'X' {
		i, base = 3, 16
	}
	start, v := i, rune(0)
digits:
	for ; i < len(s); i++ {
		d := rune(s[i])
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case base == 16 && d|0x20 >= 'a' && d|0x20 <= 'f':
			d = d | 0x20 - 'a' + 10
		default:
			break digits
		}
		if v <= utf8.MaxRune {
			v = v*base + d
		}
	}
	if i == start {
		return append(dst, '&'), 1
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	if v >= 0x80 && v <= 0x9F { // windows-1252, as browsers read them
		return append(dst, html.UnescapeString(s[:i])...), i
	}
	if v == 0 || v > utf8.MaxRune || v >= 0xD800 && v <= 0xDFFF {
		v = utf8.RuneError
	}
	return utf8.AppendRune(dst, v), i
}
