package weburl

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Errors of Canonical on which a caller decides.
var (
	// ErrScheme: not http or https (mailto:, javascript:, tel: …): no link to follow.
	ErrScheme = errors.New("scheme is not http or https")
	// ErrTooLong: longer than Options.MaxLength, usually a sign of a trap.
	ErrTooLong = errors.New("URL is too long")
)

// DefaultMaxLength is the longest canonical URL in bytes. Servers refuse
// longer ones (Apache at 8,190), so nothing readable is lost.
const DefaultMaxLength = 8190

// Options say how a site's URLs are brought to one form.
type Options struct {
	// SortQuery sorts query parameters by name, keeping the order of equal
	// names. Off by default: some portals route on the order.
	SortQuery bool
	// DropQuery removes the whole query, apart from the parameters in Keep.
	DropQuery bool
	// Drop lists more query parameters that do not change the page. Names
	// are compared without case; a trailing * matches any ending.
	Drop []string
	// Keep lists parameters that are significant here although the built-in
	// list or Drop names them; same form. It wins.
	Keep []string
	// MaxLength of a canonical URL in bytes; 0 is DefaultMaxLength.
	MaxLength int
}

// noise is what changes from visit to visit or from share to share without
// changing the page: campaign tags, click ids, session ids.
var noise = []string{
	// campaign and click tags
	"utm_*", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "twclid",
	"mc_cid", "mc_eid", "_ga", "_gl", "igshid", "_hsenc", "_hsmi", "mkt_tok",
	// the same from Baidu, Alibaba, WeChat and friends
	"spm", "scm", "bd_vid", "hmsr", "hmpl", "hmcu", "hmkw", "hmci", "nsukey", "isappinstalled", "wxshare_*", "share_token",
	// sessions
	"jsessionid", "phpsessid", "aspsessionid*", "asp.net_sessionid", "sessionid", "session_id", "sess_id", "sessid",
	"cfid", "cftoken", "jsessionidsso", "oscsid", "zenid",
}

// pathNoise are the session ids that servlet containers put into the path.
var pathNoise = []string{"jsessionid", "phpsessid", "sessionid", "sid"}

// A Canonicalizer gives every page of a site one name. It is immutable.
type Canonicalizer struct {
	sort    bool
	noQuery bool
	max     int
	drop    nameSet
	keep    nameSet
	inPath  nameSet
}

// NewCanonicalizer checks the options and compiles them.
func NewCanonicalizer(o Options) (*Canonicalizer, error) {
	if o.MaxLength < 0 {
		return nil, fmt.Errorf("canonical form: max length %d is negative", o.MaxLength)
	}
	c := &Canonicalizer{sort: o.SortQuery, noQuery: o.DropQuery, max: o.MaxLength}
	if c.max == 0 {
		c.max = DefaultMaxLength
	}
	for _, list := range []struct {
		set   *nameSet
		names []string
	}{{&c.drop, noise}, {&c.drop, o.Drop}, {&c.keep, o.Keep}, {&c.inPath, pathNoise}} {
		for _, name := range list.names {
			if err := list.set.add(name); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// nameSet holds lower-case names and prefixes, grouped by first byte so that
// the usual parameter is settled by one look.
type nameSet struct {
	exact  map[string]struct{}
	prefix []string
	first  [256]bool
}

func (s *nameSet) add(name string) error {
	lowered := lower(strings.TrimSpace(name))
	stem, wild := strings.CutSuffix(lowered, "*")
	if stem == "" || strings.ContainsAny(stem, "*&=?# ") {
		return fmt.Errorf("canonical form: query parameter %q: want a name, or a name with * at its end", name)
	}
	s.first[stem[0]] = true
	if wild {
		s.prefix = append(s.prefix, stem)
		return nil
	}
	if s.exact == nil {
		s.exact = make(map[string]struct{})
	}
	s.exact[stem] = struct{}{}
	return nil
}

func (s *nameSet) has(name string) bool {
	if name == "" {
		return false
	}
	c := name[0]
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	if c != '%' && !s.first[c] {
		return false
	}
	name = lower(percentDecode(name))
	if _, ok := s.exact[name]; ok {
		return true
	}
	for _, p := range s.prefix {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// Canonical returns the canonical form of an absolute URL: scheme and host in
// lower case (punycode), no user information, no default port, no trailing
// dot of the host, dot segments resolved, percent-encoding minimal and in
// upper case, no fragment, no empty query, no tracking or session parameters.
// Canonical of a canonical URL is the URL itself, without allocation.
func (c *Canonicalizer) Canonical(raw string) (string, error) {
	if c.isCanonical(raw) {
		return raw, nil
	}
	if len(raw) > 16*c.max {
		return "", fmt.Errorf("%w: %d bytes", ErrTooLong, len(raw))
	}
	u, err := Parse(raw)
	if err != nil {
		return "", err
	}
	return c.CanonicalURL(u)
}

// CanonicalURL is Canonical of a parsed URL.
func (c *Canonicalizer) CanonicalURL(u *URL) (string, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%.20q: %w", u.Scheme, ErrScheme)
	}
	host := strings.TrimSuffix(u.Host, ".")
	if host == "" || strings.HasSuffix(host, ".") {
		return "", fmt.Errorf("host %q: %w", u.Host, ErrSyntax)
	}
	b := make([]byte, 0, u.size())
	b = append(b, u.Scheme...)
	b = append(b, "://"...)
	b = append(b, host...)
	if u.Port != "" {
		b = append(b, ':')
		b = append(b, u.Port...)
	}
	b = c.appendPath(b, u.Path)
	if u.Query != "" {
		b = c.appendQuery(b, u.Query)
	}
	if len(b) > c.max {
		return "", fmt.Errorf("%w: %d bytes", ErrTooLong, len(b))
	}
	return string(b), nil
}

func (c *Canonicalizer) appendPath(b []byte, path string) []byte {
	start := len(b)
	removed := false
	for path != "" {
		i := strings.IndexByte(path, ';')
		if i < 0 {
			b = appendNormal(b, path, &setCanonicalPath)
			break
		}
		b = appendNormal(b, path[:i], &setCanonicalPath)
		path = path[i:]
		// A path parameter ends at the next one or with its segment.
		end := 1
		for end < len(path) && path[end] != ';' && path[end] != '/' {
			end++
		}
		name, _, hasValue := strings.Cut(path[1:end], "=")
		if hasValue && c.inPath.has(name) {
			removed = true
		} else {
			b = appendNormal(b, path[:end], &setCanonicalPath)
		}
		path = path[end:]
	}
	if removed && hasDots(b[start:]) {
		// "/.;jsessionid=1" has become a dot segment: resolve it again.
		p := parser{u: &URL{Scheme: "http"}, special: true}
		p.path(string(b[start+1:]))
		b = append(b[:start], p.u.Path...)
	}
	return b
}

// hasDots reports whether a path still has dot segments in it.
func hasDots(path []byte) bool {
	for seg := range bytes.SplitSeq(path, []byte("/")) {
		if dots(string(seg)) > 0 {
			return true
		}
	}
	return false
}

func (c *Canonicalizer) appendQuery(b []byte, query string) []byte {
	var kept []string
	if c.sort {
		kept = make([]string, 0, strings.Count(query, "&")+1)
	}
	sep := byte('?')
	for param := range strings.SplitSeq(query, "&") {
		if param == "" || c.dropped(param) {
			continue
		}
		if c.sort {
			kept = append(kept, string(appendNormal(nil, param, &setCanonicalQuery)))
			continue
		}
		b = append(b, sep)
		b = appendNormal(b, param, &setCanonicalQuery)
		sep = '&'
	}
	slices.SortStableFunc(kept, func(x, y string) int {
		xn, _, _ := strings.Cut(x, "=")
		yn, _, _ := strings.Cut(y, "=")
		return strings.Compare(xn, yn)
	})
	for _, param := range kept {
		b = append(b, sep)
		b = append(b, param...)
		sep = '&'
	}
	return b
}

func (c *Canonicalizer) dropped(param string) bool {
	name := param
	if i := strings.IndexByte(param, '='); i >= 0 {
		name = param[:i]
	}
	return (c.noQuery || c.drop.has(name)) && !c.keep.has(name)
}

// appendNormal brings percent-encoding to one form: what need not be encoded
// is not, hexadecimal digits are upper case, and a percent sign that encodes
// nothing becomes %25 (or decoding its neighbours could make it mean something).
func appendNormal(b []byte, s string, set *charset) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			v := unhex(s[i+1])<<4 | unhex(s[i+2])
			if unreserved(v) {
				b = append(b, v)
			} else {
				b = append(b, '%', upperHex[v>>4], upperHex[v&15])
			}
			i += 2
		case c == '%':
			b = append(b, "%25"...)
		case set.has(c):
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

func unreserved(c byte) bool {
	return isAlpha(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

// HostKey returns host[:port] of a canonical URL, the key politeness goes by.
func HostKey(canonical string) string {
	_, rest, ok := strings.Cut(canonical, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
