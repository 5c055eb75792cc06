package scanner

import (
	"slices"

	"prescreen/dictionaries"
)

// cond is a compiled dictionaries.Condition.
type cond struct {
	any, none     int32 // context lists, -1 for none
	before, after int   // characters

	sameLine, sameRow, header, headers, document, head bool

	parts     partMask
	partsHead bool
	hasParts  bool
	headLines int
	maxLine   int

	alone, lineStart, lineEnd, inTable, wholeCell bool

	contexts contextMask
	name     bool
	record   bool
	numbers  numberMask
	past     bool
	complete bool // a date beside a masked number fills it in
	future   bool
	minCount int
	anyOf    []cond
	not      []cond

	add      int
	why      string
	at       int  // its place in the rule's list
	required bool // of those with minCount: not evidence
	early    bool // as a requirement: its price is that of looking at the words around
}

// conds compiles conditions.
func (c *compiler) conds(src []dictionaries.Condition) []cond {
	var out []cond
	for i, s := range src {
		cd := cond{at: i,
			any: c.list(s.AnyOf, s.Document), none: c.list(s.NoneOf, s.Document), before: s.Before, after: s.After,
			sameLine: s.SameLine, sameRow: s.SameRow, header: s.Header, headers: s.Headers, document: s.Document, head: s.Head,
			headLines: s.HeadLines, maxLine: s.MaxLine, alone: s.Alone, lineStart: s.LineStart, lineEnd: s.LineEnd, inTable: s.InTable, wholeCell: s.WholeCell,
			contexts: contextsOf(s.Context), name: s.Name, record: s.Record, numbers: numbersOf(s.Number), past: s.PastDate, future: s.FutureDate, complete: s.Completes,
			minCount: s.MinCount, anyOf: c.conds(s.Any), not: c.conds(s.Not), add: s.Add, why: s.Why,
		}
		if len(s.Parts) > 0 {
			cd.hasParts = true
			cd.parts, cd.partsHead = partsOf(s.Parts)
		}
		c.p.reach = max(c.p.reach, 4*max(s.Before, s.After))
		c.p.deepest = max(c.p.deepest, s.HeadLines)
		out = append(out, cd)
	}
	return out
}

// quick reports whether a condition costs next to nothing: it asks for the
// length of the line or the part of the document alone.
func (cd *cond) quick() bool {
	return cd.any < 0 && cd.none < 0 && cd.contexts == 0 && !cd.name && !cd.record && cd.numbers == 0 && !cd.past && !cd.future && !cd.complete &&
		cd.minCount == 0 && len(cd.anyOf) == 0 && len(cd.not) == 0 && !cd.alone && !cd.lineStart && !cd.lineEnd && !cd.wholeCell
}

// cheap reports whether a condition asks neither for names that are told by the
// segmenter nor for dates.
func (cd *cond) cheap() bool {
	for _, sub := range slices.Concat(cd.anyOf, cd.not) {
		if !sub.cheap() {
			return false
		}
	}
	return !cd.name && !cd.past && !cd.future && !cd.complete
}

// holds reports whether every part of a condition holds for a candidate.
func (sc *scan) holds(cd *cond, k *candidate) bool {
	if cd.hasParts && !(sc.parts(k)&cd.parts != 0 || cd.partsHead && sc.line(k.seg, k.start) < defaultHeadLines) {
		return false
	}
	if cd.headLines > 0 && sc.line(k.seg, k.start) >= cd.headLines {
		return false
	}
	if cd.maxLine > 0 && !sc.shortLine(k, cd.maxLine) {
		return false
	}
	if cd.inTable && sc.doc.Segments[k.seg].Table == 0 {
		return false
	}
	if cd.alone && !sc.alone(k) || cd.lineStart && !sc.lineStart(k) || cd.lineEnd && !sc.lineEnd(k) || cd.wholeCell && !sc.wholeCell(k) {
		return false
	}
	if cd.contexts != 0 && sc.contextOf(k, cd.contexts) == 0 {
		return false
	}
	if cd.any >= 0 && !sc.near(cd, cd.any, k) || cd.none >= 0 && sc.near(cd, cd.none, k) {
		return false
	}
	if cd.record && !sc.recordName(k) {
		return false
	}
	if cd.name && !sc.nameNear(cd, k) || cd.numbers != 0 && !sc.numberNear(cd, k) {
		return false
	}
	if cd.complete && !sc.completedBeside(cd, k) {
		return false
	}
	if cd.past || cd.future {
		when := sc.dateNear(cd, k)
		if cd.past && when >= 0 || cd.future && when <= 0 {
			return false
		}
	}
	for i := range cd.not {
		if sc.holds(&cd.not[i], k) {
			return false
		}
	}
	if len(cd.anyOf) == 0 {
		return true
	}
	for i := range cd.anyOf {
		if sc.holds(&cd.anyOf[i], k) {
			return true
		}
	}
	return false
}

// window returns the bytes of the segment that a condition looks at.
func (sc *scan) window(cd *cond, k *candidate) (from, to int) {
	text := sc.doc.Segments[k.seg].Text
	from, to = back(text, k.start, cd.before), ahead(text, k.end, cd.after)
	if cd.sameLine {
		lineFrom, lineTo := lineAround(text, k.start, k.end)
		from, to = min(from, lineFrom), max(to, lineTo)
	}
	return from, to
}

// windowOrRow reports whether something is found before or behind the candidate
// in the condition's window, or, where it asks for the row, in the first
// characters of another of its cells.
func (sc *scan) windowOrRow(cd *cond, k *candidate, chars int, found func(text string) bool) bool {
	seg := &sc.doc.Segments[k.seg]
	from, to := sc.window(cd, k)
	if from < k.start && found(seg.Text[from:k.start]) || k.end < to && found(seg.Text[k.end:to]) {
		return true
	}
	if seg.Table == 0 || !cd.sameRow {
		return false
	}
	for i, c := range sc.grid().rowOf(seg.Table, seg.Row) {
		if i == 64 {
			break
		}
		if int(c.seg) != k.seg && found(first(sc.doc.Segments[c.seg].Text, chars)) {
			return true
		}
	}
	return false
}

// near looks for a list of words wherever the condition says.
func (sc *scan) near(cd *cond, list int32, k *candidate) bool {
	if cd.before > 0 || cd.after > 0 || cd.sameLine {
		from, to := sc.window(cd, k)
		if sc.inWindow(list, k, from, to) {
			return true
		}
	}
	seg := &sc.doc.Segments[k.seg]
	if seg.Table > 0 {
		if cd.sameRow && sc.rowLists(seg).has(list) || cd.header && sc.headerLists(seg).has(list) || cd.headers && sc.allHeaderLists(seg).has(list) {
			return true
		}
	}
	return cd.document && sc.documentHas(list) || cd.head && sc.headLists().has(list)
}

// inWindow looks for a word of a list inside text[from:to], the candidate's own
// characters aside.
func (sc *scan) inWindow(list int32, k *candidate, from, to int) bool {
	for _, h := range sc.contextHits(k.seg, from, to) {
		if h.Start >= to {
			break
		}
		if h.Start < from || h.End > to || h.Start >= k.start && h.End <= k.end {
			continue
		}
		for _, l := range sc.s.prog.lists[h.ID] {
			if l == list {
				return true
			}
		}
	}
	return false
}

// overlaps looks for a word of a list that overlaps the candidate and is not
// contained in it.
func (sc *scan) overlaps(list int32, k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	reach := sc.s.prog.reach
	from, to := runeStart(text, max(k.start-reach, 0)), runeStart(text, min(k.end+reach, len(text)))
	for _, h := range sc.contextHits(k.seg, from, to) {
		if h.Start >= k.end {
			break
		}
		if h.End <= k.start || h.Start > k.start && h.End < k.end {
			continue
		}
		for _, l := range sc.s.prog.lists[h.ID] {
			if l == list {
				return true
			}
		}
	}
	return false
}

// parts returns the parts the candidate's segment belongs to.
func (sc *scan) parts(k *candidate) partMask { return maskOf(&sc.doc.Segments[k.seg]) }
