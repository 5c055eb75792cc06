package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/lang"
	"prescreen/internal/metrics"
	"prescreen/internal/tracing"
)

// Config of a Server. Accounts, Checks, Checking, Cases, Log, Runs and Rules are
// needed; the rest has useful zero values.
type Config struct {
	Accounts Accounts
	Checks   Checks
	Checking Checking
	Cases    Cases
	Log      Log
	Runs     Runs
	Rules    Rules
	Reports  Reports // nil: of a check there are pages only
	Sites    []Site

	Lang         lang.Lang // where a browser asks for none
	Organisation string
	Version      string
	Settings     string // the configuration in force as text, secrets hidden
	Instance     string // names this process among several

	// PublicURL is the address people use, "https://prescreen.example.cn";
	// empty: that of the request.
	PublicURL string
	// Secure says that people reach us over TLS, here or at a proxy before us.
	Secure bool
	// Proxies may say for whom they ask (X-Forwarded-For).
	Proxies []netip.Prefix

	SessionTime time.Duration // longest life of a session; default 12 h
	SessionIdle time.Duration // and without a request; default 1 h
	Limits      Limits
	OIDC        *OIDC  // nil: local users only
	Hooks       []Hook // CMSs that may ask by webhook

	Metrics *metrics.Metrics
	Tracing *tracing.Tracing // nil: no traces
	Logger  *slog.Logger     // nil is silent
	Now     func() time.Time
	// Setup is the secret of the one-time link with which the first user is
	// made; empty: there are users.
	Setup string
}

// Limits bound what one request, and one asker, may cost.
type Limits struct {
	Text   int64         // bytes of a text to check, default 8 MB
	Upload int64         // bytes of an upload, all files together, default 200 MB
	Files  int           // files of an upload, items of a batch, default 100
	Wait   time.Duration // how long an answer waits for a slow check before it becomes a job, default 10 s
	Check  time.Duration // longest check, default 5 min
	Jobs   int           // checks of files and addresses at a time, default 8
	Queue  int           // and waiting, default 200

	UserRate, TokenRate float64 // requests a second, default 20 and 200; negative: no limit
}

func (l Limits) withDefaults() Limits {
	def(&l.Text, 8<<20)
	def(&l.Upload, 200<<20)
	def(&l.Files, 100)
	def(&l.Wait, 10*time.Second)
	def(&l.Check, 5*time.Minute)
	def(&l.Jobs, 8)
	def(&l.Queue, 200)
	def(&l.UserRate, 20)
	def(&l.TokenRate, 200)
	return l
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// Server answers requests. Use Handler with an http.Server, and Close when
// that has shut down.
type Server struct {
	cfg     Config
	router  *router
	handler http.Handler
	recent  recent
	limits  *limiter
	jobs    *jobs
	pages   *pages
	oidc    *provider
	slots   chan struct{} // passwords being hashed
	prints  chan struct{} // pages being printed, each by a browser of its own
	setup   setupGate
	gate    gate
}

// New returns a Server. It loses the checks that an earlier process of the
// same instance did not end.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Accounts == nil || cfg.Checks == nil || cfg.Checking == nil || cfg.Cases == nil || cfg.Log == nil || cfg.Runs == nil || cfg.Rules == nil {
		return nil, errors.New("server: accounts, checks, checking, cases, log, runs and rules are needed")
	}
	def(&cfg.Lang, lang.Chinese)
	def(&cfg.SessionTime, 12*time.Hour)
	def(&cfg.SessionIdle, time.Hour)
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metrics.New(cfg.Version)
	}
	s := &Server{cfg: cfg, slots: make(chan struct{}, 4), prints: make(chan struct{}, 2), limits: newLimiter(cfg.Limits, cfg.Now)}
	s.setup.hash = accounts.HashSecret(cfg.Setup)
	s.setup.open.Store(cfg.Setup != "")
	lost, err := cfg.Checks.LoseChecks(ctx, cfg.Instance, cfg.Now().Add(-2*cfg.Limits.Check))
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if lost > 0 {
		cfg.Logger.Warn("checks that the last process did not end are marked as lost", "checks", lost)
	}
	if s.pages, err = newPages(s); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if cfg.OIDC != nil {
		if s.oidc, err = newProvider(ctx, *cfg.OIDC, cfg.PublicURL); err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
	}
	s.jobs = newJobs(s)
	s.router = newRouter(s)
	s.addAPI()
	s.addPages()
	if err := s.router.check(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.handler = s.outer(s.router)
	return s, nil
}

// Handler answers all requests but those for metrics.
func (s *Server) Handler() http.Handler { return s.handler }

// Drain makes readyz fail, so that a load balancer sends no more requests.
func (s *Server) Drain() { s.jobs.draining.Store(true) }

// Close waits for checks that are running, until ctx ends.
func (s *Server) Close(ctx context.Context) error { return s.jobs.close(ctx) }

// newID returns a random identifier of 128 bits.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}
