package cases

import (
	"fmt"
	"strings"
	"time"

	"prescreen/scanner"
)

// Calendar tells working days: Monday to Friday, but for Holidays, and the
// Workdays that make up for them (调休). Which days those are the State
// Council says anew each year, so they are configuration.
type Calendar struct {
	Holidays map[Day]bool
	Workdays map[Day]bool
	Zone     *time.Location // nil: China Standard Time
}

// Day is a date such as 2026-10-01.
type Day string

var china = time.FixedZone("CST", 8*3600)

func (c *Calendar) zone() *time.Location {
	if c.Zone == nil {
		return china
	}
	return c.Zone
}

// Working reports whether the day of t is a working day.
func (c *Calendar) Working(t time.Time) bool {
	t = t.In(c.zone())
	day := Day(t.Format(time.DateOnly))
	if c.Workdays[day] {
		return true
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !c.Holidays[day]
}

// After returns the end of the n-th working day after the day of t; n of 0 is
// the end of that day itself.
func (c *Calendar) After(t time.Time, n int) time.Time {
	t = t.In(c.zone())
	day := time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 59, 0, c.zone())
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if c.Working(day) {
			n--
		}
	}
	return day
}

// ParseDays reads days and inclusive ranges of them: 2026-10-01,
// 2026-10-01..2026-10-07.
func ParseDays(list []string) (map[Day]bool, error) {
	days := map[Day]bool{}
	for _, item := range list {
		first, last, isRange := strings.Cut(item, "..")
		if !isRange {
			last = first
		}
		from, err1 := time.Parse(time.DateOnly, strings.TrimSpace(first))
		to, err2 := time.Parse(time.DateOnly, strings.TrimSpace(last))
		if err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > 366*24*time.Hour {
			return nil, fmt.Errorf("%q is no day such as 2026-10-01, nor a range such as 2026-10-01..2026-10-07", item)
		}
		for ; !from.After(to); from = from.AddDate(0, 0, 1) {
			days[Day(from.Format(time.DateOnly))] = true
		}
	}
	return days, nil
}

// Deadlines says until when a case is to be dealt with.
type Deadlines struct {
	Calendar Calendar
	// Days are working days by severity; a severity that is missing has
	// DefaultDays.
	Days map[scanner.Severity]int
}

// DefaultDays returns the working days for a severity where nothing else is
// configured.
func DefaultDays(s scanner.Severity) int {
	switch s {
	case scanner.SeverityCritical:
		return 1
	case scanner.SeverityHigh:
		return 5
	case scanner.SeverityMedium:
		return 10
	}
	return 20
}

// clockTime is within what a suspected leak of a state secret is reported
// (保密法实施条例 61).
const clockTime = 24 * time.Hour

// Suspected reports whether a finding is a suspected state secret, for which
// the 24 hours run.
func Suspected(f *scanner.Finding) bool {
	return f.Category == "secrecy" && f.Severity.Rank() >= scanner.SeverityHigh.Rank()
}

// Start sets the deadline of a case that was opened or reopened at now and,
// for a suspected state secret, starts the clock with its steps.
func (d *Deadlines) Start(c *Case, now time.Time) {
	c.Clock, c.Steps = time.Time{}, nil
	if Suspected(&c.Finding) {
		c.Clock, c.Due = now, now.Add(clockTime)
		for _, name := range StepNames() {
			c.Steps = append(c.Steps, Step{Name: name})
		}
		return
	}
	days, ok := d.Days[c.Finding.Severity]
	if !ok {
		days = DefaultDays(c.Finding.Severity)
	}
	c.Due = d.Calendar.After(now, days)
}

// Overdue reports whether the case should have been dealt with before now.
func (c *Case) Overdue(now time.Time) bool {
	return c.State.Pending() && !c.Due.IsZero() && c.Due.Before(now)
}
