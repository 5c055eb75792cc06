package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/disk"
	"prescreen/internal/redis"
)

// runFrontier is the frontier of one run, with what is done at its end.
type runFrontier struct {
	crawler.Frontier
	// finish closes a drained run: it calls do, in one process of all that
	// work on the run, and removes the frontier.
	finish func(ctx context.Context, do func(context.Context) error) error
	// pause keeps pages from being handed out, or lets them go on.
	pause func(ctx context.Context, on bool) error
	// remove deletes the frontier of a run that was cancelled.
	remove func(ctx context.Context) error
	close  []func() error
}

// Close gives back what the process holds; the frontier stays unless it was
// finished.
func (f *runFrontier) Close() error {
	errs := []error{f.Frontier.Close()}
	for _, c := range slices.Backward(f.close) {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// openFrontier opens the frontier of a run: on Redis where it is configured,
// else in memory and on disk.
func openFrontier(ctx context.Context, cfg Config, run string, spec []byte, policies crawler.Policies, log *slog.Logger) (*runFrontier, error) {
	if cfg.Crawl.Redis == "" {
		return openDisk(cfg, run, policies, log)
	}
	server, err := connectRedis(cfg, log)
	if err != nil {
		return nil, err
	}
	f, err := openShared(ctx, server, cfg, run, spec, policies)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	f.close = append(f.close, server.Close)
	return f, nil
}

func openDisk(cfg Config, run string, policies crawler.Policies, log *slog.Logger) (*runFrontier, error) {
	dir := filepath.Join(cfg.frontierDir(), run)
	d, err := disk.Open(dir, disk.Options{
		Policies: policies, Logger: log, MinFree: int64(cfg.Crawl.MinFreeMB) << 20,
	})
	if err != nil {
		return nil, err
	}
	p := &pausable{Frontier: d}
	remove := func(context.Context) error { return errors.Join(d.Remove(), os.RemoveAll(dir)) }
	return &runFrontier{
		Frontier: p,
		finish: func(ctx context.Context, do func(context.Context) error) error {
			if err := do(ctx); err != nil {
				return err
			}
			return remove(ctx)
		},
		pause: func(_ context.Context, on bool) error {
			p.paused.Store(on)
			return nil
		},
		remove: remove,
	}, nil
}

// pausable is the frontier of one process, which nobody else can pause.
type pausable struct {
	crawler.Frontier
	paused atomic.Bool
}

func (p *pausable) Next(ctx context.Context, worker string, most int) (crawler.Lease, time.Duration, error) {
	if p.paused.Load() {
		return crawler.Lease{}, time.Second, ctx.Err()
	}
	return p.Frontier.Next(ctx, worker, most)
}

func (c *Config) frontierDir() string { return filepath.Join(c.DataDir, "frontier") }

// openShared opens the frontier of a run on Redis.
func openShared(ctx context.Context, server *redis.Server, cfg Config, run string, spec []byte, policies crawler.Policies) (*runFrontier, error) {
	r, err := server.Open(ctx, redis.Options{Run: run, Policies: policies, Spec: spec, LeaseTTL: cfg.Redis.Lease})
	if err != nil {
		return nil, err
	}
	return sharedFrontier(server, run, r), nil
}

func sharedFrontier(server *redis.Server, run string, r *redis.Frontier) *runFrontier {
	return &runFrontier{
		Frontier: r,
		finish: func(ctx context.Context, do func(context.Context) error) error {
			_, err := r.Finish(ctx, do)
			return err
		},
		pause: func(ctx context.Context, on bool) error {
			if on {
				return server.Pause(ctx, run, "paused by a person")
			}
			return server.Resume(ctx, run)
		},
		remove: func(ctx context.Context) error { return server.Remove(ctx, run) },
	}
}
