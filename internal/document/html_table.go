package document

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"prescreen/scanner"
)

const (
	maxSpan   = 1000 // columns or rows one cell may claim, as browsers limit it
	maxCols   = 1000 // columns tracked for row spans
	shortCell = 20   // characters a heading of a column has at most
)

// table is one open table.
type table struct {
	ordinal  int
	depth    int // length of the stack with its element on it
	row, col int // of the current cell, 1-based
	next     int // column after the current cell
	inCell   bool
	inRow    bool
	inHead   bool
	header   bool  // the current cell is one
	spans    []int // rows still covered by a cell above, per column

	// The first row with several cells is held back until it is known
	// whether it names the columns.
	held     []scanner.Segment
	cells    int  // of the current row
	marked   bool // a header row was found, or there is none
	deepHead int  // last row that belongs to the header
}

func (p *htmlParser) table() *table {
	if n := len(p.tables); n > 0 {
		return &p.tables[n-1]
	}
	return nil
}

// implyTable closes what the start of a row, cell or section ends. Cells
// outside any table, as pasted pieces have them, get one.
func (p *htmlParser) implyTable(t tag) {
	fence := -1
	for i, stop := len(p.stack)-1, max(len(p.stack)-maxSearch, 0); i >= stop; i-- {
		if p.stack[i].tag == tagTable || p.stack[i].tag == tagTemplate {
			fence = i
			break
		}
	}
	if len(p.tables) == 0 {
		p.flush()
		p.tables = append(p.tables, table{ordinal: p.f.nextTable()})
	}
	for i := fence + 1; i < len(p.stack); i++ {
		switch e := p.stack[i].tag; {
		case e == tagTD, e == tagTH, e == tagCaption,
			e == tagTR && t != tagTD && t != tagTH,
			(e == tagTBody || e == tagTHead) && (t == tagTBody || t == tagTHead):
			p.popTo(i)
			return
		}
	}
}

func (p *htmlParser) beginRow() {
	if tb := p.table(); tb != nil {
		p.endRow()
		tb.row++
		tb.next, tb.cells, tb.inRow = 1, 0, true
		for i := range tb.spans {
			tb.spans[i] = max(tb.spans[i]-1, 0)
		}
	}
}

func (p *htmlParser) beginCell(th bool) {
	tb := p.table()
	if tb == nil {
		return
	}
	if !tb.inRow {
		p.beginRow()
	}
	col := tb.next
	for col-1 < len(tb.spans) && tb.spans[col-1] > 0 {
		col++
	}
	wide, high := p.span("colspan"), p.span("rowspan")
	tb.col, tb.next = col, col+wide
	tb.cells++
	tb.inCell = true
	tb.header = th || tb.inHead || tb.row <= tb.deepHead
	if high > 1 && tb.next-1 <= maxCols {
		for len(tb.spans) < tb.next-1 {
			tb.spans = append(tb.spans, 0)
		}
		for c := col - 1; c < tb.next-1; c++ {
			tb.spans[c] = high // one is taken off at the start of each row
		}
	}
	if th {
		tb.marked = true
	}
	if !tb.marked && wide > 1 && high == 1 && tb.cells > 1 {
		tb.deepHead = max(tb.deepHead, tb.row+1) // a group title: the row below names the columns
	}
}

func (p *htmlParser) span(name string) int {
	v, ok := p.attr(name)
	if !ok {
		return 1
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

// hold takes a segment of the row that may turn out to be the header.
func (tb *table) hold(s scanner.Segment) bool {
	if tb.marked || !tb.inRow || !tb.inCell {
		return false
	}
	tb.held = append(tb.held, s)
	return true
}

// endRow decides about the first row of several cells and lets it go.
func (p *htmlParser) endRow() {
	tb := p.table()
	if tb == nil {
		return
	}
	tb.inRow, tb.inCell = false, false
	if len(tb.held) == 0 {
		return
	}
	held := tb.held
	tb.held = nil
	isHead := false
	if tb.cells > 1 {
		tb.marked = true
		isHead = namesColumns(held)
	}
	if !isHead {
		tb.deepHead = 0
	}
	for _, s := range held {
		s.Header = s.Header || isHead
		p.emitNow(s)
	}
}

// namesColumns reports whether the cells of a row read like the headings of
// columns: short, and without the digits that values have.
func namesColumns(cells []scanner.Segment) bool {
	for _, c := range cells {
		if utf8.RuneCountInString(c.Text) > shortCell || digitRun(c.Text) >= 5 {
			return false
		}
	}
	return len(cells) > 1
}

// digitRun returns the length of the longest run of ASCII digits in s.
func digitRun(s string) int {
	best, n := 0, 0
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			n++
			best = max(best, n)
		} else {
			n = 0
		}
	}
	return best
}
