package document

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"prescreen/scanner"
)

// binRecords reads the records of a binary part of a workbook ([MS-XLSB]
// 2.1.4): what is an element of XLSX is a record in XLSB.
type binRecords struct {
	r    *bufio.Reader
	err  error // why the records break off, nil at their end
	typ  int
	body byteReader // valid until the next record
	buf  []byte
}

// binMaxRecord is the longest record that is kept: a text has 32,767
// characters at most, of which all may look different.
const binMaxRecord = 1 << 20

// next reads a record. One that is too long to be true is passed over.
func (b *binRecords) next() bool {
	typ, err := b.varint(2)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			b.err = err
		}
		return false
	}
	size, err := b.varint(4)
	if err == nil && size > binMaxRecord {
		_, err = b.r.Discard(size)
		size = 0
	}
	if err == nil {
		if cap(b.buf) < size {
			b.buf = make([]byte, max(size, 4096))
		}
		b.buf = b.buf[:size]
		_, err = io.ReadFull(b.r, b.buf)
	}
	if err != nil {
		b.err = io.ErrUnexpectedEOF
		var flt *fault
		if errors.As(err, &flt) {
			b.err = err
		}
		return false
	}
	b.typ, b.body = typ, byteReader{data: b.buf}
	return true
}

// varint reads a number of at most n bytes, seven bits in each.
func (b *binRecords) varint(n int) (int, error) {
	v := 0
	for i := range n {
		c, err := b.r.ReadByte()
		if err != nil {
			if i > 0 {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		v |= int(c&0x7F) << (7 * i)
		if c < 0x80 {
			break
		}
	}
	return v, nil
}

// wide reads a text with its length before it; there may be none.
func (r *byteReader) wide() string {
	n := r.u32()
	if n == 0xFFFFFFFF {
		return ""
	}
	if n > uint32(len(r.data)) {
		r.short = true
		r.pos = len(r.data)
		return ""
	}
	return r.utf16(int(n))
}

// walkBin runs fn over a binary part. A part that is missing is no fault here.
func (p *ooxml) walkBin(name string, fn func(b *binRecords) error) error {
	key := strings.ToLower(name)
	if p.done[key] {
		return nil
	}
	p.done[key] = true
	r, err := p.openPart(name)
	if r == nil || err != nil {
		return err
	}
	b := &binRecords{r: bufio.NewReader(r)}
	if err := fn(b); err != nil {
		return err
	}
	return p.partFault(name, b.err)
}

// walkEither runs the function for the form the part has: XML or binary.
func (p *ooxml) walkEither(name string, text func(x *xmlLexer) error, bin func(b *binRecords) error) error {
	if strings.EqualFold(path.Ext(name), ".bin") {
		return p.walkBin(name, bin)
	}
	return p.walk(name, text)
}

// isBinPart reports whether a part is one of those binary in XLSB; objects and
// macros are files of their own there as elsewhere.
func (p *ooxml) isBinPart(lower string) bool {
	return p.f.typ == "xlsb" && path.Ext(lower) == ".bin" && !strings.Contains(lower, "embeddings/") && !strings.Contains(lower, "vbaproject")
}

// readBinRest gives the texts of a binary part without a reader of its own:
// caches of pivot tables and of other workbooks, tables, connections.
func (p *ooxml) readBinRest(name string) error {
	lower := strings.ToLower(name)
	if strings.Contains(lower, "binaryindex") || strings.Contains(lower, "calcchain") {
		return nil
	}
	kind, all := scanner.KindProperty, false
	if strings.Contains(lower, "pivotcache") || strings.Contains(lower, "externallink") {
		kind, all = scanner.KindHidden, true
	}
	p.done[lower] = false
	return p.walkBin(name, func(b *binRecords) error {
		for b.next() {
			for _, s := range wideTexts(b.body.data) {
				if !all {
					s = tellingName(s)
				}
				if err := p.f.text(kind, s); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// binMaxText bounds the texts that are searched for, for the time it takes.
const binMaxText = 4096

// wideTexts finds the texts in a record of unknown make: their length stands
// before them, in four bytes.
func wideTexts(data []byte) []string {
	var out []string
	for i := 0; i+6 <= len(data); i++ {
		r := byteReader{data: data, pos: i}
		n := r.u32()
		if n < 2 || n > binMaxText || int64(n)*2 > int64(len(data)-i-4) {
			continue
		}
		s := r.utf16(int(n))
		if binaryText(s) || n < 4 && countHan(s) < 2 || nameScore(s) < 0 {
			continue
		}
		out = append(out, s)
		i = r.pos - 1
	}
	return out
}

// binLiterals gives the texts in a formula that say something. A text stands
// behind its mark, with its length in characters.
func (p *ooxml) binLiterals(place scanner.Place, formula []byte) error {
	const mark = 0x17
	for i := 0; i+3 < len(formula); i++ {
		at := bytes.IndexByte(formula[i:], mark)
		if at < 0 {
			return nil
		}
		i += at
		r := byteReader{data: formula, pos: i + 1}
		text := r.utf16(r.u16())
		if r.short || !tellingLiteral(text) {
			continue
		}
		if err := p.f.emit(scanner.Segment{Place: place, Text: text}); err != nil {
			return err
		}
		i = r.pos - 1
	}
	return nil
}
