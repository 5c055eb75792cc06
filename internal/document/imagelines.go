package document

import (
	"bytes"
	"image"
	"slices"
	"unicode/utf8"
)

const (
	inkDark  = 150 // what is darker on white ground is ink
	inkLeast = 12  // pixels of ink that may be a letter
	bandLow  = 3   // pixels a line of text is high at least, and a sign wide
)

// field is the word behind a label in what tesseract says.
func field(out []byte, label string) []byte {
	_, rest, _ := bytes.Cut(out, []byte(label))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return bytes.TrimSpace(line)
}

// inkOf counts the pixels of ink in a part of a flat page.
func inkOf(flat *image.Gray, r image.Rectangle) int {
	r = r.Intersect(flat.Rect)
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for _, v := range flat.Pix[flat.PixOffset(r.Min.X, y):][:r.Dx()] {
			if v < inkDark {
				n++
			}
		}
	}
	return n
}

// differ reports whether the red channel shows something else than the page.
func differ(grey, red *image.Gray, r image.Rectangle) bool {
	r = r.Intersect(grey.Rect)
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		o := grey.PixOffset(r.Min.X, y)
		for i := range r.Dx() {
			if d := int(red.Pix[o+i]) - int(grey.Pix[o+i]); d > 40 {
				n++
			}
		}
	}
	return n > 4*inkLeast
}

// cellLines are the lines of text in the cells of a table, top down in each.
func cellLines(flat *image.Gray, t grid) []gridCell {
	bands := make([][]image.Rectangle, len(t.cells))
	var heights []int
	for i, c := range t.cells {
		bands[i] = textBands(flat, c.box.Inset(3))
		for _, b := range bands[i] {
			heights = append(heights, b.Dy())
		}
	}
	if len(heights) == 0 {
		return nil
	}
	slices.Sort(heights)
	high := heights[len(heights)*2/3]
	var out []gridCell
	for i, c := range t.cells {
		for _, b := range joinBands(bands[i], high*5/4) {
			if b = trim(flat, b); b.Dx() >= bandLow && inkOf(flat, b) >= inkLeast {
				out = append(out, gridCell{b.Inset(-3).Intersect(flat.Rect), c.row, c.col})
			}
		}
	}
	return out
}

// textBands cuts a part of a page into level bands with ink, blank rows between
// them.
func textBands(flat *image.Gray, r image.Rectangle) []image.Rectangle {
	var out []image.Rectangle
	last := -10
	for y := r.Min.Y; y < r.Max.Y; y++ {
		if inkOf(flat, image.Rect(r.Min.X, y, r.Max.X, y+1)) == 0 {
			continue
		}
		if y-last > 3 {
			out = append(out, image.Rect(r.Min.X, y, r.Max.X, y+1))
		}
		last = y
		out[len(out)-1].Max.Y = y + 1
	}
	return out
}

// joinBands puts bands together that are no higher than a line of text: 二 and
// 三 have blank rows in them. Those too low for letters are dropped.
func joinBands(bands []image.Rectangle, high int) []image.Rectangle {
	var out []image.Rectangle
	for _, b := range bands {
		if n := len(out); n > 0 && b.Max.Y-out[n-1].Min.Y <= high {
			out[n-1].Max.Y = b.Max.Y
			continue
		}
		out = append(out, b)
	}
	return slices.DeleteFunc(out, func(b image.Rectangle) bool { return b.Dy() < bandLow })
}

// trim takes the blank columns at both sides away.
func trim(flat *image.Gray, r image.Rectangle) image.Rectangle {
	column := func(x int) bool { return inkOf(flat, image.Rect(x, r.Min.Y, x+1, r.Max.Y)) > 0 }
	for r.Min.X < r.Max.X && !column(r.Min.X) {
		r.Min.X++
	}
	for r.Max.X > r.Min.X && !column(r.Max.X-1) {
		r.Max.X--
	}
	return r
}

func meanConfidence(lines []ocrLine) int {
	sum, n := 0, 0
	for _, l := range lines {
		sum += l.confidence * len(l.text)
		n += len(l.text)
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// settle takes the reading of a line that was read best: with certainty, and to
// its end.
func (l *ocrLine) settle(readings []ocrLine) {
	longest := 1
	for _, r := range readings {
		longest = max(longest, len(r.text))
	}
	best := -1
	for _, r := range readings {
		value := 2*r.confidence + 60*len(r.text)/longest
		if hasValidID(r.text) {
			value += 20
		}
		if value > best {
			best = value
			l.text, l.xs, l.confidence, l.least = r.text, r.xs, r.confidence, r.least
		}
	}
}

// likelyText reports whether what was read is text, no picture or stain.
func likelyText(l ocrLine) bool {
	if l.red && l.confidence < redSure {
		return false
	}
	if l.confidence < lineSure {
		return longestDigits(l.text) >= 7
	}
	return l.confidence >= 60 || utf8.RuneCountInString(l.text) > 2
}

// arrange puts the cells of tables, which follow the lines of the page from
// index first on, before the line below each table, drops what is blank, and
// joins the lines of a cell.
func arrange(lines []ocrLine, first int) []ocrLine {
	page, cells := joinRows(lines[:first]), lines[first:]
	var out []ocrLine
	next := 0
	for at := 0; at < len(cells); {
		end := at
		var box image.Rectangle
		for ; end < len(cells) && cells[end].table == cells[at].table; end++ {
			box = box.Union(cells[end].box)
		}
		for ; next < len(page) && page[next].box.Min.Y < box.Min.Y; next++ {
			out = append(out, page[next])
		}
		out = append(out, tableCells(cells[at:end])...)
		at = end
	}
	return append(out, page[next:]...)
}

// joinRows drops what is no text and puts lines together that stand side by
// side.
func joinRows(lines []ocrLine) []ocrLine {
	var out []ocrLine
	for _, l := range lines {
		n := len(out) - 1
		switch {
		case isBlank(l.text) || !likelyText(l):
		case n >= 0 && l.rowOf > 0 && out[n].rowOf == l.rowOf:
			o := &out[n]
			o.confidence = meanConfidence([]ocrLine{*o, l})
			o.text += " " + l.text
			o.box, o.doubt = o.box.Union(l.box), o.doubt || l.doubt
		default:
			out = append(out, l)
		}
	}
	return out
}

// tableCells joins the lines of each cell and marks the cells of the header.
func tableCells(lines []ocrLine) []ocrLine {
	var cells []ocrLine
	for _, l := range lines {
		if isBlank(l.text) || !likelyText(l) && l.confidence < lineSure {
			continue
		}
		if n := len(cells) - 1; n >= 0 && cells[n].row == l.row && cells[n].col == l.col {
			c := &cells[n]
			if a, b := c.text[len(c.text)-1], l.text[0]; a >= '0' && a <= '9' && (b >= '0' && b <= '9' || b == 'X') {
				c.text += l.text // a number in a narrow column
			} else {
				c.text += "\n" + l.text
			}
			c.confidence, c.doubt = min(c.confidence, l.confidence), c.doubt || l.doubt
			continue
		}
		cells = append(cells, l)
	}
	var head []string
	for i, c := range cells {
		if head = append(head, c.text); i+1 < len(cells) && cells[i+1].row == c.row {
			continue
		}
		if namesCells(head) {
			for k := i + 1 - len(head); k <= i; k++ {
				cells[k].header = true
			}
			break
		}
		head = head[:0]
	}
	return cells
}

// numberBox is where the number stands that lies at bytes at[0] to at[1] of a
// line. The places of characters are rough: its sides go to the nearest gap.
func numberBox(flat *image.Gray, l ocrLine, at []int) image.Rectangle {
	from, to := utf8.RuneCountInString(l.text[:at[0]]), utf8.RuneCountInString(l.text[:at[1]])
	box := l.box
	if from > 0 && from < len(l.xs) {
		box.Min.X = nearestGap(flat, l.box, l.xs[from])
	}
	if to < len(l.xs) {
		box.Max.X = nearestGap(flat, l.box, l.xs[to])
	}
	return box
}

// nearestGap is the middle of the blank columns nearest to x in a line.
func nearestGap(flat *image.Gray, line image.Rectangle, x int) int {
	blank := func(x int) bool { return inkOf(flat, image.Rect(x, line.Min.Y, x+1, line.Max.Y)) == 0 }
	for d := range line.Dy() / 2 {
		for _, at := range [...]int{x - d, x + d} {
			if !blank(at) {
				continue
			}
			low, high := at, at
			for low > line.Min.X && blank(low-1) {
				low--
			}
			for high < line.Max.X && blank(high+1) {
				high++
			}
			return (low + high) / 2
		}
	}
	return x
}
