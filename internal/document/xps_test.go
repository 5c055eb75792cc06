package document

import (
	"slices"
	"testing"

	"prescreen/scanner"
)

// tinyXPS has two pages, named in the other order than they are stored in, and
// one of them in pieces.
func tinyXPS(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"[Content_Types].xml":            `<Types/>`,
		"FixedDocumentSequence.fdseq":    `<FixedDocumentSequence><DocumentReference Source="/Documents/1/FixedDocument.fdoc"/></FixedDocumentSequence>`,
		"Documents/1/FixedDocument.fdoc": `<FixedDocument><PageContent Source="Pages/2.fpage"/><PageContent Source="Pages/1.fpage"/></FixedDocument>`,
		"Documents/1/Pages/2.fpage": `<FixedPage><Canvas RenderTransform="2,0,0,2,0,0">
			<Glyphs OriginX="10" OriginY="50" FontRenderingEmSize="10" UnicodeString="{}内部" Indices=",100;,100"/><Glyphs OriginX="30" OriginY="50" FontRenderingEmSize="10" UnicodeString="资料"/>
			<Glyphs OriginX="10" OriginY="80" FontRenderingEmSize="10" UnicodeString="电话"/><Glyphs OriginX="90" OriginY="80" FontRenderingEmSize="10" UnicodeString="13800138000"/>
			<Glyphs OriginX="10" OriginY="120" FontRenderingEmSize="10" UnicodeString="透明的字" Fill="#00FFFFFF"/></Canvas>
			<Path FixedPage.NavigateUri="http://example.cn/" AutomationProperties.HelpText="图的说明"/></FixedPage>`,
		"Documents/1/Pages/1.fpage/[0].piece":      `<FixedPage><Glyphs OriginX="10" OriginY="50" FontRenderingEmSize="10" `,
		"Documents/1/Pages/1.fpage/[1].last.piece": `UnicodeString="第二页"/></FixedPage>`,
		"Documents/1/Metadata/Job_PT.xml":          `<PrintTicket><v>打印机</v></PrintTicket>`,
		"docProps/core.xml":                        `<coreProperties><creator>作者某</creator></coreProperties>`,
		"Resources/1.odttf":                        "\x01\x02\x03",
	})
}

func TestXPS(t *testing.T) {
	on := func(page int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == page }
	}
	res := parseBytes(t, parserForTest(t, Config{}), "a.xps", tinyXPS(t))
	checkWants(t, res, []want{
		{"内部资料", scanner.KindBody, on(1)}, {"电话\t13800138000", scanner.KindBody, on(1)}, {"透明的字", scanner.KindHidden, on(1)},
		{"http://example.cn/", scanner.KindLink, on(1)}, {"图的说明", scanner.KindAttribute, on(1)}, {"第二页", scanner.KindBody, on(2)},
		{"作者某", scanner.KindProperty, nil},
	})
	if got := problemsOf(res); got != "" || res.Type != "xps" || slices.ContainsFunc(res.Segments, func(s scanner.Segment) bool { return s.Text == "打印机" }) {
		t.Errorf("%s: %s, %+v", res.Type, got, res.Segments)
	}
}

func FuzzXPS(f *testing.F) { fuzzExtractor(f, "xps", readXPS, tinyXPS(f)) }
