package disk

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"prescreen/crawler"
)

func (f *Frontier) leaseOf(l crawler.Lease) (*lease, error) {
	own := f.leases[l.Token]
	if own == nil || f.now() > own.expires {
		return nil, fmt.Errorf("host %q: %w", l.Host, crawler.ErrLeaseLost)
	}
	return own, nil
}

// Extend implements crawler.Frontier.
func (f *Frontier) Extend(ctx context.Context, lease crawler.Lease) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	defer f.mu.Unlock()
	l, err := f.leaseOf(lease)
	if err != nil {
		return err
	}
	l.expires = f.now() + int64(f.ttl)
	return nil
}

// Release implements crawler.Frontier.
func (f *Frontier) Release(ctx context.Context, lease crawler.Lease) error {
	// A release is most often made because ctx has ended.
	if err := f.begin(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer f.mu.Unlock()
	l, err := f.leaseOf(lease)
	if err != nil {
		return err
	}
	return f.release(l)
}

func (f *Frontier) release(l *lease) error {
	f.wal.begin(recBack).uint(l.token)
	if err := f.wal.commit(); err != nil {
		return unavailable(err)
	}
	l.unspent()
	f.unfly(l)
	f.putBack(l)
	f.vacate(l)
	return nil
}

func (f *Frontier) unfly(l *lease) {
	for i := range l.tasks {
		f.fly(l, &l.tasks[i], -1)
	}
	l.host.held -= len(l.tasks)
}

// Reap implements crawler.Frontier.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	if err := f.begin(ctx); err != nil {
		return 0, err
	}
	defer f.mu.Unlock()
	now, n := f.now(), 0
	for _, token := range slices.Sorted(maps.Keys(f.leases)) {
		l := f.leases[token]
		if now <= l.expires {
			continue
		}
		if err := f.writeLost(l.token, l.tasks); err != nil {
			return n, err
		}
		f.unfly(l)
		for i := len(l.tasks) - 1; i >= 0; i-- {
			f.putLost(l.host, &l.tasks[i])
		}
		// Whether a request was made nobody knows: assume so.
		gap := int64(l.host.site.policy.Delay(0))
		l.host.next = max(l.host.next, now+max(gap, l.host.delay))
		f.vacate(l)
		n++
	}
	return n, nil
}

func (f *Frontier) writeLost(token uint64, tasks []leased) error {
	e := f.wal.begin(recLost)
	e.uint(token)
	e.uint(uint64(len(tasks)))
	for i := range tasks {
		e.uint(uint64(tasks[i].e.ref()))
	}
	if err := f.wal.commit(); err != nil {
		return unavailable(err)
	}
	return nil
}

// putLost returns a task that a worker may have died on.
func (f *Frontier) putLost(h *host, t *leased) {
	e := newEntry(t.e.ref(), t.e.attempt(), t.e.lost()+1)
	if t.level == levelCut || e.lost() < f.policies.MaxAttempts {
		h.put(e, t.level, true, t.reason)
		return
	}
	if t.level == levelGate {
		h.gates--
	}
	h.put(e, levelCut, true, crawler.ReasonLost)
}
