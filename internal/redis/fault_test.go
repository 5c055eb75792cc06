package redis

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

func soak() bool { return os.Getenv(envSoak) != "" }

func portalOf(seed uint64) crawlertest.PortalConfig {
	pc := crawlertest.PortalConfig{Seed: seed, Hosts: 12, Pages: 40, Faulty: 0.05, OddRobots: true, CrawlDelay: 20 * time.Millisecond}
	if soak() {
		pc.Hosts, pc.Pages = 30, 60
	}
	return pc
}

// wantNothingLeft checks that a run that has ended leaves no key.
func wantNothingLeft(t *testing.T, r *redisServer) {
	t.Helper()
	if keys := r.client.Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("left in Redis: %q", keys)
	}
}

// One of four workers is killed at random moments; another takes its place.
func TestKilledWorkers(t *testing.T) {
	rounds := 2
	if soak() {
		rounds = 20
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			r := startRedis(t)
			pc := portalOf(uint64(round))
			if round%2 == 1 {
				pc.Faulty = 0 // each request beyond the first for a page is a kill's
			}
			f := newFarm(t, r.url, pc)
			for range 4 { // all of them race to open the run
				f.start()
			}
			kills := 0
			for range 2 + round%2 {
				f.requests(30 + rand.IntN(60))
				victim := f.procs[rand.IntN(len(f.procs))]
				if !victim.running() {
					continue
				}
				_ = victim.cmd.Process.Kill()
				<-victim.over
				kills++
				f.portal.Restarted()
				f.start()
			}
			if kills == 0 {
				t.Fatal("nothing was killed")
			}
			f.finish(kills * farmWorkers)
			refetched := 0
			for url := range f.portal.Expect() {
				refetched += f.portal.Tries(url) - 1
			}
			if pc.Faulty == 0 {
				t.Logf("%d kills, %d pages fetched again", kills, refetched)
				if most := kills * farmWorkers; refetched > most {
					t.Errorf("%d pages fetched again after %d kills, want at most the %d in work", refetched, kills, most)
				}
			}
			wantNothingLeft(t, r)
		})
	}
}

// Redis is killed in the midst of a run and started again from its
// append-only file: workers wait, and go on. With everysec the last two seconds
// may be lost, ends of pages and the links found on them together: those pages
// are screened again, and counted once.
func TestKilledRedis(t *testing.T) {
	for fsync, again := range map[string]int{"everysec": -1, "always": 0} {
		t.Run(fsync, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, "--appendonly", "yes", "--appendfsync", fsync)
			f := newFarm(t, r.url, portalOf(7))
			for range 3 {
				f.start()
			}
			for range 2 {
				f.requests(80)
				r.kill()
				time.Sleep(time.Second)
				r.run()
			}
			f.finish(again)
			wantNothingLeft(t, r)
		})
	}
}

// A worker stands still in the midst of a page for longer than its lease.
// Others screen the page; what the worker found is refused when it goes on.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	f := newFarm(t, r.url, portalOf(3))
	f.cfg.Lease = time.Second
	page := f.leaf()
	stopped := f.start(func(c *workerConfig) { c.Stopper = page })
	f.wait("a worker that stands still", func() bool {
		b, _ := os.ReadFile(f.cfg.Ends)
		return strings.Contains(string(b), "stopped\t")
	})
	f.portal.Restarted() // answers on their way are read by nobody for now
	other := f.start()
	f.wait("the page by another worker", func() bool {
		ends, err := os.ReadFile(f.cfg.Ends)
		return err == nil && strings.Contains(string(ends), page+"\tvisited") || !other.running()
	})
	// Requests that were half sent when it was stopped are sent now: one for
	// each page in work, of which the referee sees host and address.
	f.tolerated = 2 * farmWorkers
	_ = stopped.cmd.Process.Signal(syscall.SIGCONT)
	f.finish(farmWorkers)
	if !strings.Contains(stopped.log.String(), "lease lost") {
		t.Errorf("the late end was not refused:\n%s", stopped.log.String())
	}
	wantNothingLeft(t, r)
}

// The clocks of the workers are an hour apart.
func TestSkewedClocks(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	f := newFarm(t, r.url, portalOf(4))
	for _, d := range []time.Duration{-time.Hour, 0, time.Hour, 2 * time.Hour} {
		f.start(func(c *workerConfig) { c.Clock = d })
	}
	f.finish(0)
	wantNothingLeft(t, r)
}

// The budget of a site is never overshot, however many workers there are.
func TestBudgetOfManyWorkers(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	f := newFarm(t, r.url, crawlertest.PortalConfig{Seed: 5, Hosts: 12, Pages: 40})
	f.cfg.Pages = 101
	for range 4 {
		f.start()
	}
	f.wait("the end of the run", f.ended)
	ends, repeated, counts := f.read()
	visited := 0
	for _, e := range ends {
		if e[0].Visited {
			visited++
		}
	}
	if visited != 101 || counts.Visited != 101 || repeated != 0 || counts.Skipped[crawler.ReasonPages] == 0 {
		t.Errorf("%d pages visited, %d again, counts %+v; want 101, and the rest reported", visited, repeated, counts)
	}
	f.polite()
}

// A page whose processing kills the worker is given up after three tries and
// reported; the rest of the run is not touched.
func TestKillerPage(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	f := newFarm(t, r.url, crawlertest.PortalConfig{Seed: 6, Hosts: 4, Pages: 10})
	killer := f.leaf()
	f.cfg.Killer, f.cfg.Lease, f.cfg.Attempts, f.cfg.Workers = killer, time.Second, 3, 1
	deaths := 0
	for ; deaths < 20; deaths++ { // as a supervisor starts a process that died
		p := f.start()
		<-p.over
		if p.err == nil {
			break
		}
		f.portal.Restarted()
	}
	ends, _, counts := f.read()
	if deaths != 3 || counts.Failed[crawler.ReasonLost] != 1 {
		t.Errorf("%d deaths, counts %+v; want three and one page given up", deaths, counts)
	}
	for url := range f.portal.Expect() {
		want := crawlertest.Expected{Visited: true}
		if url == killer {
			want = crawlertest.Expected{Reason: crawler.ReasonLost}
		}
		if got := ends[url]; len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("%s ended as %+v, want %+v", url, got, want)
		}
	}
	wantNothingLeft(t, r)
}

// leaf returns a page that is visited, and leads nowhere.
func (f *farm) leaf() (page string) {
	for url, e := range f.portal.Expect() {
		if e.Visited && !e.Incomplete && f.portal.Leaf(url) && (page == "" || url < page) {
			page = url
		}
	}
	return page
}
