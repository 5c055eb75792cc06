package report

import (
	"cmp"
	"slices"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/scanner"
)

// group is a number of cases that have something in common.
type group struct {
	Name   string
	Counts Counts
}

// groupBy counts cases by what key says of them, most severe first. Where
// nothing is known of any case there is no group.
func groupBy(list []cases.Case, key func(*cases.Case) string) []group {
	at := map[string]int{}
	var out []group
	known := false
	for i := range list {
		name := key(&list[i])
		known = known || name != ""
		j, ok := at[name]
		if !ok {
			j = len(out)
			at[name] = j
			out = append(out, group{Name: name})
		}
		out[j].Counts.Add(list[i].Finding.Severity)
	}
	if !known {
		return nil
	}
	slices.SortFunc(out, func(a, b group) int {
		return cmp.Or(
			cmp.Compare(b.Counts.Critical, a.Counts.Critical), cmp.Compare(b.Counts.High, a.Counts.High),
			cmp.Compare(b.Counts.Total(), a.Counts.Total()), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func siteOf(c *cases.Case) string   { return c.Site }
func unitOf(c *cases.Case) string   { return c.Unit }
func columnOf(c *cases.Case) string { return c.Column }

// CountCases counts the cases of a run by severity, without what was dismissed.
func CountCases(run *Run) Counts { return countAll(run.withoutDismissed().Cases) }

func countAll(list []cases.Case) Counts {
	var n Counts
	for i := range list {
		n.Add(list[i].Finding.Severity)
	}
	return n
}

// categoryIDs in the order shown.
func categoryIDs() []string { return []string{"secrecy", "internal", "pii", "credential", "wording"} }

// byCategory counts every category, those without findings included.
func byCategory(list []cases.Case, l lang.Lang) []group {
	var out []group
	for _, id := range categoryIDs() {
		g := group{Name: CategoryName(id, l)}
		for i := range list {
			if list[i].Finding.Category == id {
				g.Counts.Add(list[i].Finding.Severity)
			}
		}
		out = append(out, g)
	}
	return out
}

// statistic is one table of numbers.
type statistic struct {
	ID, Title string
	Groups    []group
}

func statistics(list []cases.Case, l lang.Lang) []statistic {
	all := []statistic{
		{"category", l.Pick("类别", "category"), byCategory(list, l)},
		{"site", l.Pick("站点", "site"), groupBy(list, siteOf)},
		{"unit", l.Pick("责任单位", "unit"), groupBy(list, unitOf)},
		{"column", l.Pick("栏目", "column"), groupBy(list, columnOf)},
	}
	if followed(list) {
		all = append(all, statistic{"state", l.Pick("状态", "state"), groupBy(list, func(c *cases.Case) string { return c.State.Name(l) })})
	}
	out := all[:0]
	for _, s := range all {
		for i := range s.Groups {
			if s.Groups[i].Name == "" {
				s.Groups[i].Name = l.Pick("（未标明）", "(not known)")
			}
		}
		if len(s.Groups) > 1 || s.ID == "site" && len(s.Groups) > 0 { // one group says nothing
			out = append(out, s)
		}
	}
	return out
}

// followed reports whether the findings are cases with a life of their own.
func followed(list []cases.Case) bool {
	return slices.ContainsFunc(list, func(c cases.Case) bool { return c.State != "" })
}

// severities from the worst down.
func severities() []scanner.Severity {
	return []scanner.Severity{scanner.SeverityCritical, scanner.SeverityHigh, scanner.SeverityMedium, scanner.SeverityLow}
}

// Of returns the count of one severity.
func (c Counts) Of(s scanner.Severity) int {
	switch s {
	case scanner.SeverityCritical:
		return c.Critical
	case scanner.SeverityHigh:
		return c.High
	case scanner.SeverityMedium:
		return c.Medium
	}
	return c.Low
}

// gapGroup are the gaps of one reason.
type gapGroup struct {
	Reason string
	Failed bool
	Total  int
	Gaps   []Gap // the first of them
}

// groupGaps groups by reason, errors first, and keeps the first keep of each.
func groupGaps(gaps []Gap, keep int) []gapGroup {
	at := map[string]int{}
	var out []gapGroup
	for _, g := range gaps {
		i, ok := at[g.Reason]
		if !ok {
			i = len(out)
			at[g.Reason] = i
			out = append(out, gapGroup{Reason: g.Reason, Failed: g.Failed})
		}
		out[i].Total++
		if len(out[i].Gaps) < keep {
			out[i].Gaps = append(out[i].Gaps, g)
		}
	}
	slices.SortStableFunc(out, func(a, b gapGroup) int {
		if a.Failed != b.Failed {
			if a.Failed {
				return -1
			}
			return 1
		}
		return b.Total - a.Total
	})
	return out
}
