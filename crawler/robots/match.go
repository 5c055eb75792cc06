package robots

import (
	"cmp"
	"slices"
	"strings"
)

// rule is one allow or disallow line. Its pattern is cut at the stars: the
// first part is a prefix, the others follow in order.
type rule struct {
	parts    []string
	anchored bool // ended in $: the last part is a suffix
	allow    bool
	priority int // length of the pattern: the longest match decides
}

// appendRule adds the rules that one line stands for.
func appendRule(rules []rule, pattern string, allow bool) []rule {
	if pattern == "" {
		return rules // "Disallow:" forbids nothing
	}
	strict := escapePattern(pattern)
	rules = append(rules, newRule(strict, allow))
	if allow {
		// A directory is its index page.
		if i := strings.LastIndexByte(strict, '/'); i >= 0 && strings.HasPrefix(strict[i:], "/index.htm") {
			rules = append(rules, newRule(strict[:i+1]+"$", true))
		}
		return rules
	}
	// Google compares patterns as spelled, the RFC after decoding. The URLs
	// asked about are in canonical form, so what is forbidden in another
	// spelling must be forbidden in theirs too.
	if normal := normalPattern(strict); normal != strict {
		rules = append(rules, newRule(normal, false))
	}
	return rules
}

func newRule(pattern string, allow bool) rule {
	r := rule{allow: allow, priority: len(pattern)}
	pattern, r.anchored = strings.CutSuffix(pattern, "$")
	r.parts = strings.Split(pattern, "*")
	// "a**b" says no more than "a*b", and much slower.
	last := len(r.parts) - 1
	kept := r.parts[:1]
	for i := 1; i <= last; i++ {
		if r.parts[i] != "" || i == last {
			kept = append(kept, r.parts[i])
		}
	}
	r.parts = kept
	return r
}

// sortRules puts the rule that decides first: the longest, allow before
// disallow of the same length.
func sortRules(rules []rule) {
	slices.SortStableFunc(rules, func(a, b rule) int {
		if c := cmp.Compare(b.priority, a.priority); c != 0 || a.allow == b.allow {
			return c
		}
		if a.allow {
			return -1
		}
		return 1
	})
}

// Allowed reports whether a URL, or its path and query, may be fetched.
func (g *Group) Allowed(url string) bool {
	if g == nil || len(g.rules) == 0 {
		return true
	}
	path := pathQuery(url)
	for i := range g.rules {
		if g.rules[i].match(path) {
			return g.rules[i].allow
		}
	}
	return true
}

// Allowed is Agent(ProductToken(agent)).Allowed(url), for a single question.
func (f *File) Allowed(product, url string) bool {
	return f.Agent(product).Allowed(url)
}

func (r *rule) match(path string) bool {
	first := r.parts[0]
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	if len(r.parts) == 1 {
		return !r.anchored || path == ""
	}
	last := len(r.parts) - 1
	for _, part := range r.parts[1:last] {
		i := strings.Index(path, part)
		if i < 0 {
			return false
		}
		path = path[i+len(part):]
	}
	if r.anchored {
		return strings.HasSuffix(path, r.parts[last])
	}
	return strings.Contains(path, r.parts[last])
}

// pathQuery cuts a URL down to what rules are matched with.
func pathQuery(url string) string {
	if i := strings.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	url = strings.TrimPrefix(url, "//")
	start := strings.IndexAny(url, "/?;")
	if i := strings.Index(url, "://"); i >= 0 && i < start {
		// What looked like the path was the end of the scheme.
		url = url[i+3:]
		start = strings.IndexAny(url, "/?;")
	}
	switch {
	case start < 0:
		return "/"
	case url[start] != '/':
		return "/" + url[start:]
	}
	return url[start:]
}

const upperHex = "0123456789ABCDEF"

// escapePattern encodes what is not ASCII and writes escapes in upper case.
func escapePattern(s string) string {
	b := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			v := unhex(s[i+1])<<4 | unhex(s[i+2])
			b = append(b, '%', upperHex[v>>4], upperHex[v&15])
			i += 2
		case c >= 0x80:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// normalPattern spells an escaped pattern as a canonical URL would be.
func normalPattern(s string) string {
	b := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			if v := unhex(s[i+1])<<4 | unhex(s[i+2]); unreserved(v) {
				b = append(b, v)
			} else {
				b = append(b, s[i:i+3]...)
			}
			i += 2
		case c <= ' ' || c == 0x7f || strings.IndexByte("\"<>^`{}|[]\\", c) >= 0:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func unreserved(c byte) bool {
	return isToken(c) || '0' <= c && c <= '9' || c == '.' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
