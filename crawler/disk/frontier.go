// Package disk is the embedded frontier: everything that is scheduled lives in
// memory, everything that must survive is in one append-only log.
//
// The log, not a database, because every step is one small append: a write of
// some hundred bytes without a lock, a tree or a page split, and its order is
// its consistency: cutting its end anywhere leaves a state the crawl was in.
// Queued tasks stay in it; memory holds 8 bytes for each and about 12 for each
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
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"prescreen/crawler"
)

// Options of a Frontier. Policies should come from crawler.Config.Policies.
type Options struct {
	Policies crawler.Policies
	// LeaseTTL is how long a lease holds without Extend; 0: 2 min.
	LeaseTTL time.Duration
	// MinFree pauses the crawl while the disk has less than so many bytes
	// free; 0: 256 MiB, negative: never.
	MinFree int64
	// SyncEvery is how often the log is forced to the disk; 0: 1 s, negative:
	// never.
	SyncEvery time.Duration
	// Clock returns the time; nil: time.Now.
	Clock  func() time.Time
	Logger *slog.Logger // nil: silent
}

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

// Open opens the frontier in a folder, made when missing, and goes on where
// the last process stopped. A run that was finished begins anew. With an empty
// dir everything is in memory and gone after Close.
func Open(dir string, opt Options) (*Frontier, error) {
	f := newFrontier(dir, opt)
	if err := f.openLog(); err != nil {
		f.unlock()
		return nil, err
	}
	every := opt.SyncEvery
	if every == 0 {
		every = time.Second
	}
	if dir != "" && every > 0 {
		f.syncing.Add(1)
		go f.syncLoop(every)
	}
	return f, nil
}

// newFrontier returns a frontier without a log.
func newFrontier(dir string, opt Options) *Frontier {
	f := &Frontier{
		policies: opt.Policies, ttl: opt.LeaseTTL, minFree: opt.MinFree, clock: opt.Clock, log: opt.Logger, dir: dir,
		hosts: map[string]*host{}, sites: map[string]*site{}, addresses: map[string]*address{}, leases: map[uint64]*lease{},
		batch: map[uint64]struct{}{}, stop: make(chan struct{}),
		defaultPoliteness: crawler.Politeness{Factor: 1, Min: time.Second, Max: 30 * time.Second, Concurrency: 1},
	}
	if f.ttl == 0 {
		f.ttl = 2 * time.Minute
	}
	if f.minFree == 0 {
		f.minFree = 256 << 20
	}
	if f.clock == nil {
		f.clock = time.Now
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if f.policies.MaxAttempts == 0 {
		f.policies.MaxAttempts = 3
	}
	for _, p := range f.policies.Sites {
		s := &site{policy: p}
		f.sites[p.Site] = s
		if p.Time > 0 {
			f.timed = append(f.timed, s)
		}
	}
	f.opened = f.clock()
	return f
}

const logName = "frontier.log"

const headerSize = int64(len(magic) + 16)

func (f *Frontier) openLog() error {
	if f.dir == "" {
		f.wal.s = &memory{}
		return f.start()
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("open frontier: %w", err)
	}
	if err := f.takeLock(); err != nil {
		return err
	}
	f.path = filepath.Join(f.dir, logName)
	file, err := openFile(f.path)
	if err != nil {
		return fmt.Errorf("open frontier: %w", err)
	}
	f.wal.s = file
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil && size >= headerSize {
		err = f.load(size)
	} else if err == nil {
		err = f.start() // new, or the process died while making it
	}
	if err != nil {
		_ = file.Close()
		return fmt.Errorf("open frontier %q: %w", f.path, err)
	}
	return nil
}

// start begins a new log.
func (f *Frontier) start() error {
	if _, err := rand.Read(f.key[:]); err != nil {
		return err
	}
	if err := f.wal.s.Truncate(0); err != nil {
		return err
	}
	if _, err := f.wal.s.WriteAt(append([]byte(magic), f.key[:]...), 0); err != nil {
		return err
	}
	f.wal.size = headerSize
	return f.writeOpen()
}

func (f *Frontier) writeOpen() error {
	f.wal.begin(recOpen).int(f.opened.UnixNano())
	return f.wal.commit()
}

// load replays an existing log.
func (f *Frontier) load(size int64) error {
	head := make([]byte, headerSize)
	if _, err := f.wal.s.ReadAt(head, 0); err != nil {
		return err
	}
	if !bytes.HasPrefix(head, []byte(magic)) {
		return errors.New("this is not a log of a frontier of this version; remove the file to begin anew")
	}
	copy(f.key[:], head[len(magic):])
	r := newReplayer(f)
	end, err := replay(f.wal.s, headerSize, size, r.apply)
	if errors.Is(err, errSenseless) {
		// The record may have been applied in part: once more, without it.
		f.reset()
		r = newReplayer(f)
		end, err = replay(f.wal.s, headerSize, end, r.apply)
	}
	if err != nil {
		return err
	}
	if end < size {
		f.recovered = fmt.Sprintf("cut %d damaged bytes off the end of the log; what they held will be fetched again", size-end)
		f.log.Warn("frontier repaired", "path", f.path, "cut_bytes", size-end)
		if err := f.wal.s.Truncate(end); err != nil {
			return err
		}
	}
	f.wal.size = end
	if r.finished() {
		f.reset()
		return f.start()
	}
	if err := f.writeOpen(); err != nil {
		return err
	}
	f.resumed = true
	return r.restore()
}

// reset forgets everything that was replayed.
func (f *Frontier) reset() {
	f.seen, f.byID, f.token, f.activeBefore = seenSet{}, nil, 0, 0
	f.hosts, f.addresses = map[string]*host{}, map[string]*address{}
	for _, s := range f.sites {
		*s = site{policy: s.policy}
	}
}

func (f *Frontier) syncLoop(every time.Duration) {
	defer f.syncing.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	var synced int64
	for {
		select {
		case <-f.stop:
			return
		case <-t.C:
		}
		f.mu.Lock()
		size := f.wal.size
		f.mu.Unlock()
		if size == synced {
			continue
		}
		if err := f.wal.s.Sync(); err != nil {
			f.log.Warn("frontier not forced to disk", "path", f.path, "error", err)
			continue
		}
		synced = size
	}
}

// Close gives back all leases and closes the log.
func (f *Frontier) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	var err error
	for _, l := range f.leases {
		if e := f.release(l); e != nil && err == nil {
			err = e
		}
	}
	f.closed = true
	f.mu.Unlock()
	close(f.stop)
	f.syncing.Wait()
	if e := f.wal.s.Sync(); e != nil && err == nil {
		err = e
	}
	if e := f.wal.s.Close(); e != nil && err == nil {
		err = e
	}
	f.unlock()
	if err != nil {
		return fmt.Errorf("close frontier: %w", err)
	}
	return nil
}

// Remove closes the frontier and deletes its log: the run is over.
func (f *Frontier) Remove() error {
	err := f.Close()
	if f.path == "" {
		return err
	}
	return errors.Join(err, os.Remove(f.path))
}

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
