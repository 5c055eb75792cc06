package document

import (
	"bytes"
	"encoding/binary"
	"strings"

	"prescreen/scanner"
)

// properties reads the property sets of a storage ([MS-OLEPS]).
func (s *oleStorage) properties() error {
	for _, name := range []string{"SummaryInformation", "DocumentSummaryInformation"} {
		data := s.stream(name)
		if len(data) < 48 || binary.LittleEndian.Uint16(data) != 0xFFFE {
			continue
		}
		sections := min(int(binary.LittleEndian.Uint32(data[24:])), 4)
		for i := range sections {
			r := byteReader{data: data, pos: 28 + 20*i + 16}
			if offset := int(r.u32()); !r.short && offset >= 48 && offset < len(data) {
				if err := s.propertySet(data[offset:], name == "SummaryInformation"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *oleStorage) propertySet(data []byte, summary bool) error {
	r := byteReader{data: data, pos: 4}
	count := min(int(r.u32()), 4096)
	codepage := 0
	type entry struct{ id, offset int }
	var entries []entry
	for range count {
		e := entry{int(r.u32()), int(r.u32())}
		if r.short {
			break
		}
		if e.id == 1 {
			v := byteReader{data: data, pos: e.offset + 4}
			codepage = v.u16()
		}
		entries = append(entries, e)
	}
	for _, e := range entries {
		v := byteReader{data: data, pos: e.offset}
		if e.offset < 8 || e.offset >= len(data) {
			continue
		}
		if e.id == 0 {
			if err := s.dictionary(&v, codepage); err != nil {
				return err
			}
			continue
		}
		text := strings.TrimSpace(propertyText(&v, codepage, 0))
		if text == "" || summary && (e.id == 9 || e.id == 18) {
			continue // revision count, name of the program
		}
		if summary && e.id == 2 {
			s.f.title(text)
		}
		if err := s.f.text(scanner.KindProperty, text); err != nil {
			return err
		}
	}
	return nil
}

// dictionary reads the names of custom properties.
func (s *oleStorage) dictionary(r *byteReader, codepage int) error {
	for range min(int(r.u32()), 4096) {
		r.u32()
		n := int(r.u32())
		var name string
		if codepage == 1200 {
			name = r.utf16(n)
			r.pos = (r.pos + 3) &^ 3
		} else {
			name = codepageString(r.take(n), codepage)
		}
		if r.short {
			return nil
		}
		if name = strings.TrimRight(name, "\x00"); strings.HasPrefix(name, "_PID_") {
			continue
		}
		if err := s.f.text(scanner.KindProperty, name); err != nil {
			return err
		}
	}
	return nil
}

// propertyText gives the texts of a typed value; numbers and dates give none.
func propertyText(r *byteReader, codepage, depth int) string {
	typ := int(r.u32())
	switch {
	case typ == 0x1E || typ == 0x08: // VT_LPSTR, VT_BSTR
		n := int(r.u32())
		return strings.TrimRight(codepageString(bytes.TrimRight(r.take(n), "\x00"), codepage), "\x00")
	case typ == 0x1F: // VT_LPWSTR
		return strings.TrimRight(r.utf16(int(r.u32())), "\x00")
	case typ == 0x101E || typ == 0x101F || typ == 0x100C: // vectors
		if depth > 2 {
			return ""
		}
		var parts []string
		for range min(int(r.u32()), 1000) {
			var text string
			switch typ {
			case 0x101E:
				n := int(r.u32())
				text = codepageString(bytes.TrimRight(r.take(n), "\x00"), codepage)
			case 0x101F:
				text = strings.TrimRight(r.utf16(int(r.u32())), "\x00")
				r.pos = (r.pos + 3) &^ 3
			default:
				text = propertyText(r, codepage, depth+1)
				r.pos = (r.pos + 3) &^ 3
			}
			if r.short {
				break
			}
			if countHan(text) > 0 {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, "\n")
	case typ == 3:
		r.u32()
	}
	return ""
}
