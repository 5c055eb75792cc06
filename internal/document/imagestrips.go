package document

import "image"

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
