package document

import (
	"strconv"
	"strings"

	"prescreen/scanner"
)

// sheetWalker turns one worksheet part into segments, a row at a time.
type sheetWalker struct {
	p   *ooxml
	ref sheetRef

	tab       sheetTable
	hideCols  []colRange
	zeroRows  bool
	rowHidden bool
	row, col  int

	typ    string
	style  int
	value  []byte
	forml  []byte
	inline []byte
	into   *[]byte // where character data goes
	misc   scanner.Kind
	text   []byte
	guide  []byte // how to pronounce the cell
	phon   int
}

type colRange struct{ from, to int }

// readSheet walks a worksheet part from its beginning or from its root on.
func (p *ooxml) readSheet(ref sheetRef, x *xmlLexer) error {
	if p.sheets == nil {
		p.sheets = &workbook{persons: map[string]string{}}
	}
	w := &sheetWalker{p: p, ref: ref, tab: sheetTable{f: p.f, sheet: ref.name, hidden: ref.hidden, id: p.f.nextTable()}}
	for x.next() {
		var err error
		switch x.kind {
		case xmlStart:
			err = w.start(x)
		case xmlText:
			if w.into != nil {
				*w.into = append(*w.into, x.text...)
			}
		case xmlEnd:
			err = w.end(string(x.name))
		}
		if err != nil {
			return err
		}
	}
	return w.tab.flush()
}

func (w *sheetWalker) start(x *xmlLexer) error {
	switch string(x.name) {
	case "sheetFormatPr":
		w.zeroRows = isOn(x.attr("zeroHeight"))
	case "col":
		if isOn(x.attr("hidden")) || x.attr("width") == "0" {
			w.hideCols = append(w.hideCols, colRange{atoi(x.attr("min")), atoi(x.attr("max"))})
		}
	case "row":
		if r := atoi(x.attr("r")); r > 0 {
			w.row = r
		} else {
			w.row++
		}
		w.col = 0
		w.rowHidden = isOn(x.attr("hidden")) || x.attr("ht") == "0" || w.zeroRows && !x.hasAttr("hidden")
	case "c":
		w.typ, w.style = x.attr("t"), atoi(x.attr("s"))
		w.value, w.forml, w.inline = w.value[:0], w.forml[:0], w.inline[:0]
		w.col++
		if row, col := splitCell(x.attr("r")); col > 0 {
			w.row, w.col = row, col
		}
	case "v":
		w.into = &w.value
	case "f":
		w.into = &w.forml
	case "t":
		w.into = &w.inline
		if w.phon > 0 {
			w.into = &w.guide
		}
	case "rPh":
		w.phon++
	default:
		return w.startMore(x)
	}
	return nil
}

func (w *sheetWalker) startMore(x *xmlLexer) error {
	switch string(x.name) {
	case "oddHeader", "evenHeader", "firstHeader":
		w.misc = scanner.KindHeader
	case "oddFooter", "evenFooter", "firstFooter":
		w.misc = scanner.KindFooter
	case "formula1", "formula2":
		w.misc = scanner.KindForm
	case "formula":
		w.misc = scanner.KindProperty
	case "filter", "customFilter", "cfRule":
		for _, name := range []string{"val", "text"} {
			if err := w.aside(scanner.KindProperty, "", tellingName(x.attr(name))); err != nil {
				return err
			}
		}
		return nil
	case "hyperlink":
		cell, _, _ := strings.Cut(x.attr("ref"), ":")
		for _, s := range []string{x.attr("tooltip"), x.attr("display")} {
			if err := w.aside(scanner.KindAttribute, cell, s); err != nil {
				return err
			}
		}
		return nil
	case "dataValidation":
		cell, _, _ := strings.Cut(firstField(x.attr("sqref")), ":")
		for _, name := range []string{"promptTitle", "prompt", "errorTitle", "error"} {
			if err := w.aside(scanner.KindForm, cell, x.attr(name)); err != nil {
				return err
			}
		}
		return nil
	case "protectedRange", "scenario":
		return w.aside(scanner.KindProperty, "", x.attr("name"))
	case "inputCells":
		return w.aside(scanner.KindHidden, x.attr("r"), x.attr("val"))
	default:
		return nil
	}
	w.text = w.text[:0]
	w.into = &w.text
	return nil
}

func (w *sheetWalker) aside(kind scanner.Kind, cell, s string) error {
	if isBlank(s) {
		return nil
	}
	return w.p.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: w.ref.name, Cell: cell}, Text: s})
}

func (w *sheetWalker) end(name string) error {
	switch name {
	case "v", "f", "t":
		w.into = nil
	case "rPh":
		w.phon = max(0, w.phon-1)
	case "c":
		w.into = nil
		return w.cell()
	case "row":
		return w.tab.flush()
	case "oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter":
		w.into = nil
		return w.aside(w.misc, "", headerText(string(w.text)))
	case "formula":
		w.into = nil
		if s := string(w.text); tellingFormula(s) {
			return w.aside(w.misc, "", "="+s)
		}
	case "formula1", "formula2":
		w.into = nil
		if s := string(w.text); strings.HasPrefix(s, `"`) {
			return w.aside(w.misc, "", strings.Trim(s, `"`))
		}
	}
	return nil
}

// cell gives the cell that has just ended to the table.
func (w *sheetWalker) cell() error {
	var format cellFormat
	wb := w.p.sheets
	if w.style >= 0 && w.style < len(wb.formats) {
		format = wb.formats[w.style]
	}
	text := w.cellText(format.number)
	hidden := w.rowHidden || format.white || format.number.hides
	for _, r := range w.hideCols {
		hidden = hidden || w.col >= r.from && w.col <= r.to
	}
	if err := w.tab.add(w.row, w.col, text, hidden); err != nil {
		return err
	}
	if len(w.guide) > 0 {
		if err := w.aside(scanner.KindAttribute, cellName(w.row, w.col), string(w.guide)); err != nil {
			return err
		}
		w.guide = w.guide[:0]
	}
	if formula := string(w.forml); tellingFormula(formula) && formula != text {
		return w.aside(scanner.KindHidden, cellName(w.row, w.col), "="+formula)
	}
	return nil
}

func (w *sheetWalker) cellText(format numberFormat) string {
	raw := string(w.value)
	switch w.typ {
	case "s":
		if s, ok := w.p.sheets.shared.get(atoiStrict(strings.TrimSpace(raw))); ok {
			return s
		}
		return ""
	case "inlineStr":
		return string(w.inline)
	case "str", "e", "d":
		return raw
	case "b":
		if strings.TrimSpace(raw) == "1" {
			return "TRUE"
		}
		return "FALSE"
	}
	if raw == "" {
		return string(w.inline)
	}
	return format.text(strings.TrimSpace(raw), w.p.sheets.date)
}

// tellingFormula reports whether a formula says something its value does not:
// a literal text, an address, another file.
func tellingFormula(s string) bool {
	if strings.Contains(s, "://") || strings.Contains(s, `\\`) || strings.Contains(s, "[") && strings.Contains(s, ".xls") {
		return true
	}
	for _, q := range quoted(s) {
		if countHan(q) >= 2 || longestDigits(q) >= 6 {
			return true
		}
	}
	return longestDigits(s) >= 11
}

// headerText takes the codes out of a page header or footer: &C, &P,
// &"font,style", &12, &K000000.
func headerText(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '&' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '&':
			out.WriteByte('&')
		case c == '"':
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case c == 'K':
			i = min(len(s)-1, i+6)
		case c == 'L' || c == 'C' || c == 'R':
			out.WriteByte('\n')
		case c >= '0' && c <= '9':
			for i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				i++
			}
		}
	}
	return strings.Trim(out.String(), " \n")
}

// sheetTable collects the cells of one sheet row by row, finds the header row
// and emits. All spreadsheet formats use it.
type sheetTable struct {
	f      *file
	sheet  string
	hidden bool
	id     int
	found  bool // the header row has been seen, or data has

	cells []sheetCell
}

type sheetCell struct {
	row, col int
	text     string
	hidden   bool
}

func (t *sheetTable) add(row, col int, text string, hidden bool) error {
	if isBlank(text) {
		return nil
	}
	if n := len(t.cells); n > 0 && t.cells[n-1].row != row {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.cells = append(t.cells, sheetCell{row, col, text, hidden})
	return nil
}

func (t *sheetTable) flush() error {
	header := false
	if !t.found && len(t.cells) > 0 {
		header = len(t.cells) > 1
		for i := range t.cells {
			if !labelLike(t.cells[i].text) {
				header = false
				t.found = t.found || longestDigits(t.cells[i].text) >= 6
			}
		}
		t.found = t.found || header
	}
	for i := range t.cells {
		c := &t.cells[i]
		kind := scanner.KindBody
		if t.hidden || c.hidden {
			kind = scanner.KindHidden
		}
		err := t.f.emit(scanner.Segment{
			Place: scanner.Place{Kind: kind, Sheet: t.sheet, Cell: cellName(c.row, c.col)},
			Text:  c.text, Table: t.id, Row: c.row, Col: c.col, Header: header,
		})
		if err != nil {
			return err
		}
	}
	t.cells = t.cells[:0]
	return nil
}

// labelLike reports whether a cell text could head a column: short, with
// letters, without long numbers.
func labelLike(s string) bool {
	letters, runes := 0, 0
	for _, r := range s {
		runes++
		if r >= 0x2E80 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			letters++
		}
	}
	return letters > 0 && runes <= 40 && longestDigits(s) < 5
}

func isOn(v string) bool { return v == "1" || v == "true" }

// cellName returns the A1 reference of a cell; row and col are 1-based.
func cellName(row, col int) string { return columnName(col) + strconv.Itoa(row) }

func columnName(col int) string {
	var b [8]byte
	i := len(b)
	for col > 0 && i > 0 {
		i--
		col--
		b[i] = byte('A' + col%26)
		col /= 26
	}
	return string(b[i:])
}

// splitCell reads an A1 reference; 0, 0 when it is none.
func splitCell(ref string) (row, col int) {
	i := 0
	for i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z' {
		col = col*26 + int(ref[i]-'A') + 1
		i++
	}
	row = atoiStrict(ref[i:])
	if row <= 0 || col == 0 || row > 1<<24 {
		return 0, 0
	}
	return row, col
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// atoiStrict is atoi with -1 for what is no number.
func atoiStrict(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func atoi64(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // 0 for what is no number
	return n
}

func parseHex(s string) uint64 {
	n, _ := strconv.ParseUint(s, 16, 32) // 0 for what is no number
	return n
}
