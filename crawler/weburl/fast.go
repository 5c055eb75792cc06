package weburl

import "strings"

// Byte classes of the fast path.
const (
	inHost  = 1 << iota // may stand in a plain lower-case host name
	inPath              // may stand in a canonical path as it is
	inQuery             // may stand in a canonical query as it is
)

var class = func() (t [256]uint8) {
	for c := range 0x80 {
		b := byte(c)
		if isDigit(b) || 'a' <= b && b <= 'z' || b == '-' || b == '.' {
			t[c] |= inHost
		}
		if !setCanonicalPath.has(b) && b != '%' && b != ';' && b != '/' {
			t[c] |= inPath
		}
		if !setCanonicalQuery.has(b) && b != '%' {
			t[c] |= inQuery
		}
	}
	return t
}()

// isCanonical reports whether raw is plainly canonical already. It may say no
// to a canonical URL that is unusual (numeric hosts, IPv6, a path with
// semicolons); it never says yes to another one. Most links of a page repeat
// the navigation in this form, so this check is most of the cost of a link.
func (c *Canonicalizer) isCanonical(raw string) bool {
	if len(raw) > c.max {
		return false
	}
	rest, ok := strings.CutPrefix(raw, "http://")
	port := ":80"
	if !ok {
		if rest, ok = strings.CutPrefix(raw, "https://"); !ok {
			return false
		}
		port = ":443"
	}
	i := plainHost(rest)
	if i == 0 {
		return false
	}
	if i < len(rest) && rest[i] == ':' {
		j := i + 1
		for j < len(rest) && isDigit(rest[j]) {
			j++
		}
		p := rest[i:j]
		if p == port || len(p) < 2 || len(p) > 5 || p[1] == '0' {
			return false
		}
		i = j
	}
	if i == len(rest) || rest[i] != '/' {
		return false
	}
	return c.plainTail(rest[i:])
}

// plainHost returns the length of a host name that is its own canonical form,
// or 0 where the full parser has to look.
func plainHost(s string) int {
	i := 0
	label := 0 // start of the current label
	for i < len(s) && class[s[i]]&inHost != 0 {
		if s[i] == '.' {
			label = i + 1
		}
		i++
	}
	// A trailing dot is removed, and a last label that begins with a digit
	// may be an IPv4 address in disguise.
	if i == 0 || label == i || isDigit(s[label]) {
		return 0
	}
	return i
}

// plainTail checks path and query.
func (c *Canonicalizer) plainTail(s string) bool {
	i := 0
	for i < len(s) && s[i] == '/' {
		i++
		if i < len(s) && s[i] == '.' && startsWithDots(s[i:]) {
			return false
		}
		for i < len(s) && class[s[i]]&inPath != 0 {
			i++
		}
		if i < len(s) && s[i] == '%' {
			n := plainEscapes(s[i:], inPath)
			if n == 0 {
				return false
			}
			i += n
		}
	}
	if i == len(s) {
		return true
	}
	if s[i] != '?' || c.sort {
		return false
	}
	return c.plainQuery(s[i+1:])
}

func (c *Canonicalizer) plainQuery(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; ; i++ {
		start := i
		for i < len(s) && s[i] != '&' {
			if s[i] == '%' {
				n := plainEscapes(s[i:], 0)
				if n == 0 {
					return false
				}
				i += n
				continue
			}
			if class[s[i]]&inQuery == 0 {
				return false
			}
			i++
		}
		if i == start || c.dropped(s[start:i]) {
			return false
		}
		if i == len(s) {
			return true
		}
	}
}

// startsWithDots reports a segment of one or two dots.
func startsWithDots(s string) bool {
	n := 1
	if len(s) > 1 && s[1] == '.' {
		n = 2
	}
	return len(s) == n || s[n] == '/' || s[n] == '?' || s[n] == '%'
}

// plainEscapes returns the length of a run of canonical escapes, and of what
// follows them in the class; 0 means the full parser has to look.
func plainEscapes(s string, follow uint8) int {
	i := 0
	for i < len(s) {
		if s[i] != '%' {
			if class[s[i]]&follow == 0 {
				break
			}
			i++
			continue
		}
		if i+2 >= len(s) || !isUpperHex(s[i+1]) || !isUpperHex(s[i+2]) || unreserved(unhex(s[i+1])<<4|unhex(s[i+2])) {
			return 0
		}
		i += 3
	}
	return i
}

func isUpperHex(c byte) bool { return isDigit(c) || 'A' <= c && c <= 'F' }
