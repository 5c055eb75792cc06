package scanner

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
)

// entry gathers the candidates that one finding stands for: those with the
// same value, or those of one table column.
type entry struct {
	candidate  candidate // the first of the most confident
	confidence int
	count      int
	sum        uint64 // over the values of a column, whatever their order
	column     bool
}

// ruleTally is what a rule saw in one document.
type ruleTally struct {
	touched  bool
	accepted int // occurrences, exact
	entries  int
	rest     entry // occurrences beyond the most findings
	last     [4]span
}

// span is an occurrence that was counted, and the entry it went to.
type span struct {
	seg, start, end int
	entry           int32
}

// tally gathers candidates by rule and value.
type tally struct {
	index   map[string]int32
	entries []entry
	rules   []ruleTally
	touched []int32 // rules with accepted candidates
	key     []byte

	private       []place // of persons and credentials: no excerpt of another finding shows them
	privateSorted bool
	privateLength int // the longest
}

// place is where something stands in a segment.
type place struct{ seg, start, end int }

func (t *tally) init(rules int) {
	t.index = map[string]int32{}
	t.rules = make([]ruleTally, rules)
}

func (t *tally) reset() {
	for _, r := range t.touched {
		t.rules[r] = ruleTally{}
	}
	t.touched = t.touched[:0]
	clear(t.entries)
	t.entries = t.entries[:0]
	clear(t.index)
	t.private, t.privateLength = t.private[:0], 0
}

// keepPrivate remembers where something of a person or a credential stands.
func (t *tally) keepPrivate(k *candidate) {
	if k.rule.Category == "pii" || k.rule.Category == "credential" {
		t.private = append(t.private, place{k.seg, k.start, k.end})
		t.privateLength = max(t.privateLength, k.end-k.start)
		t.privateSorted = false
	}
}

// privateIn returns the places that reach into [from, to) of a segment.
func (t *tally) privateIn(seg, from, to int) []place {
	order := func(a, b place) int {
		return cmp.Or(cmp.Compare(a.seg, b.seg), cmp.Compare(a.start, b.start))
	}
	if !t.privateSorted {
		slices.SortFunc(t.private, order)
		t.privateSorted = true
	}
	first, _ := slices.BinarySearchFunc(t.private, place{seg: seg, start: from - t.privateLength}, order)
	var in []place
	for _, p := range t.private[first:] {
		if p.seg != seg || p.start >= to {
			break
		}
		if p.end > from {
			in = append(in, p)
		}
	}
	return in
}

// add counts an accepted candidate.
func (t *tally) add(sc *scan, k *candidate, confidence int) {
	r := k.rule
	n := max(k.cells, 1)
	t.keepPrivate(k)
	rt := &t.rules[r.index]
	if t.overlaps(rt, k) {
		sc.record(k, confidence, entryOverlap, 0, 0)
		return
	}
	if !rt.touched {
		rt.touched = true
		t.touched = append(t.touched, r.index)
	}
	rt.accepted += n

	seg := &sc.doc.Segments[k.seg]
	column := k.number && seg.Table > 0
	t.key = binary.AppendVarint(t.key[:0], int64(r.index))
	value := len(t.key)
	switch {
	case r.Once:
	case column:
		t.key = append(t.key, 0xFF)
		t.key = binary.AppendVarint(t.key, int64(seg.Table))
		t.key = binary.AppendVarint(t.key, int64(seg.Col))
		value = len(t.key)
	}
	t.key = sc.appendValue(t.key, k)
	sum := fnv.New64a()
	sum.Write(t.key[value:])
	key := t.key
	if r.Once || column {
		key = key[:value]
	}
	i, ok := t.index[string(key)]
	switch {
	case ok:
	case rt.entries >= sc.s.cfg.MaxFindings:
		t.rest(rt, k, confidence, n)
		sc.record(k, confidence, entryRest, n, 0)
		return
	default:
		i = int32(len(t.entries))
		t.index[string(key)] = i
		t.entries = append(t.entries, entry{candidate: *k, confidence: confidence, column: column})
		rt.entries++
	}
	rt.push(span{k.seg, k.start, k.end, i})
	e := &t.entries[i]
	e.count += n
	e.sum += sum.Sum64()
	sc.record(k, confidence, i, n, sum.Sum64())
	if confidence > e.confidence {
		e.candidate, e.confidence = *k, confidence
	}
}

// push remembers an occurrence that was counted.
func (rt *ruleTally) push(s span) {
	copy(rt.last[1:], rt.last[:])
	rt.last[0] = s
}

// overlaps reports whether the candidate overlaps one that the rule counted
// just before: two templates or labels met at one place. The longer one stays.
func (t *tally) overlaps(rt *ruleTally, k *candidate) bool {
	for _, s := range rt.last {
		if s.seg != k.seg || s.end <= k.start || k.end <= s.start || s.end == 0 {
			continue
		}
		e := &t.entries[s.entry]
		if k.end-k.start > s.end-s.start && e.count == 1 {
			e.candidate.start, e.candidate.end, e.candidate.extra = k.start, k.end, k.extra
		}
		return true
	}
	return false
}

func (t *tally) rest(rt *ruleTally, k *candidate, confidence, n int) {
	if rt.rest.count == 0 {
		rt.rest.candidate = *k
	}
	rt.rest.count += n
	rt.rest.confidence = max(rt.rest.confidence, confidence)
}

// appendValue appends the normal form of a candidate's value.
func (sc *scan) appendValue(dst []byte, k *candidate) []byte {
	if len(k.extra) > 0 && (k.extra[0] == '=' || k.extra[0] == '~') { // read from unusual digits, or joined
		return append(dst, k.extra[1:]...)
	}
	text := sc.doc.Segments[k.seg].Text[k.start:k.end]
	if len(text) > 512 {
		text = text[:runeStart(text, 512)]
	}
	if !k.number {
		return k.rule.folder.appendNormal(dst, text)
	}
	base := len(dst)
	dst = k.rule.folder.appendNormal(dst, text)
	out := dst[:base]
	for _, b := range dst[base:] { // separators out, so that spellings agree
		if isAlnum(b) || b >= 0x80 || b == '*' {
			out = append(out, upper(b))
		}
	}
	return append(out, k.extra...)
}
