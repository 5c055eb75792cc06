package scanner

import (
	"hash/maphash"

	"prescreen/scanner/match"
)

// A text that repeats itself a hundred thousand times gives as many hits with
// the same surroundings, hence the same outcome. Once a segment has more than
// echoFrom hits, the outcome of a hit is remembered, and a later one whose
// text is the same for echoReach bytes either way is only counted. What lies
// in the head of a document is looked at in any case, since there the outcome
// depends on the line. Explaining and profiling do without.
const (
	echoFrom  = 2000
	echoReach = 1600 // more than any condition, line or word window reaches
)

// echo is the outcome of a hit.
type echo struct {
	seg        int
	start, end int
	log        []echoed
	alone      bool // there is more to the outcome than the text: it stands alone

	// text[i] is text[i-period] from from to to: what a run of echoes at equal
	// distances has compared already.
	period, from, to int
}

// echoed is a candidate that came of it and was accepted, or would have been
// but for another one at its place; or a gate that opened. Without an entry
// nothing came of it.
type echoed struct {
	k          candidate // its place relative to the hit
	confidence int
	entry      int32 // entryRest, entryOverlap, entryGate, or its index
	n          int
	sum        uint64
}

const (
	entryRest    = -1
	entryOverlap = -2
	entryGate    = -3
)

// echoes holds the outcomes of one segment by term, and by kind of number, and
// those of whole segments.
type echoes struct {
	hits    map[int32]*echo
	numbers map[number]*echo // with start and end zero
	on      *echo            // being recorded

	looked   int              // hits of the document so far
	segments map[uint64]*echo // by hash of the text
	segment  *echo            // being recorded
}

// forget forgets a document.
func (e *echoes) forget() {
	e.looked, e.segment = 0, nil
	clear(e.segments)
}

func (e *echoes) reset() {
	clear(e.hits)
	clear(e.numbers)
	e.on = nil
}

// hitAgain reports whether the hit is an echo, and counts it; else it begins
// to record its outcome.
func (sc *scan) hitAgain(seg int, h match.Hit) bool {
	e := &sc.echo
	if e.hits == nil {
		e.hits = map[int32]*echo{}
	}
	prev := e.hits[h.ID]
	if prev != nil && sc.same(seg, prev, h.Start, h.End) {
		sc.repeat(seg, prev.log, h.Start)
		return true
	}
	if prev == nil {
		prev = &echo{}
		e.hits[h.ID] = prev
	}
	*prev = echo{start: h.Start, end: h.End, log: prev.log[:0]}
	e.on = prev
	return false
}

// numberAgain does the same for a number of the walk.
func (sc *scan) numberAgain(seg int, n number) bool {
	e := &sc.echo
	if e.numbers == nil {
		e.numbers = map[number]*echo{}
	}
	key := number{kind: n.kind, hidden: n.hidden}
	prev := e.numbers[key]
	if prev != nil && sc.same(seg, prev, int(n.start), int(n.end)) {
		sc.repeat(seg, prev.log, int(n.start))
		return true
	}
	if prev == nil {
		prev = &echo{}
		e.numbers[key] = prev
	}
	*prev = echo{start: int(n.start), end: int(n.end), log: prev.log[:0]}
	e.on = prev
	return false
}

// maxSegmentEchoes is how many outcomes of segments are remembered.
const maxSegmentEchoes = 1024

// segmentAgain reports whether a segment has the text of one before it, and
// counts its outcome; else it begins to record it. In documents with few hits
// it does nothing.
func (sc *scan) segmentAgain(i, hits int) bool {
	e := &sc.echo
	e.segment = nil
	if e.looked += hits; e.looked <= echoFrom || sc.watch != nil || sc.profile != nil {
		return false
	}
	s := &sc.doc.Segments[i]
	if len(s.Text) >= aloneBytes || s.Table > 0 || sc.line(i, 0) != notHead {
		return false
	}
	if e.segments == nil {
		e.segments = map[uint64]*echo{}
	}
	hash := maphash.String(sc.s.seed, s.Text)
	prev := e.segments[hash]
	if prev == nil {
		if len(e.segments) < maxSegmentEchoes {
			e.segment = &echo{seg: i}
			e.segments[hash] = e.segment
		}
		return false
	}
	p := &sc.doc.Segments[prev.seg]
	if prev.alone || p.Text != s.Text || p.Place.Kind != s.Place.Kind || p.Confidence != s.Confidence {
		return false
	}
	sc.repeat(i, prev.log, 0)
	return true
}

// standsAlone notes that the outcome of the segment being recorded depends on
// more than its text.
func (sc *scan) standsAlone() {
	if sc.echo.segment != nil {
		sc.echo.segment.alone = true
	}
}

// same reports whether the surroundings of a place are like those of the one
// before, as far as anything looks, and moves on to it.
func (sc *scan) same(seg int, prev *echo, start, end int) bool {
	text := sc.doc.Segments[seg].Text
	const first = headBytes + echoReach
	if end-start != prev.end-prev.start || prev.start < first || start < first || end+echoReach > len(text) {
		return false
	}
	from, to, period := start-echoReach, end+echoReach, start-prev.start
	if period == prev.period && from >= prev.from && from <= prev.to {
		for prev.to < to && text[prev.to] == text[prev.to-period] {
			prev.to++
		}
		if prev.to < to {
			return false
		}
	} else {
		if text[from:to] != text[from-period:to-period] {
			return false
		}
		prev.period, prev.from, prev.to = period, from, to
	}
	prev.start, prev.end = start, end
	return true
}

// repeat counts an outcome once more, at another place.
func (sc *scan) repeat(seg int, log []echoed, start int) {
	t := &sc.tally
	for i := range log {
		x := &log[i]
		k := &sc.scratch.echo
		*k = x.k
		k.seg, k.start, k.end = seg, start+k.start, start+k.end
		if x.entry == entryGate {
			sc.gateAt(k.rule, seg, k.start, k.end)
			continue
		}
		rt := &t.rules[k.rule.index]
		if t.overlaps(rt, k) {
			continue
		}
		switch x.entry {
		case entryOverlap:
			t.add(sc, k, x.confidence)
			continue
		case entryRest:
			rt.rest.count += x.n
		default:
			e := &t.entries[x.entry]
			e.count += x.n
			e.sum += x.sum
			rt.push(span{seg, k.start, k.end, x.entry})
		}
		rt.accepted += x.n
	}
}

// record notes the outcome of a candidate while a hit is being recorded.
func (sc *scan) record(k *candidate, confidence int, entry int32, n int, sum uint64) {
	for _, on := range [...]*echo{sc.echo.on, sc.echo.segment} {
		if on == nil || on == sc.echo.segment && entry == entryGate {
			continue
		}
		if on == sc.echo.segment && k.seg != on.seg {
			on.alone = true
		}
		x := echoed{*k, confidence, entry, n, sum}
		x.k.start -= on.start
		x.k.end -= on.start
		on.log = append(on.log, x)
	}
}

// recordGate notes a gate while a hit is being recorded.
func (sc *scan) recordGate(r *rule, start, end int) {
	if sc.echo.on != nil {
		sc.record(&candidate{rule: r, start: start, end: end}, 0, entryGate, 0, 0)
	}
}
