package crawlertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"prescreen/crawler"
)

// Fetcher is the least that can fetch: it shows that the crawler needs
// nothing else, and works on a network in memory.
type Fetcher struct {
	client  *http.Client
	address func(host string) netip.Addr
	// Idle ends a request that takes longer.
	Idle time.Duration
}

// Body is a body in memory.
type Body struct{ *strings.Reader }

// NewBody returns a body with the content s.
func NewBody(s string) Body { return Body{strings.NewReader(s)} }

// Close implements crawler.Body.
func (b Body) Close() error { return nil }

// Bytes implements crawler.Body.
func (b Body) Bytes() ([]byte, error) { return io.ReadAll(io.NewSectionReader(b, 0, b.Size())) }

// NewFetcher returns a Fetcher that dials every host through dial, and is told
// the addresses it would have reached; nil: it is not.
func NewFetcher(dial func() (net.Conn, error), address func(string) netip.Addr) *Fetcher {
	return &Fetcher{
		address: address, Idle: time.Second,
		client: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DisableKeepAlives: true, // a request repeated in secret would break the delay
				DialContext:       func(context.Context, string, string) (net.Conn, error) { return dial() },
			},
		},
	}
}

// Fetch implements crawler.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, req crawler.Request) (*crawler.Page, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	idle := time.AfterFunc(f.Idle, cancel)
	defer idle.Stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, req.Task.URL, nil)
	if err != nil {
		return nil, err
	}
	if req.Prior.ETag != "" {
		r.Header.Set("If-None-Match", req.Prior.ETag)
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	page := &crawler.Page{
		Task: req.Task, Status: resp.StatusCode, Header: resp.Header, Location: resp.Header.Get("Location"),
		NotModified: resp.StatusCode == http.StatusNotModified, Body: NewBody(string(body)),
		Hash: sha256.Sum256(body), Validators: crawler.Validators{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")},
	}
	if f.address != nil {
		page.RemoteAddr = net.JoinHostPort(f.address(r.URL.Hostname()).String(), "80")
	}
	switch {
	case errors.Is(err, context.Canceled):
		page.Truncated = crawler.TruncatedIdle
	case err != nil:
		page.Truncated = crawler.TruncatedNetwork
	}
	return page, nil
}

var href = regexp.MustCompile(`href="([^"]+)"`)

// Links returns the links of a page of the portal.
func Links(page string, body []byte) (links []crawler.Link) {
	base, err := url.Parse(page)
	if err != nil {
		return nil
	}
	for _, m := range href.FindAllSubmatch(body, -1) {
		link := string(m[1])
		if u, err := base.Parse(link); err == nil {
			link = u.String()
		}
		links = append(links, crawler.Link{URL: link, Via: "a"})
	}
	return links
}
