package scanner

import (
	"time"
	"unsafe"

	"prescreen/scanner/match"
)

// Documents come in many small segments: a paragraph has some hundred bytes.
// They are searched together, so that what a search costs by itself is paid
// once for some kilobytes.
const (
	batchBytes = 16 << 10 // as much as stays in the first caches
	aloneBytes = 4 << 10  // a segment of this size is searched where it stands
)

// barrier stands behind each segment of a batch. It is no valid UTF-8 wherever
// it stands, so nothing that is looked for goes across it.
const barrier = 0xFF

// joiner joins texts in memory that it reuses.
type joiner []byte

// of joins the texts of some segments, a barrier behind each, until they make
// a batch, and returns how many there are. The string is good until the next
// call.
func (j *joiner) of(segs []Segment) (text string, n int) {
	*j = (*j)[:0]
	for ; n < len(segs) && len(*j) < batchBytes && (n == 0 || len(segs[n].Text) < aloneBytes); n++ {
		*j = append(append(*j, segs[n].Text...), barrier)
	}
	return unsafe.String(unsafe.SliceData(*j), len(*j)), n
}

// batch searches the segments from i on, as many as make a batch, looks at
// their candidates, and returns where to go on.
func (sc *scan) batch(i int) int {
	segs := sc.doc.Segments
	if len(segs[i].Text) >= aloneBytes {
		text := segs[i].Text
		sc.search(text)
		sc.segment(i, sc.hits, nextDigit(text, 0))
		return i + 1
	}
	joined, n := sc.joined.of(segs[i:])
	end := i + n
	sc.search(joined)
	hits, digit, from := sc.hits, nextDigit(joined, 0), 0
	for ; i < end; i++ {
		to := from + len(segs[i].Text)
		n := 0
		for n < len(hits) && hits[n].Start < to {
			hits[n].Start -= from
			hits[n].End -= from
			n++
		}
		if digit < from {
			digit = nextDigit(joined, from)
		}
		if n > 0 || digit < to || len(sc.s.prog.unindexed) > 0 {
			sc.segment(i, hits[:n], digit-from)
		}
		hits, from = hits[n:], to+1
	}
	return end
}

// search fills sc.hits.
func (sc *scan) search(text string) {
	if sc.profile == nil {
		sc.hits = sc.s.prog.matcher.Append(sc.hits[:0], text)
		return
	}
	began := time.Now()
	sc.hits = sc.s.prog.matcher.Append(sc.hits[:0], text)
	sc.profile.matching += time.Since(began)
}

// segment looks at the hits in one segment, and at the digits, of which the
// first may begin at digit.
func (sc *scan) segment(i int, hits []match.Hit, digit int) {
	p := sc.s.prog
	text := sc.doc.Segments[i].Text
	sc.gates = sc.gates[:0]
	sc.matches(i, hits)
	if digit < len(text) && (p.numbers != 0 || len(p.digitGate) > 0) {
		sc.walk.walkFrom(text, digit, p.numbers, len(p.weak)+len(p.union) > 0)
		sc.numbers(i)
		sc.digitGates(i)
	}
	if len(text) > 0 {
		for _, r := range p.unindexed {
			sc.gates = append(sc.gates, gate{r, 0, len(text)})
		}
	}
	if len(sc.gates) > 0 {
		sc.expressions(i, text)
	}
}

// matches gives the hits of a segment their jobs.
func (sc *scan) matches(i int, hits []match.Hit) {
	echoing := len(hits) > echoFrom && sc.watch == nil && sc.profile == nil
	if echoing {
		sc.echo.reset()
	}
	for _, h := range hits {
		if echoing && sc.hitAgain(i, h) {
			continue
		}
		for _, u := range sc.s.prog.uses[h.ID] {
			sc.hit(i, h, u)
		}
		sc.echo.on = nil
	}
}

// numbers makes candidates of what the walk found in a segment.
func (sc *scan) numbers(i int) {
	found := sc.walk.found
	echoing := len(found) > echoFrom && sc.watch == nil && sc.profile == nil
	if echoing {
		sc.echo.reset()
	}
	for _, n := range found {
		if echoing && sc.numberAgain(i, n) {
			continue
		}
		sc.number(i, n, "")
		sc.echo.on = nil
	}
}
