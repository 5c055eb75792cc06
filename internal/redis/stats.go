package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"prescreen/crawler"
)

// hostBatch is how many hosts one script call looks at.
const hostBatch = 200

// Stats returns the state of a run without working on it, as Frontier.Stats
// does for those that do; ErrGone when it is not there.
func (s *Server) Stats(ctx context.Context, run string, hosts int) (crawler.Stats, error) {
	f := &Frontier{server: s, name: run, log: s.log}
	st, err := f.Stats(ctx, hosts)
	if err != nil {
		return st, fmt.Errorf("state of run %q: %w", run, err)
	}
	return st, nil
}

// Stats implements crawler.Frontier. The counts are of one moment; the hosts
// are looked at some hundred at a time, so that workers need not wait.
func (f *Frontier) Stats(ctx context.Context, hosts int) (crawler.Stats, error) {
	if err := f.begin(ctx); err != nil {
		return crawler.Stats{}, err
	}
	reply, err := f.run(ctx, scripts.counts)
	if err != nil {
		return crawler.Stats{}, err
	}
	st := crawler.Stats{Sites: map[string]crawler.Counts{}}
	r, _ := reply.([]any)
	if len(r) != 2 {
		return crawler.Stats{}, fmt.Errorf("stats: unexpected reply %v", reply)
	}
	st.Paused = str(r[0])
	sites, _ := r[1].([]any)
	var names []any
	for _, raw := range sites {
		r, _ := raw.([]any)
		if len(r) != 3 {
			return crawler.Stats{}, fmt.Errorf("stats: unexpected reply %v", raw)
		}
		fields, _ := r[1].([]any)
		c := counts(fields)
		st.Sites[str(r[0])] = c
		st.Plus(c)
		active, _ := r[2].([]any)
		names = append(names, active...)
	}
	for batch := range slices.Chunk(names, hostBatch) {
		if err := f.hostStats(ctx, batch, &st); err != nil {
			return crawler.Stats{}, err
		}
	}
	slices.SortFunc(st.Hosts, func(a, b crawler.HostStats) int { return strings.Compare(a.Host, b.Host) })
	if hosts >= 0 && len(st.Hosts) > hosts {
		st.Hosts = slices.Clone(st.Hosts[:hosts])
	}
	return st, nil
}

func (f *Frontier) hostStats(ctx context.Context, names []any, st *crawler.Stats) error {
	reply, err := f.run(ctx, scripts.hosts, names...)
	if err != nil {
		return err
	}
	list, _ := reply.([]any)
	for _, raw := range list {
		r, _ := raw.([]any)
		if len(r) != 8 {
			return fmt.Errorf("stats: unexpected reply %v", raw)
		}
		h := crawler.HostStats{
			Host: str(r[0]), Site: str(r[1]), Queued: int(integer(r[3])), InFlight: int(integer(r[4])), Faults: int(integer(r[5])),
			Wait: duration(r[6]), Why: str(r[7]),
		}
		if a := str(r[2]); a != "host "+h.Host {
			h.Address = a
		}
		st.Active++
		if h.Why == "" {
			st.Ready++
		}
		st.Hosts = append(st.Hosts, h)
	}
	return nil
}

func counts(fields []any) crawler.Counts {
	c := crawler.Counts{Skipped: map[crawler.Reason]int64{}, Failed: map[crawler.Reason]int64{}}
	plain := map[string]*int64{
		"found": &c.Found, "queued": &c.Queued, "held": &c.InFlight, "visited": &c.Visited, "unchanged": &c.Unchanged,
		"incomplete": &c.Incomplete, "auxiliary": &c.Auxiliary, "retries": &c.Retries, "bytes": &c.Bytes,
	}
	for i := 0; i+1 < len(fields); i += 2 {
		name, v := str(fields[i]), fields[i+1]
		if p := plain[name]; p != nil {
			*p = integer(v)
		} else if r, ok := strings.CutPrefix(name, "skipped:"); ok {
			c.Skipped[crawler.Reason(r)] = integer(v)
		} else if r, ok := strings.CutPrefix(name, "failed:"); ok {
			c.Failed[crawler.Reason(r)] = integer(v)
		}
	}
	return c
}
