package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"prescreen/crawler/robots"
)

// Deps are the parts a Crawler works with.
type Deps struct {
	Frontier Frontier
	Fetcher  Fetcher
	Visitor  Visitor
	// History enables conditional requests, carried-over findings and recrawl
	// intervals; nil: every page is new.
	History History
	// Resolve returns the addresses of a host name, for politeness per
	// address; nil: an address is known after the first request to a host.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Worker names this process in leases.
	Worker string
	// Begin is called when work on a task begins, and what it returns when the
	// task was acknowledged: for measurements around it. The context is that of
	// all the work between. nil: nothing is called.
	Begin func(ctx context.Context, task Task) (context.Context, func())
	// Stop ends the crawl gently when it is closed: pages in work are finished,
	// no others are begun, and Run returns ErrStopped. nil: only ctx ends it.
	Stop <-chan struct{}
}

// ErrStopped: Deps.Stop was closed before the frontier was drained.
var ErrStopped = errors.New("crawl was stopped")

// Crawler crawls the sites of one Config. It may Run several times, one after
// the other.
type Crawler struct {
	Deps
	cfg    Config
	log    *slog.Logger
	scope  *scope
	agent  string
	recent recentLinks
	robots robotsCache

	hostsMu sync.Mutex
	hosts   map[string]hostInfo

	held    heldLeases
	wake    chan struct{}
	watchMu sync.Mutex
	watch   time.Time // the earliest moment an idle worker waits for
	outMu   sync.Mutex
	out     map[string]int64 // what left scope, by reason
	pages   atomic.Int64     // visited by this process
	epoch   atomic.Uint64    // Lease.Epoch that recent, robots and hosts belong to
}

// New returns a Crawler.
func New(deps Deps, cfg Config) (*Crawler, error) {
	switch {
	case deps.Frontier == nil:
		return nil, errors.New("crawler: no frontier")
	case deps.Fetcher == nil:
		return nil, errors.New("crawler: no fetcher")
	case deps.Visitor == nil:
		return nil, errors.New("crawler: no visitor")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	sc, err := newScope(cfg)
	if err != nil {
		return nil, err
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Begin == nil {
		deps.Begin = func(ctx context.Context, _ Task) (context.Context, func()) { return ctx, func() {} }
	}
	return &Crawler{
		Deps: deps, cfg: cfg, log: cfg.Logger, scope: sc, agent: robots.ProductToken(cfg.UserAgent),
		recent: newRecentLinks(), hosts: map[string]hostInfo{}, out: map[string]int64{}, wake: make(chan struct{}, 1),
		held: heldLeases{m: map[uint64]heldLease{}}, robots: robotsCache{m: map[string]*hostRules{}},
	}, nil
}

// Summary is the result of a Run.
type Summary struct {
	Counts
	Sites map[string]Counts `json:"sites,omitempty"`
	// OutOfScope counts references that were not followed, by reason.
	OutOfScope map[string]int64 `json:"out_of_scope,omitempty"`
	Elapsed    time.Duration    `json:"elapsed"`
	// Complete says that the frontier has drained: every URL in scope was
	// visited, skipped or failed.
	Complete bool `json:"complete"`
}

// Unread is the number of URLs in scope that may hold something nobody looked
// at, incompletely read ones included.
func (s Summary) Unread() int64 {
	n := s.Queued + s.InFlight + s.Incomplete
	for _, m := range []map[Reason]int64{s.Skipped, s.Failed} {
		for r, k := range m {
			if r.Unread() {
				n += k
			}
		}
	}
	return n
}

// Run crawls until the frontier is drained or ctx ends. A run that was
// interrupted goes on where it stopped when the Frontier still has its state.
// The error is that of ctx, or of a Frontier that cannot go on; failures of
// pages are in the Summary.
func (c *Crawler) Run(ctx context.Context) (Summary, error) {
	begun := c.Now()
	if err := c.seed(ctx); err != nil {
		return Summary{}, fmt.Errorf("seed frontier: %w", err)
	}
	cause := c.drain(ctx)
	if errors.Is(cause, ErrDrained) && ctx.Err() == nil {
		// Drained again even when all of them were known: another process may
		// have added them a moment before.
		if _, err := c.orphans(ctx); err != nil {
			cause = fmt.Errorf("add known attachments: %w", err)
		} else {
			cause = c.drain(ctx)
		}
	}
	drained := errors.Is(cause, ErrDrained)
	sum, err := c.summary(context.WithoutCancel(ctx), begun)
	sum.Complete = drained
	switch {
	case drained:
		return sum, err
	case ctx.Err() != nil:
		return sum, context.Cause(ctx)
	case cause == nil:
		return sum, ErrStopped
	}
	return sum, cause
}

// drain lets the workers work until the frontier is drained (ErrDrained) or
// something else ends them.
func (c *Crawler) drain(ctx context.Context) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers, keeper sync.WaitGroup
	for i := range c.cfg.Workers {
		workers.Add(1)
		go func() {
			defer workers.Done()
			if err := c.work(inner, fmt.Sprintf("%s/%d", c.Worker, i)); err != nil {
				cancel(err)
			}
		}()
	}
	stop := make(chan struct{})
	keeper.Add(1)
	go func() {
		defer keeper.Done()
		c.keep(inner, stop)
	}()
	workers.Wait()
	close(stop)
	keeper.Wait()
	return context.Cause(inner)
}

func (c *Crawler) summary(ctx context.Context, begun time.Time) (Summary, error) {
	st, err := c.Frontier.Stats(ctx, 0)
	if err != nil {
		return Summary{}, fmt.Errorf("count: %w", err)
	}
	return Summary{Counts: st.Counts, Sites: st.Sites, OutOfScope: c.outOfScope(), Elapsed: c.Now().Sub(begun)}, nil
}

// Progress is a snapshot of a running crawl.
type Progress struct {
	Stats
	OutOfScope map[string]int64 `json:"out_of_scope,omitempty"`
	Pages      int64            `json:"pages"` // visited by this process
}

// Progress returns a snapshot with at most hosts hosts, each with the reason
// why it is idle; hosts < 0: all.
func (c *Crawler) Progress(ctx context.Context, hosts int) (Progress, error) {
	st, err := c.Frontier.Stats(ctx, hosts)
	if err != nil {
		return Progress{}, err
	}
	return Progress{Stats: st, OutOfScope: c.outOfScope(), Pages: c.pages.Load()}, nil
}
