package document

import (
	"bytes"
	"context"
)

// The engine gives no access to most of what a PDF file carries beside its
// pages: fields without a widget, scripts of fields and pages, launch actions,
// layers, private data. This file goes through the objects of the file itself
// (ISO 32000-1, 7.3), in the order they are stored, without following the
// tables: what no table mentions any more is seen as well.

// pdfObjectsMax bounds the files whose objects are gone through: it is done in
// memory.
const pdfObjectsMax = 128 << 20

// pdfEntry is one string of a dictionary.
type pdfEntry struct {
	key  string // it stands under, the nearest one above it
	text string
}

// pdfDict is one dictionary as far as it is of interest.
type pdfDict struct {
	id      int
	types   []string          // values of Type, Subtype, S and FT, its inner dictionaries' too
	strings []pdfEntry        // in their order
	refs    map[string]string // key → "12 0 R"
	stream  []byte            // undecoded, from behind the keyword to the next object; nil when there is none
	filter  string
	clear   bool // a graphics state that lets everything through
}

func (d *pdfDict) is(typ string) bool {
	for _, t := range d.types {
		if t == typ {
			return true
		}
	}
	return false
}

// eachPDFObject calls fn for every object of data, those packed in object
// streams included.
func eachPDFObject(ctx context.Context, f *file, data []byte, fn func(*pdfDict)) error {
	at := pdfNextObject(data, 0)
	for n := 0; at.body >= 0 && n < 500_000; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		next := pdfNextObject(data, at.body)
		end := len(data)
		if next.body >= 0 {
			end = next.start
		}
		d := parsePDFDict(at.id, data[at.body:end])
		if d.is("ObjStm") {
			for id, packed := range pdfObjectStream(f, data[at.body:end]) {
				fn(parsePDFDict(id, packed))
			}
		} else {
			fn(d)
		}
		at = next
	}
	return nil
}

// pdfPlace is where an object begins, with its number, and its content; body
// is -1 when there is none.
type pdfPlace struct{ id, start, body int }

// pdfNextObject finds "12 0 obj" from an offset on.
func pdfNextObject(data []byte, from int) pdfPlace {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(" obj"))
		if i < 0 {
			break
		}
		at := from + i
		from = at + 4
		gen := at
		for gen > 0 && at-gen < 6 && isDigit(data[gen-1]) {
			gen--
		}
		if gen == at || gen == 0 || data[gen-1] != ' ' {
			continue
		}
		id := gen - 1
		for id > 0 && gen-1-id < 10 && isDigit(data[id-1]) {
			id--
		}
		if id < gen-1 {
			return pdfPlace{atoi(string(data[id : gen-1])), id, from}
		}
	}
	return pdfPlace{body: -1}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
