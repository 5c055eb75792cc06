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

func testRelease(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(3, task("a", "/1"), task("a", "/2"), task("a", "/3"))
	l := s.next(2)
	if err := s.f.Release(s.ctx, l); err != nil {
		s.Fatal(err)
	}
	s.lost(s.f.Release(s.ctx, l))
	s.lost(s.f.Extend(s.ctx, l))
	_, err := s.f.Done(s.ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Links: []crawler.Task{task("a", "/x")}})
	s.lost(err)
	again := s.next(3)
	if len(again.Tasks) != 3 || again.Tasks[0].URL != "http://a/1" || again.Tasks[1].URL != "http://a/2" || again.Tasks[0].Attempt != 0 {
		s.Fatalf("lease %+v, want all three in order", again)
	}
	if again.Token <= l.Token {
		s.Fatalf("token %d after %d, want a larger one", again.Token, l.Token)
	}
	if c := s.counts(); c.Found != 3 || c.InFlight != 3 {
		s.Fatalf("counts %+v", c)
	}
}

func testExpired(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(3, task("a", "/1"), task("a", "/2"), task("b", "/"))
	l := s.next(1)
	if l.Host == "b" {
		l = s.next(1)
	}
	s.b.Advance(s.ttl + time.Second)
	_, err := s.f.Done(s.ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited})
	s.lost(err)
	if n, err := s.f.Reap(s.ctx); n < 1 || err != nil {
		s.Fatalf("Reap: %d leases, error %v", n, err)
	}
	s.b.Advance(time.Second)
	var again crawler.Lease
	for again.Host != "a" {
		again = s.next(1)
	}
	if again.Tasks[0].URL != l.Tasks[0].URL {
		s.Fatalf("task %+v, want the lost one first", again.Tasks[0])
	}
	_, err = s.f.Done(s.ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Links: []crawler.Task{task("a", "/x")}})
	s.lost(err)
	if r := s.done(again, again.Tasks[0], crawler.Outcome{Duration: fetchTime, Links: []crawler.Task{task("a", "/x")}}); r.Added != 1 {
		s.Fatalf("%d links added, want 1: the late one must not have counted", r.Added)
	}
}

func testExtend(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(1, task("a", "/1"))
	l := s.next(1)
	for range 3 {
		s.b.Advance(s.ttl / 2)
		if err := s.f.Extend(s.ctx, l); err != nil {
			s.Fatal(err)
		}
		if n, err := s.f.Reap(s.ctx); n != 0 || err != nil {
			s.Fatalf("Reap: %d leases, error %v", n, err)
		}
	}
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	s.drained()
}

func testLost(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/killer"), task("a", "/2"))
	for range 3 {
		l := s.next(1)
		if l.Tasks[0].URL != "http://a/killer" || l.Cut != "" {
			s.Fatalf("lease %+v, want the killer", l)
		}
		s.b.Advance(s.ttl + time.Second)
		if n, err := s.f.Reap(s.ctx); n != 1 || err != nil {
			s.Fatalf("Reap: %d leases, error %v", n, err)
		}
		s.b.Advance(time.Second)
	}
	if got := s.cut(crawler.ReasonLost, "a"); len(got) != 1 || got[0] != "http://a/killer" {
		s.Fatalf("reported %q, want the killer", got)
	}
	if l := s.next(1); l.Tasks[0].URL != "http://a/2" {
		s.Fatalf("lease %+v, want the other page", l)
	}
}

func testCrash(_ *testing.T, s *suite) {
	s.start(nil)
	robots := task("a", "/robots.txt")
	robots.Class = crawler.ClassRobots
	s.add(4, robots, task("a", "/1"), task("a", "/2"), task("b", "/1"))
	for range 2 {
		l := s.next(1)
		if l.Host != "a" {
			s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultRetry, Duration: fetchTime, RetryAfter: time.Minute, Why: "503"})
			continue
		}
		s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultAuxiliary, Duration: fetchTime, Note: []byte("rules"), MinDelay: 3 * time.Second})
	}
	s.b.Advance(3 * time.Second)
	l := s.next(1)
	deep := task("a", "/deep")
	deep.Skip = crawler.ReasonDepth
	from := task("a", "/3")
	from.Referrer = l.Tasks[0].URL
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime, Bytes: 7, Links: []crawler.Task{from, deep, task("c", "/1")}})
	s.b.Advance(3 * time.Second)
	held := s.next(1)
	for held.Host != "a" {
		held = s.next(1)
	}
	before := s.counts()
	s.b.Crash(s.T, s.f)
	s.reopen()
	st, err := s.f.Stats(s.ctx, -1)
	if err != nil {
		s.Fatal(err)
	}
	waits := 0
	for _, h := range st.Hosts {
		if h.Host == "b" && h.Why == "503" && h.Wait > 30*time.Second {
			waits++
		}
	}
	if waits != 1 {
		s.Fatalf("Retry-After of b is forgotten: %+v", st.Hosts)
	}
	s.b.Advance(s.ttl + time.Second) // where leases outlive their process
	if _, err := s.f.Reap(s.ctx); err != nil {
		s.Fatal(err)
	}
	_, err = s.f.Done(s.ctx, held, held.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited})
	s.lost(err)
	after := s.counts()
	if after.Found != before.Found || after.Visited != before.Visited || after.Auxiliary != before.Auxiliary || after.Retries != before.Retries ||
		after.Bytes != before.Bytes || after.Queued+after.InFlight != before.Queued+before.InFlight {
		s.Fatalf("counts after the crash %+v, before %+v", after, before)
	}
	s.add(0, task("a", "/1"), task("a", "/2"), task("a", "/3"), task("b", "/1"), task("c", "/1"), deep)
	if n, err := s.f.Note(s.ctx, "a"); string(n) != "rules" || err != nil {
		s.Fatalf("note %q, error %v", n, err)
	}
	if got := s.cut(crawler.ReasonDepth, "a"); len(got) != 1 {
		s.Fatalf("reported %q", got)
	}
	s.visitRest(map[string]string{"http://a/2": "", "http://a/3": "http://a/1", "http://b/1": "", "http://c/1": ""})
}

// visitRest visits what is left, which must be exactly want: URL → referrer.
func (s *suite) visitRest(want map[string]string) {
	s.Helper()
	for range 1000 {
		if _, err := s.f.Reap(s.ctx); err != nil {
			s.Fatal(err)
		}
		l, wait, err := s.f.Next(s.ctx, "w", 1)
		if errors.Is(err, crawler.ErrDrained) {
			if len(want) > 0 {
				s.Fatalf("drained without %v", want)
			}
			return
		}
		if err != nil {
			s.Fatal(err)
		}
		if l.Token == 0 {
			s.b.Advance(max(wait, 100*time.Millisecond))
			continue
		}
		for _, t := range l.Tasks {
			ref, ok := want[t.URL]
			if !ok || ref != t.Referrer {
				s.Fatalf("task %+v is not expected (left: %v)", t, want)
			}
			delete(want, t.URL)
			s.done(l, t, crawler.Outcome{Duration: fetchTime})
		}
	}
	s.Fatalf("not drained; left: %v", want)
}

// testWorkers lets eight workers crawl a graph and lose some leases.
func testWorkers(t *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) {
		p.Sites[0].Politeness = crawler.Politeness{Factor: 1, Max: time.Second, Concurrency: 1}
		p.Address = crawler.Politeness{Factor: 1, Max: time.Second, Concurrency: 100}
	})
	const hosts, pages = 20, 100
	page := func(n int) crawler.Task {
		return task(fmt.Sprint("h", n%hosts), fmt.Sprint("/", n/hosts))
	}
	s.add(1, page(0))
	var mu sync.Mutex
	done, busy := map[string]int{}, map[string]int{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; ; i++ {
				l, _, err := s.f.Next(s.ctx, fmt.Sprint("w", w), 3)
				if errors.Is(err, crawler.ErrDrained) {
					return
				}
				if err != nil {
					t.Errorf("Next: %v", err)
					return
				}
				if l.Token == 0 {
					s.b.Advance(time.Millisecond)
					time.Sleep(100 * time.Microsecond)
					continue
				}
				mu.Lock()
				if busy[l.Host]++; busy[l.Host] > 1 {
					t.Errorf("host %s is on two workers", l.Host)
				}
				mu.Unlock()
				for k, task := range l.Tasks {
					if (i+k)%17 == 16 {
						break
					}
					var at, path int
					if _, err := fmt.Sscanf(task.URL, "http://h%d/%d", &at, &path); err != nil {
						t.Error(err)
					}
					n := path*hosts + at
					var links []crawler.Task
					for _, m := range []int{0, 2*n + 1, 2*n + 2, n + 1, n / 2} {
						if m < hosts*pages {
							links = append(links, page(m))
						}
					}
					mu.Lock()
					if k == len(l.Tasks)-1 {
						busy[l.Host]--
					}
					mu.Unlock()
					if _, err := s.f.Done(s.ctx, l, task, crawler.Outcome{Result: crawler.ResultVisited, Links: links}); err != nil {
						t.Errorf("Done: %v", err)
						return
					}
					mu.Lock()
					done[task.URL]++
					mu.Unlock()
					if k == len(l.Tasks)-1 {
						l.Token = 0
					}
				}
				if l.Token != 0 {
					mu.Lock()
					busy[l.Host]--
					mu.Unlock()
					if err := s.f.Release(s.ctx, l); err != nil {
						t.Errorf("Release: %v", err)
					}
				}
			}
		}()
	}
	wg.Wait()
	if len(done) != hosts*pages {
		s.Errorf("%d pages completed, want %d", len(done), hosts*pages)
	}
	for u, n := range done {
		if n != 1 {
			s.Errorf("%s completed %d times", u, n)
		}
	}
	if c := s.counts(); c.Visited != hosts*pages {
		s.Errorf("counts %+v", c)
	}
}

func testContext(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("b", "/1"))
	l1, l2 := s.next(1), s.next(1)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, _, err := s.f.Next(ctx, "w", 1); !errors.Is(err, context.Canceled) {
		s.Fatalf("Next with an ended context: %v", err)
	}
	// What a stopping worker has to say is still heard.
	if _, err := s.f.Done(ctx, l1, l1.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); err != nil {
		s.Fatalf("Done with an ended context: %v", err)
	}
	if err := s.f.Release(ctx, l2); err != nil {
		s.Fatalf("Release with an ended context: %v", err)
	}
	if c := s.counts(); c.Visited != 1 || c.Queued != 1 {
		s.Fatalf("counts %+v", c)
	}
}

func testClosed(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("b", "/1"))
	l := s.next(1)
	if err := s.f.Close(); err != nil {
		s.Fatal(err)
	}
	if err := s.f.Close(); err != nil {
		s.Fatalf("second Close: %v", err)
	}
	if _, err := s.f.Add(s.ctx, nil); !errors.Is(err, crawler.ErrClosed) {
		s.Fatalf("Add after Close: %v", err)
	}
	if _, err := s.f.Done(s.ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); !errors.Is(err, crawler.ErrClosed) {
		s.Fatalf("Done after Close: %v", err)
	}
	s.reopen()
	s.b.Advance(time.Minute)
	s.visitRest(map[string]string{"http://a/1": "", "http://b/1": ""})
}
