package document

import (
	"image"
	"slices"
)

const (
	ruleLong    = 80  // pixels from which a level run of ink may be a rule
	ruleUpright = 20  // … an upright one, if it goes from rule to rule
	ruleThick   = 12  // pixels a rule is thick at most
	ruleMeets   = 6   // pixels between ends of rules that meet
	ruleInk     = 205 // ink of rules is darker than this on white: they are often grey …
	rulePale    = 243 // … and on screens pale
	rulesMost   = 4000
	cellsMost   = 2000 // of one page; a larger table is read as text
	cellLeast   = 10   // pixels a cell is wide and high at least
	tableWide   = 160  // pixels a table is wide at least …
	tableHigh   = 50   // … and high
	tableLeast  = 3    // cells: a page with a frame is no table
)

// grid is a table drawn with rules.
type grid struct {
	box   image.Rectangle
	cells []gridCell
	rules []image.Rectangle
}

// gridCell is the space between rules; row and column count from 1 and are
// those of its upper left corner where it has been merged from several.
type gridCell struct {
	box      image.Rectangle
	row, col int
}

// imageGrids finds the tables of an upright page by their rules. flat is the page
// with the ground made white, see flatten.
func imageGrids(flat *image.Gray) []grid {
	ink := uint8(ruleInk)
	if smoothGround(flat) {
		ink = rulePale
	}
	level := runsAsRules(flat, ink, ruleLong, false)
	upright := runsAsRules(flat, ink, ruleUpright, true)
	if len(level) < 2 || len(upright) < 2 {
		return nil
	}
	// An upright rule goes from one level rule to another: strokes of letters do not.
	upright = slices.DeleteFunc(upright, func(v image.Rectangle) bool { return touching(v, level) < 2 })
	level = slices.DeleteFunc(level, func(h image.Rectangle) bool { return touching(h, upright) < 2 })
	upright = slices.DeleteFunc(upright, func(v image.Rectangle) bool { return touching(v, level) < 2 })
	all := slices.Concat(level, upright)
	if len(all) > rulesMost {
		return nil
	}
	var grids []grid
	room := cellsMost
	for _, group := range connected(all) {
		var hs, vs []image.Rectangle
		for _, i := range group {
			if i < len(level) {
				hs = append(hs, all[i])
			} else {
				vs = append(vs, all[i])
			}
		}
		if g, ok := makeGrid(hs, vs, room); ok {
			grids = append(grids, g)
			room -= len(g.cells)
		}
	}
	slices.SortFunc(grids, func(a, b grid) int { return a.box.Min.Y - b.box.Min.Y })
	return grids
}

// smoothGround reports whether the ground of a page is of one colour, as on
// screens and in print, not in scans and photographs.
func smoothGround(flat *image.Gray) bool {
	even, all := 0, 0
	for i := 1; i < len(flat.Pix); i += 3 {
		if v := flat.Pix[i]; v > 225 {
			if all++; v >= 250 {
				even++
			}
		}
	}
	return even*100 > all*85
}

// meets reports whether two rules cross or nearly do.
func meets(a, b image.Rectangle) bool { return a.Overlaps(b.Inset(-ruleMeets)) }

func touching(r image.Rectangle, others []image.Rectangle) int {
	n := 0
	for _, o := range others {
		if meets(r, o) {
			n++
		}
	}
	return n
}

// connected groups rules that meet, directly or over others; it gives their
// indexes.
func connected(rules []image.Rectangle) [][]int {
	sets := newSets(len(rules))
	for i := range rules {
		for j := range i {
			if meets(rules[i], rules[j]) {
				sets.join(i, j)
			}
		}
	}
	return sets.groups()
}

// makeGrid finds the cells between rules that meet.
func makeGrid(level, upright []image.Rectangle, room int) (grid, bool) {
	g := grid{rules: slices.Concat(level, upright)}
	for _, r := range g.rules {
		g.box = g.box.Union(r)
	}
	ys := positions(level, g.box.Min.Y, g.box.Max.Y, func(r image.Rectangle) int { return (r.Min.Y + r.Max.Y) / 2 })
	xs := positions(upright, g.box.Min.X, g.box.Max.X, func(r image.Rectangle) int { return (r.Min.X + r.Max.X) / 2 })
	rows, cols := len(ys)-1, len(xs)-1
	if rows < 1 || cols < 1 || rows*cols < tableLeast || rows*cols > 20*cellsMost {
		return g, false
	}
	sets := newSets(rows * cols)
	for r := range rows {
		for c := range cols {
			if c+1 < cols && !covered(upright, xs[c+1], ys[r], ys[r+1], true) {
				sets.join(r*cols+c, r*cols+c+1)
			}
			if r+1 < rows && !covered(level, ys[r+1], xs[c], xs[c+1], false) {
				sets.join(r*cols+c, (r+1)*cols+c)
			}
		}
	}
	bounded := 0
	for _, members := range sets.groups() {
		var box image.Rectangle
		for _, m := range members {
			r, c := m/cols, m%cols
			box = box.Union(image.Rect(xs[c], ys[r], xs[c+1], ys[r+1]))
		}
		if covered(upright, box.Min.X, box.Min.Y, box.Max.Y, true) && covered(upright, box.Max.X, box.Min.Y, box.Max.Y, true) ||
			covered(level, box.Min.Y, box.Min.X, box.Max.X, false) && covered(level, box.Max.Y, box.Min.X, box.Max.X, false) {
			bounded++
		}
		if box.Dx() < cellLeast || box.Dy() < cellLeast {
			continue
		}
		g.cells = append(g.cells, gridCell{box, members[0]/cols + 1, members[0]%cols + 1})
	}
	// Strokes of a seal or a drawing meet too, but hardly go around anything.
	return g, g.box.Dx() >= tableWide && g.box.Dy() >= tableHigh && len(g.cells) >= tableLeast && len(g.cells) <= room && bounded*5 >= len(g.cells)*4
}

// positions gives where rules stand, those of one line once, and the edges.
func positions(rules []image.Rectangle, low, high int, at func(image.Rectangle) int) []int {
	all := []int{low, high}
	for _, r := range rules {
		all = append(all, at(r))
	}
	slices.Sort(all)
	out := all[:1]
	for _, p := range all[1:] {
		if p-out[len(out)-1] > 2*ruleMeets {
			out = append(out, p)
		}
	}
	return out
}

// covered reports whether a rule at a position separates two cells that have
// the side from … to in common.
func covered(rules []image.Rectangle, at, from, to int, upright bool) bool {
	sum := 0
	for _, r := range rules {
		if upright {
			r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
		}
		if r.Min.Y-2*ruleMeets <= at && at <= r.Max.Y+2*ruleMeets {
			sum += max(0, min(to, r.Max.X)-max(from, r.Min.X))
		}
	}
	return sum*5 >= (to-from)*3
}

// runsAsRules finds straight thin stretches of ink, level or upright ones.
func runsAsRules(flat *image.Gray, ink uint8, least int, upright bool) []image.Rectangle {
	w, h := flat.Rect.Dx(), flat.Rect.Dy()
	along, across, step, row := w, h, 1, flat.Stride
	if upright {
		along, across, step, row = h, w, flat.Stride, 1
	}
	var done, open []image.Rectangle // along is X here
	for a := range across {
		open = closeRuns(open, &done, a)
		line := a * row
		for x := 0; x < along; {
			if flat.Pix[line+x*step] >= ink {
				x++
				continue
			}
			start, end, gap := x, x, 0
			for ; x < along && gap <= 3; x++ {
				if flat.Pix[line+x*step] < ink {
					end, gap = x+1, 0
				} else {
					gap++
				}
			}
			if end-start >= least {
				open = addRun(open, start, end, a)
			}
		}
	}
	closeRuns(open, &done, across+ruleMeets)
	if upright {
		for i, r := range done {
			done[i] = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
		}
	}
	return done
}

// addRun lets a run go on with one beside it, or begins a new stretch.
func addRun(open []image.Rectangle, start, end, at int) []image.Rectangle {
	for i := range open {
		if o := &open[i]; start <= o.Max.X+ruleMeets && end >= o.Min.X-ruleMeets && at <= o.Max.Y+1 {
			*o = o.Union(image.Rect(start, at, end, at+1))
			return open
		}
	}
	return append(open, image.Rect(start, at, end, at+1))
}

// closeRuns moves the stretches that have ended before at to done, if they are
// thin as rules are.
func closeRuns(open []image.Rectangle, done *[]image.Rectangle, at int) []image.Rectangle {
	still := open[:0]
	for _, o := range open {
		switch {
		case o.Max.Y+1 >= at:
			still = append(still, o)
		case o.Dy() <= max(ruleThick, o.Dx()/60) && o.Dx() > 3*o.Dy():
			*done = append(*done, o)
		case o.Dx() >= ruleLong && o.Dy() >= ruleUpright: // a cell filled with a colour: it has edges
			*done = append(*done, image.Rect(o.Min.X, o.Min.Y, o.Max.X, o.Min.Y+2), image.Rect(o.Min.X, o.Max.Y-2, o.Max.X, o.Max.Y))
		}
	}
	return still
}

// erase paints rules white.
func erase(g *image.Gray, rules []image.Rectangle) {
	for _, r := range rules {
		r = r.Inset(-2).Intersect(g.Rect)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			row := g.Pix[g.PixOffset(r.Min.X, y):][:r.Dx()]
			for i := range row {
				row[i] = 255
			}
		}
	}
}

// blanked is a copy of a page without its tables.
func blanked(g *image.Gray, grids []grid) *image.Gray {
	out := &image.Gray{Pix: slices.Clone(g.Pix), Stride: g.Stride, Rect: g.Rect}
	for _, t := range grids {
		erase(out, []image.Rectangle{t.box})
	}
	return out
}
