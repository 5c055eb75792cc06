package document

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"prescreen/scanner"
)

// pagesPDF makes a file of pages of the given contents, each with its /Rotate,
// in a font that the file does not carry.
func pagesPDF(rotate int, contents ...string) []byte {
	objects := []string{
		`<</Type/Catalog/Pages 2 0 R>>`, "",
		`<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>`,
		`<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 5 0 R/DW 1000/W[1 95 500 814 939 500]>>`,
		`<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>`,
		`<<>>`, `<<>>`, // the seventh is the information dictionary
	}
	width, height := 600, 800 // as they are shown
	if rotate%180 != 0 {
		width, height = height, width
	}
	kids := ""
	for _, c := range contents {
		kids += fmt.Sprintf("%d 0 R ", len(objects)+1)
		objects = append(objects, fmt.Sprintf(`<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Rotate %d/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>`, width, height, rotate, len(objects)+2), pdfStream(c))
	}
	objects[1] = fmt.Sprintf(`<</Type/Pages/Kids[%s]/Count %d>>`, kids, len(contents))
	return pdfOf(objects...)
}

// drawnTable is a table on a page of 600 by 800 points: the edges of its
// columns, from the left, and of its rows, from the top down.
type drawnTable struct{ xs, ys []int }

// cells shows the texts of a row, whose lines are parted by /.
func (d drawnTable) cells(row int, texts ...string) string {
	var out strings.Builder
	for col, text := range texts {
		for n, line := range strings.Split(text, "/") {
			out.WriteString(shown("1 0 0 1", d.xs[col]+3, d.ys[row]-14-14*n, line) + "\n")
		}
	}
	return out.String()
}

// The ways to draw the lines of a table.
var tableBorders = map[string]func(d drawnTable) string{
	"thin areas": func(d drawnTable) string {
		return d.edges("%d %d %d 1 re f\n", func(x0, y0, x1, y1 int) []any { return []any{x0, y0, x1 - x0} },
			"%d %d 1 %d re f\n", func(x0, y0, x1, y1 int) []any { return []any{x0, y1, y0 - y1} })
	},
	"strokes": func(d drawnTable) string {
		all := func(x0, y0, x1, y1 int) []any { return []any{x0, y0, x1, y1} }
		return d.edges("%d %d m %d %d l S\n", all, "%d %d m %d %d l S\n", all)
	},
	"one path": func(d drawnTable) string {
		all := func(x0, y0, x1, y1 int) []any { return []any{x0, y0, x1, y1} }
		return d.edges("%d %d m %d %d l\n", all, "%d %d m %d %d l\n", all) + "S\n"
	},
	"boxes": func(d drawnTable) string {
		var out strings.Builder
		for i := range d.xs[1:] {
			for j := range d.ys[1:] {
				fmt.Fprintf(&out, "%d %d %d %d re S\n", d.xs[i], d.ys[j+1], d.xs[i+1]-d.xs[i], d.ys[j]-d.ys[j+1])
			}
		}
		return out.String()
	},
	"scaled": func(d drawnTable) string {
		tens := func(x0, y0, x1, y1 int) []any { return []any{10 * x0, 10 * y0, 10 * x1, 10 * y1} }
		return "q .1 0 0 .1 0 0 cm\n" + d.edges("%d %d m %d %d l S\n", tens, "%d %d m %d %d l S\n", tens) + "Q\n"
	},
	"without sides": func(d drawnTable) string {
		all := func(x0, y0, x1, y1 int) []any { return []any{x0, y0, x1, y1} }
		return drawnTable{d.xs[1 : len(d.xs)-1], d.ys}.edges("", all, "%d %d m %d %d l S\n", all) + d.edges("%d %d m %d %d l S\n", all, "", all)
	},
}

// edges draws the lines of the table, each field's by itself.
func (d drawnTable) edges(level string, levelArgs func(x0, y0, x1, y1 int) []any, upright string, uprightArgs func(x0, y0, x1, y1 int) []any) string {
	var out strings.Builder
	for _, y := range d.ys {
		for i := range d.xs[1:] {
			if level != "" {
				fmt.Fprintf(&out, level, levelArgs(d.xs[i], y, d.xs[i+1], y)...)
			}
		}
	}
	for _, x := range d.xs {
		for j := range d.ys[1:] {
			if upright != "" {
				fmt.Fprintf(&out, upright, uprightArgs(x, d.ys[j], x, d.ys[j+1])...)
			}
		}
	}
	return out.String()
}

// cellsOf returns the cells of a result as "table row.col text", header cells
// with a star.
func cellsOf(res *Result) []string {
	var out []string
	for _, s := range res.Segments {
		if s.Table > 0 {
			mark := ""
			if s.Header {
				mark = "*"
			}
			out = append(out, fmt.Sprintf("%d %d.%d%s %s", s.Table, s.Row, s.Col, mark, s.Text))
		}
	}
	return out
}

var listTable = drawnTable{xs: []int{50, 110, 190, 390, 450}, ys: []int{700, 660, 600, 540}}

// listCells has cells of several lines: an address, and a number that is too
// long for its column.
func listCells(d drawnTable) string {
	return shown("1 0 0 1", 150, 740, "某某镇低保对象公示名单") + "\n" +
		d.cells(0, "姓名", "身份/证号", "家庭住址", "金额") +
		d.cells(1, "张某某", "440301199901/011234", "某某市某某区某某街道某某社区二/号院子", "100.00") +
		d.cells(2, "李四", "44030119990101/123X", "某某村一组", "2200.50") +
		shown("1 0 0 1", 50, 500, "特此公示") + "\n"
}

var listWant = []string{
	"1 1.1* 姓名", "1 1.2* 身份证号", "1 1.3* 家庭住址", "1 1.4* 金额",
	"1 2.1 张某某", "1 2.2 440301199901011234", "1 2.3 某某市某某区某某街道某某社区二号院子", "1 2.4 100.00",
	"1 3.1 李四", "1 3.2 44030119990101123X", "1 3.3 某某村一组", "1 3.4 2200.50",
}

// Tables are read by their lines, however those are drawn and the page is turned.
func TestPDFTable(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	check := func(name string, data []byte) {
		t.Helper()
		res := parseBytes(t, p, name, data)
		if got := cellsOf(res); !slices.Equal(got, listWant) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(listWant, "\n"))
		}
		body := texts(res, scanner.KindBody)
		if i, j := slices.Index(body, "某某镇低保对象公示名单"), slices.Index(body, "特此公示"); i != 0 || j != len(body)-1 {
			t.Errorf("%s: the texts around the table are at %d and %d of %q", name, i, j, body)
		}
	}
	for name, borders := range tableBorders {
		check(name, pagesPDF(0, borders(listTable)+listCells(listTable)))
	}
	lines := tableBorders["strokes"](listTable) + listCells(listTable)
	for rotate, matrix := range map[int]string{90: "0 1 -1 0 800 0", 180: "-1 0 0 -1 600 800", 270: "0 -1 1 0 0 600"} {
		check(fmt.Sprint("turned by ", rotate), pagesPDF(rotate, "q "+matrix+" cm\n"+lines+"Q\n"))
	}
}

// A table that goes on on the next pages keeps its number and its header,
// whether that is repeated there or not.
func TestPDFTableOverPages(t *testing.T) {
	d := listTable
	lines := tableBorders["strokes"](d)
	data := pagesPDF(0,
		lines+listCells(d),
		lines+d.cells(0, "王五", "440301198801011111", "某某村二组", "5.00")+shown("1 0 0 1", 300, 30, "2"),
		lines+d.cells(0, "姓名", "身份/证号", "家庭住址", "金额")+d.cells(1, "赵六", "440301197701012222", "某某村三组", "6.00"),
		lines+shown("1 0 0 1", 50, 740, "附表二")+"\n"+d.cells(0, "户主", "电话", "村组", "人口")+d.cells(1, "孙七", "13800138000", "某某村四组", "3"),
	)
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
	want := append(slices.Clone(listWant),
		"1 4.1 王五", "1 4.2 440301198801011111", "1 4.3 某某村二组", "1 4.4 5.00",
		"1 8.1 赵六", "1 8.2 440301197701012222", "1 8.3 某某村三组", "1 8.4 6.00",
		"2 1.1* 户主", "2 1.2* 电话", "2 1.3* 村组", "2 1.4* 人口",
		"2 2.1 孙七", "2 2.2 13800138000", "2 2.3 某某村四组", "2 2.4 3")
	if got := cellsOf(res); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Contains(texts(res, scanner.KindHeader), "家庭住址") {
		t.Errorf("the repeated header is lost")
	}
}

// Merged cells are one; the headings of groups have those of the columns below
// them; a row whose border is a little aside belongs to the columns above.
func TestPDFTableMerged(t *testing.T) {
	d := drawnTable{xs: []int{50, 150, 250, 350}, ys: []int{700, 670, 640, 610, 580}}
	lines := "50 700 m 350 700 l S 50 580 m 350 580 l S 50 580 m 50 700 l S 350 580 m 350 700 l S\n" + // frame
		"150 670 m 350 670 l S 50 640 m 350 640 l S 50 610 m 350 610 l S\n" +
		"150 610 m 150 700 l S 250 610 m 250 670 l S 156 580 m 156 610 l S 256 580 m 256 610 l S\n"
	data := pagesPDF(0, lines+d.cells(0, "姓名", "证件")+d.cells(1, "", "身份证号码", "联系电话")+
		d.cells(2, "张三", "4403011990", "138001")+d.cells(3, "李四", "4403011991", "138002"))
	want := []string{
		"1 1.1* 姓名", "1 1.2* 证件", "1 2.2* 身份证号码", "1 2.4* 联系电话",
		"1 3.1 张三", "1 3.2 4403011990", "1 3.4 138001", "1 4.1 李四", "1 4.2 4403011991", "1 4.4 138002",
	}
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
	if got := cellsOf(res); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A frame around text is no table, nor are lines without text between them.
func TestPDFNoTable(t *testing.T) {
	frame := "40 40 m 560 40 l S 40 760 m 560 760 l S 40 40 m 40 760 l S 560 40 m 560 760 l S 40 400 m 560 400 l S\n"
	data := pagesPDF(0, frame+shown("1 0 0 1", 50, 700, "关于开展低保复核工作的通知")+"\n"+shown("1 0 0 1", 50, 680, "各村民委员会：")+"\n"+shown("1 0 0 1", 50, 300, "二〇二六年三月"))
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
	if got := cellsOf(res); len(got) > 0 || !slices.Contains(texts(res, scanner.KindBody), "二〇二六年三月") {
		t.Errorf("cells %q of %+v", got, res.Segments)
	}
}
