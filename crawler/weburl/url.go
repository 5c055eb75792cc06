// Package weburl parses, resolves and canonicalises URLs the way browsers do
// (WHATWG URL Standard), so that a link means to the crawler what it means to
// the people who click it, and so that one page has one name in the frontier.
//
// It does not fetch, does not resolve names, and decides nothing about scope.
package weburl

import (
	"errors"
	"strings"
)

// ErrSyntax is the error of every URL that the standard calls a failure.
var ErrSyntax = errors.New("not a URL")

// URL is a parsed URL; its fields are already encoded and normalised as the
// standard serialises them. Treat it as immutable.
type URL struct {
	Scheme   string // lower case, without the colon
	Username string
	Password string
	Host     string // without port; IPv6 in brackets; lower case and punycode for special schemes
	Port     string // empty when absent or the scheme's default
	Path     string // with its leading slash, or the opaque path of mailto: and the like
	Query    string // without the question mark
	Fragment string // without the hash

	hasHost     bool
	hasQuery    bool
	hasFragment bool
	opaque      bool
}

// Parse parses an absolute URL.
func Parse(raw string) (*URL, error) {
	return parse(raw, nil)
}

// Resolve parses ref against base, which may be nil. What is not ASCII in a
// query is encoded as UTF-8: browsers use the document's own encoding there,
// so whoever reads links out of a document in another one encodes them first.
func Resolve(base *URL, ref string) (*URL, error) {
	return parse(ref, base)
}

// Special reports whether the scheme is one of http, https, ws, wss, ftp and file.
func (u *URL) Special() bool { return isSpecial(u.Scheme) }

// HostPort is host[:port], the port only where it is not the default.
func (u *URL) HostPort() string {
	if u.Port == "" {
		return u.Host
	}
	return u.Host + ":" + u.Port
}

// Href serialises the URL with its fragment.
func (u *URL) Href() string { return string(u.append(make([]byte, 0, u.size()), true)) }

// WithoutFragment serialises the URL without its fragment.
func (u *URL) WithoutFragment() string {
	return string(u.append(make([]byte, 0, u.size()), false))
}

// String is Href.
func (u *URL) String() string { return u.Href() }

func (u *URL) size() int {
	return len(u.Scheme) + len(u.Username) + len(u.Password) + len(u.Host) +
		len(u.Port) + len(u.Path) + len(u.Query) + len(u.Fragment) + 10
}

func (u *URL) append(b []byte, fragment bool) []byte {
	b = append(b, u.Scheme...)
	b = append(b, ':')
	switch {
	case u.hasHost:
		b = append(b, "//"...)
		if u.Username != "" || u.Password != "" {
			b = append(b, u.Username...)
			if u.Password != "" {
				b = append(b, ':')
				b = append(b, u.Password...)
			}
			b = append(b, '@')
		}
		b = append(b, u.Host...)
		if u.Port != "" {
			b = append(b, ':')
			b = append(b, u.Port...)
		}
	case !u.opaque && strings.HasPrefix(u.Path, "//"):
		// Without this a path that begins with an empty segment would read
		// as a host.
		b = append(b, "/."...)
	}
	b = append(b, u.Path...)
	if u.hasQuery {
		b = append(b, '?')
		b = append(b, u.Query...)
	}
	if fragment && u.hasFragment {
		b = append(b, '#')
		b = append(b, u.Fragment...)
	}
	return b
}

func isSpecial(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp", "file":
		return true
	}
	return false
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	case "ftp":
		return "21"
	}
	return ""
}
