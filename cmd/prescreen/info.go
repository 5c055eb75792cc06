package main

import (
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
)

// version is set by the build; without it the module's version is shown.
var version = ""

func (a *app) configCommand() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:   "config",
		Short: t("显示生效的配置（隐藏密钥）", "show the effective configuration, secrets hidden"),
		Long: t("输出合并默认值之后实际生效的配置。请求头的值、代理的口令不会显示。",
			"Prints the configuration in force, defaults included. Values of headers and proxy passwords are hidden."),
		Example: "  prescreen config --config prescreen.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, path, err := loadConfig(a.configPath, a.getenv)
			if err != nil {
				return err
			}
			out, err := yaml.Marshal(hideSecrets(cfg))
			if err != nil {
				return fmt.Errorf("write configuration: %w", err)
			}
			if path == "" {
				path = t("（无配置文件，全部为默认值）", "(no file, all defaults)")
			}
			_, err = fmt.Fprintf(a.stdout, "# %s\n%s", path, out)
			return err
		},
	}
}

func hideSecrets(cfg Config) Config {
	sites := make([]SiteConfig, len(cfg.Sites))
	copy(sites, cfg.Sites)
	for i := range sites {
		headers := make(map[string]string, len(sites[i].Headers))
		for name := range sites[i].Headers {
			headers[name] = "***"
		}
		sites[i].Headers = headers
		if u, err := url.Parse(sites[i].Proxy); err == nil && u.User != nil {
			u.User = url.User(u.User.Username())
			sites[i].Proxy = u.String()
		}
	}
	cfg.Sites = sites
	if u, err := url.Parse(cfg.Store); err == nil && u.User != nil {
		u.User = url.User(u.User.Username())
		cfg.Store = u.String()
	}
	if u, err := url.Parse(cfg.Crawl.Redis); err == nil && u.User != nil {
		u.User = url.User(u.User.Username())
		cfg.Crawl.Redis = u.String()
	}
	return cfg
}

func (a *app) versionCommand() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     "version",
		Short:   t("显示程序和规则库版本", "show the versions of program and rules"),
		Example: "  prescreen version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			set, err := loadDictionaries(cfg)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, t("prescreen %s\nGo %s %s/%s\n规则库：%s\n规则 %d 条，词条 %d 个\n", "prescreen %s\nGo %s %s/%s\nrule set: %s\n%d rules, %d terms\n"),
				buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, set.Version(), len(set.Rules()), set.Terms())
			return err
		},
	}
}

// buildVersion names the build: the linked version, else what the Go tool
// recorded, else "dev".
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "dev"
}
