package fetch

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Limits of what a host may make us remember. RFC 6265 asks for 4,096 bytes a
// cookie and 50 cookies a domain.
const (
	maxCookieSize    = 4096
	maxCookiesHost   = 50
	maxCookiesBytes  = 16 << 10 // sent with one request
	maxCookieHosts   = 20000
	maxCookiesInPage = 50
)

// cookieJar keeps cookies for the host that set them only: a portal's session
// is what they are for, and no cookie ever travels to another host.
type cookieJar struct {
	now   func() time.Time
	mu    sync.Mutex
	hosts map[string][]jarCookie
}

type jarCookie struct {
	name, value, path string
	secure            bool
	expires           time.Time // zero: with the process
}

func newCookieJar(now func() time.Time) *cookieJar {
	return &cookieJar{now: now, hosts: make(map[string][]jarCookie)}
}

// header returns the Cookie header for a request: the host's cookies, and of
// the configured ones those the host has not replaced.
func (j *cookieJar) header(host, path string, secure bool, configured []*http.Cookie) string {
	var b strings.Builder
	sent := make(map[string]bool)
	add := func(name, value string) {
		if sent[name] || b.Len()+len(name)+len(value) > maxCookiesBytes {
			return
		}
		sent[name] = true
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(value)
	}
	j.mu.Lock()
	now := j.now()
	for _, c := range j.hosts[host] {
		live := c.expires.IsZero() || now.Before(c.expires)
		if live && (secure || !c.secure) && pathMatch(path, c.path) {
			add(c.name, c.value)
		}
	}
	j.mu.Unlock()
	for _, c := range configured {
		add(c.Name, c.Value)
	}
	return b.String()
}

func pathMatch(path, cookiePath string) bool {
	if !strings.HasPrefix(path, cookiePath) {
		return false
	}
	return len(path) == len(cookiePath) || strings.HasSuffix(cookiePath, "/") || path[len(cookiePath)] == '/'
}

// set takes the cookies of a response.
func (j *cookieJar) set(host, path string, header http.Header) {
	lines := header["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	small := make([]string, 0, min(len(lines), maxCookiesInPage))
	for _, l := range lines {
		if len(l) <= maxCookieSize && len(small) < maxCookiesInPage {
			small = append(small, l)
		}
	}
	parsed := (&http.Response{Header: http.Header{"Set-Cookie": small}}).Cookies()
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	list := j.hosts[host]
	for _, c := range parsed {
		list = replaceCookie(list, c, defaultPath(path), now)
	}
	if len(list) == 0 {
		delete(j.hosts, host)
		return
	}
	if _, known := j.hosts[host]; !known && len(j.hosts) >= maxCookieHosts {
		for victim := range j.hosts {
			delete(j.hosts, victim)
			break
		}
	}
	j.hosts[host] = list
}

func replaceCookie(list []jarCookie, c *http.Cookie, path string, now time.Time) []jarCookie {
	if strings.HasPrefix(c.Path, "/") {
		path = c.Path
	}
	kept := list[:0:0]
	for _, old := range list {
		if old.name != c.Name || old.path != path {
			kept = append(kept, old)
		}
	}
	expires := c.Expires
	if c.MaxAge > 0 {
		expires = now.Add(time.Duration(c.MaxAge) * time.Second)
	}
	if c.MaxAge < 0 || !expires.IsZero() && !now.Before(expires) {
		return kept
	}
	if len(kept) >= maxCookiesHost {
		kept = kept[1:]
	}
	return append(kept, jarCookie{name: c.Name, value: c.Value, path: path, secure: c.Secure, expires: expires})
}

// defaultPath is the directory of the URL (RFC 6265, 5.1.4).
func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}
