package weburl

import (
	"fmt"
	"strconv"
	"strings"
)

// parser carries one parse. Its methods are the states of the standard's
// basic URL parser, each given the input that is left.
type parser struct {
	u       *URL
	base    *URL
	special bool
}

func parse(raw string, base *URL) (*URL, error) {
	in := clean(raw)
	p := parser{u: &URL{}, base: base}
	if err := p.start(in); err != nil {
		return nil, fmt.Errorf("parse URL %.200q: %w", raw, err)
	}
	return p.u, nil
}

// clean trims controls and spaces at both ends and removes tabs and line
// breaks anywhere, as browsers do.
func clean(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// splitScheme returns the lower-case scheme and what follows its colon.
func splitScheme(in string) (scheme, rest string, ok bool) {
	if in == "" || !isAlpha(in[0]) {
		return "", in, false
	}
	for i := 1; i < len(in); i++ {
		switch c := in[i]; {
		case c == ':':
			return lower(in[:i]), in[i+1:], true
		case isAlpha(c), isDigit(c), c == '+', c == '-', c == '.':
		default:
			return "", in, false
		}
	}
	return "", in, false
}

func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

func (p *parser) start(in string) error {
	scheme, rest, ok := splitScheme(in)
	if !ok {
		return p.noScheme(in)
	}
	p.u.Scheme = scheme
	p.special = isSpecial(scheme)
	switch {
	case scheme == "file":
		return p.file(rest)
	case p.special && p.base != nil && p.base.Scheme == scheme && !strings.HasPrefix(rest, "//"):
		return p.relative(rest)
	case p.special:
		return p.authority(strings.TrimLeft(rest, `/\`))
	case strings.HasPrefix(rest, "//"):
		return p.authority(rest[2:])
	case strings.HasPrefix(rest, "/"):
		p.path(rest[1:])
		return nil
	}
	p.opaquePath(rest)
	return nil
}

func (p *parser) noScheme(in string) error {
	base := p.base
	if base == nil {
		return fmt.Errorf("no scheme and no base: %w", ErrSyntax)
	}
	if base.opaque {
		if !strings.HasPrefix(in, "#") {
			return fmt.Errorf("relative to an opaque base: %w", ErrSyntax)
		}
		*p.u = *base
		p.fragment(in[1:])
		return nil
	}
	p.special = base.Special()
	if base.Scheme == "file" {
		return p.file(in)
	}
	return p.relative(in)
}

// isSlash reports a slash, or a backslash where the scheme is special.
func (p *parser) isSlash(in string) bool {
	return in != "" && (in[0] == '/' || p.special && in[0] == '\\')
}

func (p *parser) copyBase(path bool) {
	b := p.base
	p.u.Username, p.u.Password = b.Username, b.Password
	p.u.Host, p.u.hasHost, p.u.Port = b.Host, b.hasHost, b.Port
	if path {
		p.u.Path, p.u.Query, p.u.hasQuery = b.Path, b.Query, b.hasQuery
	}
}

func (p *parser) relative(in string) error {
	p.u.Scheme = p.base.Scheme
	if p.isSlash(in) {
		rest := in[1:]
		switch {
		case p.special && p.isSlash(rest):
			return p.authority(strings.TrimLeft(rest, `/\`))
		case strings.HasPrefix(rest, "/"):
			return p.authority(rest[1:])
		}
		p.copyBase(false)
		p.path(rest)
		return nil
	}
	p.copyBase(true)
	p.afterBasePath(in, true)
	return nil
}

// afterBasePath goes on after the base's path has been taken over.
func (p *parser) afterBasePath(in string, shorten bool) {
	switch {
	case in == "":
	case in[0] == '?':
		p.query(in[1:])
	case in[0] == '#':
		p.fragment(in[1:])
	default:
		p.u.Query, p.u.hasQuery = "", false
		if shorten {
			p.u.Path = p.shorten(p.u.Path)
		} else {
			p.u.Path = ""
		}
		p.path(in)
	}
}

func (p *parser) authority(in string) error {
	end := strings.IndexAny(in, "/?#")
	if end < 0 {
		end = len(in)
	}
	if p.special {
		if i := strings.IndexByte(in[:end], '\\'); i >= 0 {
			end = i
		}
	}
	auth, rest := in[:end], in[end:]
	if at := strings.LastIndexByte(auth, '@'); at >= 0 {
		user, pass, _ := strings.Cut(auth[:at], ":")
		p.u.Username = encode(user, &setUserinfo)
		p.u.Password = encode(pass, &setUserinfo)
		auth = auth[at+1:]
		if auth == "" {
			return fmt.Errorf("no host: %w", ErrSyntax)
		}
	}
	if err := p.hostPort(auth); err != nil {
		return err
	}
	p.pathStart(rest)
	return nil
}

func (p *parser) hostPort(auth string) error {
	host, port := auth, ""
	brackets := false
	for i := range len(auth) {
		switch auth[i] {
		case '[':
			brackets = true
		case ']':
			brackets = false
		case ':':
			if !brackets {
				host, port = auth[:i], auth[i+1:]
				if host == "" {
					return fmt.Errorf("no host: %w", ErrSyntax)
				}
			}
		}
		if len(host) < len(auth) {
			break
		}
	}
	if host == "" && p.special {
		return fmt.Errorf("no host: %w", ErrSyntax)
	}
	h, err := parseHost(host, p.special)
	if err != nil {
		return err
	}
	p.u.Host, p.u.hasHost = h, true
	return p.port(port)
}

func (p *parser) port(s string) error {
	if s == "" {
		return nil
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return fmt.Errorf("port %.20q: %w", s, ErrSyntax)
		}
		if n = n*10 + int(s[i]-'0'); n > 65535 {
			return fmt.Errorf("port %.20q: %w", s, ErrSyntax)
		}
	}
	port := strconv.Itoa(n)
	if port != defaultPort(p.u.Scheme) {
		p.u.Port = port
	}
	return nil
}

func (p *parser) pathStart(in string) {
	switch {
	case p.isSlash(in):
		p.path(in[1:])
	case p.special:
		p.path(in)
	case in == "":
	case in[0] == '?':
		p.query(in[1:])
	case in[0] == '#':
		p.fragment(in[1:])
	default:
		p.path(in)
	}
}

// path reads segments; in begins after the slash.
func (p *parser) path(in string) {
	end := strings.IndexAny(in, "?#")
	if end < 0 {
		end = len(in)
	}
	rest := in[end:]
	segments := in[:end]
	out := make([]byte, 0, len(p.u.Path)+len(segments)+16)
	out = append(out, p.u.Path...)
	for more := true; more; {
		seg := segments
		i := strings.IndexByte(segments, '/')
		if p.special {
			if j := strings.IndexByte(segments, '\\'); j >= 0 && (i < 0 || j < i) {
				i = j
			}
		}
		if more = i >= 0; more {
			seg, segments = segments[:i], segments[i+1:]
		}
		out = p.segment(out, seg, more)
	}
	p.u.Path = string(out)
	p.afterPath(rest)
}

func (p *parser) segment(out []byte, seg string, more bool) []byte {
	switch dots(seg) {
	case 2:
		out = []byte(p.shorten(string(out)))
		if !more {
			out = append(out, '/')
		}
	case 1:
		if !more {
			out = append(out, '/')
		}
	default:
		if p.u.Scheme == "file" && len(out) == 0 && isDriveLetter(seg) {
			return append(out, '/', seg[0], ':')
		}
		out = append(out, '/')
		out = appendEncoded(out, seg, &setPath)
	}
	return out
}

func (p *parser) afterPath(rest string) {
	switch {
	case rest == "":
	case rest[0] == '?':
		p.query(rest[1:])
	default:
		p.fragment(rest[1:])
	}
}

// dots returns 1 for a single-dot segment, 2 for a double-dot segment, in
// any of their percent-encoded spellings.
func dots(seg string) int {
	n := 0
	for len(seg) > 0 {
		switch {
		case seg[0] == '.':
			seg = seg[1:]
		case len(seg) >= 3 && seg[0] == '%' && seg[1] == '2' && seg[2]|0x20 == 'e':
			seg = seg[3:]
		default:
			return 0
		}
		if n++; n > 2 {
			return 0
		}
	}
	return n
}

// shorten removes the last segment, but never the drive letter of a file URL.
func (p *parser) shorten(path string) string {
	if p.u.Scheme == "file" && len(path) == 3 && isAlpha(path[1]) && path[2] == ':' {
		return path
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return path
}

func (p *parser) opaquePath(in string) {
	p.u.opaque = true
	end := strings.IndexAny(in, "?#")
	if end < 0 {
		p.u.Path = encode(in, &setC0)
		return
	}
	path := in[:end]
	if strings.HasSuffix(path, " ") {
		// The one space that would be lost when the query is removed.
		p.u.Path = encode(path[:len(path)-1], &setC0) + "%20"
	} else {
		p.u.Path = encode(path, &setC0)
	}
	p.afterPath(in[end:])
}

func (p *parser) query(in string) {
	q, frag, has := strings.Cut(in, "#")
	set := &setQuery
	if p.special {
		set = &setSpecialQuery
	}
	p.u.Query, p.u.hasQuery = encode(q, set), true
	if has {
		p.fragment(frag)
	}
}

func (p *parser) fragment(in string) {
	p.u.Fragment, p.u.hasFragment = encode(in, &setFragment), true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
