package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font/opentype"
)

// look is how a table is drawn; lengths in inches, size in points.
type look struct {
	font         *opentype.Font
	size, row    float64
	rule         color.Color // nil for none
	upright      bool        // rules between columns too
	head, letter color.Color // ground and letters of the header row
}

func (p *press) plain() look { return look{p.serif, 14, 0.45, black, true, color.White, black} }

// draw prints a table with its upper left corner at x, y. A cell of "<" belongs
// to the one on its left, "^" to the one above. It returns what stands in it,
// row by row.
func (l look) draw(page paper, x, y float64, widths []float64, rows [][]string) (text []string) {
	edges := []float64{x}
	for _, w := range widths {
		edges = append(edges, edges[len(edges)-1]+w)
	}
	pixel := func(x0, y0, x1, y1 float64) image.Rectangle {
		return image.Rect(int(x0*page.dpi), int(y0*page.dpi), int(x1*page.dpi), int(y1*page.dpi))
	}
	draw.Draw(page, pixel(x, y, edges[len(widths)], y+l.row), image.NewUniform(l.head), image.Point{}, draw.Src)
	for r, cells := range rows {
		top := y + l.row*float64(r)
		ink := l.letter
		if r > 0 {
			ink = black
		}
		line := ""
		for c, cell := range cells {
			if cell != "<" && l.upright {
				l.edge(page, edges[c], top, edges[c], top+l.row)
			}
			if cell != "^" && l.rule != nil {
				l.edge(page, edges[c], top, edges[c+1], top)
			}
			if cell == "<" || cell == "^" {
				continue
			}
			page.write(l.font, cell, edges[c]+0.08, top+l.row*0.66, l.size, ink)
			line += cell
		}
		text = append(text, line)
		if l.upright {
			l.edge(page, edges[len(widths)], top, edges[len(widths)], top+l.row)
		}
	}
	if l.rule != nil {
		l.edge(page, x, y+l.row*float64(len(rows)), edges[len(widths)], y+l.row*float64(len(rows)))
	}
	return text
}

func (l look) edge(page paper, x0, y0, x1, y1 float64) {
	if l.rule == nil {
		return
	}
	t := max(1, int(page.dpi/120))
	r := image.Rect(int(x0*page.dpi), int(y0*page.dpi), int(x1*page.dpi)+t, int(y1*page.dpi)+t)
	draw.Draw(page, r, image.NewUniform(l.rule), image.Point{}, draw.Src)
}

var listWidths = []float64{0.8, 1.4, 2.7, 1.9}

const listTitle = "困难群众救助名单（内部资料）"

func (p *press) list(dpi float64, l look) (paper, []string) {
	page := blankPaper(dpi)
	page.write(p.serif, listTitle, 2.2, 1.2, 18, black)
	return page, append([]string{listTitle}, l.draw(page, 0.7, 1.6, listWidths, table)...)
}

// merged is a list with cells that go over several rows or columns.
func (p *press) merged(dpi float64) (paper, []string) {
	page := blankPaper(dpi)
	rows := [][]string{
		{"社区", "户主情况", "<", "<"},
		{"^", "姓名", "公民身份号码", "联系电话"},
		{"东风社区", "张建国", "11010519491231002X", "13912345678"},
		{"^", "李秀英", "110105198203054321", "13800138000"},
		{"民主社区", "王志强", "110105197611230015", "13611112222"},
		{"合计", "3户，补助资金共计4500元", "<", "<"},
	}
	return page, p.plain().draw(page, 0.6, 1.2, []float64{1.3, 1.2, 2.7, 1.9}, rows)
}

// many is a long list in small print, with the numbers in it.
func (p *press) many(dpi float64) (paper, []string, []string) {
	page := blankPaper(dpi)
	names := []string{"张建国", "李秀英", "王志强", "赵丽华", "陈国栋", "刘桂兰", "杨少华", "黄玉珍", "周文彬", "吴晓燕"}
	streets := []string{"东风街道", "民主街道", "和平街道"}
	rows := [][]string{{"序号", "姓名", "身份证号", "联系电话", "住址", "金额"}}
	var ids []string
	for i := range 32 {
		id := withCheckDigit(fmt.Sprintf("1101%02d19%02d%02d%02d%03d", 1+i%9, 45+i, 1+i*5%12, 1+i*7%28, (i*37+11)%1000))
		phone := fmt.Sprintf("1%d%09d", 3+i%7, (i*7919*104729+12345678)%1000000000)
		rows = append(rows, []string{fmt.Sprint(i + 1), names[i%len(names)], id, phone, streets[i%3] + fmt.Sprintf("%d号", i*3+1), fmt.Sprintf("%d.00", 300+i*15)})
		ids = append(ids, id, phone)
	}
	l := p.plain()
	l.size, l.row = 10, 0.3
	return page, l.draw(page, 0.5, 0.6, []float64{0.5, 0.8, 1.8, 1.3, 1.6, 1.1}, rows), ids
}

// withCheckDigit makes an ID number of its first 17 digits (GB 11643-1999).
func withCheckDigit(s string) string {
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	return s + string("10X98765432"[sum%11])
}

// sheetShot is a piece of a spreadsheet on a screen: letters of 15 pixels, pale
// rules, letters over the columns.
func (p *press) sheetShot() (paper, []string) {
	page := paper{image.NewRGBA(image.Rect(0, 0, 900, 420)), 96}
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	rows := [][]string{{"", "A", "B", "C", "D"}}
	for i, r := range table {
		rows = append(rows, append([]string{fmt.Sprint(i + 1)}, r...))
	}
	l := look{p.sans, 11, 0.27, color.RGBA{212, 212, 212, 255}, true, color.RGBA{230, 230, 230, 255}, color.RGBA{70, 70, 70, 255}}
	return page, l.draw(page, 0.1, 0.3, []float64{0.4, 0.7, 1.2, 2.6, 2.2}, rows)
}

// form is a page of labels and what has been filled in.
func (p *press) form(dpi float64) (paper, []string) {
	page := blankPaper(dpi)
	page.write(p.sans, "公共租赁住房申请表", 2.3, 1.1, 22, black)
	rows := [][]string{
		{"姓名", "张建国", "性别", "男"},
		{"身份证号", "11010519491231002X", "<", "<"},
		{"联系电话", "13912345678", "固定电话", "010-66001234"},
		{"银行卡号", "6222021234567890128", "<", "<"},
		{"家庭住址", "某某市某某区东风街道民主路5号院2单元301", "<", "<"},
		{"申请理由", "家庭人均收入低于本市标准，现无自有住房。", "<", "<"},
	}
	l := p.plain()
	l.row = 0.6
	return page, append([]string{"公共租赁住房申请表"}, l.draw(page, 0.7, 1.5, []float64{1.3, 2.2, 1.3, 2.1}, rows)...)
}
