package disk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"prescreen/crawler"
)

// Stats implements crawler.Frontier.
func (f *Frontier) Stats(ctx context.Context, hosts int) (crawler.Stats, error) {
	if err := f.begin(ctx); err != nil {
		return crawler.Stats{}, err
	}
	defer f.mu.Unlock()
	now := f.now()
	st := crawler.Stats{Paused: f.paused, Recovered: f.recovered, Sites: map[string]crawler.Counts{}}
	for name, s := range f.sites {
		c := s.counts
		c.Skipped, c.Failed = maps.Clone(c.Skipped), maps.Clone(c.Failed)
		for _, h := range s.hosts {
			c.Queued += int64(h.queued)
			c.InFlight += int64(h.held)
		}
		st.Sites[name] = c
		st.Counts.Plus(c)
	}
	for _, h := range f.byID {
		if h.queued == 0 && h.held == 0 {
			continue
		}
		st.Active++
		hs := f.hostStats(h, now)
		if hs.Why == "" {
			st.Ready++
		}
		st.Hosts = append(st.Hosts, hs)
	}
	slices.SortFunc(st.Hosts, func(a, b crawler.HostStats) int { return strings.Compare(a.Host, b.Host) })
	if hosts >= 0 && len(st.Hosts) > hosts {
		st.Hosts = slices.Clone(st.Hosts[:hosts])
	}
	return st, nil
}

func (f *Frontier) hostStats(h *host, now int64) crawler.HostStats {
	hs := crawler.HostStats{Host: h.name, Site: h.site.policy.Site, Queued: h.queued, InFlight: h.held, Faults: h.faults}
	if h.addr.name != "host "+h.name {
		hs.Address = h.addr.name
	}
	at := h.next
	switch {
	case f.paused != "":
		hs.Why = f.paused
	case h.down() != "":
		hs.Why = fmt.Sprintf("given up (%s); its URLs are being reported", h.down())
	case h.inFlight > 0 && h.gates > 0:
		hs.Why = "robots.txt is being fetched"
	case h.inFlight >= max(h.site.policy.Concurrency, 1):
		hs.Why = fmt.Sprintf("a worker is on it (%d tasks in flight)", h.held)
	case h.waiting:
		hs.Why = "the page budget is in flight"
	case h.until > now:
		hs.Why, at = h.why, max(at, h.until)
		if hs.Why == "" {
			hs.Why = "blocked"
		}
	case h.next > now:
		hs.Why = "politeness delay of the host"
	case !h.readyNow() && len(h.later) > 0:
		hs.Why, at = "its tasks wait for another try", h.laterAt()
	case h.addr.inFlight >= max(f.policies.Address.Concurrency, 1):
		hs.Why = fmt.Sprintf("address %s serves as many requests as allowed", h.addr.name)
	case h.addr.next > now:
		hs.Why, at = fmt.Sprintf("politeness delay of address %s", h.addr.name), h.addr.next
	}
	hs.Wait = max(0, time.Duration(at-now))
	return hs
}
