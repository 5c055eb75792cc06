package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"prescreen/crawler"
	"prescreen/crawler/fetch"
	"prescreen/crawler/render"
)

// privateAddresses are those of intranets and of this machine. They may be
// asked only where the configuration, or whoever typed the address, says so.
func privateAddresses() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// userAgent names us and how to reach whoever runs us.
func (c *Config) userAgent() string {
	agent := c.Crawl.UserAgent + "/" + buildVersion()
	if c.Contact != "" {
		agent += " (+" + c.Contact + ")"
	}
	return agent
}

func (c *Config) fetchLimits() fetch.Limits {
	return fetch.Limits{
		Idle: c.Crawl.Timeout, Header: c.Crawl.Timeout,
		Page: int64(c.Limits.PageMB) << 20, Attachment: int64(c.Limits.FileMB) << 20,
	}
}

// newFetcher returns the fetch layer for the configured sites.
func (e *engine) newFetcher(cfg Config) (*fetch.Fetcher, error) {
	out := fetch.Config{UserAgent: cfg.userAgent(), Limits: cfg.fetchLimits(), Sites: map[string]fetch.Site{}}
	for _, s := range cfg.Sites {
		site := fetch.Site{Proxy: s.Proxy, InsecureTLS: s.InsecureTLS, Headers: s.Headers}
		if s.AllowPrivate {
			site.AllowAddresses = privateAddresses()
		}
		if s.CAFile != "" {
			pem, err := os.ReadFile(s.CAFile)
			if err != nil {
				return nil, fmt.Errorf("site %q: ca_file: %w", s.Name, err)
			}
			site.CertificatesPEM = pem
		}
		out.Sites[s.Name] = site
	}
	return fetch.New(out)
}

// urlFetcher returns the fetch layer for an address somebody typed. Settings
// of a configured site hold for its hosts; a private address that is written
// as such is meant.
func (e *engine) urlFetcher(hostName string) (crawler.Fetcher, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	private := !e.stranger && isPrivateLiteral(hostName)
	if f := e.fetchers[private]; f != nil {
		return f, nil
	}
	cfg := e.cfg
	if private {
		cfg.Sites = append([]SiteConfig{{AllowPrivate: true}}, cfg.Sites...)
	}
	f, err := e.newFetcher(cfg)
	if err != nil {
		return nil, err
	}
	e.close = append(e.close, func() { f.Close() })
	r, err := newRenderer(cfg, f, nil, e.log)
	if err != nil {
		return nil, err
	}
	e.close = append(e.close, func() { r.Close() })
	if e.fetchers == nil {
		e.fetchers = map[bool]crawler.Fetcher{}
	}
	e.fetchers[private] = tracedFetcher{r}
	return e.fetchers[private], nil
}

func (e *engine) siteOf(hostPort string) string {
	for _, s := range e.cfg.Sites {
		for _, h := range s.Hosts {
			if h == hostPort {
				return s.Name
			}
		}
	}
	return ""
}

// newRenderer puts the browser in front of the fetch layer, for the pages
// that need one. inScope says what a page may load; nil: its own host.
func newRenderer(cfg Config, fetcher *fetch.Fetcher, inScope func(url string) bool, log *slog.Logger) (*render.Renderer, error) {
	wanted := map[string][]string{}
	for _, s := range cfg.Sites {
		wanted[s.Name] = s.Render
	}
	rcfg := render.Config{
		Browser: cfg.Render.Browser, Off: cfg.Render.Off, NoSandbox: cfg.Render.NoSandbox, Tabs: cfg.Render.Tabs, Logger: log,
		Wanted: func(task crawler.Task) bool {
			u, err := url.Parse(task.URL)
			return err == nil && slices.ContainsFunc(wanted[task.Site], func(pattern string) bool { return pathMatches(pattern, u.Path) })
		},
	}
	if inScope != nil {
		rcfg.InScope = func(_ crawler.Task, url string) bool { return inScope(url) }
	}
	return render.New(fetcher, rcfg)
}

// pathMatches reports whether a path begins with what stands before the * of
// a pattern, or is the pattern.
func pathMatches(pattern, path string) bool {
	prefix, any := strings.CutSuffix(pattern, "*")
	return path == pattern || any && strings.HasPrefix(path, prefix)
}
