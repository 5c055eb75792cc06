package document

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/scanner"
)

// pageTable is a table found on a page: its cells with text, in the order of
// their rows.
type pageTable struct {
	cells []pageCell
	cols  int
	rows  int
	box   pageBox
	from  int  // index of its first glyph in the text
	loose bool // it has no lines: its edges are those of its texts
}

// newPageTable makes a table of the cells of a grid and their glyphs; nil when
// there is text in less than two columns.
func newPageTable(cells []pageCell) *pageTable {
	t := &pageTable{from: math.MaxInt}
	cols := map[int]bool{}
	for _, c := range cells {
		t.cols, t.rows = max(t.cols, c.lastCol), max(t.rows, c.lastRow)
		if len(c.glyphs) == 0 {
			continue
		}
		if len(t.cells) == 0 {
			t.box = c.box
		}
		t.box = t.box.around(c.box)
		cols[c.col] = true
		t.cells = append(t.cells, c)
	}
	if len(cols) < 2 {
		return nil
	}
	slices.SortStableFunc(t.cells, func(a, b pageCell) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
	})
	for i := range t.cells {
		for _, g := range t.cells[i].glyphs {
			t.from = min(t.from, g.at)
		}
		t.cells[i].read()
	}
	return t
}

// without takes hidden texts out of the cells.
func (t *pageTable) without(hidden []string) {
	texts := make([]string, 0, 1)
	for i := range t.cells {
		texts = append(texts[:0], t.cells[i].text)
		if kept := linesWithout(texts, hidden); len(kept) > 0 {
			t.cells[i].text = kept[0]
		} else {
			t.cells[i].text = ""
		}
	}
	t.cells = slices.DeleteFunc(t.cells, func(c pageCell) bool { return c.text == "" })
}

// drawTogether takes the spaces between the characters of a text that is spread
// out away.
func (t *pageTable) drawTogether() {
	for i := range t.cells {
		t.cells[i].text = drawTogether(t.cells[i].text)
	}
}

// rowAt returns the end of the row that begins with cell i.
func (t *pageTable) rowAt(i int) int {
	j := i + 1
	for j < len(t.cells) && t.cells[j].row == t.cells[i].row {
		j++
	}
	return j
}

// head marks the cells that name the columns: the first row of several cells
// when it reads like that, and the rows below titles of groups in it.
func (t *pageTable) head() {
	for i := 0; i < len(t.cells); {
		j := t.rowAt(i)
		if j-i < 2 {
			i = j
			continue
		}
		if !cellsName(t.cells[i:j]) {
			return
		}
		deep, groups := t.cells[i].row, false
		for k := i; k < j; k++ {
			c := &t.cells[k]
			c.header = true
			c.text = withoutBreaks(c.text)
			deep = max(deep, c.lastRow)
			groups = groups || c.lastCol > c.col && c.lastRow == c.row
		}
		if groups {
			deep = max(deep, t.cells[i].row+1)
		}
		for k := j; k < len(t.cells) && t.cells[k].row <= deep; {
			end := t.rowAt(k)
			if !cellsName(t.cells[k:end]) {
				return
			}
			for ; k < end; k++ {
				t.cells[k].header = true
				t.cells[k].text = withoutBreaks(t.cells[k].text)
			}
		}
		return
	}
}

// cellsName is namesColumns for cells.
func cellsName(cells []pageCell) bool {
	for _, c := range cells {
		if utf8.RuneCountInString(c.text) > shortCell || digitRun(c.text) >= 5 {
			return false
		}
	}
	return true
}

// withoutBreaks takes the line ends between Chinese characters out of the
// heading of a narrow column.
func withoutBreaks(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	var out strings.Builder
	for i, l := range lines {
		if i > 0 {
			if r, _ := utf8.DecodeRuneInString(l); !unicode.Is(unicode.Han, r) {
				out.WriteByte('\n')
			}
		}
		out.WriteString(l)
	}
	return out.String()
}

// columns returns the cells of the header that name a column, each column's
// lowest one.
func (t *pageTable) columns() []pageCell {
	var out []pageCell
	for _, c := range t.cells {
		if !c.header {
			continue
		}
		out = slices.DeleteFunc(out, func(o pageCell) bool {
			x, _ := c.box.middle()
			return o.box.left < x && x < o.box.right
		})
		out = append(out, c)
	}
	return out
}

// pageTables gives the tables of the pages of a file. One that goes on on the
// next page keeps its number and the names of its columns.
type pageTables struct {
	ordinal int
	rows    int
	last    *pageTable // the table that may go on
	heads   []pageCell // its header
	names   []pageCell // its columns
	apart   bool       // there is text behind it
}

// continues reports whether t goes on with the last table: it has the same
// columns and no other names for them.
func (p *pageTables) continues(t *pageTable) bool {
	slack := 4.0 // points
	if t.loose {
		slack = 25
	}
	l := p.last
	if l == nil || t.loose != l.loose || t.cols != l.cols || math.Abs(t.box.left-l.box.left) > slack || math.Abs(t.box.right-l.box.right) > slack {
		return false
	}
	return !p.apart || !slices.ContainsFunc(t.cells, func(c pageCell) bool { return c.header }) || p.repeats(t) > 0
}

// repeats returns how many of the first cells of t repeat the header.
func (p *pageTables) repeats(t *pageTable) int {
	n := 0
	for n < len(p.heads) && n < len(t.cells) && p.heads[n].text == t.cells[n].text && p.heads[n].col == t.cells[n].col {
		n++
	}
	if n < len(p.heads) {
		return 0
	}
	return n
}

// emit gives the cells of a table; line is the number of its first row.
func (p *pageTables) emit(f *file, t *pageTable, page, line int) error {
	t.head()
	skip := 0
	if p.continues(t) {
		if skip = p.repeats(t); skip == 0 {
			for i := range t.cells { // a row that reads like a header is none
				t.cells[i].header = false
			}
		}
	} else {
		*p = pageTables{ordinal: f.nextTable(), names: t.columns()}
		for _, c := range t.cells {
			if c.header {
				p.heads = append(p.heads, c)
			}
		}
	}
	for i, c := range t.cells {
		s := scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Page: page, Line: line + c.row - 1}, Text: c.text}
		if i < skip {
			s.Place.Kind = scanner.KindHeader // of the page: it repeats
		} else {
			s.Table, s.Row, s.Col, s.Header = p.ordinal, p.rows+c.row, c.col, c.header
			if !c.header {
				s.Col = p.column(c)
			}
		}
		if err := f.emit(s); err != nil {
			return err
		}
	}
	p.rows += t.rows
	p.last, p.apart = t, false
	return nil
}

// column returns the column a cell stands in: that of the heading above it, as
// the borders of rows are not always in one line.
func (p *pageTables) column(c pageCell) int {
	x, _ := c.box.middle()
	for _, h := range p.names {
		if h.box.left < x && x < h.box.right && c.lastCol-c.col <= h.lastCol-h.col {
			return h.col
		}
	}
	return c.col
}
