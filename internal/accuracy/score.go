package main

import (
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"text/tabwriter"
)

// counts of one category, or of all.
type counts struct{ tp, fp, fn, tn int }

func (c *counts) add(leak, detected bool) {
	switch {
	case leak && detected:
		c.tp++
	case leak:
		c.fn++
	case detected:
		c.fp++
	default:
		c.tn++
	}
}

// precision, recall and F2 are 1 where nothing could be got wrong.
func (c counts) precision() float64 { return ratio(c.tp, c.tp+c.fp) }
func (c counts) recall() float64    { return ratio(c.tp, c.tp+c.fn) }

// f2 weighs recall four times as much as precision: a leak missed costs more
// than a page looked at in vain.
func (c counts) f2() float64 { return ratio(5*c.tp, 5*c.tp+4*c.fn+c.fp) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// tally is the outcome of a run over labelled cases.
type tally struct {
	all        counts
	categories map[string]*counts
	misses     []string
	alarms     []string
}

// score compares results with labels. A document is detected when its verdict
// is not pass.
func score(rows []labelled, results []result) (*tally, error) {
	if len(rows) != len(results) {
		return nil, fmt.Errorf("%d cases, %d results", len(rows), len(results))
	}
	t := &tally{categories: map[string]*counts{}}
	for i, l := range rows {
		r := results[i]
		if want := fmt.Sprint(i + 1); r.ID != want {
			return nil, fmt.Errorf("result %d is for document %q: not in input order", i+1, r.ID)
		}
		c := t.categories[l.Category]
		if c == nil {
			c = &counts{}
			t.categories[l.Category] = c
		}
		t.all.add(l.leak(), r.detected())
		c.add(l.leak(), r.detected())
		switch text := clip(l.Text+l.HTML, 90); {
		case l.leak() && !r.detected():
			t.misses = append(t.misses, fmt.Sprintf("%s %s: %q", l.ID, l.Category, text))
		case !l.leak() && r.detected():
			t.alarms = append(t.alarms, fmt.Sprintf("%s %s: %q: %s", l.ID, l.Category, text, reasons(r)))
		}
	}
	return t, nil
}

func reasons(r result) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s (%s, %d)", f.Rule, f.Severity, f.Confidence))
	}
	for _, e := range r.Errors {
		out = append(out, e.Status+": "+e.Message)
	}
	return strings.Join(out, "; ")
}

func (t *tally) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "category\tTP\tFP\tFN\tTN\tprecision\trecall\tF2\t")
	line := func(name string, c counts) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%.3f\t%.3f\t%.3f\t\n", name, c.tp, c.fp, c.fn, c.tn, c.precision(), c.recall(), c.f2())
	}
	names := make([]string, 0, len(t.categories))
	for name := range t.categories {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		line(name, *t.categories[name])
	}
	line("all", t.all)
	_ = tw.Flush()
	list(w, "Missed leaks", t.misses)
	list(w, "False alarms", t.alarms)
}

func list(w io.Writer, title string, lines []string) {
	fmt.Fprintf(w, "\n%s: %d\n", title, len(lines))
	for _, l := range lines {
		fmt.Fprintln(w, "  "+l)
	}
}

// printClean prints how often clean pages were flagged, by rule, and each
// finding up to a limit.
func printClean(w io.Writer, folder string, pages []result, show int) {
	flagged, unread, findings := 0, 0, 0
	byRule := map[string]int{}
	var lines []string
	for _, p := range pages {
		if len(p.Findings) > 0 {
			flagged++
		}
		if p.Verdict == "incomplete" {
			unread++
		}
		name, err := filepath.Rel(folder, p.ID)
		if err != nil {
			name = p.ID
		}
		for _, f := range p.Findings {
			findings++
			byRule[f.Severity+"\t"+f.Rule]++
			lines = append(lines, fmt.Sprintf("%s: %s (%s, %d): %s", name, f.Rule, f.Severity, f.Confidence, f.Excerpt))
		}
	}
	per := 1000 * ratio(findings, len(pages))
	if len(pages) == 0 {
		per = 0
	}
	fmt.Fprintf(w, "%d pages, %d not read completely, %d with findings; %d findings, %.1f per 1,000 pages\n", len(pages), unread, flagged, findings, per)
	keys := make([]string, 0, len(byRule))
	for k := range byRule {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range keys {
		fmt.Fprintf(tw, "  %d\t%s\n", byRule[k], k)
	}
	_ = tw.Flush()
	for i, l := range lines {
		if i == show {
			fmt.Fprintf(w, "  … and %d more\n", len(lines)-show)
			break
		}
		fmt.Fprintln(w, "  "+l)
	}
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
