package document

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pageCell is a cell of a table on a page, over the rows and columns from row,
// col to lastRow, lastCol, counted from 1.
type pageCell struct {
	row, col, lastRow, lastCol int
	box                        pageBox
	glyphs                     []pageGlyph
	text                       string
	header                     bool
}

// pageLine is a line of glyphs, from left to right.
type pageLine struct {
	text string
	box  pageBox
	em   float64 // size of its largest character
}

// read makes the text of the cell of its glyphs.
func (c *pageCell) read() {
	if upright(c.glyphs) {
		c.text = columnText(c.glyphs)
		c.glyphs = nil
		return
	}
	var out strings.Builder
	lines := glyphLines(c.glyphs)
	for i, l := range lines {
		if i > 0 {
			out.WriteString(c.between(lines, i))
		}
		out.WriteString(l.text)
	}
	c.text = strings.TrimSpace(out.String())
	c.glyphs = nil
}

// between returns what stands between line i and the one before it: nothing
// where the width of the cell has broken the text, else the line's end.
func (c *pageCell) between(lines []pageLine, i int) string {
	const margins = 12 // points, of both sides together, and a little
	prev, next := lines[i-1], lines[i]
	last, _ := utf8.DecodeLastRuneInString(prev.text)
	first, _ := utf8.DecodeRuneInString(next.text)
	full := c.box.width()-prev.box.width() < prev.em+margins
	if isDigits(string(last)) && (isDigits(string(first)) || first == 'X' || first == 'x') {
		if c.sameNumber(lines, i, full) {
			return ""
		}
		return "\n"
	}
	switch {
	case !full:
		return "\n"
	case isWordRune(last) && isWordRune(first) && strings.ContainsRune(prev.text, ' '):
		return " " // words are broken only where one is wider than the cell
	}
	return ""
}

// sameNumber reports whether the digits line i begins with go on with the
// number the line before ends with.
func (c *pageCell) sameNumber(lines []pageLine, i int, full bool) bool {
	head := ""
	for j := i - 1; j >= 0; j-- {
		text := lines[j].text
		tail := text[len(strings.TrimRight(text, "0123456789")):]
		head = tail + head
		if len(tail) < len(text) || tail == "" {
			break
		}
	}
	next := lines[i].text
	tail := next[:len(next)-len(strings.TrimLeft(next, "0123456789"))]
	if rest := next[len(tail):]; rest == "X" || rest == "x" {
		tail += rest
	}
	if isWrap(pdfRun{text: head}, tail) {
		return true
	}
	// In the middle of a number that takes three lines and more.
	return full && len(head) < 11 && len(tail) < 11 && tail == next
}

func isWordRune(r rune) bool { return r < 0x3000 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// upright reports whether the characters follow each other up or down rather
// than from left to right.
func upright(glyphs []pageGlyph) bool {
	down, along := 0, 0
	for i := 1; i < len(glyphs); i++ {
		x0, y0 := glyphs[i-1].box.middle()
		x1, y1 := glyphs[i].box.middle()
		if abs(y1-y0) > abs(x1-x0) {
			down++
		} else {
			along++
		}
	}
	return down > 0 && down >= 2*along
}

// columnText returns the text of characters that follow each other up or down.
func columnText(glyphs []pageGlyph) string {
	var out strings.Builder
	var before rune
	for _, g := range glyphs {
		if g.space && out.Len() > 0 && g.c < 0x2E80 && before < 0x2E80 && before > '9' {
			out.WriteByte(' ')
		}
		out.WriteRune(g.c)
		before = g.c
	}
	return out.String()
}

// glyphLines puts glyphs together to lines, from the top down.
func glyphLines(glyphs []pageGlyph) []pageLine {
	rows := glyphRows(glyphs)
	lines := make([]pageLine, 0, len(rows))
	for _, row := range rows {
		lines = append(lines, lineOfGlyphs(row))
	}
	return lines
}

// glyphRows parts glyphs into those on one line, sorted from left to right, the
// topmost line first.
func glyphRows(glyphs []pageGlyph) [][]pageGlyph {
	sorted := slices.Clone(glyphs)
	middle := func(g *pageGlyph) float64 { return g.box.bottom + g.box.top }
	slices.SortStableFunc(sorted, func(a, b pageGlyph) int { return cmp.Compare(middle(&b), middle(&a)) })
	var rows [][]pageGlyph
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && middle(&sorted[i])-middle(&sorted[j]) < max(sorted[i].box.height(), sorted[j].box.height(), 4) {
			j++
		}
		row := sorted[i:j:j]
		slices.SortStableFunc(row, func(a, b pageGlyph) int { return cmp.Compare(a.box.left, b.box.left) })
		rows = append(rows, row)
		i = j
	}
	return rows
}

// lineOfGlyphs returns a row of glyphs as text. White space is where the text
// has some, or where a character would fit in.
func lineOfGlyphs(row []pageGlyph) pageLine {
	l := pageLine{box: row[0].box}
	var out strings.Builder
	for i, g := range row {
		size := min(max(g.box.height(), g.box.width()), 1.5*g.box.height()+1)
		if i > 0 {
			gap := g.box.left - row[i-1].box.right
			if gap > 0.9*size || g.space && gap > 0.1*size {
				out.WriteByte(' ')
			}
		}
		out.WriteRune(g.c)
		l.box = l.box.around(g.box)
		l.em = max(l.em, g.box.width())
	}
	l.text = out.String()
	return l
}
