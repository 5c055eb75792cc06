package document

import (
	"testing"

	"prescreen/scanner"
)

func tinyVisio(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"_rels/.rels":                      relsPart("rId1 document visio/document.xml"),
		"visio/document.xml":               `<VisioDocument/>`,
		"visio/pages/pages.xml":            `<Pages xmlns:r="r"><Page Name="网络拓扑"><Rel r:id="rId2"/></Page><Page Name="背景"><Rel r:id="rId1"/></Page></Pages>`,
		"visio/pages/_rels/pages.xml.rels": relsPart("rId1 page page1.xml", "rId2 page page2.xml"),
		"visio/pages/page1.xml":            `<PageContents><Shapes><Shape><Text>背景的字</Text></Shape></Shapes></PageContents>`,
		"visio/pages/page2.xml": `<PageContents><Shapes><Shape><Section N="Property"><Row><Cell N="Label" V="主机"/><Cell N="Value" V="核心交换机" U="STR"/></Row></Section>
			<Section N="Hyperlink"><Row><Cell N="Address" V="http://10.0.0.1/admin"/></Row></Section><Text><cp IX="0"/>机房<pp/>交换机</Text></Shape></Shapes></PageContents>`,
		"visio/masters/master1.xml": `<MasterContents><Shapes><Shape><Text>模具的字</Text></Shape></Shapes></MasterContents>`,
		"visio/comments.xml":        `<Comments><CommentList><CommentEntry>批注的字</CommentEntry></CommentList></Comments>`,
	})
}

func TestVisio(t *testing.T) {
	on := func(page int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == page }
	}
	res := parseBytes(t, parserForTest(t, Config{}), "a.vsdx", tinyVisio(t))
	checkWants(t, res, []want{
		{"网络拓扑", scanner.KindHeading, on(1)}, {"机房交换机", scanner.KindBody, on(1)}, {"主机", scanner.KindAttribute, on(1)},
		{"核心交换机", scanner.KindAttribute, on(1)}, {"http://10.0.0.1/admin", scanner.KindLink, on(1)}, {"背景的字", scanner.KindBody, on(2)},
		{"模具的字", scanner.KindHidden, nil}, {"批注的字", scanner.KindComment, nil},
	})
	if got := problemsOf(res); got != "" || res.Type != "vsdx" {
		t.Errorf("%s: %s", res.Type, got)
	}
}

func FuzzVisio(f *testing.F) { fuzzExtractor(f, "vsdx", readOOXML, tinyVisio(f)) }
