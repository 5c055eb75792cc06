package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/store"
)

// runCommands start runs and say what becomes of them.
func (a *app) runCommands() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:     "run",
		Aliases: []string{"runs"},
		Short:   t("管理任务：列出、比较、发起、暂停、继续、取消", "list, compare, start, pause, resume and cancel runs"),
		Long: t(`任务是对所配置站点的一次检查。暂停、继续和取消对正在进行的爬取立即生效（2 秒内），无论它由
prescreen crawl 还是由若干 prescreen worker 执行；已取得的页面会先处理完。`,
			`A run is one crawl of the configured sites. pause, resume and cancel reach a crawl within
two seconds, whether prescreen crawl or many prescreen worker are at it; pages in work are
finished first.`),
		Example: `  prescreen run list
  prescreen run diff 20260301-220000-ab12 latest
  prescreen run start --redis redis://redis:6379/0
  prescreen run pause 20260301-220000-ab12
  prescreen run resume latest
  prescreen run cancel latest`,
	}
	var f crawlFlags
	start := &cobra.Command{
		Use:   "start",
		Short: t("在 Redis 上发起任务，由 worker 执行", "open a run on a Redis, for workers to work on"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.startRun(cmd.Context(), f) },
	}
	fl := start.Flags()
	fl.StringSliceVar(&f.sites, "site", nil, t("只检查这些站点（按名称，可重复）", "only these sites, by name (repeatable)"))
	fl.StringSliceVar(&f.seeds, "seed", nil, t("从这些网址开始，范围为其主机（可重复）", "start here, with these hosts as scope (repeatable)"))
	fl.StringVar(&f.redis, "redis", "", t("Redis 地址（默认取自配置 crawl.redis）", "the Redis (default from the configuration, crawl.redis)"))
	fl.IntVar(&f.maxPages, "max-pages", 0, t("每个站点最多检查的页面数", "pages per site at most"))
	fl.DurationVar(&f.delay, "delay", 0, t("每台主机两次请求之间的最短间隔", "shortest pause between requests to a host"))
	fl.BoolVar(&f.full, "full", false, t("不使用上次的结果，全部重新检查", "check everything again, whatever earlier runs found"))
	change := func(name, zh, en string, to store.RunState) *cobra.Command {
		return &cobra.Command{
			Use: name + " RUN", Short: t(zh, en), Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return a.changeRun(cmd.Context(), args[0], to) },
		}
	}
	cmd.AddCommand(a.runViews()...)
	cmd.AddCommand(start,
		change("pause", "暂停任务", "keep a run from taking more pages", store.Paused),
		change("resume", "继续已暂停的任务", "let a paused run go on", store.Running),
		change("cancel", "取消任务并删除其待抓取队列；已有结果保留", "end a run and delete its frontier; its results stay", store.Cancelled))
	return cmd
}

// startRun opens a run and leaves the work to the workers.
func (a *app) startRun(ctx context.Context, f crawlFlags) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if f.redis != "" {
		cfg.Crawl.Redis = f.redis
	}
	if cfg.Crawl.Redis == "" {
		return errors.New(a.lang.Pick("run start 需要 Redis（--redis 或配置 crawl.redis）；没有 Redis 时请用 prescreen crawl",
			"run start needs a Redis (--redis, or crawl.redis in the configuration); without one use prescreen crawl"))
	}
	if err := a.selectSites(&cfg, f); err != nil {
		return err
	}
	f.limit(&cfg)
	eng, err := a.newEngine(cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	log := a.logger()
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := a.openRun(ctx, db, cfg, eng, log)
	if err != nil {
		return err
	}
	spec, err := newRunSpec(cfg, eng, f.full)
	if err != nil {
		return err
	}
	fr, err := openFrontier(ctx, cfg, run.ID, spec, crawlerConfig(cfg, log).Policies(), log)
	if err != nil {
		return err
	}
	defer fr.Close()
	fmt.Fprintln(a.stdout, run.ID)
	return nil
}

// changeRun pauses, resumes or cancels a run. The store says what is wanted;
// on Redis it takes effect at once, elsewhere the crawling process looks.
func (a *app) changeRun(ctx context.Context, id string, to store.RunState) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	log := a.logger()
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := db.Run(ctx, id)
	if errors.Is(err, store.ErrNoRun) && to == store.Cancelled && cfg.Crawl.Redis != "" {
		return a.removeStray(ctx, cfg, id)
	}
	if err != nil {
		return err
	}
	if err := db.SetRunState(ctx, actor(), run.ID, to); err != nil {
		return err
	}
	if cfg.Crawl.Redis != "" {
		server, err := connectRedis(cfg, log)
		if err != nil {
			return err
		}
		defer server.Close()
		if err := (&sharedRuns{server}).set(ctx, run.ID, actor(), to); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "%s %s\n", run.ID, to)
	return nil
}

// listShared says what is odd about the runs on Redis: those nobody works on,
// those the database does not know, and those that have ended.
func (a *app) listShared(ctx context.Context, cfg Config, db *store.Store) error {
	t := a.lang.Pick
	server, err := connectRedis(cfg, a.logger())
	if err != nil {
		return err
	}
	defer server.Close()
	runs, err := server.Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		run, err := db.Run(ctx, r.Name)
		switch {
		case errors.Is(err, store.ErrNoRun):
			fmt.Fprintf(a.stdout, t("%s  仅在 Redis 中，本数据库没有此任务（空闲 %v）；删除：prescreen run cancel %s\n",
				"%s  is on Redis only and not in this database (idle for %v); remove it: prescreen run cancel %s\n"), r.Name, r.Idle, r.Name)
		case err != nil:
			return err
		case r.Gone || !run.Finished.IsZero():
			fmt.Fprintf(a.stdout, t("%s  已结束，Redis 中的残留将由下一个 worker 清理\n", "%s  has ended; the next worker removes what is left of it on Redis\n"), r.Name)
		case r.Idle > staleAfter && r.Paused == "":
			fmt.Fprintf(a.stdout, t("%s  已有 %v 没有 worker 执行：请启动 prescreen worker，或取消任务\n",
				"%s  nobody has worked on it for %v: start prescreen worker, or cancel it\n"), r.Name, r.Idle)
		}
	}
	return nil
}

// removeStray removes a run that Redis has and the store does not know: the
// store was replaced, or it belongs to another installation.
func (a *app) removeStray(ctx context.Context, cfg Config, id string) error {
	server, err := connectRedis(cfg, a.logger())
	if err != nil {
		return err
	}
	defer server.Close()
	runs, err := server.Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Name != id {
			continue
		}
		if r.Idle < time.Minute && !r.Gone {
			return fmt.Errorf(a.lang.Pick("任务 %s 不在本数据库中，且 %v 前仍有 worker 在执行：请先停止那些 worker", "run %s is not in this database, and a worker was at it %v ago: stop those workers first"), id, r.Idle)
		}
		if err := server.Remove(ctx, id); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s %s\n", id, a.lang.Pick("已从 Redis 删除", "removed from Redis"))
		return nil
	}
	return fmt.Errorf(a.lang.Pick("没有任务 %q", "there is no run %q"), id)
}

// removeOld deletes the frontier of a run that was given up.
func (a *app) removeOld(ctx context.Context, cfg Config, id string) error {
	if err := os.RemoveAll(filepath.Join(cfg.frontierDir(), id)); err != nil || cfg.Crawl.Redis == "" {
		return err
	}
	server, err := connectRedis(cfg, a.logger())
	if err != nil {
		return err
	}
	defer server.Close()
	return server.Remove(ctx, id)
}

// actor names who gives a command, for the audit log.
func actor() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "command line"
}
