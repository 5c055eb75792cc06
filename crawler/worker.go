package crawler

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// work is one worker: it carries one lease after the other to its end.
// ErrDrained ends all of them.
func (c *Crawler) work(ctx context.Context, name string) error {
	var away backoff
	for ctx.Err() == nil && !c.stopping() {
		lease, wait, err := c.Frontier.Next(ctx, name, 1)
		switch {
		case errors.Is(err, ErrUnavailable):
			c.log.Warn("frontier is unavailable, trying again", "error", err)
			sleep(ctx, away.next())
			continue
		case ctx.Err() != nil && lease.Token == 0:
			return nil
		case err != nil:
			return err
		case lease.Token == 0:
			c.idle(ctx, wait)
			continue
		}
		away = backoff{}
		if lease.Epoch != c.epoch.Load() {
			c.renew(lease.Epoch)
		}
		c.signal() // there may be more for another idle worker
		if err := c.carry(ctx, lease); err != nil {
			return err
		}
	}
	return nil
}

// stopping says that no more pages are to be begun.
func (c *Crawler) stopping() bool {
	select {
	case <-c.Stop:
		return true
	default:
		return false
	}
}

// patience is how long a worker waits for the next task of its lease before
// it gives the rest back.
const patience = 50 * time.Millisecond

// carry handles the tasks of a lease. An error ends the run.
func (c *Crawler) carry(ctx context.Context, lease Lease) error {
	c.held.add(lease, c.Now())
	defer c.held.remove(lease)
	for i, task := range lease.Tasks {
		if ctx.Err() != nil || c.stopping() {
			return c.giveBack(ctx, lease)
		}
		if lease.Cut == "" {
			if site := c.scope.byName[task.Site]; site != nil {
				if d := site.quiet(c.Now()); d > 0 {
					return c.rest(ctx, lease, d)
				}
			}
		}
		job := &job{c: c, lease: lease, task: task}
		within, end := c.Begin(ctx, task)
		out := job.handle(within)
		receipt, err := c.done(within, lease, task, out)
		end()
		if errors.Is(err, ErrLeaseLost) {
			c.log.Warn("lease lost; the page will be fetched again", "url", task.URL)
			return nil
		}
		if err != nil {
			return err
		}
		job.remember()
		if receipt.Added > 0 {
			c.signal()
		}
		if i < len(lease.Tasks)-1 && receipt.Wait > 0 {
			if receipt.Wait > patience {
				return c.giveBack(ctx, lease)
			}
			sleep(ctx, receipt.Wait)
		}
	}
	return nil
}

// done tells the frontier, however long that takes: a finished page is kept
// until it can be acknowledged, or the crawl is stopped for good.
func (c *Crawler) done(ctx context.Context, lease Lease, task Task, out Outcome) (Receipt, error) {
	var away backoff
	for tries := 0; ; tries++ {
		receipt, err := c.Frontier.Done(context.WithoutCancel(ctx), lease, task, out)
		if !errors.Is(err, ErrUnavailable) {
			return receipt, err
		}
		if ctx.Err() != nil && tries >= 3 {
			return receipt, nil // fetched again after a restart
		}
		c.log.Warn("page not acknowledged yet, trying again", "url", task.URL, "error", err)
		if ctx.Err() != nil {
			time.Sleep(200 * time.Millisecond)
		} else {
			sleep(ctx, away.next())
		}
	}
}

func (c *Crawler) giveBack(ctx context.Context, lease Lease) error {
	err := c.Frontier.Release(context.WithoutCancel(ctx), lease)
	if errors.Is(err, ErrLeaseLost) || errors.Is(err, ErrUnavailable) {
		return nil // it expires by itself
	}
	return err
}

// rest leaves a host alone until its quiet hours are over.
func (c *Crawler) rest(ctx context.Context, lease Lease, d time.Duration) error {
	why := fmt.Sprintf("quiet hours until %s", c.Now().Add(d).Format("15:04"))
	if err := c.Frontier.Block(context.WithoutCancel(ctx), lease.Host, d, why); err != nil && !errors.Is(err, ErrUnavailable) {
		return err
	}
	return c.giveBack(ctx, lease)
}

// idle waits until there may be something to do. Only the worker that waits
// for the earliest moment watches the clock, and wakes another one when it has
// found work: hundreds of workers that all woke for one host would spend the
// time on waking. The others look up a second later, should that one be stuck.
func (c *Crawler) idle(ctx context.Context, wait time.Duration) {
	until := time.Now().Add(wait)
	c.watchMu.Lock()
	watching := c.watch.IsZero() || until.Before(c.watch)
	if watching {
		c.watch = until
	} else {
		wait += time.Second
	}
	c.watchMu.Unlock()
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.wake:
	case <-c.Stop:
	case <-ctx.Done():
	}
	if watching {
		c.watchMu.Lock()
		if c.watch.Equal(until) {
			c.watch = time.Time{}
		}
		c.watchMu.Unlock()
	}
}

func (c *Crawler) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// keep extends the leases of this process and takes back those of dead ones.
func (c *Crawler) keep(ctx context.Context, stop <-chan struct{}) {
	const every = time.Second
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		for _, h := range c.held.due(c.Now(), c.cfg.TaskTimeout) {
			begun := time.Now()
			if err := c.Frontier.Extend(ctx, h); err == nil {
				c.held.extended(h, begun)
			} else if ctx.Err() == nil {
				c.log.Warn("lease not extended", "host", h.Host, "error", err)
			}
		}
		switch n, err := c.Frontier.Reap(ctx); {
		case err != nil && ctx.Err() == nil:
			c.log.Warn("expired leases not taken back", "error", err)
		case n > 0:
			c.log.Warn("workers died or hang; their pages are fetched again", "leases", n)
			c.signal()
		}
	}
}

// heldLeases are the leases this process works on.
type heldLeases struct {
	mu sync.Mutex
	m  map[uint64]heldLease
}

type heldLease struct {
	lease           Lease
	since, extended time.Time
	good            time.Time // when it was last known to hold, by the clock of this machine
}

func (h *heldLeases) add(l Lease, now time.Time) {
	h.mu.Lock()
	h.m[l.Token] = heldLease{l, now, now, time.Now()}
	h.mu.Unlock()
}

func (h *heldLeases) remove(l Lease) {
	h.mu.Lock()
	delete(h.m, l.Token)
	h.mu.Unlock()
}

func (h *heldLeases) extended(l Lease, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if held, ok := h.m[l.Token]; ok {
		held.good = at
		h.m[l.Token] = held
	}
}

// expired says that a lease may have ended, so that no request may be made
// under it any more.
func (h *heldLeases) expired(l Lease) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	held, ok := h.m[l.Token]
	return ok && l.TTL > 0 && time.Since(held.good) > l.TTL
}

// due returns the leases to extend now. One that takes longer than any page
// may is left to expire: its worker hangs.
func (h *heldLeases) due(now time.Time, longest time.Duration) []Lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Lease
	for token, l := range h.m {
		if now.Sub(l.extended) >= l.lease.TTL/3 && now.Sub(l.since) < 2*longest {
			l.extended = now
			h.m[token] = l
			out = append(out, l.lease)
		}
	}
	return out
}

// backoff doubles from 100 ms to 5 s.
type backoff struct{ d time.Duration }

func (b *backoff) next() time.Duration {
	b.d = min(max(2*b.d, 100*time.Millisecond), 5*time.Second)
	return jitter(b.d)
}

// jitter returns d plus up to a quarter of it.
func jitter(d time.Duration) time.Duration {
	if d < 4 {
		return d
	}
	return d + rand.N(d/4)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
