package disk

import (
	"context"
	"fmt"
	"time"

	"prescreen/crawler"
)

// cutBatch is how many tasks are handed out at once to be reported.
const cutBatch = 64

// idleWait is how long to wait when only the work of others can change
// anything.
const idleWait = time.Second

// Next implements crawler.Frontier.
func (f *Frontier) Next(ctx context.Context, worker string, limit int) (crawler.Lease, time.Duration, error) {
	if err := f.begin(ctx); err != nil {
		return crawler.Lease{}, 0, err
	}
	defer f.mu.Unlock()
	now := f.now()
	if f.work == 0 {
		return crawler.Lease{}, 0, crawler.ErrDrained
	}
	if wait := f.checkSpace(now); wait > 0 {
		return crawler.Lease{}, wait, nil
	}
	f.checkTime(now)
	for {
		l, err := f.nextCut()
		if err != nil {
			return crawler.Lease{}, 0, err
		}
		if l != nil {
			return f.grant(l, now)
		}
		a := f.ready.top()
		if a == nil {
			return crawler.Lease{}, idleWait, nil
		}
		if at := a.key(); at > now {
			return crawler.Lease{}, min(time.Duration(at-now), 10*idleWait), nil
		}
		l, err = f.nextOf(a.hosts.top(), max(limit, 1), now)
		if err != nil {
			return crawler.Lease{}, 0, err
		}
		if l != nil {
			return f.grant(l, now)
		}
	}
}

// checkSpace returns how long to pause because the disk is nearly full.
func (f *Frontier) checkSpace(now int64) time.Duration {
	if f.dir == "" || f.minFree < 0 {
		return 0
	}
	if f.spaceChecked != 0 && now-f.spaceChecked < int64(time.Second) {
		if f.paused != "" {
			return idleWait
		}
		return 0
	}
	f.spaceChecked = max(now, 1)
	free, err := freeBytes(f.dir)
	if err != nil || free >= f.minFree {
		if f.paused != "" {
			f.log.Info("crawl goes on", "dir", f.dir, "free_bytes", free)
		}
		f.paused = ""
		return 0
	}
	if f.paused == "" {
		f.log.Warn("crawl paused: disk is nearly full; free some space and it goes on", "dir", f.dir, "free_bytes", free, "needed_bytes", f.minFree)
	}
	f.paused = fmt.Sprintf("disk of %q has %d MiB free, %d MiB are needed; free some space and the crawl goes on", f.dir, free>>20, f.minFree>>20)
	return idleWait
}

func (f *Frontier) checkTime(now int64) {
	for _, s := range f.timed {
		if s.cut == "" && s.begun && f.active(now)-s.began >= int64(s.policy.Time) {
			f.cutSite(s, crawler.ReasonTime)
		}
	}
}

// nextCut makes a lease of tasks that are only to be reported.
func (f *Frontier) nextCut() (*lease, error) {
	for len(f.cutHosts) > 0 {
		h := f.cutHosts[len(f.cutHosts)-1]
		l := &lease{host: h}
		var err error
		if l.tasks, l.cut, err = f.takeCut(h); err != nil {
			return nil, err
		}
		if len(l.tasks) > 0 {
			return l, nil
		}
		f.cutHosts = f.cutHosts[:len(f.cutHosts)-1]
		h.cutting = false
	}
	return nil, nil
}

// nextOf makes a lease on a host whose time has come; nil: there is nothing
// to hand out after all, and the host has been put elsewhere.
func (f *Frontier) nextOf(h *host, limit int, now int64) (*lease, error) {
	h.due(now)
	l := &lease{host: h}
	var err error
	if h.gates > 0 {
		if h.gate.len() > 0 {
			l.tasks, err = f.take(nil, h, &h.gate, levelGate, "")
		}
	} else {
		l.tasks, err = f.takePages(h, limit)
	}
	if err != nil {
		return nil, err
	}
	if len(l.tasks) == 0 {
		f.placeHost(h)
		return nil, nil
	}
	return l, nil
}

// grant writes the claim and hands the lease out.
func (f *Frontier) grant(l *lease, now int64) (crawler.Lease, time.Duration, error) {
	h := l.host
	l.token, l.addr, l.expires = f.token+1, h.addr, now+int64(f.ttl)
	e := f.wal.begin(recClaim)
	e.uint(l.token)
	e.int(f.wall(now))
	e.uint(uint64(len(l.tasks)))
	for i := range l.tasks {
		e.uint(uint64(l.tasks[i].e.ref()))
	}
	if err := f.wal.commit(); err != nil {
		f.putBack(l)
		f.placeHost(h)
		return crawler.Lease{}, 0, unavailable(err)
	}
	f.token++
	f.leases[l.token] = l
	h.held += len(l.tasks)
	if !h.site.begun {
		h.site.begun, h.site.began = true, f.active(now)
	}
	for i := range l.tasks {
		f.fly(l, &l.tasks[i], 1)
	}
	if l.cut == "" {
		f.occupy(l, now)
	} else {
		f.placeHost(h)
	}
	out := crawler.Lease{
		Host: h.name, Site: h.site.policy.Site, Token: l.token, TTL: f.ttl, Cut: l.cut, NoteVersion: h.version, Faults: h.faults,
		Tasks: make([]crawler.Task, len(l.tasks)),
	}
	for i := range l.tasks {
		out.Tasks[i] = l.tasks[i].task
	}
	if h.faults > 0 {
		out.Faulty = time.Duration(now - h.faulty)
	}
	return out, 0, nil
}

// fly counts a task of a fetching lease in or out of what is in flight.
func (f *Frontier) fly(l *lease, t *leased, n int) {
	if l.cut != "" || t.task.Auxiliary() {
		return
	}
	l.host.site.flying += n
	if t.level >= crawler.TrapCost {
		l.host.site.trapping += n
	}
}

// occupy takes a place of the host and of its address, and moves their clocks
// for leases that may run beside this one.
func (f *Frontier) occupy(l *lease, now int64) {
	h, a := l.host, l.addr
	h.inFlight++
	a.inFlight++
	l.addrBefore, l.hostBefore = a.next, h.next
	if f.policies.Address.Concurrency > 1 {
		a.next = max(a.next, now+max(a.lastGap, int64(f.policies.Address.Min)))
	}
	if h.site.policy.Concurrency > 1 {
		h.next = max(h.next, now+max(h.lastGap, int64(h.site.policy.Min), h.delay))
	}
	l.addrAfter, l.hostAfter = a.next, h.next
	f.placeHost(h)
	f.placeAddress(a)
}

// vacate gives the places of a lease back that has ended.
func (f *Frontier) vacate(l *lease) {
	delete(f.leases, l.token)
	if l.cut == "" {
		l.host.inFlight--
		l.addr.inFlight--
	}
	f.placeHost(l.host)
	f.placeAddress(l.addr)
	if l.cut == "" {
		f.wakeSite(l.host.site)
	}
}

// unspent takes back what a claim added to the clocks, as no request was made.
func (l *lease) unspent() {
	if l.cut != "" {
		return
	}
	if l.addr.next == l.addrAfter {
		l.addr.next = l.addrBefore
	}
	if l.host.next == l.hostAfter {
		l.host.next = l.hostBefore
	}
}
