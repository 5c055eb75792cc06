package document

import (
	"context"
	"errors"
	"strings"

	"prescreen/scanner"
)

// maxField is the length from which a quoted field is taken for one whose
// quote is missing.
const maxField = 256 << 10

// readCSV reads separated values: every cell is a segment with row, column
// and A1 reference. The separator is found from the text.
func readCSV(ctx context.Context, f *file) error {
	if f.size > textWhole {
		return readText(ctx, f) // too long to take apart, not too long to read
	}
	text, readErr := f.wholeText()
	if text == "" {
		return readErr
	}
	r := csvReader{src: text, sep: separator(text), line: 1}
	t := csvTable{f: f, ordinal: f.nextTable()}
	for cells := 0; r.more(); {
		row := r.record()
		if err := t.add(row, r.at); err != nil {
			return err
		}
		if cells += len(row); cells > textCells {
			return errors.Join(t.release(false), f.readRest(r.src, r.line), readErr)
		}
	}
	return errors.Join(t.release(false), readErr)
}

// csvReader reads records the way RFC 4180 writes them and forgives the rest:
// stray quotes are text, and a quote that never closes ends with its line.
type csvReader struct {
	src    string
	sep    byte
	line   int // of the next record
	at     int // of the last record
	fields []string
}

func (r *csvReader) more() bool { return r.src != "" }

func (r *csvReader) record() []string {
	r.fields = r.fields[:0]
	r.at = r.line
	for {
		field, end := r.field()
		r.fields = append(r.fields, field)
		if end {
			return r.fields
		}
	}
}

// field reads the next field and whether it was the last of its record.
func (r *csvReader) field() (string, bool) {
	if strings.HasPrefix(r.src, `"`) {
		if v, ok := r.quoted(); ok {
			return v, r.boundary()
		}
	}
	i := 0
	for i < len(r.src) && r.src[i] != r.sep && r.src[i] != '\n' && r.src[i] != '\r' {
		i++
	}
	v := r.src[:i]
	r.src = r.src[i:]
	return v, r.boundary()
}

// quoted reads a quoted field, false if its quote does not close in front of
// a separator or a line end.
func (r *csvReader) quoted() (string, bool) {
	doubled := false
	for i := 1; i < len(r.src) && i < maxField; i++ {
		if r.src[i] != '"' {
			continue
		}
		if i+1 < len(r.src) && r.src[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		if i+1 < len(r.src) && r.src[i+1] != r.sep && r.src[i+1] != '\n' && r.src[i+1] != '\r' {
			return "", false
		}
		v := r.src[1:i]
		r.line += countLines(v)
		r.src = r.src[i+1:]
		if doubled {
			v = strings.ReplaceAll(v, `""`, `"`)
		}
		return v, true
	}
	return "", false
}

// boundary passes what ends a field and tells whether it ends the record too.
func (r *csvReader) boundary() bool {
	switch {
	case r.src == "":
		return true
	case r.src[0] == r.sep:
		r.src = r.src[1:]
		return false
	}
	r.line++
	if strings.HasPrefix(r.src, "\r\n") {
		r.src = r.src[2:]
	} else {
		r.src = r.src[1:]
	}
	return true
}

// csvTable emits the rows of a table without markup; the first row of several
// cells is held back until it is known whether it names the columns.
type csvTable struct {
	f       *file
	ordinal int
	row     int
	held    []scanner.Segment
	decided bool
}

func (t *csvTable) add(fields []string, line int) error {
	t.row++
	first := len(t.held)
	for i, v := range fields {
		v = cellText(v)
		if isBlank(v) {
			continue
		}
		s := scanner.Segment{
			Place: scanner.Place{Kind: scanner.KindBody, Line: line, Cell: cellName(t.row, i+1)},
			Text:  v, Table: t.ordinal, Row: t.row, Col: i + 1,
		}
		if t.decided {
			if err := t.f.emit(s); err != nil {
				return err
			}
		} else {
			t.held = append(t.held, s)
		}
	}
	if t.decided || len(t.held)-first < 2 {
		return nil
	}
	t.decided = true
	return t.release(namesColumns(t.held[first:]))
}

// release emits what was held back; header tells about its last row.
func (t *csvTable) release(header bool) error {
	for _, s := range t.held {
		s.Header = header && s.Row == t.row
		if err := t.f.emit(s); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

// cellText removes what people put around numbers to keep spreadsheets from
// rewriting them: ="123", a tab, an apostrophe.
func cellText(v string) string {
	v = strings.Trim(v, " \t\u00A0\u3000")
	if strings.HasPrefix(v, `="`) && strings.HasSuffix(v, `"`) && len(v) > 3 {
		v = v[2 : len(v)-1]
	}
	if len(v) > 1 && v[0] == '\'' && v[1] >= '0' && v[1] <= '9' {
		v = v[1:]
	}
	return v
}

// separator finds what separates the fields of text: what occurs equally
// often in the first lines, outside quotes.
func separator(text string) byte {
	best, bestScore := byte(','), 0
	for _, sep := range []byte("\t,;|") {
		width, same, rows := 0, 0, 0
		rest := text[:min(len(text), 64<<10)]
		r := csvReader{src: rest, sep: sep}
		for r.more() && rows < 20 {
			n := len(r.record()) - 1
			rows++
			if n > 0 && n == width {
				same++
			}
			if n > 0 {
				width = n
			}
		}
		score := 0
		if width > 0 {
			score = same*4 + min(width, 3)
		}
		if score > bestScore {
			best, bestScore = sep, score
		}
	}
	return best
}
