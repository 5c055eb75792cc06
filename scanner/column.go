package scanner

import (
	"fmt"
	"regexp"
	"strings"
)

// column is the compiled column part of a rule.
type column struct {
	headers, not [][]rune
	clean        [][]rune
	pattern      *regexp.Regexp // nil: any value
	min          int
}

func (c *compiler) column(r *rule) error {
	src := r.Match.Column
	col := &column{headers: r.folder.all(src.Headers), not: r.folder.all(src.Not), clean: r.folder.all(src.Clean), min: max(src.MinCells, 1)}
	if src.Pattern != "" {
		re, err := regexp.Compile(src.Pattern)
		if err != nil {
			return fmt.Errorf("column pattern: %w", err)
		}
		col.pattern = re
	}
	r.column = col
	c.p.columns = append(c.p.columns, r)
	return nil
}

// maxHeader is the longest text that is taken for a header, in bytes.
const maxHeader = 120

// columns looks for tables with columns that rules name by their header.
func (sc *scan) columns() {
	g := sc.grid()
	last := int32(-1)
	for _, c := range g.cells {
		if c.table == last {
			continue
		}
		last = c.table
		for _, h := range g.headersOf(int(c.table)) {
			text := sc.doc.Segments[h.seg].Text
			if len(text) > maxHeader || text == "" {
				continue
			}
			for _, r := range sc.s.prog.columns {
				if contains(r.folder, text, r.column.headers) && !contains(r.folder, text, r.column.not) {
					sc.columnCells(r, g, h)
				}
			}
		}
	}
}

// contains reports whether text holds one of the literals.
func contains(f *folder, text string, lits [][]rune) bool {
	for i := 0; i < len(text); {
		r, n := f.next(text, i)
		for _, lit := range lits {
			if lit[0] == r && f.literal(text, i, lit) >= 0 {
				return true
			}
		}
		i += n
	}
	return false
}

// columnCells makes one candidate of the cells below a header that hold
// values: its place is the first of them, its count their number.
func (sc *scan) columnCells(r *rule, g *grid, header cell) {
	first := candidate{rule: r, seg: -1, pair: -1}
	n := 0
	for _, c := range between(g.cells, cell{header.table, header.row + 1, 0, -1}, cell{header.table + 1, 0, 0, -1}) {
		if c.col != header.col || sc.doc.Segments[c.seg].Header {
			continue
		}
		text := sc.doc.Segments[c.seg].Text
		start, end := trimSpaces(text)
		if start == end || !r.column.counts(r.folder, text[start:end]) {
			continue
		}
		if n == 0 {
			// The whole cell, not what the pattern matched in it: the rest of
			// an address is no harmless context.
			first.seg, first.start, first.end = int(c.seg), start, end
		}
		n++
	}
	if n < r.column.min || n == 0 {
		return
	}
	first.cells = n
	sc.candidate(&first)
}

// counts reports whether the text of a cell is a value that counts.
func (c *column) counts(f *folder, text string) bool {
	for _, lit := range c.clean {
		if f.literal(text, 0, lit) == len(text) {
			return false
		}
	}
	if c.pattern != nil {
		return c.pattern.MatchString(text)
	}
	return !strings.ContainsAny(text, "*＊") && !onlyEdge(text)
}

func trimSpaces(s string) (from, to int) {
	t := strings.TrimLeftFunc(s, isSpace)
	from = len(s) - len(t)
	return from, from + len(strings.TrimRightFunc(t, isSpace))
}
