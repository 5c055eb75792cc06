package document

import (
	"fmt"
	"image"
	"math"
	"slices"

	"golang.org/x/image/draw"
)

const (
	ocrWidest   = 3600 // pixels of the longer side of a page from which it is made smaller …
	ocrWide     = 3000 // … to this: 256 dpi of A4; letters too large are read worse
	ocrNarrow   = 900  // smaller pages are doubled …
	faintBy     = 17   // … and what they show taken for so many tenths as dark
	redFraction = 400  // one pixel in so many must be red for a second pass
	redInk      = 60   // red ink is lighter in the red channel by more
	groundBlock = 48   // pixels of the squares whose ground is measured
	groundEven  = 40   // the ground of a page that is lit evenly differs by less
)

// sheet is a picture made ready for recognition: grey, of a size at which
// letters are big enough, dark on light, evenly lit, upright.
type sheet struct {
	grey *image.Gray
	red  *image.Gray // the same without its red ink, nil where there is none
	flat *image.Gray // grey with its ground made white everywhere, for measuring
}

// newSheet prepares a picture whose pixels lie as the EXIF orientation says.
func newSheet(img image.Image, orientation int) sheet {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	switch size := pageSize(w, h); {
	case size > ocrWidest:
		w, h = max(1, w*ocrWide/size), max(1, h*ocrWide/size)
	case size < ocrNarrow:
		w, h = 2*w, 2*h
	}
	rgba := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(rgba, rgba.Bounds(), behind(img), image.Point{}, draw.Src)
	switch {
	case w == b.Dx() && h == b.Dy():
		draw.Draw(rgba, rgba.Bounds(), img, b.Min, draw.Over)
	case w < b.Dx():
		// Every pixel has to count: letters whose strokes fall through are read as others.
		draw.BiLinear.Scale(rgba, rgba.Bounds(), img, b, draw.Over, nil)
	default:
		draw.ApproxBiLinear.Scale(rgba, rgba.Bounds(), img, b, draw.Over, nil)
	}
	var s sheet
	s.grey, s.red = channels(rgba)
	if dark(s.grey) {
		invert(s.grey)
		s.red = nil // of light letters it would hide the red ones
	}
	uneven := false
	s.flat, uneven = flatten(s.grey)
	if uneven {
		s.grey = s.flat
		if s.red != nil {
			s.red, _ = flatten(s.red)
		}
	}
	if size := pageSize(b.Dx(), b.Dy()); size < ocrNarrow {
		s.flat = darker(s.flat)
	}
	if orientation > 1 && orientation <= 8 {
		s.each(func(g *image.Gray) *image.Gray { return oriented(g, orientation) })
	}
	if angle := skew(s.flat); math.Abs(angle) >= skewWorth {
		s.each(func(g *image.Gray) *image.Gray { return rotate(g, angle) })
	}
	return s
}

// darker strengthens what is drawn: thin strokes of small letters are but a
// pale grey. It is for measuring, not for reading.
func darker(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		out.Pix[i] = uint8(max(0, 255-(255-int(v))*faintBy/10))
	}
	return out
}

// each changes every picture of the sheet in the same way.
func (s *sheet) each(change func(*image.Gray) *image.Gray) {
	same := s.grey == s.flat
	if s.grey = change(s.grey); same {
		s.flat = s.grey
	} else {
		s.flat = change(s.flat)
	}
	if s.red != nil {
		s.red = change(s.red)
	}
}

// behind is the ground to lay a picture on: black where what it shows on nothing
// is light.
func behind(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return image.White
	}
	b := img.Bounds()
	light, shown := 0, 0
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		for x := b.Min.X; x < b.Max.X; x += 2 {
			if r, g, bl, a := img.At(x, y).RGBA(); a > 0x8000 {
				if shown++; r+g+bl > 3*a*3/4 {
					light++
				}
			}
		}
	}
	if shown < (b.Dx()*b.Dy()/4)/2 && light*10 > shown*9 {
		return image.Black
	}
	return image.White
}

// ink is the page without its red ink, by which lines and rules are found.
func (s *sheet) ink() *image.Gray {
	if s.red == nil {
		return s.flat
	}
	flat, _ := flatten(s.red)
	for i, v := range s.red.Pix {
		if v > inkDark && int(v)-int(s.grey.Pix[i]) > redInk {
			flat.Pix[i] = 255
		}
	}
	return flat
}

// erase paints rules white.
func (s *sheet) erase(rules []image.Rectangle) {
	erase(s.grey, rules)
	if s.flat != s.grey {
		erase(s.flat, rules)
	}
	if s.red != nil {
		erase(s.red, rules)
	}
}

// lines are the lines of text outside of tables, red ones between the others.
func (s *sheet) lines(grids []grid) (lines []ocrLine, lost float64) {
	black := s.ink()
	lines, lost = layout(blanked(black, grids))
	if s.red == nil {
		return lines, lost
	}
	colour := blanked(s.flat, grids)
	for i, v := range s.red.Pix {
		if int(v)-int(s.grey.Pix[i]) <= redInk {
			colour.Pix[i] = 255
		}
	}
	// What noise leaves of red letters in the red channel is no line of its own.
	lines = slices.DeleteFunc(lines, func(l ocrLine) bool { return inkOf(colour, l.box) > 2*inkOf(black, l.box) })
	red, _ := layout(colour) // a seal is no line
	for _, l := range red {
		at := slices.IndexFunc(lines, func(o ocrLine) bool { return o.box.Min.Y > l.box.Min.Y })
		if at < 0 {
			at = len(lines)
		}
		l.rowOf += len(lines) * 1000
		l.red = true
		lines = slices.Insert(lines, at, l)
	}
	return lines, lost
}

// channels makes a picture grey, and gives its red channel if there is red ink.
func channels(rgba *image.RGBA) (grey, red *image.Gray) {
	grey = image.NewGray(rgba.Rect)
	reds := 0
	for i, o := 0, 0; i+3 < len(rgba.Pix); i, o = i+4, o+1 {
		r, g, bl := int(rgba.Pix[i]), int(rgba.Pix[i+1]), int(rgba.Pix[i+2])
		grey.Pix[o] = uint8((299*r + 587*g + 114*bl) / 1000)
		if r > 140 && r-g > 60 && r-bl > 60 {
			reds++
		}
	}
	if reds*redFraction <= len(grey.Pix) {
		return grey, nil
	}
	red = image.NewGray(rgba.Rect)
	for i, o := 0, 0; i+3 < len(rgba.Pix); i, o = i+4, o+1 {
		red.Pix[o] = rgba.Pix[i]
	}
	return grey, red
}

// dark reports whether most of a picture is dark: letters are light then.
func dark(g *image.Gray) bool {
	n := 0
	for _, v := range g.Pix {
		if v < 100 {
			n++
		}
	}
	return n*100 > len(g.Pix)*65
}

func invert(g *image.Gray) {
	for i, v := range g.Pix {
		g.Pix[i] = 255 - v
	}
}

// flatten makes the ground of a page white: each pixel is seen against the
// lightest fifth of its surroundings, which takes shadows, the light of a lamp
// and the colour of paper away. It reports whether the ground is uneven.
func flatten(g *image.Gray) (out *image.Gray, uneven bool) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	cols, rows := (w+groundBlock-1)/groundBlock, (h+groundBlock-1)/groundBlock
	ground := make([]float64, cols*rows)
	for r := range rows {
		for c := range cols {
			ground[r*cols+c] = groundOf(g, image.Rect(c*groundBlock, r*groundBlock, (c+1)*groundBlock, (r+1)*groundBlock).Intersect(g.Rect))
		}
	}
	ground = smooth(ground, cols, rows)
	sorted := slices.Sorted(slices.Values(ground))
	uneven = sorted[len(sorted)*98/100]-sorted[len(sorted)*2/100] > groundEven
	out = image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		fy := max(0, min(float64(rows-1), (float64(y)+0.5)/groundBlock-0.5))
		top := int(fy)
		low, wy := min(top+1, rows-1), fy-float64(top)
		for x := range w {
			fx := max(0, min(float64(cols-1), (float64(x)+0.5)/groundBlock-0.5))
			left := int(fx)
			right, wx := min(left+1, cols-1), fx-float64(left)
			a := ground[top*cols+left]*(1-wx) + ground[top*cols+right]*wx
			b := ground[low*cols+left]*(1-wx) + ground[low*cols+right]*wx
			out.Pix[y*out.Stride+x] = uint8(min(255, float64(g.Pix[y*g.Stride+x])*255/(a*(1-wy)+b*wy)))
		}
	}
	return out, uneven
}

// groundOf is the lightness that a fifth of the pixels of r exceed, at least
// that of a dark shadow.
func groundOf(g *image.Gray, r image.Rectangle) float64 {
	var count [256]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for _, v := range g.Pix[g.PixOffset(r.Min.X, y):][:r.Dx()] {
			count[v]++
		}
	}
	left := r.Dx() * r.Dy() / 5
	for v := 255; v > 60; v-- {
		if left -= count[v]; left < 0 {
			return float64(v)
		}
	}
	return 60
}

// smooth gives each square the middle of itself and its neighbours: one that a
// letter or a fold fills does not stand out.
func smooth(ground []float64, cols, rows int) []float64 {
	out := make([]float64, len(ground))
	near := make([]float64, 0, 9)
	for r := range rows {
		for c := range cols {
			near = near[:0]
			for y := max(0, r-1); y <= min(rows-1, r+1); y++ {
				near = append(near, ground[y*cols+max(0, c-1):y*cols+min(cols-1, c+1)+1]...)
			}
			slices.Sort(near)
			out[r*cols+c] = near[len(near)/2]
		}
	}
	return out
}

// pageSize is the longer side of a page of text, in pixels. Of long pictures,
// pages put one below the other, it is that of one of them.
func pageSize(w, h int) int { return min(max(w, h), 2*min(w, h)) }

// cropScaled copies a part of a page, larger or smaller, with a margin of its
// ground.
func cropScaled(g *image.Gray, r image.Rectangle, by float64) *image.Gray {
	r = r.Intersect(g.Rect)
	w, h := max(1, int(float64(r.Dx())*by)), max(1, int(float64(r.Dy())*by))
	out := image.NewGray(image.Rect(0, 0, w+2*cropMargin, h+2*cropMargin))
	ground := uint8(groundOf(g, r))
	for i := range out.Pix {
		out.Pix[i] = ground
	}
	to := image.Rect(cropMargin, cropMargin, cropMargin+w, cropMargin+h)
	if by == 1 {
		draw.Copy(out, to.Min, g, r, draw.Src, nil)
		return out
	}
	var how draw.Scaler = draw.BiLinear
	if by > 1 {
		how = draw.CatmullRom
	}
	how.Scale(out, to, g, r, draw.Src, nil)
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
