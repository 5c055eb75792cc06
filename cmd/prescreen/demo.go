package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"prescreen/internal/portal"
)

func (a *app) demoCommand() *cobra.Command {
	t := a.lang.Pick
	var output string
	var serve bool
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: t("检查内置的示例门户并生成报告", "screen the bundled sample portal and write a report"),
		Long: t(`在本机回环地址启动内置的示例门户（虚构的县政府网站，内有预先放置的各类问题和干扰项），
完整爬取检查一遍，生成 out/report.html。不访问任何外部网络。`,
			`Starts the bundled sample portal on loopback (a fictitious county government site with
planted leaks and decoys), crawls and screens it, and writes out/report.html. It asks no
other address.`),
		Example: t(`  prescreen demo
  prescreen demo --serve      # 检查后保持门户运行，报告中的链接可以打开
  prescreen demo --listen :80 # 只提供门户，供其他机器上的 prescreen 检查`,
			`  prescreen demo
  prescreen demo --serve      # keep the portal up, so that the report's links open
  prescreen demo --listen :80 # serve the portal only, for a prescreen elsewhere to crawl`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listen != "" {
				return a.servePortal(cmd.Context(), listen)
			}
			return a.demo(cmd.Context(), output, serve)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "out", t("报告文件夹", "folder for reports"))
	cmd.Flags().BoolVar(&serve, "serve", false, t("检查结束后保持门户运行，直到 Ctrl-C", "keep the portal up after the crawl until Ctrl-C"))
	cmd.Flags().StringVar(&listen, "listen", "", t("只在此地址提供门户（按主机名区分两个站点），不检查", "only serve the portal at this address, both sites by their host names; crawl nothing"))
	return cmd
}

func (a *app) demo(ctx context.Context, output string, serve bool) error {
	t := a.lang.Pick
	cfg, err := a.load()
	if err != nil {
		return err
	}
	p, err := portal.New(portal.Config{Loopback: true})
	if err != nil {
		return err
	}
	stop, err := p.Start(ctx)
	if err != nil {
		return fmt.Errorf(t("启动示例门户：%w", "start the sample portal: %w"), err)
	}
	defer stop()
	dir, err := demoFolder(output)
	if err != nil {
		return err
	}
	cfg.DataDir, cfg.KeyFile, cfg.Store = dir, filepath.Join(dir, "installation.key"), filepath.Join(dir, "prescreen.db")
	setDefault(&cfg.Organisation, t("云岭县人民政府（示例）", "Yunling County (sample)"))
	cfg.Sites = demoSites(p)
	cfg.Crawl.Address = DelayConfig{Min: time.Millisecond, Max: 20 * time.Millisecond, Factor: 0.1}
	cfg.Crawl.Backoff = BackoffConfig{Min: 500 * time.Millisecond, Max: 5 * time.Second, GiveUp: time.Minute}
	cfg.Limits.PageMB, cfg.Limits.FileMB = portal.MaxPageBytes>>20, portal.MaxAttachmentBytes>>20
	if err := a.keepDemo(cfg, filepath.Join(output, demoData, "prescreen.yaml")); err != nil {
		return err
	}
	eng, err := a.newEngine(cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	if err := a.crawlSites(ctx, cfg, eng, crawlFlags{output: output}); err != nil {
		return err
	}
	report, err := filepath.Abs(filepath.Join(output, "report.html"))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, t("\n请用浏览器打开：%s\n", "\nOpen in a browser: %s\n"), report)
	fmt.Fprintf(a.stdout, t("在网页上处理这些问题：prescreen serve --config %s\n", "Work on the findings in a browser: prescreen serve --config %s\n"), a.configPath)
	if serve {
		fmt.Fprintf(a.stdout, t("示例门户：%s （按 Ctrl-C 结束）\n", "Sample portal: %s (Ctrl-C ends it)\n"), p.Base(portal.Main))
		<-ctx.Done()
	}
	return nil
}

// demoData is the folder below the reports in which a demo keeps its store.
const demoData = "demo"

// demoFolder returns a fresh folder: each demo is a first night.
func demoFolder(output string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(output, demoData))
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("empty the demo folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the demo folder: %w", err)
	}
	return dir, nil
}

// keepDemo writes the configuration of the demo to path, so that findings,
// report and serve can be tried on it, and makes it the one in force.
func (a *app) keepDemo(cfg Config, path string) error {
	text, err := yaml.Marshal(hideSecrets(cfg))
	if err != nil {
		return fmt.Errorf("write the configuration of the demo: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write the configuration of the demo: %w", err)
	}
	a.configPath = path
	return nil
}

// servePortal serves both sites of the portal by their host names until ctx
// ends.
func (a *app) servePortal(ctx context.Context, address string) error {
	p, err := portal.New(portal.Config{Logger: a.logger()})
	if err != nil {
		return err
	}
	sites := map[string]http.Handler{portal.MainName: p.Handler(portal.Main), portal.EduName: p.Handler(portal.Edu)}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	srv := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		// The pages that break off mid-body would fill the log.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			site, ok := sites[r.Host]
			if !ok {
				http.Error(w, "this server has "+portal.MainName+" and "+portal.EduName, http.StatusMisdirectedRequest)
				return
			}
			site.ServeHTTP(w, r)
		}),
	}
	fmt.Fprintf(a.stdout, a.lang.Pick("示例门户：%s，主机名 %s、%s（按 Ctrl-C 结束）\n", "Sample portal: %s, hosts %s and %s (Ctrl-C ends it)\n"),
		l.Addr(), portal.MainName, portal.EduName)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the sample portal: %w", err)
	case <-ctx.Done():
		_ = srv.Close()
		<-ended
		return nil
	}
}

// demoSites configures the crawl under which the portal's expectations hold.
// The portal is ours and local, so the pauses are short.
func demoSites(p *portal.Portal) []SiteConfig {
	var out []SiteConfig
	for _, s := range p.Sites() {
		site := SiteConfig{
			Name: s.Name, Seeds: s.Seeds, Hosts: s.Hosts, AllowPrivate: true, Concurrency: 2,
			Delay:  DelayConfig{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond, Factor: 0.1},
			Budget: BudgetConfig{Depth: s.MaxDepth},
		}
		fillSite(&site)
		out = append(out, site)
	}
	return out
}
