package fetch

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// DefaultUserAgent is sent when nothing is configured. A crawler should say
// whom to call: set Config.UserAgent to one with a contact.
const DefaultUserAgent = "prescreen/1.0"

// Config of a Fetcher. The zero value fetches the public Internet.
type Config struct {
	// UserAgent should begin with the token robots.txt knows us by and hold a
	// contact: "prescreen/1.0 (+https://www.example.gov.cn/prescreen)".
	UserAgent string
	// Sites holds what differs by site, by Task.Site. Sites not in it get the
	// zero Site.
	Sites map[string]Site
	// AllowAddresses may be fetched from although they are not public, by
	// every site: "10.20.0.0/16" of the own data centre.
	AllowAddresses []netip.Prefix
	// TempDir takes bodies too large for memory; empty: the system's.
	TempDir string
	Limits  Limits

	// Resolve looks names up; nil: the system's resolver.
	Resolve ResolveFunc
	// Dial, for tests, connects in place of resolving, checking and dialing:
	// thousands of hosts can live on one listener.
	Dial DialFunc
	// Environ is the environment; nil: the process's. The fetch layer lets
	// COLLY_* variables override its settings behind our back, so New refuses
	// to work when there is one.
	Environ func() []string
	// Now is the clock for caches and cookies; nil: time.Now.
	Now func() time.Time
}

// Site is how the hosts of one site are fetched.
type Site struct {
	UserAgent string // empty: Config.UserAgent
	// Proxy is "http://", "https://" or "socks5://"; empty: none. Behind a
	// proxy names are resolved by the proxy, so only addresses written as such
	// in a URL can be checked.
	Proxy string
	// CertificatesPEM are trusted besides the system's.
	CertificatesPEM []byte
	// InsecureTLS reads a site in spite of a bad certificate; the error goes
	// into Page.BadCertificate.
	InsecureTLS bool
	// Cookies is a Cookie header: "a=1; b=2".
	Cookies string
	// Headers are sent with every request of the site.
	Headers map[string]string
	// AllowAddresses is Config.AllowAddresses for this site.
	AllowAddresses []netip.Prefix
}

// Limits of one exchange. Zero fields have the values named; sizes are bytes.
type Limits struct {
	Connect    time.Duration // name to connection, and TLS handshake: 10 s each
	Header     time.Duration // request to response head: 30 s
	Idle       time.Duration // between two reads of a body: 30 s
	Total      time.Duration // all of it: 15 min
	RateWindow time.Duration // over which MinRate is measured: 60 s
	MinRate    int64         // a second: 256

	Page       int64 // HTML, XML and text, decoded: 32 MB
	Attachment int64 // anything else: 256 MB
	Sitemap    int64 // 50 MB
	Robots     int64 // 512 kB
	Head       int   // a response head: 4 MB
	Memory     int64 // larger bodies go to a file: 8 MB
	Ratio      int64 // decoded to compressed, beyond 8 MB: 200
}

func (l Limits) withDefaults() Limits {
	def(&l.Connect, 10*time.Second)
	def(&l.Header, 30*time.Second)
	def(&l.Idle, 30*time.Second)
	def(&l.Total, 15*time.Minute)
	def(&l.RateWindow, time.Minute)
	def(&l.MinRate, 256)
	def(&l.Page, 32<<20)
	def(&l.Attachment, 256<<20)
	def(&l.Sitemap, 50<<20)
	def(&l.Robots, 512<<10)
	def(&l.Head, 4<<20)
	def(&l.Memory, 8<<20)
	def(&l.Ratio, 200)
	return l
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (l Limits) validate() error {
	for _, d := range []time.Duration{l.Connect, l.Header, l.Idle, l.Total, l.RateWindow} {
		if d < 0 {
			return fmt.Errorf("limits: %v is negative", d)
		}
	}
	for _, n := range []int64{l.MinRate, l.Page, l.Attachment, l.Sitemap, l.Robots, int64(l.Head), l.Memory, l.Ratio} {
		if n < 0 {
			return fmt.Errorf("limits: %d is negative", n)
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.Environ == nil {
		c.Environ = os.Environ
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

// Validate says everything that is wrong with a Config.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	for _, kv := range c.Environ() {
		if strings.HasPrefix(kv, "COLLY_") {
			name, _, _ := strings.Cut(kv, "=")
			errs = append(errs, fmt.Errorf("environment variable %s overrides the crawler's settings; unset it", name))
		}
	}
	if err := c.Limits.validate(); err != nil {
		errs = append(errs, err)
	}
	if !httpguts.ValidHeaderFieldValue(c.UserAgent) {
		errs = append(errs, fmt.Errorf("user agent %q is not a header value", c.UserAgent))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sites)) {
		if _, err := c.Sites[name].compile(); err != nil {
			errs = append(errs, fmt.Errorf("site %q: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// siteConfig is a Site made ready.
type siteConfig struct {
	userAgent string
	proxy     *url.URL
	roots     *x509.CertPool // nil: the system's
	insecure  bool
	cookies   []*http.Cookie
	headers   http.Header
	allowed   []netip.Prefix
}

// plain says that the site's connections are like everybody's.
func (s *siteConfig) plain() bool {
	return s.proxy == nil && s.roots == nil && !s.insecure && len(s.allowed) == 0
}

// reserved headers are ours to set.
var reserved = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"}

func (s Site) compile() (*siteConfig, error) {
	out := &siteConfig{userAgent: s.UserAgent, insecure: s.InsecureTLS, allowed: s.AllowAddresses, headers: http.Header{}}
	if !httpguts.ValidHeaderFieldValue(s.UserAgent) {
		return nil, fmt.Errorf("user agent %q is not a header value", s.UserAgent)
	}
	if s.Proxy != "" {
		u, err := url.Parse(s.Proxy)
		if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			return nil, errors.New("proxy is not an http, https or socks5 URL") // it may hold a password
		}
		out.proxy = u
	}
	if len(s.CertificatesPEM) > 0 {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(s.CertificatesPEM) {
			return nil, errors.New("no certificate in the given PEM")
		}
		out.roots = roots
	}
	if s.Cookies != "" {
		cookies, err := http.ParseCookie(s.Cookies)
		if err != nil {
			return nil, fmt.Errorf("cookies: want %q: %w", "name=value; name=value", err)
		}
		out.cookies = cookies
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(s.Headers[name]) {
			return nil, fmt.Errorf("header %q: name or value is not allowed in HTTP", name)
		}
		if slices.ContainsFunc(reserved, func(r string) bool { return strings.EqualFold(r, name) }) {
			return nil, fmt.Errorf("header %q is set by the crawler itself", name)
		}
		out.headers.Set(name, s.Headers[name])
	}
	return out, nil
}
