package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"prescreen/internal/accounts"
	"prescreen/internal/metrics"
	"prescreen/internal/server"
	"prescreen/internal/store"
)

type serveFlags struct {
	listen, metrics, pprof string
}

func (a *app) serveCommand() *cobra.Command {
	t := a.lang.Pick
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: t("启动网页和 HTTP 接口：发布前检查、问题处置、任务、审计", "serve the web pages and the HTTP API: checks, triage, runs, audit"),
		Long: t(`启动网页和 HTTP 接口。编辑在网页上检查准备发布的文字、网址和文件；内容管理系统通过接口
询问能否发布；安全保密员在浏览器中处置问题。默认只监听本机；首次启动时输出一次性初始化链接，
没有默认口令。修改规则或证书文件、或发送 SIGHUP 后自动重新加载。按 Ctrl-C 停止，进行中的检查会先完成。`,
			`Serves the web pages and the HTTP API. Editors check texts, addresses and files before
publishing; a CMS asks over HTTP whether it may publish; the security officer triages in a
browser. It listens on loopback unless told otherwise. The first start prints a one-time
set-up link; there is no default password. Rules and the certificate are loaded again when their
files change or on SIGHUP. Ctrl-C stops it; checks under way are finished first.`),
		Example: t(`  prescreen serve                                   # http://127.0.0.1:8080
  prescreen serve --listen :8443                    # 对外服务：请在配置中设置 serve.tls_cert 和 tls_key
  prescreen serve --metrics 127.0.0.1:9464          # Prometheus 指标
  curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
       -d '{"text":"机密★1年"}' http://127.0.0.1:8080/api/v1/checks/text`,
			`  prescreen serve                                   # http://127.0.0.1:8080
  prescreen serve --listen :8443                    # for others: set serve.tls_cert and tls_key
  prescreen serve --metrics 127.0.0.1:9464          # metrics for Prometheus
  curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
       -d '{"text":"draft"}' http://127.0.0.1:8080/api/v1/checks/text`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "", t("监听地址（默认取自配置，127.0.0.1:8080）", "address to listen on (default from the configuration, 127.0.0.1:8080)"))
	fl.StringVar(&f.metrics, "metrics", "", t("指标的监听地址，如 127.0.0.1:9464（默认取自配置，不启用）", "address for metrics, such as 127.0.0.1:9464 (default from the configuration, off)"))
	fl.StringVar(&f.pprof, "pprof", "", t("性能剖析的监听地址，只能是本机，如 127.0.0.1:6060（默认不启用）", "address for profiles, loopback only, such as 127.0.0.1:6060 (default off)"))
	return cmd
}

func (a *app) serve(ctx context.Context, f serveFlags) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if f.listen != "" {
		cfg.Serve.Listen = f.listen
	}
	if f.metrics != "" {
		cfg.Metrics.Listen = f.metrics
	}
	if field, err := cfg.validate(); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	if a.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(serveMemory)
	}
	log := a.logger()
	if f.pprof != "" && !isLoopback(f.pprof) {
		return fmt.Errorf("--pprof %q: profiles show what is in memory; use a loopback address such as 127.0.0.1:6060", f.pprof)
	}
	var cert *certificate
	if cfg.Serve.TLSCert != "" {
		if cert, err = newCertificate(cfg.Serve.TLSCert, cfg.Serve.TLSKey, log); err != nil {
			return err
		}
		defer cert.watch(ctx)()
	}
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
	m := newMetrics(eng)
	runCtx, stopRuns := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRuns()
	runs := &webRuns{app: a, cfg: cfg, eng: eng, db: db, log: log, metrics: m, ctx: runCtx, open: map[string]*webRun{}}
	if cfg.Crawl.Redis != "" {
		server, err := connectRedis(cfg, log)
		if err != nil {
			return err
		}
		defer server.Close()
		runs.shared = &sharedRuns{server}
	}
	defer runs.watchShared()()
	l, err := listen("serve.listen", "--listen", cfg.Serve.Listen)
	if err != nil {
		return err
	}
	defer l.Close()
	cfg.Serve.Listen = l.Addr().String() // the port that was chosen, where it was 0
	srv, err := a.newServer(ctx, cfg, eng, db, runs, m, log)
	if err != nil {
		return err
	}
	defer eng.watchRules(ctx, log)()
	defer a.sweepStore(ctx, cfg, db, log)()
	if err := runs.Resume(ctx); err != nil {
		return err
	}
	err = a.serveOn(ctx, l, cfg, f, cert, srv, m, log)
	stopRuns()
	runs.Close()
	return err
}

// newServer wires the server, and prints the set-up link where there are no
// users yet.
func (a *app) newServer(ctx context.Context, cfg Config, eng *engine, db *store.Store, runs server.Runs, m *metrics.Metrics, log *slog.Logger) (*server.Server, error) {
	users, err := db.Users(ctx)
	if err != nil {
		return nil, err
	}
	web := newWebEngine(eng, cfg.Serve.CheckHosts)
	settings, err := yaml.Marshal(hideSecrets(cfg))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	out := server.Config{
		Accounts: db, Checks: db, Checking: web, Cases: db, Log: auditLog{db}, Runs: runs, Rules: web, Reports: checkReports{a, cfg, eng}, Sites: webSites(cfg),
		Lang: a.lang, Organisation: cfg.Organisation, Version: buildVersion(), Settings: string(settings), Instance: host + " " + cfg.DataDir,
		PublicURL: cfg.Serve.PublicURL, Secure: cfg.Serve.TLSCert != "" || cfg.Serve.TLSProxy, Proxies: cfg.Serve.proxies,
		SessionTime: cfg.Serve.Session, SessionIdle: cfg.Serve.SessionIdle, Limits: cfg.Serve.Limits.limits(), Metrics: m, Tracing: eng.tracing, Logger: log,
	}
	if out.OIDC, err = cfg.Serve.provider(); err != nil {
		return nil, err
	}
	if out.Hooks, err = cfg.Serve.hooks(); err != nil {
		return nil, err
	}
	if len(users) == 0 && out.OIDC == nil {
		out.Setup, _ = accounts.NewSecret("")
		fmt.Fprintf(a.stderr, a.lang.Pick("\n还没有用户。请打开以下一次性链接创建管理员：\n\n  %s/setup?key=%s\n\n", "\nThere are no users yet. Open this link, once, to make the administrator:\n\n  %s/setup?key=%s\n\n"),
			baseURL(cfg.Serve), out.Setup)
	}
	return server.New(ctx, out)
}

func baseURL(c ServeConfig) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func webSites(cfg Config) []server.Site {
	var out []server.Site
	for _, s := range cfg.Sites {
		out = append(out, server.Site{Name: s.Name, Unit: s.Unit, Seeds: s.Seeds, Hosts: s.Hosts, Robots: s.Robots, Quiet: s.QuietHours, Private: s.AllowPrivate})
	}
	return out
}

// serveMemory is the size from which on garbage is collected sooner than
// usual, in bytes: large files at the same time must not crowd out the rest of
// a small machine. GOMEMLIMIT overrides it.
const serveMemory = 320 << 20

// headTime is how long the head of a request may take, idleTime how long a
// connection may do nothing.
const (
	headTime = 10 * time.Second
	idleTime = 2 * time.Minute
)

// serveOn serves until ctx ends, then finishes what is under way.
func (a *app) serveOn(ctx context.Context, l net.Listener, cfg Config, f serveFlags, cert *certificate, srv *server.Server, m *metrics.Metrics, log *slog.Logger) error {
	main := &http.Server{
		Handler: srv.Handler(), ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10, ErrorLog: quiet(log),
	}
	stopSide, err := serveSide(cfg, f, m, log)
	if err != nil {
		return err
	}
	defer stopSide()
	fmt.Fprintf(a.stderr, a.lang.Pick("网页和接口：%s （按 Ctrl-C 停止）\n", "Web pages and API: %s (Ctrl-C stops)\n"), baseURL(cfg.Serve))
	if cfg.Serve.TLSCert == "" && !cfg.Serve.TLSProxy && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		log.Warn(a.lang.Pick("未启用 TLS 却监听对外地址：口令会以明文传输；请设置 serve.tls_cert，或在代理后设置 serve.tls_proxy",
			"listening for others without TLS: passwords travel in the clear; set serve.tls_cert, or serve.tls_proxy behind a proxy"), "listen", cfg.Serve.Listen)
	}
	failed := make(chan error, 1)
	go func() {
		if cert != nil {
			main.TLSConfig = cert.config()
			failed <- main.ServeTLS(l, "", "")
		} else {
			failed <- main.Serve(l)
		}
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info(a.lang.Pick("正在停止：等待进行中的检查完成", "stopping: waiting for checks under way"))
	srv.Drain()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Serve.Shutdown)
	defer cancel()
	err = errors.Join(main.Shutdown(end), srv.Close(end))
	<-failed
	return err
}
