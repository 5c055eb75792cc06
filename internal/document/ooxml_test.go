package document

import (
	"strings"
	"testing"

	"prescreen/scanner"
)

const wNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

func relsPart(entries ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for _, e := range entries {
		f := strings.SplitN(e, " ", 3)
		mode := ""
		if strings.Contains(f[2], "://") {
			mode = ` TargetMode="External"`
		}
		b.WriteString(`<Relationship Id="` + f[0] + `" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + f[1] + `" Target="` + f[2] + `"` + mode + `/>`)
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

// tinyDocx holds one text in every hiding place of a DOCX file.
func tinyDocx(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"[Content_Types].xml":          `<Types/>`,
		"_rels/.rels":                  relsPart("rId1 officeDocument word/document.xml"),
		"word/_rels/document.xml.rels": relsPart("rId1 styles styles.xml", "rId2 hyperlink http://10.0.0.1/内网"),
		"word/styles.xml": `<w:styles ` + wNS + `><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
			<w:style w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`,
		"word/document.xml": `<w:document ` + wNS + `><w:body>
			<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>标题</w:t></w:r></w:p>
			<w:p><w:r><w:t>身份</w:t></w:r><w:r><w:t>证号</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏一</w:t></w:r></w:p>
			<w:p><w:r><w:rPr><w:rStyle w:val="Gone"/></w:rPr><w:t>藏二</w:t></w:r></w:p>
			<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>白字</w:t></w:r></w:p>
			<w:p><w:r><w:t>前</w:t></w:r><w:del w:author="改者"><w:r><w:delText>删除</w:delText></w:r></w:del><w:ins><w:r><w:t>插入</w:t></w:r></w:ins></w:p>
			<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "http://a.example/x"</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>链接</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>
			<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc><w:p><w:r><w:t>姓名</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>号码</w:t></w:r></w:p></w:tc></w:tr>
			<w:tr><w:tc><w:p><w:r><w:t>某甲</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc><w:tc><w:tcPr><w:shd w:fill="1F4E79"/></w:tcPr><w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>表头白字</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
			</w:body></w:document>`,
		"word/lost.xml":         `<w:ftr ` + wNS + `><w:p><w:r><w:t>无人引用的页脚</w:t></w:r></w:p></w:ftr>`,
		"customXml/item1.xml":   `<root><field>自定义数据</field></root>`,
		"docProps/custom.xml":   `<Properties><property name="密级"><vt:lpwstr>内部</vt:lpwstr></property></Properties>`,
		"word/embeddings/a.zip": string(zipOf(t, map[string]string{"附.txt": "嵌入"})),
	})
}

// tinyXlsx holds a sheet with hidden rows, a very hidden sheet, a pivot cache
// and a string no cell uses.
func tinyXlsx(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"_rels/.rels":                relsPart("rId1 officeDocument xl/workbook.xml"),
		"xl/_rels/workbook.xml.rels": relsPart("rId1 worksheet worksheets/sheet1.xml", "rId2 worksheet worksheets/sheet2.xml", "rId3 sharedStrings sharedStrings.xml", "rId4 styles styles.xml"),
		"xl/workbook.xml": `<workbook xmlns:r="x"><sheets><sheet name="名单" r:id="rId1"/><sheet name="底册" state="veryHidden" r:id="rId2"/></sheets>
			<definedNames><definedName name="内部区域">名单!$A$1</definedName></definedNames></workbook>`,
		"xl/sharedStrings.xml": `<sst><si><t>姓名</t></si><si><r><t>富</t></r><r><t>文本</t></r><rPh><t>注音</t></rPh></si><si><t>删掉的姓名</t></si></sst>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="165" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="166" formatCode="000000"/></numFmts>
			<cellXfs><xf numFmtId="0"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="10"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": `<worksheet><cols><col min="5" max="6" hidden="1"/></cols><sheetData>
			<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>号码</t></is></c></row>
			<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>1.30100199001011E+17</v></c><c r="C2" s="1"><v>46086</v></c><c r="D2" s="2"><v>123</v></c><c r="E2"><v>7</v></c></row>
			<row r="3" hidden="1"><c r="A3" t="str"><f>"机密"&amp;"文件"</f><v>机密文件</v></c><c r="B3" s="3"><v>0.125</v></c><c r="D3"><v>440301999901011234</v></c></row>
			</sheetData><dataValidations><dataValidation sqref="B2" prompt="请填写"><formula1>"在职,离职"</formula1></dataValidation></dataValidations>
			<headerFooter><oddHeader>&amp;C&amp;"宋体,常规"&amp;12秘密</oddHeader></headerFooter></worksheet>`,
		"xl/worksheets/sheet2.xml":             `<worksheet><sheetData><row><c t="inlineStr"><is><t>隐私</t></is></c></row></sheetData></worksheet>`,
		"xl/worksheets/_rels/sheet1.xml.rels":  relsPart("rId1 comments ../comments1.xml"),
		"xl/comments1.xml":                     `<comments><authors><author>批者</author></authors><commentList><comment ref="B2" authorId="0"><text><r><t>勿公开</t></r></text></comment></commentList></comments>`,
		"xl/pivotCache/pivotCacheRecords1.xml": `<pivotCacheRecords><r><s v="透视缓存姓名"/></r></pivotCacheRecords>`,
	})
}

func tinyPptx(t testing.TB) []byte {
	const ns = `xmlns:p="p" xmlns:a="a" xmlns:r="r"`
	shape := func(ph, off, text string) string {
		return `<p:sp><p:nvSpPr><p:cNvPr descr=""/><p:nvPr>` + ph + `</p:nvPr></p:nvSpPr><p:spPr><a:xfrm>` + off + `<a:ext cx="100" cy="100"/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	return zipOf(t, map[string]string{
		"_rels/.rels":                      relsPart("rId1 officeDocument ppt/presentation.xml"),
		"ppt/_rels/presentation.xml.rels":  relsPart("rId1 slide slides/slide2.xml", "rId2 slide slides/slide1.xml"),
		"ppt/presentation.xml":             `<p:presentation ` + ns + `><p:sldIdLst><p:sldId r:id="rId1"/><p:sldId r:id="rId2"/></p:sldIdLst><p:sldSz cx="1000" cy="800"/></p:presentation>`,
		"ppt/slides/slide2.xml":            `<p:sld ` + ns + `>` + shape(`<p:ph type="title"/>`, `<a:off x="0" y="0"/>`, "第一页标题") + shape("", `<a:off x="1200" y="0"/>`, "页外") + shape("", `<a:off x="-200" y="0"/>`, "左外") + `</p:sld>`,
		"ppt/slides/slide1.xml":            `<p:sld show="0" ` + ns + `>` + shape("", `<a:off x="0" y="0"/>`, "隐藏页") + `</p:sld>`,
		"ppt/slides/_rels/slide2.xml.rels": relsPart("rId1 notesSlide ../notesSlides/notesSlide1.xml"),
		"ppt/notesSlides/notesSlide1.xml":  `<p:notes ` + ns + `>` + shape(`<p:ph type="body"/>`, "", "备注") + `</p:notes>`,
	})
}

// want is a text that must be found with its place.
type want struct {
	text  string
	kind  scanner.Kind
	place func(s scanner.Segment) bool
}

func checkWants(t *testing.T, res *Result, wants []want) {
	t.Helper()
	for _, w := range wants {
		found, right := false, false
		for _, s := range res.Segments {
			if s.Text == w.text {
				found = true
				right = right || s.Place.Kind == w.kind && (w.place == nil || w.place(s))
			}
		}
		if !found {
			t.Errorf("text %q not found", w.text)
		} else if !right {
			t.Errorf("text %q is not %s where it should be: %+v", w.text, w.kind, segmentsWith(res, w.text))
		}
	}
	if t.Failed() {
		t.Logf("problems: %+v", res.Problems)
	}
}

func segmentsWith(res *Result, text string) (out []scanner.Segment) {
	for _, s := range res.Segments {
		if s.Text == text {
			out = append(out, s)
		}
	}
	return out
}

func cell(ref string) func(scanner.Segment) bool {
	return func(s scanner.Segment) bool { return s.Place.Cell == ref && s.Place.Sheet == "名单" }
}

func TestDocx(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.docx", tinyDocx(t))
	checkWants(t, res, []want{
		{"标题", scanner.KindHeading, nil},
		{"身份证号", scanner.KindBody, nil},
		{"藏一", scanner.KindHidden, nil},
		{"藏二", scanner.KindHidden, nil},
		{"白字", scanner.KindHidden, nil},
		{"前插入", scanner.KindBody, nil},
		{"删除", scanner.KindRevision, nil},
		{"插入", scanner.KindRevision, nil},
		{"改者", scanner.KindProperty, nil},
		{"http://a.example/x", scanner.KindLink, nil},
		{"http://10.0.0.1/内网", scanner.KindLink, nil},
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return s.Table == 1 && s.Row == 1 && s.Col == 1 && s.Header }},
		{"号码", scanner.KindBody, func(s scanner.Segment) bool { return s.Row == 1 && s.Col == 2 }},
		{"表头白字", scanner.KindBody, func(s scanner.Segment) bool { return s.Row == 2 && s.Col == 3 }},
		{"无人引用的页脚", scanner.KindFooter, nil},
		{"自定义数据", scanner.KindProperty, nil},
		{"密级", scanner.KindProperty, nil},
		{"嵌入", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.docx!/word/embeddings/a.zip!/附.txt" }},
	})
}

func TestXlsx(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.xlsx", tinyXlsx(t))
	checkWants(t, res, []want{
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return s.Header && cell("A1")(s) }},
		{"富文本", scanner.KindBody, cell("A2")},
		{"130100199001011000", scanner.KindBody, func(s scanner.Segment) bool { return cell("B2")(s) && s.Row == 2 && s.Col == 2 }},
		{"2026-03-05", scanner.KindBody, cell("C2")},
		{"000123", scanner.KindBody, cell("D2")},
		{"7", scanner.KindHidden, cell("E2")},
		{"机密文件", scanner.KindHidden, cell("A3")},
		{`="机密"&"文件"`, scanner.KindHidden, cell("A3")},
		{"12.5%", scanner.KindHidden, cell("B3")},
		{"440301999901011234", scanner.KindHidden, cell("D3")},
		{"底册", scanner.KindHidden, nil},
		{"隐私", scanner.KindHidden, func(s scanner.Segment) bool { return s.Place.Sheet == "底册" && s.Place.Cell == "A1" }},
		{"删掉的姓名", scanner.KindHidden, nil},
		{"透视缓存姓名", scanner.KindHidden, nil},
		{"内部区域", scanner.KindProperty, nil},
		{"秘密", scanner.KindHeader, nil},
		{"勿公开", scanner.KindComment, cell("B2")},
		{"批者", scanner.KindComment, nil},
		{"请填写", scanner.KindForm, cell("B2")},
		{"在职,离职", scanner.KindForm, nil},
	})
	if containsAny(texts(res, scanner.KindBody), "注音") {
		t.Error("phonetic text is part of a cell")
	}
}

func TestPptx(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.pptx", tinyPptx(t))
	onPage := func(n int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == n }
	}
	checkWants(t, res, []want{
		{"第一页标题", scanner.KindTitle, onPage(1)},
		{"页外", scanner.KindHidden, onPage(1)},
		{"左外", scanner.KindHidden, onPage(1)},
		{"隐藏页", scanner.KindHidden, onPage(2)},
		{"备注", scanner.KindNote, onPage(1)},
	})
	if res.Title != "第一页标题" {
		t.Errorf("title %q", res.Title)
	}
}

// Broken markup costs what is broken, and is reported.
func TestDocxBroken(t *testing.T) {
	for _, tt := range []struct{ name, body string }{
		{"cut off", `<w:p><w:r><w:t>之前</w:t></w:r></w:p><w:p><w:r><w:t>断`},
		{"stray end", `</w:p></w:tbl><w:p><w:r><w:t>之前</w:t></w:r></w:p>`},
		{"lost quote", `<w:p w:x="1><w:r><w:t>之前</w:t></w:r></w:p><w:p><w:r><w:t>之后</w:t></w:r></w:p>`},
		{"bare ampersand", `<w:p><w:r><w:t>之前</w:t></w:r></w:p><w:p><w:r><w:t>a & b</w:t></w:r></w:p></w:x>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := parseBytes(t, parserForTest(t, Config{}), "a.docx", zipOf(t, map[string]string{
				"word/document.xml": `<w:document ` + wNS + `><w:body>` + tt.body,
			}))
			if !containsAny(texts(res, scanner.KindBody), "之前") {
				t.Errorf("text before the damage is lost: %+v", res.Segments)
			}
			if statuses(res)[scanner.StatusPartial] == 0 {
				t.Errorf("damage is not reported: %+v", res.Problems)
			}
		})
	}
}

func TestXMLLexer(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`<a b="1&amp;2">x&lt;&#20013;</a>`, `<a b=1&2>[x<中]</a>`},
		{`<?xml version="1.0"?><!-- <c> --><a><![CDATA[<x>]]></a>`, `<a>[<x>]</a>`},
		{`<a><b><c></a>`, `<a><b><c></c></b></a>`},
		{`<a/><b`, `<a></a><b></b>`},
		{"\xFF\xFE<\x00a\x00/\x00>\x00", `<a></a>`},
		{"<?xml version='1.0' encoding='GB2312'?><a>\xD6\xD0</a>", `<a>[中]</a>`},
		{`<w:t xml:space="preserve"> x </w:t>`, `<t space=preserve>[ x ]</t>`},
	} {
		x := newXMLLexer(strings.NewReader(tt.in))
		var got strings.Builder
		for x.next() {
			switch x.kind {
			case xmlStart:
				got.WriteString("<" + string(x.name))
				for _, a := range x.attrs {
					got.WriteString(" " + string(a.name) + "=" + string(a.value))
				}
				got.WriteString(">")
			case xmlEnd:
				got.WriteString("</" + string(x.name) + ">")
			case xmlText:
				got.WriteString("[" + string(x.text) + "]")
			}
		}
		if got.String() != tt.want {
			t.Errorf("%q reads %s, want %s", tt.in, got.String(), tt.want)
		}
	}
}

func TestNumberFormat(t *testing.T) {
	for _, tt := range []struct{ code, raw, want string }{
		{"General", "440301999901011234", "440301999901011234"},
		{"General", "1.30100199001011E+17", "130100199001011000"},
		{"General", "0.30000000000000004", "0.3"},
		{"0.00%", "0.5", "50%"},
		{"yyyy/m/d", "45351", "2024-02-29"},
		{`yyyy"年"m"月"`, "1", "1900-01-01"},
		{"h:mm", "0.5", "12:00:00"},
		{"[h]:mm", "1.5", "36:00:00"},
		{"yyyy-mm-dd hh:mm", "45351.25", "2024-02-29 06:00:00"},
		{"00000000", "1234", "00001234"},
		{`#,##0.00"元"`, "1234.5", "1234.5"},
		{"@", "abc", "abc"},
	} {
		if got := parseFormat(tt.code).text(tt.raw, dates1900); got != tt.want {
			t.Errorf("%s in format %s reads %q, want %q", tt.raw, tt.code, got, tt.want)
		}
	}
}
