package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"prescreen/crawler"
	"prescreen/internal/redis"
	"prescreen/internal/store"
)

type workerFlags struct {
	redis   string
	workers int
	grace   time.Duration
	once    bool
}

func (a *app) workerCommand() *cobra.Command {
	t := a.lang.Pick
	var f workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: t("参与 Redis 上所有未完成的任务", "work on all open runs on a Redis"),
		Long: t(`加入 Redis 上每一个未完成的任务（由 prescreen crawl --redis 或 prescreen run start 发起），
一直工作到被停止为止。收到 SIGTERM 或 Ctrl-C 后不再领取新页面，在 --grace 时间内完成手中的页面，
其余交还给其他 worker。所有 worker 须使用同一个数据库（store：PostgreSQL，或同一台机器上的同一个
文件）、同一把安装密钥（key_file）和同样的词库；不一致的 worker 会说明原因并拒绝加入。`,
			`Joins every open run on the Redis (opened by prescreen crawl --redis or prescreen run start)
and works until it is stopped. On SIGTERM or Ctrl-C it takes no more pages, finishes those in
work within --grace, and gives the rest back to other workers. All workers share one database
(store: PostgreSQL, or the same file on one machine), one installation key (key_file) and the
same dictionaries; a worker that differs says so and does not join.`),
		Example: `  prescreen worker --redis redis://redis:6379/0
  prescreen worker --config /etc/prescreen/prescreen.yaml --workers 64 --grace 25s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.worker(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.redis, "redis", "", t("Redis 地址（默认取自配置 crawl.redis）", "the Redis (default from the configuration, crawl.redis)"))
	fl.IntVar(&f.workers, "workers", 0, t("每个任务同时处理的页面数", "pages of each run worked on at the same time"))
	fl.DurationVar(&f.grace, "grace", 25*time.Second, t("停止时完成手中页面的时限", "how long pages in work may take once it is stopped"))
	fl.BoolVar(&f.once, "once", false, t("没有未完成的任务时退出", "exit when no run is open"))
	return cmd
}

// runWorker works on the open runs of a Redis.
type runWorker struct {
	app    *app
	cfg    Config
	eng    *engine
	db     *store.Store
	server *redis.Server
	log    *slog.Logger
	grace  time.Duration
	ms     *measures

	wg      sync.WaitGroup
	mu      sync.Mutex
	active  map[string]bool
	refused map[string]string // run → why, so that it is said once
}

const (
	runsEvery  = 2 * time.Second // how often open runs are looked for
	sweepEvery = 10 * time.Minute
)

func (a *app) worker(ctx context.Context, f workerFlags) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if f.redis != "" {
		cfg.Crawl.Redis = f.redis
	}
	if f.workers > 0 {
		cfg.Crawl.Workers = f.workers
	}
	if cfg.Crawl.Redis == "" {
		return errors.New(a.lang.Pick("worker 需要 Redis：使用 --redis，或在配置中设置 crawl.redis", "a worker needs a Redis: use --redis, or set crawl.redis in the configuration"))
	}
	log := a.logger()
	eng, err := a.tracedEngine(ctx, cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer db.Close()
	server, err := connectRedis(cfg, log)
	if err != nil {
		return err
	}
	defer server.Close()
	ms, stopMeasures, err := startMeasures(cfg, eng, log)
	if err != nil {
		return err
	}
	defer stopMeasures()
	defer eng.watchRules(context.WithoutCancel(ctx), log)()
	w := &runWorker{
		app: a, cfg: cfg, eng: eng, db: db, server: server, log: log, grace: f.grace, ms: ms,
		active: map[string]bool{}, refused: map[string]string{},
	}
	log.Info(a.lang.Pick("worker 已启动", "worker started"), "name", workerName(), "rules", eng.ruleSet())
	w.loop(ctx, f.once)
	w.wg.Wait()
	log.Info(a.lang.Pick("worker 已停止", "worker stopped"))
	return nil
}

// loop joins runs until ctx ends; with once, until none is open.
func (w *runWorker) loop(ctx context.Context, once bool) {
	tick := time.NewTicker(runsEvery)
	defer tick.Stop()
	var swept time.Time
	for {
		open, err := w.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.log.Warn(w.app.lang.Pick("无法读取任务列表，稍后再试", "open runs could not be listed, trying again"), "err", err)
		}
		if once && err == nil && open == 0 {
			return
		}
		if err == nil && time.Since(swept) > sweepEvery {
			swept = time.Now()
			switch n, err := w.server.Sweep(ctx); {
			case err != nil:
				w.log.Warn(w.app.lang.Pick("残留任务未能清理", "what is left of runs could not be removed"), "err", err)
			case n > 0:
				w.log.Info(w.app.lang.Pick("已清理残留任务", "removed what was left of runs"), "runs", n)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look joins what there is to join, and returns how many runs this process can
// work on.
func (w *runWorker) look(ctx context.Context) (open int, err error) {
	runs, err := w.server.Runs(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range runs {
		w.mu.Lock()
		busy, full := w.active[r.Name], len(w.active) >= w.cfg.Redis.Runs
		w.mu.Unlock()
		if busy || r.Gone {
			if busy {
				open++
			}
			continue
		}
		run, err := w.db.Run(ctx, r.Name)
		switch {
		case errors.Is(err, store.ErrNoRun):
			w.refuse(r.Name, fmt.Errorf("%w: the database of this worker does not know it: all workers of a run share one store", errDiffers))
			continue
		case err != nil:
			return open, err
		case !run.Finished.IsZero():
			// Whoever ended it did not live to remove its keys. The one that is
			// closing it at this moment has it in work for a minute at most.
			if r.Idle > time.Minute {
				w.log.Info(w.app.lang.Pick("清理已结束的任务", "removing what is left of a run that has ended"), "run", r.Name)
				if err := w.server.Remove(ctx, r.Name); err != nil {
					return open, err
				}
			}
			continue
		}
		open++
		if full {
			continue
		}
		if err := w.join(ctx, run, r.Spec); err != nil {
			if !errors.Is(err, redis.ErrGone) {
				w.refuse(r.Name, err)
			}
			open--
		}
	}
	return open, nil
}

// refuse says once why a run is not joined.
func (w *runWorker) refuse(run string, err error) {
	if w.refused[run] == err.Error() {
		return
	}
	w.refused[run] = err.Error()
	w.log.Error(w.app.lang.Pick("未加入任务", "run not joined"), "run", run, "err", err)
}

func (w *runWorker) join(ctx context.Context, run store.Run, spec []byte) error {
	cfg, full, err := joinConfig(w.cfg, w.eng, spec)
	if err != nil {
		return err
	}
	r, err := w.server.Join(ctx, run.ID, cfg.Redis.Lease)
	if err != nil {
		return err
	}
	fr := sharedFrontier(w.server, run.ID, r)
	stop := make(chan struct{})
	c, err := w.app.newCrawling(ctx, crawlingConfig{
		cfg: cfg, crawler: crawlerConfig(cfg, w.log), eng: w.eng, db: w.db, run: run, frontier: fr, full: full, stop: stop, quiet: true,
		sinks: w.ms.sinks(), watch: w.ms.watch,
	})
	if err != nil {
		return errors.Join(err, fr.Close())
	}
	w.mu.Lock()
	w.active[run.ID] = true
	w.mu.Unlock()
	w.wg.Go(func() {
		defer func() {
			w.mu.Lock()
			delete(w.active, run.ID)
			w.mu.Unlock()
		}()
		w.work(ctx, c, stop)
	})
	return nil
}

// work carries one run to its end, or until ctx ends: then the pages in work
// are finished within the grace period.
func (w *runWorker) work(ctx context.Context, c *crawling, stop chan struct{}) {
	defer c.Close()
	pick := w.app.lang.Pick
	c.log.Info(pick("加入任务", "run joined"))
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	ended := make(chan struct{})
	wg.Go(func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		close(stop)
		select {
		case <-ended:
		case <-time.After(w.grace):
			c.log.Warn(pick("时限已到，交还手中的页面", "the grace period is over; pages in work are given back"))
			cancel()
		}
	})
	sum, err := c.crawl(working)
	close(ended)
	wg.Wait()
	switch {
	case sum.Complete:
		if err := w.finish(context.WithoutCancel(ctx), c, sum); err != nil {
			c.log.Error(pick("任务未能结束，稍后再试", "the run could not be closed; it is tried again"), "err", err)
		} else {
			c.log.Info(pick("任务已完成", "run finished"))
		}
	case errors.Is(err, errCancelled):
		c.log.Info(pick("任务已取消", "run cancelled"))
	case ctx.Err() != nil, errors.Is(err, crawler.ErrStopped):
		c.log.Info(pick("离开任务", "run left"))
	default:
		c.log.Error(pick("任务中断，稍后重新加入", "work on the run broke off; it is joined again"), "err", err)
	}
	if err := c.frontier.Close(); err != nil {
		c.log.Warn(pick("未能交还页面，到期后自动收回", "pages were not given back; they come back when their lease ends"), "err", err)
	}
}

// finish closes the run, unless another process does: the records of a large
// run are read by one of them only.
func (w *runWorker) finish(ctx context.Context, c *crawling, sum crawler.Summary) error {
	return c.frontier.finish(ctx, func(ctx context.Context) error {
		run, err := w.db.Run(ctx, c.run.ID)
		if err != nil || !run.Finished.IsZero() {
			return err
		}
		alone := &runFrontier{Frontier: c.frontier, finish: func(ctx context.Context, do func(context.Context) error) error { return do(ctx) }}
		return w.app.finishCrawl(ctx, crawlRun{cfg: c.cfg, eng: w.eng, db: w.db, run: c.run, counts: sum, frontier: alone, tell: c.tell})
	})
}
