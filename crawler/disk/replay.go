package disk

import (
	"errors"
	"fmt"
	"slices"

	"prescreen/crawler"
)

// pending is a task that replay has met and not yet seen end.
type pending struct {
	e     entry
	host  uint32
	level int8
	ended bool
	skip  crawler.Reason
}

type replayedLease struct{ refs []ref }

// replayer rebuilds a frontier from its log.
type replayer struct {
	f     *Frontier
	tasks []pending // by ref
	open  map[uint64]*replayedLease
	live  int
	// Wall clocks of the opening and the last claim of the process whose
	// records are being read.
	session, last int64
}

func newReplayer(f *Frontier) *replayer {
	return &replayer{f: f, open: map[uint64]*replayedLease{}}
}

func (r *replayer) apply(payload []byte, at ref) error {
	d := decoder{b: payload, off: 1}
	switch payload[0] {
	case recOpen:
		r.endSession()
		r.session = d.int()
		r.last = r.session
	case recAdd:
		r.addTasks(&d, at)
	case recClaim:
		r.claim(&d)
	case recDone:
		r.done(&d, at)
	case recBack:
		delete(r.open, d.uint())
	case recLost:
		r.lost(&d)
	case recBlock:
		if h := r.host(d.uint()); h != nil {
			h.until = r.f.fromWall(d.int())
			h.why = d.str()
		}
	default:
		return fmt.Errorf("unknown record %d", payload[0])
	}
	if d.err == nil && d.off != len(payload) {
		return errors.New("record is too long")
	}
	return d.err
}

func (r *replayer) endSession() {
	if r.session != 0 {
		r.f.activeBefore += max(0, r.last-r.session)
	}
}

func (r *replayer) host(id uint64) *host {
	if id >= uint64(len(r.f.byID)) {
		return nil
	}
	return r.f.byID[id]
}

func (r *replayer) addTasks(d *decoder, at ref) {
	for n := d.small(); n > 0 && d.err == nil; n-- {
		name, site, addr := d.str(), d.str(), d.str()
		if d.err == nil {
			r.f.hostOf(name, site, addr)
		}
	}
	for n := d.small(); n > 0 && d.err == nil; n-- {
		where := at + uint64(d.off)
		t := d.task()
		h := r.host(t.host)
		if d.err != nil || h == nil {
			d.err = errShort
			return
		}
		p := pending{e: newEntry(where, 0, 0), host: uint32(t.host), level: int8(levelOf(&t))}
		if len(t.skip) > 0 {
			p.skip = reasonOf(t.skip)
		}
		r.tasks = append(r.tasks, p)
		r.live++
		r.f.seen.add(fingerprint(r.f.key, t.url))
		h.site.counts.Found++
	}
}

// reasonOf avoids a copy of the text for each of many tasks.
func reasonOf(b []byte) crawler.Reason {
	switch string(b) {
	case string(crawler.ReasonDepth):
		return crawler.ReasonDepth
	case string(crawler.ReasonTrap):
		return crawler.ReasonTrap
	}
	return crawler.Reason(b)
}

func (r *replayer) find(at ref) *pending {
	i, ok := slices.BinarySearchFunc(r.tasks, at, func(p pending, at ref) int {
		switch {
		case p.e.ref() < at:
			return -1
		case p.e.ref() > at:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &r.tasks[i]
}

func (r *replayer) claim(d *decoder) {
	f := r.f
	token, wall := d.uint(), d.int()
	f.token = max(f.token, token)
	r.last = max(r.last, wall)
	l := &replayedLease{}
	for n := d.small(); n > 0 && d.err == nil; n-- {
		at := d.uint()
		l.refs = append(l.refs, at)
		if p := r.find(at); p != nil {
			if s := f.byID[p.host].site; !s.begun {
				s.begun, s.began = true, f.activeBefore+r.last-r.session
			}
		}
	}
	r.open[token] = l
}

func (r *replayer) lost(d *decoder) {
	token := d.uint()
	delete(r.open, token)
	for n := d.small(); n > 0 && d.err == nil; n-- {
		if p := r.find(d.uint()); p != nil {
			p.e = newEntry(p.e.ref(), p.e.attempt(), p.e.lost()+1)
		}
	}
}

func (r *replayer) done(d *decoder, at ref) {
	f := r.f
	token, which := d.uint(), d.uint()
	out := crawler.Outcome{Result: crawler.Result(d.byte()), Reason: crawler.Reason(d.str()), Bytes: int64(d.uint())}
	flags, until := d.byte(), d.int()
	why, addr, delay, cut := d.str(), d.str(), int64(d.uint()), crawler.Reason(d.str())
	out.Incomplete = flags&2 != 0
	var note []byte
	if flags&4 != 0 {
		note = append([]byte{}, d.bytes()...)
	}
	p := r.find(which)
	if d.err != nil || p == nil || p.ended || out.Result < crawler.ResultVisited || out.Result > crawler.ResultDefer {
		d.err = errShort
		return
	}
	r.addTasks(d, at)
	p = r.find(which) // addTasks may have moved it
	h := f.byID[p.host]
	if l := r.open[token]; l != nil {
		if l.refs = slices.DeleteFunc(l.refs, func(x ref) bool { return x == which }); len(l.refs) == 0 {
			delete(r.open, token)
		}
	}
	c := &h.site.counts
	c.Bytes += out.Bytes
	switch out.Result {
	case crawler.ResultRetry:
		c.Retries++
		p.e = newEntry(which, p.e.attempt()+1, p.e.lost())
	case crawler.ResultDefer:
	default:
		p.ended = true
		r.live--
		if tally(c, &out) && int(p.level) >= crawler.TrapCost && p.level < levelCut {
			h.site.traps++
		}
	}
	if until != 0 {
		h.until, h.why = max(h.until, f.fromWall(until)), why
	}
	if note != nil {
		h.note = note
		h.version++
	}
	if delay > 0 {
		h.delay = delay
	}
	if cut != "" && h.cut == "" {
		h.cut = cut
	}
	if addr != "" {
		f.move(h, addr)
	}
}

// finished reports whether the log holds a run that has drained.
func (r *replayer) finished() bool { return len(r.tasks) > 0 && r.live == 0 }

// restore puts every task that has not ended back into its queue, those in
// flight in front.
func (r *replayer) restore() error {
	f := r.f
	r.endSession()
	inFlight := map[ref]bool{}
	for token, l := range r.open {
		tasks := make([]leased, 0, len(l.refs))
		for _, at := range l.refs {
			if p := r.find(at); p != nil && !p.ended {
				tasks = append(tasks, leased{e: p.e, level: int(p.level)})
				inFlight[at] = true
			}
		}
		if err := f.writeLost(token, tasks); err != nil {
			return err
		}
	}
	for _, front := range []bool{true, false} {
		for i := range r.tasks {
			p := &r.tasks[i]
			if p.ended || inFlight[p.e.ref()] != front {
				continue
			}
			h := f.byID[p.host]
			f.work++
			if p.level == levelGate {
				h.gates++
			}
			t := leased{e: p.e, level: int(p.level), reason: p.skip}
			switch {
			case front:
				f.putLost(h, &t)
			case p.e.lost() >= f.policies.MaxAttempts && p.level != levelCut:
				t.e = newEntry(p.e.ref(), p.e.attempt(), p.e.lost()-1)
				f.putLost(h, &t)
			default:
				h.put(p.e, t.level, false, p.skip)
			}
		}
	}
	for _, s := range f.sites {
		f.checkBudget(s)
	}
	for _, h := range f.byID {
		// When the last request was made is not known: leave the full delay.
		h.next = max(int64(h.site.policy.Delay(0)), h.delay)
		h.addr.next = max(h.addr.next, int64(f.policies.Address.Delay(0)))
		f.placeHost(h)
	}
	r.tasks = nil
	return nil
}
