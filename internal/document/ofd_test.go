package document

import (
	"testing"

	"prescreen/scanner"
)

func tinyOFD(t testing.TB) []byte {
	const ns = `xmlns:ofd="http://www.ofdspec.org/2016"`
	text := func(x, y, s string) string {
		return `<ofd:TextObject Boundary="` + x + ` ` + y + ` 10 5" Size="4"><ofd:TextCode X="0" Y="4">` + s + `</ofd:TextCode></ofd:TextObject>`
	}
	return zipOf(t, map[string]string{
		"OFD.xml":            `<ofd:OFD ` + ns + `><ofd:DocBody><ofd:DocInfo><ofd:Title>公文标题</ofd:Title><ofd:Author>作者丁</ofd:Author><ofd:CustomDatas><ofd:CustomData Name="密级">内部</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
		"Doc_0/Document.xml": `<ofd:Document ` + ns + `><ofd:CommonData><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes><ofd:TemplatePage ID="7" BaseLoc="Tpls/T.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages\P1.xml"/><ofd:Page ID="2" BaseLoc="pages/p2.XML"/></ofd:Pages><ofd:Annotations>Annots.xml</ofd:Annotations><ofd:Attachments>Att.xml</ofd:Attachments></ofd:Document>`,
		"Doc_0/Pages/P1.xml": `<ofd:Page ` + ns + `><ofd:Template TemplateID="7"/><ofd:Content><ofd:Layer>` +
			text("10", "10", "身") + text("14", "10", "份") + text("18", "10", "证") + text("60", "10", "号码") + text("10", "20", "第二行") +
			`<ofd:TextObject Boundary="10 30 10 5" Size="4" Visible="false"><ofd:TextCode X="0" Y="4" DeltaX="g 999999999999 1">藏</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>`,
		"Doc_0/Pages/P2.xml":       `<ofd:Page ` + ns + `><ofd:Content><ofd:Layer><ofd:CompositeObject ResourceID="55" Boundary="0 0 1 1"/></ofd:Layer></ofd:Content></ofd:Page>`,
		"Doc_0/Tpls/T.xml":         `<ofd:Page ` + ns + `><ofd:Content><ofd:Layer>` + text("1", "1", "模板") + `</ofd:Layer></ofd:Content></ofd:Page>`,
		"Doc_0/DocumentRes.xml":    `<ofd:Res ` + ns + `><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="55"><ofd:Content>` + text("1", "1", "资源里的字") + `</ofd:Content></ofd:CompositeGraphicUnit><ofd:CompositeGraphicUnit ID="56"><ofd:Content>` + text("1", "1", "没用到的字") + `</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>`,
		"Doc_0/Annots.xml":         `<ofd:Annotations ` + ns + `><ofd:Page PageID="1"><ofd:FileLoc>A1.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`,
		"Doc_0/A1.xml":             `<ofd:PageAnnot ` + ns + `><ofd:Annot Type="Highlight" Creator="批注者某"><ofd:Remark>删去此段</ofd:Remark></ofd:Annot></ofd:PageAnnot>`,
		"Doc_0/Att.xml":            `<ofd:Attachments ` + ns + `><ofd:Attachment Name="名单" Format="txt"><ofd:FileLoc>Res/x.dat</ofd:FileLoc></ofd:Attachment></ofd:Attachments>`,
		"Doc_0/Res/x.dat":          "附件里的字",
		"Doc_0/Tags/CustomTag.xml": `<x><字段>标引</字段></x>`,
	})
}

func TestOFD(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.ofd", tinyOFD(t))
	onPage := func(n int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == n }
	}
	checkWants(t, res, []want{
		{"公文标题", scanner.KindProperty, nil},
		{"作者丁", scanner.KindProperty, nil},
		{"内部", scanner.KindProperty, nil},
		{"密级", scanner.KindProperty, nil},
		{"模板", scanner.KindBody, onPage(1)},
		{"身份证\t号码", scanner.KindBody, onPage(1)},
		{"第二行", scanner.KindBody, onPage(1)},
		{"藏", scanner.KindHidden, onPage(1)},
		{"资源里的字", scanner.KindBody, onPage(2)},
		{"没用到的字", scanner.KindHidden, nil},
		{"删去此段", scanner.KindComment, onPage(1)},
		{"批注者某", scanner.KindComment, nil},
		{"名单.txt", scanner.KindFilename, nil},
		{"附件里的字", scanner.KindBody, nil},
		{"标引", scanner.KindProperty, nil},
	})
	if res.Title != "公文标题" {
		t.Errorf("title %q", res.Title)
	}
}
