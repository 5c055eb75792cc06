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

// work is a segment with something to look at.
type work struct {
	seg   int32
	digit int32 // where its first digit may begin
	from  int32 // its hits
	to    int32
}

// gather searches the segments from i on, as many as make a batch, notes what
// there is to look at, and returns where to go on.
func (sc *scan) gather(i int) int {
	segs := sc.doc.Segments
	if len(segs[i].Text) >= aloneBytes {
		text := segs[i].Text
		sc.add(i, len(text), sc.search(text), nextDigit(text, 0))
		return i + 1
	}
	joined, n := sc.joined.of(segs[i:])
	hits, digit, from := sc.search(joined), nextDigit(joined, 0), 0
	for end := i + n; i < end; i++ {
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
		sc.add(i, to-from, hits[:n], digit-from)
		hits, from = hits[n:], to+1
	}
	return i
}

// add notes a segment of n bytes if there is anything to look at. The hits are
// those behind the ones noted before.
func (sc *scan) add(i, n int, hits []match.Hit, digit int) {
	if len(hits) == 0 && digit >= n && len(sc.s.prog.unindexed) == 0 {
		return
	}
	from := int32(0)
	if k := len(sc.works); k > 0 {
		from = sc.works[k-1].to
	}
	sc.works = append(sc.works, work{int32(i), int32(digit), from, from + int32(len(hits))})
}

// consider looks at what was gathered.
func (sc *scan) consider() {
	for _, w := range sc.works {
		if !sc.segmentAgain(int(w.seg), int(w.to-w.from)) {
			sc.segment(int(w.seg), sc.hits[w.from:w.to], int(w.digit))
		}
	}
	sc.echo.segment = nil
	sc.works, sc.hits = sc.works[:0], sc.hits[:0]
}

// search appends the hits in text to sc.hits and returns them. It notes words
// that rule out rules in the whole document.
func (sc *scan) search(text string) []match.Hit {
	base := len(sc.hits)
	if sc.profile == nil {
		sc.hits = sc.s.prog.matcher.Append(sc.hits, text)
	} else {
		began := time.Now()
		sc.hits = sc.s.prog.matcher.Append(sc.hits, text)
		sc.profile.matching += time.Since(began)
	}
	hits, duties := sc.hits[base:], sc.s.prog.duties
	for i := range hits {
		if duties[hits[i].ID]&dutyList != 0 {
			for _, l := range sc.s.prog.terms[hits[i].ID].lists {
				sc.everywhere.add(l)
			}
		}
	}
	return hits
}

// segment looks at the hits in one segment, and at the digits, of which the
// first may begin at digit.
func (sc *scan) segment(i int, hits []match.Hit, digit int) {
	sc.gates = sc.gates[:0]
	sc.matches(i, hits, false)
	sc.rest(i, digit)
}

// rest looks at the digits of a segment, and runs the expressions whose gates
// opened.
func (sc *scan) rest(i, digit int) {
	p := sc.s.prog
	text := sc.doc.Segments[i].Text
	if digit < len(text) && (p.numbers != 0 || len(p.digitGate) > 0) {
		sc.walk.walkFrom(text, digit, p.numbers, len(p.weak)+len(p.union) > 0)
		sc.numbers(i)
		sc.digitGates(i)
	}
	if len(text) > 0 {
		for _, r := range p.unindexed {
			if !sc.dead(r) {
				sc.gates = append(sc.gates, gate{r, 0, len(text), sc.words.has(r.witness, 0)})
			}
		}
	}
	if len(sc.gates) > 0 {
		sc.expressions(i, text)
	}
}

// matches gives the hits of a segment their jobs, where marks is set those of
// rules about marks alone.
func (sc *scan) matches(i int, hits []match.Hit, marks bool) {
	at := sc.spotOf(i)
	at.marks, at.echoing = marks, at.echoing && len(hits) > echoFrom
	sc.upTo(&at, hits, len(at.text))
	sc.words.all = true
}

// spotOf begins a segment.
func (sc *scan) spotOf(i int) spot {
	seg := &sc.doc.Segments[i]
	sc.words.begin()
	at := spot{seg: i, text: seg.Text, parts: maskOf(seg), echoing: len(seg.Text) > headBytes && sc.watch == nil && sc.profile == nil}
	if at.echoing {
		sc.echo.reset()
	}
	return at
}

// upTo gives the hits that begin before to their jobs. Those behind are there
// as witnesses.
func (sc *scan) upTo(at *spot, hits []match.Hit, to int) {
	prog, seen := sc.s.prog, 0
	for _, h := range hits {
		if h.Start >= to {
			break
		}
		seen = sc.words.upTo(prog, hits, seen, h.End+witnessReach)
		sc.words.all = sc.words.all && to == len(at.text)
		if prog.duties[h.ID]&dutyJob == 0 || at.echoing && sc.hitAgain(at.seg, h) {
			continue
		}
		sc.jobs(at, h, prog.terms[h.ID].jobs)
		sc.echo.on = nil
	}
}

// A long segment is searched piece by piece, so that its hits need not be held
// all at once. What begins in a piece may end behind it, by so much that no
// term is longer, however many invisible characters it holds.
const (
	pieceBytes  = 256 << 10
	pieceBehind = 32 << 10
	pieceBefore = 64 // for what must not stand before a term
)

// pieces searches segment i and looks at its candidates.
func (sc *scan) pieces(i int) {
	sc.echo.segment = nil
	sc.gates = sc.gates[:0]
	at := sc.spotOf(i)
	text := at.text
	for from := 0; from < len(text); {
		to := runeStart(text, min(from+pieceBytes, len(text)))
		base := runeStart(text, max(from-pieceBefore, 0))
		hits := sc.search(text[base:runeStart(text, min(to+pieceBehind, len(text)))])
		n := 0
		for _, h := range hits {
			if h.Start+base >= from {
				hits[n] = match.Hit{ID: h.ID, Start: h.Start + base, End: h.End + base}
				n++
			}
		}
		sc.upTo(&at, hits[:n], to)
		sc.hits = sc.hits[:0]
		from = to
	}
	sc.words.all = true
	sc.rest(i, nextDigit(text, 0))
}

// spot is the segment whose hits are looked at.
type spot struct {
	seg   int
	text  string
	parts partMask
	marks bool // only rules about marks

	echoing bool // hits are compared with those before
}

// jobs does those jobs of a hit that are worth it where it stands.
func (sc *scan) jobs(at *spot, h match.Hit, jobs []use) {
	before, after, known := unjudged, unjudged, false
	for i := range jobs {
		u := &jobs[i]
		if u.guard != nil {
			if !known {
				before, after, known = runeBefore(at.text, h.Start), runeAfter(at.text, h.End), true
			}
			if !sc.passes(u.guard, at, h, before, after) {
				continue
			}
		}
		r := sc.s.prog.rules[u.rule]
		if sc.dead(r) || at.marks && r.Category != "secrecy" && r.Category != "internal" {
			continue
		}
		sc.hit(at.seg, h, u)
	}
}

// passes asks a guard, what costs least first.
func (sc *scan) passes(g *guard, at *spot, h match.Hit, before, after rune) bool {
	return g.left.allows(before) && g.right.allows(after) && sc.words.has(g.witness, h.Start-g.behind) &&
		(g.parts&at.parts != 0 || sc.watch != nil) && // whoever wants reasons gets them for every part
		(g.left.named || g.left.farBefore(at.text, h.Start)) && (g.right.farAfter(at.text, h.End) || g.right.named && sc.s.prog.nameParts[after] != nil)
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
