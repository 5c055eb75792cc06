package document

import (
	"image"
	"slices"
)

const (
	squareSide  = 2    // pixels of the squares in which ink is looked for
	letterLow   = 9    // pixels letters are high at least …
	letterHigh  = 150  // … and at most
	piecesMost  = 600  // pieces of text on one page
	frameLong   = 150  // pixels from which a thin line is a frame or a rule, no letter
	columnWide  = 7    // heights of a line a column of text is wide at least
	columnLines = 3    // lines a column of text has at least
	lostLimit   = 0.25 // share of the ink that may lie outside of all pieces
)

// layout finds the lines of text of an upright page, in reading order, by the
// ink between blank rows and gaps. Pieces that stand in one row far from each
// other are lines of their own, of the same row. lost is the share of the ink it
// could make no lines of: pictures, or text it cannot take apart.
func layout(flat *image.Gray) (lines []ocrLine, lost float64) {
	page := &image.Gray{Pix: slices.Clone(flat.Pix), Stride: flat.Stride, Rect: flat.Rect}
	erase(page, runsAsRules(flat, inkDark, frameLong, false))
	erase(page, runsAsRules(flat, inkDark, frameLong, true))
	mask := newInkMask(page)
	high := mask.letterHeight()
	if high == 0 {
		return nil, 0
	}
	var pieces []image.Rectangle
	all, left := 0, 0
	for _, box := range mask.islands(max(2, high*4/5/squareSide)) {
		box = box.Intersect(page.Rect)
		ink := inkOf(page, box)
		all += ink
		parts := []image.Rectangle{box}
		if box.Dy() > high*7/4 {
			parts = splitBands(page, box, high)
		}
		for _, p := range parts {
			if p.Dy() > max(letterHigh, 3*high) || p.Dy() > high*7/4 && p.Dx() < p.Dy()*2 && p.Dy() > letterHigh/2 {
				left += ink
				continue
			}
			pieces = append(pieces, p)
		}
	}
	if all == 0 || len(pieces) > piecesMost {
		return nil, 1
	}
	return readingOrder(joinPieces(page, pieces, high)), float64(left) / float64(all)
}

// inkMask tells which squares of a page have ink.
type inkMask struct {
	w, h int
	ink  []bool
}

func newInkMask(page *image.Gray) inkMask {
	m := inkMask{w: (page.Rect.Dx() + squareSide - 1) / squareSide, h: (page.Rect.Dy() + squareSide - 1) / squareSide}
	m.ink = make([]bool, m.w*m.h)
	for y := range page.Rect.Dy() {
		row := page.Pix[y*page.Stride:][:page.Rect.Dx()]
		for x, v := range row {
			if v < inkDark {
				m.ink[y/squareSide*m.w+x/squareSide] = true
			}
		}
	}
	return m
}

// letterHeight is how high most letters are, in pixels; 0 where there are none.
func (m inkMask) letterHeight() int {
	var heights []int
	for _, b := range m.islands(2) {
		if h := b.Dy(); h >= letterLow && h <= letterHigh && b.Dx() >= h/3 {
			// Wide pieces count as the letters they have.
			for range min(40, max(1, b.Dx()/h)) {
				heights = append(heights, h)
			}
		}
	}
	if len(heights) == 0 {
		return 0
	}
	slices.Sort(heights)
	return heights[len(heights)/2]
}

// islands gives the bounds of ink that hangs together, gaps of so many squares
// to the right bridged.
func (m inkMask) islands(gap int) []image.Rectangle {
	near := make([]bool, len(m.ink))
	for y := range m.h {
		last := -gap - 1
		for x := range m.w {
			if !m.ink[y*m.w+x] {
				continue
			}
			for b := x; b > last && x-last <= gap+1; b-- {
				near[y*m.w+b] = true
			}
			near[y*m.w+x] = true
			last = x
		}
	}
	var out []image.Rectangle
	for _, b := range islands(near, m.w, m.h) {
		out = append(out, image.Rect(b.Min.X*squareSide, b.Min.Y*squareSide, b.Max.X*squareSide, b.Max.Y*squareSide))
	}
	return out
}

// islands gives the bounds of the connected parts of a mask, which it clears.
func islands(mask []bool, w, h int) []image.Rectangle {
	var out []image.Rectangle
	var stack []int
	for i := range mask {
		if !mask[i] {
			continue
		}
		var box image.Rectangle
		stack = append(stack[:0], i)
		mask[i] = false
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := at%w, at/w
			box = box.Union(image.Rect(x, y, x+1, y+1))
			for ny := max(0, y-1); ny <= min(h-1, y+1); ny++ {
				for nx := max(0, x-1); nx <= min(w-1, x+1); nx++ {
					if n := ny*w + nx; mask[n] {
						mask[n] = false
						stack = append(stack, n)
					}
				}
			}
		}
		out = append(out, box)
	}
	return out
}

// splitBands cuts a piece that is too high for a line where its rows have least
// ink: lines that touch in a letter or a speck.
func splitBands(page *image.Gray, box image.Rectangle, high int) []image.Rectangle {
	rows := make([]int, box.Dy())
	most := 0
	for y := range rows {
		rows[y] = inkOf(page, image.Rect(box.Min.X, box.Min.Y+y, box.Max.X, box.Min.Y+y+1))
		most = max(most, rows[y])
	}
	var out []image.Rectangle
	start := -1
	for y := 0; y <= len(rows); y++ {
		full := y < len(rows) && rows[y]*12 > most
		if full && start < 0 {
			start = y
		}
		if !full && start >= 0 {
			if y-start >= high/4 {
				out = append(out, image.Rect(box.Min.X, box.Min.Y+start, box.Max.X, box.Min.Y+y))
			}
			start = -1
		}
	}
	if out = joinBands(out, high*5/4); len(out) < 2 {
		return []image.Rectangle{box}
	}
	for i, b := range out {
		out[i] = trim(page, image.Rect(b.Min.X, max(box.Min.Y, b.Min.Y-2), b.Max.X, min(box.Max.Y, b.Max.Y+2)))
	}
	return out
}

// joinPieces puts pieces together that stand in one row with a small gap
// between them, and drops specks.
func joinPieces(page *image.Gray, pieces []image.Rectangle, high int) []image.Rectangle {
	slices.SortFunc(pieces, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
	sets := newSets(len(pieces))
	for i, a := range pieces {
		for j := i + 1; j < len(pieces) && pieces[j].Min.X-a.Max.X < 2*high; j++ {
			if sameRow(a, pieces[j]) && alike(a.Dy(), pieces[j].Dy(), high) {
				sets.join(i, j)
			}
		}
	}
	var out []image.Rectangle
	for _, group := range sets.groups() {
		var box image.Rectangle
		for _, i := range group {
			box = box.Union(pieces[i])
		}
		if box.Dy() >= letterLow && box.Dx() >= letterLow && inkOf(page, box) >= inkLeast || box.Dx() > 2*high {
			out = append(out, box)
		}
	}
	return out
}

// alike reports whether two heights may be of letters of one line; the lower of
// them may be a sign between letters of the usual height.
func alike(a, b, high int) bool { return max(a, b)*10 <= 17*max(min(a, b), high*4/5) }

// sameRow reports whether the middle of the lower of two pieces lies in the
// other.
func sameRow(a, b image.Rectangle) bool {
	if a.Dy() < b.Dy() {
		a, b = b, a
	}
	middle := (b.Min.Y + b.Max.Y) / 2
	return a.Min.Y-a.Dy()/8 <= middle && middle <= a.Max.Y+a.Dy()/8
}

// readingOrder orders pieces row by row, columns of text one after the other.
func readingOrder(pieces []image.Rectangle) []ocrLine {
	var out []ocrLine
	row := 0
	for _, block := range columns(pieces) {
		slices.SortFunc(block, func(a, b image.Rectangle) int { return a.Min.Y + a.Max.Y - b.Min.Y - b.Max.Y })
		for len(block) > 0 {
			row++
			first := block[0]
			in := func(p image.Rectangle) bool { return sameRow(p, first) }
			var line []image.Rectangle
			for _, p := range block {
				if in(p) {
					line = append(line, p)
				}
			}
			block = slices.DeleteFunc(block, in)
			slices.SortFunc(line, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
			for _, p := range line {
				out = append(out, ocrLine{box: p, rowOf: row})
			}
		}
	}
	return out
}

// columns cuts a page at gaps from top to bottom with lines of text on both
// sides, over and over. The cells of a list are too short for columns of text.
func columns(pieces []image.Rectangle) [][]image.Rectangle {
	if len(pieces) < 2*columnLines {
		return [][]image.Rectangle{pieces}
	}
	slices.SortFunc(pieces, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
	right := pieces[0].Max.X
	for i, p := range pieces {
		if p.Min.X > right+p.Dy()/2 && textColumn(pieces[:i]) && textColumn(pieces[i:]) {
			return slices.Concat(columns(slices.Clone(pieces[:i])), columns(slices.Clone(pieces[i:])))
		}
		right = max(right, p.Max.X)
	}
	return [][]image.Rectangle{pieces}
}

func textColumn(pieces []image.Rectangle) bool {
	wide := 0
	for _, p := range pieces {
		if p.Dx() >= columnWide*p.Dy() {
			wide++
		}
	}
	return wide >= columnLines && wide*2 >= len(pieces)
}
