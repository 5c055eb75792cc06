// Package disk is the embedded frontier: everything that is scheduled lives in
// memory, everything that must survive is in one append-only log.
//
// The log, not a database, because every step is one small append: a write of
// some hundred bytes without a lock, a tree or a page split, and its order is
// its consistency: cutting its end anywhere leaves a state the crawl was in.
// Queued tasks stay in it; memory holds 8 bytes for each and about 11 for each
// URL seen. What kill -9 leaves is replayed by Open: tasks in flight are handed
// out again, a torn end is cut off and reported. An operating system that
// dies loses at most Options.SyncEvery, acknowledgements and the links found
// with them together.
//
// It does not serve more than one process (a lock keeps a second one out), and
// the log is not compacted: about 120 bytes per URL, until Remove at the end
// of the run.
package disk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"prescreen/crawler"
)

// Frontier implements crawler.Frontier. It is safe for concurrent use.
type Frontier struct {
	policies          crawler.Policies
	defaultPoliteness crawler.Politeness
	ttl               time.Duration
	minFree           int64
	clock             func() time.Time
	log               *slog.Logger
	dir               string
	path              string
	lock              *os.File
	stop              chan struct{}
	syncing           sync.WaitGroup

	mu           sync.Mutex
	wal          wal
	key          [16]byte
	opened       time.Time
	activeBefore int64
	seen         seenSet
	batch        map[uint64]struct{} // of one call; reused
	hosts        map[string]*host
	byID         []*host
	sites        map[string]*site
	timed        []*site // sites with a budget of time
	addresses    map[string]*address
	ready        heap[*address]
	cutHosts     []*host
	leases       map[uint64]*lease
	token        uint64
	work         int // tasks queued or leased
	paused       string
	spaceChecked int64
	recovered    string
	resumed      bool
	closed       bool
}

var _ crawler.Frontier = (*Frontier)(nil)

// Recovered says what was repaired when the frontier was opened.
func (f *Frontier) Recovered() string { return f.recovered }

// Resumed reports whether Open found an unfinished run.
func (f *Frontier) Resumed() bool { return f.resumed }

func unavailable(err error) error {
	return fmt.Errorf("%w: write log: %w", crawler.ErrUnavailable, err)
}

func (f *Frontier) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return crawler.ErrClosed
	}
	return nil
}

// Add implements crawler.Frontier.
func (f *Frontier) Add(ctx context.Context, tasks []crawler.Task) (int, error) {
	if err := f.begin(ctx); err != nil {
		return 0, err
	}
	defer f.mu.Unlock()
	fresh := f.unseen(tasks, nil)
	if len(fresh) == 0 {
		return 0, nil
	}
	e := f.wal.begin(recAdd)
	refs := f.encodeTasks(e, tasks, fresh, 0, "")
	if err := f.wal.commit(); err != nil {
		return 0, unavailable(err)
	}
	f.enqueue(tasks, fresh, refs)
	return len(fresh), nil
}

// unseen returns the indexes of the tasks that are new.
func (f *Frontier) unseen(tasks []crawler.Task, fresh []freshTask) []freshTask {
	clear(f.batch)
	for i := range tasks {
		fp := fingerprint(f.key, tasks[i].URL)
		if !tasks[i].Again {
			if f.seen.has(fp) {
				continue
			}
			if _, twice := f.batch[fp]; twice {
				continue
			}
			f.batch[fp] = struct{}{}
		}
		fresh = append(fresh, freshTask{i, fp})
	}
	if len(f.batch) > 4096 {
		f.batch = map[uint64]struct{}{}
	}
	return fresh
}

type freshTask struct {
	i  int
	fp uint64
}

// encodeTasks appends the new tasks, with the hosts that are new to the log,
// and returns where each begins.
func (f *Frontier) encodeTasks(e *encoder, tasks []crawler.Task, fresh []freshTask, parent ref, parentURL string) []ref {
	refs := make([]ref, len(fresh))
	var added []*crawler.Task
	var ids map[string]uint64
	for _, n := range fresh {
		t := &tasks[n.i]
		if f.hosts[t.Host] != nil {
			continue
		}
		if _, ok := ids[t.Host]; !ok {
			if ids == nil {
				ids = map[string]uint64{}
			}
			ids[t.Host] = uint64(len(f.byID) + len(added))
			added = append(added, t)
		}
	}
	e.uint(uint64(len(added)))
	for _, t := range added {
		e.str(t.Host)
		e.str(t.Site)
		e.str(t.Address)
	}
	e.uint(uint64(len(fresh)))
	for k, n := range fresh {
		t := &tasks[n.i]
		id, ok := ids[t.Host]
		if !ok {
			id = f.hosts[t.Host].id
		}
		refs[k] = f.wal.here()
		e.task(t, id, parent, parentURL)
	}
	return refs
}

// enqueue applies what encodeTasks wrote.
func (f *Frontier) enqueue(tasks []crawler.Task, fresh []freshTask, refs []ref) {
	touched := make([]*host, 0, 8)
	for k, n := range fresh {
		t := &tasks[n.i]
		h := f.hostOf(t.Host, t.Site, t.Address)
		level := min(max(t.Cost, 0), costLevels-1)
		switch {
		case t.Class == crawler.ClassRobots:
			level = levelGate
			h.gates++
		case t.Skip != "":
			level = levelCut
		}
		h.put(newEntry(refs[k], 0, 0), level, false, t.Skip)
		f.seen.add(n.fp)
		h.site.counts.Found++
		f.work++
		if len(touched) == 0 || touched[len(touched)-1] != h {
			touched = append(touched, h)
		}
	}
	for _, h := range touched {
		f.placeHost(h)
	}
}

// Note implements crawler.Frontier.
func (f *Frontier) Note(ctx context.Context, name string) ([]byte, error) {
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	if h := f.hosts[name]; h != nil {
		return h.note, nil
	}
	return nil, nil
}

// Block implements crawler.Frontier.
func (f *Frontier) Block(ctx context.Context, name string, d time.Duration, why string) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	defer f.mu.Unlock()
	h := f.hosts[name]
	if h == nil {
		return nil
	}
	until := f.now() + int64(d)
	e := f.wal.begin(recBlock)
	e.uint(h.id)
	e.int(f.wall(until))
	e.str(why)
	if err := f.wal.commit(); err != nil {
		return unavailable(err)
	}
	h.until, h.why = until, why
	f.placeHost(h)
	return nil
}
