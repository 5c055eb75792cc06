package document

import (
	"context"
	"image"
	"slices"
	"strconv"
)

const (
	// pageDPI is what a page is taken to have been scanned with.
	pageDPI = 200

	digitLanguage = "eng" // of the model that reads numbers; comes with tesseract

	cropMargin  = 12  // white pixels around what is looked at alone
	cropHigh    = 66  // pixels of a line from which it is made smaller …
	cropLow     = 26  // … below which larger …
	cropGood    = 46  // … to this
	cropsAtOnce = 120 // pictures given to one process
	sureLine    = 70  // mean confidence below which a page is looked at otherwise
	lineSure    = 30  // confidence below which what was read is no text
	redSure     = 75  // … what is red: parts of seals and rules look like letters
)

// ocrLine is a line of recognised text, or one of a cell of a table.
type ocrLine struct {
	text       string
	confidence int // 1 to 100
	least      int // that of the word read worst
	box        image.Rectangle
	xs         []int // where each character of text begins, about
	rowOf      int   // lines side by side have the same
	red        bool  // printed in red, as far as one can tell
	doubt      bool  // it has a number of which readings differ

	table, row, col int // as in scanner.Segment
	header          bool
}

// read recognises a picture, a long one page by page. orientation is that of
// EXIF, 0 if unknown. Lines that were read before an error count.
func (e *ocrEngine) read(ctx context.Context, img image.Image, data []byte, orientation int) ([]ocrLine, error) {
	e.busy.Add(1)
	defer e.busy.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, 3*e.cfg.Time)
	defer cancel()
	if img == nil {
		out, err := e.run(ctx, data, "-l", e.cfg.Languages, "tsv")
		return joinWords(readWords(out, 1)[0]), err
	}
	var all []ocrLine
	tables := 0
	for _, part := range strips(img) {
		lines, err := e.readPage(ctx, part, orientation)
		for i := range lines {
			if lines[i].table > 0 {
				lines[i].table += tables
			}
		}
		for _, l := range lines {
			tables = max(tables, l.table)
		}
		all = append(all, lines...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// readPage recognises a page: its lines, and the cells of its tables, one by
// one, all in one process; a line alone is read better than in its page. What a
// red seal covers is looked at through the red channel too. A page that is not
// read well may lie on its side, or is left to the recogniser as a whole.
func (e *ocrEngine) readPage(ctx context.Context, img image.Image, orientation int) ([]ocrLine, error) {
	s := newSheet(img, orientation)
	got, err := e.readUpright(ctx, &s)
	if err != nil || !got.poor() {
		return got.lines, err
	}
	if turn := e.orientation(ctx, s.grey); turn != 0 {
		upright := s
		upright.each(func(g *image.Gray) *image.Gray { return quarterTurn(g, turn) })
		turned, err := e.readUpright(ctx, &upright)
		if err != nil {
			return got.lines, err
		}
		if s = upright; !turned.poor() {
			return turned.lines, nil
		}
		got = turned
	}
	whole, err := e.wholePage(ctx, s.grey)
	if err != nil {
		return got.lines, err
	}
	if weight(whole) > weight(got.lines) {
		return e.exactNumbers(ctx, &s, whole, make([][]ocrLine, len(whole)))
	}
	return got.lines, nil
}

// pageText is what was read of a page taken apart into lines.
type pageText struct {
	lines []ocrLine
	lost  float64 // share of the ink that is in no line
}

// poor reports whether a page should be looked at in another way.
func (p pageText) poor() bool {
	return p.lost > lostLimit || meanConfidence(p.lines) < sureLine
}

// weight is how much text was read, by its confidence.
func weight(lines []ocrLine) int {
	sum := 0
	for _, l := range lines {
		sum += max(0, l.confidence-40) * len(l.text)
	}
	return sum
}

func (e *ocrEngine) wholePage(ctx context.Context, page *image.Gray) ([]ocrLine, error) {
	out, err := e.run(ctx, pgm(page), "-l", e.cfg.Languages, "tsv")
	return joinWords(readWords(out, 1)[0]), err
}

// look is a part of the page seen alone.
type look struct {
	of   int // index of its line
	box  image.Rectangle
	by   float64 // how much larger the view is
	view *image.Gray
}

// readUpright reads a page that stands upright.
func (e *ocrEngine) readUpright(ctx context.Context, s *sheet) (pageText, error) {
	grids := imageGrids(s.ink())
	for _, t := range grids {
		s.erase(t.rules)
	}
	lines, lost := s.lines(grids)
	first := len(lines)
	for n, t := range grids {
		for _, c := range cellLines(s.flat, t) {
			lines = append(lines, ocrLine{box: c.box, table: n + 1, row: c.row, col: c.col})
		}
	}
	var looks []look
	for i, l := range lines {
		looks = append(looks, s.looks(i, l.box)...)
	}
	readings, err := e.alone(ctx, looks, len(lines), e.cfg.Languages)
	for i := range lines {
		lines[i].settle(readings[i])
	}
	if err == nil {
		lines, err = e.exactNumbers(ctx, s, lines, readings)
	}
	return pageText{arrange(lines, first), lost}, err
}

// exactNumbers reads the numbers with the model for Latin script, which hardly
// ever takes one digit for another, as the Chinese one does.
func (e *ocrEngine) exactNumbers(ctx context.Context, s *sheet, lines []ocrLine, readings [][]ocrLine) ([]ocrLine, error) {
	var looks []look
	for i, l := range lines {
		if l.numeric() {
			looks = append(looks, s.looks(i, l.box)...)
			continue
		}
		for _, at := range numbersOf(l.text) {
			looks = append(looks, s.looks(i, numberBox(s.flat, l, at))...)
		}
	}
	exact, err := e.alone(ctx, looks, len(lines), digitLanguage)
	if ctx.Err() != nil {
		return lines, err
	}
	for i := range lines { // without that model the readings there are must do
		if !lines[i].takeNumber(exact[i]) {
			lines[i].settleNumbers(readings[i], exact[i])
		}
	}
	return lines, nil
}

// looks are the views of a part of the page: as it is, and without red ink
// where it has some.
func (s *sheet) looks(of int, box image.Rectangle) []look {
	by := 1.0
	if high := box.Dy(); high > cropHigh || high < cropLow {
		by = cropGood / float64(high)
	}
	out := []look{{of, box, by, cropScaled(s.grey, box, by)}}
	if s.red != nil && differ(s.grey, s.red, box) {
		out = append(out, look{of, box, by, cropScaled(s.red, box, by)})
	}
	return out
}

// alone reads each view as one line, many in one process, and returns what was
// read of each line.
func (e *ocrEngine) alone(ctx context.Context, looks []look, lines int, language string) ([][]ocrLine, error) {
	readings := make([][]ocrLine, lines)
	for part := range slices.Chunk(looks, cropsAtOnce) {
		views := make([]*image.Gray, len(part))
		for i, l := range part {
			if views[i] = l.view; dark(l.view) {
				invert(l.view)
			}
		}
		out, err := e.run(ctx, tiffOf(views), "-l", language, "--psm", "7", "tsv")
		if err != nil {
			return readings, err
		}
		for i, words := range readWords(out, len(part)) {
			for k := range words {
				words[k].line = ""
			}
			for _, l := range joinWords(words) {
				for k, x := range l.xs {
					l.xs[k] = part[i].box.Min.X + int(float64(x-cropMargin)/part[i].by)
				}
				l.box = part[i].box
				readings[part[i].of] = append(readings[part[i].of], l)
			}
		}
	}
	return readings, nil
}

// orientation tells by how many quarters a page must be turned clockwise to
// stand upright.
func (e *ocrEngine) orientation(ctx context.Context, g *image.Gray) int {
	out, err := e.run(ctx, pgm(g), "--psm", "0")
	if err != nil {
		return 0 // too few letters to tell
	}
	degrees, _ := strconv.Atoi(string(field(out, "Rotate:")))
	return degrees / 90 % 4
}
