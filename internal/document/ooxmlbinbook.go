package document

import (
	"fmt"

	"prescreen/scanner"
)

// Records of the parts a workbook has once ([MS-XLSB] 2.3).
const (
	binStringItem  = 19
	binName        = 39
	binFont        = 43
	binFormat      = 44
	binFill        = 45
	binXF          = 47
	binBookProp    = 153
	binBundleSheet = 156
	binBeginXFs    = 617
	binEndXFs      = 618
	binAuthor      = 632
	binComment     = 635
	binCommentText = 637
)

// readBinWorkbook reads which sheets there are, and the names given to cells.
func (p *ooxml) readBinWorkbook(main string, b *binRecords) error {
	for b.next() {
		r := &b.body
		switch b.typ {
		case binBookProp:
			if r.u32()&1 != 0 {
				p.sheets.date = dates1904
			}
		case binBundleSheet:
			ref := sheetRef{hidden: r.u32() != 0}
			r.u32() // its number
			ref.part = p.target(main, r.wide())
			ref.name = r.wide()
			p.sheets.sheets = append(p.sheets.sheets, ref)
		case binName:
			if err := p.binDefinedName(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *ooxml) binDefinedName(r *byteReader) error {
	const builtin = 0x20
	flags := r.u32()
	r.take(5) // shortcut, sheet
	name := r.wide()
	if flags&builtin != 0 {
		name = ""
	}
	place := scanner.Place{Kind: scanner.KindProperty}
	formula := r.take(int(r.u32()))
	if err := p.binLiterals(place, formula); err != nil {
		return err
	}
	r.take(int(r.u32())) // arrays of the formula
	for _, s := range []string{definedName(name), r.wide()} {
		if err := p.f.emit(scanner.Segment{Place: place, Text: s}); err != nil {
			return err
		}
	}
	return nil
}

// richWide reads a text that may have looks and a guide to its pronunciation,
// which stands behind it.
func (r *byteReader) richWide() (text, guide string) {
	flags := r.u8()
	text = r.wide()
	if flags&1 != 0 {
		r.take(4 * int(r.u32()))
	}
	if flags&2 != 0 {
		guide = r.wide()
	}
	return text, guide
}

func (p *ooxml) readBinStrings(b *binRecords) error {
	s := &p.sheets.shared
	for b.next() {
		if b.typ != binStringItem {
			continue
		}
		text, guide := b.body.richWide()
		if err := p.f.text(scanner.KindAttribute, guide); err != nil {
			return err
		}
		s.add([]byte(text))
	}
	return nil
}

// readBinStyles reads the styles of cells, in the order of their records:
// number formats, fonts, fills, then what is put together of these.
func (p *ooxml) readBinStyles(b *binRecords) error {
	custom := map[int]numberFormat{}
	var looks cellLooks
	cells := false
	for b.next() {
		r := &b.body
		switch b.typ {
		case binFormat:
			id := r.u16()
			custom[id] = parseFormat(r.wide())
		case binFont:
			height := r.u16() // twentieths of a point
			r.pos = 12
			looks.colors = append(looks.colors, binColor(r))
			looks.tiny = append(looks.tiny, height > 0 && height < 40)
		case binFill:
			looks.fills = append(looks.fills, binFillColor(r))
		case binBeginXFs:
			cells = true
		case binEndXFs:
			cells = false
		case binXF:
			if cells {
				r.u16() // what it is based on
				p.sheets.formats = append(p.sheets.formats, looks.format(r.u16(), r.u16(), r.u16(), custom))
			}
		}
	}
	return nil
}

// binColor reads a colour as RRGGBB, "" when it is none of those cellColor
// knows.
func binColor(r *byteReader) string {
	kind, index, tint := r.u8()>>1, r.u8(), r.u16()
	rgb := r.take(4)
	switch {
	case rgb == nil || tint != 0:
		return ""
	case kind == 1:
		return indexedColor(index)
	case kind == 2:
		return fmt.Sprintf("%02X%02X%02X", rgb[0], rgb[1], rgb[2])
	case kind == 3:
		return themeColor(index)
	}
	return ""
}

func binFillColor(r *byteReader) string {
	pattern, fore := r.u32(), binColor(r)
	switch {
	case pattern == 0:
		return ""
	case pattern == 1 && fore != "":
		return fore
	}
	return "?"
}

// readBinComments reads the notes of one sheet.
func (p *ooxml) readBinComments(ref sheetRef, b *binRecords) error {
	cell := ""
	for b.next() {
		r := &b.body
		switch b.typ {
		case binAuthor:
			if err := p.named(scanner.KindComment, r.wide()); err != nil {
				return err
			}
		case binComment:
			r.u32() // author
			cell = binRange(r)
		case binCommentText:
			text, _ := r.richWide()
			err := p.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindComment, Sheet: ref.name, Cell: cell}, Text: text})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// binRange reads an area and returns its first cell.
func binRange(r *byteReader) string {
	row := r.u32()
	r.u32()
	col := r.u32()
	r.u32()
	return cellName(int(row)+1, int(col)+1)
}
