// Package crawlertest holds what a crawler is tested with: the promises of a
// Frontier as a test suite that every backend runs, and a portal of thousands
// of virtual hosts that misbehaves on purpose and has a politeness referee
// inside the server.
//
// It knows no backend: the suite is handed a function that opens one.
package crawlertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"prescreen/crawler"
)

// Clock is a clock that a test moves.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a fixed time.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)} }

// Now returns its time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
}

// Backend opens one frontier per test, and opens it again.
type Backend interface {
	// Open returns the frontier of a run that is new to the test, or of the
	// same run when it is called again after the last one was closed.
	Open(t *testing.T, p crawler.Policies, ttl time.Duration) crawler.Frontier
	// Crash does to an open frontier what kill -9 does to its process, so that
	// Open can be called again.
	Crash(t *testing.T, f crawler.Frontier)
	// Advance lets time pass for the frontier: hours in some tests, so a
	// backend with the clock of a server needs an offset to it for tests.
	Advance(d time.Duration)
}

// TestFrontier tests the promises of crawler.Frontier.
func TestFrontier(t *testing.T, open func(t *testing.T) Backend) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s *suite)
	}{
		{"empty is drained", testEmpty},
		{"once each", testOnce},
		{"order by cost, then first come", testOrder},
		{"one lease a host", testHostConcurrency},
		{"more leases a host", testHostConcurrencyTwo},
		{"delay follows duration", testDelay},
		{"no request, no delay", testNoRequest},
		{"address is shared", testAddress},
		{"address is learned", testAddressLearned},
		{"reserved next moment", testReserve},
		{"retry after", testRetryAfter},
		{"retry goes to the back", testRetry},
		{"defer", testDefer},
		{"block", testBlock},
		{"faults", testFaults},
		{"host given up", testCutHost},
		{"robots first and alone", testRobotsGate},
		{"note", testNote},
		{"crawl delay", testCrawlDelay},
		{"release", testRelease},
		{"expired lease", testExpired},
		{"extend", testExtend},
		{"lost too often", testLost},
		{"page budget", testPageBudget},
		{"byte budget", testByteBudget},
		{"time budget", testTimeBudget},
		{"trap budget", testTrapBudget},
		{"known skips", testSkip},
		{"again", testAgain},
		{"counts add up", testCounts},
		{"reasons of idle hosts", testWhy},
		{"survives a crash", testCrash},
		{"many workers", testWorkers},
		{"ended contexts", testContext},
		{"closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, &suite{T: t, ctx: t.Context(), b: open(t)})
		})
	}
}

type suite struct {
	*testing.T
	ctx context.Context
	b   Backend
	f   crawler.Frontier
	p   crawler.Policies
	ttl time.Duration
}

// start opens the frontier; host gap 1 s, address gap 0.1 s unless changed.
func (s *suite) start(change func(p *crawler.Policies)) {
	s.Helper()
	polite := crawler.Politeness{Factor: 2, Min: time.Second, Max: 10 * time.Second, Concurrency: 1}
	s.p = crawler.Policies{
		Sites:       []crawler.Policy{{Site: "s", Politeness: polite}, {Site: "other", Politeness: polite}},
		Address:     crawler.Politeness{Factor: 0.001, Min: 100 * time.Millisecond, Max: time.Second, Concurrency: 2},
		MaxAttempts: 3,
	}
	if change != nil {
		change(&s.p)
	}
	s.ttl = time.Minute
	s.reopen()
}

func (s *suite) reopen() {
	s.Helper()
	s.f = s.b.Open(s.T, s.p, s.ttl)
	f := s.f
	s.Cleanup(func() { _ = f.Close() })
}

func task(host, path string) crawler.Task {
	return crawler.Task{URL: "http://" + host + path, Site: "s", Host: host, Class: crawler.ClassPage, Via: "a"}
}

func (s *suite) add(want int, tasks ...crawler.Task) {
	s.Helper()
	n, err := s.f.Add(s.ctx, tasks)
	if err != nil || n != want {
		s.Fatalf("Add: %d new, error %v; want %d", n, err, want)
	}
}

// next wants a lease now.
func (s *suite) next(max int) crawler.Lease {
	s.Helper()
	l, wait, err := s.f.Next(s.ctx, "w", max)
	if err != nil {
		s.Fatalf("Next: %v", err)
	}
	if l.Token == 0 {
		st, _ := s.f.Stats(s.ctx, -1)
		s.Fatalf("Next: no lease for another %v; hosts %+v", wait, st.Hosts)
	}
	return l
}

// none wants no lease now, and returns the wait.
func (s *suite) none() time.Duration {
	s.Helper()
	l, wait, err := s.f.Next(s.ctx, "w", 1)
	if err != nil || l.Token != 0 {
		s.Fatalf("Next: lease %+v, error %v; want none", l, err)
	}
	if wait <= 0 {
		s.Fatalf("Next: no lease and a wait of %v", wait)
	}
	return wait
}

func (s *suite) drained() {
	s.Helper()
	if l, _, err := s.f.Next(s.ctx, "w", 1); !errors.Is(err, crawler.ErrDrained) {
		s.Fatalf("Next: lease %+v, error %v; want ErrDrained", l, err)
	}
}

func (s *suite) done(l crawler.Lease, t crawler.Task, out crawler.Outcome) crawler.Receipt {
	s.Helper()
	if out.Result == 0 {
		out.Result = crawler.ResultVisited
	}
	r, err := s.f.Done(s.ctx, l, t, out)
	if err != nil {
		s.Fatalf("Done %s: %v", t.URL, err)
	}
	return r
}

func (s *suite) lost(err error) {
	s.Helper()
	if !errors.Is(err, crawler.ErrLeaseLost) {
		s.Fatalf("error %v; want ErrLeaseLost", err)
	}
}

func (s *suite) counts() crawler.Counts {
	s.Helper()
	st, err := s.f.Stats(s.ctx, 0)
	if err != nil {
		s.Fatalf("Stats: %v", err)
	}
	if err := CheckCounts(st.Counts); err != nil {
		s.Fatal(err)
	}
	return st.Counts
}

// CheckCounts returns an error when the counts of a frontier do not add up.
func CheckCounts(c crawler.Counts) error {
	sum := c.Queued + c.InFlight + c.Visited + c.Auxiliary
	for _, n := range c.Skipped {
		sum += n
	}
	for _, n := range c.Failed {
		sum += n
	}
	if sum != c.Found {
		return fmt.Errorf("counts do not add up: %d found, %d accounted for: %+v", c.Found, sum, c)
	}
	return nil
}
