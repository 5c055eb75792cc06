package document

import (
	"cmp"
	"math"
	"slices"
)

// pageGrid is a table drawn with lines. Where no line is between two of its
// fields they are one cell.
type pageGrid struct {
	xs    []float64 // of the upright lines, from left to right
	ys    []float64 // of the level lines, from the top down
	cells []pageCell
	field []int // which of the cells each field belongs to, row by row
}

// Fields of a grid that is looked at, at most.
const gridMost = 40_000

// findGrids returns the grids that the lines of a page make, the small ones
// first: a glyph belongs to the innermost.
func findGrids(rules []pageRule) []*pageGrid {
	if len(rules) < 4 || len(rules) > ruleMost {
		return nil
	}
	var out []*pageGrid
	for _, group := range ruleGroups(joinRules(rules, true), joinRules(rules, false)) {
		if g := newGrid(group); g != nil {
			out = append(out, g)
		}
	}
	size := func(g *pageGrid) float64 { b := g.box(); return b.width() * b.height() }
	slices.SortStableFunc(out, func(a, b *pageGrid) int { return cmp.Compare(size(a), size(b)) })
	return out
}

// newGrid makes a grid of lines that hang together; nil when they are too few,
// or too many.
func newGrid(rules []pageRule) *pageGrid {
	rules = closeGrid(rules)
	g := &pageGrid{}
	for _, r := range rules {
		if r.level {
			g.ys = append(g.ys, r.at)
		} else {
			g.xs = append(g.xs, r.at)
		}
	}
	slices.Sort(g.xs)
	slices.SortFunc(g.ys, func(a, b float64) int { return cmp.Compare(b, a) })
	g.xs, g.ys = slices.Compact(g.xs), slices.Compact(g.ys)
	cols, rows := g.cols(), g.rows()
	if cols < 2 || rows < 1 || cols*rows > gridMost {
		return nil
	}
	g.unite(rules)
	return g
}

// closeGrid adds the outer borders some tables do without: lines that go on
// beyond the last one across them have fields there.
func closeGrid(rules []pageRule) []pageRule {
	none := pageBox{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	lines, ends := none, none
	for _, r := range rules {
		if r.level {
			lines.bottom, lines.top = min(lines.bottom, r.at), max(lines.top, r.at)
			ends.left, ends.right = min(ends.left, r.from), max(ends.right, r.to)
		} else {
			lines.left, lines.right = min(lines.left, r.at), max(lines.right, r.at)
			ends.bottom, ends.top = min(ends.bottom, r.from), max(ends.top, r.to)
		}
	}
	const open = 8 // points
	whole := lines.around(ends)
	if lines.left-ends.left > open {
		rules = append(rules, pageRule{false, ends.left, whole.bottom, whole.top})
	}
	if ends.right-lines.right > open {
		rules = append(rules, pageRule{false, ends.right, whole.bottom, whole.top})
	}
	if ends.top-lines.top > open {
		rules = append(rules, pageRule{true, ends.top, whole.left, whole.right})
	}
	if lines.bottom-ends.bottom > open {
		rules = append(rules, pageRule{true, ends.bottom, whole.left, whole.right})
	}
	return rules
}

func (g *pageGrid) cols() int { return len(g.xs) - 1 }
func (g *pageGrid) rows() int { return len(g.ys) - 1 }

func (g *pageGrid) box() pageBox {
	return pageBox{g.xs[0], g.xs[len(g.xs)-1], g.ys[len(g.ys)-1], g.ys[0]}
}

// unite makes one cell of neighbours without a line between them.
func (g *pageGrid) unite(rules []pageRule) {
	cols, rows := g.cols(), g.rows()
	levels, uprights := map[float64][]pageRule{}, map[float64][]pageRule{}
	for _, r := range rules {
		if r.level {
			levels[r.at] = append(levels[r.at], r)
		} else {
			uprights[r.at] = append(uprights[r.at], r)
		}
	}
	areas := newSets(cols * rows)
	for row := range rows {
		for col := range cols {
			if col > 0 && !crossed(uprights[g.xs[col]], g.ys[row+1], g.ys[row]) {
				areas.join(row*cols+col-1, row*cols+col)
			}
			if row > 0 && !crossed(levels[g.ys[row]], g.xs[col], g.xs[col+1]) {
				areas.join((row-1)*cols+col, row*cols+col)
			}
		}
	}
	g.field = make([]int, cols*rows)
	at := map[int]int{} // cell of an area
	for i := range g.field {
		row, col := i/cols+1, i%cols+1
		box := pageBox{g.xs[col-1], g.xs[col], g.ys[row], g.ys[row-1]}
		n, ok := at[areas.root(i)]
		if !ok {
			n = len(g.cells)
			at[areas.root(i)] = n
			g.cells = append(g.cells, pageCell{row: row, col: col, lastRow: row, lastCol: col, box: box})
		}
		c := &g.cells[n]
		c.col = min(c.col, col)
		c.lastRow, c.lastCol = max(c.lastRow, row), max(c.lastCol, col)
		c.box = c.box.around(box)
		g.field[i] = n
	}
}

// crossed reports whether one of the lines runs along most of the way.
func crossed(line []pageRule, from, to float64) bool {
	for _, r := range line {
		if min(r.to, to)-max(r.from, from) > 0.6*(to-from) {
			return true
		}
	}
	return false
}

// at returns the cell the point is in, nil outside.
func (g *pageGrid) at(x, y float64) *pageCell {
	b := g.box()
	if x < b.left || x >= b.right || y <= b.bottom || y > b.top {
		return nil
	}
	col, found := slices.BinarySearch(g.xs, x)
	if !found {
		col--
	}
	row, _ := slices.BinarySearchFunc(g.ys, y, func(at, y float64) int { return cmp.Compare(y, at) })
	row = max(row-1, 0)
	return &g.cells[g.field[min(row, g.rows()-1)*g.cols()+min(col, g.cols()-1)]]
}

// take gives each cell its glyphs and returns the table they make, if any; they
// are marked as taken then. Numbers that are too wide for their cell are not cut.
func (g *pageGrid) take(glyphs []pageGlyph) *pageTable {
	for i := 0; i < len(glyphs); {
		j := i + 1
		for j < len(glyphs) && glyphs[j-1].sameDigits(&glyphs[j]) {
			j++
		}
		if c := g.most(glyphs[i:j]); c != nil {
			c.glyphs = append(c.glyphs, glyphs[i:j]...)
		}
		i = j
	}
	t := newPageTable(g.cells)
	if t != nil {
		for i := range glyphs {
			if g.at(glyphs[i].box.middle()) != nil {
				glyphs[i].c = 0
			}
		}
	}
	return t
}

// most returns the cell most of the glyphs are in, the first of several.
func (g *pageGrid) most(run []pageGlyph) *pageCell {
	var best *pageCell
	most := 0
	for i := 0; i < len(run); {
		c := g.at(run[i].box.middle())
		j := i + 1
		for j < len(run) && g.at(run[j].box.middle()) == c {
			j++
		}
		if c != nil && run[i].c != 0 && j-i > most {
			best, most = c, j-i
		}
		i = j
	}
	return best
}

// sameDigits reports whether two glyphs are digits of one number.
func (g *pageGlyph) sameDigits(b *pageGlyph) bool {
	gap := b.box.left - g.box.right
	return g.c >= '0' && g.c <= '9' && (b.c >= '0' && b.c <= '9' || b.c == 'X') && !b.space &&
		gap < 0.2*g.box.width() && gap > -g.box.width() && b.box.bottom < g.box.top && b.box.top > g.box.bottom
}
