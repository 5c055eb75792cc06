package document

import (
	"encoding/binary"
	"unicode/utf8"
)

// readSST reads the string table, which runs on over CONTINUE records: a
// string cut by their border begins again with a flag of its own.
func (x *xlsReader) readSST(body []byte) error {
	s := &sstReader{parts: append([][]byte{body}, x.continued()...)}
	s.skip(8)
	for !s.end() {
		n := s.u16()
		flags := s.u8()
		runs, ext := 0, 0
		if flags&8 != 0 {
			runs = s.u16()
		}
		if flags&4 != 0 {
			ext = s.u16() | s.u16()<<16
		}
		s.text = s.text[:0]
		s.chars(n, flags&1 != 0)
		s.skip(4*runs + max(0, ext))
		x.shared.data = append(x.shared.data, s.text...)
		x.shared.ends = append(x.shared.ends, len(x.shared.data))
		if len(x.shared.ends)%1024 == 0 {
			if err := x.f.budget.ctx.Err(); err != nil {
				return err
			}
		}
	}
	x.shared.used = make([]bool, len(x.shared.ends))
	return nil
}

type sstReader struct {
	parts [][]byte
	text  []byte
	high  rune // first half of a surrogate pair
}

// end reports whether everything is read; it steps over empty parts.
func (s *sstReader) end() bool {
	for len(s.parts) > 0 && len(s.parts[0]) == 0 {
		s.parts = s.parts[1:]
	}
	return len(s.parts) == 0
}

func (s *sstReader) u8() int {
	if s.end() {
		return 0
	}
	v := int(s.parts[0][0])
	s.parts[0] = s.parts[0][1:]
	return v
}

func (s *sstReader) u16() int { return s.u8() | s.u8()<<8 }

func (s *sstReader) skip(n int) {
	for n > 0 && !s.end() {
		k := min(n, len(s.parts[0]))
		s.parts[0] = s.parts[0][k:]
		n -= k
	}
}

func (s *sstReader) chars(n int, wide bool) {
	s.high = 0
	for n > 0 {
		if len(s.parts) == 0 {
			return
		}
		if len(s.parts[0]) == 0 {
			if s.end() {
				return
			}
			wide = s.u8()&1 != 0 // the flag a continued string begins with
			continue
		}
		p := s.parts[0]
		if !wide {
			k := min(n, len(p))
			for _, c := range p[:k] {
				s.put(rune(c))
			}
			s.parts[0] = p[k:]
			n -= k
			continue
		}
		k := min(n, len(p)/2)
		if k == 0 {
			s.parts[0] = nil
			n--
			continue
		}
		for i := range k {
			s.put(rune(binary.LittleEndian.Uint16(p[2*i:])))
		}
		s.parts[0] = p[2*k:]
		n -= k
	}
}

// put appends one UTF-16 unit, joining surrogate pairs.
func (s *sstReader) put(r rune) {
	switch {
	case r >= 0xD800 && r < 0xDC00:
		s.high = r
		return
	case r >= 0xDC00 && r < 0xE000:
		if s.high != 0 {
			r = (s.high-0xD800)<<10 + (r - 0xDC00) + 0x10000
		} else {
			r = utf8.RuneError
		}
	}
	s.high = 0
	s.text = utf8.AppendRune(s.text, r)
}
