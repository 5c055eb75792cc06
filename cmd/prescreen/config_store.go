package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/goccy/go-yaml"

	"prescreen/internal/cases"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// FindingsConfig says how findings are dealt with.
type FindingsConfig struct {
	// Days are the working days until a finding is to be dealt with, by
	// severity.
	Days map[string]int `yaml:"days"`
	// Holidays and Workdays are days and ranges of days that the State Council
	// announces: 2026-10-01..2026-10-07.
	Holidays     []string      `yaml:"holidays"`
	Workdays     []string      `yaml:"workdays"`
	ExceptionFor time.Duration `yaml:"exception_for"`
	KeepRuns     time.Duration `yaml:"keep_runs"`
}

func defaultFindings() FindingsConfig {
	c := FindingsConfig{Days: map[string]int{}, Holidays: []string{}, Workdays: []string{}, ExceptionFor: 365 * 24 * time.Hour, KeepRuns: 180 * 24 * time.Hour}
	for _, s := range []scanner.Severity{scanner.SeverityLow, scanner.SeverityMedium, scanner.SeverityHigh, scanner.SeverityCritical} {
		c.Days[string(s)] = cases.DefaultDays(s)
	}
	return c
}

func (c *FindingsConfig) validate() (field string, err error) {
	for name, n := range c.Days {
		if scanner.Severity(name).Rank() == 0 {
			return "days", fmt.Errorf("%q is no severity: use low, medium, high or critical", name)
		}
		if n < 0 || n > 365 {
			return "days." + name, fmt.Errorf("%d is not between 0 and 365", n)
		}
	}
	if _, err := cases.ParseDays(c.Holidays); err != nil {
		return "holidays", err
	}
	if _, err := cases.ParseDays(c.Workdays); err != nil {
		return "workdays", err
	}
	if c.ExceptionFor < 0 {
		return "exception_for", fmt.Errorf("%v is less than nothing", c.ExceptionFor)
	}
	if c.KeepRuns < 0 {
		return "keep_runs", fmt.Errorf("%v is less than nothing", c.KeepRuns)
	}
	return "", nil
}

// deadlines translates what validate has accepted.
func (c *FindingsConfig) deadlines() cases.Deadlines {
	d := cases.Deadlines{Days: map[scanner.Severity]int{}}
	for name, n := range c.Days {
		d.Days[scanner.Severity(name)] = n
	}
	d.Calendar.Holidays, _ = cases.ParseDays(c.Holidays)
	d.Calendar.Workdays, _ = cases.ParseDays(c.Workdays)
	return d
}

// openStore opens the configured database: a file, or PostgreSQL.
func openStore(ctx context.Context, cfg Config, log *slog.Logger) (*store.Store, error) {
	opt := store.Options{
		Deadlines: cfg.Findings.deadlines(), ExceptionFor: cfg.Findings.ExceptionFor, Connections: cfg.Crawl.Workers, Logger: log,
	}
	for _, s := range cfg.Sites {
		opt.Sites = append(opt.Sites, cases.Site{Name: s.Name, Unit: s.Unit, Columns: s.Columns})
	}
	return store.Open(ctx, cfg.Store, opt)
}

// configFingerprint tells runs with different configurations apart.
func configFingerprint(cfg Config) (string, error) {
	data, err := yaml.Marshal(hideSecrets(cfg))
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%x", sum[:8]), nil
}
