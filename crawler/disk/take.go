package disk

import (
	"prescreen/crawler"
)

func (f *Frontier) takeCut(h *host) (tasks []leased, reason crawler.Reason, err error) {
	take := func(q *fifo, level int) {
		for err == nil && q.len() > 0 && len(tasks) < cutBatch {
			tasks, err = f.take(tasks, h, q, level, reason)
		}
	}
	for i := range h.cuts {
		if reason = h.cuts[i].reason; h.cuts[i].q.len() > 0 {
			take(&h.cuts[i].q, levelCut)
			return tasks, reason, err
		}
	}
	if reason = h.down(); reason == "" {
		return nil, "", nil
	}
	take(&h.gate, levelGate)
	for level := range h.levels {
		take(&h.levels[level], level)
	}
	if len(tasks) == 0 && len(h.later) > 0 {
		h.due(1<<63 - 1)
		return f.takeCut(h)
	}
	return tasks, reason, err
}

// take moves one task from a queue to tasks.
func (f *Frontier) take(tasks []leased, h *host, q *fifo, level int, reason crawler.Reason) ([]leased, error) {
	e := q.pop()
	t, err := f.readTask(e, h)
	if err != nil {
		q.pushFront(e)
		return tasks, err
	}
	h.queued--
	return append(tasks, leased{e: e, level: level, task: t, reason: reason}), nil
}

// readTask reads a task back from the log.
func (f *Frontier) readTask(e entry, h *host) (crawler.Task, error) {
	raw, err := f.wal.read(e.ref())
	if err != nil {
		return crawler.Task{}, unavailable(err)
	}
	t := crawler.Task{
		URL: string(raw.url), Site: h.site.policy.Site, Host: h.name, Class: raw.class, Depth: raw.depth,
		Referrer: string(raw.referrer), Via: string(raw.via), Attempt: e.attempt(), Cost: raw.cost, Hops: raw.hops,
		Again: raw.again, Skip: crawler.Reason(raw.skip),
	}
	if h.addr.name != "host "+h.name {
		t.Address = h.addr.name
	}
	if raw.parent != 0 {
		parent, err := f.wal.read(raw.parent)
		if err != nil {
			return crawler.Task{}, unavailable(err)
		}
		t.Referrer = string(parent.url)
	}
	return t, nil
}

func (f *Frontier) takePages(h *host, limit int) (tasks []leased, err error) {
	s := h.site
	for level := 0; level < costLevels; level++ {
		q := &h.levels[level]
		for q.len() > 0 && len(tasks) < limit {
			if s.policy.Pages > 0 && s.counts.Visited+int64(s.flying+len(tasks)) >= int64(s.policy.Pages) {
				if len(tasks) == 0 {
					h.waiting = true
					s.waiters = append(s.waiters, h)
				}
				return tasks, nil
			}
			if level >= crawler.TrapCost && s.policy.Traps > 0 && s.traps+s.trapping+trapsIn(tasks) >= s.policy.Traps {
				if s.traps < s.policy.Traps && len(tasks) == 0 { // others may yet fail
					h.waiting = true
					s.waiters = append(s.waiters, h)
				} else if len(tasks) == 0 {
					f.cutTraps(h)
				}
				return tasks, nil
			}
			if tasks, err = f.take(tasks, h, q, level, ""); err != nil {
				if len(tasks) > 0 {
					err = nil
				}
				return tasks, err
			}
		}
	}
	return tasks, nil
}

func trapsIn(tasks []leased) (n int) {
	for i := range tasks {
		if tasks[i].level >= crawler.TrapCost {
			n++
		}
	}
	return n
}

// cutTraps puts the likely traps of a host among the tasks to report.
func (f *Frontier) cutTraps(h *host) {
	to := h.cutQueue(crawler.ReasonTrap)
	for level := crawler.TrapCost; level < costLevels; level++ {
		for q := &h.levels[level]; q.len() > 0; {
			to.push(q.pop())
		}
	}
}

// putBack returns the tasks of a lease to the front of their queues, in order.
func (f *Frontier) putBack(l *lease) {
	for i := len(l.tasks) - 1; i >= 0; i-- {
		t := &l.tasks[i]
		l.host.put(t.e, t.level, true, t.reason)
	}
	l.tasks = nil
}
