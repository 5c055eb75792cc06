// Package render runs the scripts of pages that have no text without them, in
// a headless Chromium. It wraps a crawler.Fetcher: every request the browser
// makes is taken from it and goes through that Fetcher, so the same address
// checks, limits, cookies and certificates apply to it, and to the browser
// there is no network at all.
//
// It does not follow where scripts navigate (that becomes a link of the page),
// does not send anything but GET, click, scroll or log in, and loads images
// and fonts only for a screenshot. Where no browser is to be had, pages
// that need one are handed on marked as incomplete, never silently empty.
package render

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"prescreen/crawler"
)

// Truncated begins Page.Truncated of a page whose scripts did not all run.
const Truncated = "scripts not run"

// ErrNoBrowser: there is no Chromium on this machine.
var ErrNoBrowser = errors.New("no browser found")

// browsers are the names under which Chromium is looked for.
var browsers = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "headless-shell", "headless_shell"}

// Config of a Renderer. Every field has a useful zero value.
type Config struct {
	// Browser is the path or name of a Chromium; empty: one of the usual names
	// in PATH, and if there is none, pages that need it are incomplete.
	Browser string
	// Wanted says which pages are always rendered; nil: none. Their content
	// changes behind an unchanged page, so they are fetched unconditionally.
	Wanted func(task crawler.Task) bool
	// Off leaves out the pages that Wanted does not name even if they have
	// scripts and no text; they are then marked as incomplete.
	Off bool
	// InScope says whether a page may load or link a URL; nil: the page's own
	// host only.
	InScope func(task crawler.Task, url string) bool
	// Pause is called before each request of a page but its first, to keep to
	// the host's delay; nil: 200 ms.
	Pause func(ctx context.Context, task crawler.Task) error

	Tabs        int           // pages at a time; 0: 2
	Timeout     time.Duration // of one page; 0: 30 s
	Settle      time.Duration // without requests, and a page is ready; 0: 500 ms
	MaxRequests int           // of one page; 0: 100
	MaxHTML     int           // bytes of the result; 0: 16 MB
	Recycle     int           // pages until the browser is started anew; 0: 200
	// NoSandbox runs the browser without its own sandbox, for containers that
	// cannot have one. Chromium as root runs only so.
	NoSandbox bool
	Logger    *slog.Logger // nil: silent
}

func (c Config) withDefaults() Config {
	def(&c.Tabs, 2)
	def(&c.Timeout, 30*time.Second)
	def(&c.Settle, 500*time.Millisecond)
	def(&c.MaxRequests, 100)
	def(&c.MaxHTML, 16<<20)
	def(&c.Recycle, 200)
	if c.Wanted == nil {
		c.Wanted = func(crawler.Task) bool { return false }
	}
	if c.InScope == nil {
		c.InScope = sameHost
	}
	if c.Pause == nil {
		c.Pause = func(ctx context.Context, _ crawler.Task) error { return sleep(ctx, 200*time.Millisecond) }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// Renderer implements crawler.Fetcher on top of another one.
type Renderer struct {
	inner crawler.Fetcher
	cfg   Config
	path  string // of the browser; empty: none
	tabs  chan struct{}
	cache scriptCache

	mu      sync.Mutex
	current *browser
	closed  bool
}

var _ crawler.Fetcher = (*Renderer)(nil)

// New looks for the browser. It is started with the first page that needs it.
func New(inner crawler.Fetcher, cfg Config) (*Renderer, error) {
	if inner == nil {
		return nil, errors.New("renderer: no fetcher to fetch with")
	}
	if cfg.Tabs < 0 || cfg.Timeout < 0 || cfg.Settle < 0 || cfg.MaxRequests < 0 || cfg.MaxHTML < 0 || cfg.Recycle < 0 {
		return nil, errors.New("renderer: a limit is negative")
	}
	cfg = cfg.withDefaults()
	r := &Renderer{inner: inner, cfg: cfg, tabs: make(chan struct{}, cfg.Tabs)}
	names := browsers
	if cfg.Browser != "" {
		names = []string{cfg.Browser}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			r.path = path
			return r, nil
		}
	}
	if cfg.Browser != "" {
		return nil, fmt.Errorf("renderer: %q: %w", cfg.Browser, ErrNoBrowser)
	}
	return r, nil
}

// Close stops the browser. No Fetch may be running.
func (r *Renderer) Close() error {
	r.mu.Lock()
	b := r.current
	r.current, r.closed = nil, true
	r.mu.Unlock()
	if b != nil {
		b.stop()
	}
	return nil
}

// Fetch fetches a page and, where it is wanted or the page has no text without
// its scripts, replaces the body by what a browser makes of it.
func (r *Renderer) Fetch(ctx context.Context, req crawler.Request) (*crawler.Page, error) {
	wanted := !req.Task.Auxiliary() && r.cfg.Wanted(req.Task)
	if wanted {
		req.Prior = crawler.Validators{}
	}
	page, err := r.inner.Fetch(ctx, req)
	if err != nil || req.Task.Auxiliary() || page.Truncated != "" || !isHTML(page) {
		return page, err
	}
	body, err := page.Body.Bytes()
	if err != nil {
		return page, nil // the visitor reads it again, and reports it
	}
	if !wanted && !needsScripts(body) {
		return page, nil
	}
	// The page as served says nothing about the page as shown: it must not be
	// called unchanged by its validators next time.
	page.Validators = crawler.Validators{}
	if r.cfg.Off && !wanted {
		page.Truncated = Truncated + ": the page has no text without them, and rendering is off for it"
		return page, nil
	}
	html, incomplete, err := r.render(ctx, page, body)
	switch {
	case ctx.Err() != nil:
		_ = page.Body.Close()
		return nil, ctx.Err()
	case err != nil:
		r.cfg.Logger.Warn("page not rendered", "url", page.Task.URL, "err", err)
		page.Truncated = fmt.Sprintf("%s: %v", Truncated, err)
		return page, nil
	}
	r.replace(page, html)
	if incomplete != "" {
		page.Truncated = fmt.Sprintf("%s: %s", Truncated, incomplete)
	}
	return page, nil
}

// replace puts the rendered document in the place of the served one.
func (r *Renderer) replace(page *crawler.Page, html []byte) {
	_ = page.Body.Close()
	page.Body = &memory{bytes.NewReader(html), html}
	page.Hash = sha256.Sum256(html)
	page.Header = page.Header.Clone()
	page.Header.Set("Content-Type", "text/html; charset=utf-8")
}

// memory is a Body in memory.
type memory struct {
	*bytes.Reader
	b []byte
}

func (m *memory) Bytes() ([]byte, error) { return m.b, nil }
func (m *memory) Close() error           { return nil }

func isHTML(p *crawler.Page) bool {
	if p.Status != http.StatusOK || p.Body == nil {
		return false
	}
	t := strings.ToLower(p.Header.Get("Content-Type"))
	return strings.HasPrefix(t, "text/html") || strings.HasPrefix(t, "application/xhtml")
}

// browser is one Chromium process.
type browser struct {
	ctx   context.Context
	stop  func()
	pages int // begun
	users int
	old   bool // to be stopped by its last user
}

// acquire returns a running browser, starting one if need be.
func (r *Renderer) acquire() (*browser, error) {
	if r.path == "" {
		return nil, fmt.Errorf("%w (looked for %s); install chromium or set its path", ErrNoBrowser, strings.Join(browsers, ", "))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("the renderer is closed")
	}
	if b := r.current; b != nil && (b.ctx.Err() != nil || b.pages >= r.cfg.Recycle) {
		r.retire(b)
	}
	if r.current == nil {
		b, err := r.start()
		if err != nil {
			return nil, err
		}
		r.current = b
	}
	r.current.pages++
	r.current.users++
	return r.current, nil
}

// retire takes a browser out of use; mu is held.
func (r *Renderer) retire(b *browser) {
	b.old = true
	r.current = nil
	if b.users == 0 {
		b.stop()
	}
}

// release gives a browser back. One in which a page failed is not used again:
// what hangs in it would hang the next page too.
func (r *Renderer) release(b *browser, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b.users--
	if failed && r.current == b {
		r.retire(b)
		return
	}
	if b.old && b.users == 0 {
		b.stop()
	}
}

func (r *Renderer) start() (*browser, error) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(r.path),
		// Whatever is not taken from the browser ends here: no name resolves,
		// and the proxy does not exist.
		chromedp.Flag("proxy-server", "http://127.0.0.1:1"),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("force-webrtc-ip-handling-policy", "disable_non_proxied_udp"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("mute-audio", true),
		chromedp.WindowSize(shotWidth, 900),
		chromedp.Flag("js-flags", "--max-old-space-size=512"),
	)
	if r.cfg.NoSandbox {
		opts = append(opts, chromedp.NoSandbox)
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	stop := func() {
		cancel()
		stopAlloc()
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("start browser %q: %w", r.path, err)
	}
	return &browser{ctx: ctx, stop: stop}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
