package document

import (
	"encoding/binary"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// docWalker turns a range of the text into segments.
type docWalker struct {
	d    *wordDoc
	kind scanner.Kind

	body   []rune
	plain  bool // body has text that is not an insertion
	extra  []wordPiece
	fields []docField
	block  int

	table, row, col int
	inTable         bool
}

type docField struct {
	code   []rune
	result bool
}

// walk gives the characters from cp to end as blocks of kind.
func (d *wordDoc) walk(kind scanner.Kind, cp, end int) error {
	w := &docWalker{d: d, kind: kind}
	i := sort.Search(len(d.pieces), func(i int) bool { return d.pieces[i].cpEnd > cp })
	for ; i < len(d.pieces) && d.pieces[i].cp < end; i++ {
		p := d.pieces[i]
		from, to := max(cp, p.cp), min(end, p.cpEnd)
		size := 1
		if p.wide {
			size = 2
		}
		at := p.offset + size*(from-p.cp)
		stop := p.offset + size*(to-p.cp)
		for at < stop {
			flags, until := d.flagsAt(at)
			until = min(until, stop)
			if until <= at || size == 2 && (until-at)%2 == 1 {
				until = min(stop, max(until, at)+1)
			}
			if err := w.run(at, until, size, flags); err != nil {
				return err
			}
			at = until
		}
		if err := d.f.budget.ctx.Err(); err != nil {
			return err
		}
	}
	return w.flush(docPara{})
}

func (w *docWalker) run(at, until, size int, flags docFlags) error {
	b := w.d.main[at:until]
	if size == 1 {
		return w.narrow(b, at, flags)
	}
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(binary.LittleEndian.Uint16(b[i:]))
		if utf16.IsSurrogate(r) && i+3 < len(b) {
			if full := utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[i+2:]))); full != utf8.RuneError {
				w.text(full, flags)
				i += 2
				continue
			}
		}
		if err := w.char(r, at+i, flags); err != nil {
			return err
		}
	}
	return nil
}

// narrow reads one-byte text: Windows-1252, though some writers put GBK there.
func (w *docWalker) narrow(b []byte, at int, flags docFlags) error {
	text := codepage1252(b)
	if high := countHigh(b); high >= 2 && high*3 > len(b) {
		if s, res := charset.Decode(b, charset.Hint{}); res.Bad == 0 && countHan(s) > 0 {
			text = []rune(s)
		}
	}
	for i, r := range text {
		if err := w.char(r, at+min(i, len(b)-1), flags); err != nil {
			return err
		}
	}
	return nil
}

func countHigh(b []byte) int {
	n := 0
	for _, c := range b {
		if c >= 0xA1 {
			n++
		}
	}
	return n
}

// codepage1252 decodes one rune per byte; the control area holds typographic
// marks.
func codepage1252(b []byte) []rune {
	const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	marks := []rune(high)
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
		if c >= 0x80 && c < 0xA0 {
			out[i] = marks[c-0x80]
		}
	}
	return out
}

func (w *docWalker) char(r rune, at int, flags docFlags) error {
	switch r {
	case '\r', '\x0c':
		return w.flush(w.d.paraAt(at))
	case '\x07':
		return w.cell(w.d.paraAt(at))
	case '\x13':
		w.fields = append(w.fields, docField{})
	case '\x14', '\x15':
		if n := len(w.fields); n > 0 {
			if !w.fields[n-1].result {
				w.fields[n-1].result = true
				w.extra = append(w.extra, fieldTexts(w.d.f, string(w.fields[n-1].code))...)
			}
			if r == '\x15' {
				w.fields = w.fields[:n-1]
			}
		}
	case '\x0b':
		w.text('\n', flags)
	case '\x1e':
		w.text('-', flags)
	case '\t':
		w.text('\t', flags)
	default:
		if r >= 0x20 && r != 0xFFFC && r != 0x7F {
			w.text(r, flags)
		}
	}
	return nil
}

func (w *docWalker) text(r rune, flags docFlags) {
	if n := len(w.fields); n > 0 && !w.fields[n-1].result {
		w.fields[n-1].code = append(w.fields[n-1].code, r)
		return
	}
	switch {
	case flags&docDeleted != 0:
		w.extra = addPiece(w.extra, scanner.KindRevision, 'd', string(r))
	case flags&docHidden != 0:
		w.extra = addPiece(w.extra, scanner.KindHidden, 'h', string(r))
	default:
		if flags&docInserted != 0 {
			w.extra = addPiece(w.extra, scanner.KindRevision, 'i', string(r))
		} else {
			w.plain = w.plain || r > ' ' && r != 0x3000
			closePiece(w.extra)
		}
		w.body = append(w.body, r)
	}
}

// cell ends a cell, or a row where the mark is the one of the row.
func (w *docWalker) cell(p docPara) error {
	if !w.inTable {
		w.inTable, w.table, w.row, w.col = true, w.d.f.nextTable(), 1, 1
	}
	if p.row || len(w.d.paras) == 0 && len(w.body) == 0 && w.col > 1 {
		w.row++
		w.col = 1
		w.body, w.extra, w.plain = w.body[:0], nil, false
		return nil
	}
	p.inTable = true
	err := w.flush(p)
	w.col++
	return err
}

// flush gives the block that has just ended.
func (w *docWalker) flush(p docPara) error {
	if !p.inTable {
		w.inTable = false
	} else if !w.inTable {
		w.inTable, w.table, w.row, w.col = true, w.d.f.nextTable(), 1, 1
	}
	w.block++
	kind := w.kind
	if kind == scanner.KindBody && p.style >= 1 && p.style <= 9 {
		kind = scanner.KindHeading
	}
	if w.plain {
		if err := w.emit(kind, string(w.body)); err != nil {
			return err
		}
	}
	for i := range w.extra {
		if err := w.emit(w.extra[i].kind, string(w.extra[i].text)); err != nil {
			return err
		}
	}
	w.body, w.extra, w.plain = w.body[:0], nil, false
	return nil
}

func (w *docWalker) emit(kind scanner.Kind, text string) error {
	s := scanner.Segment{Place: scanner.Place{Kind: kind, Line: w.block}, Text: strings.TrimSpace(text)}
	if w.inTable {
		s.Table, s.Row, s.Col = w.table, w.row, w.col
	}
	return w.d.f.emit(s)
}
