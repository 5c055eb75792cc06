package document

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"testing"
)

// The font is what this makes; UPDATE=1 writes it.
func TestBoxFont(t *testing.T) {
	const path = "fonts/usr/share/fonts/box.ttf"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, boxFont(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, boxFont()) {
		t.Errorf("%s is not what boxFont makes (%v): run with UPDATE=1", path, err)
	}
}

// boxFont makes a TrueType font (ISO/IEC 14496-22) for the Chinese, Japanese
// and Korean code pages, of 1,000 units to the em.
func boxFont() []byte {
	const (
		em, ascent, descent = 1000, 880, -120
		left, right         = 60, 940
		bottom, top         = -60, 820
	)
	be := func(values ...any) []byte {
		var b []byte
		for _, v := range values {
			b, _ = binary.Append(b, binary.BigEndian, v) // numbers of fixed size
		}
		return b
	}
	box := func(right int16) []byte {
		b := be(int16(1), int16(left), int16(bottom), right, int16(top), // one contour and its box
			uint16(3), uint16(0), [4]uint8{1, 1, 1, 1}, // four points, no instructions, all on the curve
			[4]int16{left, 0, right - left, 0}, [4]int16{bottom, top - bottom, 0, bottom - top})
		return append(b, make([]byte, -len(b)&3)...)
	}
	wide, narrow := box(right), box(em/2-left)
	size := len(wide) / 2 // as loca counts
	name := func(id uint16, length, offset int) []byte {
		return be(uint16(3), uint16(1), uint16(0x409), id, uint16(length), uint16(offset))
	}
	family, style := be([]uint16{'B', 'o', 'x'}), be([]uint16{'R', 'e', 'g', 'u', 'l', 'a', 'r'})
	ranges := be([]uint32{0x20, 0x200F, 2, 0x2010, 0xD7FF, 1, 0xE000, 0xFFEF, 1, 0x10000, 0x3FFFF, 1})
	tables := map[string][]byte{
		"head": be(uint32(0x10000), uint32(0x10000), uint32(0), uint32(0x5F0F3CF5), uint16(0), uint16(em), uint64(0), uint64(0),
			int16(left), int16(bottom), int16(right), int16(top), uint16(0), uint16(8), int16(2), int16(0), int16(0)),
		"hhea": be(uint32(0x10000), int16(ascent), int16(descent), int16(0), uint16(em), int16(left), int16(em-right), int16(right),
			[8]int16{1}, uint16(1)),
		"maxp": be(uint32(0x10000), uint16(3), uint16(4), uint16(1), [11]uint16{2: 2}),
		"hmtx": be(uint16(em), [3]int16{left, left, left}),
		"glyf": slices.Concat(wide, wide, narrow), // the first for what the font does not map
		"loca": be([4]uint16{0, uint16(size), uint16(2 * size), uint16(3 * size)}),
		"cmap": append(be(uint16(0), uint16(1), uint16(3), uint16(10), uint32(12),
			uint16(13), uint16(0), uint32(16+len(ranges)), uint32(0), uint32(len(ranges)/12)), ranges...), // many to one
		"name": slices.Concat(be(uint16(0), uint16(2), uint16(6+2*12)), name(1, len(family), 0), name(2, len(style), len(family)), family, style),
		"post": be(uint32(0x30000), [7]uint32{}),
		"OS/2": be(uint16(1), int16(em), uint16(400), uint16(5), [12]int16{}, [10]uint8{}, [4]uint32{1: 0x28000000}, uint32(0), uint16(0x40),
			uint16(0x2E80), uint16(0xFFEF), int16(ascent), int16(descent), int16(0), uint16(ascent), uint16(-descent),
			[2]uint32{1<<17 | 1<<18 | 1<<19 | 1<<20 | 1<<21}),
	}
	out := be(uint32(0x10000), uint16(len(tables)), uint16(128), uint16(3), uint16(16*len(tables)-128))
	offset := len(out) + 16*len(tables)
	var body []byte
	for _, tag := range slices.Sorted(maps.Keys(tables)) {
		t := tables[tag]
		out = append(out, tag...)
		out = append(out, be(uint32(0), uint32(offset+len(body)), uint32(len(t)))...) // nobody looks at checksums
		body = append(body, t...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	return append(out, body...)
}
