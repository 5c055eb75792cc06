package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

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

// speckle has the black and white grains of a bad copy.
func speckle(src image.Image) *image.RGBA {
	r := rand.New(rand.NewPCG(3, 4))
	out := eachPixel(src, func(_, _ int, v uint8) float64 { return float64(v) })
	for range out.Rect.Dx() * out.Rect.Dy() / 100 {
		i := out.PixOffset(r.IntN(out.Rect.Dx()), r.IntN(out.Rect.Dy()))
		v := uint8(255 * r.IntN(2))
		out.Pix[i], out.Pix[i+1], out.Pix[i+2] = v, v, v
	}
	return out
}
