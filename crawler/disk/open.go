package disk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
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
