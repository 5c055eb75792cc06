package disk

import (
	"prescreen/crawler"
)

// Times in this file are nanoseconds since the frontier was opened, so that
// steps of the wall clock do not matter.

type site struct {
	policy   crawler.Policy
	counts   crawler.Counts
	hosts    []*host
	flying   int // pages handed out, auxiliary ones not
	traps    int // visited pages with a cost of TrapCost or more
	trapping int // such pages handed out
	waiters  []*host
	cut      crawler.Reason
	begun    bool  // something was handed out
	began    int64 // active time of the run when that happened first
}

type address struct {
	name     string
	hosts    heap[*host]
	next     int64
	lastGap  int64
	inFlight int
	at       int64 // of the first of its hosts
	pos      int
}

func (a *address) key() int64  { return a.at }
func (a *address) place() *int { return &a.pos }

type host struct {
	id   uint64
	name string
	site *site
	addr *address

	gate     fifo // robots.txt
	gates    int  // queued or in flight
	levels   [costLevels]fifo
	later    []delayed // by time
	cuts     []cutQueue
	queued   int // in all of them
	inFlight int // leases that fetch
	held     int // tasks in all leases

	next    int64 // earliest next request
	lastGap int64 // delay after the last request
	until   int64 // blocked
	why     string
	delay   int64 // from robots.txt
	faults  int
	faulty  int64 // when the first of them was
	note    []byte
	version uint64
	cut     crawler.Reason

	waiting bool // for room in the site's budget
	cutting bool // is in the list of hosts with tasks to report
	at      int64
	pos     int
}

func (h *host) key() int64  { return h.at }
func (h *host) place() *int { return &h.pos }

// work is the number of tasks to fetch, now or later.
func (h *host) work() int {
	n := h.queued
	for i := range h.cuts {
		n -= h.cuts[i].q.len()
	}
	return n
}

func (h *host) down() crawler.Reason {
	if h.cut != "" {
		return h.cut
	}
	return h.site.cut
}

// readyNow says that a task waits that is not delayed.
func (h *host) readyNow() bool {
	if h.gates > 0 {
		return h.gate.len() > 0
	}
	for i := range h.levels {
		if h.levels[i].len() > 0 {
			return true
		}
	}
	return false
}

// laterAt is when the first delayed task is due that may be handed out.
func (h *host) laterAt() int64 {
	for i := range h.later {
		if h.gates == 0 || h.later[i].level == levelGate {
			return h.later[i].at
		}
	}
	return 0
}

// put queues a task at the end, or at the front, of its level.
func (h *host) put(e entry, level int, front bool, skip crawler.Reason) {
	h.queued++
	var q *fifo
	switch level {
	case levelGate:
		q = &h.gate
	case levelCut:
		q = h.cutQueue(skip)
	default:
		q = &h.levels[level]
	}
	if front {
		q.pushFront(e)
	} else {
		q.push(e)
	}
}

func (h *host) cutQueue(reason crawler.Reason) *fifo {
	for i := range h.cuts {
		if h.cuts[i].reason == reason {
			return &h.cuts[i].q
		}
	}
	h.cuts = append(h.cuts, cutQueue{reason: reason})
	return &h.cuts[len(h.cuts)-1].q
}

func (h *host) putLater(e entry, level int, at int64) {
	h.queued++
	i := len(h.later)
	h.later = append(h.later, delayed{})
	for ; i > 0 && h.later[i-1].at > at; i-- {
		h.later[i] = h.later[i-1]
	}
	h.later[i] = delayed{at, e, level}
}

// due moves delayed tasks whose time has come to their queues.
func (h *host) due(now int64) {
	n := 0
	for n < len(h.later) && h.later[n].at <= now {
		h.queued--
		h.put(h.later[n].e, h.later[n].level, false, "")
		n++
	}
	h.later = h.later[:copy(h.later, h.later[n:])]
}

// leased is a task in a lease.
type leased struct {
	e      entry
	level  int
	task   crawler.Task
	reason crawler.Reason
}

type lease struct {
	token   uint64
	host    *host
	addr    *address
	tasks   []leased
	cut     crawler.Reason
	expires int64
	// What the claim added to the clock of the address and host, to be taken
	// back when no request was made.
	addrBefore, addrAfter int64
	hostBefore, hostAfter int64
}

func (l *lease) find(url string) int {
	for i := range l.tasks {
		if l.tasks[i].task.URL == url {
			return i
		}
	}
	return -1
}

func (f *Frontier) siteOf(name string) *site {
	s := f.sites[name]
	if s == nil {
		s = &site{policy: crawler.Policy{Site: name, Politeness: f.defaultPoliteness}}
		f.sites[name] = s
	}
	return s
}

func (f *Frontier) addressOf(name string) *address {
	a := f.addresses[name]
	if a == nil {
		a = &address{name: name}
		f.addresses[name] = a
	}
	return a
}

// hostOf returns the host, made when it is new.
func (f *Frontier) hostOf(name, siteName, addr string) *host {
	h := f.hosts[name]
	if h == nil {
		h = &host{id: uint64(len(f.byID)), name: name, site: f.siteOf(siteName)}
		f.hosts[name] = h
		f.byID = append(f.byID, h)
		h.site.hosts = append(h.site.hosts, h)
		h.addr = f.addressOf(addressName(addr, name))
	}
	return h
}

func addressName(addr, host string) string {
	if addr == "" {
		return "host " + host
	}
	return addr
}
