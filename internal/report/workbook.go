package report

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sealColumn heads the hidden column by which import knows a row.
const sealColumn = "prescreen"

// workbook writes the parts of an XLSX file one after the other, so that
// memory does not grow with the number of rows. Errors stick and come out of
// close.
type workbook struct {
	zip    *zip.Writer
	opt    Options
	sheets []string
	names  []definedName
	err    error
}

type definedName struct {
	name, ref string
	sheet     int
	hidden    bool
}

// The cell styles, in the order of stylesXML.
const (
	stylePlain = iota
	styleHeader
	styleText
	styleDate
	styleLink
	styleCritical
	styleHigh
	styleMedium
	styleLow
	styleEdit
	styleEditDate
	styleTitle
	styleNumber
	styleHeaderEdit
)

type cell struct {
	text     string
	number   float64
	isNumber bool
	style    int
	link     string // http(s) address
}

type colFormat struct {
	width  int
	hidden bool
}

// sheet is one worksheet while it is written. Fields are set before begin.
type sheet struct {
	book    *workbook
	index   int // 1-based
	title   string
	cols    []colFormat
	freeze  bool // the first row
	filter  int  // number of columns, 0: none
	lastRow int  // of the filter

	w           *bufio.Writer
	rows        int
	links       []string // by relation
	linkCells   []string
	validations []string
}

func newWorkbook(w io.Writer, opt Options) *workbook {
	return &workbook{zip: zip.NewWriter(w), opt: opt}
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const (
	nsMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	nsRel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsPkg  = "http://schemas.openxmlformats.org/package/2006/relationships"
)

func (b *workbook) part(name string) io.Writer {
	w, err := b.zip.Create(name)
	if err != nil {
		b.fail(err)
		return io.Discard
	}
	return w
}

func (b *workbook) fail(err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("write workbook: %w", err)
	}
}

func (b *workbook) write(name, content string) {
	_, err := io.WriteString(b.part(name), content)
	b.fail(err)
}

func (b *workbook) sheet(name string) *sheet {
	b.sheets = append(b.sheets, name)
	s := &sheet{book: b, index: len(b.sheets)}
	s.w = bufio.NewWriterSize(b.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", s.index)), 1<<15)
	return s
}

// begin writes what precedes the rows.
func (s *sheet) begin() {
	w := s.w
	w.WriteString(xmlHead + `<worksheet xmlns="` + nsMain + `" xmlns:r="` + nsRel + `"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"`)
	if s.index == 1 {
		w.WriteString(` tabSelected="1"`)
	}
	w.WriteString(`>`)
	if s.freeze {
		w.WriteString(`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>`)
	}
	w.WriteString(`</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>`)
	for i, c := range s.cols {
		fmt.Fprintf(w, `<col min="%d" max="%d" width="%d" customWidth="1"`, i+1, i+1, c.width)
		if c.hidden {
			w.WriteString(` hidden="1"`)
		}
		w.WriteString(`/>`)
	}
	w.WriteString(`</cols><sheetData>`)
}

func (s *sheet) row(cells []cell) {
	s.rows++
	w := s.w
	fmt.Fprintf(w, `<row r="%d" ht="%d" customHeight="1">`, s.rows, s.height(cells))
	for i := range cells {
		c := &cells[i]
		ref := cellName(i, s.rows)
		fmt.Fprintf(w, `<c r="%s" s="%d"`, ref, c.style)
		switch {
		case c.isNumber:
			w.WriteString(`><v>` + strconv.FormatFloat(c.number, 'f', -1, 64) + `</v></c>`)
		case c.text == "":
			w.WriteString(`/>`)
		default:
			w.WriteString(` t="inlineStr"><is><t xml:space="preserve">`)
			s.book.fail(xml.EscapeText(w, []byte(escapeEscapes(cellText(c.text)))))
			w.WriteString(`</t></is></c>`)
		}
		if target, ok := linkTarget(c.link); ok && len(s.links) < maxLinks {
			s.links = append(s.links, target)
			s.linkCells = append(s.linkCells, ref)
		}
	}
	w.WriteString(`</row>`)
}

// height of a row in points, so that wrapped text shows: programs disagree on
// who has to find it out.
func (s *sheet) height(cells []cell) int {
	const line, most = 15, 8
	lines := 1
	for i := range cells {
		c := &cells[i]
		if i >= len(s.cols) || s.cols[i].hidden || c.style == stylePlain || c.style == styleTitle {
			continue
		}
		n := 0
		for part := range strings.SplitSeq(c.text, "\n") {
			n += 1 + displayWidth(part)/max(s.cols[i].width-1, 1)
		}
		lines = max(lines, n)
	}
	if len(cells) > 0 && cells[0].style == styleTitle {
		return 28
	}
	return min(lines, most)*line + 3
}

// displayWidth counts columns, two for a Chinese character: near enough for
// the height of a row.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

const (
	maxLinks    = 65_530 // of a worksheet
	maxCellText = 32_767 // UTF-16 units
	maxTarget   = 2_000
)

// linkTarget returns an address in the form that a relation may hold.
func linkTarget(s string) (string, bool) {
	if s == "" || !webAddress(s) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || len(u.String()) > maxTarget {
		return "", false
	}
	return u.String(), true
}

// cellText is s as a cell can hold it: no control characters, one kind of line
// end, not too long. What reads as an escape is escaped when it is written.
func cellText(s string) string {
	s = xmlText(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
	for units, i := 0, 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		units++
		if r > 0xffff {
			units++
		}
		if units > maxCellText {
			return s[:i]
		}
		i += size
	}
	return s
}

// xmlText replaces what XML 1.0 cannot hold.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0xfffe || r == 0xffff || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
}

// escapeEscapes writes text that looks like the escape of a character
// (_x000D_) so that a spreadsheet shows it as it is.
func escapeEscapes(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		if _, ok := escapeAt(s[i:]); ok {
			b.WriteString("_x005F")
		}
		b.WriteString("_x")
		s = s[i+2:]
	}
	if b.Len() == 0 {
		return s
	}
	return b.String() + s
}

// escapeAt reads an escape _xHHHH_ at the start of s.
func escapeAt(s string) (rune, bool) {
	if len(s) < 7 || s[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// choose makes a column take one of the given texts.
func (s *sheet) choose(col, lastRow int, options []string, message string) {
	s.validate(`type="list"`, col, lastRow, `"`+strings.Join(options, ",")+`"`, message)
}

// date makes a column take dates from the year 2000 on.
func (s *sheet) date(col, lastRow int, message string) {
	s.validate(`type="date" operator="greaterThan"`, col, lastRow, "36525", message)
}

func (s *sheet) validate(kind string, col, lastRow int, formula, message string) {
	s.validations = append(s.validations, fmt.Sprintf(
		`<dataValidation %s allowBlank="1" showInputMessage="1" showErrorMessage="1" error="%s" sqref="%s:%s"><formula1>%s</formula1></dataValidation>`,
		kind, escaped(message), cellName(col, 2), cellName(col, lastRow), escaped(formula)))
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

// close writes what follows the rows, in the order the schema wants.
func (s *sheet) close() {
	w := s.w
	w.WriteString(`</sheetData>`)
	if s.filter > 0 {
		area := "A1:" + cellName(s.filter-1, max(s.lastRow, 1))
		fmt.Fprintf(w, `<autoFilter ref="%s"/>`, area)
		absolute := fmt.Sprintf("'%s'!$A$1:$%s$%d", s.book.sheets[s.index-1], columnName(s.filter-1), max(s.lastRow, 1))
		s.book.names = append(s.book.names,
			definedName{"_xlnm._FilterDatabase", absolute, s.index - 1, true},
			definedName{"_xlnm.Print_Titles", fmt.Sprintf("'%s'!$1:$1", s.book.sheets[s.index-1]), s.index - 1, false})
	}
	if len(s.validations) > 0 {
		fmt.Fprintf(w, `<dataValidations count="%d">%s</dataValidations>`, len(s.validations), strings.Join(s.validations, ""))
	}
	if len(s.links) > 0 {
		w.WriteString(`<hyperlinks>`)
		for i, ref := range s.linkCells {
			fmt.Fprintf(w, `<hyperlink ref="%s" r:id="rId%d"/>`, ref, i+1)
		}
		w.WriteString(`</hyperlinks>`)
	}
	paper := 9 // A4
	if len(s.cols) > 10 {
		paper = 8 // A3
	}
	fmt.Fprintf(w, `<pageMargins left="0.5" right="0.5" top="0.8" bottom="0.7" header="0.4" footer="0.3"/><pageSetup paperSize="%d" orientation="landscape" fitToHeight="0"/>`, paper)
	fmt.Fprintf(w, `<headerFooter><oddHeader>&amp;C&amp;14%s</oddHeader><oddFooter>&amp;C— &amp;P —</oddFooter></headerFooter></worksheet>`, escaped(s.title))
	s.book.fail(w.Flush())
	if len(s.links) == 0 {
		return
	}
	rels := bufio.NewWriterSize(s.book.part(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", s.index)), 1<<15)
	rels.WriteString(xmlHead + `<Relationships xmlns="` + nsPkg + `">`)
	for i, target := range s.links {
		fmt.Fprintf(rels, `<Relationship Id="rId%d" Type="%s/hyperlink" Target="%s" TargetMode="External"/>`, i+1, nsRel, escaped(target))
	}
	rels.WriteString(`</Relationships>`)
	s.book.fail(rels.Flush())
}

// close writes the parts that bind the sheets together.
func (b *workbook) close() error {
	var types, sheets, rels, names strings.Builder
	for i, name := range b.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(name), i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, nsRel, i+1)
	}
	for _, n := range b.names {
		hidden := ""
		if n.hidden {
			hidden = ` hidden="1"`
		}
		fmt.Fprintf(&names, `<definedName name="%s" localSheetId="%d"%s>%s</definedName>`, n.name, n.sheet, hidden, escaped(n.ref))
	}
	b.write("xl/workbook.xml", xmlHead+`<workbook xmlns="`+nsMain+`" xmlns:r="`+nsRel+`"><bookViews><workbookView/></bookViews><sheets>`+
		sheets.String()+`</sheets><definedNames>`+names.String()+`</definedNames></workbook>`)
	b.write("xl/_rels/workbook.xml.rels", xmlHead+`<Relationships xmlns="`+nsPkg+`">`+rels.String()+
		`<Relationship Id="rIdS" Type="`+nsRel+`/styles" Target="styles.xml"/></Relationships>`)
	b.write("xl/styles.xml", xmlHead+stylesXML)
	b.write("[Content_Types].xml", xmlHead+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+
		types.String()+`</Types>`)
	b.write("_rels/.rels", xmlHead+`<Relationships xmlns="`+nsPkg+`"><Relationship Id="rId1" Type="`+nsRel+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	b.fail(b.zip.Close())
	return b.err
}

// cellName is the A1 name of a cell; col counts from 0, row from 1.
func cellName(col, row int) string { return columnName(col) + strconv.Itoa(row) }

func columnName(col int) string {
	name := ""
	for col++; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

// stylesXML lists fonts, fills and cell formats; the order of cellXfs is that
// of the style constants.
const stylesXML = `<styleSheet xmlns="` + nsMain + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts>` +
	`<fonts count="7"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="宋体"/></font><font><u/><sz val="11"/><color rgb="FF1F5FA8"/><name val="宋体"/></font>` +
	`<font><b/><sz val="11"/><color rgb="FFA3123A"/><name val="宋体"/></font><font><b/><sz val="11"/><color rgb="FFC9480F"/><name val="宋体"/></font><font><sz val="11"/><color rgb="FF9A6A00"/><name val="宋体"/></font><font><b/><sz val="16"/><name val="黑体"/></font></fonts>` +
	`<fills count="5"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF44546A"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFF8E5"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FF8A6D1B"/></patternFill></fill></fills>` +
	`<borders count="2"><border/><border><left style="thin"><color rgb="FFD0D5DD"/></left><right style="thin"><color rgb="FFD0D5DD"/></right><top style="thin"><color rgb="FFD0D5DD"/></top><bottom style="thin"><color rgb="FFD0D5DD"/></bottom></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="14">` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="2" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="3" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="4" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="5" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="1" xfId="0" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="3" borderId="1" xfId="0" applyNumberFormat="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="3" borderId="1" xfId="0" applyNumberFormat="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="6" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="1" fillId="4" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>` +
	`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
