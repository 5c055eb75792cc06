package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// registry is the hash of all runs: name → Unix time, by the server, at which
// a process last worked on it. It lies in a slot of its own; a run is entered
// before its first key is written and leaves after its last one is deleted, so
// that no key is without an entry.
const registry = "prescreen:runs"

// beatEvery is how often a process enters the time.
const beatEvery = 20 * time.Second

// Run is what Redis knows of a run.
type Run struct {
	Name string
	// Spec is what the opener left for those that join.
	Spec []byte
	// Idle is how long nobody has worked on it.
	Idle time.Duration
	// Paused says why nothing is handed out; empty: it is.
	Paused string
	// Gone: it was being removed, and some of its keys may be left.
	Gone bool
}

func root(run string) string { return "prescreen:{" + run + "}" }

// beat enters that somebody works on a run; only the opener makes its entry,
// so that one that was removed meanwhile does not come back.
func (s *Server) beat(ctx context.Context, run string, opener bool) error {
	err := scripts.beat.Run(ctx, s.client, []string{registry}, run, opener).Err()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return unavailable("enter the run in "+registry, err)
	}
	return nil
}

// Runs returns all runs, by name: the oldest first, where names begin with
// the time.
func (s *Server) Runs(ctx context.Context) ([]Run, error) {
	beats, err := s.client.HGetAll(ctx, registry).Result()
	if err != nil {
		return nil, unavailable("list runs", err)
	}
	now, err := s.client.Time(ctx).Result()
	if err != nil {
		return nil, unavailable("list runs", err)
	}
	var out []Run
	for name, beat := range beats {
		unix, _ := strconv.ParseInt(beat, 10, 64)
		r := Run{Name: name, Idle: max(now.Sub(time.Unix(unix, 0)), 0).Truncate(time.Second)}
		meta, err := s.client.HMGet(ctx, root(name)+":meta", "spec").Result()
		if err != nil {
			return nil, unavailable("list runs", err)
		}
		r.Spec = []byte(str(meta[0]))
		paused, err := s.exec(ctx, scripts.paused, name)
		switch {
		case errors.Is(err, ErrGone):
			r.Gone = true
		case err != nil:
			return nil, fmt.Errorf("list runs: %w", err)
		}
		r.Paused = str(paused)
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Run) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Pause keeps all workers from getting pages of the run; those in work are
// finished. The clock of the run stands still. why is shown by Stats.
func (s *Server) Pause(ctx context.Context, run, why string) error {
	if why == "" {
		why = "paused"
	}
	_, err := s.exec(ctx, scripts.pause, run, why)
	return err
}

// Resume lets a paused run go on.
func (s *Server) Resume(ctx context.Context, run string) error {
	_, err := s.exec(ctx, scripts.pause, run, "")
	return err
}

// Remove deletes all keys of a run, whatever its state. Every process that
// works on it is answered ErrGone from then on. A removal that is interrupted
// is finished by calling it again, see Runs and Run.Gone.
func (s *Server) Remove(ctx context.Context, run string) error {
	if !runName.MatchString(run) {
		return fmt.Errorf("run name %q: use 1 to 64 letters, digits, '.', '_' or '-'", run)
	}
	err := s.node(ctx, root(run), func(c *goredis.Client) error {
		if err := c.Del(ctx, root(run)).Err(); err != nil {
			return err
		}
		// The names of runs hold no characters that a pattern would read.
		keys := c.Scan(ctx, 0, root(run)+":*", 1000).Iterator()
		var batch []string
		for keys.Next(ctx) {
			if batch = append(batch, keys.Val()); len(batch) == 500 {
				if err := c.Unlink(ctx, batch...).Err(); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if err := keys.Err(); err != nil || len(batch) == 0 {
			return err
		}
		return c.Unlink(ctx, batch...).Err()
	})
	if err == nil {
		err = s.client.HDel(ctx, registry, run).Err()
	}
	if err != nil {
		return unavailable(fmt.Sprintf("remove run %q", run), err)
	}
	return nil
}

// Sweep finishes removals that were interrupted and returns their number.
func (s *Server) Sweep(ctx context.Context) (int, error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range runs {
		// A run that is being opened has its entry before its first key.
		if !r.Gone || r.Idle < time.Minute {
			continue
		}
		if err := s.Remove(ctx, r.Name); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
