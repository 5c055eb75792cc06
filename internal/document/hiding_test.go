package document

import (
	"strings"
	"testing"

	"prescreen/scanner"
)

// TestHidingPlaces has one text in each of the places where office programs
// other than our own test data put what readers overlook.
func TestHidingPlaces(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	const x = "藏在这里的字"
	run := func(props, text string) string {
		return `<w:p><w:r><w:rPr>` + props + `</w:rPr><w:t>` + text + `</w:t></w:r></w:p>`
	}
	word := func(body string) map[string]string {
		return map[string]string{"word/document.xml": `<w:document ` + wNS + ` xmlns:wp="d" xmlns:a="a"><w:body>` + body + `</w:body></w:document>`}
	}
	row := func(props string) map[string]string {
		return word(`<w:tbl><w:tr><w:trPr>` + props + `</w:trPr><w:tc>` + run("", x) + `</w:tc></w:tr></w:tbl>`)
	}
	slide := func(shape string) map[string]string {
		return map[string]string{
			"_rels/.rels": relsPart("rId1 officeDocument ppt/presentation.xml"), "ppt/_rels/presentation.xml.rels": relsPart("rId1 slide slides/slide1.xml"),
			"ppt/presentation.xml":  `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId r:id="rId1"/></p:sldIdLst><p:sldSz cx="1000" cy="800"/></p:presentation>`,
			"ppt/slides/slide1.xml": `<p:sld xmlns:p="p" xmlns:a="a">` + shape + `</p:sld>`,
		}
	}
	painted := func(fill, color string) map[string]string {
		return slide(`<p:sp><p:nvSpPr><p:cNvPr/></p:nvSpPr><p:spPr>` + fill + `</p:spPr><p:txBody><a:p><a:r><a:rPr>` + color + `</a:rPr><a:t>` + x + `</a:t></a:r></a:p></p:txBody></p:sp>`)
	}
	const white, blue = `<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>`, `<a:solidFill><a:srgbClr val="003366"/></a:solidFill>`
	open := func(kind, styles, body string) map[string]string {
		return map[string]string{"mimetype": "application/vnd.oasis.opendocument." + kind,
			"content.xml": `<office:document-content xmlns:fo="fo"><office:automatic-styles>` + styles + `</office:automatic-styles><office:body><office:` + kind + `>` + body + `</office:` + kind + `></office:body></office:document-content>`}
	}
	sheet := func(styles, body string) map[string]string {
		return map[string]string{"xl/workbook.xml": `<workbook/>`, "xl/styles.xml": `<styleSheet>` + styles + `</styleSheet>`, "xl/worksheets/sheet1.xml": `<worksheet>` + body + `</worksheet>`}
	}
	cellOf := `<sheetData><row r="1"><c r="A1" s="0" t="inlineStr"><is><t>` + x + `</t></is></c></row></sheetData>`
	for _, tt := range []struct {
		name  string
		kind  scanner.Kind
		parts map[string]string
	}{
		{"text of the colour of its shade", scanner.KindHidden, word(run(`<w:color w:val="1F4E79"/><w:shd w:val="clear" w:fill="1F4E79"/>`, x))},
		{"white text on a shade", scanner.KindBody, word(run(`<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F4E79"/>`, x))},
		{"black on a black highlight", scanner.KindHidden, word(run(`<w:color w:val="000000"/><w:highlight w:val="black"/>`, x))},
		{"automatic colour on black", scanner.KindBody, word(run(`<w:shd w:val="clear" w:fill="000000"/>`, x))},
		{"one point", scanner.KindHidden, word(run(`<w:sz w:val="2"/>`, x))},
		{"hidden row", scanner.KindHidden, row(`<w:hidden/>`)},
		{"deleted row", scanner.KindRevision, row(`<w:del w:author="x"/>`)},
		{"hidden drawing", scanner.KindHidden, word(`<w:p><w:r><w:drawing><wp:anchor><wp:docPr name="x" hidden="1"/><w:txbxContent>` + run("", x) + `</w:txbxContent></wp:anchor></w:drawing></w:r></w:p>`)},
		{"caption of a table", scanner.KindAttribute, word(`<w:tbl><w:tblPr><w:tblCaption w:val="` + x + `"/></w:tblPr></w:tbl>`)},
		{"bookmark", scanner.KindAttribute, word(`<w:p><w:bookmarkStart w:name="` + x + `"/></w:p>`)},
		{"tooltip of a picture", scanner.KindAttribute, word(`<w:p><w:r><w:drawing><wp:docPr name="x"><a:hlinkClick tooltip="` + x + `"/></wp:docPr></w:drawing></w:r></w:p>`)},
		{"bare word of a field", scanner.KindHidden, word(`<w:p><w:fldSimple w:instr=" COMMENTS ` + x + ` "/></w:p>`)},
		{"other folders and prefixes", scanner.KindHeader, map[string]string{
			"[Content_Types].xml": `<Types><Override PartName="/doc/main.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"_rels/.rels":         relsPart("rId1 officeDocument doc/main.xml"), "doc/main.xml": `<y:document xmlns:y="http://purl.oclc.org/ooxml/wordprocessingml/main"/>`,
			"doc/kopf.xml": `<y:hdr><y:p><y:r><y:t>` + x + `</y:t></y:r></y:p></y:hdr>`,
		}},
		{"white on a slide", scanner.KindHidden, painted("", white)},
		{"white in a blue shape", scanner.KindBody, painted(blue, white)},
		{"white on a slide with a ground", scanner.KindBody, slide(`<p:cSld><p:bg/><p:sp><p:txBody><a:p><a:r><a:rPr>` + white + `</a:rPr><a:t>` + x + `</a:t></a:r></a:p></p:txBody></p:sp></p:cSld>`)},
		{"transparent on a slide", scanner.KindHidden, painted("", `<a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill>`)},
		{"name of a slide", scanner.KindAttribute, slide(`<p:cSld name="` + x + `"/>`)},
		{"only in the fallback", scanner.KindBody, slide(`<mc:AlternateContent><mc:Choice/><mc:Fallback><p:sp><p:txBody><a:p><a:r><a:t>` + x + `</a:t></a:r></a:p></p:txBody></p:sp></mc:Fallback></mc:AlternateContent>`)},
		{"conditional text", scanner.KindHidden, open("text", "", `<text:p><text:conditional-text text:string-value-if-false="`+x+`">y</text:conditional-text></text:p>`)},
		{"hidden section", scanner.KindHidden, open("text", "", `<text:section text:display="condition" text:is-hidden="true"><text:p>`+x+`</text:p></text:section>`)},
		{"script", scanner.KindScript, open("text", "", `<text:p><text:script>`+x+`</text:script></text:p>`)},
		{"one point in OpenDocument", scanner.KindHidden, open("text", `<style:style style:name="S"><style:text-properties fo:font-size="1pt"/></style:style>`, `<text:p><text:span text:style-name="S">`+x+`</text:span></text:p>`)},
		{"footer of slides", scanner.KindFooter, open("presentation", "", `<presentation:footer-decl>`+x+`</presentation:footer-decl>`)},
		{"earlier content of a cell", scanner.KindRevision, open("spreadsheet", "", `<table:tracked-changes><table:previous><text:p>`+x+`</text:p></table:previous></table:tracked-changes>`)},
		{"cell of the colour of its ground", scanner.KindHidden, sheet(`<fonts><font><color rgb="FF003366"/></font></fonts><fills><fill><patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill></fill></fills><cellXfs><xf/></cellXfs>`, cellOf)},
		{"cell of one point", scanner.KindHidden, sheet(`<fonts><font><sz val="1"/></font></fonts><fills><fill/></fills><cellXfs><xf/></cellXfs>`, cellOf)},
		{"filter", scanner.KindProperty, sheet("", `<autoFilter><filters><filter val="`+x+`"/></filters></autoFilter>`)},
		{"condition of a format", scanner.KindProperty, sheet("", `<conditionalFormatting><cfRule><formula>$A1="`+x+`"</formula></cfRule></conditionalFormatting>`)},
		{"phonetic guide", scanner.KindAttribute, sheet("", `<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>字</t><rPh><t>`+x+`</t></rPh></is></c></row></sheetData>`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := parseBytes(t, p, "a", zipOf(t, tt.parts))
			var kinds []scanner.Kind
			for _, s := range res.Segments {
				if strings.Contains(s.Text, x) {
					kinds = append(kinds, s.Place.Kind)
				}
			}
			if len(kinds) != 1 || kinds[0] != tt.kind {
				t.Errorf("%s: found as %v, want once as %s; problems %+v", res.Type, kinds, tt.kind, res.Problems)
			}
		})
	}
}
