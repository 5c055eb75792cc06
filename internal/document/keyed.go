package document

import (
	"context"
	"strings"

	"prescreen/scanner"
)

// keyed turns records, objects of JSON or elements of XML, into tables: the
// records of one path are the rows, their keys the columns. A key is as good
// a sign of what its value is as the heading of a column: "idcard": "…".
type keyed struct {
	page   *page
	tables map[string]*keyedTable // by path without ordinals
	arena  arena
}

// keyedTable is one table; row 1 holds the keys.
type keyedTable struct {
	ordinal int
	rows    int
	cols    map[string]int
}

// Beyond these, values are emitted without their place in a table.
const (
	maxKeyedTables = 20_000
	maxKeyedCols   = 10_000
)

// appendStep appends one step to a path. A path ends growing where nobody
// could follow it any more: it is copied for every value.
func appendStep(path []byte, sep, name string) []byte {
	const most = 1024
	if len(path) > most {
		return path
	}
	return append(append(path, sep...), shortName(name)...)
}

func newKeyed(ctx context.Context, f *file) *keyed {
	return &keyed{page: &page{ctx: ctx, f: f}, tables: make(map[string]*keyedTable)}
}

// record begins a record at path and returns its table and row.
func (k *keyed) record(path string) (*keyedTable, int) {
	t := k.tables[path]
	if t == nil {
		if len(k.tables) >= maxKeyedTables {
			return nil, 0
		}
		t = &keyedTable{ordinal: k.page.f.nextTable(), rows: 1, cols: make(map[string]int)}
		k.tables[path] = t
	}
	t.rows++
	return t, t.rows
}

// value emits the value of a key in a record. place is its path.
func (k *keyed) value(t *keyedTable, row int, key, text, place string, kind scanner.Kind) error {
	if isBlank(text) {
		return nil
	}
	f := k.page.f
	s := scanner.Segment{Place: scanner.Place{Kind: kind, XPath: place}, Text: text}
	if t != nil && key != "" {
		col := t.cols[key]
		if col == 0 && len(t.cols) < maxKeyedCols {
			col = len(t.cols) + 1
			t.cols[key] = col
			err := f.emit(scanner.Segment{
				Place: scanner.Place{Kind: kind, XPath: place}, Text: key,
				Table: t.ordinal, Row: 1, Col: col, Header: true,
			})
			if err != nil {
				return err
			}
		}
		if col > 0 {
			s.Table, s.Row, s.Col = t.ordinal, row, col
		}
	}
	if strings.IndexByte(text, '<') >= 0 && SniffMarkup(text) {
		p := htmlParser{page: k.page, prefix: place, level: 1, tokenizer: tokenizer{src: text}}
		return p.run()
	}
	if looksLikeAddress(text) {
		k.page.links = append(k.page.links, rawLink{ref: text, via: "data"})
	}
	return f.emit(s)
}
