package document

import (
	"image"
	"math"
	"slices"
)

const (
	skewWorth = 0.25 // degrees from which a page is turned upright
	skewMost  = 10.0
)

// skew finds the angle of the lines of text in degrees: turned back by it,
// the dark pixels gather in the fewest rows.
func skew(g *image.Gray) float64 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	step := max(1, max(w, h)/1400)
	type point struct{ x, y float64 }
	var dark []point
	for y := 0; y < h; y += step {
		for x := 0; x < w; x += step {
			if g.Pix[y*g.Stride+x] < 128 {
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

// oriented sets a page right whose pixels lie as an EXIF orientation from 2 to 8
// says (CIPA DC-008, tag 0x0112): mirrored, turned or both.
func oriented(g *image.Gray, orientation int) *image.Gray {
	how := [...]struct {
		mirrored bool
		quarters int
	}{2: {true, 0}, 3: {false, 2}, 4: {true, 2}, 5: {true, 3}, 6: {false, 1}, 7: {true, 1}, 8: {false, 3}}[orientation]
	if how.mirrored {
		g = mirror(g)
	}
	return quarterTurn(g, how.quarters)
}

// mirror swaps left and right.
func mirror(g *image.Gray) *image.Gray {
	w := g.Rect.Dx()
	out := image.NewGray(image.Rect(0, 0, w, g.Rect.Dy()))
	for y := range g.Rect.Dy() {
		row := out.Pix[y*out.Stride:][:w]
		copy(row, g.Pix[y*g.Stride:])
		slices.Reverse(row)
	}
	return out
}

// quarterTurn turns a page clockwise by quarters of a circle.
func quarterTurn(g *image.Gray, quarters int) *image.Gray {
	for range quarters {
		w, h := g.Rect.Dx(), g.Rect.Dy()
		out := image.NewGray(image.Rect(0, 0, h, w))
		for y := range h {
			for x := range w {
				out.Pix[x*out.Stride+h-1-y] = g.Pix[y*g.Stride+x]
			}
		}
		g = out
	}
	return g
}
