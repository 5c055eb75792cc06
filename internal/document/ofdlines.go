package document

import (
	"io"
	"math"
	"strings"

	"prescreen/scanner"
)

// ofdLines joins runs of text on one baseline to lines and lines to
// paragraphs: a writer may give every character a run of its own.
type ofdLines struct {
	r    *ofdReader
	page int
	kind scanner.Kind

	line   strings.Builder
	last   ofdText
	open   bool
	lines  []string
	number int
}

func (w *ofdLines) add(t ofdText) error {
	if isBlank(t.text) {
		return nil
	}
	size := max(t.size, 0.5)
	switch {
	case t.kind == scanner.KindHidden:
		return w.emit(scanner.KindHidden, t.text)
	case !w.open:
	case math.Abs(t.y-w.last.y) > size*0.4 || t.x < w.last.x-size*0.2:
		w.endLine()
	case t.x-w.last.end > size*3:
		w.line.WriteByte('\t') // the next column
	case t.x-w.last.end > size*0.6:
		w.line.WriteByte(' ')
	}
	w.line.WriteString(t.text)
	w.last, w.open = t, true
	return nil
}

func (w *ofdLines) endLine() {
	if s := strings.TrimSpace(w.line.String()); s != "" {
		w.lines = append(w.lines, s)
	}
	w.line.Reset()
	w.open = false
}

// flush gives what was collected.
func (w *ofdLines) flush() error {
	w.endLine()
	for len(w.lines) > 0 {
		n := paragraph(w.lines)
		if err := w.emit(w.kind, strings.Join(w.lines[:n], "\n")); err != nil {
			return err
		}
		w.lines = w.lines[n:]
	}
	return nil
}

func (w *ofdLines) emit(kind scanner.Kind, text string) error {
	w.number++
	return w.r.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: w.page, Line: w.number}, Text: text})
}

// readAtMost reads r up to max bytes.
func readAtMost(r io.Reader, max int64) ([]byte, error) { return io.ReadAll(io.LimitReader(r, max)) }
