package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"

	"prescreen/scanner"
)

// pptReader reads a PowerPoint 97-2003 file ([MS-PPT]), also written by WPS.
type pptReader struct {
	f    *file
	ctx  context.Context
	data []byte

	offsets map[uint32]int // persist object → offset of its newest version
	pages   map[uint32]int // slide id → page
	visited map[int]bool   // offsets of top-level records that were read
	width   int            // of a slide, in master units
	height  int
	people  map[string]bool
}

// Record types of the document stream.
const (
	pptDocument     = 1000
	pptDocumentAtom = 1001
	pptSlide        = 1006
	pptNotes        = 1008
	pptNotesAtom    = 1009
	pptPersist      = 1011
	pptMaster       = 1016
	pptSlideInfo    = 1017
	pptHeaderText   = 3999
	pptChars        = 4000
	pptBytes        = 4008
	pptCString      = 4026
	pptHandout      = 4041
	pptHyperlink    = 4055
	pptHeadFoot     = 4057
	pptSlideList    = 4080
	pptOleObject    = 4113
	pptUserEdit     = 4085
	pptPersistDir   = 6002
	pptComment      = 12000
	pptClientText   = 0xF00D
	pptShape        = 0xF004
	pptAnchor       = 0xF010
	pptClientData   = 0xF011
	pptPlaceholder  = 3011
	pptProgTags     = 5000
	pptFontEntity   = 4023
	pptTagData      = 5003 // records of later versions, inside an atom
)

type pptRecord struct {
	inst, typ int
	container bool
	body      []byte
	at        int // offset of the record in the stream
}

func readPPT(ctx context.Context, s *oleStorage) error {
	p := &pptReader{
		f: s.f, ctx: ctx, data: s.stream("PowerPoint Document"),
		offsets: map[uint32]int{}, pages: map[uint32]int{}, visited: map[int]bool{}, people: map[string]bool{},
	}
	user := s.stream("Current User")
	if len(user) >= 20 {
		if binary.LittleEndian.Uint32(user[12:]) == 0xF3D1C4DF {
			return failf(scanner.StatusEncrypted, "encrypted, needs a password")
		}
		p.readEdits(int(binary.LittleEndian.Uint32(user[16:])))
	}
	if err := p.read(); err != nil {
		return err
	}
	return oleImages(ctx, s.f, s.stream("Pictures"))
}

// recordAt reads the record at an offset of data.
func recordAt(data []byte, at int) (pptRecord, bool) {
	if at < 0 || at+8 > len(data) {
		return pptRecord{}, false
	}
	head := int(binary.LittleEndian.Uint16(data[at:]))
	size := int(binary.LittleEndian.Uint32(data[at+4:]))
	end := at + 8 + size
	if size < 0 || end > len(data) {
		end = len(data)
	}
	return pptRecord{
		inst: head >> 4, typ: int(binary.LittleEndian.Uint16(data[at+2:])),
		container: head&0xF == 0xF, body: data[at+8 : end], at: at,
	}, true
}

// each calls fn for the records of data one after the other.
func each(data []byte, fn func(r pptRecord) error) error {
	for at := 0; ; {
		r, ok := recordAt(data, at)
		if !ok {
			return nil
		}
		if err := fn(r); err != nil {
			return err
		}
		at += 8 + len(r.body)
	}
}

// readEdits follows the chain of saves from the newest to the oldest and notes
// where the newest version of every object is.
func (p *pptReader) readEdits(at int) {
	for n := 0; n < 1000 && at > 0; n++ {
		r, ok := recordAt(p.data, at)
		if !ok || r.typ != pptUserEdit || len(r.body) < 16 {
			return
		}
		p.visited[at] = true
		dir, ok := recordAt(p.data, int(binary.LittleEndian.Uint32(r.body[12:])))
		if ok && dir.typ == pptPersistDir {
			p.visited[dir.at] = true
			d := byteReader{data: dir.body}
			for !d.short && d.pos+4 <= len(d.data) {
				head := d.u32()
				for i := range head >> 20 {
					offset := int(d.u32())
					if id := head&0xFFFFF + i; !d.short && p.offsets[id] == 0 {
						p.offsets[id] = offset
					}
				}
			}
		}
		previous := int(binary.LittleEndian.Uint32(r.body[8:]))
		if previous >= at {
			return
		}
		at = previous
	}
}

// read walks the document record, then the slides and notes in its order, then
// whatever no list names: older versions and deleted slides.
func (p *pptReader) read() error {
	type item struct {
		at, page int
		kind     scanner.Kind
	}
	var items []item
	err := each(p.data, func(r pptRecord) error {
		if r.typ != pptDocument {
			return nil
		}
		current := false
		for _, offset := range p.offsets {
			current = current || offset == r.at
		}
		if !current && len(p.offsets) > 0 {
			return nil
		}
		p.visited[r.at] = true
		err := p.lists(r.body, func(list int, persist, id uint32, n int) {
			at := p.offsets[persist]
			switch list {
			case 0:
				p.pages[id] = n
				items = append(items, item{at, n, scanner.KindBody})
			case 1:
				items = append(items, item{at, 0, scanner.KindBody})
			case 2:
				items = append(items, item{at, 0, scanner.KindNote})
			}
		})
		if err != nil {
			return err
		}
		return p.walk(r.body, pptPlace{kind: scanner.KindProperty, document: true}, 0)
	})
	if err != nil {
		return err
	}
	for _, it := range items {
		r, ok := recordAt(p.data, it.at)
		if !ok || it.at == 0 || p.visited[it.at] {
			continue
		}
		p.visited[it.at] = true
		if err := p.part(r, pptPlace{kind: it.kind, page: it.page}); err != nil {
			return err
		}
	}
	return each(p.data, func(r pptRecord) error {
		if p.visited[r.at] || p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		place := pptPlace{kind: scanner.KindRevision}
		if len(p.offsets) == 0 {
			place.kind = scanner.KindBody
		}
		for _, offset := range p.offsets {
			if offset == r.at {
				place.kind = scanner.KindBody
			}
		}
		return p.part(r, place)
	})
}

// lists reads the slide lists of the document: 0 slides, 1 masters, 2 notes.
func (p *pptReader) lists(doc []byte, fn func(list int, persist, id uint32, n int)) error {
	return each(doc, func(r pptRecord) error {
		switch r.typ {
		case pptDocumentAtom:
			if len(r.body) >= 8 {
				p.width = int(binary.LittleEndian.Uint32(r.body))
				p.height = int(binary.LittleEndian.Uint32(r.body[4:]))
			}
		case pptSlideList:
			n := 0
			return each(r.body, func(s pptRecord) error {
				if s.typ == pptPersist && len(s.body) >= 16 {
					n++
					fn(r.inst, binary.LittleEndian.Uint32(s.body), binary.LittleEndian.Uint32(s.body[12:]), n)
				}
				return nil
			})
		}
		return nil
	})
}

// pptPlace is where the text of a record stands.
type pptPlace struct {
	kind     scanner.Kind
	page     int
	document bool // inside the document record
	master   bool
	hidden   bool
	holder   bool // shape is a placeholder
}

// part reads one slide, notes page or master.
func (p *pptReader) part(r pptRecord, at pptPlace) error {
	switch r.typ {
	case pptNotes:
		if at.kind == scanner.KindBody {
			at.kind = scanner.KindNote
		}
	case pptMaster, pptHandout:
		at.master = true
	case pptSlide:
	case pptOleObject:
		return p.oleObject(r)
	case pptDocument:
	default:
		if !r.container {
			return nil
		}
	}
	_ = each(r.body, func(s pptRecord) error { // fn never fails
		switch s.typ {
		case pptSlideInfo:
			if len(s.body) >= 12 && s.body[10]&4 != 0 {
				at.hidden = true
			}
		case pptNotesAtom:
			if len(s.body) >= 4 {
				at.page = p.pages[binary.LittleEndian.Uint32(s.body)]
			}
		}
		return nil
	})
	return p.walk(r.body, at, 0)
}

func (p *pptReader) walk(data []byte, at pptPlace, depth int) error {
	if depth > 30 {
		return nil
	}
	header := -1
	return each(data, func(r pptRecord) error {
		here := at
		switch r.typ {
		case pptHeaderText:
			if len(r.body) >= 4 {
				header = int(binary.LittleEndian.Uint32(r.body))
			}
			return nil
		case pptChars:
			return p.text(utf16String(r.body), here, header)
		case pptBytes:
			return p.text(latin1String(r.body), here, header)
		case pptCString:
			return p.cstring(utf16String(r.body), here)
		case pptComment:
			return p.comment(r.body, here)
		case pptHyperlink:
			return p.hyperlink(r.body)
		case pptOleObject:
			return p.oleObject(r)
		case pptSlideList:
			// The outline repeats what the slides hold.
			if len(p.offsets) > 0 {
				return nil
			}
		case pptHeadFoot:
			here.kind = scanner.KindFooter
		case pptShape:
			here = p.shape(r.body, here)
		case artOPT, artOPT2, artOPT3:
			return artProperties(p.f, r.inst, r.body, "")
		case pptFontEntity:
			return nil
		}
		if r.container || r.typ == pptClientText || r.typ == pptTagData {
			return p.walk(r.body, here, depth+1)
		}
		return nil
	})
}

// shape looks at where a shape is and whether it is a placeholder.
func (p *pptReader) shape(data []byte, at pptPlace) pptPlace {
	_ = each(data, func(r pptRecord) error { // fn never fails
		switch r.typ {
		case pptAnchor:
			b := byteReader{data: r.body}
			var top, left, right, bottom int
			if len(r.body) >= 16 {
				top, left, right, bottom = int(int32(b.u32())), int(int32(b.u32())), int(int32(b.u32())), int(int32(b.u32()))
			} else {
				top, left, right, bottom = int(int16(b.u16())), int(int16(b.u16())), int(int16(b.u16())), int(int16(b.u16()))
			}
			if p.width > 0 && !b.short && at.page > 0 && (left >= p.width || right <= 0 || top >= p.height || bottom <= 0) {
				at.hidden = true
			}
		case pptClientData:
			_ = each(r.body, func(s pptRecord) error {
				at.holder = at.holder || s.typ == pptPlaceholder
				return nil
			})
		}
		return nil
	})
	return at
}

// text gives the paragraphs of a text run.
func (p *pptReader) text(s string, at pptPlace, header int) error {
	kind := at.kind
	switch {
	case at.master && at.holder:
		kind = scanner.KindHidden // the prompt of a placeholder
	case at.hidden && kind == scanner.KindBody:
		kind = scanner.KindHidden
	case kind == scanner.KindBody && (header == 0 || header == 6):
		kind = scanner.KindTitle
	case at.document:
		kind = scanner.KindBody
	}
	for para := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '\r' }) {
		para = strings.TrimSpace(strings.Map(func(r rune) rune {
			switch {
			case r == '\x0b':
				return '\n'
			case r < 0x20 && r != '\t' && r != '\n':
				return -1
			}
			return r
		}, para))
		if para == "*" {
			continue // stands for a field: date, page number
		}
		if kind == scanner.KindTitle {
			p.f.title(para)
		}
		if err := p.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: at.page}, Text: para}); err != nil {
			return err
		}
	}
	return nil
}

// cstring gives a string outside text runs: footers, names people chose, tags.
func (p *pptReader) cstring(s string, at pptPlace) error {
	s = trimNul(s)
	if at.kind != scanner.KindFooter {
		if tellingName(s) == "" {
			return nil
		}
		at.kind = scanner.KindProperty
	}
	return p.f.emit(scanner.Segment{Place: scanner.Place{Kind: at.kind, Page: at.page}, Text: s})
}

func (p *pptReader) comment(data []byte, at pptPlace) error {
	return each(data, func(r pptRecord) error {
		if r.typ != pptCString {
			return nil
		}
		text := strings.TrimSpace(utf16String(r.body))
		if r.inst != 1 { // author, initials
			if r.inst == 2 || p.people[text] {
				return nil
			}
			p.people[text] = true
		}
		return p.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindComment, Page: at.page}, Text: text})
	})
}

func (p *pptReader) hyperlink(data []byte) error {
	return each(data, func(r pptRecord) error {
		if r.typ != pptCString {
			return nil
		}
		s := trimNul(utf16String(r.body))
		kind := scanner.KindAttribute
		if r.inst == 1 {
			kind = scanner.KindLink
			p.f.link(Link{URL: s, Via: "a"})
		}
		return p.f.text(kind, s)
	})
}

// oleObject reads an embedded file, compressed or not.
func (p *pptReader) oleObject(r pptRecord) error {
	p.visited[r.at] = true
	data := r.body
	if r.inst == 1 {
		if len(data) < 8 {
			return nil
		}
		inner, err := inflateAll(p.f, data[4:], oleMaxStream)
		if err != nil && len(inner) == 0 {
			p.f.problem(scanner.StatusPartial, "an embedded object is damaged")
			return nil
		}
		data = inner
	}
	if bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")) {
		return p.f.childBytes(p.ctx, "object.bin", "", data)
	}
	return nil
}
