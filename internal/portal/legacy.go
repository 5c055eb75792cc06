package portal

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// The files of the office programs of 1997 to 2003, which WPS writes as well,
// as small as their programs still open them. The hidden text of a madeSpec is
// a hidden run, a cell of a very hidden sheet, the notes of a slide.

// wordFile writes a Word document ([MS-DOC]): one paragraph a line, the hidden
// text at the end of the first.
func (m *madeSpec) wordFile() []byte {
	const textAt, fibSize = 0x800, 0x800
	lines := append([]string{m.Title + "\x00" + m.Hidden}, m.Body...)
	first, rest, _ := strings.Cut(strings.Join(lines, "\r")+"\r", "\x00")
	hidden := m.Hidden
	text := utf16.Encode([]rune(first + rest))
	from := textAt + 2*len(utf16.Encode([]rune(first)))
	to := from + 2*len(utf16.Encode([]rune(hidden)))
	end := textAt + 2*len(text)
	le := binary.LittleEndian
	main := make([]byte, fibSize)
	le.PutUint16(main, 0xA5EC)
	le.PutUint16(main[2:], 0xC1)
	le.PutUint16(main[6:], 0x804) // Chinese
	le.PutUint16(main[0xA:], 0x0200)
	le.PutUint32(main[0x18:], textAt)
	le.PutUint32(main[0x1C:], uint32(end))
	le.PutUint16(main[0x20:], 14) // words that follow, then longs
	le.PutUint16(main[0x3E:], 22)
	le.PutUint32(main[0x4C:], uint32(len(text)))
	le.PutUint16(main[0x98:], 93) // pairs of position and length
	main = append(main, u16s(text...)...)
	main = pad(main, 512, 0)
	chars, paras := len(main)/512, len(main)/512+1
	main = append(main, runPage([]int{textAt, from, to, end}, [][]byte{nil, {0x3C, 0x08, 1}, nil})...)
	var ends []int
	for i, u := range text {
		if u == '\r' {
			ends = append(ends, textAt+2*(i+1))
		}
	}
	main = append(main, paragraphPage(append([]int{textAt}, ends...))...)

	var table []byte
	add := func(at int, data []byte) {
		le.PutUint32(main[at:], uint32(len(table)))
		le.PutUint32(main[at+4:], uint32(len(data)))
		table = append(table, data...)
	}
	add(0xA2, styleSheet())
	add(0xFA, u32s([]uint32{textAt, uint32(end), uint32(chars)}))
	add(0x102, u32s([]uint32{textAt, uint32(end), uint32(paras)}))
	piece := append(u32s([]uint32{0, uint32(len(text))}), 0, 0)
	piece = append(le.AppendUint32(piece, textAt), 0, 0)
	add(0x1A2, append(append([]byte{2}, u32s([]uint32{uint32(len(piece))})...), piece...))
	return oleFile([]oleStream{{"WordDocument", main}, {"1Table", table}})
}

// runPage is a page of character runs: their bounds and what changes them.
func runPage(bounds []int, changes [][]byte) []byte {
	page := make([]byte, 512)
	n := len(bounds) - 1
	for i, b := range bounds {
		binary.LittleEndian.PutUint32(page[4*i:], uint32(b))
	}
	at := 511
	for i, c := range changes {
		if len(c) == 0 {
			continue
		}
		at = (at - len(c) - 1) &^ 1
		page[at] = byte(len(c))
		copy(page[at+1:], c)
		page[4*(n+1)+i] = byte(at / 2)
	}
	page[511] = byte(n)
	return page
}

// paragraphPage is a page of plain paragraphs.
func paragraphPage(bounds []int) []byte {
	page := make([]byte, 512)
	for i, b := range bounds {
		binary.LittleEndian.PutUint32(page[4*i:], uint32(b))
	}
	page[511] = byte(len(bounds) - 1)
	return page
}

// styleSheet is one with the normal style and no other.
func styleSheet() []byte {
	info := u16s(15, 10, 0, 0x5B, 0, 0, 0, 0, 0)
	sheet := append(u16s(uint16(len(info))), info...)
	name := append(u16s(6), utf16le("Normal")...)
	style := append(u16s(0, 0x1001, 0x0022, 0, 0), append(name, 0, 0)...)
	style = append(style, u16s(2, 0, 0)...) // no changes to paragraphs and runs
	sheet = append(sheet, u16s(uint16(len(style)))...)
	sheet = append(sheet, style...)
	for range 14 {
		sheet = append(sheet, 0, 0)
	}
	return sheet
}

// biff writes one record of a workbook.
func biff(b *bytes.Buffer, typ uint16, body ...[]byte) {
	all := bytes.Join(body, nil)
	b.Write(u16s(typ, uint16(len(all))))
	b.Write(all)
}

// workbookFile writes an Excel workbook ([MS-XLS], BIFF8): the lines of the
// body are the rows of the first sheet, cells apart by "|".
func (m *madeSpec) workbookFile() []byte {
	bof := func(kind uint16) []byte { return u16s(0x0600, kind, 0x0DBB, 0x07CC, 0, 0, 0x0006, 0) }
	sheets := []struct {
		name  string
		state byte
		rows  []string
	}{{m.Title, 0, m.Body}, {"底册", 2, []string{m.Hidden}}}
	var globals bytes.Buffer
	biff(&globals, 0x0809, bof(5))
	biff(&globals, 0x0042, u16s(1200))
	biff(&globals, 0x003D, u16s(0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 0x258))
	for range 5 {
		biff(&globals, 0x0031, u16s(200, 0, 0x7FFF, 400, 0, 0, 0), []byte{5, 0}, []byte("Arial"))
	}
	for i := range 21 {
		kind := uint16(0xFFF5) // of a style
		if i >= 15 {
			kind = 1
		}
		biff(&globals, 0x00E0, u16s(0, 0, kind, 0x0020, 0, 0, 0, 0, 0, 0x20C0))
	}
	biff(&globals, 0x0293, u16s(0x8000), []byte{0, 0xFF})
	var patch []int // where the positions of the sheets go
	for _, s := range sheets {
		patch = append(patch, globals.Len()+4)
		name := utf16le(s.name)
		biff(&globals, 0x0085, make([]byte, 4), []byte{s.state, 0, byte(len(name) / 2), 1}, name)
	}
	biff(&globals, 0x000A)
	out := globals.Bytes()
	for i, s := range sheets {
		binary.LittleEndian.PutUint32(out[patch[i]:], uint32(len(out)))
		var b bytes.Buffer
		biff(&b, 0x0809, bof(0x10))
		for r, line := range s.rows {
			for c, text := range strings.Split(line, "|") {
				chars := utf16le(text)
				biff(&b, 0x0204, u16s(uint16(r), uint16(c), 15, uint16(len(chars)/2)), []byte{1}, chars)
			}
		}
		biff(&b, 0x023E, u16s(0x06B6, 0, 0, 0x40, 0, 0, 0, 0, 0))
		biff(&b, 0x000A)
		out = append(out, b.Bytes()...)
	}
	return oleFile([]oleStream{{"Workbook", out}})
}

// pptRecord writes one record of a presentation; containers have version 15.
func pptRecord(version, instance, typ int, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	out := u16s(uint16(version|instance<<4), uint16(typ))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(all)))
	return append(out, all...)
}

// slideShow writes a PowerPoint presentation ([MS-PPT]) of one slide with
// notes: the hidden text.
func (m *madeSpec) slideShow() []byte {
	box := func(kind uint32, text string) []byte {
		return pptRecord(15, 0, 0xF004, // a shape with its place and text
			pptRecord(2, 1, 0xF00A, u32s([]uint32{1025, 0xA00})),
			pptRecord(0, 0, 0xF010, u16s(300, 300, 5000, 1200)),
			pptRecord(15, 0, 0xF00D, pptRecord(0, 0, 3999, u32s([]uint32{kind})), pptRecord(0, 0, 4000, utf16le(text))))
	}
	page := func(typ int, atom []byte, shapes ...[]byte) []byte {
		group := pptRecord(15, 0, 0xF003, append([][]byte{pptRecord(15, 0, 0xF004,
			pptRecord(1, 0, 0xF009, make([]byte, 16)), pptRecord(2, 0, 0xF00A, u32s([]uint32{1024, 5})))}, shapes...)...)
		drawing := pptRecord(15, 0, 1036, pptRecord(15, 0, 0xF002, pptRecord(0, 1, 0xF008, u32s([]uint32{2, 1025})), group))
		return pptRecord(15, 0, typ, atom, drawing)
	}
	persist := func(ref, id uint32) []byte { return pptRecord(0, 0, 1011, u32s([]uint32{ref, 0, 0, id, 0})) }
	size := u32s([]uint32{5760, 4320, 4320, 5760, 1, 2, 0, 0})
	document := pptRecord(15, 0, 1000,
		pptRecord(1, 0, 1001, append(size, u16s(1, 0, 0, 1)...)),
		pptRecord(15, 0, 4080, persist(3, 256)),
		pptRecord(15, 2, 4080, persist(4, 256)),
		pptRecord(0, 0, 1002))
	slideAtom := func(notes uint32) []byte {
		return pptRecord(2, 0, 1007, append(u32s([]uint32{1, 0, 0, 0x80000000, notes}), 7, 0, 0, 0))
	}
	parts := [][]byte{
		document,
		page(1016, slideAtom(0)),
		page(1006, slideAtom(256), box(0, m.Title), box(1, strings.Join(m.Body, "\r"))),
		page(1008, pptRecord(1, 0, 1009, u32s([]uint32{256, 7})), box(2, m.Hidden)),
	}
	var data []byte
	directory := []uint32{uint32(len(parts))<<20 | 1}
	for _, p := range parts {
		directory = append(directory, uint32(len(data)))
		data = append(data, p...)
	}
	at := uint32(len(data))
	data = append(data, pptRecord(0, 0, 6002, u32s(directory))...)
	edit := uint32(len(data))
	data = append(data, pptRecord(0, 0, 4085, u32s([]uint32{256, 0x03000000, 0, at, 1, uint32(len(parts)), 1}))...)
	user := pptRecord(0, 0, 4086, u32s([]uint32{20, 0xE391C05F, edit}), u16s(0, 0x3F4, 3, 8))
	return oleFile([]oleStream{{"Current User", user}, {"PowerPoint Document", data}})
}

// message writes an Outlook message ([MS-OXMSG]) with one attachment: the
// hidden text.
func (m *madeSpec) message() []byte {
	const attachment = "__attach_version1.0_#00000000/"
	return oleFile([]oleStream{
		{"__properties_version1.0", make([]byte, 32)},
		{"__substg1.0_001A001F", utf16le("IPM.Note")},
		{"__substg1.0_0037001F", utf16le(m.Title)},
		{"__substg1.0_1000001F", utf16le(strings.Join(m.Body, "\r\n"))},
		{attachment + "__properties_version1.0", make([]byte, 8)},
		{attachment + "__substg1.0_3707001F", utf16le(madeMember)},
		{attachment + "__substg1.0_37010102", []byte(m.Hidden)},
	})
}
