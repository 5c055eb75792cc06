// Package fetch fetches one URL at a time for a worker: colly as the
// synchronous fetch-and-callback layer, and below it one RoundTripper that
// does the hard parts. It checks the address of every connection, decodes
// content codings, streams large bodies to disk, says when a body is not
// whole, reads what broken servers send, and keeps to limits of time and size.
//
// It does not follow redirects (Page.Location is a link like others), decide
// about scope, robots.txt, politeness or retries, decode character sets or
// parse documents.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/gocolly/colly/v2"

	"prescreen/crawler"
)

// Fetcher implements crawler.Fetcher. It may be used by many goroutines.
type Fetcher struct {
	cfg        Config
	dns        *dnsCache
	jar        *cookieJar
	decoders   decoders
	sites      map[string]*siteConfig
	fallback   *siteConfig
	transports map[*siteConfig]*http.Transport
	collectors map[crawler.Class]*colly.Collector
}

var _ crawler.Fetcher = (*Fetcher)(nil)

// New checks the configuration and returns a Fetcher. Close it.
func New(cfg Config) (*Fetcher, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("fetcher: %w", err)
	}
	cfg = cfg.withDefaults()
	if cfg.Resolve == nil {
		cfg.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	f := &Fetcher{
		cfg:        cfg,
		dns:        newDNSCache(cfg.Resolve, cfg.Now),
		jar:        newCookieJar(cfg.Now),
		sites:      make(map[string]*siteConfig),
		fallback:   &siteConfig{},
		transports: make(map[*siteConfig]*http.Transport),
		collectors: make(map[crawler.Class]*colly.Collector),
	}
	for name, s := range cfg.Sites {
		sc, err := s.compile()
		if err != nil {
			return nil, fmt.Errorf("fetcher: site %q: %w", name, err)
		}
		f.sites[name] = sc
	}
	shared := f.newTransport(f.fallback)
	f.transports[f.fallback] = shared
	for _, sc := range f.sites {
		if sc.plain() {
			f.transports[sc] = shared
		} else {
			f.transports[sc] = f.newTransport(sc)
		}
	}
	for _, class := range []crawler.Class{crawler.ClassPage, crawler.ClassAttachment, crawler.ClassSitemap, crawler.ClassRobots} {
		f.collectors[class] = f.newCollector()
	}
	return f, nil
}

// redirectsOff keeps the fetch layer's client from following anything.
func redirectsOff(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newCollector sets colly up to do one thing: one request, one callback. What
// else it offers (queue, limits, visited store, robots, charset detection,
// redirects) is done elsewhere, exactly.
func (f *Fetcher) newCollector() *colly.Collector {
	c := colly.NewCollector(
		colly.UserAgent(f.cfg.UserAgent),
		colly.AllowURLRevisit(),
		colly.IgnoreRobotsTxt(),
		colly.ParseHTTPErrorResponse(),
		colly.MaxBodySize(0),
		colly.MaxDepth(0),
	)
	c.DetectCharset = false
	c.Async = false
	c.SetRequestTimeout(0)
	c.DisableCookies()
	c.SetRedirectHandler(redirectsOff)
	c.WithTransport(roundTripper{})
	return c
}

// Close closes idle connections. No Fetch may be running.
func (f *Fetcher) Close() error {
	for _, t := range f.transports {
		t.CloseIdleConnections()
	}
	return nil
}

// Addresses resolves a host ("name" or "name:port") through the cache that
// connections use, without checking whether it may be fetched from.
func (f *Fetcher) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return f.dns.lookup(ctx, host)
}

// CheckHost resolves a host and returns an AddressError unless at least one
// of its addresses may be fetched from by the site.
func (f *Fetcher) CheckHost(ctx context.Context, site, host string) error {
	addrs, err := f.Addresses(ctx, host)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		if err = checkAddress(host, a, f.cfg.AllowAddresses, f.site(site).allowed); err == nil {
			return nil
		}
	}
	return err
}

func (f *Fetcher) site(name string) *siteConfig {
	if s := f.sites[name]; s != nil {
		return s
	}
	return f.fallback
}

type exchangeKey struct{}

// Fetch fetches one task. A response of any status is a Page. An error is an
// *Error, or that of ctx when it was cancelled.
func (f *Fetcher) Fetch(ctx context.Context, req crawler.Request) (*crawler.Page, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	target, err := url.Parse(req.Task.URL)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, &Error{crawler.ErrorOther, req.Task.URL, fmt.Errorf("not an absolute http or https URL")}
	}
	x := &exchange{f: f, req: req, url: target, site: f.site(req.Task.Site)}
	c := f.collector(req.Task.Class).Clone()
	c.Context = context.WithValue(ctx, exchangeKey{}, x)
	c.OnResponse(func(r *colly.Response) {
		x.page.Status = r.StatusCode
		x.answered = true
	})
	err = c.Request(http.MethodGet, req.Task.URL, nil, nil, x.header())
	switch {
	case x.err != nil:
		err = x.err
	case err == nil && x.answered:
		return x.page, nil
	case err == nil:
		err = errors.New("the fetch layer gave no response")
	}
	x.discard()
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil, fmt.Errorf("fetch %q: %w", req.Task.URL, ctx.Err())
	}
	return nil, &Error{classify(err), req.Task.URL, err}
}

func (f *Fetcher) collector(class crawler.Class) *colly.Collector {
	if c := f.collectors[class]; c != nil {
		return c
	}
	return f.collectors[crawler.ClassPage]
}
