package document

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"prescreen/scanner"
)

// fontlessPDF has one page of Chinese text in a font it does not carry; lines
// shows the text.
func fontlessPDF(rotate int, lines func(text string, n int) string) []byte {
	var content strings.Builder
	for n, text := range strings.Split(fontlessText, "\n") {
		content.WriteString(lines(text, n) + "\n")
	}
	return fontlessPage(rotate, content.String())
}

// fontlessPage has one page with such a font, F.
func fontlessPage(rotate int, content string) []byte {
	return pdfOf(
		`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1>>`,
		fmt.Sprintf(`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate %d/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>`, rotate),
		pdfStream(content),
		`<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>`,
		`<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 8 0 R/DW 1000/W[1 95 500 814 939 500]>>`,
		`<</Producer(x)>>`,
		`<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>`,
	)
}

const fontlessText = "关于印发机密文件的通知\n姓名 身份证号\n张某某 440301199001011234"

// shown is the operator that shows a text at x, y, turned by the matrix.
func shown(matrix string, x, y int, text string) string {
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&hex, "%04x", u)
	}
	return fmt.Sprintf("BT /F 12 Tf %s %d %d Tm <%s> Tj ET", matrix, x, y, hex.String())
}

// glyphs shows a text character by character, each dx, dy from the one before.
func glyphs(matrix string, x, y, dx, dy int, text string) string {
	var b strings.Builder
	for _, c := range text {
		b.WriteString(shown(matrix, x, y, string(c)) + "\n")
		if c < 0x80 {
			x, y = x+dx/2, y+dy/2
			continue
		}
		x, y = x+dx, y+dy
	}
	return b.String()
}

// Fonts a file does not carry cost no text, however it is drawn.
func TestPDFTurned(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	for name, data := range map[string][]byte{
		"upright":           fontlessPDF(0, func(s string, n int) string { return shown("1 0 0 1", 50, 700-20*n, s) }),
		"by character":      fontlessPDF(0, func(s string, n int) string { return glyphs("1 0 0 1", 50, 700-20*n, 12, 0, s) }),
		"downwards":         fontlessPDF(0, func(s string, n int) string { return glyphs("1 0 0 1", 500-20*n, 700, 0, -12, s) }),
		"on its side":       fontlessPDF(0, func(s string, n int) string { return shown("0 -1 1 0", 500-20*n, 700, s) }),
		"other side":        fontlessPDF(0, func(s string, n int) string { return shown("0 1 -1 0", 100+20*n, 50, s) }),
		"side by character": fontlessPDF(0, func(s string, n int) string { return glyphs("0 -1 1 0", 500-20*n, 700, 0, -12, s) }),
		"page turned":       fontlessPDF(90, func(s string, n int) string { return shown("0 1 -1 0", 100+20*n, 50, s) }),
		"page turned back":  fontlessPDF(270, func(s string, n int) string { return shown("0 -1 1 0", 500-20*n, 700, s) }),
		"downwards turned":  fontlessPDF(90, func(s string, n int) string { return glyphs("0 1 -1 0", 50, 500-20*n, 12, 0, s) }),
		"downwards back":    fontlessPDF(270, func(s string, n int) string { return glyphs("0 -1 1 0", 500, 100+20*n, -12, 0, s) }),
		"downwards over":    fontlessPDF(180, func(s string, n int) string { return glyphs("-1 0 0 -1", 100+20*n, 100, 0, 12, s) }),
		"upside down":       fontlessPDF(180, func(s string, n int) string { return shown("-1 0 0 -1", 500, 100+20*n, s) }),
		"askew":             fontlessPDF(0, func(s string, n int) string { return shown(".9848 .1736 -.1736 .9848", 50+3*n, 400-20*n, s) }),
	} {
		res := parseBytes(t, p, name, data)
		body := strings.Join(texts(res, scanner.KindBody), "\n")
		for _, want := range strings.Split(fontlessText, "\n") {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is missing in %q", name, want, body)
			}
		}
		if got := texts(res, scanner.KindHidden); len(got) > 0 {
			t.Errorf("%s: %q count as hidden", name, got)
		}
	}
}

// Tables without lines are read as cells, whether the texts of a row begin at
// its top or stand in its middle; columns of prose are none.
func TestPDFColumns(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	type text struct {
		x, y int
		s    string
	}
	page := func(texts []text) *Result {
		var content strings.Builder
		for _, c := range texts {
			content.WriteString(shown("1 0 0 1", c.x, c.y, c.s) + "\n")
		}
		return parseBytes(t, p, "list.pdf", fontlessPage(0, content.String()))
	}
	for name, texts := range map[string][]text{
		"top": {
			{50, 700, "序"}, {50, 685, "号"}, {90, 700, "姓名"}, {170, 700, "住址"}, {300, 700, "身份证号"},
			{50, 660, "1"}, {90, 660, "张某某"}, {170, 660, "虚构市东区和平路"}, {170, 645, "十二号"}, {300, 660, "110101198001019971"},
			{50, 620, "2"}, {90, 620, "李某某"}, {170, 620, "虚构市西区"}, {300, 620, "370102198505059971"},
			{50, 595, "3"}, {90, 595, "阿依古丽某"}, {90, 580, "某"}, {170, 595, "虚构市南区"}, {300, 595, "320106197512129984"},
		},
		"middle": {
			{50, 700, "序"}, {50, 685, "号"}, {90, 692, "姓名"}, {170, 692, "住址"}, {300, 692, "身份证号"},
			{50, 652, "1"}, {90, 652, "张某某"}, {170, 660, "虚构市东区和平路"}, {170, 645, "十二号"}, {300, 652, "110101198001019971"},
			{50, 620, "2"}, {90, 620, "李某某"}, {170, 620, "虚构市西区"}, {300, 620, "370102198505059971"},
			{50, 587, "3"}, {90, 595, "阿依古丽某"}, {90, 580, "某"}, {170, 587, "虚构市南区"}, {300, 587, "320106197512129984"},
		},
	} {
		want := [][]string{
			{"序号", "姓名", "住址", "身份证号"},
			{"1", "张某某", "虚构市东区和平路十二号", "110101198001019971"},
			{"2", "李某某", "虚构市西区", "370102198505059971"},
			{"3", "阿依古丽某某", "虚构市南区", "320106197512129984"},
		}
		got := make([][]string, len(want))
		for _, s := range page(texts).Segments {
			if s.Table == 1 && s.Row <= len(got) {
				got[s.Row-1] = append(got[s.Row-1], s.Text)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: cells %q, want %q", name, got, want)
		}
	}
	var prose []text
	for n := range 12 {
		for x := 50; x < 500; x += 170 {
			prose = append(prose, text{x, 700 - 16*n, "结合我县实际现就做好工作通知"})
		}
	}
	for _, s := range page(prose).Segments {
		if s.Table > 0 {
			t.Fatalf("prose in columns is read as a table: %q", s.Text)
		}
	}
}

// The lines of a narrow column are one paragraph.
func TestRunsOn(t *testing.T) {
	lines := []string{"左栏第一段：本次审核按照公开、公平、公正的原", "则进行，由街道办事处受理，区住房保障部门会同", "民政部门复核。", "左栏第二段：申请人应当如实申报家庭人口、收入"}
	if n := paragraph(lines); n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
	rows := []string{"王某某 男 汉族 某某村某某组一档", "李某某 女 汉族 某某村某某组二档"}
	if n := paragraph(rows); n != 1 {
		t.Errorf("%d rows of a table are taken together", n)
	}
}

// Fonts that share glyphs name radicals where the text has characters.
func TestRadicals(t *testing.T) {
	got := strings.Map(pdfRune, "⺠政部⻔会同⻓安⻋站第⻚，⼋⽉")
	if want := "民政部门会同长安车站第页，八月"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
