package scanner

import (
	"slices"
	"strconv"
	"strings"
)

// findings turns what was gathered into findings, appended to dst in order of
// place, position and rule.
func (sc *scan) findings(dst []Finding) []Finding {
	t := &sc.tally
	if len(t.touched) == 0 {
		return dst
	}
	defer t.reset()
	for _, r := range t.touched {
		if rest := t.rules[r].rest; rest.count > 0 {
			rest.sum = 0
			t.entries = append(t.entries, rest)
		}
	}
	capped := len(t.entries)
	for _, r := range t.touched {
		if t.rules[r].rest.count > 0 {
			capped--
		}
	}
	order := make([]int, 0, len(t.entries))
	for i := range t.entries {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return compareEntries(&t.entries[a], &t.entries[b], a, b) })
	base := len(dst)
	segs := make([]int, 0, len(order))
	columns := make([]bool, 0, len(order))
	for _, i := range order {
		if f, ok := sc.finding(&t.entries[i]); ok {
			f.Capped = i >= capped
			f.Fingerprint = sc.s.fingerprint(&f)
			dst = append(dst, f)
			segs = append(segs, t.entries[i].candidate.seg)
			columns = append(columns, t.entries[i].column || t.entries[i].candidate.cells > 0)
		}
	}
	if sc.every {
		return dst
	}
	dropped := make([]bool, len(segs))
	sc.inColumns(dst[base:], segs, columns, dropped)
	return dst[:base+len(undominated(dst[base:], segs, dropped))]
}

// tableColumn is one of a table of the document.
type tableColumn struct {
	table, col int
	category   string
}

// inColumns marks as dropped what a finding for a whole column of a table says
// better about one of its cells.
func (sc *scan) inColumns(fs []Finding, segs []int, columns, dropped []bool) {
	whole := map[tableColumn]*Finding{}
	for i := range fs {
		if columns[i] {
			whole[sc.columnOf(segs[i], fs[i].Category)] = &fs[i]
		}
	}
	if len(whole) == 0 {
		return
	}
	for i := range fs {
		c := whole[sc.columnOf(segs[i], fs[i].Category)]
		dropped[i] = c != nil && !columns[i] && c.Count > 1 && dominates(c, &fs[i])
	}
}

func (sc *scan) columnOf(seg int, category string) tableColumn {
	s := &sc.doc.Segments[seg]
	if s.Table == 0 {
		return tableColumn{table: -1}
	}
	return tableColumn{s.Table, s.Col, category}
}

// undominated drops, in place, findings that another one at the same place
// says better: the same category, overlapping text, at least the severity,
// confidence and count.
func undominated(fs []Finding, segs []int, dropped []bool) []Finding {
	for i := range fs {
		for j := i + 1; j < len(fs) && segs[j] == segs[i] && fs[j].Start < fs[i].End; j++ {
			switch {
			case dropped[i] || dropped[j] || fs[i].Category != fs[j].Category:
			case dominates(&fs[i], &fs[j]):
				dropped[j] = true
			case dominates(&fs[j], &fs[i]):
				dropped[i] = true
			}
		}
	}
	out := fs[:0]
	for i := range fs {
		if !dropped[i] {
			out = append(out, fs[i])
		}
	}
	return out
}

// dominates reports whether a says all that b says. Of two that are equal in
// everything the longer, then the first stays.
func dominates(a, b *Finding) bool {
	if a.Severity.Rank() < b.Severity.Rank() || a.Confidence < b.Confidence || a.Count < b.Count || b.Capped {
		return false
	}
	equal := a.Severity == b.Severity && a.Confidence == b.Confidence && a.Count == b.Count
	return !equal || a.End-a.Start >= b.End-b.Start
}

func compareEntries(a, b *entry, i, j int) int {
	ka, kb := &a.candidate, &b.candidate
	for _, d := range [...]int{ka.seg - kb.seg, ka.start - kb.start, ka.end - kb.end, int(ka.rule.index - kb.rule.index), i - j} {
		if d != 0 {
			return d
		}
	}
	return 0
}

// finding applies what depends on the whole document, and writes the finding.
func (sc *scan) finding(e *entry) (Finding, bool) {
	k := &e.candidate
	r := k.rule
	total := sc.tally.rules[r.index].accepted
	confidence, severity := e.confidence, r.severity
	for i := range r.minCount {
		cd := &r.minCount[i]
		ok := total >= cd.minCount && sc.holds(cd, k)
		if cd.required && !ok {
			sc.rejectedLate(k, stopRequire)
			return Finding{}, false
		}
		if ok && !cd.required {
			confidence += cd.add
		}
	}
	for _, step := range r.ByHidden {
		if k.hidden > 0 && k.hidden <= step.Max {
			severity = Severity(step.Severity)
			break
		}
	}
	for _, step := range r.ByCount {
		if total >= step.N {
			confidence += step.Add
			if step.Severity != "" {
				severity = Severity(step.Severity)
			}
		}
	}
	confidence = max(0, min(confidence, 100))
	if confidence < r.Confidence.Floor {
		sc.rejectedLate(k, stopLow)
		return Finding{}, false
	}
	lang := sc.s.cfg.Lang
	seg := &sc.doc.Segments[k.seg]
	f := Finding{
		Rule: r.ID, Version: r.Version, Category: r.Category, Severity: severity, Confidence: confidence,
		Title: r.Title.In(lang), Message: sc.fill(r.Message.In(lang), e), Advice: sc.fill(r.Advice.In(lang), e), Basis: r.Basis,
		Excerpt: sc.excerpt(k), Count: e.count, URL: sc.doc.URL, Place: seg.Place, Start: k.start, End: k.end, ValueKey: sc.valueKey(e),
	}
	if piece, spread := sc.spreadOf(k.seg); spread {
		f.Start, f.End = 0, len(sc.doc.Segments[piece].Text)
		return f, true
	}
	if f.Place.Line > 0 && f.Place.XPath == "" { // the line of the match, not of the segment
		f.Place.Line += strings.Count(seg.Text[:k.start], "\n")
	}
	return f, true
}

// rejectedLate tells whoever asks why of a candidate that the count of
// occurrences did not lift over its floor.
func (sc *scan) rejectedLate(k *candidate, reason string) {
	if sc.watch != nil {
		sc.watch.rejected(sc, k, reason)
	}
}

// fill puts values into the placeholders of a message.
func (sc *scan) fill(text string, e *entry) string {
	if !strings.Contains(text, "{") {
		return text
	}
	k := &e.candidate
	get := func(name string) string {
		switch name {
		case "term":
			return sc.shown(k)
		case "correction":
			if k.pair >= 0 {
				return sc.s.prog.pairs[k.pair].right
			}
		case "count":
			return strconv.Itoa(e.count)
		case "level":
			return levelIn(k.rule.folder, sc.doc.Segments[k.seg].Text[k.start:k.end])
		case "hidden":
			return strconv.Itoa(k.hidden)
		case "candidates":
			return sc.candidatesOf(k)
		case "header":
			if s := &sc.doc.Segments[k.seg]; s.Table > 0 {
				return first(strings.TrimSpace(sc.headerText(s.Table, s.Col)), 20)
			}
		case "kind":
			if k.number {
				return kindTitles[k.kind].In(sc.s.cfg.Lang)
			}
		}
		return ""
	}
	var b strings.Builder
	for text != "" {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(get(name))
		text = after
	}
	return b.String()
}

// levelIn returns the level that a mark names.
func levelIn(f *folder, text string) string {
	for _, l := range levelTexts {
		if contains(f, text, [][]rune{f.runes(l)}) {
			return l
		}
	}
	return ""
}

// candidatesOf is the number of values a masked number can stand for.
func (sc *scan) candidatesOf(k *candidate) string {
	if k.hidden == 0 {
		return ""
	}
	var w walker
	w.tables = sc.s.prog.tables
	text := sc.doc.Segments[k.seg].Text[k.start:k.end]
	if strings.HasPrefix(k.extra, "~") {
		text = k.extra[1:]
	}
	w.walk(text, 1<<numID18, true)
	if len(w.found) == 0 || len(w.units) != 18 {
		return ""
	}
	var room [18]uint8
	vals, _ := w.digitsOf(room[:0], group{0, 18})
	spread(vals)
	return strconv.Itoa(w.tables.candidates(vals))
}
