package document

import (
	"bytes"
	"strings"

	"prescreen/internal/charset"
)

// resolveLinks makes the references absolute and hands them on.
func (pg *page) resolveLinks() {
	base := parseBase(pg.f.url)
	if pg.hasBase {
		base = parseBase(base.resolve(pg.base))
	}
	res := pg.f.res
	if res.Links == nil {
		res.Links = make([]Link, 0, len(pg.links))
	}
	var buf []byte
	for _, l := range pg.links {
		if l.via == "base" {
			l.ref = base.full
		}
		if buf = base.appendResolved(buf[:0], l.ref); len(buf) > 0 {
			buf = pg.encodeQuery(buf)
			pg.f.link(Link{URL: pg.keep(buf), Via: l.via, Text: l.text})
		}
	}
}

// encodeQuery writes the query of an address in the page's own encoding, as
// browsers do: the server of a page in GBK expects its queries in GBK.
func (pg *page) encodeQuery(address []byte) []byte {
	name := pg.f.charset
	if name == "" || strings.HasPrefix(name, "utf-") {
		return address
	}
	start := bytes.IndexByte(address, '?')
	if start < 0 {
		return address
	}
	end := len(address)
	if i := bytes.IndexByte(address[start:], '#'); i >= 0 {
		end = start + i
	}
	query := string(address[start:end])
	if isASCII(query) {
		return address
	}
	fragment := string(address[end:])
	return append(charset.AppendQuery(address[:start], name, query), fragment...)
}

// base is an address split for resolving references against it. It is
// lenient and keeps bytes as they are: whoever fetches makes them canonical.
type base struct {
	full   string // without fragment
	scheme string // with the colon
	origin string // scheme://host
	dir    string // origin and path up to the last slash
	path   string // origin and path
}

func parseBase(address string) base {
	address, _, _ = strings.Cut(address, "#")
	scheme := schemeOf(address)
	if scheme == "" {
		return base{}
	}
	b := base{full: address, scheme: address[:len(scheme)+1]}
	rest := strings.TrimLeft(address[len(scheme)+1:], `/\`)
	start := len(address) - len(rest)
	end := start
	for end < len(address) && address[end] != '/' && address[end] != '?' && address[end] != '\\' {
		end++
	}
	b.origin = address[:end]
	b.path, _, _ = strings.Cut(address, "?")
	if len(b.path) == len(b.origin) {
		b.path = b.origin + "/"
	}
	b.dir = b.path[:strings.LastIndexByte(b.path, '/')+1]
	return b
}

// resolve makes ref absolute, "" when it cannot be. Dot segments are resolved.
func (b base) resolve(ref string) string { return string(b.appendResolved(nil, ref)) }

// appendResolved appends ref, made absolute, to an empty dst.
func (b base) appendResolved(dst []byte, ref string) []byte {
	if strings.ContainsAny(ref, "\t\n\r") {
		ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	}
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' || r == 0x3000 || r == 0xA0 || r == 0xFEFF })
	if ref == "" {
		return dst
	}
	if i := strings.IndexByte(ref, '\\'); i >= 0 {
		end := strings.IndexAny(ref, "?#")
		if end < 0 {
			end = len(ref)
		}
		ref = strings.ReplaceAll(ref[:end], `\`, "/") + ref[end:]
	}
	if scheme := schemeOf(ref); scheme != "" {
		rest := ref[len(scheme)+1:]
		switch {
		case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
			return dst
		case strings.HasPrefix(rest, "//"):
			return undot(append(dst, ref...))
		case b.scheme == "" || !strings.EqualFold(scheme, b.scheme[:len(b.scheme)-1]):
			dst = append(append(dst, scheme...), "://"...)
			return undot(append(dst, strings.TrimLeft(rest, "/")...))
		case rest == "":
			return dst
		}
		ref = rest // http:page.html is relative
	}
	switch {
	case b.scheme == "":
		return append(dst, ref...)
	case strings.HasPrefix(ref, "//"):
		dst = append(append(dst, b.scheme...), "//"...)
		return undot(append(dst, strings.TrimLeft(ref, "/")...))
	case ref[0] == '/':
		return undot(append(append(dst, b.origin...), ref...))
	case ref[0] == '?':
		return append(append(dst, b.path...), ref...)
	case ref[0] == '#':
		return append(append(dst, b.full...), ref...)
	}
	return undot(append(append(dst, b.dir...), ref...))
}

// undot resolves the "." and ".." segments of an absolute address in place.
func undot(address []byte) []byte {
	end := bytes.IndexAny(address, "?#")
	if end < 0 {
		end = len(address)
	}
	host := bytes.Index(address, []byte("://"))
	if host < 0 || !bytes.Contains(address[:end], []byte("/.")) {
		return address
	}
	slash := bytes.IndexByte(address[host+3:end], '/')
	if slash < 0 {
		return address
	}
	root := host + 3 + slash // of the first slash of the path
	out := root              // length of what is kept
	for at := root; at < end; {
		next := end
		if i := bytes.IndexByte(address[at+1:end], '/'); i >= 0 {
			next = at + 1 + i
		}
		switch segment := string(address[at+1 : next]); segment {
		case ".", "..":
			if segment == ".." {
				out = max(bytes.LastIndexByte(address[root:out], '/'), 0) + root
			}
			if next == end { // a directory
				address[out] = '/'
				out++
			}
		default:
			out += copy(address[out:], address[at:next])
		}
		at = next
	}
	return append(address[:out], address[end:]...)
}
