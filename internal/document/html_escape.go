package document

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeScript decodes the escapes of JavaScript and JSON strings, and those
// of the old escape function (%u673A).
func decodeScript(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c == '%' && i+5 < len(s) {
			if s[i+1] == 'u' {
				if v := hex4(s[i+2:]); v >= 0 {
					b, i = appendUnit(b, s, i+6, v, "%u")
					continue
				}
			} else if r, n := percentRune(s[i:]); n > 0 {
				b = utf8.AppendRune(b, r)
				i += n
				continue
			}
		}
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			i++
			continue
		}
		b, i = appendEscape(b, s, i)
	}
	return string(b)
}

// percentRune decodes a character beyond ASCII that is written as the percent
// escapes of its UTF-8, and returns how many bytes of s it took.
func percentRune(s string) (rune, int) {
	var b [4]byte
	n := 0
	for n < len(b) && len(s) >= 3*n+3 && s[3*n] == '%' {
		hi, lo := unhex(s[3*n+1]), unhex(s[3*n+2])
		if hi < 8 || lo < 0 {
			break
		}
		b[n] = byte(hi<<4 | lo)
		n++
	}
	r, size := utf8.DecodeRune(b[:n])
	if r == utf8.RuneError || size < 2 {
		return 0, 0
	}
	return r, 3 * size
}

// decodeCharCodes replaces String.fromCharCode(26426,23494) by what it makes.
func decodeCharCodes(s string) string {
	const call = "fromCharCode("
	var b strings.Builder
	for {
		i := strings.Index(s, call)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+len(call)])
		s = s[i+len(call):]
		end := strings.IndexByte(s, ')')
		if end < 0 || end > 64<<10 {
			continue
		}
		var units []uint16
		for arg := range strings.SplitSeq(s[:end], ",") {
			v, err := strconv.ParseUint(strings.TrimSpace(arg), 0, 16)
			if err != nil {
				units = nil
				break
			}
			units = append(units, uint16(v))
		}
		if len(units) > 0 {
			b.WriteString(string(utf16.Decode(units)))
			s = s[end:]
		}
	}
}

// appendEscape decodes the backslash escape at s[i].
func appendEscape(b []byte, s string, i int) ([]byte, int) {
	switch s[i+1] {
	case 'u':
		if v := hex4(s[i+2:]); v >= 0 {
			return appendUnit(b, s, i+6, v, `\u`)
		}
		if i+2 < len(s) && s[i+2] == '{' {
			if j := strings.IndexByte(s[i+3:min(len(s), i+11)], '}'); j > 0 {
				v := rune(0)
				for _, c := range []byte(s[i+3 : i+3+j]) {
					h := unhex(c)
					if h < 0 {
						return append(b, '\\'), i + 1
					}
					v = v<<4 | rune(h)
				}
				return utf8.AppendRune(b, v), i + 4 + j
			}
		}
	case 'x':
		if i+3 < len(s) {
			if hi, lo := unhex(s[i+2]), unhex(s[i+3]); hi >= 0 && lo >= 0 {
				return utf8.AppendRune(b, rune(hi<<4|lo)), i + 4
			}
		}
	case 'n', 'r':
		return append(b, '\n'), i + 2
	case 't':
		return append(b, '\t'), i + 2
	case '/', '"', '\'', '\\':
		return append(b, s[i+1]), i + 2
	}
	return append(b, '\\'), i + 1
}

// appendUnit appends the UTF-16 unit v, joined with a low surrogate after it.
func appendUnit(b []byte, s string, next int, v int, prefix string) ([]byte, int) {
	r := rune(v)
	if utf16.IsSurrogate(r) && strings.HasPrefix(s[next:], prefix) {
		if low := hex4(s[next+2:]); low >= 0 {
			if full := utf16.DecodeRune(r, rune(low)); full != utf8.RuneError {
				return utf8.AppendRune(b, full), next + 6
			}
		}
	}
	return utf8.AppendRune(b, r), next // a lone surrogate becomes U+FFFD
}

func hex4(s string) int {
	if len(s) < 4 {
		return -1
	}
	v := 0
	for i := range 4 {
		h := unhex(s[i])
		if h < 0 {
			return -1
		}
		v = v<<4 | h
	}
	return v
}
