package document

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"prescreen/internal/charset"
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
	if len(body) >= 2 {
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

// text reads a string with its length before it: two bytes when long, else
// one. BIFF8 says in a flag how wide its characters are.
func (x *xlsReader) text(r *byteReader, long bool) string {
	n := 0
	if long && !x.biff5 {
		n = r.u16()
	} else {
		n = r.u8()
	}
	if x.biff5 {
		return codepageString(r.take(min(n, len(r.data)-r.pos)), x.codepage)
	}
	return x.chars(r, n)
}

// chars reads n characters behind their flag.
func (x *xlsReader) chars(r *byteReader, n int) string {
	flags := r.u8()
	runs, ext := 0, 0
	if flags&8 != 0 {
		runs = r.u16()
	}
	if flags&4 != 0 {
		ext = int(r.u32())
	}
	left := len(r.data) - r.pos
	var s string
	if flags&1 != 0 {
		s = utf16String(r.take(min(2*n, left&^1)))
	} else {
		s = latin1String(r.take(min(n, left)))
	}
	r.pos = min(len(r.data), r.pos+4*runs+max(0, ext))
	return s
}

func latin1String(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

func (x *xlsReader) format(xf int) numberFormat {
	if xf >= 0 && xf < len(x.xfs) {
		return x.xfs[xf].number
	}
	return numberFormat{}
}

func (x *xlsReader) cell(row, col, xf int, text string) error {
	hidden := x.rows[row] || xf >= 0 && xf < len(x.xfs) && (x.xfs[xf].white || x.xfs[xf].number.hides)
	for _, c := range x.cols {
		hidden = hidden || col >= c.from && col <= c.to
	}
	return x.tab.add(row+1, col+1, text, hidden)
}

func (x *xlsReader) cellRecord(typ int, r *byteReader) error {
	switch typ {
	case xlsRow:
		row := r.u16()
		r.pos = 12
		if r.u32()&0x20 != 0 {
			x.rows[row] = true
		}
		return nil
	case xlsColInfo:
		c := colRange{r.u16(), r.u16()}
		width := r.u16()
		r.u16()
		if r.u16()&1 != 0 || width == 0 {
			x.cols = append(x.cols, c)
		}
		return nil
	case xlsLabelSST, xlsLabel, xlsRString, xlsNumber, xlsRK, xlsBoolErr, xlsFormula:
		row, col, xf := r.u16(), r.u16(), r.u16()
		return x.value(typ, row, col, xf, r)
	case xlsMulRK:
		row, col := r.u16(), r.u16()
		for r.pos+8 <= len(r.data) {
			xf := r.u16()
			if err := x.cell(row, col, xf, x.format(xf).number(rkNumber(r.u32()), x.date)); err != nil {
				return err
			}
			col++
		}
		return nil
	case xlsString:
		if p := x.pending; p != nil {
			x.pending = nil
			return x.cell(p.row, p.col, -1, x.text(r, true))
		}
		return nil
	}
	return x.sheetRecord(typ, r)
}

func (x *xlsReader) value(typ, row, col, xf int, r *byteReader) error {
	switch typ {
	case xlsLabelSST:
		text, _ := x.shared.get(int(r.u32()))
		return x.cell(row, col, xf, text)
	case xlsLabel, xlsRString:
		if x.biff5 {
			n := r.u16()
			return x.cell(row, col, xf, codepageString(r.take(min(n, len(r.data)-r.pos)), x.codepage))
		}
		return x.cell(row, col, xf, x.text(r, true))
	case xlsNumber:
		return x.cell(row, col, xf, x.format(xf).number(float(r), x.date))
	case xlsRK:
		return x.cell(row, col, xf, x.format(xf).number(rkNumber(r.u32()), x.date))
	case xlsBoolErr:
		v, isErr := r.u8(), r.u8()
		if isErr == 0 && !r.short {
			return x.cell(row, col, xf, [2]string{"FALSE", "TRUE"}[v&1])
		}
		return nil
	}
	result := r.take(8)
	if result == nil {
		return nil
	}
	if err := x.literals(scanner.KindHidden, cellName(row+1, col+1), r.data[r.pos:]); err != nil {
		return err
	}
	if result[6] == 0xFF && result[7] == 0xFF {
		switch result[0] {
		case 0:
			x.pending = &sheetCell{row: row, col: col}
		case 1:
			return x.cell(row, col, xf, [2]string{"FALSE", "TRUE"}[result[2]&1])
		}
		return nil
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(result))
	return x.cell(row, col, xf, x.format(xf).number(v, x.date))
}

func float(r *byteReader) float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// rkNumber unpacks a number of 30 bits.
func rkNumber(rk uint32) float64 {
	var v float64
	if rk&2 != 0 {
		v = float64(int32(rk) >> 2)
	} else {
		v = math.Float64frombits(uint64(rk&^3) << 32)
	}
	if rk&1 != 0 {
		v /= 100
	}
	return v
}

// sheetRecord handles what stands beside the cells of a sheet.
func (x *xlsReader) sheetRecord(typ int, r *byteReader) error {
	switch typ {
	case xlsHeader, xlsFooter:
		if len(r.data) == 0 {
			return nil
		}
		kind := scanner.KindHeader
		if typ == xlsFooter {
			kind = scanner.KindFooter
		}
		return x.misc(kind, headerText(x.text(r, true)))
	case xlsObj:
		x.note = false
		if r.u16() == 0x15 && r.u16() >= 18 {
			x.note = r.u16() == 0x19
			x.object = r.u16()
		}
	case xlsTXO:
		return x.textObject(r)
	case xlsNote:
		return x.comment(r)
	case xlsDrawing:
		return artTexts(x.f, r.data, x.sheet.name)
	case xlsHLink:
		return x.hyperlink(r)
	case xlsDV:
		r.pos = 4
		for range 4 {
			if err := x.misc(scanner.KindForm, strings.Trim(x.text(r, true), "\x00")); err != nil {
				return err
			}
		}
		return x.literals(scanner.KindForm, "", r.data[r.pos:])
	case xlsCondFormat:
		return x.literals(scanner.KindProperty, "", r.data)
	case xlsHeaderMore:
		return x.moreHeaders(r)
	}
	return nil
}

// moreHeaders reads the headers and footers of even pages and of the first.
func (x *xlsReader) moreHeaders(r *byteReader) error {
	r.pos = 12 + 16 + 2
	for range 4 {
		r.u16() // lengths, which the strings say again
	}
	for _, kind := range []scanner.Kind{scanner.KindHeader, scanner.KindFooter, scanner.KindHeader, scanner.KindFooter} {
		if r.pos >= len(r.data) {
			break
		}
		if err := x.misc(kind, headerText(x.text(r, true))); err != nil {
			return err
		}
	}
	return nil
}

// literals gives the texts a formula holds that say something. The formula is
// not parsed: a text in it stands behind its mark, with its length.
func (x *xlsReader) literals(kind scanner.Kind, cell string, formula []byte) error {
	const mark = 0x17
	for i := 0; i+3 < len(formula); i++ {
		if formula[i] != mark || formula[i+1] == 0 {
			continue
		}
		r := &byteReader{data: formula, pos: i + 1}
		n := r.u8()
		if x.biff5 && r.pos+n > len(formula) || !x.biff5 && (formula[r.pos] > 1 || r.pos+1+n*(1+int(formula[r.pos])) > len(formula)) {
			continue
		}
		r.pos = i + 1
		text := strings.ReplaceAll(x.text(r, false), "\x00", ",")
		if binaryText(text) || !strings.Contains(text, "://") && (countHan(text) < 2 || nameScore(text) < countHan(text)) && longestDigits(text) < 6 {
			continue
		}
		place := scanner.Place{Kind: kind, Cell: cell}
		if x.sheet != nil {
			place.Sheet = x.sheet.name
		}
		if err := x.f.emit(scanner.Segment{Place: place, Text: text}); err != nil {
			return err
		}
		i = r.pos - 1
	}
	return nil
}

// textObject reads the text of a comment or a text box, which stands in the
// records that follow.
func (x *xlsReader) textObject(r *byteReader) error {
	r.pos = 10
	n := r.u16()
	var text strings.Builder
	for _, body := range x.continued() {
		if n <= 0 || len(body) < 2 {
			break
		}
		if body[0]&1 != 0 {
			chars := min(n, (len(body)-1)/2)
			text.WriteString(utf16String(body[1 : 1+2*chars]))
			n -= chars
		} else {
			chars := min(n, len(body)-1)
			text.WriteString(latin1String(body[1 : 1+chars]))
			n -= chars
		}
	}
	if s := strings.TrimSpace(text.String()); s != "" && len(x.objects) < 1<<20 {
		x.objects[x.object] = s
	}
	return nil
}

func (x *xlsReader) comment(r *byteReader) error {
	row, col := r.u16(), r.u16()
	r.u16()
	id := r.u16()
	if x.biff5 {
		// BIFF5 keeps the text in the record itself, id is its length.
		return x.f.emit(scanner.Segment{
			Place: scanner.Place{Kind: scanner.KindComment, Sheet: x.sheet.name, Cell: cellName(row+1, col+1)},
			Text:  codepageString(r.take(min(id, len(r.data)-r.pos)), x.codepage),
		})
	}
	author := x.text(r, true)
	if author != "" && !x.author["c "+author] {
		x.author["c "+author] = true
		if err := x.misc(scanner.KindComment, author); err != nil {
			return err
		}
	}
	text := x.objects[id]
	delete(x.objects, id)
	return x.f.emit(scanner.Segment{
		Place: scanner.Place{Kind: scanner.KindComment, Sheet: x.sheet.name, Cell: cellName(row+1, col+1)},
		Text:  text,
	})
}

// hyperlink reads the addresses out of a link record ([MS-OSHARED] 2.3.7).
func (x *xlsReader) hyperlink(r *byteReader) error {
	row, _, col := r.u16(), r.u16(), r.u16()
	r.pos = 8 + 16 + 4
	flags := r.u32()
	cell := cellName(row+1, col+1)
	emit := func(kind scanner.Kind, text string) error {
		return x.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: x.sheet.name, Cell: cell}, Text: trimNul(text)})
	}
	wide := func() string { return trimNul(r.utf16(min(int(r.u32()), len(r.data)/2))) }
	if flags&0x10 != 0 {
		if err := emit(scanner.KindAttribute, wide()); err != nil {
			return err
		}
	}
	if flags&0x80 != 0 {
		if err := emit(scanner.KindAttribute, wide()); err != nil {
			return err
		}
	}
	if flags&1 == 0 || r.short {
		return nil
	}
	url := ""
	switch {
	case flags&0x100 != 0:
		url = wide()
	case strings.HasPrefix(string(r.take(16)), "\xE0\xC9\xEA\x79"):
		url = utf16String(r.take(min(int(r.u32()), len(r.data)-r.pos)))
		url, _, _ = strings.Cut(url, "\x00")
	default:
		r.u16()
		url, _ = charset.Decode([]byte(trimNul(string(r.take(min(int(r.u32()), len(r.data)-r.pos))))), charset.Hint{})
	}
	if url != "" {
		x.f.link(Link{URL: url, Via: "a"})
	}
	return emit(scanner.KindLink, url)
}

func (x *xlsReader) definedName(r *byteReader) error {
	flags := r.u16()
	r.u8()
	n := r.u8()
	r.pos = 14
	if flags&0x20 != 0 || x.biff5 {
		return nil // the program's own
	}
	if err := x.misc(scanner.KindProperty, x.chars(r, n)); err != nil {
		return err
	}
	return x.literals(scanner.KindProperty, "", r.data[min(r.pos, len(r.data)):])
}

func (x *xlsReader) leftStrings() error {
	for i, used := range x.shared.used {
		if used {
			continue
		}
		text, _ := x.shared.get(i)
		if err := x.f.text(scanner.KindHidden, text); err != nil {
			return err
		}
	}
	return nil
}

// pivotCache gives the strings a pivot table remembers of its source, which
// may no longer be in the workbook.
func (x *xlsReader) pivotCache(data []byte) error {
	c := &xlsReader{f: x.f, data: data, codepage: x.codepage, biff5: x.biff5}
	for {
		typ, body, ok := c.record()
		if !ok {
			return nil
		}
		if typ == xlsSXString {
			if err := x.f.text(scanner.KindHidden, c.text(&byteReader{data: body}, true)); err != nil {
				return err
			}
		}
	}
}
