package crawlertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"prescreen/crawler"
)

func testCutHost(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(4, task("a", "/1"), task("a", "/2"), task("a", "/3"), task("b", "/"))
	l := s.next(1)
	if l.Host != "a" {
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
		l = s.next(1)
	}
	s.done(l, l.Tasks[0], crawler.Outcome{
		Result: crawler.ResultRetry, Duration: fetchTime, HostFault: true, RetryAfter: time.Hour, CutHost: crawler.ReasonHostDown,
		Links: []crawler.Task{task("a", "/4")},
	})
	got := s.cut(crawler.ReasonHostDown, "a")
	if want := []string{"http://a/1", "http://a/2", "http://a/3", "http://a/4"}; !slices.Equal(got, want) {
		s.Fatalf("reported %q, want %q", got, want)
	}
	s.add(1, task("a", "/5"))
	if got := s.cut(crawler.ReasonHostDown, "a"); len(got) != 1 {
		s.Fatalf("reported %q, want /5", got)
	}
}

// cut takes all leases that only report, without time passing, and returns
// the URLs.
func (s *suite) cut(want crawler.Reason, host string) (got []string) {
	s.Helper()
	for {
		l, _, err := s.f.Next(s.ctx, "w", 1)
		if err != nil && !errors.Is(err, crawler.ErrDrained) {
			s.Fatal(err)
		}
		if l.Cut == "" {
			if l.Token != 0 {
				if err := s.f.Release(s.ctx, l); err != nil {
					s.Fatal(err)
				}
			}
			slices.Sort(got)
			return got
		}
		if l.Cut != want || host != "" && l.Host != host {
			s.Fatalf("lease %+v, want cut %q of %q", l, want, host)
		}
		res := crawler.ResultSkipped
		if want.Failed() {
			res = crawler.ResultFailed
		}
		for _, t := range l.Tasks {
			got = append(got, t.URL)
			s.done(l, t, crawler.Outcome{Result: res, Reason: l.Cut})
		}
	}
}

func testPageBudget(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Pages = 3 })
	for _, h := range []string{"a", "b", "c", "d", "e"} {
		s.add(2, task(h, "/1"), task(h, "/2"))
	}
	o := task("o", "/")
	o.Site = "other"
	s.add(1, o)
	var leases []crawler.Lease
	for range 4 { // three of the site and the other site
		leases = append(leases, s.next(1))
	}
	s.none()
	var l crawler.Lease
	for i := range leases {
		if leases[i].Site == "s" {
			l = leases[i]
			break
		}
	}
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultFailed, Reason: crawler.ReasonNetwork, Duration: fetchTime})
	leases = append(leases, s.next(1)) // a failure makes room
	s.none()
	for _, x := range leases {
		if x.Token != l.Token {
			s.done(x, x.Tasks[0], crawler.Outcome{Duration: fetchTime, Links: []crawler.Task{task(x.Host, "/3")}})
		}
	}
	s.b.Advance(time.Minute)
	got := s.cut(crawler.ReasonPages, "")
	c := s.counts()
	if c.Visited != 4 || c.Skipped[crawler.ReasonPages] != int64(len(got)) || c.Queued > 1 {
		s.Fatalf("%d reported, counts %+v", len(got), c)
	}
}

func testByteBudget(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Budget.Bytes = 100 })
	s.add(3, task("a", "/1"), task("a", "/2"), task("a", "/3"))
	for range 2 {
		l := s.next(1)
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime, Bytes: 60})
		s.b.Advance(time.Second)
	}
	if got := s.cut(crawler.ReasonBytes, "a"); len(got) != 1 {
		s.Fatalf("reported %q", got)
	}
	s.drained()
}

func testTimeBudget(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Time = time.Minute })
	s.add(2, task("a", "/1"), task("a", "/2"))
	s.b.Advance(2 * time.Minute) // before the first request: does not count
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	s.b.Advance(time.Minute)
	if got := s.cut(crawler.ReasonTime, "a"); len(got) != 1 {
		s.Fatalf("reported %q", got)
	}
	s.drained()
}

func testTrapBudget(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Traps = 2 })
	for i := range 4 {
		t := task("a", fmt.Sprint("/trap", i))
		t.Cost = crawler.TrapCost + i
		s.add(1, t)
	}
	s.add(1, task("a", "/page"))
	for range 3 {
		l := s.next(1)
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
		s.b.Advance(time.Second)
	}
	if got := s.cut(crawler.ReasonTrap, "a"); len(got) != 2 {
		s.Fatalf("reported %q, want two traps", got)
	}
	s.drained()
}

func testSkip(_ *testing.T, s *suite) {
	s.start(nil)
	deep := task("a", "/deep")
	deep.Skip = crawler.ReasonDepth
	s.add(2, task("a", "/1"), deep)
	l := s.next(1)
	if l.Cut == "" {
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	} else if err := s.f.Release(s.ctx, l); err != nil {
		s.Fatal(err)
	}
	if got := s.cut(crawler.ReasonDepth, "a"); len(got) != 1 || got[0] != deep.URL {
		s.Fatalf("reported %q", got)
	}
}

func testAgain(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(1, task("a", "/1"))
	l := s.next(1)
	again := task("a", "/1")
	again.Again, again.Hops = true, 1
	if r := s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultSkipped, Reason: crawler.ReasonRedirect, Links: []crawler.Task{again}}); r.Added != 1 {
		s.Fatalf("%d added, want 1", r.Added)
	}
	l = s.next(1)
	if l.Tasks[0].Hops != 1 {
		s.Fatalf("task %+v", l.Tasks[0])
	}
	s.done(l, l.Tasks[0], crawler.Outcome{})
	s.drained()
	s.counts()
}

func testCounts(_ *testing.T, s *suite) {
	s.start(nil)
	for i := range 6 {
		s.add(1, task("a", fmt.Sprint("/", i)))
	}
	s.counts()
	for _, out := range []crawler.Outcome{
		{Result: crawler.ResultVisited, Bytes: 10, Incomplete: true}, {Result: crawler.ResultUnchanged}, {Result: crawler.ResultAuxiliary},
		{Result: crawler.ResultSkipped, Reason: crawler.ReasonMissing}, {Result: crawler.ResultFailed, Reason: crawler.ReasonStatus}, {Result: crawler.ResultRetry},
	} {
		l := s.next(1)
		s.counts()
		s.done(l, l.Tasks[0], out)
		s.counts()
	}
	c := s.counts()
	if c.Found != 6 || c.Visited != 2 || c.Unchanged != 1 || c.Incomplete != 1 || c.Auxiliary != 1 || c.Skipped[crawler.ReasonMissing] != 1 ||
		c.Failed[crawler.ReasonStatus] != 1 || c.Retries != 1 || c.Queued != 1 || c.Bytes != 10 {
		s.Fatalf("counts %+v", c)
	}
}

func testWhy(_ *testing.T, s *suite) {
	s.start(nil)
	for _, h := range []string{"a", "b", "c"} {
		s.add(2, task(h, "/1"), task(h, "/2"))
	}
	l1 := s.next(1)
	l2 := s.next(1)
	s.done(l1, l1.Tasks[0], crawler.Outcome{Duration: fetchTime, RetryAfter: time.Minute, Why: "answered 503", HostFault: true})
	st, err := s.f.Stats(s.ctx, -1)
	if err != nil || len(st.Hosts) != 3 || st.Active != 3 || st.Ready != 1 {
		s.Fatalf("stats %+v, error %v", st, err)
	}
	for _, h := range st.Hosts {
		switch h.Host {
		case l1.Host:
			if h.Why != "answered 503" || h.Wait < 59*time.Second || h.Faults != 1 {
				s.Errorf("%+v, want a wait after 503", h)
			}
		case l2.Host:
			if h.Why == "" || h.InFlight != 1 {
				s.Errorf("%+v, want a worker on it", h)
			}
		default:
			if h.Why != "" || h.Queued != 2 {
				s.Errorf("%+v, want ready", h)
			}
		}
	}
	if st, err := s.f.Stats(s.ctx, 1); err != nil || len(st.Hosts) != 1 || st.Active != 3 {
		s.Fatalf("stats %+v, error %v", st, err)
	}
}
