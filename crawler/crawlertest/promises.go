package crawlertest

import (
	"fmt"
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
