package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"prescreen/crawler"
	"prescreen/internal/redis"
	"prescreen/internal/server"
	"prescreen/internal/store"
)

// sharedTime is how long the Redis may take to say how a run is.
const sharedTime = 3 * time.Second

// elsewhere returns the progress of a run that this process does not work on,
// from the frontier it shares with those that do.
func (w *webRuns) elsewhere(ctx context.Context, id string, hosts int) (p crawler.Progress, ok bool, err error) {
	if w.shared == nil {
		return p, false, nil
	}
	run, err := w.db.Run(ctx, id)
	if err != nil || run.State != store.Running && run.State != store.Paused {
		return p, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	p.Stats, err = w.shared.server.Stats(ctx, id, hosts)
	switch {
	case errors.Is(err, redis.ErrGone):
		return crawler.Progress{}, false, nil
	case err != nil:
		w.log.Warn("the state of a run could not be read", "run", id, "err", err)
		p.Paused = "the frontier does not answer"
	}
	return p, true, nil
}

// watchShared shows the runs that only other machines work on in the metrics,
// until the returned function is called.
func (w *webRuns) watchShared() (stop func()) {
	if w.shared == nil {
		return func() {}
	}
	return w.metrics.WatchFrontier(func(ctx context.Context, hosts int) (crawler.Stats, error) {
		runs, err := w.db.Runs(ctx, openRunsMost)
		if err != nil {
			return crawler.Stats{}, err
		}
		return w.shared.stats(ctx, hosts, func(id string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.open[id] == nil && slices.ContainsFunc(runs, func(r store.Run) bool { return r.ID == id && r.Finished.IsZero() })
		})
	})
}

// openRunsMost is how many of the latest runs are looked through for those that
// are under way.
const openRunsMost = 50

// underWay returns the runs on the Redis. One that does not answer leaves open
// who works on what.
func (w *webRuns) underWay(ctx context.Context) map[string]redis.Run {
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	runs, err := w.shared.list(ctx)
	if err != nil {
		w.log.Warn("the runs of other machines could not be listed", "err", err)
	}
	return runs
}

// atWork says that other machines work on an open run, where they do.
func atWork(run *server.Run, shared map[string]redis.Run) {
	if r, ok := shared[run.ID]; ok && run.State == server.RunOpen && inWork(r) {
		run.State, run.Elsewhere = server.RunRunning, true
	}
}
