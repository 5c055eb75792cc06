package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// chat is a window of a messenger: bubbles on the left and on the right.
func (p *press) chat(night bool) (*image.RGBA, []string) {
	ground, left, right, ink := color.RGBA{237, 237, 237, 255}, color.RGBA{255, 255, 255, 255}, color.RGBA{149, 236, 105, 255}, color.RGBA{25, 25, 25, 255}
	if night {
		ground, left, right, ink = color.RGBA{17, 17, 17, 255}, color.RGBA{44, 44, 44, 255}, color.RGBA{38, 120, 60, 255}, color.RGBA{220, 220, 220, 255}
	}
	page := paper{image.NewRGBA(image.Rect(0, 0, 750, 1200)), 96}
	draw.Draw(page, page.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	messages := []string{
		"名单核对一下，张建国的身份证号", "11010519491231002X", "手机13912345678对吗", "对的，卡号是6222021234567890128",
		"这是内部资料，不要外传", "好的，有事打010-66001234",
	}
	for i, m := range messages {
		w, y := int(20*1.0*float64(len([]rune(m))))+70, 60+i*170
		x, fill := 90, left
		if i%2 == 1 {
			x, fill = 750-90-w, right
		}
		draw.Draw(page, image.Rect(x, y, min(740, x+w+40), y+80), image.NewUniform(fill), image.Point{}, draw.Src)
		draw.Draw(page, image.Rect(map[bool]int{true: 15, false: 675}[i%2 == 0], y, map[bool]int{true: 75, false: 735}[i%2 == 0], y+60), image.NewUniform(color.RGBA{uint8(90 + 20*i), 120, 160, 255}), image.Point{}, draw.Src)
		page.write(p.sans, m, float64(x+20)/96, float64(y+50)/96, 18, ink)
	}
	return page.RGBA, messages
}

// card is a card with a name and a number on a patterned ground.
func (p *press) card() (*image.RGBA, []string) {
	page := paper{image.NewRGBA(image.Rect(0, 0, 1012, 638)), 200}
	for y := range 638 {
		for x := range 1012 {
			v := 14 * math.Sin(float64(x)/17+6*math.Sin(float64(y)/90))
			page.SetRGBA(x, y, color.RGBA{uint8(205 + v), uint8(222 + v), uint8(236 + v/2), 255})
		}
	}
	draw.Draw(page, image.Rect(690, 110, 950, 430), image.NewUniform(color.RGBA{150, 130, 120, 255}), image.Point{}, draw.Src)
	text := []string{"姓名张建国", "性别男民族汉", "出生1949年12月31日", "住址某某市某某区东风街道", "公民身份号码11010519491231002X"}
	for i, l := range text {
		page.write(p.sans, l, 0.35, 0.65+0.55*float64(i), 12.5, color.RGBA{30, 30, 30, 255})
	}
	return page.RGBA, text
}

// caption is a photograph with white letters over it.
func (p *press) caption() (*image.RGBA, []string) {
	page := paper{image.NewRGBA(image.Rect(0, 0, 1200, 800)), 96}
	for y := range 800 {
		for x := range 1200 {
			v := 60 + 50*math.Sin(float64(x)/140) + 40*math.Cos(float64(y)/90+float64(x)/300)
			page.SetRGBA(x, y, color.RGBA{uint8(max(0, v)), uint8(max(0, v+20)), uint8(max(0, v-10)), 255})
		}
	}
	text := []string{"内部资料注意保存", "联系人张建国，电话13912345678"}
	page.write(p.sans, text[0], 1.5, 6.6, 40, color.White)
	page.write(p.sans, text[1], 1.5, 7.6, 30, color.White)
	return page.RGBA, text
}

// handShadow lays a shadow with a soft edge over a part of a page.
func handShadow(src image.Image) *image.RGBA {
	b := src.Bounds()
	return eachPixel(src, func(x, y int, v uint8) float64 {
		d := float64(x)/float64(b.Dx()) + 0.6*float64(y)/float64(b.Dy()) - 0.8 + 0.1*math.Sin(float64(y)/200)
		return float64(v) * (1 - 0.5/(1+math.Exp(-d*60)))
	})
}

// blur smears a page as a lens out of focus does.
func blur(src image.Image, radius int) *image.RGBA {
	in := eachPixel(src, func(_, _ int, v uint8) float64 { return float64(v) })
	return eachPixel(in, func(x, y int, _ uint8) float64 {
		sum, n := 0, 0
		for dy := -radius; dy <= radius; dy++ {
			for dx := -radius; dx <= radius; dx++ {
				if q := (image.Point{X: x + dx, Y: y + dy}); q.In(in.Rect) {
					sum += int(in.Pix[in.PixOffset(q.X, q.Y)])
					n++
				}
			}
		}
		return float64(sum) / float64(n)
	})
}
