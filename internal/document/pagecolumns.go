package document

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Tables without lines: rows of short texts that stand below each other in at
// least three columns.

const (
	columnsLeast = 3    // columns of such a table, and rows that fill as many
	columnGap    = 0.8  // of a character's size: wider gaps part two columns
	columnProse  = 9    // characters; three columns of longer texts are prose
	columnsMost  = 60   // columns that are told apart
	rowsMost     = 2000 // rows of a page that are looked at
)

// span is a piece of the x axis.
type span struct{ left, right float64 }

func (s span) overlaps(t span) bool { return s.left < t.right && t.left < s.right }

// columnRow is one line of glyphs, cut where there are gaps.
type columnRow struct {
	pieces   [][]pageGlyph
	spans    []span
	y        float64 // of its middle
	height   float64
	takes    int // row of the table it belongs to, from 0
	anchored bool
}

// findColumns returns the tables of a page that have no lines, and marks their
// glyphs as taken.
func findColumns(glyphs []pageGlyph) []*pageTable {
	rows := columnRows(glyphs)
	if len(rows) > rowsMost {
		return nil
	}
	var out []*pageTable
	for i, done := 0, 0; i < len(rows); {
		n, columns := columnBlock(rows[i:])
		if n == 0 {
			i++
			continue
		}
		for i > done && half(rows[i-1], rows[i]) {
			wider, ok := addColumns(columns, rows[i-1].spans)
			if !ok || len(wider) > len(columns) {
				break
			}
			i, n, columns = i-1, n+1, wider
		}
		if t := columnTable(rows[i:i+n], columns); t != nil {
			out = append(out, t)
			for _, row := range rows[i : i+n] {
				for _, piece := range row.pieces {
					for _, g := range piece {
						glyphs[g.order].c = 0
					}
				}
			}
		}
		i += n
		done = i
	}
	return out
}

// half reports whether two lines are nearer to each other than those of one
// text: the one stands in the middle of its row, the other in two lines.
func half(above, below columnRow) bool {
	return above.y-below.y < 0.9*max(above.height, below.height)
}

// columnRows parts the glyphs of a page into lines and those into pieces.
func columnRows(glyphs []pageGlyph) []columnRow {
	free := make([]pageGlyph, 0, len(glyphs))
	for i, g := range glyphs {
		if g.c != 0 {
			g.order = i
			free = append(free, g)
		}
	}
	var out []columnRow
	for _, line := range glyphRows(free) {
		row := columnRow{takes: -1}
		for _, g := range line {
			row.height = max(row.height, g.box.height())
		}
		_, row.y = line[0].box.middle()
		for i := 0; i < len(line); {
			j, at := i+1, span{line[i].box.left, line[i].box.right}
			for j < len(line) && line[j].box.left-at.right < columnGap*min(line[j].box.height(), 2*max(line[j].box.width(), line[j-1].box.width())) {
				at.right = max(at.right, line[j].box.right)
				j++
			}
			row.pieces, row.spans = append(row.pieces, line[i:j]), append(row.spans, at)
			i = j
		}
		out = append(out, row)
	}
	return out
}

// columnBlock returns how many of the rows, from the first on, stand in common
// columns, and these; none when that is no table.
func columnBlock(rows []columnRow) (n int, columns []span) {
	if len(rows[0].spans) < columnsLeast || len(rows[0].spans) > columnsMost {
		return 0, nil
	}
	full := 0
	for n < len(rows) {
		row := &rows[n]
		if n > 0 && rows[n-1].y-row.y > 4*max(row.height, rows[n-1].height, 6) {
			break
		}
		wider, ok := addColumns(columns, row.spans)
		if !ok || len(wider) > columnsMost {
			break
		}
		columns = wider
		if len(row.spans) >= columnsLeast {
			full = n + 1
		}
		n++
	}
	// Lines behind the last full row may be those of its cells, or text.
	for n > full && len(rows[n-1].spans) < 2 && rows[n-2].y-rows[n-1].y > 1.8*max(rows[n-2].height, rows[n-1].height) {
		n--
	}
	filled := 0
	for _, row := range rows[:n] {
		if len(row.spans) >= columnsLeast {
			filled++
		}
	}
	if len(columns) < columnsLeast || filled < columnsLeast || columnsOfProse(rows[:n], columns) {
		return 0, nil
	}
	return n, columns
}

// addColumns puts pieces into their columns, which may become wider or more;
// not ok when a piece stands in two of them.
func addColumns(columns, pieces []span) (out []span, ok bool) {
	out = slices.Clone(columns)
	for _, p := range pieces {
		at := -1
		for i, c := range out {
			if !c.overlaps(p) {
				continue
			}
			if at >= 0 {
				return nil, false
			}
			at = i
		}
		if at < 0 {
			out = append(out, p)
			continue
		}
		out[at] = span{min(out[at].left, p.left), max(out[at].right, p.right)}
	}
	slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.left, b.left) })
	for i := 1; i < len(out); i++ {
		if out[i-1].overlaps(out[i]) {
			return nil, false
		}
	}
	return out, true
}

// columnsOfProse reports whether the text of every column is long.
func columnsOfProse(rows []columnRow, columns []span) bool {
	for _, c := range columns {
		runes, pieces := 0, 0
		for _, row := range rows {
			for i, s := range row.spans {
				if s.overlaps(c) {
					runes += len(row.pieces[i])
					pieces++
				}
			}
		}
		if runes < columnProse*pieces {
			return false
		}
	}
	return true
}

// columnTable makes a table of rows in common columns.
func columnTable(rows []columnRow, columns []span) *pageTable {
	count := spacedRows(rows, columns)
	if count == 0 {
		count = anchorRows(rows, columns)
	}
	cells := make([]pageCell, count*len(columns))
	for i := range cells {
		row, col := i/len(columns)+1, i%len(columns)+1
		cells[i] = pageCell{row: row, col: col, lastRow: row, lastCol: col, box: pageBox{columns[col-1].left, columns[col-1].right, 0, 0}}
	}
	for _, r := range rows {
		for i, piece := range r.pieces {
			col := slices.IndexFunc(columns, func(c span) bool { return c.overlaps(r.spans[i]) })
			if col < 0 {
				continue
			}
			c := &cells[r.takes*len(columns)+col]
			c.glyphs = append(c.glyphs, piece...)
		}
	}
	t := newPageTable(cells)
	if t != nil {
		t.loose = true
	}
	return t
}

// spacedRows says for each line which row of the table it belongs to where more
// space parts the rows than the lines of a cell, and returns how many rows there
// are; none where that cannot be told.
func spacedRows(rows []columnRow, columns []span) int {
	pitch := linePitch(rows, columns)
	n, doubtful := 0, 0
	for i := 0; i < len(rows); n++ {
		full := 0
		for j := i; i < len(rows) && (i == j || rows[i-1].y-rows[i].y < 1.15*pitch); i++ {
			rows[i].takes = n
			if len(rows[i].spans) >= columnsLeast {
				full++
			}
		}
		if full > 1 {
			doubtful++ // several rows, as likely as not
		}
	}
	if n < columnsLeast || doubtful*4 > n {
		return 0
	}
	return n
}

// linePitch returns the least distance of two texts below each other in a
// column.
func linePitch(rows []columnRow, columns []span) float64 {
	least := math.Inf(1)
	for _, c := range columns {
		last := math.Inf(1)
		for _, r := range rows {
			if slices.ContainsFunc(r.spans, c.overlaps) {
				least = min(least, last-r.y)
				last = r.y
			}
		}
	}
	return least
}

// anchorRows says for each line which row of the table it belongs to, and
// returns how many rows there are. A row has one line that fills most of its
// columns; the other lines of its cells stand above or below that one.
func anchorRows(rows []columnRow, columns []span) int {
	first, full := 0, 0
	for _, r := range rows {
		if len(r.spans) >= columnsLeast {
			full++
			if r.spans[0].overlaps(columns[0]) {
				first++
			}
		}
	}
	byFirst := first*10 >= full*6
	n := 0
	for i := range rows {
		r := &rows[i]
		if byFirst {
			r.anchored = r.spans[0].overlaps(columns[0]) && len(r.spans) > 1
		} else {
			r.anchored = len(r.spans) >= columnsLeast
		}
		if r.anchored {
			r.takes = n
			n++
		}
	}
	last := -1 // anchored line before
	for i := 0; i <= len(rows); i++ {
		if i < len(rows) && !rows[i].anchored {
			continue
		}
		shareLines(rows, last, i)
		last = i
	}
	return max(n, 1)
}

// shareLines gives the lines between two anchored ones to one of them: they are
// parted where the gap is widest.
func shareLines(rows []columnRow, above, below int) {
	cut := below // first line that belongs to the one below
	if above < 0 {
		cut = 0
	} else if below < len(rows) {
		widest := 0.0
		for i := above + 1; i <= below; i++ {
			if gap := rows[i-1].y - rows[i].y; gap > 1.1*widest {
				widest, cut = gap, i
			}
		}
		if widest <= 1.1*(rows[above].y-rows[above+1].y) {
			cut = below // all gaps are alike: cells begin at the top
		}
	}
	for i := above + 1; i < below; i++ {
		switch {
		case i < cut:
			rows[i].takes = rows[above].takes
		case below < len(rows):
			rows[i].takes = rows[below].takes
		default:
			rows[i].takes = 0
		}
	}
}

// mayHaveColumns reports whether a text reads as if some of it stood in
// columns: several lines are cut into pieces, or most are short.
func mayHaveColumns(text string) bool {
	lines, cut, runes := 0, 0, 0
	for line := range strings.Lines(text) {
		n := visibleRunes(line)
		if n == 0 {
			continue
		}
		lines++
		runes += n
		if n < 120 && len(strings.Fields(line)) >= columnsLeast && (countHan(line) > 0 || digitRun(line) > 3) {
			cut++
		}
	}
	return cut >= columnsLeast || lines >= 3*columnsLeast && runes < 10*lines
}
