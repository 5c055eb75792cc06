// Package portal is the sample portal: the web sites of an invented county
// government, served on loopback from the binary itself. It is what
// `prescreen demo` crawls and what the exact-set test measures against. Every
// person, place, unit and number in it is made up.
//
// Two sites, main and edu, hold ordinary pages and attachments, planted
// leaks, decoys that look like leaks, and everything that goes wrong on real
// portals: dead links, redirect loops, traps, bombs, lying charsets. What a
// crawl of them must report is in expected.json (see Expected).
//
// The package does not crawl, parse or scan, and imports nothing that does:
// it cannot share a mistake with the code it tests.
package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The keys of the two sites, as used in expected.json.
const (
	Main = "main" // the county government
	Edu  = "edu"  // its education bureau
)

// The names the sites are known by unless Config.Loopback is set. They are
// in a reserved domain and resolve nowhere: see Portal.DialContext.
const (
	MainName = "www.yunling.example"
	EduName  = "jyj.yunling.example"
)

// OutsideURL is the address, out of scope of both sites, that one redirect
// and some links lead to. Nothing answers there; a crawl must never ask.
const OutsideURL = "http://www.lananshi.example/"

// ErrOutside is returned by DialContext for every address that is not one of
// the portal's own: a crawl of the portal has no business elsewhere.
var ErrOutside = errors.New("address is not part of the sample portal")

// Config of a Portal. The zero value serves both sites under their names.
type Config struct {
	// Loopback makes the pages refer to each other by the addresses they are
	// served at, http://127.0.0.1:PORT, so that an ordinary client can follow
	// the links. Otherwise they use MainName and EduName, which only clients
	// using DialContext reach, and addresses stay the same from run to run.
	Loopback bool
	// Slow is how long the slow page takes; 0 means 1.5 seconds.
	Slow time.Duration
	// Logger is told of every request at debug level; nil is silent.
	Logger *slog.Logger
}

// Portal serves the two sites. Its pages are fixed until they are edited (see
// Publish): two portals of the same Config serve the same bytes, except that
// the page which recovers from a 503 remembers having been asked.
type Portal struct {
	cfg   Config
	sites map[string]*site // by key

	mu    sync.Mutex
	addrs map[string]string // site key → listening address, once started
	ready bool
	edits map[string]*resource // site key and path → what it answers instead
}

// New reads the embedded content and prepares the sites.
func New(cfg Config) (*Portal, error) {
	if cfg.Slow == 0 {
		cfg.Slow = 1500 * time.Millisecond
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	sites, err := loadSites()
	if err != nil {
		return nil, fmt.Errorf("load sample portal: %w", err)
	}
	p := &Portal{cfg: cfg, sites: sites, addrs: map[string]string{}}
	if !cfg.Loopback {
		err = p.build(map[string]string{Main: "http://" + MainName, Edu: "http://" + EduName})
	}
	return p, err
}

// build renders every page once the base addresses are known.
func (p *Portal) build(bases map[string]string) error {
	for key, s := range p.sites {
		s.base = bases[key]
	}
	for _, s := range p.sites {
		if err := s.build(p.sites, p.cfg); err != nil {
			return fmt.Errorf("build site %q: %w", s.Key, err)
		}
	}
	p.ready = true
	return nil
}

// Handler returns the handler of one site, Main or Edu, for use in a server
// of the caller's own. With Config.Loopback it exists only after Start.
func (p *Portal) Handler(key string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		s, ready, edit := p.sites[key], p.ready, p.edits[key+r.URL.Path]
		p.mu.Unlock()
		if s == nil || !ready {
			http.Error(w, "the sample portal is not started", http.StatusServiceUnavailable)
			return
		}
		p.cfg.Logger.Debug("portal request", "site", key, "method", r.Method, "path", r.URL.Path)
		switch {
		case edit == nil:
			s.ServeHTTP(w, r)
		case edit.serve != nil:
			edit.serve(w, r)
		default:
			edit.write(w, r)
		}
	})
}

// Start serves both sites on two free loopback ports until ctx ends. The
// returned stop ends them earlier and waits until they have ended; it may be
// called more than once.
func (p *Portal) Start(ctx context.Context) (stop func(), err error) {
	listeners := map[string]net.Listener{}
	var lc net.ListenConfig
	for _, key := range []string{Main, Edu} {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return nil, fmt.Errorf("listen on loopback: %w", err)
		}
		listeners[key] = l
	}
	p.mu.Lock()
	bases := map[string]string{}
	for key, l := range listeners {
		p.addrs[key] = l.Addr().String()
		bases[key] = "http://" + l.Addr().String()
	}
	if p.cfg.Loopback {
		err = p.build(bases)
	}
	p.mu.Unlock()
	if err != nil {
		for _, l := range listeners {
			_ = l.Close()
		}
		return nil, err
	}
	return p.serve(ctx, listeners), nil
}

func (p *Portal) serve(ctx context.Context, listeners map[string]net.Listener) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for key, l := range listeners {
		srv := &http.Server{
			Handler:           p.Handler(key),
			ReadHeaderTimeout: 10 * time.Second,
			// The pages that break off mid-body would fill the log.
			ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
			BaseContext: func(net.Listener) context.Context { return ctx },
		}
		wg.Add(2)
		go func() {
			defer wg.Done()
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				p.cfg.Logger.Error("sample portal stopped", "site", key, "error", err)
			}
		}()
		go func() {
			defer wg.Done()
			<-ctx.Done()
			_ = srv.Close()
		}()
	}
	return func() { cancel(); wg.Wait() }
}

// DialContext connects to the started portal: the two site names (any port)
// and the two loopback addresses. Anything else is ErrOutside, without a look
// at DNS. It fits http.Transport.DialContext.
func (p *Portal) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", addr, err)
	}
	p.mu.Lock()
	target := ""
	for key, name := range map[string]string{Main: MainName, Edu: EduName} {
		if host == name || addr == p.addrs[key] {
			target = p.addrs[key]
		}
	}
	p.mu.Unlock()
	if target == "" {
		return nil, fmt.Errorf("dial %q: %w", addr, ErrOutside)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, target)
}

// Base returns the address of a site without a trailing slash, for example
// "http://www.yunling.example"; empty with Config.Loopback before Start.
func (p *Portal) Base(key string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sites[key]; s != nil {
		return s.base
	}
	return ""
}

// Site is what a crawl of one site needs to know.
type Site struct {
	Key   string   // Main or Edu
	Name  string   // the site's title, Chinese
	Seeds []string // absolute URLs to start from
	Hosts []string // host[:port] values in scope
	// MaxDepth ends the calendar, which has a next month for ever. Every
	// other page lies within it.
	MaxDepth int
	// MaxPageBytes and MaxAttachmentBytes let everything pass but the gzip
	// bomb and the oversized file.
	MaxPageBytes, MaxAttachmentBytes int64
}

// Sites returns the two sites, Main first, with the settings under which
// expected.json holds.
func (p *Portal) Sites() []Site {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Site
	for _, key := range []string{Main, Edu} {
		s := p.sites[key]
		site := Site{
			Key: key, Name: s.Title, Seeds: []string{s.base + "/"},
			MaxDepth: MaxDepth, MaxPageBytes: MaxPageBytes, MaxAttachmentBytes: MaxAttachmentBytes,
		}
		if u, err := url.Parse(s.base); err == nil && u.Host != "" {
			site.Hosts = []string{u.Host}
		}
		out = append(out, site)
	}
	return out
}

// The settings of a crawl under which expected.json holds; see Site.
const (
	MaxDepth           = 12
	MaxPageBytes       = 8 << 20
	MaxAttachmentBytes = 16 << 20
)
