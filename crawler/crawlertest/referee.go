package crawlertest

import (
	"fmt"
	"sync"
	"time"
)

// Limits are what the referee watches over.
type Limits struct {
	HostGap, AddressGap time.Duration // least time between the beginnings of two requests; 0: not watched
	HostMax, AddressMax int           // requests at a time; 0: not watched
}

// Referee sits inside the server and records every breach of manners, over
// all workers and processes, robots.txt and redirects included.
type Referee struct {
	limits Limits

	mu         sync.Mutex
	hosts      map[string]*visitLog
	addresses  map[string]*visitLog
	violations []string
	total      int
	requests   int
}

type visitLog struct {
	last     time.Time
	now      int
	until    time.Time     // asked to stay away until then
	asked    time.Time     // when that was
	gap      time.Duration // asked for by robots.txt
	robots   bool          // was read
	reask    bool          // may be read again: a dead process may not have kept it
	requests int
}

// NewReferee returns a referee that has seen nothing yet.
func NewReferee(l Limits) *Referee {
	return &Referee{limits: l, hosts: map[string]*visitLog{}, addresses: map[string]*visitLog{}}
}

func (r *Referee) log(m map[string]*visitLog, name string) *visitLog {
	if m[name] == nil {
		m[name] = &visitLog{}
	}
	return m[name]
}

func (r *Referee) violate(format string, args ...any) {
	r.total++
	if len(r.violations) < 100 {
		r.violations = append(r.violations, fmt.Sprintf(format, args...))
	}
}

// begin is called when a request arrives.
func (r *Referee) begin(host, address, path string, forbidden bool) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	h, a := r.log(r.hosts, host), r.log(r.addresses, address)
	h.requests++
	isRobots := path == "/robots.txt" || path == "/robots-moved.txt"
	check := func(kind, name string, l *visitLog, gap time.Duration, limit int) {
		if d := now.Sub(l.last); !l.last.IsZero() && d < gap {
			r.violate("%s %s: %s came %v after the last request, least gap is %v", kind, name, path, d, gap)
		}
		if l.now++; limit > 0 && l.now > limit {
			r.violate("%s %s: %s is request number %d at a time, at most %d", kind, name, path, l.now, limit)
		}
		l.last = now
	}
	check("host", host, h, max(r.limits.HostGap, h.gap), r.limits.HostMax)
	check("address", address, a, r.limits.AddressGap, r.limits.AddressMax)
	if now.Before(h.until) {
		r.violate("host %s: %s came %v before the end of Retry-After", host, path, h.until.Sub(now))
	}
	if forbidden {
		r.violate("host %s: %s is disallowed by robots.txt", host, path)
	}
	if !isRobots && !h.robots {
		r.violate("host %s: %s came before robots.txt was read", host, path)
	}
	if isRobots && h.robots && !h.reask {
		r.violate("host %s: %s was asked for again", host, path)
	}
}

// end is called before the answer is written: whoever has read it may already
// have sent the next request.
func (r *Referee) end(host, address string, retryAfter time.Duration, robotsRead bool, gap time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hosts[host]
	h.now = max(h.now-1, 0) // after a restart it may have been forgotten
	a := r.addresses[address]
	a.now = max(a.now-1, 0)
	if retryAfter > 0 {
		h.asked = time.Now()
		h.until = h.asked.Add(retryAfter)
	}
	if robotsRead {
		h.robots, h.reask = true, false
		h.gap = gap
	}
}

// unheard is how long before its death a process may have been given an answer
// that it did not live to write down.
const unheard = 500 * time.Millisecond

// restart tells that the crawler's process died: what it was doing has ended.
func (r *Referee) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range []map[string]*visitLog{r.hosts, r.addresses} {
		for _, l := range m {
			l.now = 0
			l.reask = true
			if time.Since(l.asked) < unheard {
				l.until = time.Time{}
			}
		}
	}
}

// Violations returns how many there were, the first hundred of them in words,
// and the number of requests.
func (r *Referee) Violations() (total int, first []string, requests int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total, append([]string(nil), r.violations...), r.requests
}

// Requests returns the number of requests for a host.
func (r *Referee) Requests(host string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.hosts[host]; h != nil {
		return h.requests
	}
	return 0
}
