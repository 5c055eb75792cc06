package scanner

import (
	"slices"
	"time"
)

// gateAt notes that an expression must look around text[start:end]: at the
// rule's window, within the line unless the expression crosses lines, and from
// the beginning of the line where the expression asks for it.
func (sc *scan) gateAt(r *rule, seg, start, end int) {
	sc.recordGate(r, start, end)
	if sc.words.all && !sc.words.has(r.witness, 0) || sc.dead(r) {
		return
	}
	text := sc.doc.Segments[seg].Text
	from, to := max(start-r.window, 0), min(end+r.window, len(text))
	switch {
	case r.crosses:
	case sc.facts(seg).single:
		if r.anchored {
			from = 0
		}
	default:
		lineFrom, lineTo := sc.lineOfSegment(seg, start, end)
		if lineFrom > from || r.anchored && start-lineFrom < maxLine {
			from = lineFrom
		}
		to = min(to, lineTo)
	}
	if r.head && maskOf(&sc.doc.Segments[seg])&r.parts == 0 && sc.line(seg, from) >= r.lines {
		return // beyond the head already
	}
	sc.open(r, seg, runeStart(text, from), runeStart(text, to), start)
}

// open notes the window [from, to) of a gate at start. It joins windows of one
// rule that touch.
func (sc *scan) open(r *rule, seg, from, to, start int) {
	last := &sc.lastGate[r.index]
	var prev *gate
	if last.stamp == sc.words.stamp {
		if prev = &sc.gates[last.gate]; from < prev.from || from > prev.to {
			prev = nil
		}
	}
	may := prev != nil && prev.may || sc.words.has(r.witness, from) && sc.mayStart(r, sc.doc.Segments[seg].Text, from, to, start)
	if prev != nil {
		prev.to, prev.may = max(prev.to, to), may
		return
	}
	last.stamp, last.gate = sc.words.stamp, len(sc.gates)
	sc.gates = append(sc.gates, gate{r, from, to, may})
}

// mayStart reports whether a match may begin at text[at:], where a gate
// stands, or at one of a few places before it, as far as that is known of the
// expression. It looks at text[from:to]; windows that touch may be joined.
func (sc *scan) mayStart(r *rule, text string, from, to, at int) bool {
	if r.starts > mostStarts {
		return true
	}
	more := to < len(text) && (r.crosses || text[to] != '\n')
	x := sc.explorer(r)
	for n := 0; n <= r.starts; n++ {
		if x.mayMatch(text[at:to], more) {
			return true
		}
		if at == from {
			break
		}
		at = max(back(text, at, 1), from)
	}
	return false
}

// gateRef is the latest gate of a rule.
type gateRef struct {
	stamp int64 // of the segment
	gate  int
}

// digitGates opens the gates of expressions behind four or more digits, which
// the walk has found.
func (sc *scan) digitGates(seg int) {
	for _, d := range sc.walk.longs {
		for _, r := range sc.s.prog.digitGate {
			sc.gateAt(r, seg, d.start, d.end)
		}
	}
}

// expressions runs the regular expressions whose gates opened. Windows that
// touch are joined, so that no byte is looked at twice by one rule.
func (sc *scan) expressions(seg int, text string) {
	if len(sc.gates) > 1 {
		slices.SortStableFunc(sc.gates, func(a, b gate) int {
			if a.rule.index != b.rule.index {
				return int(a.rule.index - b.rule.index)
			}
			return a.from - b.from
		})
	}
	for i := 0; i < len(sc.gates); {
		g := sc.gates[i]
		for i++; i < len(sc.gates) && sc.gates[i].rule == g.rule && sc.gates[i].from <= g.to; i++ {
			g.to = max(g.to, sc.gates[i].to)
			g.may = g.may || sc.gates[i].may
		}
		if g.may {
			sc.expression(seg, text, g)
		}
	}
}

func (sc *scan) expression(seg int, text string, g gate) {
	if sc.profile != nil {
		began := time.Now()
		stats := &sc.profile.rules[g.rule.index]
		stats.Gates++
		defer func() { stats.Time += time.Since(began) }()
	}
	if g.rule.starts > mostStarts && !sc.explorer(g.rule).mayMatch(text[g.from:g.to], false) {
		return
	}
	cut := g.from > 0 && text[g.from-1] != '\n' // ^ would be wrong here
	for _, at := range g.rule.regex.FindAllStringSubmatchIndex(text[g.from:g.to], -1) {
		a, b := at[2*g.rule.group], at[2*g.rule.group+1]
		if a < 0 || b <= a || cut && at[0] == 0 && g.rule.anchored {
			continue
		}
		k := &sc.scratch.match
		*k = candidate{rule: g.rule, seg: seg, start: g.from + a, end: g.from + b, pair: -1}
		sc.candidate(k)
	}
}

// explorer returns the explorer of a rule's automaton.
func (sc *scan) explorer(r *rule) *explorer {
	x := sc.explorers[r.index]
	if x == nil {
		x = newExplorer(r.automaton, r.starts <= mostStarts)
		sc.explorers[r.index] = x
	}
	return x
}
