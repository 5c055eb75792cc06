package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// The built-in templates follow the layout of GB/T 9704-2012: A4, margins 37
// mm above, 35 below, 28 left and 26 right; 小标宋 2号 for the title, 黑体, 楷体
// and 仿宋 3号 for headings and text; 28 points from line to line, 22 lines of
// 28 characters; page numbers in 4号 between dashes, outside. Fonts go by their
// names; where one is missing the word processor takes the one named beside it
// in the font table.

// pageXML is the section of a page; the numbers are twentieths of a point.
const (
	portraitXML  = `<w:sectPr><w:footerReference w:type="default" r:id="rIdOdd"/><w:footerReference w:type="even" r:id="rIdEven"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1400" w:gutter="0"/><w:docGrid w:linePitch="560"/></w:sectPr>`
	landscapeXML = `<w:sectPr><w:footerReference w:type="default" r:id="rIdOdd"/><w:footerReference w:type="even" r:id="rIdEven"/><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1587" w:right="1474" w:bottom="1474" w:left="1474" w:header="851" w:footer="900" w:gutter="0"/><w:docGrid w:linePitch="560"/></w:sectPr>`
)

const wordNamespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// packDocx wraps a body into a DOCX file.
func packDocx(body string) ([]byte, error) {
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, p := range [][2]string{
		{"[Content_Types].xml", contentTypesXML},
		{"_rels/.rels", `<Relationships xmlns="` + nsPkg + `"><Relationship Id="rId1" Type="` + nsRel + `/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/_rels/document.xml.rels", `<Relationships xmlns="` + nsPkg + `"><Relationship Id="rIdStyles" Type="` + nsRel + `/styles" Target="styles.xml"/><Relationship Id="rIdFonts" Type="` + nsRel + `/fontTable" Target="fontTable.xml"/><Relationship Id="rIdSettings" Type="` + nsRel + `/settings" Target="settings.xml"/><Relationship Id="rIdOdd" Type="` + nsRel + `/footer" Target="footer1.xml"/><Relationship Id="rIdEven" Type="` + nsRel + `/footer" Target="footer2.xml"/></Relationships>`},
		{"word/styles.xml", wordStyles()},
		{"word/fontTable.xml", fontTableXML},
		{"word/settings.xml", `<w:settings ` + wordNamespaces + `><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`},
		{"word/footer1.xml", footerXML("right")},
		{"word/footer2.xml", footerXML("left")},
		{documentPart, `<w:document ` + wordNamespaces + `><w:body>` + body + `</w:body></w:document>`},
	} {
		w, err := zw.Create(p[0])
		if err == nil {
			_, err = w.Write([]byte(xmlHead + p[1]))
		}
		if err != nil {
			return nil, fmt.Errorf("build template: %w", err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("build template: %w", err)
	}
	return out.Bytes(), nil
}

const contentTypesXML = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
	`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
	`<Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/>` +
	`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
	`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
	`<Override PartName="/word/footer2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`

// fontTableXML names, for each font, the one to take where it is missing.
const fontTableXML = `<w:fonts ` + wordNamespaces + `>` +
	`<w:font w:name="方正小标宋简体"><w:altName w:val="华文中宋"/><w:charset w:val="86"/><w:family w:val="roman"/></w:font>` +
	`<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
	`<w:font w:name="楷体_GB2312"><w:altName w:val="楷体"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
	`<w:font w:name="黑体"><w:altName w:val="SimHei"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
	`<w:font w:name="宋体"><w:altName w:val="SimSun"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font></w:fonts>`

// footerXML is the page number between dashes: right on odd pages, left on even.
func footerXML(side string) string {
	const run = `<w:rPr><w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/><w:sz w:val="28"/></w:rPr>`
	return `<w:ftr ` + wordNamespaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r>` + run + `<w:t xml:space="preserve">— </w:t></w:r><w:r>` + run + `<w:fldChar w:fldCharType="begin"/></w:r><w:r>` + run + `<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r>` + run + `<w:fldChar w:fldCharType="separate"/></w:r><w:r>` + run + `<w:t>1</w:t></w:r><w:r>` + run + `<w:fldChar w:fldCharType="end"/></w:r><w:r>` + run + `<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}

// wordStyle is one paragraph style.
type wordStyle struct {
	id, font string
	size     int // half points
	para     string
	run      string
}

func wordStyles() string {
	const line = `<w:spacing w:line="560" w:lineRule="exact"/>`
	const tight = `<w:wordWrap w:val="0"/><w:spacing w:line="300" w:lineRule="exact"/>`
	styles := []wordStyle{
		{id: "Body", font: "仿宋_GB2312", size: 32, para: line + `<w:ind w:firstLineChars="200" w:firstLine="640"/><w:jc w:val="both"/>`},
		{id: "Plain", font: "仿宋_GB2312", size: 32, para: line},
		{id: "Title1", font: "方正小标宋简体", size: 44, para: `<w:spacing w:before="280" w:after="560" w:line="640" w:lineRule="exact"/><w:jc w:val="center"/>`},
		{id: "Issuer", font: "方正小标宋简体", size: 64, para: `<w:spacing w:before="560" w:after="560"/><w:jc w:val="center"/>`, run: `<w:color w:val="C00000"/>`},
		{id: "Number", font: "仿宋_GB2312", size: 32, para: `<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="C00000"/></w:pBdr>` + line + `<w:jc w:val="center"/>`},
		{id: "Center", font: "仿宋_GB2312", size: 32, para: line + `<w:jc w:val="center"/>`},
		{id: "H1", font: "黑体", size: 32, para: `<w:keepNext/>` + line + `<w:ind w:firstLineChars="200" w:firstLine="640"/><w:outlineLvl w:val="0"/>`},
		{id: "H2", font: "楷体_GB2312", size: 32, para: `<w:keepNext/>` + line + `<w:ind w:firstLineChars="200" w:firstLine="640"/><w:outlineLvl w:val="1"/>`},
		{id: "Sign", font: "仿宋_GB2312", size: 32, para: `<w:keepNext/>` + line + `<w:ind w:rightChars="400" w:right="1280"/><w:jc w:val="right"/>`},
		{id: "Annex", font: "黑体", size: 32, para: `<w:pageBreakBefore/>` + line},
		{id: "AnnexNext", font: "黑体", size: 32, para: line},
		{id: "Cell", font: "宋体", size: 18, para: tight},
		{id: "CellMid", font: "宋体", size: 18, para: tight + `<w:jc w:val="center"/>`},
		{id: "CellHead", font: "黑体", size: 18, para: `<w:keepNext/>` + tight + `<w:jc w:val="center"/>`},
		{id: "Form", font: "仿宋_GB2312", size: 24, para: `<w:wordWrap w:val="0"/><w:spacing w:before="40" w:after="40" w:line="360" w:lineRule="exact"/>`},
		{id: "FormHead", font: "黑体", size: 24, para: `<w:spacing w:before="40" w:after="40" w:line="360" w:lineRule="exact"/><w:jc w:val="center"/>`},
		{id: "Note", font: "仿宋_GB2312", size: 21, para: `<w:spacing w:line="340" w:lineRule="exact"/>`},
		{id: "Footer", font: "宋体", size: 28},
	}
	var b strings.Builder
	b.WriteString(`<w:styles ` + wordNamespaces + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>`)
	for _, s := range styles {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:customStyle="1" w:styleId="%s"><w:name w:val="prescreen %s"/><w:basedOn w:val="Normal"/><w:pPr>%s</w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="%s"/>%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`,
			s.id, s.id, s.para, s.font, s.run, s.size, s.size)
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}

// layout builds the body of a template.
type layout struct{ strings.Builder }

// p adds a paragraph; lines break it.
func (d *layout) p(style, text string) {
	fmt.Fprintf(d, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr><w:r>%s</w:r></w:p>`, style, textElement(text))
}

// landscape ends a portrait section; what follows is on wide pages.
func (d *layout) endSection(section string) {
	d.WriteString(`<w:p><w:pPr>` + section + `</w:pPr></w:p>`)
}

// column of a table: its width in twentieths of a point, its head, and the
// text of its cells.
type tableColumn struct {
	width      int
	head, text string
	style      string // of the cells; "" is Cell
}

const tableBorders = `<w:tblBorders><w:top w:val="single" w:sz="6" w:color="000000"/><w:left w:val="single" w:sz="6" w:color="000000"/><w:bottom w:val="single" w:sz="6" w:color="000000"/><w:right w:val="single" w:sz="6" w:color="000000"/><w:insideH w:val="single" w:sz="4" w:color="000000"/><w:insideV w:val="single" w:sz="4" w:color="000000"/></w:tblBorders>`

func (d *layout) beginTable(widths ...int) {
	total := 0
	for _, w := range widths {
		total += w
	}
	fmt.Fprintf(d, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/>%s<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`, total, tableBorders)
	for _, w := range widths {
		fmt.Fprintf(d, `<w:gridCol w:w="%d"/>`, w)
	}
	d.WriteString(`</w:tblGrid>`)
}

// endTable closes a table; a paragraph must follow a table.
func (d *layout) endTable() {
	d.WriteString(`</w:tbl><w:p><w:pPr><w:spacing w:line="120" w:lineRule="exact"/></w:pPr></w:p>`)
}

func (d *layout) cell(width, span int, style, text string) {
	grid := ""
	if span > 1 {
		grid = fmt.Sprintf(`<w:gridSpan w:val="%d"/>`, span)
	}
	fmt.Fprintf(d, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s<w:vAlign w:val="center"/></w:tcPr>`, width, grid)
	for _, line := range strings.Split(text, "\n") {
		d.p(style, line)
	}
	d.WriteString(`</w:tc>`)
}

// list adds a table with a head that is repeated on every page and a row that
// is repeated for every entry.
func (d *layout) list(cols []tableColumn) {
	var widths []int
	for _, c := range cols {
		widths = append(widths, c.width)
	}
	d.beginTable(widths...)
	d.WriteString(`<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for _, c := range cols {
		d.cell(c.width, 1, "CellHead", c.head)
	}
	d.WriteString(`</w:tr><w:tr><w:trPr><w:cantSplit/></w:trPr>`)
	for _, c := range cols {
		style := c.style
		if style == "" {
			style = "Cell"
		}
		d.cell(c.width, 1, style, c.text)
	}
	d.WriteString(`</w:tr>`)
	d.endTable()
}
