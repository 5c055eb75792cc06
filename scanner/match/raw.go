package match

import "unicode/utf8"

// rawGate is the coarse sieve of engines that fold nothing. It looks at the
// bytes of two characters at once and decodes only what passes, so that it
// costs less than half of folding and sieving units.
type rawGate struct {
	cells []uint8 // by hash of the bytes of two characters, not both ASCII; bits as in classOf
	shift uint
	ones  *onesBitmap          // by hash of the bytes of one character
	ascii [1 << 14 / 64]uint64 // by two ASCII characters
}

// rawBytes is how much text is sieved at a time.
const rawBytes = 4096

// asciiPair numbers the two ASCII characters in the low bytes of x.
func asciiPair(x uint64) uint64 { return x&0x7F | x>>1&0x3F80 }

// firstBytes keeps the first n bytes of eight read little endian.
func firstBytes(x uint64, n int) uint64 { return x << (64 - 8*uint(n)) }

func hashOne(x uint64, n int) uint64 { return firstBytes(x, n) * mul64 >> 48 }

// build fills the sieve for patterns that consist of the characters as they
// are written.
func (g *rawGate) build(pats []pattern) {
	b := sizeFor(len(pats), 3, 12, 22)
	g.cells, g.shift = make([]uint8, 1<<b), 64-b
	g.ones = new(onesBitmap)
	for i := range pats {
		s := pats[i].text
		_, w := utf8.DecodeRuneInString(s)
		x := loadTail(s, 0)
		if w == len(s) {
			h := hashOne(x, w)
			g.ones[h>>6] |= 1 << (h & 63)
			for c := uint64(0); w == 1 && c < utf8.RuneSelf; c++ {
				p := asciiPair(x&0x7F | c<<8)
				g.ascii[p>>6] |= 1 << (p & 63)
			}
			continue
		}
		_, w2 := utf8.DecodeRuneInString(s[w:])
		if n := w + w2; n == 2 {
			p := asciiPair(x)
			g.ascii[p>>6] |= 1 << (p & 63)
		} else {
			g.cells[firstBytes(x, n)*mul64>>g.shift] |= classOf(s, n)
		}
	}
}

// classOf returns the bits of a cell that the pattern s sets, whose first two
// characters take n bytes: after two of three bytes each and before a third
// such, the one for the last three bits of that; otherwise all.
func classOf(s string, n int) uint8 {
	if n != 6 || s[0] < 0xE0 || s[3] < 0xE0 || len(s) < 9 || s[6]&0xF0 != 0xE0 {
		return 0xFF
	}
	return 1 << (s[8] & 7)
}

// loadTail reads eight bytes little endian, zeros beyond the end.
func loadTail(s string, i int) uint64 {
	var x uint64
	for k := min(len(s), i+8) - 1; k >= i; k-- {
		x = x<<8 | uint64(s[k])
	}
	return x
}

// load64le reads eight bytes little endian; the compiler makes one load of it.
func load64le(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Two characters of three bytes each, at the head of eight bytes read little
// endian.
const (
	rawMask  = 0x0000C0C0F0C0C0F0
	rawLeads = 0x00008080E08080E0
)

// pass writes to cands the offsets, from i, of the places up to stop where a
// pattern may begin, and returns how many there are and where it stopped.
// Places inside a character may be among them.
func (g *rawGate) pass(cands []uint32, text string, i, stop int) (n, next int) {
	base := i
	for i < stop {
		k, to := coarseBytes(cands[n:], text, i, stop, uint32(i-base), g.cells, g.shift, g.ones)
		n, i = n+k, to
		for i < stop {
			n, i = g.step(cands, text, base, i, n)
			if i < len(text) && text[i] >= utf8.RuneSelf {
				break
			}
		}
	}
	return n, i
}

// coarseBytesGo sieves characters of three bytes from text[i] on until stop
// or until two others come. It writes to cands off for the first, off+3 for
// the second and so on where they pass, and returns how many did and where it
// stopped.
func coarseBytesGo(cands []uint32, text string, i, stop int, off uint32, cells []uint8, shift uint, ones *onesBitmap) (n, next int) {
	for stop = min(stop, len(text)-8); i < stop; i += 3 {
		x := load64le(text[i : i+8])
		if x&rawMask != rawLeads {
			break
		}
		cands[n] = off
		off += 3
		h := hashOne(x, 3)
		cell := cells[firstBytes(x, 6)*mul64>>(shift&63)]
		n += int(cell>>(text[i+8]&7)|uint8(ones[h>>6]>>(h&63))) & 1
	}
	return n, i
}

// step sieves the one character at i, whatever it is.
func (g *rawGate) step(cands []uint32, text string, base, i, n int) (int, int) {
	x := uint64(0)
	if i+8 <= len(text) {
		x = load64le(text[i : i+8])
	} else {
		x = loadTail(text, i)
	}
	cands[n] = uint32(i - base)
	if x&0x8080 == 0 {
		p := asciiPair(x)
		return n + int(g.ascii[p>>6]>>(p&63)&1), i + 1
	}
	w := width(byte(x))
	may := uint32(g.cells[firstBytes(x, w+width(byte(x>>(8*w))))*mul64>>(g.shift&63)])
	may = (may + 0xFF) >> 8
	h := hashOne(x, w)
	may |= uint32(g.ones[h>>6] >> (h & 63) & 1)
	if x&0xC0C0F0 != 0x8080E0 {
		w = 1 // so that no character is missed behind bytes that are none
	}
	return n + int(may), i + w
}

// rawAppend appends the hits in text like append, for an engine with a
// rawGate.
func (e *engine) rawAppend(dst []Hit, s *scratch, text string, flush func([]Hit) ([]Hit, bool)) []Hit {
	for i := 0; i < len(text); {
		stop := min(len(text), i+rawBytes)
		n, next := e.raw.pass(s.cands, text, i, stop)
		if n > rawBytes/16 {
			// So many candidates would be decoded over and over: fold the
			// stretch once. It may go on a little beyond stop.
			dst = e.stretch(dst, s, text, i, next)
		} else {
			for _, c := range e.rawFine(s.cands[:n], text, i) {
				dst = e.rawAt(dst, s, text, i+int(c>>mayBits), c&(1<<mayBits-1))
			}
		}
		i = next
		if flush != nil {
			var more bool
			if dst, more = flush(dst); !more {
				break
			}
		}
	}
	return dst
}

// rawFine keeps of cands, offsets from base, those that pass the fine sieve,
// shifted by mayBits with what may begin there.
func (e *engine) rawFine(cands []uint32, text string, base int) []uint32 {
	tab := &e.fd.units
	ones := e.gate.ones
	two, three, four := e.gate.heads[1], e.gate.heads[2], e.gate.heads[3]
	n := 0
	for _, c := range cands {
		i := base + int(c)
		var k uint64
		if i+14 <= len(text) {
			x, y := load64(text[i:i+8]), load64(text[i+6:i+14])
			if x&twoMask == twoLeads && y&twoMask == twoLeads {
				x = x>>4&twoFirst | x>>2&twoSecond | x&twoThird
				y = y>>4&twoFirst | y>>2&twoSecond | y&twoThird
				k = uint64(tab[uint16(x>>40)]) | uint64(tab[uint16(x>>16)])<<16 | uint64(tab[uint16(y>>40)])<<32 | uint64(tab[uint16(y>>16)])<<48
			} else {
				k = e.head(text[i:])
			}
		} else {
			k = e.head(text[i:])
		}
		may := uint32(ones[k&0xFFFF>>6]>>(k&63)&1) | two.has(k<<32>>32)<<1 | three.has(k<<16>>16)<<2 | four.has(k)<<3
		cands[n] = c<<mayBits | may
		n += int((may + 0xF) >> mayBits)
	}
	return cands[:n]
}

// head returns the packed head of text, padded by unitPad.
func (e *engine) head(text string) uint64 {
	var k uint64
	for i := range headUnits {
		u := uint16(unitPad)
		if len(text) > 0 {
			r, w := utf8.DecodeRuneInString(text)
			switch {
			case r == utf8.RuneError && w == 1:
				u = unitBad
			default:
				u = unitOf(r)
			}
			text = text[w:]
		}
		k |= uint64(u) << (16 * i)
	}
	return k
}

// rawAt appends the hits at offset i of text.
func (e *engine) rawAt(dst []Hit, s *scratch, text string, i int, may uint32) []Hit {
	s.n = 0
	e.fill(s, text, i, headUnits)
	if may>>(headUnits-1) != 0 {
		k := headKey(s.units[:headUnits])
		if lo, hi := e.heads[headUnits-1].find(k); hi > 0 {
			longest := e.longest
			if hi-lo <= 8 {
				longest = 0
				for _, nd := range e.nodes[lo:hi] {
					longest = max(longest, int(nd.n))
				}
			}
			s.n = 0
			e.fill(s, text, i, longest)
		}
	}
	s.end()
	return e.at(dst, s, text, 0, may)
}

// stretch appends the hits that begin in text[from:to], by folding it.
func (e *engine) stretch(dst []Hit, s *scratch, text string, from, to int) []Hit {
	s.n = 0
	for i := from; i < to; {
		i = e.fill(s, text, i, len(s.units)-pad-step)
		s.end()
		done := s.n
		if i < len(text) {
			done -= e.longest - 1
		}
		for done > 0 && s.base+int(s.offs[done-1]) >= to {
			done--
		}
		dst = e.block(dst, s, text, done)
		if done < s.n && s.base+int(s.offs[done]) >= to {
			break
		}
		s.keep(done)
	}
	return dst
}
