package disk

import (
	"time"

	"prescreen/crawler"
)

// move puts a host under another address.
func (f *Frontier) move(h *host, addr string) {
	if addr == "" || h.addr.name == addr {
		return
	}
	old := h.addr
	old.hosts.remove(h)
	h.addr = f.addressOf(addr)
	f.placeAddress(old)
}

// placeHost puts a host where its state belongs: into the heap of its address,
// into the list of hosts with tasks to report, or nowhere.
func (f *Frontier) placeHost(h *host) {
	reason := h.down()
	hasCut := reason != "" && h.queued > 0 || reason == "" && h.queued > h.work()
	if hasCut && !h.cutting {
		h.cutting = true
		f.cutHosts = append(f.cutHosts, h)
	}
	fits := reason == "" && !h.waiting && h.work() > 0 && h.inFlight < max(h.site.policy.Concurrency, 1)
	if h.gates > 0 {
		fits = fits && h.inFlight == 0
	}
	if !fits {
		h.addr.hosts.remove(h)
		f.placeAddress(h.addr)
		return
	}
	h.at = max(h.next, h.until)
	if !h.readyNow() {
		h.at = max(h.at, h.laterAt())
	}
	h.addr.hosts.fix(h)
	f.placeAddress(h.addr)
}

func (f *Frontier) placeAddress(a *address) {
	if len(a.hosts.items) == 0 || a.inFlight >= max(f.policies.Address.Concurrency, 1) {
		f.ready.remove(a)
		return
	}
	a.at = max(a.next, a.hosts.top().at)
	f.ready.fix(a)
}

// cutSite ends the fetching of a site; what is queued will be reported.
func (f *Frontier) cutSite(s *site, reason crawler.Reason) {
	if s.cut != "" {
		return
	}
	s.cut = reason
	for _, h := range s.hosts {
		f.placeHost(h)
	}
}

// wakeSite lets hosts try again that waited for room in the page budget.
func (f *Frontier) wakeSite(s *site) {
	waiters := s.waiters
	s.waiters = nil
	for _, h := range waiters {
		h.waiting = false
		f.placeHost(h)
	}
}

// checkBudget cuts the site once a budget is used up. Time is looked at by Next.
func (f *Frontier) checkBudget(s *site) {
	b := s.policy.Budget
	switch {
	case b.Pages > 0 && s.counts.Visited >= int64(b.Pages):
		f.cutSite(s, crawler.ReasonPages)
	case b.Bytes > 0 && s.counts.Bytes >= b.Bytes:
		f.cutSite(s, crawler.ReasonBytes)
	}
}

// active is how long the run has been worked on, this and earlier processes
// together.
func (f *Frontier) active(now int64) int64 { return f.activeBefore + now }

func (f *Frontier) now() int64 { return int64(f.clock().Sub(f.opened)) }

func (f *Frontier) wall(t int64) int64 { return f.opened.Add(time.Duration(t)).UnixNano() }

func (f *Frontier) fromWall(nanos int64) int64 { return nanos - f.opened.UnixNano() }
