package disk

import (
	"context"
	"fmt"
	"time"

	"prescreen/crawler"
)

// Done implements crawler.Frontier.
func (f *Frontier) Done(ctx context.Context, lease crawler.Lease, task crawler.Task, out crawler.Outcome) (crawler.Receipt, error) {
	if out.Result < crawler.ResultVisited || out.Result > crawler.ResultDefer {
		return crawler.Receipt{}, fmt.Errorf("task %q: outcome has no result", task.URL)
	}
	// A page that is finished is acknowledged even when the crawl is stopping.
	if err := f.begin(context.WithoutCancel(ctx)); err != nil {
		return crawler.Receipt{}, err
	}
	defer f.mu.Unlock()
	l, err := f.leaseOf(lease)
	if err != nil {
		return crawler.Receipt{}, err
	}
	i := l.find(task.URL)
	if i < 0 {
		return crawler.Receipt{}, fmt.Errorf("task %q: %w", task.URL, crawler.ErrLeaseLost)
	}
	now := f.now()
	fresh := f.unseen(out.Links, nil)
	e := f.wal.begin(recDone)
	encodeOutcome(e, l.token, l.tasks[i].e.ref(), &out, f.retryWall(now, &out))
	refs := f.encodeTasks(e, out.Links, fresh, l.tasks[i].e.ref(), task.URL)
	if err := f.wal.commit(); err != nil {
		return crawler.Receipt{}, unavailable(err)
	}
	t := l.tasks[i]
	l.tasks = append(l.tasks[:i], l.tasks[i+1:]...)
	f.fly(l, &t, -1)
	l.host.held--
	f.enqueue(out.Links, fresh, refs)
	f.settle(l.host, &t, &out, now)
	f.tick(l, &out, now)
	receipt := crawler.Receipt{Added: len(fresh)}
	if len(l.tasks) == 0 {
		f.vacate(l)
	} else if l.cut == "" {
		receipt.Wait = f.reserve(l, now)
	}
	f.checkBudget(l.host.site)
	return receipt, nil
}

// retryWall is the wall clock until which the host is left alone; 0: no more
// than the ordinary delay.
func (f *Frontier) retryWall(now int64, out *crawler.Outcome) int64 {
	if out.RetryAfter <= 0 {
		return 0
	}
	return f.wall(now + int64(out.RetryAfter))
}

func encodeOutcome(e *encoder, token uint64, r ref, out *crawler.Outcome, until int64) {
	e.uint(token)
	e.uint(r)
	e.byte(byte(out.Result))
	e.str(string(out.Reason))
	e.uint(uint64(max(out.Bytes, 0)))
	var flags byte
	if out.HostFault {
		flags |= 1
	}
	if out.Incomplete {
		flags |= 2
	}
	if out.Note != nil {
		flags |= 4
	}
	if out.Duration > 0 {
		flags |= 8
	}
	e.byte(flags)
	e.int(until)
	e.str(out.Why)
	e.str(out.Address)
	e.uint(uint64(max(out.MinDelay, 0)))
	e.str(string(out.CutHost))
	if out.Note != nil {
		e.str(string(out.Note))
	}
}

// settle counts a task, or puts it back for another time.
func (f *Frontier) settle(h *host, t *leased, out *crawler.Outcome, now int64) {
	c := &h.site.counts
	c.Bytes += out.Bytes
	switch out.Result {
	case crawler.ResultRetry, crawler.ResultDefer:
		e := t.e
		if out.Result == crawler.ResultRetry {
			c.Retries++
			e = newEntry(e.ref(), e.attempt()+1, e.lost())
		}
		if t.level != levelCut && out.TaskDelay > 0 {
			h.putLater(e, t.level, now+int64(out.TaskDelay))
		} else {
			h.put(e, t.level, false, t.reason)
		}
		return
	}
	f.work--
	if t.level == levelGate {
		h.gates--
	}
	if tally(c, out) && t.level >= crawler.TrapCost && t.level < levelCut {
		h.site.traps++
	}
}

// tally counts an outcome that ends a task, and reports whether it is a visit.
func tally(c *crawler.Counts, out *crawler.Outcome) bool {
	switch out.Result {
	case crawler.ResultVisited, crawler.ResultUnchanged:
		c.Visited++
		if out.Result == crawler.ResultUnchanged {
			c.Unchanged++
		}
		if out.Incomplete {
			c.Incomplete++
		}
		return true
	case crawler.ResultAuxiliary:
		c.Auxiliary++
	case crawler.ResultSkipped:
		if c.Skipped == nil {
			c.Skipped = map[crawler.Reason]int64{}
		}
		c.Skipped[out.Reason]++
	default:
		if c.Failed == nil {
			c.Failed = map[crawler.Reason]int64{}
		}
		c.Failed[out.Reason]++
	}
	return false
}

// tick sets the clocks of host and address after a request.
func (f *Frontier) tick(l *lease, out *crawler.Outcome, now int64) {
	h := l.host
	if out.MinDelay > 0 {
		h.delay = int64(out.MinDelay)
	}
	if out.Note != nil {
		h.note = out.Note
		h.version++
	}
	if out.HostFault {
		if h.faults == 0 {
			h.faulty = now
		}
		h.faults++
	} else if out.Duration > 0 {
		h.faults = 0
	}
	if out.RetryAfter > 0 {
		h.until, h.why = max(h.until, now+int64(out.RetryAfter)), out.Why
	}
	if out.Duration > 0 {
		h.lastGap = max(int64(h.site.policy.Delay(out.Duration)), h.delay)
		h.next = max(h.next, now+h.lastGap)
		l.addr.lastGap = int64(f.policies.Address.Delay(out.Duration))
		l.addr.next = max(l.addr.next, now+l.addr.lastGap)
	} else if len(l.tasks) == 0 {
		l.unspent()
	}
	if out.CutHost != "" && h.cut == "" {
		h.cut = out.CutHost
	}
	if out.Address != "" && out.Address != h.addr.name {
		f.move(h, out.Address)
		h.addr.next = max(h.addr.next, now+int64(f.policies.Address.Delay(out.Duration)))
	}
	f.placeHost(h)
	f.placeAddress(l.addr)
}

// reserve sets the moment of the next request of a lease that goes on.
func (f *Frontier) reserve(l *lease, now int64) time.Duration {
	h, a := l.host, l.addr
	at := max(now, h.next, h.until, a.next)
	l.hostBefore, l.addrBefore = h.next, a.next
	if h.site.policy.Concurrency > 1 {
		h.next = max(h.next, at+max(h.lastGap, int64(h.site.policy.Min), h.delay))
	}
	a.next = max(a.next, at+max(a.lastGap, int64(f.policies.Address.Min)))
	l.hostAfter, l.addrAfter = h.next, a.next
	f.placeHost(h)
	f.placeAddress(a)
	return time.Duration(at - now)
}
