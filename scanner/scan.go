package scanner

import (
	"context"
	"time"

	"prescreen/scanner/match"
	"prescreen/scanner/words"
)

// candidate is a raw match on its way through its rule.
type candidate struct {
	rule       *rule
	seg        int
	start, end int
	kind       numberKind // of numbers
	number     bool
	hidden     int    // masked characters of a number
	secret     bool   // the value must not be shown
	pair       int32  // of misprints, else -1
	extra      string // value beyond text[start:end]: the rest of a number split over segments
	cells      int    // of column findings: how many cells count
}

// scan is the state of scanning one document. It keeps its memory from one
// document to the next.
type scan struct {
	s     *Scanner
	doc   *Document
	today time.Time

	joined    joiner // segments searched together
	hits      []match.Hit
	works     []work // segments that hits and digits stand in
	spare     []match.Hit
	walk      walker
	nearWalk  walker // for numbers around a candidate
	gates     []gate
	lastGate  []gateRef   // by rule
	explorers []*explorer // by rule

	head         headTracker
	cells        grid
	context      contextWindow
	lineFacts    lineFacts
	lastLine     lineSpan
	foreign      foreignClause
	cover        cover
	everywhere   listSet // of the segments before everywhereTo
	everywhereTo int
	killersTo    int    // the same for the lists that kill rules
	far          joiner // for everywhere
	lives        lives
	words        witnesses
	top          listSet
	topOK        bool

	cursor     *words.Cursor
	cursorSeg  int
	nameBuf    []words.Name
	nameWindow nameWindow

	tally   tally
	scratch struct{ hit, value, number, match, echo candidate } // one for each way to find candidates
	echo    echoes

	spreadDoc   Document // the document with the texts that spread made appended
	spreadFirst []int    // the first piece of each of them
	spreadReal  int      // segments of the document itself

	masked  []maskedID
	every   bool     // findings that another one at the same place says better are wanted as well
	watch   watcher  // nil unless somebody wants reasons
	profile *Profile // nil unless somebody wants figures
}

// gate is a place where a regular expression must look.
type gate struct {
	rule     *rule
	from, to int
	may      bool // a word that the expression asks for is there
}

// watcher learns what happens to candidates.
type watcher interface {
	rejected(sc *scan, k *candidate, reason string)
	accepted(sc *scan, k *candidate, confidence int)
}

func newScan(s *Scanner) *scan {
	sc := &scan{s: s, explorers: make([]*explorer, len(s.prog.rules))}
	sc.walk.tables, sc.nearWalk.tables = s.prog.tables, s.prog.tables
	if s.cfg.Words != nil {
		sc.cursor = s.cfg.Words.Cursor()
	}
	sc.tally.init(len(s.prog.rules))
	sc.everywhere = sc.newSet()
	sc.lastGate = make([]gateRef, len(s.prog.rules))
	sc.lives.init(len(s.prog.rules))
	sc.words.init(s.prog.groups)
	return sc
}

// keepHits is the most room for hits that is kept from one document to the
// next; a hostile one may have needed a hundred times as much.
const keepHits = 1 << 16

// run scans doc and appends its findings to dst.
func (sc *scan) run(ctx context.Context, doc *Document, dst []Finding) []Finding {
	sc.doc = doc
	sc.today = time.Time{}
	sc.head.built, sc.everywhereTo, sc.killersTo, sc.topOK = false, 0, 0, false
	sc.lives.stamp++
	sc.echo.forget()
	clear(sc.everywhere)
	sc.works, sc.hits, sc.masked = sc.works[:0], sc.hits[:0], sc.masked[:0]
	sc.spreadFirst = sc.spreadFirst[:0]
	sc.context.seg, sc.cursorSeg, sc.nameWindow.seg, sc.lineFacts.seg, sc.lastLine.seg, sc.foreign.seg = -1, -1, -1, -1, -1, -1
	if sc.cells.built {
		sc.cells.reset()
	}
	tables := false
	for i := 0; i < len(doc.Segments) && ctx.Err() == nil; {
		from := i
		if len(doc.Segments[i].Text) > pieceBytes {
			sc.consider()
			sc.pieces(i)
			i++
		} else {
			i = sc.gather(i)
		}
		sc.killersTo = max(sc.killersTo, i)
		for k := range doc.Segments[from:i] {
			tables = tables || doc.Segments[from+k].Table > 0
		}
		if len(sc.hits) >= keepHits || len(sc.works) >= keepHits {
			sc.consider()
		}
	}
	sc.consider()
	sc.joinedNumbers()
	sc.unions()
	if tables && len(sc.s.prog.columns) > 0 {
		sc.columns()
	}
	sc.spread()
	dst = sc.findings(dst)
	sc.doc, sc.spreadDoc = nil, Document{}
	if cap(sc.hits) > keepHits {
		sc.hits = nil
	}
	return dst
}

// now is the day of the scan, the same for the whole document.
func (sc *scan) now() time.Time {
	if sc.today.IsZero() {
		sc.today = sc.s.cfg.Today()
	}
	return sc.today
}

// hit gives a matcher's hit its job.
func (sc *scan) hit(seg int, h match.Hit, u *use) {
	r := sc.s.prog.rules[u.rule]
	k := &sc.scratch.hit
	*k = candidate{rule: r, seg: seg, start: h.Start, end: h.End, pair: -1}
	switch u.role {
	case roleTerm:
		sc.candidate(k)
	case roleSecret:
		k.secret = true
		sc.candidate(k)
	case rolePair:
		k.pair = u.arg
		sc.candidate(k)
	case roleLine:
		if sc.alone(k) {
			sc.candidate(k)
		}
	case roleLineOf:
		sc.lineOfAt(k)
	case roleAnchor:
		text := sc.doc.Segments[seg].Text
		from, to, ok := r.templates[u.arg].run(sc, r.folder, text, h.Start, h.End)
		if ok {
			k.start, k.end = from, to
			sc.candidate(k)
		}
	case roleLabel:
		sc.field(k)
	case roleGate:
		sc.gateAt(r, seg, h.Start, h.End)
	case roleStyle:
		if u.arg == 1 {
			sc.styledAt(k, k.start, ahead(sc.doc.Segments[seg].Text, k.start, styleReach))
			return
		}
		sc.styled(k)
	case roleKind:
		sc.gatedNumber(k, numberKind(u.arg))
	}
}

// number turns a number that the walk found into candidates.
func (sc *scan) number(seg int, n number, extra string) {
	k := &sc.scratch.number
	*k = candidate{seg: seg, start: int(n.start), end: int(n.end), kind: n.kind, number: true, hidden: int(n.hidden), pair: -1, extra: extra}
	if n.hidden > 0 {
		sc.standsAlone() // masked numbers are compared with each other
		if len(sc.s.prog.union) > 0 {
			sc.noteMasked(seg, n)
		}
		for _, r := range sc.s.prog.weak {
			if r.number.kinds.has(n.kind) && k.hidden <= r.number.maxHidden {
				k.rule = r
				sc.candidate(k)
			}
		}
		return
	}
	for _, r := range sc.s.prog.byKind[n.kind] {
		k.rule = r
		sc.candidate(k)
	}
}

// candidate takes a candidate through the conditions of its rule.
func (sc *scan) candidate(k *candidate) {
	if sc.profile == nil {
		sc.judge(k)
		return
	}
	began := time.Now()
	sc.judge(k)
	stats := &sc.profile.rules[k.rule.index]
	stats.Candidates++
	stats.Time += time.Since(began)
}

func (sc *scan) judge(k *candidate) {
	r := k.rule
	if reason := sc.stops(k); reason != "" {
		if sc.watch != nil {
			sc.watch.rejected(sc, k, reason)
		}
		return
	}
	confidence := sc.score(k)
	if !r.lateScore && confidence < r.Confidence.Floor {
		if sc.watch != nil {
			sc.watch.rejected(sc, k, stopLow)
		}
		return
	}
	if sc.watch != nil {
		sc.watch.accepted(sc, k, confidence)
	}
	if sc.profile != nil {
		sc.profile.rules[r.index].Accepted += max(k.cells, 1)
	}
	sc.tally.add(sc, k, confidence)
}

// required reports whether a candidate has what its rule requires. What most
// candidates lack is asked early, before what excludes them, unless somebody
// wants to know the reason that comes first.
func (sc *scan) required(k *candidate, early bool) bool {
	require := k.rule.require
	for i := range require {
		if (sc.watch == nil && require[i].early) == early && !sc.holds(&require[i], k) {
			return false
		}
	}
	return true
}

// score is the rule's base and the evidence around the candidate.
func (sc *scan) score(k *candidate) int {
	r := k.rule
	confidence := r.Confidence.Base
	for i := range r.evidence {
		if sc.holds(&r.evidence[i], k) {
			confidence += r.evidence[i].add
		}
	}
	if c := sc.doc.Segments[k.seg].Confidence; c > 0 && c < 80 {
		confidence -= (80 - c) / 4 // recognised text that the recogniser itself doubts
	}
	return max(0, min(confidence, 100))
}

// Reasons why a candidate is no finding, in the order they are looked at.
const (
	stopPeriod   = "period"
	stopPlace    = "place"
	stopBoundary = "boundary"
	stopMasked   = "masked"
	stopPhrase   = "phrase"
	stopContext  = "context"
	stopNear     = "near"
	stopRequire  = "require"
	stopWord     = "word" // late, since it costs most
	stopLow      = "confidence"
)

// stops returns the first reason that holds the candidate back, or "".
func (sc *scan) stops(k *candidate) string {
	r := k.rule
	if !r.from.IsZero() && sc.now().Before(r.from) || !r.to.IsZero() && !sc.now().Before(r.to.AddDate(0, 0, 1)) {
		return stopPeriod
	}
	if sc.parts(k)&r.parts == 0 && !(r.head && sc.line(k.seg, k.start) < r.lines) {
		return stopPlace
	}
	for i := range r.quick {
		if !sc.holds(&r.quick[i], k) {
			return stopRequire
		}
	}
	if sc.watch == nil && (r.records && !sc.mayBeRecord(k) || !sc.required(k, true)) { // what somebody wants to know comes first
		return stopRequire
	}
	for i := range r.never {
		if sc.holds(&r.never[i], k) {
			return stopNear
		}
	}
	text := sc.doc.Segments[k.seg].Text
	switch r.boundary {
	case boundaryDigit:
		if digitBeside(text, k.start, k.end) {
			return stopBoundary
		}
	case boundaryLatin:
		if latinBeside(text, k.start, k.end) {
			return stopBoundary
		}
	}
	if r.Exclude.Masked && k.hidden == 0 && maskBeside(text, k.start, k.end) {
		return stopMasked
	}
	if r.phrases >= 0 && sc.overlaps(r.phrases, k) {
		return stopPhrase
	}
	if k.pair >= 0 {
		if l := sc.s.prog.pairs[k.pair].phrases; l >= 0 && sc.overlaps(l, k) {
			return stopPhrase
		}
	}
	if len(r.inside) > 0 && contains(r.folder, first(text[k.start:k.end], 200), r.inside) {
		return stopPhrase
	}
	if r.contexts != 0 && sc.contextOf(k, r.contexts) != 0 {
		return stopContext
	}
	for i := range r.near {
		if sc.holds(&r.near[i], k) {
			return stopNear
		}
	}
	if !sc.required(k, false) {
		return stopRequire
	}
	if r.boundary == boundaryWord && !sc.wholeWord(k) {
		return stopWord
	}
	return ""
}
