package document

import (
	"slices"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// pagePart is a piece of a page: lines of text, or a table.
type pagePart struct {
	lines []string
	table *pageTable
}

// tables finds the tables of a page, by the lines they are drawn with or by
// their columns, and returns the text outside them, as long as text and with
// white space where they are.
func (r *pdfReader) tables(tp references.FPDF_TEXTPAGE, text string, count int, rules []pageRule, turn pdfMatrix) (tables []*pageTable, outside string) {
	grids := findGrids(rules)
	if len(grids) == 0 && !mayHaveColumns(text) {
		return nil, text
	}
	glyphs := r.glyphs(tp, text, count, turn)
	for _, g := range grids {
		if t := g.take(glyphs); t != nil {
			tables = append(tables, t)
		}
	}
	tables = append(tables, findColumns(glyphs)...)
	if len(tables) == 0 {
		return nil, text
	}
	if spreadOut(text) {
		for _, t := range tables {
			t.drawTogether()
		}
	}
	slices.SortStableFunc(tables, func(a, b *pageTable) int { return a.from - b.from })
	return tables, blankTaken(text, glyphs)
}

// parts cuts the text outside tables where they stand, and joins its lines.
func (r *pdfReader) parts(tp references.FPDF_TEXTPAGE, outside string, tables []*pageTable, turn pdfMatrix) []pagePart {
	var out []pagePart
	at := 0
	for _, t := range tables {
		before, rest := cutUTF16(outside, t.from-at)
		out = append(out, pagePart{lines: r.joinWraps(tp, before, at, turn)}, pagePart{table: t})
		outside, at = rest, t.from
	}
	return append(out, pagePart{lines: r.joinWraps(tp, outside, at, turn)})
}

// cutUTF16 cuts s behind n units of UTF-16.
func cutUTF16(s string, n int) (before, after string) {
	for i, c := range s {
		if n <= 0 {
			return s[:i], s[i:]
		}
		n -= utf16.RuneLen(c)
	}
	return s, ""
}

// glyphs returns the characters of a page that are no white space, with their
// places as they are shown.
func (r *pdfReader) glyphs(tp references.FPDF_TEXTPAGE, text string, count int, turn pdfMatrix) []pageGlyph {
	out := make([]pageGlyph, 0, count)
	at, space := 0, false
	shift := 0 // the engine's count of characters goes before that of the text
	even := count == len(utf16.Encode([]rune(text)))
	for _, c := range text {
		index := at
		at += utf16.RuneLen(c)
		plain := pdfRune(c)
		if unicode.IsSpace(plain) || plain <= ' ' {
			space = true
			continue
		}
		if !even {
			shift = r.shift(tp, index, shift, c)
		}
		box, err := r.pdf.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: tp, Index: index + shift})
		if err != nil {
			continue
		}
		b := box.Rect
		out = append(out, pageGlyph{plain, turn.box(pageBox{float64(b.Left), float64(b.Right), float64(b.Bottom), float64(b.Top)}), space, index, 0})
		space = false
	}
	return out
}

// shift returns how far the index of a character is from that in the text, where
// it was shift for the one before.
func (r *pdfReader) shift(tp references.FPDF_TEXTPAGE, index, shift int, c rune) int {
	const most = 4
	for more := range most {
		u, err := r.pdf.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: tp, Index: index + shift + more})
		if err == nil && rune(uint32(u.Unicode)) == c {
			return shift + more
		}
	}
	return shift
}

// blankTaken replaces the characters of the glyphs that were taken.
func blankTaken(text string, glyphs []pageGlyph) string {
	out := make([]byte, 0, len(text))
	at, next := 0, 0
	for _, c := range text {
		for next < len(glyphs) && glyphs[next].at < at {
			next++
		}
		taken := next < len(glyphs) && glyphs[next].at == at && glyphs[next].c == 0
		for range utf16.RuneLen(c) {
			if taken {
				out = append(out, ' ')
			}
			at++
		}
		if !taken {
			out = append(out, string(c)...)
		}
	}
	return string(out)
}
