package portal

import (
	"fmt"
	"strings"
)

// xlsxSpec describes a workbook. Every cell is text, as the lists of county
// offices are.
type xlsxSpec struct {
	Sheets []sheetSpec
	Props  propsSpec
}

type sheetSpec struct {
	Name     string
	State    string            // "", hidden or veryHidden
	Rows     [][]string        // nil rows leave a gap
	Comments map[string]string `yaml:"comments"` // cell → comment
}

const (
	sheetNS   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

func (x *xlsxSpec) make() ([]byte, error) {
	types := [][2]string{
		{"/xl/workbook.xml", sheetType + "sheet.main+xml"},
		{"/docProps/core.xml", typeCore},
		{"/docProps/custom.xml", typeCustom},
		{"/xl/sharedStrings.xml", sheetType + "sharedStrings+xml"},
	}
	shared := &sharedStrings{index: map[string]int{}}
	var bookRels []relation
	var parts []part
	var book strings.Builder
	book.WriteString(xmlHead + "<workbook " + sheetNS + "><sheets>")
	for i, s := range x.Sheets {
		n := i + 1
		state := ""
		if s.State != "" {
			state = ` state="` + s.State + `"`
		}
		fmt.Fprintf(&book, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, esc(s.Name), n, state, n)
		bookRels = append(bookRels, relation{"worksheet", fmt.Sprintf("worksheets/sheet%d.xml", n)})
		parts = append(parts, s.parts(n, shared)...)
		types = append(types, [2]string{fmt.Sprintf("/xl/worksheets/sheet%d.xml", n), sheetType + "worksheet+xml"})
		if len(s.Comments) > 0 {
			types = append(types, [2]string{fmt.Sprintf("/xl/comments%d.xml", n), sheetType + "comments+xml"})
		}
	}
	book.WriteString("</sheets></workbook>")
	bookRels = append(bookRels, relation{"sharedStrings", "sharedStrings.xml"})
	parts = append([]part{
		{"[Content_Types].xml", contentTypes(types)},
		{"_rels/.rels", rels([]relation{
			{"officeDocument", "xl/workbook.xml"},
			{"core-properties", "docProps/core.xml"},
			{"custom-properties", "docProps/custom.xml"},
		})},
		{"docProps/core.xml", x.Props.core()},
		{"docProps/custom.xml", x.Props.custom()},
		{"xl/workbook.xml", book.String()},
		{"xl/_rels/workbook.xml.rels", rels(bookRels)},
	}, parts...)
	return writeZip(append(parts, part{"xl/sharedStrings.xml", shared.xml()}))
}

// parts returns the sheet itself and, where it has comments, what they need.
func (s *sheetSpec) parts(n int, shared *sharedStrings) []part {
	var b strings.Builder
	b.WriteString(xmlHead + "<worksheet " + sheetNS + "><sheetData>")
	for r, row := range s.Rows {
		if len(row) == 0 {
			continue
		}
		fmt.Fprintf(&b, `<row r="%d">`, r+1)
		for c, text := range row {
			if text != "" {
				fmt.Fprintf(&b, `<c r="%s%d" t="s"><v>%d</v></c>`, columnName(c), r+1, shared.add(text))
			}
		}
		b.WriteString("</row>")
	}
	b.WriteString("</sheetData>")
	if len(s.Comments) == 0 {
		return []part{{fmt.Sprintf("xl/worksheets/sheet%d.xml", n), b.String() + "</worksheet>"}}
	}
	b.WriteString(`<legacyDrawing r:id="rId2"/></worksheet>`)
	var c strings.Builder
	c.WriteString(xmlHead + "<comments " + sheetNS + "><authors><author>经办人</author></authors><commentList>")
	for _, cell := range sortedKeys(s.Comments) {
		fmt.Fprintf(&c, `<comment ref="%s" authorId="0"><text><r><t>%s</t></r></text></comment>`, cell, esc(s.Comments[cell]))
	}
	c.WriteString("</commentList></comments>")
	return []part{
		{fmt.Sprintf("xl/worksheets/sheet%d.xml", n), b.String()},
		{fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", n), rels([]relation{
			{"comments", fmt.Sprintf("../comments%d.xml", n)},
			{"vmlDrawing", fmt.Sprintf("../drawings/vmlDrawing%d.vml", n)},
		})},
		{fmt.Sprintf("xl/comments%d.xml", n), c.String()},
		{fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", n), `<xml xmlns:v="urn:schemas-microsoft-com:vml"/>`},
	}
}

// columnName returns A for 0, Z for 25, AA for 26.
func columnName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnName(i/26-1) + columnName(i%26)
}

type sharedStrings struct {
	index map[string]int
	list  []string
}

func (s *sharedStrings) add(text string) int {
	i, ok := s.index[text]
	if !ok {
		i = len(s.list)
		s.index[text] = i
		s.list = append(s.list, text)
	}
	return i
}

func (s *sharedStrings) xml() string {
	var b strings.Builder
	fmt.Fprintf(&b, xmlHead+`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="%d">`, len(s.list))
	for _, text := range s.list {
		b.WriteString(`<si><t xml:space="preserve">` + esc(text) + "</t></si>")
	}
	b.WriteString("</sst>")
	return b.String()
}
