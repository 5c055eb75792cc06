package document

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"prescreen/scanner"
)

// pptRec writes a record; containers have version 15.
func pptRec(ver, inst, typ int, body ...[]byte) []byte {
	var all []byte
	for _, b := range body {
		all = append(all, b...)
	}
	out := binary.LittleEndian.AppendUint16(nil, uint16(ver|inst<<4))
	out = binary.LittleEndian.AppendUint16(out, uint16(typ))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(all)))
	return append(out, all...)
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func words(v ...uint32) []byte {
	var out []byte
	for _, w := range v {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

func shorts(v ...int16) []byte {
	var out []byte
	for _, w := range v {
		out = binary.LittleEndian.AppendUint16(out, uint16(w))
	}
	return out
}

// pptShapeWith is a shape with text of a type at a place.
func pptShapeWith(header uint32, text string, anchor []byte, placeholder bool) []byte {
	parts := [][]byte{pptRec(0, 0, pptAnchor, anchor)}
	if placeholder {
		parts = append(parts, pptRec(15, 0, pptClientData, pptRec(0, 0, pptPlaceholder, words(0, 0))))
	}
	parts = append(parts, pptRec(0, 0, pptClientText, pptRec(0, 0, pptHeaderText, words(header)), pptRec(0, 0, pptChars, wide(text))))
	return pptRec(15, 0, pptShape, parts...)
}

// pptStream is the main stream of a presentation with text in every place, and
// where its last edit stands.
func pptStream() (data []byte, edit int) {
	inside, outside := shorts(10, 10, 100, 100), shorts(10, 6000, 6100, 100)
	comment := pptRec(15, 0, 5000, pptRec(15, 0, 5002, pptRec(0, 0, pptCString, wide("___PPT10")),
		pptRec(0, 0, pptTagData, pptRec(15, 0, pptComment, pptRec(0, 0, pptCString, wide("批者")), pptRec(0, 1, pptCString, wide("批注")), pptRec(0, 2, pptCString, wide("P"))))))
	slide1 := pptRec(15, 0, pptSlide, pptShapeWith(0, "标题", inside, false), pptShapeWith(4, "页外", outside, false), comment)
	slide2 := pptRec(15, 0, pptSlide, pptRec(0, 0, pptSlideInfo, words(0, 0, 4<<16)), pptShapeWith(4, "隐藏页", inside, false))
	notes := pptRec(15, 0, pptNotes, pptRec(0, 0, pptNotesAtom, words(256, 0)), pptShapeWith(2, "备注", inside, false))
	master := pptRec(15, 0, pptMaster, pptShapeWith(1, "单击此处编辑", inside, true), pptShapeWith(4, "母版单位", inside, false))
	old := pptRec(15, 0, pptSlide, pptShapeWith(4, "旧稿", inside, false))
	persist := func(id, slide uint32) []byte { return pptRec(0, 0, pptPersist, words(id, 0, 0, slide)) }
	doc := pptRec(15, 0, pptDocument, pptRec(1, 0, pptDocumentAtom, words(5760, 4320)),
		pptRec(15, 1, pptSlideList, persist(2, 0)),
		pptRec(15, 0, pptSlideList, persist(3, 256), persist(4, 257)),
		pptRec(15, 2, pptSlideList, persist(5, 300)))
	var offsets []uint32
	for _, part := range [][]byte{doc, master, slide1, slide2, notes} {
		offsets = append(offsets, uint32(len(data)))
		data = append(data, part...)
	}
	data = append(data, old...)
	dir := uint32(len(data))
	data = append(data, pptRec(0, 0, pptPersistDir, words(append([]uint32{5<<20 | 1}, offsets...)...))...)
	edit = len(data)
	return append(data, pptRec(0, 0, pptUserEdit, words(0, 0, 0, dir, 0, 0, 0))...), edit
}

func TestPPT(t *testing.T) {
	data, edit := pptStream()
	p := parserForTest(t, Config{})
	f := fileForTest(t, p, "ppt", data)
	var segments []scanner.Segment
	f.sink = func(s scanner.Segment) error { segments = append(segments, s); return nil }
	r := &pptReader{f: f, ctx: t.Context(), data: data, offsets: map[uint32]int{}, pages: map[uint32]int{}, visited: map[int]bool{}, people: map[string]bool{}}
	r.readEdits(edit)
	if err := r.read(); err != nil {
		t.Fatal(err)
	}
	onPage := func(n int) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Page == n }
	}
	checkWants(t, &Result{Segments: segments}, []want{
		{"标题", scanner.KindTitle, onPage(1)},
		{"页外", scanner.KindHidden, onPage(1)},
		{"批注", scanner.KindComment, onPage(1)},
		{"批者", scanner.KindComment, nil},
		{"隐藏页", scanner.KindHidden, onPage(2)},
		{"备注", scanner.KindNote, onPage(1)},
		{"单击此处编辑", scanner.KindHidden, nil},
		{"母版单位", scanner.KindBody, nil},
		{"旧稿", scanner.KindRevision, nil},
	})
}
