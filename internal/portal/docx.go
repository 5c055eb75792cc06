package portal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// docxSpec describes a word-processing document. A paragraph of Body may
// begin with a sign: "# " heading, "| " table row with cells between bars,
// "+ " tracked insertion, "- " tracked deletion, "~ " hidden text, "; " a
// paragraph with a reviewer's comment after " ;; ".
type docxSpec struct {
	Header, Footer string
	Body           []string
	Props          propsSpec
}

const (
	wordNS   = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	revision = `w:id="%d" w:author="拟稿人" w:date="2026-03-01T10:00:00Z"`
)

func (d *docxSpec) make() ([]byte, error) {
	body, comments := d.body()
	docRels := []relation{{"styles", "styles.xml"}}
	parts := []part{{"word/document.xml", body}, {"word/styles.xml", wordStyles}}
	types := [][2]string{
		{"/word/document.xml", wordType + "document.main+xml"},
		{"/word/styles.xml", wordType + "styles+xml"},
		{"/docProps/core.xml", typeCore},
		{"/docProps/custom.xml", typeCustom},
	}
	add := func(kind, name, content string) {
		docRels = append(docRels, relation{kind, name + ".xml"})
		parts = append(parts, part{"word/" + name + ".xml", content})
		types = append(types, [2]string{"/word/" + name + ".xml", wordType + kind + "+xml"})
	}
	// The section properties in body refer to these two as rId2 and rId3.
	add("header", "header1", xmlHead+"<w:hdr "+wordNS+">"+paragraph(d.Header)+"</w:hdr>")
	add("footer", "footer1", xmlHead+"<w:ftr "+wordNS+">"+paragraph(d.Footer)+"</w:ftr>")
	if comments != "" {
		add("comments", "comments", xmlHead+"<w:comments "+wordNS+">"+comments+"</w:comments>")
	}
	parts = append([]part{
		{"[Content_Types].xml", contentTypes(types)},
		{"_rels/.rels", rels([]relation{
			{"officeDocument", "word/document.xml"},
			{"core-properties", "docProps/core.xml"},
			{"custom-properties", "docProps/custom.xml"},
		})},
		{"word/_rels/document.xml.rels", rels(docRels)},
		{"docProps/core.xml", d.Props.core()},
		{"docProps/custom.xml", d.Props.custom()},
	}, parts...)
	return writeZip(parts)
}

func (d *docxSpec) body() (document, comments string) {
	var b, c strings.Builder
	inTable := false
	for i, line := range d.Body {
		row := strings.HasPrefix(line, "|")
		if row != inTable {
			if inTable = row; row {
				b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr>`)
			} else {
				b.WriteString("</w:tbl>")
			}
		}
		sign, text := "", line
		if len(line) > 2 && line[1] == ' ' {
			sign, text = line[:1], line[2:]
		}
		switch sign {
		case "|":
			b.WriteString(tableRow(line))
		case "#":
			b.WriteString(`<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>` + run(text) + "</w:p>")
		case "+":
			fmt.Fprintf(&b, "<w:p><w:ins "+revision+">%s</w:ins></w:p>", i, run(text))
		case "-":
			fmt.Fprintf(&b, "<w:p><w:del "+revision+`><w:r><w:delText xml:space="preserve">%s</w:delText></w:r></w:del></w:p>`, i, esc(text))
		case "~":
			b.WriteString(`<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t xml:space="preserve">` + esc(text) + "</w:t></w:r></w:p>")
		case ";":
			text, note, _ := strings.Cut(text, " ;; ")
			fmt.Fprintf(&b, `<w:p><w:commentRangeStart w:id="%[1]d"/>%[2]s<w:commentRangeEnd w:id="%[1]d"/><w:r><w:commentReference w:id="%[1]d"/></w:r></w:p>`, i, run(text))
			fmt.Fprintf(&c, "<w:comment "+revision+` w:initials="n">%s</w:comment>`, i, paragraph(note))
		default:
			b.WriteString(paragraph(line))
		}
	}
	if inTable {
		b.WriteString("</w:tbl>")
	}
	return xmlHead + "<w:document " + wordNS + "><w:body>" + b.String() +
		`<w:sectPr><w:headerReference w:type="default" r:id="rId2"/><w:footerReference w:type="default" r:id="rId3"/></w:sectPr>` +
		"</w:body></w:document>", c.String()
}

func tableRow(line string) string {
	cells, _ := cellsOf(line)
	var b strings.Builder
	b.WriteString("<w:tr>")
	for _, c := range cells {
		b.WriteString("<w:tc><w:tcPr/>" + paragraph(c) + "</w:tc>")
	}
	b.WriteString("</w:tr>")
	return b.String()
}

func paragraph(text string) string { return "<w:p>" + run(text) + "</w:p>" }

func run(text string) string {
	return `<w:r><w:t xml:space="preserve">` + esc(text) + "</w:t></w:r>"
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

const wordStyles = xmlHead + "<w:styles " + wordNS + `><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style></w:styles>`
