package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"slices"

	"golang.org/x/image/bmp"
)

// kinds lists what is measured.
func kinds(p *press) []kind {
	headed := append([]string{title}, lines...)
	letter := func(dpi float64) image.Image { return p.letter(p.serif, dpi, false) }
	asPNG := func(make func() image.Image) func() ([]byte, error) {
		return func() ([]byte, error) { return encodePNG(make()) }
	}
	out := []kind{}
	for _, dpi := range []float64{72, 100, 150, 200, 300, 600} {
		out = append(out, newKind(fmt.Sprintf("clean, %.0f dpi", dpi), "a.png", lines, asPNG(func() image.Image { return letter(dpi) })))
	}
	out = append(out, newKind("clean, sans serif", "a.png", lines, asPNG(func() image.Image { return p.letter(p.sans, 200, false) })))
	for _, a := range []float64{-5, -3, -2, -1, 1, 2, 3, 5} {
		out = append(out, newKind(fmt.Sprintf("tilted by %+.0f degrees", a), "a.png", lines, asPNG(func() image.Image { return turn(letter(200), a) })))
	}
	for _, a := range []int{90, 180, 270} {
		out = append(out, newKind(fmt.Sprintf("rotated by %d", a), "a.png", lines, asPNG(func() image.Image { return quarter(letter(200), a) })))
	}
	columns, columnText := p.columns(200)
	list, listText := p.list(200, p.plain())
	letterJPEG := func(make func() image.Image, quality int) func() ([]byte, error) {
		return func() ([]byte, error) { return encodeJPEG(make(), quality) }
	}
	out = append(out,
		newKind("red header", "a.png", headed, asPNG(func() image.Image { return p.letter(p.serif, 200, true) })),
		newKind("red header and seal", "a.png", headed, asPNG(func() image.Image { return p.stamp(p.letter(p.serif, 200, true)) })),
		newKind("red header and seal, tilted by 2 degrees, noise", "a.jpg", headed,
			letterJPEG(func() image.Image { return noise(turn(p.stamp(p.letter(p.serif, 200, true)), 2), 12) }, 60)),
		newKind("noise, JPEG of quality 40", "a.jpg", lines, letterJPEG(func() image.Image { return noise(letter(200), 25) }, 40)),
		newKind("faint print on grey paper", "a.png", lines, asPNG(func() image.Image { return faint(letter(200)) })),
		newKind("white on dark", "a.png", lines, asPNG(func() image.Image { return invert(letter(150)) })),
		newKind("photographed at an angle, shaded", "a.jpg", lines, letterJPEG(func() image.Image { return shade(photograph(letter(250))) }, 80)),
		newKind("two columns", "a.png", columnText, asPNG(func() image.Image { return columns })),
		newKind("table with rules", "a.png", listText, asPNG(func() image.Image { return list })),
		newKind("long picture, three pages below each other", "a.png", slices.Concat(lines, headed, lines), asPNG(func() image.Image {
			return below(letter(120), p.letter(p.serif, 120, true), letter(120))
		})),
		newKind("TIFF of three pages", "a.tif", slices.Concat(headed, lines, listText), func() ([]byte, error) {
			return encodeTIFF(p.letter(p.serif, 200, true), letter(200), list), nil
		}),
		newKind("BMP", "a.bmp", lines, func() ([]byte, error) {
			var b bytes.Buffer
			err := bmp.Encode(&b, letter(200))
			return b.Bytes(), err
		}),
		newKind("BMP of 1 bit a pixel", "a.bmp", lines, func() ([]byte, error) { return encodeBitmap(letter(200)), nil }),
		newKind("GIF of 216 colours", "a.gif", headed, func() ([]byte, error) {
			var b bytes.Buffer
			src := p.letter(p.serif, 150, true)
			pal := image.NewPaletted(src.Bounds(), palette.WebSafe)
			draw.Draw(pal, pal.Rect, src, src.Bounds().Min, draw.Src)
			err := gif.Encode(&b, pal, nil)
			return b.Bytes(), err
		}),
	)
	return slices.Concat(out, fontKinds(p), tableKinds(p), cameraKinds(p), screenKinds(p), fileKinds(p))
}

// fontKinds are letters in other faces and sizes.
func fontKinds(p *press) (out []kind) {
	for _, f := range p.others {
		out = append(out, newKind("printed in "+f.name, "a.png", lines, func() ([]byte, error) { return encodePNG(p.letter(f.font, 200, false)) }))
	}
	return append(out, newKind("small print of 9 points", "a.png", lines, func() ([]byte, error) { return encodePNG(p.letterOf(p.serif, 200, 9, false)) }))
}

func tableKinds(p *press) []kind {
	merged, mergedText := p.merged(200)
	many, manyText, numbers := p.many(200)
	form, formText := p.form(200)
	blue, open := p.plain(), p.plain()
	blue.head, blue.letter = color.RGBA{30, 80, 160, 255}, color.White
	open.upright = false
	list, listText := p.list(200, p.plain())
	blueList, _ := p.list(200, blue)
	openList, _ := p.list(200, open)
	sheet, sheetText := p.sheetShot()
	asPNG := func(name string, img image.Image, text []string) kind {
		return newKind(name, "a.png", text, func() ([]byte, error) { return encodePNG(img) })
	}
	return []kind{
		asPNG("table with merged cells", merged, mergedText),
		newKind("table of 32 rows, 10 points", "a.png", manyText, func() ([]byte, error) { return encodePNG(many) }, numbers...),
		asPNG("form", form, formText),
		asPNG("table, header white on blue", blueList, listText),
		asPNG("table with level rules only", openList, listText),
		asPNG("table tilted by 2 degrees", turn(list, 2), listText),
		asPNG("table on its side", quarter(list, 90), listText),
		asPNG("screenshot of a spreadsheet", sheet, sheetText),
		newKind("table, tilted, noise, shaded, JPEG of quality 50", "a.jpg", listText, func() ([]byte, error) { return encodeJPEG(shade(noise(turn(list, -1.3), 10)), 50) }),
		newKind("table of 32 rows, tilted, noise, JPEG of quality 60", "a.jpg", manyText, func() ([]byte, error) { return encodeJPEG(noise(turn(many, 0.7), 8), 60) }, numbers...),
		newKind("table photographed at an angle", "a.jpg", listText, func() ([]byte, error) { return encodeJPEG(photograph(list), 80) }),
	}
}

func cameraKinds(p *press) []kind {
	letter := func() image.Image { return p.letter(p.serif, 200, false) }
	headed := append([]string{title}, lines...)
	asJPEG := func(name string, text []string, quality int, img func() image.Image) kind {
		return newKind(name, "a.jpg", text, func() ([]byte, error) { return encodeJPEG(img(), quality) })
	}
	return []kind{
		asJPEG("JPEG of quality 15", lines, 15, letter),
		asJPEG("shadow of a hand", lines, 80, func() image.Image { return handShadow(letter()) }),
		asJPEG("out of focus", lines, 80, func() image.Image { return blur(letter(), 2) }),
		asJPEG("stamp over numbers", headed, 80, func() image.Image { return p.stampAt(p.letter(p.serif, 200, true), 4.6, 6.0) }),
		asJPEG("tilted by 7 degrees, shadow", lines, 80, func() image.Image { return handShadow(turn(letter(), 7)) }),
		asJPEG("speckled copy", lines, 80, func() image.Image { return speckle(letter()) }),
	}
}

func screenKinds(p *press) []kind {
	day, dayText := p.chat(false)
	night, nightText := p.chat(true)
	card, cardText := p.card()
	caption, captionText := p.caption()
	asPNG := func(name string, img image.Image, text []string) kind {
		return newKind(name, "a.png", text, func() ([]byte, error) { return encodePNG(img) })
	}
	return []kind{
		asPNG("chat window", day, dayText), asPNG("chat window at night", night, nightText),
		newKind("card with a patterned ground", "a.jpg", cardText, func() ([]byte, error) { return encodeJPEG(card, 85) }),
		newKind("white letters on a photograph", "a.jpg", captionText, func() ([]byte, error) { return encodeJPEG(caption, 85) }),
	}
}

// fileKinds are one page in files of many kinds.
func fileKinds(p *press) []kind {
	letter := func() image.Image { return p.letter(p.serif, 200, false) }
	encodings := map[string]func(...image.Image) []byte{"g3": encodeFax, "g4": encodeFax}
	two := slices.Concat(lines, lines)
	out := []kind{
		newKind("PNG of 16 bits", "a.png", lines, func() ([]byte, error) { return encodePNG(deep(letter())) }),
		newKind("PNG, letters on nothing", "a.png", lines, func() ([]byte, error) { return encodePNG(transparent(letter(), false)) }),
		newKind("PNG, white letters on nothing", "a.png", lines, func() ([]byte, error) { return encodePNG(transparent(letter(), true)) }),
		newKind("GIF, page in the second frame", "a.gif", lines, func() ([]byte, error) { return encodeGIF(letter()) }),
	}
	for o := 2; o <= 8; o++ {
		out = append(out, newKind(fmt.Sprintf("JPEG of EXIF orientation %d", o), "a.jpg", lines, func() ([]byte, error) { return encodeOriented(letter(), o) }))
	}
	for _, c := range []string{"g3", "g4", "lzw", "packbits", "jpeg", "zip"} {
		out = append(out, newKind("TIFF of two pages, "+c, "a.tif", two, func() ([]byte, error) {
			encode, ok := encodings[c]
			if !ok {
				encode = encodeTIFF
			}
			return tiffcp(encode(letter(), p.letter(p.sans, 150, false)), c)
		}))
	}
	return append(out,
		newKind("WebP", "a.webp", lines, func() ([]byte, error) { return cwebp(letter(), "-q", "60") }),
		newKind("WebP, lossless", "a.webp", lines, func() ([]byte, error) { return cwebp(letter(), "-lossless", "-z", "1") }),
		newKind("PDF of a scan", "a.pdf", lines, func() ([]byte, error) { return encodePDF(letter(), "") }),
		newKind("PDF of a scan below garbage nobody sees", "a.pdf", lines, func() ([]byte, error) { return encodePDF(letter(), garbage) }),
	)
}
