package crawler_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/disk"
)

// recorder is a Visitor that remembers how every URL ended.
type recorder struct {
	mu        sync.Mutex
	ends      map[string][]crawlertest.Expected
	unchanged int
	visit     func(*crawler.Page) (crawler.Visited, error) // nil: links only
}

func newRecorder() *recorder { return &recorder{ends: map[string][]crawlertest.Expected{}} }

func (r *recorder) record(t crawler.Task, e crawlertest.Expected) {
	r.mu.Lock()
	r.ends[t.URL] = append(r.ends[t.URL], e)
	r.mu.Unlock()
}

func (r *recorder) Visit(ctx context.Context, p *crawler.Page) (crawler.Visited, error) {
	if p.Unchanged {
		r.mu.Lock()
		r.unchanged++
		r.mu.Unlock()
	}
	v := crawler.Visited{}
	if r.visit != nil {
		var err error
		if v, err = r.visit(p); err != nil {
			return v, err
		}
	}
	if p.Body != nil {
		b, err := p.Body.Bytes()
		if err != nil {
			return v, err
		}
		v.Links = crawlertest.Links(p.Task.URL, b)
	}
	r.record(p.Task, crawlertest.Expected{Visited: true, Incomplete: p.Truncated != ""})
	return v, nil
}

func (r *recorder) Skip(_ context.Context, t crawler.Task, reason crawler.Reason, _ string) {
	r.record(t, crawlertest.Expected{Reason: reason})
}

// world is a portal, a network in memory and a crawler of it.
type world struct {
	portal *crawlertest.Portal
	rec    *recorder
	cfg    crawler.Config
	deps   crawler.Deps
	server *http.Server
	plain  *crawlertest.Fetcher
	dial   func() (net.Conn, error)
	wrap   func(crawler.Frontier) crawler.Frontier // nil: as it is
	during func(*crawler.Crawler)                  // runs beside the crawl
}

func newWorld(t *testing.T, pc crawlertest.PortalConfig, cfg crawler.Config) *world {
	t.Helper()
	l := crawlertest.NewListener()
	w := &world{portal: crawlertest.NewPortal(pc), rec: newRecorder(), cfg: cfg}
	w.server = &http.Server{Handler: w.portal, ErrorLog: nil}
	go w.server.Serve(l)
	if len(w.cfg.Sites) == 0 {
		w.cfg.Sites = []crawler.Site{w.portal.Site()}
	}
	w.dial = l.Dial
	w.plain = crawlertest.NewFetcher(l.Dial, w.portal.Address)
	w.deps = crawler.Deps{
		Visitor: w.rec, Fetcher: w.plain,
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			return []netip.Addr{w.portal.Address(host)}, nil
		},
	}
	t.Cleanup(func() { _ = w.server.Close() })
	return w
}

// crawl runs the crawler to its end and checks the sums.
func (w *world) crawl(t *testing.T, ctx context.Context, dir string) (crawler.Summary, error) {
	t.Helper()
	f, err := disk.Open(dir, disk.Options{Policies: w.cfg.Policies(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	deps := w.deps
	deps.Frontier = f
	if w.wrap != nil {
		deps.Frontier = w.wrap(f)
	}
	c, err := crawler.New(deps, w.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if w.during != nil {
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() { w.during(c) })
	}
	sum, err := c.Run(ctx)
	if err := crawlertest.CheckCounts(sum.Counts); err != nil {
		t.Error(err)
	}
	return sum, err
}

// judge checks that every page is accounted for and nobody was bothered.
func (w *world) judge(t *testing.T) {
	t.Helper()
	diff := crawlertest.Compare(w.portal.Expect(), w.rec.ends)
	for i, d := range diff {
		if i == 20 {
			t.Errorf("… and %d more", len(diff)-i)
			break
		}
		t.Error(d)
	}
	total, first, _ := w.portal.Referee.Violations()
	if total > 0 {
		t.Errorf("%d violations of politeness:\n%s", total, strings.Join(first[:min(len(first), 20)], "\n"))
	}
}

func polite(gap time.Duration) crawler.Config {
	return crawler.Config{
		Workers:    32,
		Address:    crawler.Politeness{Factor: 0.01, Min: gap / 4, Max: time.Minute, Concurrency: 2},
		BackoffMin: time.Second,
	}
}

// TestPortal crawls a faulty portal in simulated time, so that the delays are
// those of a real crawl and the referee needs no tolerance.
func TestPortal(t *testing.T) {
	for _, c := range []struct {
		name         string
		hosts, pages int
		faulty       float64
		concurrency  int
		workers      int
	}{
		{"one host", 1, 100, 0, 1, 4},
		{"clean", 10, 30, 0, 1, 32},
		{"faults", 30, 50, 0.4, 1, 32},
		{"two at a time", 10, 50, 0.3, 2, 32},
		{"few workers", 30, 30, 0.3, 1, 3},
		{"ten thousand pages", 200, 50, 0.2, 1, 64},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.hosts > 100 && raceEnabled && !soak() {
				t.Skip("takes minutes under the race detector on a busy machine")
			}
			synctest.Test(t, func(t *testing.T) {
				gap := time.Second
				cfg := polite(gap)
				cfg.Workers = c.workers
				w := newWorld(t, crawlertest.PortalConfig{
					Seed: 1, Hosts: c.hosts, Pages: c.pages, HostsPerAddress: 4, Faulty: c.faulty, OddRobots: c.faulty > 0, CrawlDelay: 3 * time.Second,
					Limits: crawlertest.Limits{HostGap: gap, AddressGap: gap / 4, HostMax: c.concurrency, AddressMax: 2},
				}, cfg)
				w.cfg.Sites[0].Politeness.Concurrency = c.concurrency
				sum, err := w.crawl(t, t.Context(), "")
				if err != nil || !sum.Complete {
					t.Errorf("summary %+v, error %v", sum, err)
				}
				w.judge(t)
				_, _, requests := w.portal.Referee.Violations()
				t.Logf("%d requests, %v, %+v", requests, sum.Elapsed, sum.Counts)
				_ = w.server.Close()
			})
		})
	}
}
