package document

// pageBox is an upright rectangle on a page, in points, y upwards.
type pageBox struct{ left, right, bottom, top float64 }

func (b pageBox) within(c pageBox) bool {
	const slack = 1
	return b.left >= c.left-slack && b.right <= c.right+slack && b.bottom >= c.bottom-slack && b.top <= c.top+slack
}

func (b pageBox) touches(c pageBox) bool {
	return b.right >= c.left && b.left <= c.right && b.top >= c.bottom && b.bottom <= c.top
}

func (b pageBox) width() float64  { return b.right - b.left }
func (b pageBox) height() float64 { return b.top - b.bottom }
func (b pageBox) middle() (x, y float64) {
	return (b.left + b.right) / 2, (b.bottom + b.top) / 2
}

// around returns the box around both.
func (b pageBox) around(c pageBox) pageBox {
	return pageBox{min(b.left, c.left), max(b.right, c.right), min(b.bottom, c.bottom), max(b.top, c.top)}
}

// pageGlyph is one character on a page.
type pageGlyph struct {
	c     rune
	box   pageBox
	space bool // white space stands before it in the text
	at    int  // index in the text
	order int  // among the glyphs of the page
}
