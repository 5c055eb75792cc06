package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"prescreen/crawler"
	"prescreen/internal/cases"
	"prescreen/internal/store"
)

// Config is the configuration file. Every field has a default, see
// defaultConfig; examples/prescreen.yaml shows all of them with comments.
type Config struct {
	Language     string          `yaml:"language"`
	Organisation string          `yaml:"organisation"`
	Contact      string          `yaml:"contact"`
	DataDir      string          `yaml:"data_dir"`
	CacheDir     string          `yaml:"cache_dir"`
	KeyFile      string          `yaml:"key_file"`
	Dictionaries []string        `yaml:"dictionaries"`
	TermKeyFile  string          `yaml:"term_key_file"`
	Verdict      VerdictConfig   `yaml:"verdict"`
	Limits       LimitsConfig    `yaml:"limits"`
	Documents    DocumentConfig  `yaml:"documents"`
	Render       RenderConfig    `yaml:"render"`
	Evidence     EvidenceConfig  `yaml:"evidence"`
	Crawl        CrawlConfig     `yaml:"crawl"`
	Redis        RedisConfig     `yaml:"redis"`
	Store        string          `yaml:"store"` // a path or a postgres:// URL
	Findings     FindingsConfig  `yaml:"findings"`
	Serve        ServeConfig     `yaml:"serve"`
	Metrics      MetricsConfig   `yaml:"metrics"`
	Report       ReportConfig    `yaml:"report"`
	Retention    RetentionConfig `yaml:"retention"`
	Notify       NotifyConfig    `yaml:"notify"`
	Sites        []SiteConfig    `yaml:"sites"`
}

// VerdictConfig says when a document is blocked rather than reviewed.
type VerdictConfig struct {
	BlockSeverity   string `yaml:"block_severity"`
	BlockConfidence int    `yaml:"block_confidence"`
}

// LimitsConfig bounds the work that one page or file may cause.
type LimitsConfig struct {
	PageMB     int           `yaml:"page_mb"`
	FileMB     int           `yaml:"file_mb"`
	UnpackedMB int           `yaml:"unpacked_mb"`
	Entries    int           `yaml:"entries"`
	Depth      int           `yaml:"depth"`
	Time       time.Duration `yaml:"time"`
}

// DocumentConfig says how files other than web pages and text are read.
type DocumentConfig struct {
	Isolate  bool `yaml:"isolate"`
	OCR      bool `yaml:"ocr"`
	OCRPages int  `yaml:"ocr_pages"`
	OCRRun   int  `yaml:"ocr_run_pages"`
}

// RenderConfig says how pages that show nothing without scripts are read.
type RenderConfig struct {
	Off       bool   `yaml:"off"`
	Browser   string `yaml:"browser"`
	NoSandbox bool   `yaml:"no_sandbox"`
	Tabs      int    `yaml:"tabs"`
}

// EvidenceConfig says whether pages with findings are kept, encrypted.
type EvidenceConfig struct {
	Enabled     bool          `yaml:"enabled"`
	Screenshots bool          `yaml:"screenshots"`
	Keep        time.Duration `yaml:"keep"`
}

// CrawlConfig holds what all sites of a crawl share.
type CrawlConfig struct {
	Workers     int           `yaml:"workers"`
	Output      string        `yaml:"output"`
	UserAgent   string        `yaml:"user_agent"`
	Timeout     time.Duration `yaml:"timeout"`
	Recheck     time.Duration `yaml:"recheck"`
	RuleChange  string        `yaml:"rule_change"`
	MinFreeMB   int           `yaml:"min_free_mb"`
	MaxAttempts int           `yaml:"max_attempts"`
	Pictures    bool          `yaml:"pictures"`
	Address     DelayConfig   `yaml:"address_delay"`
	Backoff     BackoffConfig `yaml:"backoff"`
	Redis       string        `yaml:"redis"`
}

// Values of rule_change: what becomes of pages that were checked with rules
// that have changed since.
const (
	ruleChangeNow = "now"      // fetched and checked again in the next run
	ruleChangeDue = "when_due" // when their time to be fetched again has come
)

// BackoffConfig says how long a host that fails is left alone: min after the
// first fault, twice as long after each more, up to max. A host that only
// failed for give_up is not asked again in this run.
type BackoffConfig struct {
	Min    time.Duration `yaml:"min"`
	Max    time.Duration `yaml:"max"`
	GiveUp time.Duration `yaml:"give_up"`
}

// SiteConfig is one portal.
type SiteConfig struct {
	Name         string            `yaml:"name"`
	Unit         string            `yaml:"unit"`
	Columns      []cases.Column    `yaml:"columns"`
	Seeds        []string          `yaml:"seeds"`
	Hosts        []string          `yaml:"hosts"`
	Rules        []PathRule        `yaml:"rules"`
	Robots       string            `yaml:"robots"`
	Query        string            `yaml:"query"`
	Delay        DelayConfig       `yaml:"delay"`
	Concurrency  int               `yaml:"concurrency"`
	Budget       BudgetConfig      `yaml:"budget"`
	QuietHours   []string          `yaml:"quiet_hours"`
	Headers      map[string]string `yaml:"headers"`
	Proxy        string            `yaml:"proxy"`
	CAFile       string            `yaml:"ca_file"`
	InsecureTLS  bool              `yaml:"insecure_tls"`
	AllowPrivate bool              `yaml:"allow_private"`
	Render       []string          `yaml:"render"`
}

// PathRule allows or denies the paths that match a prefix or a pattern with *.
// The first rule that matches decides.
type PathRule struct {
	Allow string `yaml:"allow"`
	Deny  string `yaml:"deny"`
}

// DelayConfig is the pause between two requests to one host:
// clamp(factor × duration of the last response, min, max).
type DelayConfig struct {
	Min    time.Duration `yaml:"min"`
	Max    time.Duration `yaml:"max"`
	Factor float64       `yaml:"factor"`
}

// BudgetConfig bounds what one run may take from a site.
type BudgetConfig struct {
	Pages int           `yaml:"pages"`
	MB    int           `yaml:"mb"`
	Depth int           `yaml:"depth"`
	Time  time.Duration `yaml:"time"`
}

func defaultConfig() Config {
	return Config{
		Verdict:   VerdictConfig{BlockSeverity: "high", BlockConfidence: 70},
		Limits:    LimitsConfig{PageMB: 32, FileMB: 200, UnpackedMB: 512, Entries: 10_000, Depth: 8, Time: time.Minute},
		Documents: DocumentConfig{Isolate: true, OCR: true, OCRPages: 30, OCRRun: 2000},
		Render:    RenderConfig{Tabs: 2},
		Evidence:  EvidenceConfig{Keep: 180 * 24 * time.Hour},
		Redis:     defaultRedis(),
		Serve:     defaultServe(),
		Retention: defaultRetention(),
		Findings:  defaultFindings(),
		Report:    ReportConfig{Templates: map[string]string{}},
		Notify:    defaultNotify(),
		Crawl: CrawlConfig{
			Output: "out", UserAgent: "prescreen",
			Timeout: 30 * time.Second, Recheck: 7 * 24 * time.Hour, RuleChange: ruleChangeNow, MinFreeMB: 512, MaxAttempts: 3,
			Address: DelayConfig{Min: 100 * time.Millisecond, Max: 30 * time.Second, Factor: 1},
			Backoff: BackoffConfig{Min: 5 * time.Second, Max: 10 * time.Minute, GiveUp: 30 * time.Minute},
		},
	}
}

// defaultSite holds the values of a site's fields that are not given.
func defaultSite() SiteConfig {
	return SiteConfig{
		Robots: "obey", Query: "keep", Concurrency: 1,
		Delay:  DelayConfig{Min: time.Second, Max: 30 * time.Second, Factor: 2},
		Budget: BudgetConfig{Pages: 100_000, MB: 20_000, Depth: 50, Time: 8 * time.Hour},
	}
}

// loadConfig reads the file at path, or the first of the usual places where
// path is empty; without any file the defaults stand. It returns the path
// that was read.
func loadConfig(path string, getenv func(string) string) (Config, string, error) {
	cfg := defaultConfig()
	explicit := path != ""
	candidates := []string{path}
	if !explicit {
		candidates = []string{"prescreen.yaml", filepath.Join(configHome(getenv), "prescreen", "prescreen.yaml")}
	}
	for _, p := range candidates {
		src, err := os.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) && !explicit {
			continue
		}
		if err != nil {
			return cfg, p, fmt.Errorf("read configuration: %w", err)
		}
		if err := parseConfig(src, p, &cfg); err != nil {
			return cfg, p, err
		}
		cfg.resolvePaths(filepath.Dir(p))
		path = p
		break
	}
	cfg.fillPaths(getenv)
	return cfg, path, nil
}

func parseConfig(src []byte, name string, cfg *Config) error {
	dec := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict())
	if err := dec.Decode(cfg); err != nil && !errors.Is(err, io.EOF) {
		return configError(name, err)
	}
	for i := range cfg.Sites {
		fillSite(&cfg.Sites[i])
	}
	if field, err := cfg.validate(); err != nil {
		return fmt.Errorf("%s:%d: %s: %w", name, lineOf(src, field), field, err)
	}
	return nil
}

// configError turns a decoder's error into one line with file, line and key.
func configError(name string, err error) error {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	tok := e.GetToken()
	msg := strings.SplitN(e.GetMessage(), "\n", 2)[0]
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		msg = fmt.Sprintf("unknown key %q; see examples/prescreen.yaml for the keys there are", tok.Value)
	} else if tok.Value != "" {
		msg = fmt.Sprintf("%s (at %q; an address inside braces must be in quotes)", msg, tok.Value)
	}
	return fmt.Errorf("%s:%d: %s", name, tok.Position.Line, msg)
}

// lineOf returns the line of a field given as a path such as sites[0].name,
// or of its nearest parent that is in the file, else 1.
func lineOf(src []byte, field string) int {
	for field != "" {
		p, err := yaml.PathString("$." + field)
		if err == nil {
			if node, err := p.ReadNode(bytes.NewReader(src)); err == nil && node != nil && node.GetToken() != nil {
				return node.GetToken().Position.Line
			}
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return 1
}

func fillSite(s *SiteConfig) {
	d := defaultSite()
	setDefault(&s.Robots, d.Robots)
	setDefault(&s.Query, d.Query)
	setDefault(&s.Concurrency, d.Concurrency)
	setDefault(&s.Delay.Min, d.Delay.Min)
	setDefault(&s.Delay.Max, max(d.Delay.Max, s.Delay.Min))
	setDefault(&s.Delay.Factor, d.Delay.Factor)
	setDefault(&s.Budget.Pages, d.Budget.Pages)
	setDefault(&s.Budget.MB, d.Budget.MB)
	setDefault(&s.Budget.Depth, d.Budget.Depth)
	setDefault(&s.Budget.Time, d.Budget.Time)
	if len(s.Hosts) == 0 {
		for _, seed := range s.Seeds {
			if u, err := url.Parse(seed); err == nil && u.Host != "" {
				s.Hosts = append(s.Hosts, u.Host)
			}
		}
	}
	if s.Name == "" && len(s.Hosts) > 0 {
		s.Name = s.Hosts[0]
	}
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// validate returns the first field that is wrong, as a path, and why.
func (c *Config) validate() (field string, err error) {
	switch {
	case c.Language != "" && c.Language != "zh" && c.Language != "en":
		return "language", fmt.Errorf("%q is no language of prescreen: use zh or en", c.Language)
	case !oneOf(c.Verdict.BlockSeverity, "low", "medium", "high", "critical"):
		return "verdict.block_severity", fmt.Errorf("%q is no severity: use low, medium, high or critical", c.Verdict.BlockSeverity)
	case c.Verdict.BlockConfidence < 0 || c.Verdict.BlockConfidence > 100:
		return "verdict.block_confidence", fmt.Errorf("%d is not between 0 and 100", c.Verdict.BlockConfidence)
	case c.Crawl.Workers < 0 || c.Crawl.Workers > 1000:
		return "crawl.workers", fmt.Errorf("%d is not between 0 and 1000", c.Crawl.Workers)
	case !oneOf(c.Crawl.RuleChange, ruleChangeNow, ruleChangeDue):
		return "crawl.rule_change", fmt.Errorf("%q is not a policy: use now or when_due", c.Crawl.RuleChange)
	case c.Crawl.MaxAttempts < 1:
		return "crawl.max_attempts", fmt.Errorf("%d is less than 1", c.Crawl.MaxAttempts)
	case c.Crawl.Address.Min < 0 || c.Crawl.Address.Max < c.Crawl.Address.Min:
		return "crawl.address_delay", fmt.Errorf("max %v is less than min %v", c.Crawl.Address.Max, c.Crawl.Address.Min)
	case c.Crawl.Backoff.Min <= 0 || c.Crawl.Backoff.Max < c.Crawl.Backoff.Min || c.Crawl.Backoff.GiveUp <= 0:
		return "crawl.backoff", errors.New("min and give_up must be more than nothing, and max not less than min")
	case c.Limits.PageMB < 1:
		return "limits.page_mb", fmt.Errorf("%d is less than 1", c.Limits.PageMB)
	case c.Limits.FileMB < 1:
		return "limits.file_mb", fmt.Errorf("%d is less than 1", c.Limits.FileMB)
	}
	if field, err := c.Serve.validate(); err != nil {
		return "serve." + field, err
	}
	if err := c.Metrics.validate(); err != nil {
		return "metrics.listen", err
	}
	if field, err := c.Redis.validate(); err != nil {
		return field, err
	}
	if field, err := c.Retention.validate(); err != nil {
		return field, err
	}
	if field, err := c.Report.validate(); err != nil {
		return field, err
	}
	if field, err := c.Notify.validate(); err != nil {
		return field, err
	}
	if field, err := c.Findings.validate(); err != nil {
		return "findings." + field, err
	}
	names := map[string]bool{}
	for i := range c.Sites {
		field, err := c.Sites[i].validate()
		if err == nil && names[c.Sites[i].Name] {
			field, err = "name", fmt.Errorf("%q is the name of two sites", c.Sites[i].Name)
		}
		if err != nil {
			return fmt.Sprintf("sites[%d].%s", i, field), err
		}
		names[c.Sites[i].Name] = true
	}
	return "", nil
}

func (s *SiteConfig) validate() (field string, err error) {
	if len(s.Seeds) == 0 {
		return "seeds", errors.New("a site needs at least one address to start from")
	}
	for i, seed := range s.Seeds {
		u, err := url.Parse(seed)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Sprintf("seeds[%d]", i), fmt.Errorf("%q is not an http or https address", seed)
		}
		if !oneOf(u.Host, s.Hosts...) {
			return fmt.Sprintf("seeds[%d]", i), fmt.Errorf("the host of %q is not among the site's hosts", seed)
		}
	}
	for i, c := range s.Columns {
		if !strings.HasPrefix(c.Path, "/") || c.Name == "" {
			return fmt.Sprintf("columns[%d]", i), errors.New("a column has a path that begins with / and a name")
		}
	}
	for i, r := range s.Rules {
		if (r.Allow == "") == (r.Deny == "") {
			return fmt.Sprintf("rules[%d]", i), errors.New("a rule has either allow or deny")
		}
	}
	for i, q := range s.QuietHours {
		if _, err := parseWindow(q); err != nil {
			return fmt.Sprintf("quiet_hours[%d]", i), err
		}
	}
	switch {
	case !oneOf(s.Robots, "obey", "delay-only"):
		return "robots", fmt.Errorf("%q is not a policy: use obey or delay-only", s.Robots)
	case !oneOf(s.Query, "keep", "sort"):
		return "query", fmt.Errorf("%q is not a policy: use keep or sort", s.Query)
	case s.Delay.Min < 0 || s.Delay.Max < s.Delay.Min:
		return "delay", fmt.Errorf("max %v is less than min %v", s.Delay.Max, s.Delay.Min)
	case len(s.Hosts) == 0:
		return "hosts", errors.New("no host is named")
	case s.Concurrency < 1 || s.Concurrency > 16:
		return "concurrency", fmt.Errorf("%d is not between 1 and 16", s.Concurrency)
	}
	return "", nil
}

// parseWindow reads a time of day such as 08:00-18:00.
func parseWindow(s string) (crawler.Window, error) {
	from, to, ok := strings.Cut(s, "-")
	f, err1 := time.Parse("15:04", strings.TrimSpace(from))
	t, err2 := time.Parse("15:04", strings.TrimSpace(to))
	if !ok || err1 != nil || err2 != nil || f.Equal(t) {
		return crawler.Window{}, fmt.Errorf("%q is not a time of day such as 08:00-18:00", s)
	}
	midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	return crawler.Window{From: f.Sub(midnight), To: t.Sub(midnight)}, nil
}

func oneOf(s string, list ...string) bool {
	for _, v := range list {
		if s == v {
			return true
		}
	}
	return false
}

// resolvePaths makes relative paths relative to the configuration file.
func (c *Config) resolvePaths(dir string) {
	for _, p := range []*string{&c.DataDir, &c.CacheDir, &c.KeyFile, &c.TermKeyFile} {
		*p = under(dir, *p)
	}
	c.Redis.resolvePaths(dir)
	c.Serve.resolvePaths(dir)
	c.Report.resolvePaths(dir)
	c.Notify.resolvePaths(dir)
	if !store.IsPostgres(c.Store) {
		c.Store = under(dir, c.Store)
	}
	for i := range c.Dictionaries {
		c.Dictionaries[i] = under(dir, c.Dictionaries[i])
	}
	for i := range c.Sites {
		c.Sites[i].CAFile = under(dir, c.Sites[i].CAFile)
	}
}

func under(dir, p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}

// fillPaths follows the XDG base directory specification.
func (c *Config) fillPaths(getenv func(string) string) {
	setDefault(&c.DataDir, filepath.Join(home(getenv, "XDG_DATA_HOME", ".local/share"), "prescreen"))
	setDefault(&c.CacheDir, filepath.Join(home(getenv, "XDG_CACHE_HOME", ".cache"), "prescreen"))
	setDefault(&c.KeyFile, filepath.Join(c.DataDir, "installation.key"))
	// The address of a database has a password, which a file that many may
	// read should not have.
	if v := getenv("PRESCREEN_STORE"); v != "" {
		c.Store = v
	}
	setDefault(&c.Store, filepath.Join(c.DataDir, "prescreen.db"))
}

func configHome(getenv func(string) string) string {
	return home(getenv, "XDG_CONFIG_HOME", ".config")
}

func home(getenv func(string) string, env, fallback string) string {
	if v := getenv(env); v != "" {
		return v
	}
	if h := getenv("HOME"); h != "" {
		return filepath.Join(h, fallback)
	}
	return filepath.Join(os.TempDir(), "prescreen-"+fallback)
}
