// Package redis is the frontier shared by many workers: the state of a run
// lies in one Redis, every step is one Lua script on it, and workers keep
// nothing but a cache of URLs they know to be seen.
//
// All times are those of the server, so the clocks of workers do not matter.
// All keys of a run have one hash tag, so that a script touches one slot of a
// cluster; they are made in lua/core.lua. The only other key is the registry of
// runs, see Server.Runs.
//
// It does not start runs or workers, and it spreads one run over no more than
// one Redis node: several runs share the nodes of a cluster.
package redis

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
)

// ErrGone: the run was removed, or the server lost its data.
var ErrGone = errors.New("run does not exist in Redis")

// formatVersion of the keys. Workers of another version are refused.
const formatVersion = "2"

// Options of a Frontier. Policies should come from crawler.Config.Policies.
type Options struct {
	// Run names the run; letters, digits, '.', '_' and '-', at most 64.
	Run      string
	Policies crawler.Policies
	// Spec is kept for those that join; it must not hold secrets.
	Spec     []byte
	LeaseTTL time.Duration // how long a lease holds without Extend; 0: 2 min
}

// Frontier implements crawler.Frontier. It is safe for concurrent use.
type Frontier struct {
	server  *Server
	name    string
	process string // names this process among those of the run
	ttl     time.Duration
	key     []byte
	log     *slog.Logger
	known   known
	calls   requests

	mu     sync.Mutex
	leases map[uint64]struct{}
	beaten time.Time
	closed bool
}

var _ crawler.Frontier = (*Frontier)(nil)

var runName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Open makes the run, or joins it when it exists. The policies and the spec of
// the last opener hold for all.
func (s *Server) Open(ctx context.Context, opt Options) (*Frontier, error) {
	f, err := s.frontier(ctx, opt, true)
	if err != nil {
		return nil, fmt.Errorf("open run %q: %w", opt.Run, err)
	}
	s.check(ctx)
	return f, nil
}

// Join joins a run that exists, with its policies; ErrGone when there is none.
func (s *Server) Join(ctx context.Context, run string, leaseTTL time.Duration) (*Frontier, error) {
	f, err := s.frontier(ctx, Options{Run: run, LeaseTTL: leaseTTL}, false)
	if err != nil {
		return nil, fmt.Errorf("join run %q: %w", run, err)
	}
	return f, nil
}

func (s *Server) frontier(ctx context.Context, opt Options, create bool) (*Frontier, error) {
	if !runName.MatchString(opt.Run) {
		return nil, fmt.Errorf("its name is not made of 1 to 64 letters, digits, '.', '_' or '-'")
	}
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	f := &Frontier{server: s, name: opt.Run, process: hex.EncodeToString(id[:]), ttl: opt.LeaseTTL, log: s.log, leases: map[uint64]struct{}{}}
	if f.ttl == 0 {
		f.ttl = 2 * time.Minute
	}
	if create {
		if err := s.beat(ctx, opt.Run, true); err != nil {
			return nil, err
		}
	}
	return f, f.join(ctx, opt, create)
}

func (f *Frontier) join(ctx context.Context, opt Options, create bool) error {
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	p := opt.Policies
	attempts := p.MaxAttempts
	if attempts == 0 {
		attempts = 3
	}
	args := []any{
		formatVersion, key, opt.Spec, create,
		micros(p.Address.Min), micros(p.Address.Max), p.Address.Factor, p.Address.Concurrency, attempts,
	}
	for _, s := range p.Sites {
		args = append(args, s.Site, micros(s.Min), micros(s.Max), s.Factor, s.Concurrency, s.Pages, s.Bytes, s.Traps, micros(s.Time))
	}
	reply, err := f.run(ctx, scripts.open, args...)
	if err != nil {
		return err
	}
	r, ok := reply.([]any)
	if !ok || len(r) != 3 {
		return fmt.Errorf("unexpected reply %v", reply)
	}
	if v := str(r[0]); v != formatVersion {
		return fmt.Errorf("its keys have format %q, this program knows %q: use one version for all workers", v, formatVersion)
	}
	f.key = []byte(str(r[1]))
	return nil
}

// check warns of settings that would lose a run.
func (s *Server) check(ctx context.Context) {
	for _, c := range []struct{ name, bad, why string }{
		{"maxmemory-policy", "", "queued URLs may be evicted; set: maxmemory-policy noeviction"},
		{"appendonly", "no", "a restart of Redis loses the run; set: appendonly yes, appendfsync everysec"},
	} {
		got, err := s.client.ConfigGet(ctx, c.name).Result()
		if err != nil {
			s.log.Warn("redis settings could not be read; make sure of maxmemory-policy noeviction and appendonly yes", "error", err)
			return
		}
		if v := got[c.name]; c.bad == v || c.bad == "" && v != "noeviction" {
			s.log.Warn("redis is not set up for a crawl: "+c.why, "setting", c.name, "value", v)
		}
	}
}

// run runs a script on the run.
func (f *Frontier) run(ctx context.Context, s *goredis.Script, args ...any) (any, error) {
	reply, err := f.server.exec(ctx, s, f.name, args...)
	// A server that was restarted may have lost its last second: what was seen
	// must be asked again. The page whose links were left out just now does not
	// matter: what it relied on was found on others, and those whose end was lost
	// come again.
	f.known.renew(f.server.epoch.Load())
	return reply, err
}

func (f *Frontier) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return crawler.ErrClosed
	}
	return nil
}

// fingerprint is a keyed hash of the URL as a signed integer, as Redis stores
// sets of them in 8 bytes each.
func (f *Frontier) fingerprint(url string) int64 {
	h := sha256.New()
	h.Write(f.key)
	h.Write([]byte(url))
	var sum [sha256.Size]byte
	return int64(binary.LittleEndian.Uint64(h.Sum(sum[:0])))
}

// Close gives all leases of this process back. The run stays, and so does the
// Server.
func (f *Frontier) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	leases := slices.Sorted(maps.Keys(f.leases))
	f.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, token := range leases {
		switch _, err := f.run(ctx, scripts.release, token); {
		case errors.Is(err, ErrGone):
			return nil
		case err != nil: // they expire by themselves
			return fmt.Errorf("give leases back: %w", err)
		}
	}
	if err := f.server.client.Del(ctx, root(f.name)+":asked:"+f.process).Err(); err != nil {
		return fmt.Errorf("close frontier: %w", err)
	}
	return nil
}

// Remove deletes all keys of the run, see Server.Remove.
func (f *Frontier) Remove(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	return f.server.Remove(ctx, f.name)
}

// closingFor is how long the right to close a run holds without being renewed.
const closingFor = time.Minute

// Finish closes a drained run: one process calls do and then removes the run,
// the others wait until it is gone. It returns whether this process did it.
// When that one dies, another takes its place after a minute, so do must bear
// to be called again.
func (f *Frontier) Finish(ctx context.Context, do func(context.Context) error) (mine bool, err error) {
	for {
		reply, err := f.run(ctx, scripts.ending, f.process, micros(closingFor))
		switch {
		case errors.Is(err, ErrGone):
			return false, nil
		case err != nil:
			return false, err
		case integer(reply) == 1:
			if err := f.closing(ctx, do); err != nil {
				return true, err
			}
			return true, f.Remove(ctx)
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// closing calls do, and keeps the right to close the run meanwhile.
func (f *Frontier) closing(ctx context.Context, do func(context.Context) error) error {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		tick := time.NewTicker(closingFor / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if _, err := f.run(ctx, scripts.ending, f.process, micros(closingFor)); err != nil {
				f.log.Warn("the right to close the run was not renewed", "run", f.name, "error", err)
			}
		}
	})
	defer wg.Wait()
	defer close(done)
	return do(ctx)
}

// micros rounds up: a delay is never undercut.
func micros(d time.Duration) int64 {
	if d < 0 {
		return 0
	}
	return int64((d + time.Microsecond - 1) / time.Microsecond)
}

func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

func integer(v any) int64 {
	n, _ := strconv.ParseInt(str(v), 10, 64) // empty: 0
	return n
}

func duration(v any) time.Duration { return time.Duration(integer(v)) * time.Microsecond }
