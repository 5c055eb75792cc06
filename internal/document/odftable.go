package document

import (
	"strings"

	"prescreen/scanner"
)

// beginTable enters a table of a text, or a sheet of a spreadsheet.
func (o *odfReader) beginTable(x *xmlLexer) error {
	t := &odfTable{id: o.f.nextTable(), name: x.attr("name"), flow: len(o.kinds)}
	t.sheet = o.spreadsheet && len(o.tables) == 0 && len(o.paras) == 0 && len(o.kinds) == 0
	t.hidden = o.lookup(x.attr("style-name")).hidden
	o.tables = append(o.tables, t)
	if !t.sheet {
		return nil
	}
	t.cells = sheetTable{f: o.f, sheet: t.name, hidden: t.hidden, id: t.id}
	kind := scanner.KindHeading
	if t.hidden {
		kind = scanner.KindHidden
	}
	return o.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: t.name}, Text: t.name})
}

func (o *odfReader) endTable() error {
	t := o.table()
	if t == nil {
		return nil
	}
	o.tables = o.tables[:len(o.tables)-1]
	if t.sheet {
		return t.cells.flush()
	}
	return nil
}

// beginCell enters a cell. A cell that stands for a run of equal ones is given
// once, at the first of them.
func (t *odfTable) beginCell(x *xmlLexer, style odfStyle) {
	t.col += max(t.repeat, 1)
	t.repeat = max(1, min(atoi(x.attr("number-columns-repeated")), 1<<14))
	t.inCell = true
	t.value = ""
	rows := "1"
	if len(t.text) > 0 {
		rows = t.text[0]
	}
	t.text = append(t.text[:0], rows)
	if !t.sheet {
		return
	}
	switch x.attr("value-type") {
	case "float", "currency":
		t.value = numberFormat{}.text(x.attr("value"), dates1900)
	case "date":
		t.value = strings.TrimSuffix(strings.Replace(x.attr("date-value"), "T", " ", 1), " 00:00:00")
	case "string":
		t.value = x.attr("string-value") // the text beside it is the same
	}
	if style.unseen() {
		t.value = "\x00" + t.value
	}
}

// endCell gives the cell: its number in full, or its text.
func (t *odfTable) endCell() error {
	if !t.inCell {
		return nil
	}
	t.inCell = false
	if !t.sheet {
		return nil
	}
	value, white := t.value, false
	if rest, ok := strings.CutPrefix(value, "\x00"); ok {
		value, white = rest, true
	}
	if value == "" && len(t.text) > 1 {
		value = strings.TrimSpace(strings.Join(t.text[1:], "\n"))
	} else if len(t.text) > 1 && !strings.ContainsAny(t.text[1], "Ee") && longestDigits(t.text[1]) >= longestDigits(value) && strings.TrimLeft(t.text[1], "0") == value {
		value = t.text[1] // leading zeros the format shows
	}
	hidden := white || t.rowHidden
	for _, c := range t.cols {
		hidden = hidden || t.col >= c.from && t.col <= c.to
	}
	return t.cells.add(t.row, t.col, value, hidden)
}

// endRow gives the row and steps over the ones it stands for.
func (t *odfTable) endRow() error {
	var rows string
	if len(t.text) > 0 {
		rows = t.text[0]
	}
	t.text = t.text[:0]
	var err error
	if t.sheet {
		err = t.cells.flush()
	}
	t.row += max(0, min(atoi(rows), 1<<21)-1)
	return err
}
