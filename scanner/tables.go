package scanner

import (
	"slices"
	"strings"

	"prescreen/scanner/match"
)

// listSet is a set of context lists.
type listSet []uint64

func (s listSet) has(l int32) bool { return s[l>>6]>>(l&63)&1 != 0 }

func (s listSet) add(l int32) { s[l>>6] |= 1 << (l & 63) }

// cell is a table cell and the segment that holds it.
type cell struct{ table, row, col, seg int32 }

func (a cell) compare(b cell) int {
	switch {
	case a.table != b.table:
		return int(a.table - b.table)
	case a.row != b.row:
		return int(a.row - b.row)
	case a.col != b.col:
		return int(a.col - b.col)
	}
	return int(a.seg - b.seg)
}

// grid finds the cells of a document by table, row and column. It is built
// when a candidate first asks.
type grid struct {
	built   bool
	cells   []cell // sorted
	headers []cell // header cells, sorted

	row     cell // of rowSet
	rowSet  listSet
	rowOK   bool
	byCol   map[[2]int32]listSet
	byTable map[int32]listSet
}

func (g *grid) reset() {
	g.built, g.rowOK = false, false
	g.cells, g.headers = g.cells[:0], g.headers[:0]
	clear(g.byCol)
	clear(g.byTable)
}

func (sc *scan) grid() *grid {
	g := &sc.cells
	if g.built {
		return g
	}
	g.built = true
	for i := range sc.doc.Segments {
		s := &sc.doc.Segments[i]
		if s.Table <= 0 {
			continue
		}
		c := cell{int32(s.Table), int32(s.Row), int32(s.Col), int32(i)}
		g.cells = append(g.cells, c)
		if s.Header {
			g.headers = append(g.headers, c)
		}
	}
	for _, cells := range [][]cell{g.cells, g.headers} {
		if !slices.IsSortedFunc(cells, cell.compare) {
			slices.SortFunc(cells, cell.compare)
		}
	}
	return g
}

// rowOf returns the cells of a row.
func (g *grid) rowOf(table, row int) []cell {
	return between(g.cells, cell{int32(table), int32(row), 0, -1}, cell{int32(table), int32(row) + 1, 0, -1})
}

func between(cells []cell, from, to cell) []cell {
	i, _ := slices.BinarySearchFunc(cells, from, cell.compare)
	j, _ := slices.BinarySearchFunc(cells, to, cell.compare)
	return cells[i:j]
}

// headersOf returns the header cells of a table: those marked as such, or
// its first row.
func (g *grid) headersOf(table int) []cell {
	t := int32(table)
	if h := between(g.headers, cell{t, 0, 0, -1}, cell{t + 1, 0, 0, -1}); len(h) > 0 {
		return h
	}
	all := between(g.cells, cell{t, 0, 0, -1}, cell{t + 1, 0, 0, -1})
	if len(all) == 0 {
		return nil
	}
	return g.rowOf(table, int(all[0].row))
}

// collect adds the lists with a word in the segments' texts to set.
func (sc *scan) collect(set listSet, cells []cell, col int32) {
	for _, c := range cells {
		if col > 0 && c.col != col {
			continue
		}
		sc.collectText(set, sc.s.prog.context, sc.s.prog.lists, sc.doc.Segments[c.seg].Text)
	}
}

func (sc *scan) collectText(set listSet, m *match.Matcher, lists [][]int32, text string) {
	sc.spare = m.Append(sc.spare[:0], text)
	for _, h := range sc.spare {
		for _, l := range lists[h.ID] {
			set.add(l)
		}
	}
}

func (sc *scan) newSet() listSet { return make(listSet, (sc.s.prog.nlists+63)/64) }

// rowLists returns the lists with a word in the row of seg.
func (sc *scan) rowLists(seg *Segment) listSet {
	g := sc.grid()
	at := cell{table: int32(seg.Table), row: int32(seg.Row)}
	if !g.rowOK || g.row != at {
		if g.rowSet == nil {
			g.rowSet = sc.newSet()
		}
		clear(g.rowSet)
		g.row, g.rowOK = at, true
		sc.collect(g.rowSet, g.rowOf(seg.Table, seg.Row), 0)
	}
	return g.rowSet
}

// headerLists returns the lists with a word in the header of seg's column or
// in the text before the table.
func (sc *scan) headerLists(seg *Segment) listSet {
	g := sc.grid()
	key := [2]int32{int32(seg.Table), int32(seg.Col)}
	if s, ok := g.byCol[key]; ok {
		return s
	}
	set := sc.newSet()
	headers := g.headersOf(seg.Table)
	sc.collect(set, headers, int32(seg.Col))
	if len(headers) > 0 {
		sc.collectText(set, sc.s.prog.context, sc.s.prog.lists, sc.caption(headers[0]))
	}
	if g.byCol == nil {
		g.byCol = map[[2]int32]listSet{}
	}
	g.byCol[key] = set
	return set
}

// caption returns the end of the last line right before a table.
func (sc *scan) caption(first cell) string {
	for i := int(first.seg) - 1; i >= 0 && i >= int(first.seg)-2; i-- {
		if s := &sc.doc.Segments[i]; s.Table == 0 && running(s.Place.Kind) {
			text := strings.TrimRightFunc(s.Text, isSpace)
			text = text[strings.LastIndexByte(text, '\n')+1:]
			return text[back(text, len(text), 60):]
		}
	}
	return ""
}

// allHeaderLists returns the lists with a word in any header of the table.
func (sc *scan) allHeaderLists(seg *Segment) listSet {
	g := sc.grid()
	if s, ok := g.byTable[int32(seg.Table)]; ok {
		return s
	}
	set := sc.newSet()
	sc.collect(set, g.headersOf(seg.Table), 0)
	if g.byTable == nil {
		g.byTable = map[int32]listSet{}
	}
	g.byTable[int32(seg.Table)] = set
	return set
}

// headerText returns the text of a column's header, empty where there is none.
func (sc *scan) headerText(table, col int) string {
	for _, c := range sc.grid().headersOf(table) {
		if int(c.col) == col {
			return sc.doc.Segments[c.seg].Text
		}
	}
	return ""
}

// documentHas reports whether a word of a list, one of those that are looked
// for everywhere, stands anywhere in the document. It reads no further than
// it must.
func (sc *scan) documentHas(list int32) bool {
	segs, to := sc.doc.Segments, &sc.everywhereTo
	if sc.s.prog.killing.has(list) {
		to = &sc.killersTo
	}
	for !sc.everywhere.has(list) && *to < len(segs) {
		text, n := sc.far.of(segs[*to:])
		*to += n
		sc.collectText(sc.everywhere, sc.s.prog.document, sc.s.prog.docLists, text)
	}
	return sc.everywhere.has(list)
}

// headLists returns the lists with a word in the head of the document or its
// title.
func (sc *scan) headLists() listSet {
	if !sc.topOK {
		sc.topOK = true
		if sc.top == nil {
			sc.top = sc.newSet()
		}
		clear(sc.top)
		if !sc.head.built {
			sc.head.build(sc.doc, sc.s.prog.deepest)
		}
		for i := range sc.doc.Segments {
			if base := int(sc.head.base[i]); base < defaultHeadLines {
				sc.collectText(sc.top, sc.s.prog.context, sc.s.prog.lists, headText(sc.doc.Segments[i].Text, defaultHeadLines-base))
			}
		}
	}
	return sc.top
}

// headText returns the first n lines of text, as far as they can be head.
func headText(text string, n int) string {
	text = text[:runeStart(text, min(len(text), headBytes))]
	end := 0
	for i := 0; i < len(text) && n > 0; i++ {
		end = i + 1
		if text[i] == '\n' {
			n--
		}
	}
	return text[:end]
}
