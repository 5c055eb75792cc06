package crawlertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"prescreen/crawler"
)

const fetchTime = 100 * time.Millisecond

func testEmpty(_ *testing.T, s *suite) {
	s.start(nil)
	s.drained()
	s.add(0)
	s.drained()
}

func testOnce(_ *testing.T, s *suite) {
	s.start(nil)
	a := task("a", "/1")
	s.add(2, a, a, task("a", "/2"), a)
	s.add(0, a)
	for _, want := range []string{"/1", "/2"} {
		l := s.next(1)
		if len(l.Tasks) != 1 || l.Tasks[0].URL != "http://a"+want || l.Host != "a" || l.Site != "s" || l.TTL <= 0 {
			s.Fatalf("lease %+v; want one task %s", l, want)
		}
		r := s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime, Links: []crawler.Task{a, task("a", "/2"), task("a", want)}})
		if r.Added != 0 {
			s.Fatalf("%d links new, want 0", r.Added)
		}
		_, err := s.f.Done(s.ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited})
		s.lost(err)
		s.b.Advance(time.Second)
	}
	s.drained()
}

func testOrder(_ *testing.T, s *suite) {
	s.start(nil)
	in := []crawler.Task{task("a", "/dear"), task("a", "/1"), task("a", "/2"), task("a", "/very-dear")}
	in[0].Cost, in[3].Cost = 2, 9
	in[1].Depth, in[1].Referrer, in[1].Via, in[1].Hops = 3, "http://a/from", "iframe", 2
	s.add(4, in...)
	for i, want := range []int{1, 2, 0, 3} {
		l := s.next(1)
		if l.Tasks[0] != in[want] {
			s.Fatalf("task %d is %+v, want %+v", i, l.Tasks[0], in[want])
		}
		s.done(l, l.Tasks[0], crawler.Outcome{})
	}
	s.drained()
}

func testHostConcurrency(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(3, task("a", "/1"), task("a", "/2"), task("b", "/1"))
	l1 := s.next(1)
	l2 := s.next(1)
	if l1.Host == l2.Host || l1.Token == l2.Token {
		s.Fatalf("two leases on one host: %+v, %+v", l1, l2)
	}
	s.b.Advance(30 * time.Second)
	s.none()
}

func testHostConcurrencyTwo(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Concurrency = 2 })
	s.add(3, task("a", "/1"), task("a", "/2"), task("a", "/3"))
	s.next(1)
	s.none() // the gap is kept between the starts
	s.b.Advance(time.Second)
	s.next(1)
	s.b.Advance(30 * time.Second)
	s.none()
}

func testDelay(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(5, task("a", "/1"), task("a", "/2"), task("a", "/3"), task("a", "/4"), task("a", "/5"))
	for _, c := range []struct{ took, gap time.Duration }{
		{fetchTime, time.Second}, {2 * time.Second, 4 * time.Second}, {time.Minute, 10 * time.Second}, {1, time.Second},
	} {
		l := s.next(1)
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: c.took})
		if w := s.none(); w > c.gap {
			s.Fatalf("after a request of %v: wait %v, want at most %v", c.took, w, c.gap)
		}
		s.b.Advance(c.gap - 50*time.Millisecond)
		s.none()
		s.b.Advance(50 * time.Millisecond)
	}
	s.next(1)
}

func testNoRequest(_ *testing.T, s *suite) {
	s.start(nil)
	var tasks []crawler.Task
	for i := range 20 {
		tasks = append(tasks, task("a", fmt.Sprint("/", i)))
	}
	s.add(20, tasks...)
	for range tasks {
		l := s.next(1)
		s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultSkipped, Reason: crawler.ReasonRobots})
	}
	s.drained()
}

func testAddress(_ *testing.T, s *suite) {
	s.start(nil)
	for _, h := range []string{"a", "b", "c", "d"} {
		t := task(h, "/")
		t.Address = "192.0.2.1"
		s.add(1, t)
	}
	l := s.next(1)
	if l.Tasks[0].Address != "192.0.2.1" {
		s.Fatalf("task %+v has lost its address", l.Tasks[0])
	}
	s.none()
	s.b.Advance(100 * time.Millisecond)
	s.next(1)
	s.b.Advance(10 * time.Second)
	s.none() // two at a time
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	s.none() // and a gap after the end
	s.b.Advance(100 * time.Millisecond)
	s.next(1)
}

func testAddressLearned(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Address.Concurrency = 1 })
	s.add(4, task("a", "/1"), task("a", "/2"), task("b", "/1"), task("b", "/2"))
	l1, l2 := s.next(1), s.next(1)
	s.done(l1, l1.Tasks[0], crawler.Outcome{Duration: fetchTime, Address: "192.0.2.1"})
	s.done(l2, l2.Tasks[0], crawler.Outcome{Duration: fetchTime, Address: "192.0.2.1"})
	s.b.Advance(5 * time.Second)
	s.next(1)
	s.b.Advance(5 * time.Second)
	s.none()
}

func testReserve(_ *testing.T, s *suite) {
	s.start(nil)
	a1, a2, a3, b := task("a", "/1"), task("a", "/2"), task("a", "/3"), task("b", "/")
	for _, t := range []*crawler.Task{&a1, &a2, &a3, &b} {
		t.Address = "192.0.2.1"
	}
	s.add(3, a1, a2, a3)
	l := s.next(2)
	if len(l.Tasks) != 2 {
		s.Fatalf("%d tasks in the lease, want 2", len(l.Tasks))
	}
	r := s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	if r.Wait < 900*time.Millisecond || r.Wait > time.Second {
		s.Fatalf("wait %v for the next task of the lease, want 1s", r.Wait)
	}
	s.add(1, b)
	s.b.Advance(950 * time.Millisecond)
	s.none() // the moment is reserved for a, and the address keeps its gap to it
	s.b.Advance(50 * time.Millisecond)
	s.none()
	s.b.Advance(100 * time.Millisecond)
	if l := s.next(1); l.Host != "b" {
		s.Fatalf("lease on %q, want b", l.Host)
	}
	if r := s.done(l, l.Tasks[1], crawler.Outcome{Duration: fetchTime}); r.Wait != 0 {
		s.Fatalf("wait %v after the last task of a lease", r.Wait)
	}
}

func testRetryAfter(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("a", "/2"))
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultDefer, Duration: fetchTime, RetryAfter: time.Minute, HostFault: true, Why: "503"})
	s.b.Advance(59 * time.Second)
	s.none()
	s.b.Advance(time.Second)
	if l := s.next(1); l.Faults != 1 || l.Faulty < 59*time.Second {
		s.Fatalf("lease %+v, want one fault a minute ago", l)
	}
}

func testRetry(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("a", "/2"))
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultRetry, Duration: fetchTime, TaskDelay: 5 * time.Second})
	s.b.Advance(time.Second)
	if l = s.next(1); l.Tasks[0].URL != "http://a/2" {
		s.Fatalf("task %+v, want the other one first", l.Tasks[0])
	}
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	s.b.Advance(3 * time.Second)
	s.none()
	s.b.Advance(time.Second)
	if l = s.next(1); l.Tasks[0].URL != "http://a/1" || l.Tasks[0].Attempt != 1 {
		s.Fatalf("task %+v, want /1 with one failed attempt", l.Tasks[0])
	}
	if c := s.counts(); c.Retries != 1 || c.Visited != 1 || c.InFlight != 1 {
		s.Fatalf("counts %+v", c)
	}
}

func testDefer(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(1, task("a", "/1"))
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultDefer})
	if l = s.next(1); l.Tasks[0].Attempt != 0 {
		s.Fatalf("task %+v, want no failed attempt", l.Tasks[0])
	}
}

func testBlock(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(1, task("a", "/1"))
	l := s.next(1)
	if err := s.f.Block(s.ctx, "a", time.Hour, "quiet hours"); err != nil {
		s.Fatal(err)
	}
	if err := s.f.Release(s.ctx, l); err != nil {
		s.Fatal(err)
	}
	s.none()
	st, err := s.f.Stats(s.ctx, -1)
	if err != nil || len(st.Hosts) != 1 || st.Hosts[0].Why != "quiet hours" || st.Hosts[0].Wait < 59*time.Minute {
		s.Fatalf("stats %+v, error %v", st.Hosts, err)
	}
	s.b.Advance(time.Hour)
	s.next(1)
}

func testFaults(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("a", "/2"))
	for i := range 3 {
		l := s.next(1)
		if l.Faults != i {
			s.Fatalf("%d faults, want %d", l.Faults, i)
		}
		s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultDefer, Duration: fetchTime, HostFault: true})
		s.b.Advance(time.Second)
	}
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	s.b.Advance(time.Second)
	if l = s.next(1); l.Faults != 0 {
		s.Fatalf("%d faults after a success, want 0", l.Faults)
	}
}

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

func testRobotsGate(_ *testing.T, s *suite) {
	s.start(func(p *crawler.Policies) { p.Sites[0].Concurrency = 4; p.Sites[0].Min = 0 })
	robots := task("a", "/robots.txt")
	robots.Class = crawler.ClassRobots
	s.add(3, task("a", "/1"), robots, task("a", "/2"))
	l := s.next(5)
	if len(l.Tasks) != 1 || l.Tasks[0].URL != robots.URL {
		s.Fatalf("lease %+v, want robots.txt alone", l)
	}
	s.b.Advance(10 * time.Second)
	s.none()
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultRetry, Duration: fetchTime, TaskDelay: 5 * time.Second})
	s.b.Advance(4 * time.Second)
	s.none()
	s.b.Advance(time.Second)
	if l = s.next(1); l.Tasks[0].URL != robots.URL || l.Tasks[0].Attempt != 1 {
		s.Fatalf("lease %+v, want robots.txt again", l)
	}
	further := task("a", "/robots2.txt") // where a redirect leads
	further.Class = crawler.ClassRobots
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultAuxiliary, Duration: fetchTime, Links: []crawler.Task{further}})
	s.b.Advance(time.Second)
	if l = s.next(1); l.Tasks[0].URL != further.URL {
		s.Fatalf("lease %+v, want the second robots.txt", l)
	}
	s.done(l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultAuxiliary, Duration: fetchTime})
	s.b.Advance(time.Second)
	if l = s.next(5); len(l.Tasks) != 2 {
		s.Fatalf("lease %+v, want both pages", l)
	}
	if c := s.counts(); c.Auxiliary != 2 || c.Found != 4 {
		s.Fatalf("counts %+v", c)
	}
}

func testNote(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(2, task("a", "/1"), task("a", "/2"))
	if n, err := s.f.Note(s.ctx, "a"); n != nil || err != nil {
		s.Fatalf("note %q, error %v", n, err)
	}
	l := s.next(1)
	if l.NoteVersion != 0 {
		s.Fatalf("note version %d before any note", l.NoteVersion)
	}
	s.done(l, l.Tasks[0], crawler.Outcome{Note: []byte("x"), MinDelay: time.Second})
	if n, err := s.f.Note(s.ctx, "a"); string(n) != "x" || err != nil {
		s.Fatalf("note %q, error %v", n, err)
	}
	if l = s.next(1); l.NoteVersion == 0 {
		s.Fatal("note version 0 after a note")
	}
}

func testCrawlDelay(_ *testing.T, s *suite) {
	s.start(nil)
	s.add(3, task("a", "/1"), task("a", "/2"), task("a", "/3"))
	l := s.next(1)
	s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime, MinDelay: 5 * time.Second})
	for range 2 {
		s.b.Advance(4900 * time.Millisecond)
		s.none()
		s.b.Advance(100 * time.Millisecond)
		l = s.next(1)
		s.done(l, l.Tasks[0], crawler.Outcome{Duration: fetchTime})
	}
}

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
	_, err := s.f.Done(s.ctx, held, held.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited})
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
