package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"prescreen/crawler"
	"prescreen/internal/lang"
	"prescreen/internal/metrics"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/server"
	"prescreen/internal/store"
)

// webRuns starts crawls for the server, in its process, and watches them and
// those of other machines.
type webRuns struct {
	app     *app
	cfg     Config
	eng     *engine
	db      *store.Store
	shared  *sharedRuns // nil: no Redis
	log     *slog.Logger
	metrics *metrics.Metrics
	ctx     context.Context // of all runs; ends at shutdown
	wg      sync.WaitGroup

	mu   sync.Mutex
	open map[string]*webRun // by id
}

// webRun is a run under way.
type webRun struct {
	scope  string
	cancel context.CancelFunc
	mu     sync.Mutex
	crawl  *crawler.Crawler // nil until it has begun
}

// Start implements server.Runs.
func (w *webRuns) Start(ctx context.Context, sites []string, _ string) (string, error) {
	cfg := w.cfg
	if len(cfg.Sites) == 0 {
		return "", errors.New(w.app.lang.Pick("没有配置任何站点", "no sites configured"))
	}
	if err := w.app.selectSites(&cfg, crawlFlags{sites: sites}); err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	scope := scopeOf(cfg.Sites)
	for _, r := range w.open {
		if r.scope == scope {
			return "", server.ErrRunning
		}
	}
	if w.ctx.Err() != nil {
		return "", errors.New("shutting down")
	}
	run, err := w.app.openRun(ctx, w.db, cfg, w.eng, w.log)
	if err != nil {
		return "", err
	}
	if cfg.Crawl.Redis == "" {
		// Before anybody is told of the run: by its folder the next process knows
		// that the run is its own, should this one die now.
		if err := os.MkdirAll(filepath.Join(cfg.frontierDir(), run.ID), 0o700); err != nil {
			return "", fmt.Errorf("make the frontier of run %s: %w", run.ID, err)
		}
	}
	runCtx, cancel := context.WithCancel(w.ctx)
	r := &webRun{scope: scope, cancel: cancel}
	w.open[run.ID] = r
	w.wg.Go(func() {
		defer cancel()
		defer w.forget(run.ID)
		if err := w.crawl(runCtx, cfg, run, r); err != nil {
			w.log.Error("run", "run", run.ID, "err", err)
		}
	})
	return run.ID, nil
}

func (w *webRuns) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, id)
}

// crawl does the work of a run.
func (w *webRuns) crawl(ctx context.Context, cfg Config, run store.Run, r *webRun) error {
	a := *w.app
	a.stdout = io.Discard
	err := a.crawlRun(ctx, cfg, w.eng, w.db, run, crawlFlags{
		output: filepath.Join(cfg.DataDir, "reports", run.ID), served: true, sinks: []pipeline.Sink{w.metrics},
		watch: func(c *crawler.Crawler) func() {
			r.mu.Lock()
			r.crawl = c
			r.mu.Unlock()
			return w.metrics.WatchFrontier(func(ctx context.Context, hosts int) (crawler.Stats, error) {
				p, err := c.Progress(ctx, hosts)
				return p.Stats, err
			})
		},
	})
	if ctx.Err() != nil { // it stays open
		return nil
	}
	if now, look := w.db.Run(ctx, run.ID); look == nil && now.State == store.Cancelled {
		w.log.Info(a.lang.Pick("任务已取消", "run cancelled"), "run", run.ID)
		return nil
	}
	return err
}

// Resume goes on with the runs that were under way when the last process
// ended: those whose frontier is here, or on Redis, where it joins the others.
// A run whose frontier is elsewhere belongs to somebody else; two crawls of one
// portal would undercut its pauses.
func (w *webRuns) Resume(ctx context.Context) error {
	runs, err := w.db.Runs(ctx, 20)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.State != store.Running || !r.Finished.IsZero() || !w.reaches(r.ID) {
			continue
		}
		if id, err := w.Start(ctx, r.Sites, ""); err == nil {
			w.log.Info(w.app.lang.Pick("继续上次未完成的任务", "going on with a run of the last process"), "run", id)
		} else if !errors.Is(err, server.ErrRunning) {
			w.log.Warn("a run of the last process cannot go on", "run", r.ID, "err", err)
		}
	}
	return nil
}

// reaches reports whether the frontier of a run is where this process can work
// on it.
func (w *webRuns) reaches(run string) bool {
	if w.cfg.Crawl.Redis != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(w.cfg.frontierDir(), run))
	return err == nil
}

// Close stops all runs and waits for them. They stay open.
func (w *webRuns) Close() { w.wg.Wait() }

// Set implements server.Runs. The store says what is wanted; whoever works on
// the run looks every two seconds. On Redis it takes effect at once, even where
// nobody works on it.
func (w *webRuns) Set(ctx context.Context, id, by string, to server.RunState) error {
	err := w.db.SetRunState(ctx, by, id, store.RunState(to))
	switch {
	case errors.Is(err, store.ErrNoRun):
		return server.ErrNoRun
	case errors.Is(err, store.ErrRunOver):
		return server.ErrRunOver
	case err != nil:
		return err
	}
	return w.shared.set(ctx, id, by, store.RunState(to))
}

// Progress implements server.Runs.
func (w *webRuns) Progress(ctx context.Context, id string, hosts int) (p crawler.Progress, ok bool, err error) {
	w.mu.Lock()
	r := w.open[id]
	w.mu.Unlock()
	if r == nil {
		return w.elsewhere(ctx, id, hosts)
	}
	r.mu.Lock()
	c := r.crawl
	r.mu.Unlock()
	if c == nil {
		return p, true, nil
	}
	p, err = c.Progress(ctx, hosts)
	if errors.Is(err, crawler.ErrClosed) { // it has just ended
		return crawler.Progress{}, true, nil
	}
	return p, true, err
}

// List implements server.Runs.
func (w *webRuns) List(ctx context.Context, limit int) ([]server.Run, error) {
	runs, err := w.db.Runs(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]server.Run, len(runs))
	for i, r := range runs {
		if out[i], err = w.view(r); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(out, func(r server.Run) bool { return r.State == server.RunOpen }) {
		return out, nil
	}
	shared := w.underWay(ctx)
	for i := range out {
		atWork(&out[i], shared)
	}
	return out, nil
}

// Run implements server.Runs.
func (w *webRuns) Run(ctx context.Context, id string) (server.Run, error) {
	r, err := w.db.Run(ctx, id)
	if errors.Is(err, store.ErrNoRun) {
		return server.Run{}, server.ErrNoRun
	}
	if err != nil {
		return server.Run{}, err
	}
	out, err := w.view(r)
	if err == nil && out.State == server.RunOpen {
		atWork(&out, w.underWay(ctx))
	}
	return out, err
}

func (w *webRuns) view(r store.Run) (server.Run, error) {
	out := server.Run{ID: r.ID, Sites: r.Sites, Started: r.Started, Finished: r.Finished, State: server.RunOpen}
	w.mu.Lock()
	_, here := w.open[r.ID]
	w.mu.Unlock()
	switch r.State {
	case store.Running:
		if here {
			out.State = server.RunRunning
		}
	case store.Paused, store.Cancelled, store.Finished, store.Abandoned:
		out.State = server.RunState(r.State)
	}
	if len(r.Summary) > 0 {
		out.Summary = &report.Summary{}
		if err := json.Unmarshal(r.Summary, out.Summary); err != nil {
			return out, fmt.Errorf("summary of run %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// Gaps implements server.Runs.
func (w *webRuns) Gaps(ctx context.Context, id string, limit int) ([]report.Gap, error) {
	r, err := w.Run(ctx, id)
	if err != nil || r.Summary == nil {
		return nil, err
	}
	gaps := r.Summary.NotChecked
	// What failed comes before what was decided.
	slices.SortStableFunc(gaps, func(a, b report.Gap) int {
		switch {
		case a.Failed == b.Failed:
			return strings.Compare(a.URL, b.URL)
		case a.Failed:
			return -1
		}
		return 1
	})
	return gaps[:min(limit, len(gaps))], nil
}

// Report implements server.Runs.
func (w *webRuns) Report(ctx context.Context, id, format string, l lang.Lang, out io.Writer) error {
	return w.app.writeRunReport(ctx, w.cfg, w.eng, w.db, id, report.Format(format), l, out)
}
