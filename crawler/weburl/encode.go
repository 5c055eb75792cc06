package weburl

import "unicode/utf8"

// A charset is a set of ASCII code points; every code point above ASCII is
// encoded in all places where a set applies.
type charset [4]uint32

func newCharset(base charset, chars string) charset {
	for i := range len(chars) {
		base[chars[i]>>5] |= 1 << (chars[i] & 31)
	}
	return base
}

func (s *charset) has(c byte) bool {
	return c >= utf8.RuneSelf || s[c>>5]&(1<<(c&31)) != 0
}

// The percent-encode sets of the URL Standard, section 1.3.
var (
	setC0           = charset{0: 0xffffffff, 3: 1 << 31}
	setFragment     = newCharset(setC0, " \"<>`")
	setQuery        = newCharset(setC0, " \"#<>")
	setSpecialQuery = newCharset(setQuery, "'")
	setPath         = newCharset(setQuery, "?^`{}")
	setUserinfo     = newCharset(setPath, "/:;=@[\\]|")

	// What the canonical form encodes besides: browsers differ on these, and
	// servers do not.
	setCanonicalPath  = newCharset(setPath, "|[]\\")
	setCanonicalQuery = newCharset(setSpecialQuery, "|[]\\^`{}")

	// Code points that may not stand in a host.
	setForbiddenHost   = newCharset(charset{}, "\x00\t\n\r #/:<>?@[\\]^|")
	setForbiddenDomain = newCharset(newCharset(setC0, "%\x7f"), " #/:<>?@[\\]^|")
)

const upperHex = "0123456789ABCDEF"

func appendEncoded(dst []byte, s string, set *charset) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if !set.has(c) {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		start = i + 1
	}
	return append(dst, s[start:]...)
}

func encode(s string, set *charset) string {
	for i := range len(s) {
		if set.has(s[i]) {
			return string(appendEncoded(make([]byte, 0, len(s)+16), s, set))
		}
	}
	return s
}

func percentDecode(s string) string {
	for i := range len(s) {
		if s[i] == '%' {
			return string(appendDecoded(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

func appendDecoded(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			dst = append(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
