package document

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"prescreen/scanner"
)

// xlsReader reads a BIFF8 or BIFF5 workbook ([MS-XLS]), also written by WPS.
type xlsReader struct {
	f    *file
	data []byte
	pos  int

	biff5    bool
	codepage int
	date     dateSystem
	shared   sharedStrings
	sheets   []xlsSheet
	formats  map[int]numberFormat
	looks    map[int]xlsFontLook // by number of the font
	fonts    int
	xfs      []cellFormat
	depth    int

	sheet   *xlsSheet
	tab     sheetTable
	rows    map[int]bool // hidden rows
	cols    []colRange   // hidden columns
	pending *sheetCell   // formula whose text is in the next record
	objects map[int]string
	object  int
	note    bool
	author  map[string]bool
}

// xlsFontLook is what of a font hides text.
type xlsFontLook struct {
	color int // index into the palette
	tiny  bool
}

type xlsSheet struct {
	name   string
	offset int
	hidden bool
}

// Record types of the workbook stream.
const (
	xlsFormula    = 0x0006
	xlsEOF        = 0x000A
	xlsHeader     = 0x0014
	xlsFooter     = 0x0015
	xlsName       = 0x0018
	xlsNote       = 0x001C
	xlsFont       = 0x0031
	xlsContinue   = 0x003C
	xlsDateMode   = 0x0022
	xlsFilePass   = 0x002F
	xlsCodepage   = 0x0042
	xlsObj        = 0x005D
	xlsWriter     = 0x005C
	xlsSharing    = 0x005B
	xlsColInfo    = 0x007D
	xlsSheetRec   = 0x0085
	xlsMulRK      = 0x00BD
	xlsSXString   = 0x00CD
	xlsRString    = 0x00D6
	xlsXF         = 0x00E0
	xlsDrawGroup  = 0x00EB
	xlsDrawing    = 0x00EC
	xlsSST        = 0x00FC
	xlsLabelSST   = 0x00FD
	xlsTXO        = 0x01B6
	xlsHLink      = 0x01B8
	xlsDV         = 0x01BE
	xlsNumber     = 0x0203
	xlsLabel      = 0x0204
	xlsBoolErr    = 0x0205
	xlsString     = 0x0207
	xlsRow        = 0x0208
	xlsRK         = 0x027E
	xlsFormat     = 0x041E
	xlsBOF        = 0x0809
	xlsSeries     = 0x100D
	xlsHeaderMore = 0x089C
	xlsCondFormat = 0x01B1
)

func readXLS(ctx context.Context, s *oleStorage, data []byte) error {
	x := &xlsReader{f: s.f, data: data, codepage: 936, formats: map[int]numberFormat{}, looks: map[int]xlsFontLook{}, author: map[string]bool{}}
	if err := x.run(ctx); err != nil {
		return err
	}
	if err := x.leftStrings(); err != nil {
		return err
	}
	for _, name := range s.names {
		if strings.HasPrefix(name, "_SX_DB_CUR/") {
			if err := x.pivotCache(s.stream(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// record returns the next record; a workbook ends where the records stop
// making sense.
func (x *xlsReader) record() (typ int, body []byte, ok bool) {
	if x.pos+4 > len(x.data) {
		return 0, nil, false
	}
	typ = int(binary.LittleEndian.Uint16(x.data[x.pos:]))
	size := int(binary.LittleEndian.Uint16(x.data[x.pos+2:]))
	start := x.pos + 4
	end := start + size
	if end > len(x.data) {
		x.pos = len(x.data)
		return typ, x.data[start:], true
	}
	x.pos = end
	return typ, x.data[start:end], true
}

// continued returns the bodies of the CONTINUE records that follow.
func (x *xlsReader) continued() [][]byte {
	var out [][]byte
	for x.pos+4 <= len(x.data) && int(binary.LittleEndian.Uint16(x.data[x.pos:])) == xlsContinue {
		_, body, _ := x.record()
		out = append(out, body)
	}
	return out
}

func (x *xlsReader) run(ctx context.Context) error {
	n := 0
	for {
		at := x.pos
		typ, body, ok := x.record()
		if !ok {
			break
		}
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if typ == xlsBOF {
			if err := x.begin(at, body); err != nil {
				return err
			}
			continue
		}
		if err := x.handle(ctx, typ, body); err != nil {
			return err
		}
	}
	return x.endSheet()
}

// begin starts a substream: the globals, a sheet, or a chart inside one.
func (x *xlsReader) begin(at int, body []byte) error {
	x.depth++
	if len(body) >= 2 && len(x.sheets) == 0 { // Excel writes sheets of an old workbook under its own version
		x.biff5 = binary.LittleEndian.Uint16(body) < 0x0600
	}
	for i := range x.sheets {
		if x.sheets[i].offset == at {
			if err := x.endSheet(); err != nil {
				return err
			}
			return x.beginSheet(&x.sheets[i])
		}
	}
	return nil
}

func (x *xlsReader) beginSheet(s *xlsSheet) error {
	x.depth = 1
	x.sheet = s
	x.rows, x.cols, x.pending = map[int]bool{}, nil, nil
	x.objects = map[int]string{}
	x.tab = sheetTable{f: x.f, sheet: s.name, hidden: s.hidden, id: x.f.nextTable()}
	kind := scanner.KindHeading
	if s.hidden {
		kind = scanner.KindHidden
	}
	return x.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: s.name}, Text: s.name})
}

func (x *xlsReader) endSheet() error {
	if x.sheet == nil {
		return nil
	}
	if err := x.tab.flush(); err != nil {
		return err
	}
	s := x.sheet
	x.sheet = nil
	kind := scanner.KindBody
	if s.hidden {
		kind = scanner.KindHidden
	}
	ids := make([]int, 0, len(x.objects))
	for id := range x.objects {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := x.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: s.name}, Text: x.objects[id]}); err != nil {
			return err
		}
	}
	return nil
}

func (x *xlsReader) handle(ctx context.Context, typ int, body []byte) error {
	r := &byteReader{data: body}
	switch typ {
	case xlsFilePass:
		return failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case xlsEOF:
		x.depth--
	case xlsCodepage:
		x.codepage = r.u16()
	case xlsDateMode:
		if r.u16() == 1 {
			x.date = dates1904
		}
	case xlsSheetRec:
		x.addSheet(r)
	case xlsSST:
		return x.readSST(body)
	case xlsFont:
		height := r.u16() // twentieths of a point
		r.u16()
		x.looks[x.fontIndex()] = xlsFontLook{color: r.u16(), tiny: height > 0 && height < 40}
		x.fonts++
	case xlsFormat:
		id := r.u16()
		x.formats[id] = parseFormat(x.text(r, true))
	case xlsXF:
		x.addXF(r)
	case xlsName:
		return x.definedName(r)
	case xlsWriter:
		return x.person(x.text(r, true))
	case xlsSharing:
		r.pos = 4
		return x.person(x.text(r, true))
	case xlsDrawGroup:
		for _, c := range x.continued() {
			body = append(body[:len(body):len(body)], c...)
		}
		return oleImages(ctx, x.f, body)
	case xlsSeries:
		r.pos = 2
		return x.misc(scanner.KindBody, x.text(r, false))
	default:
		if x.sheet != nil {
			return x.cellRecord(typ, r)
		}
	}
	return nil
}

// fontIndex is the number the next font has: number 4 is never used.
func (x *xlsReader) fontIndex() int {
	if x.fonts >= 4 {
		return x.fonts + 1
	}
	return x.fonts
}

func (x *xlsReader) addSheet(r *byteReader) {
	s := xlsSheet{offset: int(r.u32())}
	s.hidden = r.u8()&3 != 0
	r.u8()
	s.name = x.text(r, false)
	if !r.short && len(x.sheets) < 10000 {
		x.sheets = append(x.sheets, s)
	}
}

func (x *xlsReader) addXF(r *byteReader) {
	font, format := r.u16(), r.u16()
	var c cellFormat
	var ok bool
	if c.number, ok = x.formats[format]; !ok {
		c.number = builtinFormat(format)
	}
	if look := x.looks[font]; !x.biff5 && len(r.data) >= 20 {
		ground := xlsWhite
		switch binary.LittleEndian.Uint32(r.data[14:]) >> 26 & 0x3F {
		case 0:
		case 1: // solid
			ground = paletteColor(int(binary.LittleEndian.Uint16(r.data[18:]) & 0x7F))
		default:
			ground = -1
		}
		c.white = look.tiny || paletteColor(look.color) == ground
	}
	x.xfs = append(x.xfs, c)
}

// xlsWhite is the palette's white.
const xlsWhite = 1

// paletteColor gives the first eight colours of the palette, which stand in it
// twice, the same number.
func paletteColor(index int) int {
	if index >= 8 && index < 16 {
		return index - 8
	}
	return index
}

func (x *xlsReader) person(name string) error {
	name = strings.TrimSpace(name)
	if name == "" || x.author[name] {
		return nil
	}
	x.author[name] = true
	return x.f.text(scanner.KindProperty, name)
}

func (x *xlsReader) misc(kind scanner.Kind, text string) error {
	s := scanner.Segment{Place: scanner.Place{Kind: kind}, Text: text}
	if x.sheet != nil {
		s.Place.Sheet = x.sheet.name
		if x.sheet.hidden && kind == scanner.KindBody {
			s.Place.Kind = scanner.KindHidden
		}
	}
	return x.f.emit(s)
}
