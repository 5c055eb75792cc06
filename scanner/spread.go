package scanner

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	spreadCell = 12 // bytes of one piece at most: 10年, ★10年
	spreadRun  = 24 // pieces of one run at most
)

// spread reads runs of neighbouring blocks or cells that hold a few characters
// each as one text, so that a mark is found whose characters stand in blocks
// of their own. Only marks are looked for there, no numbers.
func (sc *scan) spread() {
	real := sc.doc.Segments
	for i := 0; i+1 < len(real); {
		if len(real[i].Text) > spreadCell {
			i++
			continue
		}
		n := sc.piecesFrom(real, i)
		if n < 2 || n > spreadRun {
			i += max(n, 1)
			continue
		}
		if text := joinPieces(real[i : i+n]); text != "" {
			sc.scanSpread(real, i, text)
		}
		i += n
	}
}

// piecesFrom counts the pieces of one run that begins with segment i.
func (sc *scan) piecesFrom(segs []Segment, i int) int {
	n := 0
	for j := i; j < len(segs); j++ {
		s := &segs[j]
		if len(s.Text) > spreadCell || !running(s.Place.Kind) && s.Place.Kind != KindImage {
			break
		}
		if t := strings.TrimFunc(s.Text, isSpace); t == "" || utf8.RuneCountInString(t) > 4 {
			break
		}
		if j > i {
			before := &segs[j-1]
			if before.Place.File != s.Place.File || before.Place.Page != s.Place.Page || before.Table != s.Table || s.Table > 0 && before.Row != s.Row && before.Col != s.Col {
				break
			}
		}
		n++
	}
	return n
}

// joinPieces returns the pieces as one text, empty where no mark can be made
// of them.
func joinPieces(pieces []Segment) string {
	var b strings.Builder
	single := false
	for i := range pieces {
		t := strings.Join(strings.FieldsFunc(pieces[i].Text, isSpace), "")
		r, w := utf8.DecodeRuneInString(t)
		single = single || w == len(t) && !isDigitRune(r)
		b.WriteString(t)
	}
	if !single {
		return ""
	}
	return b.String()
}

// scanSpread looks for marks in a text made of pieces, the first of which is
// segment i.
func (sc *scan) scanSpread(real []Segment, i int, text string) {
	p := sc.s.prog
	sc.hits = p.matcher.Append(sc.hits[:0], text)
	if len(sc.hits) == 0 {
		return
	}
	if len(sc.spreadFirst) == 0 {
		sc.spreadDoc = *sc.doc
		sc.spreadDoc.Segments = slices.Clone(real)
		sc.doc = &sc.spreadDoc
		sc.spreadReal = len(real)
	}
	at := len(sc.doc.Segments)
	sc.spreadDoc.Segments = append(sc.spreadDoc.Segments, Segment{Place: real[i].Place, Text: text, Confidence: real[i].Confidence})
	sc.spreadFirst = append(sc.spreadFirst, i)
	sc.gates = sc.gates[:0]
	sc.matches(at, sc.hits, true)
	if len(sc.gates) > 0 {
		sc.expressions(at, text)
	}
}

// spreadOf returns the first piece of a text made of pieces, or seg itself.
func (sc *scan) spreadOf(seg int) (first int, spread bool) {
	if len(sc.spreadFirst) > 0 && seg >= sc.spreadReal {
		return sc.spreadFirst[seg-sc.spreadReal], true
	}
	return seg, false
}
