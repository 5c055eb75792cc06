package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

//go:embed report.tmpl.html
var htmlTemplate string

const (
	// printed bounds the findings that stand in the page itself: what is shown
	// without a script and printed when no filter is set.
	printed = 300
	// printedAlone is the same for PDF, which has no other list.
	printedAlone = 500
	// gapsShown bounds the list per reason: a calendar cut off by its budget
	// can have tens of thousands.
	gapsShown = 200
)

// htmlItem is what the page's script needs of a case. Numbers point into the
// table of strings: most findings share their title, basis and advice.
type htmlItem struct {
	Severity   int    `json:"s"`
	Category   int    `json:"c"`
	Confidence int    `json:"p"`
	Count      int    `json:"k,omitempty"`
	Rule       int    `json:"r"`
	Title      int    `json:"t"`
	Page       int    `json:"u"`
	Name       int    `json:"n,omitempty"` // title of the page
	Where      int    `json:"w"`
	Message    int    `json:"m,omitempty"`
	Basis      int    `json:"b,omitempty"`
	Advice     int    `json:"a,omitempty"`
	Site       int    `json:"h,omitempty"`
	Unit       int    `json:"o,omitempty"`
	Column     int    `json:"g,omitempty"`
	State      int    `json:"e,omitempty"`
	Assignee   int    `json:"y,omitempty"`
	Note       int    `json:"z,omitempty"`
	Due        string `json:"d,omitempty"`
	First      string `json:"f,omitempty"`
	Flags      int    `json:"v,omitempty"`
	Excerpt    string `json:"x,omitempty"`
	ID         string `json:"i"`
}

// The bits of htmlItem.Flags.
const (
	flagLink = 1 << iota // Page is an http(s) address
	flagNew              // first found by this run
	flagReturned
	flagOverdue
)

// strings interns what many findings share; index 0 is "".
type interned struct {
	list []string
	at   map[string]int
}

func (s *interned) of(v string) int {
	i, ok := s.at[v]
	if !ok {
		i = len(s.list)
		s.list = append(s.list, v)
		s.at[v] = i
	}
	return i
}

// htmlView is what the template sees.
type htmlView struct {
	Lang         string
	Options      Options
	Summary      Summary
	Verdict      string
	VerdictClass string
	Duration     string
	Conclusion   []string
	Counts       Counts
	Statistics   []statistic
	Severities   []option
	Categories   []option
	Sites, Units []string
	States       []string
	Followed     bool
	Clocks       []clockView
	ClockTotal   int
	Trend        []trendRow
	Printed      []htmlPrinted
	Total        int
	Script       bool
	Gaps         []gapGroup
	GapTotal     int

	Strings []string
	Items   []htmlItem

	CategoryChart, TrendChart, ChangeChart template.HTML
}

type option struct{ ID, Name string }

type trendRow struct {
	Label string
	Point Point
	Total int
}

// clockView is a suspected state secret whose 24 hours run.
type clockView struct {
	ID, Title, URL, Deadline string
	Late                     bool
	Steps                    []stepView
}

type stepView struct {
	Name string
	Done bool
}

// htmlPrinted is a finding as it stands in the page itself.
type htmlPrinted struct {
	Case                                      *cases.Case
	Severity, Category, Where, State, Due, ID string
	Link, New, Returned, Overdue              bool
}

func writeHTML(out io.Writer, run *Run, opt Options) error { return writePage(out, run, opt, true) }

// writePage writes the page with its script and the list that the script
// shows, or, to be printed, without.
func writePage(out io.Writer, run *Run, opt Options, script bool) error {
	l := opt.Lang
	run = run.withoutDismissed()
	v := htmlView{
		Lang: string(l), Options: opt, Summary: run.Summary, Counts: countAll(run.Cases),
		Verdict: VerdictName(run.Summary.Verdict, l), VerdictClass: string(run.Summary.Verdict),
		Duration:   humanDuration(run.Summary.Finished.Sub(run.Summary.Started), l),
		Conclusion: conclusion(run, &opt), Statistics: statistics(run.Cases, l), Followed: followed(run.Cases),
		Gaps: groupGaps(run.Summary.NotChecked, gapsShown), GapTotal: len(run.Summary.NotChecked), Total: len(run.Cases),
	}
	for _, s := range severities() {
		v.Severities = append(v.Severities, option{string(s), SeverityName(s, l)})
	}
	for _, id := range categoryIDs() {
		v.Categories = append(v.Categories, option{id, CategoryName(id, l)})
	}
	for _, s := range cases.States() {
		v.States = append(v.States, s.Name(l))
	}
	v.Sites, v.Units = names(groupBy(run.Cases, siteOf)), names(groupBy(run.Cases, unitOf))
	v.clocks(run, &opt)
	v.Script = script && len(run.Cases) > 0
	v.items(run, &opt)
	for _, p := range lastRuns(run.Trend) {
		v.Trend = append(v.Trend, trendRow{opt.in(p.Time).Format("01-02 15:04"), p, p.Findings.Total()})
	}
	v.CategoryChart = barChart(byCategory(run.Cases, l), l)
	if len(v.Trend) > 1 {
		v.TrendChart, v.ChangeChart = trendChart(v.Trend, l), changeChart(v.Trend, l)
	}
	tmpl, err := template.New("report").Funcs(template.FuncMap{
		"t":    l.Pick,
		"date": func(t time.Time) string { return opt.in(t).Format("2006-01-02 15:04") },
	}).Parse(htmlTemplate)
	if err != nil {
		return fmt.Errorf("parse report template: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<16)
	if err := tmpl.Execute(w, v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return w.Flush()
}

func names(groups []group) []string {
	var out []string
	for _, g := range groups {
		if g.Name != "" {
			out = append(out, g.Name)
		}
	}
	return out
}

// items fills the embedded list, and the first findings as they are printed.
func (v *htmlView) items(run *Run, opt *Options) {
	s := &interned{at: map[string]int{}}
	s.of("")
	category := map[string]int{}
	for i, c := range v.Categories {
		category[c.ID] = i
	}
	limit := printed
	if !v.Script {
		limit = printedAlone
	}
	v.Items = make([]htmlItem, 0, len(run.Cases))
	for i := range run.Cases {
		c := &run.Cases[i]
		f := &c.Finding
		p := printedCase(c, run, opt)
		flags := 0
		for bit, on := range map[int]bool{flagLink: p.Link, flagNew: p.New, flagReturned: p.Returned, flagOverdue: p.Overdue} {
			if on {
				flags |= bit
			}
		}
		item := htmlItem{
			Severity: 4 - f.Severity.Rank(), Category: category[f.Category], Confidence: f.Confidence,
			Rule: s.of(f.Rule), Title: s.of(f.Title), Page: s.of(f.URL), Name: s.of(c.Title), Where: s.of(p.Where),
			Message: s.of(f.Message), Basis: s.of(f.Basis), Advice: s.of(f.Advice),
			Site: s.of(c.Site), Unit: s.of(c.Unit), Column: s.of(c.Column), State: s.of(p.State),
			Assignee: s.of(c.Assignee), Note: s.of(c.Note), Due: p.Due, Flags: flags, Excerpt: f.Excerpt, ID: p.ID,
		}
		if f.Count > 1 {
			item.Count = f.Count
		}
		if !c.FirstSeen.IsZero() {
			item.First = opt.in(c.FirstSeen).Format(time.DateOnly)
		}
		v.Items = append(v.Items, item)
		if i < limit {
			v.Printed = append(v.Printed, p)
		}
	}
	v.Strings = s.list
}

func printedCase(c *cases.Case, run *Run, opt *Options) htmlPrinted {
	p := htmlPrinted{
		Case: c, Severity: SeverityName(c.Finding.Severity, opt.Lang), Category: CategoryName(c.Finding.Category, opt.Lang),
		Where: Where(c.Finding.Place, opt.Lang), State: c.State.Name(opt.Lang), ID: Number(c),
		Link: webAddress(c.Finding.URL), New: isNew(c, run), Returned: c.State == cases.Reopened,
		Overdue: c.Overdue(opt.Now),
	}
	if !c.Due.IsZero() {
		p.Due = opt.in(c.Due).Format(time.DateOnly)
	}
	return p
}

// Number is how people and spreadsheets name a case: its 问题编号, or the first
// characters of the fingerprint of what is not followed.
func Number(c *cases.Case) string {
	if c.ID > 0 {
		return strconv.FormatInt(c.ID, 10)
	}
	return c.Fingerprint[:min(8, len(c.Fingerprint))]
}

func isNew(c *cases.Case, run *Run) bool {
	return c.FirstRun != "" && c.FirstRun == run.Summary.Run
}

// clocksShown bounds the list of clocks that run.
const clocksShown = 5

func (v *htmlView) clocks(run *Run, opt *Options) {
	for i := range run.Cases {
		c := &run.Cases[i]
		if c.Clock.IsZero() || c.State == cases.Dismissed || c.State == cases.Closed {
			continue
		}
		v.ClockTotal++
		if len(v.Clocks) == clocksShown {
			continue
		}
		deadline := c.Clock.Add(24 * time.Hour)
		view := clockView{ID: Number(c), Title: c.Finding.Title, URL: c.Finding.URL,
			Deadline: opt.in(deadline).Format("2006-01-02 15:04"), Late: !opt.Now.IsZero() && opt.Now.After(deadline)}
		for _, s := range c.Steps {
			view.Steps = append(view.Steps, stepView{s.Name.Name(opt.Lang), !s.Done.IsZero()})
		}
		v.Clocks = append(v.Clocks, view)
	}
}

func humanDuration(d time.Duration, l lang.Lang) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf(l.Pick("%.1f 秒", "%.1f s"), d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf(l.Pick("%d 分 %d 秒", "%d min %d s"), int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf(l.Pick("%d 小时 %d 分", "%d h %d min"), int(d.Hours()), int(d.Minutes())%60)
}
