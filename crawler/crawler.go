package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
}

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

	held  heldLeases
	wake  chan struct{}
	outMu sync.Mutex
	out   map[string]int64 // what left scope, by reason
	pages atomic.Int64     // visited by this process
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
		switch n, err := c.orphans(ctx); {
		case err != nil:
			cause = fmt.Errorf("add known attachments: %w", err)
		case n > 0:
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

// work is one worker: it carries one lease after the other to its end.
// ErrDrained ends all of them.
func (c *Crawler) work(ctx context.Context, name string) error {
	var away backoff
	for ctx.Err() == nil {
		lease, wait, err := c.Frontier.Next(ctx, name, 1)
		switch {
		case errors.Is(err, ErrUnavailable):
			c.log.Warn("frontier is unavailable, trying again", "error", err)
			sleep(ctx, away.next())
			continue
		case ctx.Err() != nil && lease.Token == 0:
			return nil
		case err != nil:
			return err
		case lease.Token == 0:
			c.idle(ctx, wait)
			continue
		}
		away = backoff{}
		c.signal() // there may be more for another idle worker
		if err := c.carry(ctx, lease); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a worker waits for the next task of its lease before
// it gives the rest back.
const patience = 50 * time.Millisecond

// carry handles the tasks of a lease. An error ends the run.
func (c *Crawler) carry(ctx context.Context, lease Lease) error {
	c.held.add(lease, c.Now())
	defer c.held.remove(lease)
	for i, task := range lease.Tasks {
		if ctx.Err() != nil {
			return c.giveBack(ctx, lease)
		}
		if lease.Cut == "" {
			if site := c.scope.byName[task.Site]; site != nil {
				if d := site.quiet(c.Now()); d > 0 {
					return c.rest(ctx, lease, d)
				}
			}
		}
		job := &job{c: c, lease: lease, task: task}
		out := job.handle(ctx)
		receipt, err := c.done(ctx, lease, task, out)
		if errors.Is(err, ErrLeaseLost) {
			c.log.Warn("lease lost; the page will be fetched again", "url", task.URL)
			return nil
		}
		if err != nil {
			return err
		}
		job.remember()
		if receipt.Added > 0 {
			c.signal()
		}
		if i < len(lease.Tasks)-1 && receipt.Wait > 0 {
			if receipt.Wait > patience {
				return c.giveBack(ctx, lease)
			}
			sleep(ctx, receipt.Wait)
		}
	}
	return nil
}

// done tells the frontier, however long that takes: a finished page is kept
// until it can be acknowledged, or the crawl is stopped for good.
func (c *Crawler) done(ctx context.Context, lease Lease, task Task, out Outcome) (Receipt, error) {
	var away backoff
	for tries := 0; ; tries++ {
		receipt, err := c.Frontier.Done(context.WithoutCancel(ctx), lease, task, out)
		if !errors.Is(err, ErrUnavailable) {
			return receipt, err
		}
		if ctx.Err() != nil && tries >= 3 {
			return receipt, nil // fetched again after a restart
		}
		c.log.Warn("page not acknowledged yet, trying again", "url", task.URL, "error", err)
		if ctx.Err() != nil {
			time.Sleep(200 * time.Millisecond)
		} else {
			sleep(ctx, away.next())
		}
	}
}

func (c *Crawler) giveBack(ctx context.Context, lease Lease) error {
	err := c.Frontier.Release(context.WithoutCancel(ctx), lease)
	if errors.Is(err, ErrLeaseLost) || errors.Is(err, ErrUnavailable) {
		return nil // it expires by itself
	}
	return err
}

// rest leaves a host alone until its quiet hours are over.
func (c *Crawler) rest(ctx context.Context, lease Lease, d time.Duration) error {
	why := fmt.Sprintf("quiet hours until %s", c.Now().Add(d).Format("15:04"))
	if err := c.Frontier.Block(context.WithoutCancel(ctx), lease.Host, d, why); err != nil && !errors.Is(err, ErrUnavailable) {
		return err
	}
	return c.giveBack(ctx, lease)
}

// idle waits until there may be something to do.
func (c *Crawler) idle(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.wake:
	case <-ctx.Done():
	}
}

func (c *Crawler) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// keep extends the leases of this process and takes back those of dead ones.
func (c *Crawler) keep(ctx context.Context, stop <-chan struct{}) {
	const every = time.Second
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		for _, h := range c.held.due(c.Now(), c.cfg.TaskTimeout) {
			if err := c.Frontier.Extend(ctx, h); err != nil && ctx.Err() == nil {
				c.log.Warn("lease not extended", "host", h.Host, "error", err)
			}
		}
		switch n, err := c.Frontier.Reap(ctx); {
		case err != nil && ctx.Err() == nil:
			c.log.Warn("expired leases not taken back", "error", err)
		case n > 0:
			c.log.Warn("workers died or hang; their pages are fetched again", "leases", n)
			c.signal()
		}
	}
}

// heldLeases are the leases this process works on.
type heldLeases struct {
	mu sync.Mutex
	m  map[uint64]heldLease
}

type heldLease struct {
	lease           Lease
	since, extended time.Time
}

func (h *heldLeases) add(l Lease, now time.Time) {
	h.mu.Lock()
	h.m[l.Token] = heldLease{l, now, now}
	h.mu.Unlock()
}

func (h *heldLeases) remove(l Lease) {
	h.mu.Lock()
	delete(h.m, l.Token)
	h.mu.Unlock()
}

// due returns the leases to extend now. One that takes longer than any page
// may is left to expire: its worker hangs.
func (h *heldLeases) due(now time.Time, longest time.Duration) []Lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Lease
	for token, l := range h.m {
		if now.Sub(l.extended) >= l.lease.TTL/3 && now.Sub(l.since) < 2*longest {
			l.extended = now
			h.m[token] = l
			out = append(out, l.lease)
		}
	}
	return out
}

// backoff doubles from 100 ms to 5 s.
type backoff struct{ d time.Duration }

func (b *backoff) next() time.Duration {
	b.d = min(max(2*b.d, 100*time.Millisecond), 5*time.Second)
	return jitter(b.d)
}

// jitter returns d plus up to a quarter of it.
func jitter(d time.Duration) time.Duration {
	if d < 4 {
		return d
	}
	return d + rand.N(d/4)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
