package document

import (
	"image"
	"image/color"
	"slices"
	"testing"
)

// TestImageGrids draws a table of three rows and columns whose first row is one
// cell, and a frame with nothing in it.
func TestImageGrids(t *testing.T) {
	g := whiteGray(500, 500)
	for i := range 4 {
		at := 50 + 80*i
		ink(g, image.Rect(50, at, 292, at+2))
		top := 50
		if i == 1 || i == 2 {
			top = 130
		}
		ink(g, image.Rect(at, top, at+2, 292))
	}
	for _, r := range []image.Rectangle{image.Rect(50, 350, 450, 352), image.Rect(50, 450, 450, 452), image.Rect(50, 350, 52, 452), image.Rect(448, 350, 450, 452)} {
		ink(g, r)
	}
	grids := imageGrids(g)
	if len(grids) != 1 {
		t.Fatalf("%d tables, want 1", len(grids))
	}
	var got [][2]int
	for _, c := range grids[0].cells {
		got = append(got, [2]int{c.row, c.col})
	}
	want := [][2]int{{1, 1}, {2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 2}, {3, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("cells %v, want %v", got, want)
	}
	if w := grids[0].cells[0].box.Dx(); w < 230 {
		t.Errorf("the merged cell is %d pixels wide", w)
	}
}

// TestOriented lays a page as each EXIF orientation has it: its corners, read
// from the upper left one to the right and down.
func TestOriented(t *testing.T) {
	for orientation, stored := range []string{2: "BADC", 3: "DCBA", 4: "CDAB", 5: "ACBD", 6: "BDAC", 7: "DBCA", 8: "CADB"} {
		if stored == "" {
			continue
		}
		g := &image.Gray{Pix: []uint8(stored), Stride: 2, Rect: image.Rect(0, 0, 2, 2)}
		if got := string(oriented(g, orientation).Pix); got != "ABCD" {
			t.Errorf("orientation %d: %s", orientation, got)
		}
	}
}

// TestLayoutOrder has two columns of text below a heading, and a row of two
// short pieces.
func TestLayoutOrder(t *testing.T) {
	g := whiteGray(900, 700)
	line := func(x, y, letters int) {
		for i := range letters {
			ink(g, image.Rect(x+24*i, y, x+24*i+20, y+22))
		}
	}
	for i := range 5 {
		line(50, 100+40*i, 14)
		line(500, 100+40*i, 14)
	}
	lines, lost := layout(g)
	if len(lines) != 10 || lost > 0 {
		t.Fatalf("%d lines, lost %.2f, want 10 and none", len(lines), lost)
	}
	for i, l := range lines {
		if left := l.box.Min.X < 450; left != (i < 5) {
			t.Errorf("line %d at %v: columns are mixed", i, l.box)
		}
	}
	g = whiteGray(900, 700)
	line(50, 100, 2)
	line(500, 100, 2)
	if lines, _ = layout(g); len(lines) != 2 || lines[0].rowOf != lines[1].rowOf {
		t.Errorf("two pieces of one row are %+v", lines)
	}
}

func whiteGray(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	return g
}

func ink(g *image.Gray, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			g.SetGray(x, y, color.Gray{})
		}
	}
}
