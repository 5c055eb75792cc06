package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/internal/store"
)

type crawlFlags struct {
	sites    []string
	seeds    []string
	output   string
	workers  int
	maxPages int
	delay    time.Duration
	redis    string
	why      bool
	full     bool
	exitZero bool

	// Of a server: it watches the rules itself, and the crawl too.
	served bool
	sinks  []pipeline.Sink
	watch  func(*crawler.Crawler) (stop func())
}

func (a *app) crawlCommand() *cobra.Command {
	t := a.lang.Pick
	var f crawlFlags
	cmd := &cobra.Command{
		Use:   "crawl",
		Short: t("检查整个门户网站", "screen whole portals"),
		Long: t(`爬取配置中的站点（或 --site 指定的站点，或 --seed 给出的网址所在主机），逐页检查并写出
报告。默认使用内置存储，不需要任何服务器。按 Ctrl-C 可随时停止，再次运行同一命令会从中断处继续。
退出码：0 通过；1 需复核或建议阻断；2 用法或配置错误；3 有内容未能检查。`,
			`Crawls the configured sites (or those named by --site, or the host of --seed), checks
every page and attachment, and writes reports. Storage is embedded, no server is needed.
Ctrl-C stops it at any time; the same command goes on where it stopped.
Exit codes: 0 pass; 1 review or block; 2 usage or configuration; 3 something was not checked.`),
		Example: t(`  prescreen crawl                                   # 配置中的全部站点
  prescreen crawl --site 县政府门户 --output 报告/     # 只检查一个站点
  prescreen crawl --seed https://www.example.gov.cn/  # 不用配置文件，检查一台主机
  prescreen crawl --redis redis://redis:6379/0        # 与其他机器上的 prescreen worker 一起检查`,
			`  prescreen crawl                                   # all configured sites
  prescreen crawl --site portal --output reports/     # one of them
  prescreen crawl --seed https://www.example.gov.cn/  # one host, without a configuration
  prescreen crawl --redis redis://redis:6379/0        # together with prescreen worker on other machines`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := a.crawl(cmd.Context(), f)
			// A run that was stopped has not come to its end, whatever it found.
			if err == nil && f.exitZero && cmd.Context().Err() == nil {
				a.code = exitPass
			}
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.sites, "site", nil, t("只检查这些站点（按名称，可重复）", "only these sites, by name (repeatable)"))
	fl.StringSliceVar(&f.seeds, "seed", nil, t("从这些网址开始，范围为其主机（可重复）", "start here, with these hosts as scope (repeatable)"))
	fl.StringVarP(&f.output, "output", "o", "", t("报告文件夹（默认取自配置，out）", "folder for reports (default from the configuration, out)"))
	fl.IntVar(&f.workers, "workers", 0, t("同时处理的页面数", "pages worked on at the same time"))
	fl.IntVar(&f.maxPages, "max-pages", 0, t("每个站点最多检查的页面数", "pages per site at most"))
	fl.DurationVar(&f.delay, "delay", 0, t("每台主机两次请求之间的最短间隔，如 200ms（默认取自配置，1s）", "shortest pause between requests to a host, such as 200ms (default from the configuration, 1s)"))
	fl.StringVar(&f.redis, "redis", "", t("待抓取队列放在 Redis（redis://主机:6379/0），供多个 worker 共用，默认内置",
		"keep the frontier on Redis (redis://host:6379/0) instead of on disk, for many workers to share"))
	fl.BoolVar(&f.why, "why", false, t("定期说明每台主机为何空闲", "say regularly why each host is idle"))
	fl.BoolVar(&f.full, "full", false, t("不使用上次的结果，全部重新检查", "check everything again, whatever earlier runs found"))
	fl.BoolVar(&f.exitZero, "exit-zero", false, t("任务完成即以 0 退出，不论结果（用于定时作业；中途停止仍为 3）", "exit with 0 when the run came to its end, whatever it found (for schedulers; 3 if it was stopped)"))
	return cmd
}

func (a *app) crawl(ctx context.Context, f crawlFlags) error {
	a.saveMemory()
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if err := a.selectSites(&cfg, f); err != nil {
		return err
	}
	setDefault(&f.output, cfg.Crawl.Output)
	if f.redis != "" {
		cfg.Crawl.Redis = f.redis
	}
	if f.workers > 0 {
		cfg.Crawl.Workers = f.workers
	}
	f.limit(&cfg)
	eng, err := a.tracedEngine(ctx, cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	ms, stopMeasures, err := startMeasures(cfg, eng, a.logger())
	if err != nil {
		return err
	}
	defer stopMeasures()
	f.sinks, f.watch = ms.sinks(), ms.watch
	return a.crawlSites(ctx, cfg, eng, f)
}

// limit puts the limits of the command line in place of those of the sites.
func (f *crawlFlags) limit(cfg *Config) {
	for i := range cfg.Sites {
		if f.maxPages > 0 {
			cfg.Sites[i].Budget.Pages = f.maxPages
		}
		if f.delay > 0 {
			d := &cfg.Sites[i].Delay
			d.Min, d.Max = f.delay, max(d.Max, f.delay)
		}
	}
}

// selectSites narrows the configuration to what --site or --seed name.
func (a *app) selectSites(cfg *Config, f crawlFlags) error {
	t := a.lang.Pick
	if len(f.seeds) > 0 {
		if len(f.sites) > 0 {
			return errors.New(t("--site 与 --seed 不能同时使用", "--site and --seed exclude each other"))
		}
		cfg.Sites = nil
		for _, seed := range f.seeds {
			cfg.Sites = append(cfg.Sites, seedSite(seed))
		}
		cfg.Sites = mergeByHost(cfg.Sites)
		// Somebody is waiting: a host that is not there is said soon.
		cfg.Crawl.Backoff.GiveUp = min(cfg.Crawl.Backoff.GiveUp, time.Minute)
		if field, err := cfg.validate(); err != nil {
			return fmt.Errorf("--seed: %s: %w", field, err)
		}
		return nil
	}
	if len(cfg.Sites) == 0 {
		return errors.New(t("没有配置任何站点：请在配置文件的 sites 中列出，或使用 --seed 网址（示例见 examples/prescreen.yaml）",
			"no sites configured: list them under sites in the configuration, or use --seed URL (see examples/prescreen.yaml)"))
	}
	if len(f.sites) == 0 {
		return nil
	}
	var kept []SiteConfig
	for _, name := range f.sites {
		i := slices.IndexFunc(cfg.Sites, func(s SiteConfig) bool { return s.Name == name })
		if i < 0 {
			var names []string
			for _, s := range cfg.Sites {
				names = append(names, s.Name)
			}
			return fmt.Errorf(t("没有名为 %q 的站点；已配置：%s", "no site is named %q; configured are: %s"), name, strings.Join(names, ", "))
		}
		kept = append(kept, cfg.Sites[i])
	}
	cfg.Sites = kept
	return nil
}

// seedSite is a site of one host, named on the command line. Whoever names a
// private address there means it.
func seedSite(seed string) SiteConfig {
	s := SiteConfig{Seeds: []string{seed}}
	if u, err := url.Parse(seed); err == nil {
		s.AllowPrivate = isPrivateLiteral(u.Hostname())
	}
	fillSite(&s)
	return s
}

func mergeByHost(sites []SiteConfig) []SiteConfig {
	var out []SiteConfig
	for _, s := range sites {
		i := slices.IndexFunc(out, func(o SiteConfig) bool { return o.Name == s.Name })
		if i < 0 {
			out = append(out, s)
			continue
		}
		out[i].Seeds = append(out[i].Seeds, s.Seeds...)
	}
	return out
}

// crawlSites runs, or resumes, the crawl of the sites of cfg and reports. With
// a Redis other processes may work on the same run, and end it.
func (a *app) crawlSites(ctx context.Context, cfg Config, eng *engine, f crawlFlags) error {
	log := a.logger()
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return brokenOff{err}
	}
	defer db.Close()
	run, err := a.openRun(ctx, db, cfg, eng, log)
	if err != nil {
		return err
	}
	return a.crawlRun(ctx, cfg, eng, db, run, f)
}

// crawlRun does the work of a run that is open.
func (a *app) crawlRun(ctx context.Context, cfg Config, eng *engine, db *store.Store, run store.Run, f crawlFlags) error {
	log := a.logger()
	ccfg := crawlerConfig(cfg, log)
	spec, err := newRunSpec(cfg, eng, f.full)
	if err != nil {
		return err
	}
	fr, err := openFrontier(ctx, cfg, run.ID, spec, ccfg.Policies(), log)
	if err != nil {
		return brokenOff{err}
	}
	defer fr.Close()
	w, err := a.newCrawling(ctx, crawlingConfig{
		cfg: cfg, crawler: ccfg, eng: eng, db: db, run: run, frontier: fr, full: f.full, why: f.why, sinks: f.sinks, watch: f.watch,
	})
	if err != nil {
		return err
	}
	defer w.Close()
	if !f.served {
		defer eng.watchRules(ctx, log)()
	}
	sum, runErr := w.crawl(ctx)
	if errors.Is(runErr, errCancelled) {
		return fmt.Errorf(a.lang.Pick("任务 %s 已取消", "run %s was cancelled"), run.ID)
	}
	// A stop that comes after the last page interrupts nothing.
	interrupted := !sum.Complete
	if runErr != nil && interrupted && ctx.Err() == nil {
		return brokenOff{fmt.Errorf(a.lang.Pick("爬取中断（再次运行可继续）：%w", "crawl stopped (run it again to go on): %w"), runErr)}
	}
	// The report of a stopped run is written all the same, with a context of
	// its own.
	return a.finishCrawl(context.WithoutCancel(ctx), crawlRun{
		cfg: cfg, eng: eng, db: db, run: run, counts: sum, interrupted: interrupted, output: f.output, frontier: fr, tell: w.tell,
	})
}

// openRun begins a run, or takes up the one of the same sites and rules that
// was not finished.
func (a *app) openRun(ctx context.Context, db *store.Store, cfg Config, eng *engine, log *slog.Logger) (store.Run, error) {
	now := time.Now()
	config, err := configFingerprint(cfg)
	if err != nil {
		return store.Run{}, err
	}
	want := store.Run{ID: newRunID(now), Scope: scopeOf(cfg.Sites), RuleSet: eng.ruleSet(), Config: config, Started: now}
	for _, s := range cfg.Sites {
		want.Sites = append(want.Sites, s.Name)
	}
	run, resumed, abandoned, err := db.OpenRun(ctx, want)
	if err != nil {
		return run, err
	}
	for _, id := range abandoned {
		log.Info(a.lang.Pick("规则已变化，放弃未完成的任务", "the rules have changed: an unfinished run is given up"), "run", id)
		if err := a.removeOld(ctx, cfg, id); err != nil {
			return run, fmt.Errorf("remove frontier of run %s: %w", id, err)
		}
	}
	if resumed {
		log.Info(a.lang.Pick("继续未完成的任务", "resuming an unfinished run"), "run", run.ID, "started", run.Started.Format(time.DateTime))
	}
	return run, nil
}

// newRunID is readable and sorts by time.
func newRunID(now time.Time) string {
	sum := sha256.Sum256([]byte(now.Format(time.RFC3339Nano) + fmt.Sprint(os.Getpid())))
	return fmt.Sprintf("%s-%x", now.Format("20060102-150405"), sum[:2])
}

// scopeOf fingerprints which sites a run covers: the same sites resume the
// same run.
func scopeOf(sites []SiteConfig) string {
	var parts []string
	for _, s := range sites {
		parts = append(parts, fmt.Sprintf("%q %q %q", s.Name, s.Seeds, s.Hosts))
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return fmt.Sprintf("%x", sum[:8])
}

// crawlerConfig translates the configuration file for package crawler.
func crawlerConfig(cfg Config, log *slog.Logger) crawler.Config {
	out := crawler.Config{
		Workers: cfg.Crawl.Workers, UserAgent: productToken(cfg.Crawl.UserAgent), MaxAttempts: cfg.Crawl.MaxAttempts,
		Recrawl: crawler.Recrawl{Max: cfg.Crawl.Recheck}, Logger: log, Address: politeness(cfg.Crawl.Address, 0),
		BackoffMin: cfg.Crawl.Backoff.Min, BackoffMax: cfg.Crawl.Backoff.Max, GiveUpAfter: cfg.Crawl.Backoff.GiveUp,
	}
	for _, s := range cfg.Sites {
		site := crawler.Site{
			Name: s.Name, Seeds: s.Seeds, Hosts: s.Hosts,
			Robots: crawler.RobotsPolicy(s.Robots), Query: crawler.QueryPolicy(s.Query),
			Budget:     crawler.Budget{Pages: s.Budget.Pages, Bytes: int64(s.Budget.MB) << 20, Depth: s.Budget.Depth, Time: s.Budget.Time},
			Politeness: politeness(s.Delay, s.Concurrency),
		}
		for _, q := range s.QuietHours {
			if w, err := parseWindow(q); err == nil { // validated on load
				site.Quiet = append(site.Quiet, w)
			}
		}
		for _, r := range s.Rules {
			site.Rules = append(site.Rules, crawler.Rule{Allow: r.Allow != "", Pattern: r.Allow + r.Deny})
		}
		out.Sites = append(out.Sites, site)
	}
	return out
}

func politeness(d DelayConfig, concurrency int) crawler.Politeness {
	p := crawler.Politeness{Factor: d.Factor, Min: d.Min, Max: d.Max, Concurrency: concurrency}
	if d.Min == 0 {
		p.Min = -1 // crawler reads 0 as "the default"
	}
	return p
}

// productToken is the part of a User-Agent that robots.txt files name.
func productToken(agent string) string {
	token, _, _ := strings.Cut(agent, "/")
	token, _, _ = strings.Cut(token, " ")
	return token
}
