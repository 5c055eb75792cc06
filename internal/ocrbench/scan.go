package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/image/bmp"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
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
		out = append(out, kind{fmt.Sprintf("clean, %.0f dpi", dpi), "a.png", lines, asPNG(func() image.Image { return letter(dpi) })})
	}
	out = append(out, kind{"clean, sans serif", "a.png", lines, asPNG(func() image.Image { return p.letter(p.sans, 200, false) })})
	for _, a := range []float64{-5, -3, -2, -1, 1, 2, 3, 5} {
		out = append(out, kind{fmt.Sprintf("tilted by %+.0f degrees", a), "a.png", lines, asPNG(func() image.Image { return turn(letter(200), a) })})
	}
	for _, a := range []int{90, 180, 270} {
		out = append(out, kind{fmt.Sprintf("rotated by %d", a), "a.png", lines, asPNG(func() image.Image { return quarter(letter(200), a) })})
	}
	columns, columnText := p.columns(200)
	list, listText := p.list(200)
	letterJPEG := func(make func() image.Image, quality int) func() ([]byte, error) {
		return func() ([]byte, error) {
			var b bytes.Buffer
			err := jpeg.Encode(&b, make(), &jpeg.Options{Quality: quality})
			return b.Bytes(), err
		}
	}
	return append(out,
		kind{"red header", "a.png", headed, asPNG(func() image.Image { return p.letter(p.serif, 200, true) })},
		kind{"red header and seal", "a.png", headed, asPNG(func() image.Image { return p.stamp(p.letter(p.serif, 200, true)) })},
		kind{"red header and seal, tilted by 2 degrees, noise", "a.jpg", headed,
			letterJPEG(func() image.Image { return noise(turn(p.stamp(p.letter(p.serif, 200, true)), 2), 12) }, 60)},
		kind{"noise, JPEG of quality 40", "a.jpg", lines, letterJPEG(func() image.Image { return noise(letter(200), 25) }, 40)},
		kind{"faint print on grey paper", "a.png", lines, asPNG(func() image.Image { return faint(letter(200)) })},
		kind{"white on dark", "a.png", lines, asPNG(func() image.Image { return invert(letter(150)) })},
		kind{"photographed at an angle, shaded", "a.jpg", lines, letterJPEG(func() image.Image { return shade(photograph(letter(250))) }, 80)},
		kind{"two columns", "a.png", columnText, asPNG(func() image.Image { return columns })},
		kind{"table with rules", "a.png", listText, asPNG(func() image.Image { return list })},
		kind{"long picture, three pages below each other", "a.png", slices.Concat(lines, headed, lines), asPNG(func() image.Image {
			return below(letter(120), p.letter(p.serif, 120, true), letter(120))
		})},
		kind{"TIFF of three pages", "a.tif", slices.Concat(headed, lines, listText), func() ([]byte, error) {
			return encodeTIFF(p.letter(p.serif, 200, true), letter(200), list), nil
		}},
		kind{"BMP", "a.bmp", lines, func() ([]byte, error) {
			var b bytes.Buffer
			err := bmp.Encode(&b, letter(200))
			return b.Bytes(), err
		}},
		kind{"BMP of 1 bit a pixel", "a.bmp", lines, func() ([]byte, error) { return encodeBitmap(letter(200)), nil }},
		kind{"GIF of 216 colours", "a.gif", headed, func() ([]byte, error) {
			var b bytes.Buffer
			src := p.letter(p.serif, 150, true)
			pal := image.NewPaletted(src.Bounds(), palette.WebSafe)
			draw.Draw(pal, pal.Rect, src, src.Bounds().Min, draw.Src)
			err := gif.Encode(&b, pal, nil)
			return b.Bytes(), err
		}},
	)
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// warp draws src through a transformation onto white.
func warp(src image.Image, m f64.Aff3) *image.RGBA {
	out := image.NewRGBA(src.Bounds())
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	xdraw.CatmullRom.Transform(out, m, src, src.Bounds(), draw.Over, nil)
	return out
}

// turn tilts a page around its middle, in degrees clockwise.
func turn(src image.Image, degrees float64) *image.RGBA {
	b := src.Bounds()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	return warp(src, f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy})
}

// below puts pages one below the other, as long pictures in articles have them.
func below(pages ...image.Image) *image.RGBA {
	h := 0
	for _, p := range pages {
		h += p.Bounds().Dy()
	}
	out := image.NewRGBA(image.Rect(0, 0, pages[0].Bounds().Dx(), h))
	y := 0
	for _, p := range pages {
		b := p.Bounds()
		draw.Draw(out, image.Rect(0, y, b.Dx(), y+b.Dy()), p, b.Min, draw.Src)
		y += b.Dy()
	}
	return out
}

// quarter turns a page by 90, 180 or 270 degrees clockwise.
func quarter(src image.Image, degrees int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, h, w)
	if degrees == 180 {
		size = image.Rect(0, 0, w, h)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			c := src.At(b.Min.X+x, b.Min.Y+y)
			switch degrees {
			case 90:
				out.Set(h-1-y, x, c)
			case 180:
				out.Set(w-1-x, h-1-y, c)
			default:
				out.Set(y, w-1-x, c)
			}
		}
	}
	return out
}

// eachPixel changes every channel of every pixel.
func eachPixel(src image.Image, fn func(x, y int, v uint8) float64) *image.RGBA {
	b := src.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, src, b.Min, draw.Src)
	for i := range out.Pix {
		if i%4 == 3 {
			continue
		}
		v := fn(i/4%b.Dx(), i/4/b.Dx(), out.Pix[i])
		out.Pix[i] = uint8(max(0, min(255, v)))
	}
	return out
}

func noise(src image.Image, strength float64) *image.RGBA {
	r := rand.New(rand.NewPCG(1, 2))
	return eachPixel(src, func(_, _ int, v uint8) float64 { return float64(v) + r.NormFloat64()*strength })
}

func faint(src image.Image) *image.RGBA {
	return eachPixel(src, func(_, _ int, v uint8) float64 { return 150 + float64(v)*65/255 })
}

func invert(src image.Image) *image.RGBA {
	return eachPixel(src, func(_, _ int, v uint8) float64 { return 235 - float64(v)*210/255 })
}

// shade has the light of a lamp at one corner.
func shade(src image.Image) *image.RGBA {
	b := src.Bounds()
	return eachPixel(src, func(x, y int, v uint8) float64 {
		light := 1 - 0.45*(float64(x)/float64(b.Dx())+float64(y)/float64(b.Dy()))/2
		return float64(v) * light
	})
}

// photograph sees the page from below: its upper edge is shorter by an eighth
// and it lies on a dark table.
func photograph(src image.Image) *image.RGBA {
	b := src.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	out := image.NewRGBA(b)
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{70, 60, 55, 255}), image.Point{}, draw.Src)
	page := image.NewRGBA(b)
	draw.Draw(page, b, src, b.Min, draw.Src)
	for y := range b.Dy() {
		t := float64(y) / h
		margin := w * (0.06*(1-t) + 0.02)
		// What is further away is also lower.
		sy := h * t * (1.12 - 0.12*t)
		for x := range b.Dx() {
			sx := (float64(x) - margin) / (w - 2*margin) * w
			if sx < 0 || sx >= w-1 || sy >= h-1 {
				continue
			}
			out.SetRGBA(x, y, bilinear(page, sx, sy))
		}
	}
	return out
}

func bilinear(img *image.RGBA, x, y float64) color.RGBA {
	x0, y0 := int(x), int(y)
	fx, fy := x-float64(x0), y-float64(y0)
	at := func(c int) uint8 {
		i := img.PixOffset(x0, y0) + c
		p := func(o int) float64 { return float64(img.Pix[o]) }
		return uint8((p(i)*(1-fx)+p(i+4)*fx)*(1-fy) + (p(i+img.Stride)*(1-fx)+p(i+img.Stride+4)*fx)*fy)
	}
	return color.RGBA{at(0), at(1), at(2), 255}
}

// encodeTIFF writes grey pages without compression (TIFF 6.0).
func encodeTIFF(pages ...image.Image) []byte {
	out := []byte("II*\x00\x00\x00\x00\x00")
	link := 4 // where the offset of the next directory goes
	for _, img := range pages {
		b := img.Bounds()
		grey := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(grey, grey.Rect, img, b.Min, draw.Src)
		data := len(out)
		out = append(out, grey.Pix...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		fields := [][2]int{{256, b.Dx()}, {257, b.Dy()}, {258, 8}, {259, 1}, {262, 1}, {273, data}, {277, 1}, {278, b.Dy()}, {279, len(grey.Pix)}}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(fields)))
		for _, f := range fields {
			out = binary.LittleEndian.AppendUint16(out, uint16(f[0]))
			out = append(out, 4, 0, 1, 0, 0, 0)
			out = binary.LittleEndian.AppendUint32(out, uint32(f[1]))
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}

// encodeBitmap writes a BMP file of two colours, as fax software does.
func encodeBitmap(img image.Image) []byte {
	b := img.Bounds()
	stride := (b.Dx() + 31) / 32 * 4
	out := append([]byte("BM"), make([]byte, 60)...)
	put := func(at, v int) { binary.LittleEndian.PutUint32(out[at:], uint32(v)) }
	put(2, 62+stride*b.Dy())
	put(10, 62)
	put(14, 40)
	put(18, b.Dx())
	put(22, b.Dy())
	put(26, 1|1<<16)
	put(58, 0xFFFFFF)
	for y := b.Dy() - 1; y >= 0; y-- {
		row := make([]byte, stride)
		for x := range b.Dx() {
			if color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y > 128 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		out = append(out, row...)
	}
	return out
}
