package main

import (
	"context"
	"errors"
	"time"

	"prescreen/crawler"
	"prescreen/internal/redis"
	"prescreen/internal/store"
)

// staleAfter is how long nobody may have worked on a run before that is said.
const staleAfter = 2 * time.Minute

// sharedRuns are the runs whose frontier is on a Redis. A nil *sharedRuns has
// none.
type sharedRuns struct{ server *redis.Server }

// list returns the runs that lie on the Redis and are not being removed, by id.
func (s *sharedRuns) list(ctx context.Context) (map[string]redis.Run, error) {
	out := map[string]redis.Run{}
	if s == nil {
		return out, nil
	}
	runs, err := s.server.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if !r.Gone {
			out[r.Name] = r
		}
	}
	return out, nil
}

// inWork reports whether somebody works on a run, or would were it not paused.
func inWork(r redis.Run) bool { return r.Idle <= staleAfter || r.Paused != "" }

// set lets workers do at once what is wanted of a run.
func (s *sharedRuns) set(ctx context.Context, id, by string, to store.RunState) (err error) {
	if s == nil {
		return nil
	}
	switch to {
	case store.Paused:
		err = s.server.Pause(ctx, id, "paused by "+by)
	case store.Running:
		err = s.server.Resume(ctx, id)
	default:
		err = s.server.Remove(ctx, id)
	}
	if errors.Is(err, redis.ErrGone) {
		return nil
	}
	return err
}

// stats adds up the state of the runs for which want holds. Those that end
// meanwhile are left out.
func (s *sharedRuns) stats(ctx context.Context, hosts int, want func(id string) bool) (sum crawler.Stats, err error) {
	runs, err := s.list(ctx)
	if err != nil {
		return sum, err
	}
	for id := range runs {
		if !want(id) {
			continue
		}
		st, err := s.server.Stats(ctx, id, hosts)
		if errors.Is(err, redis.ErrGone) {
			continue
		}
		if err != nil {
			return sum, err
		}
		sum.Plus(st.Counts)
		sum.Ready += st.Ready
		sum.Active += st.Active
		sum.Hosts = append(sum.Hosts, st.Hosts...)
		if sum.Paused == "" {
			sum.Paused = st.Paused
		}
	}
	return sum, nil
}
