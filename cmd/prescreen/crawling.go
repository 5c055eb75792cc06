package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"prescreen/crawler"
	"prescreen/internal/notify"
	"prescreen/internal/pipeline"
	"prescreen/internal/redis"
	"prescreen/internal/store"
)

// errCancelled: somebody cancelled the run.
var errCancelled = errors.New("the run was cancelled")

// crawlingConfig is what one process needs to work on one run.
type crawlingConfig struct {
	cfg      Config
	crawler  crawler.Config
	eng      *engine
	db       *store.Store
	run      store.Run
	frontier *runFrontier
	full     bool // leave the results of earlier runs aside
	why      bool
	stop     <-chan struct{} // closed: finish the pages in work, begin no others
	quiet    bool            // no progress of its own
	sinks    []pipeline.Sink // besides the store
	watch    func(*crawler.Crawler) (stop func())
}

// crawling is one process at work on one run.
type crawling struct {
	crawlingConfig
	app     *app
	log     *slog.Logger
	crawler *crawler.Crawler
	live    *progress
	tell    func(notify.Message) // nil: nobody is told
	closers []func()
}

func (a *app) newCrawling(ctx context.Context, c crawlingConfig) (w *crawling, err error) {
	w = &crawling{crawlingConfig: c, app: a, log: a.logger().With("run", c.run.ID)}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	fetcher, err := c.eng.newFetcher(c.cfg)
	if err != nil {
		return w, err
	}
	w.closers = append(w.closers, func() { fetcher.Close() })
	inScope, err := crawler.InScope(c.crawler)
	if err != nil {
		return w, err
	}
	renderer, err := newRenderer(c.cfg, fetcher, inScope, w.log)
	if err != nil {
		return w, err
	}
	w.closers = append(w.closers, func() { renderer.Close() })
	w.live = newProgress(a, c.why)
	var texts pipeline.Texts = &pipeline.Memory{}
	if c.cfg.Crawl.Redis != "" { // other processes work on the run too
		texts = &pipeline.Near{Far: c.db.Texts(c.run.ID)}
	}
	vcfg := pipeline.VisitorConfig{
		Checker: c.eng.checker.Sharing(texts), Pictures: c.cfg.Crawl.Pictures, Sinks: append([]pipeline.Sink{c.db.Sink(c.run.ID), w.live}, c.sinks...),
	}
	if err := w.openChannels(&vcfg); err != nil {
		return w, err
	}
	if vcfg.Evidence, err = newKeeper(ctx, c.cfg, renderer, w.log); err != nil {
		return w, err
	}
	deps := crawler.Deps{
		Frontier: c.frontier, Fetcher: tracedFetcher{renderer}, Begin: c.eng.beginPage(c.run.ID), Resolve: fetcher.Addresses, Worker: workerName(), Stop: c.stop,
	}
	if !c.full {
		history := c.db.History(c.eng.ruleSet(), c.cfg.Crawl.RuleChange == ruleChangeDue)
		deps.History, vcfg.Earlier, vcfg.PutsPast = history, history, true
	}
	deps.Visitor = pipeline.NewVisitor(vcfg)
	w.crawler, err = crawler.New(deps, c.crawler)
	return w, err
}

// workerName tells this process from others in leases and logs.
func workerName() string {
	name, err := os.Hostname()
	if err != nil {
		name = "host"
	}
	return fmt.Sprintf("%s-%d", name, os.Getpid())
}

// Close frees what the process holds for the run, not the frontier.
func (w *crawling) Close() {
	for _, f := range slices.Backward(w.closers) {
		f()
	}
}

// crawl works until the run is drained, is ended by another process (which
// counts as drained), is cancelled (errCancelled), or ctx ends.
func (w *crawling) crawl(ctx context.Context) (crawler.Summary, error) {
	inner, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { w.watchState(inner, cancel) })
	stopProgress := func() {}
	if !w.quiet {
		stopProgress = w.live.start(inner, w.crawler)
	}
	if w.watch != nil {
		defer w.watch(w.crawler)()
	}
	sum, err := w.crawler.Run(inner)
	stopProgress()
	cancelled := errors.Is(context.Cause(inner), errCancelled)
	cancel(nil)
	wg.Wait()
	switch {
	case cancelled:
		return sum, errors.Join(errCancelled, w.frontier.remove(context.WithoutCancel(ctx)))
	case errors.Is(err, redis.ErrGone):
		return w.gone(context.WithoutCancel(ctx), sum)
	}
	return sum, err
}

// gone finds out why the run is not on Redis any more.
func (w *crawling) gone(ctx context.Context, sum crawler.Summary) (crawler.Summary, error) {
	run, err := w.db.Run(ctx, w.run.ID)
	switch {
	case err != nil:
		return sum, err
	case run.State == store.Finished:
		sum.Complete = true
		return sum, nil
	case run.State == store.Cancelled || run.State == store.Abandoned:
		return sum, errCancelled
	}
	return sum, fmt.Errorf("%w: was Redis emptied, or restarted without appendonly? Everything not yet checked is crawled anew by the next run", redis.ErrGone)
}

// stateEvery is how often the store is asked what a person wants of the run.
const stateEvery = 2 * time.Second

// watchState pauses, resumes and cancels what people pause, resume and cancel
// on the command line or the web pages, and fits the use of memory to what the
// run has become.
func (w *crawling) watchState(ctx context.Context, cancel context.CancelCauseFunc) {
	var applied store.RunState
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	for {
		w.app.saveMemory()
		run, err := w.db.Run(ctx, w.run.ID)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.log.Warn("the state of the run could not be read", "err", err)
		case run.State == store.Cancelled, run.State == store.Abandoned:
			cancel(errCancelled)
			return
		case run.State != applied && (run.State == store.Paused || run.State == store.Running):
			if err := w.frontier.pause(ctx, run.State == store.Paused); err != nil {
				if !errors.Is(err, redis.ErrGone) {
					w.log.Warn("the run could not be paused or resumed; trying again", "err", err)
				}
				break
			}
			if applied != "" || run.State == store.Paused {
				w.log.Info(w.app.lang.Pick("任务状态", "state of the run"), "state", run.State)
			}
			applied = run.State
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
