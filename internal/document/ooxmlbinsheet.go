package document

import (
	"prescreen/scanner"
)

// Records of a sheet.
const (
	binRow          = 0
	binBlank        = 1
	binRK           = 2
	binError        = 3
	binBool         = 4
	binReal         = 5
	binString       = 6
	binShared       = 7
	binFmlaString   = 8
	binFmlaNumber   = 9
	binFmlaBool     = 10
	binFmlaError    = 11
	binShortBlank   = 12 // of cells that follow their neighbour, up to 18
	binShortShared  = 18
	binColumn       = 60
	binRich         = 62
	binValidation   = 64
	binHeaderFooter = 479
	binLink         = 494
)

// binSheet turns one binary worksheet part into segments, a row at a time.
type binSheet struct {
	p   *ooxml
	ref sheetRef
	tab sheetTable

	cols      []colRange // hidden
	rowHidden bool
	row, col  int // from 0
}

func (p *ooxml) readBinSheet(ref sheetRef, b *binRecords) error {
	w := &binSheet{p: p, ref: ref, tab: sheetTable{f: p.f, sheet: ref.name, hidden: ref.hidden, id: p.f.nextTable()}}
	for b.next() {
		if err := w.record(b.typ, &b.body); err != nil {
			return err
		}
	}
	return w.tab.flush()
}

func (w *binSheet) record(typ int, r *byteReader) error {
	switch {
	case typ == binRow:
		const zeroHeight = 0x10
		w.row, w.col = int(r.u32()), -1
		r.pos = 11
		w.rowHidden = r.u8()&zeroHeight != 0
		return w.tab.flush()
	case typ >= binShortBlank && typ <= binShortShared:
		w.col++
		return w.cell(typ-binShortBlank+binBlank, int(r.u32()&0xFFFFFF), r)
	case typ >= binBlank && typ <= binFmlaError, typ == binRich:
		w.col = int(r.u32())
		return w.cell(typ, int(r.u32()&0xFFFFFF), r)
	case typ == binColumn:
		c := colRange{int(r.u32()), int(r.u32())}
		width := r.u32()
		r.u32()
		if r.u16()&1 != 0 || width == 0 {
			w.cols = append(w.cols, c)
		}
		return nil
	}
	return w.aside(typ, r)
}

// cell gives a cell to the table, and the texts of its formula.
func (w *binSheet) cell(typ, style int, r *byteReader) error {
	var format cellFormat
	if book := w.p.sheets; style < len(book.formats) {
		format = book.formats[style]
	}
	text := w.value(typ, format.number, r)
	if r.short {
		return nil
	}
	hidden := w.rowHidden || format.white || format.number.hides
	for _, c := range w.cols {
		hidden = hidden || w.col >= c.from && w.col <= c.to
	}
	if err := w.tab.add(w.row+1, w.col+1, text, hidden); err != nil {
		return err
	}
	if typ < binFmlaString || typ > binFmlaError {
		return nil
	}
	return w.p.binLiterals(w.place(scanner.KindHidden, cellName(w.row+1, w.col+1)), r.data[r.pos:])
}

func (w *binSheet) value(typ int, format numberFormat, r *byteReader) string {
	book := w.p.sheets
	switch typ {
	case binRK:
		return format.number(rkNumber(r.u32()), book.date)
	case binReal, binFmlaNumber:
		return format.number(float(r), book.date)
	case binBool, binFmlaBool:
		return [2]string{"FALSE", "TRUE"}[r.u8()&1]
	case binString, binFmlaString:
		return r.wide()
	case binShared:
		text, _ := book.shared.get(int(r.u32()))
		return text
	case binRich:
		text, _ := r.richWide()
		return text
	case binError, binFmlaError:
		r.u8()
	}
	return ""
}

func (w *binSheet) place(kind scanner.Kind, cell string) scanner.Place {
	return scanner.Place{Kind: kind, Sheet: w.ref.name, Cell: cell}
}

// aside reads what stands in a sheet beside its cells.
func (w *binSheet) aside(typ int, r *byteReader) error {
	var texts []string
	kind, cell := scanner.KindProperty, ""
	switch typ {
	case binHeaderFooter:
		r.u16()
		for i := range 6 {
			kind := scanner.KindHeader
			if i%2 == 1 {
				kind = scanner.KindFooter
			}
			if err := w.p.f.emit(scanner.Segment{Place: w.place(kind, ""), Text: headerText(r.wide())}); err != nil {
				return err
			}
		}
		return nil
	case binLink:
		kind, cell = scanner.KindAttribute, binRange(r)
		r.wide() // names the address, which is among the relationships
		texts = []string{r.wide(), r.wide(), r.wide()}
	case binValidation:
		kind = scanner.KindForm
		r.u32()
		r.take(16 * int(r.u32()))
		texts = []string{r.wide(), r.wide(), r.wide(), r.wide()}
		if r.short {
			return nil
		}
		if err := w.p.binLiterals(w.place(kind, ""), r.data[r.pos:]); err != nil {
			return err
		}
	default:
		for _, s := range wideTexts(r.data) {
			texts = append(texts, tellingName(s))
		}
	}
	for _, s := range texts {
		if err := w.p.f.emit(scanner.Segment{Place: w.place(kind, cell), Text: s}); err != nil {
			return err
		}
	}
	return nil
}
