package document

import (
	"fmt"
	"image"
	"math"

	"golang.org/x/image/draw"
)

const (
	ocrWidest   = 3600 // pixels of the longer side of a page from which it is made smaller …
	ocrWide     = 3000 // … to this: 256 dpi of A4; letters too large are read worse
	ocrNarrow   = 900  // smaller pages are doubled
	skewWorth   = 1.2  // degrees from which a page is turned upright
	skewMost    = 10.0
	redFraction = 400 // one pixel in so many must be red for a second pass
)

// prepareImage makes a picture ready for recognition: grey, of a size at which
// letters are big enough, upright. red is the same without its red ink, nil
// where there is none.
func prepareImage(img image.Image) (grey, red *image.Gray) {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	switch size := pageSize(w, h); {
	case size > ocrWidest:
		w, h = max(1, w*ocrWide/size), max(1, h*ocrWide/size)
	case size < ocrNarrow:
		w, h = 2*w, 2*h
	}
	rgba := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(rgba, rgba.Bounds(), image.White, image.Point{}, draw.Src)
	switch {
	case w == b.Dx() && h == b.Dy():
		draw.Draw(rgba, rgba.Bounds(), img, b.Min, draw.Over)
	case w < b.Dx():
		// Every pixel has to count: letters whose strokes fall through are read as others.
		draw.BiLinear.Scale(rgba, rgba.Bounds(), img, b, draw.Over, nil)
	default:
		draw.ApproxBiLinear.Scale(rgba, rgba.Bounds(), img, b, draw.Over, nil)
	}
	grey = image.NewGray(rgba.Bounds())
	reds := 0
	for i, o := 0, 0; i+3 < len(rgba.Pix); i, o = i+4, o+1 {
		r, g, bl := int(rgba.Pix[i]), int(rgba.Pix[i+1]), int(rgba.Pix[i+2])
		grey.Pix[o] = uint8((299*r + 587*g + 114*bl) / 1000)
		if r > 140 && r-g > 60 && r-bl > 60 {
			reds++
		}
	}
	if reds*redFraction > w*h {
		red = image.NewGray(rgba.Bounds())
		for i, o := 0, 0; i+3 < len(rgba.Pix); i, o = i+4, o+1 {
			red.Pix[o] = rgba.Pix[i]
		}
	}
	if angle := skew(grey); math.Abs(angle) >= skewWorth {
		grey = rotate(grey, angle)
		if red != nil {
			red = rotate(red, angle)
		}
	}
	return grey, red
}

// pageSize is the longer side of a page of text, in pixels. Of long pictures,
// pages put one below the other, it is that of one of them.
func pageSize(w, h int) int { return min(max(w, h), 2*min(w, h)) }

// strips cuts a long picture into pieces of about a page, between lines of
// text where it can. Other pictures stay whole.
func strips(img image.Image) []image.Image {
	b := img.Bounds()
	sub, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok || b.Dy() < 3*b.Dx() || b.Dy() < 2000 {
		return []image.Image{img}
	}
	var out []image.Image
	for top := b.Min.Y; top < b.Max.Y; {
		bottom := top + 2*b.Dx()
		if b.Max.Y-bottom < b.Dx() {
			bottom = b.Max.Y
		} else {
			bottom = quietRow(img, bottom-b.Dx()/2, bottom)
		}
		out = append(out, sub.SubImage(image.Rect(b.Min.X, top, b.Max.X, bottom)))
		top = bottom
	}
	return out
}

// quietRow returns the row between from and to in the middle of the widest
// gap: rows whose pixels hardly differ from their neighbours.
func quietRow(img image.Image, from, to int) int {
	b := img.Bounds()
	best, width, start := to, 0, from
	for y := from; y <= to; y++ {
		quiet := y < to
		last := -1
		for x := b.Min.X; quiet && x < b.Max.X; x += 2 {
			r, g, bl, _ := img.At(x, y).RGBA()
			v := int(299*r+587*g+114*bl) / 1000 >> 8
			quiet = last < 0 || max(v-last, last-v) < 40
			last = v
		}
		if quiet {
			continue
		}
		if y-start > width {
			best, width = (start+y)/2, y-start
		}
		start = y + 1
	}
	return best
}

// skew finds the angle of the lines of text in degrees: turned back by it,
// the dark pixels gather in the fewest rows.
func skew(g *image.Gray) float64 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	step := max(1, max(w, h)/700)
	type point struct{ x, y float64 }
	var dark []point
	for y := 0; y < h; y += step {
		for x := 0; x < w; x += step {
			if g.Pix[y*g.Stride+x] < 110 {
				dark = append(dark, point{float64(x / step), float64(y / step)})
			}
		}
	}
	if len(dark) < 200 || len(dark)*3 > (w/step)*(h/step) {
		return 0
	}
	if len(dark) > 40000 {
		thin := dark[:0]
		for i := 0; i < len(dark); i += len(dark)/40000 + 1 {
			thin = append(thin, dark[i])
		}
		dark = thin
	}
	rows := make([]int, h/step+w/step+4)
	score := func(angle float64) float64 {
		clear(rows)
		t := math.Tan(angle * math.Pi / 180)
		shift := 0.0
		if t > 0 {
			shift = t * float64(w/step)
		}
		for _, p := range dark {
			if y := int(p.y - t*p.x + shift); y >= 0 && y < len(rows) {
				rows[y]++
			}
		}
		sum := 0.0
		for i := 1; i < len(rows); i++ {
			d := float64(rows[i] - rows[i-1])
			sum += d * d
		}
		return sum
	}
	best, at := score(0)*1.05, 0.0
	for a := -skewMost; a <= skewMost; a += 0.5 {
		if s := score(a); s > best {
			best, at = s, a
		}
	}
	if at == 0 {
		return 0
	}
	for a := at - 0.4; a <= at+0.4; a += 0.1 {
		if s := score(a); s > best {
			best, at = s, a
		}
	}
	return at
}

// rotate turns a page back by angle degrees around its middle.
func rotate(g *image.Gray, angle float64) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(g.Rect)
	sin, cos := math.Sincos(angle * math.Pi / 180)
	cx, cy := float64(w)/2, float64(h)/2
	for y := range h {
		dy := float64(y) - cy
		for x := range w {
			dx := float64(x) - cx
			sx, sy := cx+dx*cos-dy*sin, cy+dx*sin+dy*cos
			x0, y0 := int(math.Floor(sx)), int(math.Floor(sy))
			if x0 < 0 || y0 < 0 || x0+1 >= w || y0+1 >= h {
				out.Pix[y*out.Stride+x] = 255
				continue
			}
			fx, fy := sx-float64(x0), sy-float64(y0)
			p := g.Pix[y0*g.Stride+x0:]
			q := g.Pix[(y0+1)*g.Stride+x0:]
			top := float64(p[0])*(1-fx) + float64(p[1])*fx
			low := float64(q[0])*(1-fx) + float64(q[1])*fx
			out.Pix[y*out.Stride+x] = uint8(top*(1-fy) + low*fy)
		}
	}
	return out
}

// shrink makes a grey picture smaller.
func shrink(g *image.Gray, by float64) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, max(1, int(float64(g.Rect.Dx())*by)), max(1, int(float64(g.Rect.Dy())*by))))
	draw.BiLinear.Scale(out, out.Rect, g, g.Rect, draw.Src, nil)
	return out
}

// pgm writes a grey picture as a portable graymap, which costs nothing.
func pgm(g *image.Gray) []byte {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := make([]byte, 0, w*h+32)
	out = fmt.Appendf(out, "P5\n%d %d\n255\n", w, h)
	for y := range h {
		out = append(out, g.Pix[y*g.Stride:y*g.Stride+w]...)
	}
	return out
}
