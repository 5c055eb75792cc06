package crawler

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is what a crawl needs to know. Zero values are useful: only Sites
// with a name and a seed each must be given.
type Config struct {
	Sites []Site
	// Workers is how many pages are in work at a time; 0: 32. A host that hangs
	// keeps one busy until its time-out, so thousands of hosts want hundreds.
	Workers int
	// UserAgent is the product token that robots.txt is asked for, such as
	// "prescreen"; empty: "prescreen".
	UserAgent string

	MaxAttempts  int // tries per URL; 0: 3
	MaxRedirects int // in a row; 0: 10
	// TaskTimeout ends a page that is not fetched and visited by then; 0: 20 min.
	TaskTimeout time.Duration
	// Address limits what all hosts on one resolved address get together.
	Address Politeness

	// A host that fails (429, 503, refused connections) is left alone for
	// BackoffMin, twice as long each time up to BackoffMax, with jitter.
	// A Retry-After overrides it, up to RetryAfterMax.
	BackoffMin    time.Duration // 0: 5 s
	BackoffMax    time.Duration // 0: 10 min
	RetryAfterMax time.Duration // 0: 1 h
	// GiveUpAfter ends the tries with a host that only failed for so long,
	// and at least GiveUpFaults times; 0: 30 min and 5.
	GiveUpAfter  time.Duration
	GiveUpFaults int

	// Recrawl bounds the interval after which a page is fetched again. It
	// grows with the time a page did not change.
	Recrawl Recrawl

	Logger *slog.Logger // nil: silent
}

// Recrawl bounds the interval of fetching a page again: a tenth of the time
// it has not changed, at least Min (0: every run), at most Max (0: 7 days).
type Recrawl struct {
	Min, Max time.Duration
}

// Site is one portal: where it starts, what belongs to it, how it is asked.
type Site struct {
	Name  string   // unique
	Seeds []string // absolute http or https URLs
	// Hosts that belong to the site: "www.example.gov.cn", with a port where
	// it is not the default one, or "*.example.gov.cn" for every name below
	// example.gov.cn. Empty: the hosts of the seeds.
	Hosts []string
	// Rules about paths; the first that matches decides, none: allowed.
	Rules []Rule

	Budget     Budget
	Politeness Politeness
	Robots     RobotsPolicy
	// MaxCrawlDelay caps the crawl-delay of robots.txt; 0: 60 s.
	MaxCrawlDelay time.Duration

	// Sitemaps lists sitemaps besides those of robots.txt. NoSitemaps turns
	// all of them off, /sitemap.xml included.
	Sitemaps   []string
	NoSitemaps bool

	Query QueryPolicy
	// DropParams are names of query parameters that do not select a page,
	// besides the usual ones for tracking and sessions.
	DropParams []string
	// KeepParams are names that do select a page, although they look like ones
	// for tracking or sessions.
	KeepParams []string

	// Quiet are the hours in which the site is not asked.
	Quiet []Window
}

// Rule allows or denies paths. Pattern is compared with path and query from
// their beginning, as in robots.txt: "*" stands for anything, a final "$" for
// the end ("/mail/", "/*.exe$", "*?print=").
type Rule struct {
	Allow   bool
	Host    string // as in Site.Hosts; empty: every host
	Pattern string
}

// RobotsPolicy says what a robots.txt decides.
type RobotsPolicy string

// The policies.
const (
	RobotsObey      RobotsPolicy = "obey"       // default
	RobotsDelayOnly RobotsPolicy = "delay-only" // crawl-delay and sitemaps, not what is disallowed
)

// QueryPolicy says what becomes of the query of a URL.
type QueryPolicy string

// The policies.
const (
	QueryKeep QueryPolicy = "keep" // default; without tracking and session parameters
	QuerySort QueryPolicy = "sort" // and in order of their names
	QueryDrop QueryPolicy = "drop" // the query does not select a page
)

// Window is a time of day, in the local time of the clock, such as
// {From: 8 * time.Hour, To: 18 * time.Hour}. To before From goes over midnight.
type Window struct {
	From, To time.Duration
	Days     []time.Weekday // on which it begins; empty: every day
}

// Validate returns everything that is wrong with a Config.
func (c Config) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Sites) == 0 {
		add("sites: none given; a crawl needs at least one with a name and a seed")
	}
	for name, n := range map[string]int{"workers": c.Workers, "max attempts": c.MaxAttempts, "max redirects": c.MaxRedirects, "give-up faults": c.GiveUpFaults} {
		if n < 0 {
			add("%s: %d is negative", name, n)
		}
	}
	if c.Recrawl.Max > 0 && c.Recrawl.Min > c.Recrawl.Max {
		add("recrawl: minimum %v is above the maximum %v", c.Recrawl.Min, c.Recrawl.Max)
	}
	c.Address.validate("address", add)
	seen := map[string]bool{}
	for i := range c.Sites {
		s := &c.Sites[i]
		where := fmt.Sprintf("site %q", s.Name)
		if s.Name == "" {
			where = fmt.Sprintf("site number %d", i+1)
			add("%s: has no name", where)
		} else if seen[s.Name] {
			add("%s: the name is used twice", where)
		}
		seen[s.Name] = true
		s.validate(where, add)
	}
	slices.SortStableFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func (s *Site) validate(where string, add func(string, ...any)) {
	if len(s.Seeds) == 0 {
		add("%s: has no seeds", where)
	}
	for _, list := range [][]string{s.Seeds, s.Sitemaps} {
		for _, raw := range list {
			if u, err := url.Parse(raw); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				add("%s: %q is not an absolute http or https URL", where, raw)
			}
		}
	}
	for _, h := range s.Hosts {
		if h == "" || strings.ContainsAny(h, "/@? ") || strings.Contains(strings.TrimPrefix(h, "*."), "*") {
			add("%s: host %q is not a name, name:port or *.name", where, h)
		}
	}
	for i, r := range s.Rules {
		if !strings.HasPrefix(r.Pattern, "/") && !strings.HasPrefix(r.Pattern, "*") {
			add("%s: rule %d: pattern %q must begin with / or *", where, i+1, r.Pattern)
		}
	}
	switch s.Robots {
	case "", RobotsObey, RobotsDelayOnly:
	default:
		add("%s: robots %q is not %q or %q", where, s.Robots, RobotsObey, RobotsDelayOnly)
	}
	switch s.Query {
	case "", QueryKeep, QuerySort, QueryDrop:
	default:
		add("%s: query %q is not %q, %q or %q", where, s.Query, QueryKeep, QuerySort, QueryDrop)
	}
	for i, w := range s.Quiet {
		if w.From < 0 || w.To < 0 || w.From >= 24*time.Hour || w.To > 24*time.Hour || w.From == w.To {
			add("%s: quiet hours %d: %v to %v is not a time of day", where, i+1, w.From, w.To)
		}
	}
	if b := s.Budget; b.Pages < 0 || b.Bytes < 0 || b.Depth < 0 || b.Time < 0 {
		add("%s: a budget is negative", where)
	}
	s.Politeness.validate(where, add)
}

func (p Politeness) validate(where string, add func(string, ...any)) {
	if p.Factor < 0 || p.Concurrency < 0 || p.Max < 0 {
		add("%s: politeness: a value is negative", where)
	}
	if p.Max > 0 && p.Min > p.Max {
		add("%s: politeness: minimum delay %v is above the maximum %v", where, p.Min, p.Max)
	}
}

func (p Politeness) withDefaults(minDelay time.Duration, concurrency int) Politeness {
	if p.Factor == 0 {
		p.Factor = 1
	}
	switch {
	case p.Min == 0:
		p.Min = minDelay
		if p.Max > 0 {
			p.Min = min(p.Min, p.Max)
		}
	case p.Min < 0:
		p.Min = 0
	}
	if p.Max == 0 {
		p.Max = max(30*time.Second, p.Min)
	}
	if p.Concurrency == 0 {
		p.Concurrency = concurrency
	}
	return p
}

// Policies returns what a Frontier needs to know of the Config, with the
// default values filled in.
func (c Config) Policies() Policies {
	c = c.withDefaults()
	p := Policies{Address: c.Address, MaxAttempts: c.MaxAttempts}
	for _, s := range c.Sites {
		p.Sites = append(p.Sites, Policy{Site: s.Name, Politeness: s.Politeness, Budget: s.Budget})
	}
	return p
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	num := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	num(&c.Workers, 32)
	num(&c.MaxAttempts, 3)
	num(&c.MaxRedirects, 10)
	num(&c.GiveUpFaults, 5)
	def(&c.TaskTimeout, 20*time.Minute)
	def(&c.BackoffMin, 5*time.Second)
	def(&c.BackoffMax, 10*time.Minute)
	def(&c.RetryAfterMax, time.Hour)
	def(&c.GiveUpAfter, 30*time.Minute)
	def(&c.Recrawl.Max, 7*24*time.Hour)
	if c.UserAgent == "" {
		c.UserAgent = "prescreen"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Address = c.Address.withDefaults(100*time.Millisecond, 4)
	c.Sites = slices.Clone(c.Sites)
	for i := range c.Sites {
		s := &c.Sites[i]
		s.Politeness = s.Politeness.withDefaults(time.Second, 1)
		def(&s.MaxCrawlDelay, time.Minute)
		num(&s.Budget.Traps, 500)
	}
	return c
}
