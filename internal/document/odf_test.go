package document

import (
	"testing"

	"prescreen/scanner"
)

const odfNS = `xmlns:office="o" xmlns:text="t" xmlns:table="tb" xmlns:draw="d" xmlns:style="s" xmlns:fo="f" xmlns:svg="v" xmlns:dc="dc" xmlns:presentation="p" xmlns:xlink="x" xmlns:meta="m"`

// tinyOds is a workbook with a hidden sheet, hidden rows and columns.
func tinyOds(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"mimetype":   "application/vnd.oasis.opendocument.spreadsheet",
		"meta.xml":   `<office:document-meta ` + odfNS + `><office:meta><dc:creator>作者甲</dc:creator><dc:title>表题</dc:title><meta:user-defined meta:name="密级">内部</meta:user-defined></office:meta></office:document-meta>`,
		"styles.xml": `<office:document-styles ` + odfNS + `><office:master-styles><style:master-page><style:header><style:region-center><text:p>页眉秘密</text:p></style:region-center></style:header></style:master-page></office:master-styles></office:document-styles>`,
		"content.xml": `<office:document-content ` + odfNS + `><office:automatic-styles>
			<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
			<style:style style:name="ce1"><style:text-properties fo:color="#ffffff"/></style:style></office:automatic-styles>
			<office:body><office:spreadsheet>
			<table:table table:name="名单"><table:shapes><draw:frame><draw:text-box><text:p>文本框</text:p></draw:text-box></draw:frame></table:shapes>
			<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>
			<table:table-row><table:table-cell><text:p>姓名</text:p></table:table-cell><table:table-cell><text:p>号码</text:p></table:table-cell></table:table-row>
			<table:table-row><table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="1.30100199001011E+017"><text:p>1.30E+17</text:p></table:table-cell>
			<table:table-cell office:value-type="date" office:date-value="2026-03-05"><text:p>3月5日</text:p></table:table-cell><table:table-cell><text:p>藏列</text:p></table:table-cell></table:table-row>
			<table:table-row table:number-rows-repeated="10"><table:table-cell/></table:table-row>
			<table:table-row table:visibility="filter"><table:table-cell><text:p>筛掉</text:p></table:table-cell></table:table-row>
			<table:table-row><table:table-cell table:style-name="ce1"><office:annotation><dc:creator>批者</dc:creator><dc:date>2026</dc:date><text:p>批注</text:p></office:annotation><text:p>白字</text:p></table:table-cell></table:table-row>
			</table:table>
			<table:table table:name="底册" table:style-name="ta2"><table:table-row><table:table-cell><text:p>隐私</text:p></table:table-cell></table:table-row></table:table>
			</office:spreadsheet></office:body></office:document-content>`,
	})
}

func tinyOdp(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"mimetype":   "application/vnd.oasis.opendocument.presentation",
		"styles.xml": `<office:document-styles ` + odfNS + `><office:automatic-styles><style:page-layout style:name="PM"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page><draw:frame><draw:text-box><text:p>母版</text:p></draw:text-box></draw:frame></style:master-page></office:master-styles></office:document-styles>`,
		"content.xml": `<office:document-content ` + odfNS + `><office:automatic-styles><style:style style:name="dp2"><style:drawing-page-properties presentation:visibility="hidden"/></style:style></office:automatic-styles>
			<office:body><office:presentation>
			<draw:page draw:name="page1"><draw:frame presentation:class="title" svg:x="1cm" svg:y="1cm" svg:width="20cm" svg:height="2cm"><draw:text-box><text:p>题目</text:p></draw:text-box></draw:frame>
			<draw:frame svg:x="30cm" svg:y="1cm" svg:width="2cm" svg:height="2cm"><draw:text-box><text:p>页外</text:p></draw:text-box></draw:frame>
			<draw:frame><table:table><table:table-row><table:table-cell><text:p>表格</text:p></table:table-cell></table:table-row></table:table></draw:frame>
			<presentation:notes><draw:frame><draw:text-box><text:p>备注</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>
			<draw:page draw:style-name="dp2"><draw:frame><draw:text-box><text:p>隐藏页</text:p></draw:text-box></draw:frame></draw:page>
			</office:presentation></office:body></office:document-content>`,
	})
}

func TestOds(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.ods", tinyOds(t))
	checkWants(t, res, []want{
		{"作者甲", scanner.KindProperty, nil},
		{"密级", scanner.KindProperty, nil},
		{"内部", scanner.KindProperty, nil},
		{"页眉秘密", scanner.KindHeader, nil},
		{"文本框", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.Sheet == "名单" }},
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return cell("A1")(s) && s.Header && s.Table > 0 }},
		{"130100199001011000", scanner.KindBody, cell("A2")},
		{"2026-03-05", scanner.KindBody, cell("C2")},
		{"藏列", scanner.KindHidden, cell("D2")},
		{"筛掉", scanner.KindHidden, cell("A13")},
		{"白字", scanner.KindHidden, cell("A14")},
		{"批注", scanner.KindComment, cell("A14")},
		{"批者", scanner.KindComment, nil},
		{"底册", scanner.KindHidden, nil},
		{"隐私", scanner.KindHidden, func(s scanner.Segment) bool { return s.Place.Sheet == "底册" && s.Place.Cell == "A1" }},
	})
	if res.Title != "表题" {
		t.Errorf("title %q", res.Title)
	}
}

func TestOdp(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.odp", tinyOdp(t))
	onPage := func(n int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == n }
	}
	checkWants(t, res, []want{
		{"题目", scanner.KindTitle, onPage(1)},
		{"页外", scanner.KindHidden, onPage(1)},
		{"表格", scanner.KindBody, func(s scanner.Segment) bool { return s.Table == 1 && s.Row == 1 && s.Col == 1 }},
		{"备注", scanner.KindNote, onPage(1)},
		{"隐藏页", scanner.KindHidden, onPage(2)},
		{"母版", scanner.KindBody, nil},
	})
}

func TestODFEncrypted(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.odt", zipOf(t, map[string]string{
		"mimetype":              "application/vnd.oasis.opendocument.text",
		"META-INF/manifest.xml": `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`,
		"content.xml":           "\x01\x02\x03",
	}))
	if statuses(res)[scanner.StatusEncrypted] != 1 {
		t.Errorf("problems %+v, want encrypted", res.Problems)
	}
}
