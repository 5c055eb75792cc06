package document

import (
	"math"
	"strings"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Text that is written downwards, or lies on its side, comes from the engine as
// lines of one character or a few. pdfStack puts them together again: each
// stands next to the one before, all in one direction.
type pdfStack struct {
	last  pdfGlyph
	ok    bool // the line before was short, and last is its last character
	dx    int  // direction so far, -1, 0 or 1 each way
	dy    int
	apart bool      // it was taken with space before it
	turn  pdfMatrix // to the way the page is shown
}

// pdfStackShort is how many characters a line has that may be one of a stack.
const pdfStackShort = 4

// pdfGlyph is where a character stands: its origin, and the size of its em.
type pdfGlyph struct{ x, y, em float64 }

// takes reports whether a line goes on where the line before has ended.
func (s *pdfStack) takes(r *pdfReader, tp references.FPDF_TEXTPAGE, raw string, start int) bool {
	text := strings.TrimRight(raw, "\r\n \t\x00")
	units := utf16.Encode([]rune(text))
	before := *s
	*s = pdfStack{turn: s.turn}
	if n := visibleRunes(text); n == 0 || n > pdfStackShort || n > 1 && !before.ok {
		return false
	}
	lead := len(utf16.Encode([]rune(text[:len(text)-len(strings.TrimLeft(text, " \t"))])))
	first, ok := r.glyph(tp, start+lead, s.turn)
	if !ok {
		return false
	}
	s.last, s.ok = first, true
	if visibleRunes(text) > 1 {
		if s.last, s.ok = r.glyph(tp, start+len(units)-1, s.turn); !s.ok {
			return false
		}
	}
	if !before.ok {
		return false
	}
	dx, dy := before.last.step(first)
	if dx == 0 && dy == 0 || (before.dx != 0 || before.dy != 0) && (dx != before.dx || dy != before.dy) {
		return false
	}
	s.dx, s.dy = dx, dy
	s.apart = dx == 0 && math.Abs(first.y-before.last.y) > 1.25*max(first.em, before.last.em)
	return true
}

// step returns the direction in which next stands next to g: one of them is
// 0, both are when it does not.
func (g pdfGlyph) step(next pdfGlyph) (dx, dy int) {
	em := max(g.em, next.em)
	near := func(v float64) bool { return v > -0.35*em && v < 0.35*em }
	sign := func(v, most float64) int {
		switch {
		case v > 0.3*em && v < most*em:
			return 1
		case v < -0.3*em && v > -most*em:
			return -1
		}
		return 0
	}
	x, y := next.x-g.x, next.y-g.y
	switch {
	case near(x):
		return 0, sign(y, 1.75)
	case near(y) && x > 0:
		return sign(x, 1.25), 0
	}
	return 0, 0
}

func (r *pdfReader) glyph(tp references.FPDF_TEXTPAGE, index int, turn pdfMatrix) (pdfGlyph, bool) {
	at, err := r.pdf.FPDFText_GetCharOrigin(&requests.FPDFText_GetCharOrigin{TextPage: tp, Index: index})
	if err != nil {
		return pdfGlyph{}, false
	}
	box, err := r.pdf.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: tp, Index: index})
	if err != nil {
		return pdfGlyph{}, false
	}
	width, height := float64(box.Rect.Right-box.Rect.Left), float64(box.Rect.Top-box.Rect.Bottom)
	x, y := turn.at(at.X, at.Y)
	return pdfGlyph{x, y, min(abs(width), abs(height))}, true
}
