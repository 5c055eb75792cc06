package cases

import (
	"testing"
	"time"

	"prescreen/internal/lang"
	"prescreen/scanner"
)

func day(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, china)
	if err != nil {
		panic(err)
	}
	return t
}

// TestCalendar uses the National Day holiday of 2025 as the State Council
// announced it: 1 to 8 October off, Sunday 28 September and Saturday 11
// October worked.
func TestCalendar(t *testing.T) {
	holidays, err := ParseDays([]string{"2025-10-01..2025-10-08"})
	if err != nil || len(holidays) != 8 {
		t.Fatal(holidays, err)
	}
	workdays, err := ParseDays([]string{"2025-09-28", " 2025-10-11 "})
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{Holidays: holidays, Workdays: workdays}
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2025-09-22 09:00", 0, "2025-09-22"},
		{"2025-09-22 09:00", 1, "2025-09-23"}, // Monday to Tuesday
		{"2025-09-19 23:59", 1, "2025-09-22"}, // Friday to Monday
		{"2025-09-26 09:00", 1, "2025-09-28"}, // Friday to a Sunday that is worked
		{"2025-09-30 09:00", 1, "2025-10-09"}, // over the holiday
		{"2025-09-30 09:00", 3, "2025-10-11"}, // and a Saturday that is worked
		{"2025-09-30 09:00", 4, "2025-10-13"},
		{"2025-09-20 09:00", 5, "2025-09-26"}, // from a Saturday
	} {
		if got := c.After(day(tt.from), tt.n); got.Format(time.DateTime) != tt.want+" 23:59:59" {
			t.Errorf("%d working days after %s: %s, want the end of %s", tt.n, tt.from, got.Format(time.DateTime), tt.want)
		}
	}
	// 17:00 UTC is the next day in China.
	if got := c.After(time.Date(2025, 9, 22, 17, 0, 0, 0, time.UTC), 0); got.Format(time.DateOnly) != "2025-09-23" {
		t.Errorf("the day is that of China: %v", got)
	}
	for _, bad := range []string{"", "2025-13-01", "1 October", "2025-10-08..2025-10-01", "2025-10-01..", "2020-01-01..2025-01-01"} {
		if _, err := ParseDays([]string{bad}); err == nil {
			t.Errorf("%q is taken for days", bad)
		}
	}
}

func TestDeadlines(t *testing.T) {
	d := Deadlines{Days: map[scanner.Severity]int{scanner.SeverityHigh: 2}}
	now := day("2025-09-22 09:00")
	for _, tt := range []struct {
		category string
		severity scanner.Severity
		due      string
		clock    bool
	}{
		{"pii", scanner.SeverityHigh, "2025-09-24 23:59:59", false},    // as configured
		{"pii", scanner.SeverityMedium, "2025-10-06 23:59:59", false},  // ten working days, no holidays known
		{"secrecy", scanner.SeverityHigh, "2025-09-23 09:00:00", true}, // 24 hours
		{"secrecy", scanner.SeverityCritical, "2025-09-23 09:00:00", true},
		{"secrecy", scanner.SeverityMedium, "2025-10-06 23:59:59", false}, // a mention
	} {
		c := Case{State: Open, Finding: scanner.Finding{Category: tt.category, Severity: tt.severity}}
		d.Start(&c, now)
		if got := c.Due.In(china).Format(time.DateTime); got != tt.due || c.Clock.IsZero() == tt.clock || len(c.Steps) != 4 && tt.clock {
			t.Errorf("%s %s: due %s, clock %v, %d steps", tt.category, tt.severity, got, c.Clock, len(c.Steps))
		}
		if c.Overdue(c.Due) || !c.Overdue(c.Due.Add(time.Second)) {
			t.Errorf("%s %s: overdue at the wrong time", tt.category, tt.severity)
		}
		if c.State = Dismissed; c.Overdue(c.Due.Add(time.Hour)) {
			t.Error("a dismissed case is overdue")
		}
	}
}

// TestTransitions: every state can be left, none leads to itself, and a person
// cannot reopen what a run has not closed.
func TestTransitions(t *testing.T) {
	reached := map[State]bool{Open: true}
	for _, from := range States() {
		if len(Next(from)) == 0 {
			t.Errorf("%s is a dead end", from)
		}
		for _, to := range Next(from) {
			reached[to] = true
			if from == to || !May(from, to) {
				t.Errorf("%s → %s", from, to)
			}
		}
		for _, l := range []lang.Lang{lang.Chinese, lang.English} {
			if got, err := ParseState(from.Name(l)); err != nil || got != from {
				t.Errorf("%s is read back as %q (%v)", from.Name(l), got, err)
			}
		}
	}
	for _, s := range States() {
		if !reached[s] {
			t.Errorf("nobody can reach %s", s)
		}
	}
	if May(Open, Reopened) || May(Open, Closed) || May(Closed, Dismissed) || May("", Open) {
		t.Error("a change that makes no sense is allowed")
	}
	if _, err := ParseState("done"); err == nil {
		t.Error("an unknown state is read")
	}
}

func TestColumn(t *testing.T) {
	s := Site{Columns: []Column{{Path: "/zwgk/", Name: "政务公开"}, {Path: "/zwgk/tzgg/", Name: "通知公告"}}}
	for url, want := range map[string]string{
		"http://a/zwgk/tzgg/1.html": "通知公告", "http://a/zwgk/1.html": "政务公开", "http://a/": "", "http://a": "", "%zz": "",
	} {
		if got := s.Column(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
