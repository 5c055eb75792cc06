package scanner

import (
	"slices"
	"strings"
)

// digitGates opens the gates of expressions behind four or more digits.
func (sc *scan) digitGates(text string) {
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i]-'0' <= 9 {
			run++
			continue
		}
		if run >= 4 {
			for _, r := range sc.s.prog.digitGate {
				sc.gates = append(sc.gates, gate{r, i - run - r.window, i + r.window})
			}
		}
		run = 0
	}
}

// expressions runs the regular expressions whose gates opened. Windows that
// touch are joined, so that no byte is looked at twice by one rule.
func (sc *scan) expressions(seg int, text string) {
	slices.SortStableFunc(sc.gates, func(a, b gate) int {
		if a.rule.index != b.rule.index {
			return int(a.rule.index - b.rule.index)
		}
		return a.from - b.from
	})
	for i := 0; i < len(sc.gates); {
		g := sc.gates[i]
		for i++; i < len(sc.gates) && sc.gates[i].rule == g.rule && sc.gates[i].from <= g.to; i++ {
			g.to = max(g.to, sc.gates[i].to)
		}
		sc.expression(seg, text, g)
	}
}

func (sc *scan) expression(seg int, text string, g gate) {
	from, to := runeStart(text, max(g.from, 0)), runeStart(text, min(g.to, len(text)))
	if !strings.HasPrefix(g.rule.Match.Regex.Pattern, "(?s)") {
		// Begin and end at line breaks where the window holds some, so that
		// ^ and $ and words mean what they say.
		if from > 0 {
			if n := strings.IndexByte(text[from:min(to, from+g.rule.window)], '\n'); n >= 0 && n < g.rule.window-8 {
				from += n + 1
			}
		}
	}
	for _, at := range g.rule.regex.FindAllStringSubmatchIndex(text[from:to], -1) {
		a, b := at[2*g.rule.group], at[2*g.rule.group+1]
		if a < 0 || b <= a {
			continue
		}
		k := candidate{rule: g.rule, seg: seg, start: from + a, end: from + b, pair: -1}
		sc.candidate(&k)
	}
}
