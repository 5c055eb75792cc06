// Package redis is the frontier shared by many workers: the state of a run
// lies in one Redis, every step is one Lua script on it, and workers keep
// nothing but a cache of URLs they know to be seen.
//
// All times are those of the server, so the clocks of workers do not matter.
// All keys of a run have one hash tag, so that a script touches one slot of a
// cluster; they are made in lua/common.lua.
//
// It does not start runs or workers, and it spreads one run over no more than
// one Redis node. A budget of time counts from the first request to a site, also
// while no worker is running.
package redis

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
)

// ErrGone: the run was removed, or the server lost its data.
var ErrGone = errors.New("run does not exist in Redis")

// formatVersion of the keys. Workers of another version are refused.
const formatVersion = "1"

// Options of a Frontier. Policies should come from crawler.Config.Policies.
type Options struct {
	// URL of the server: redis://user:password@host:6379/0, rediss:// for TLS.
	URL string
	// Run names the run; letters, digits, '.', '_' and '-', at most 64.
	Run      string
	Policies crawler.Policies
	LeaseTTL time.Duration // how long a lease holds without Extend; 0: 2 min
	Logger   *slog.Logger  // nil: silent
}

// Frontier implements crawler.Frontier. It is safe for concurrent use.
type Frontier struct {
	client goredis.UniversalClient
	root   string
	ttl    time.Duration
	key    []byte
	log    *slog.Logger
	known  known

	mu     sync.Mutex
	leases map[uint64]struct{}
	closed bool
}

var _ crawler.Frontier = (*Frontier)(nil)

var runName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Open makes the run, or joins it when it exists. The policies of the last
// opener hold for all.
func Open(ctx context.Context, opt Options) (*Frontier, error) {
	if !runName.MatchString(opt.Run) {
		return nil, fmt.Errorf("run name %q: use 1 to 64 letters, digits, '.', '_' or '-'", opt.Run)
	}
	o, err := goredis.ParseURL(opt.URL)
	if err != nil {
		// The error of the parser repeats the URL, and with it the password.
		return nil, errors.New("redis URL cannot be read: use redis://user:password@host:6379/0, or rediss:// for TLS")
	}
	f := &Frontier{client: goredis.NewClient(o), root: "prescreen:{" + opt.Run + "}", ttl: opt.LeaseTTL, log: opt.Logger, leases: map[uint64]struct{}{}}
	if f.ttl == 0 {
		f.ttl = 2 * time.Minute
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if err := f.join(ctx, opt.Policies); err != nil {
		_ = f.client.Close()
		return nil, fmt.Errorf("open run %q: %w", opt.Run, err)
	}
	f.checkServer(ctx)
	return f, nil
}

func (f *Frontier) join(ctx context.Context, p crawler.Policies) error {
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	attempts := p.MaxAttempts
	if attempts == 0 {
		attempts = 3
	}
	args := []any{formatVersion, key, micros(p.Address.Min), micros(p.Address.Max), p.Address.Factor, p.Address.Concurrency, attempts}
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

// checkServer warns of settings that would lose a run.
func (f *Frontier) checkServer(ctx context.Context) {
	for _, c := range []struct{ name, bad, why string }{
		{"maxmemory-policy", "", "queued URLs may be evicted; set: maxmemory-policy noeviction"},
		{"appendonly", "no", "a restart of Redis loses the run; set: appendonly yes, appendfsync everysec"},
	} {
		got, err := f.client.ConfigGet(ctx, c.name).Result()
		if err != nil {
			f.log.Warn("redis settings could not be read; make sure of maxmemory-policy noeviction and appendonly yes", "error", err)
			return
		}
		if v := got[c.name]; c.bad == v || c.bad == "" && v != "noeviction" {
			f.log.Warn("redis is not set up for a crawl: "+c.why, "setting", c.name, "value", v)
		}
	}
}

// run runs a script. go-redis sends it again when the server does not know it
// (NOSCRIPT), and retries LOADING, READONLY and broken connections.
func (f *Frontier) run(ctx context.Context, s *goredis.Script, args ...any) (any, error) {
	reply, err := s.Run(ctx, f.client, []string{f.root}, args...).Result()
	if err == nil || errors.Is(err, goredis.Nil) {
		return reply, nil
	}
	// The server may have lost its last second: what was seen must be asked again.
	f.known.clear()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var answer goredis.Error
	if errors.As(err, &answer) {
		code, _, _ := strings.Cut(answer.Error(), " ")
		switch code {
		case "GONE":
			return nil, ErrGone
		case "ERR", "WRONGTYPE", "NOPERM", "NOAUTH", "WRONGPASS":
			return nil, fmt.Errorf("redis: %w", err)
		}
	}
	return nil, fmt.Errorf("%w: redis: %w", crawler.ErrUnavailable, err)
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

// Close gives all leases of this process back. The run stays.
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
	var err error
	for _, token := range leases {
		if _, e := f.run(ctx, scripts.release, token); e != nil && !errors.Is(e, ErrGone) {
			err = fmt.Errorf("give leases back: %w", e)
			break // they expire by themselves
		}
	}
	return errors.Join(err, f.client.Close())
}

// Remove deletes all keys of the run, whatever their state. The frontier
// answers ErrGone from then on, in all processes.
func (f *Frontier) Remove(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := f.client.Del(ctx, f.root).Err(); err != nil {
		return fmt.Errorf("remove run: %w", err)
	}
	// The names of runs hold no characters that a pattern would read.
	keys := f.client.Scan(ctx, 0, f.root+":*", 1000).Iterator()
	var batch []string
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := f.client.Unlink(ctx, batch...).Err()
		batch = batch[:0]
		return err
	}
	for keys.Next(ctx) {
		if batch = append(batch, keys.Val()); len(batch) == 500 {
			if err := flush(); err != nil {
				return fmt.Errorf("remove run: %w", err)
			}
		}
	}
	if err := errors.Join(keys.Err(), flush()); err != nil {
		return fmt.Errorf("remove run: %w", err)
	}
	return nil
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
