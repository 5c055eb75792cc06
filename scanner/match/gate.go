package match

import (
	"math/bits"
	"unsafe"
)

// gate says, wrongly only in the affirmative, whether a pattern may begin
// with the next units.
//
// It has two sieves. The coarse one costs one look-up a unit and almost every
// position of clean text ends there: a table of bytes indexed by a hash of
// two units, with a bit for each class of the third. The fine one tells heads
// of two, three, four and five units apart and errs in about one position of a
// hundred that come to it.
type gate struct {
	cells     []uint8           // by pair hash, and three more to read; bit c&7 for a third unit c
	shift     uint              // of the pair hash, to an index of cells
	ones      *onesBitmap       // units that are patterns
	countOnes int               // how many
	few       [8][8]uint32      // the first of them, each 16 times
	heads     [headUnits]bitmap // by length of the head, less one; ones is used in place of the first
	level     level
	packing   packing
}

// packing tells, by a byte of bits, how some of eight things are put side by
// side where no instruction does it.
type packing struct {
	order   [256]uint64    // the numbers of the bits, a byte each
	shuffle [256][16]uint8 // the same for things of two bytes, as VPSHUFB wants it
	holes   [256]uint16    // bit k: some of the bits are right before the k-th that is not one
}

func (pk *packing) fill() {
	for m := range pk.order {
		n, left := 0, 0
		for k := range 8 {
			if m>>k&1 == 0 {
				left++
				continue
			}
			pk.order[m] |= uint64(k) << (8 * n)
			pk.shuffle[m][2*n], pk.shuffle[m][2*n+1] = uint8(2*k), uint8(2*k+1)
			pk.holes[m] |= 1 << left
			n++
		}
	}
}

// level says which instructions the inner loops use.
type level int

const (
	plainGo level = iota
	avx2
	avx512
)

// onesBitmap is a set of 16-bit numbers: of units, or of hashes of characters.
type onesBitmap [1 << 16 / 64]uint64

// bitmap is a set of heads by hash.
type bitmap struct {
	words []uint64
	shift uint // of the hash, to a bit number
}

const (
	mul32 = 0x9E3779B1
	mul64 = 0x9E3779B97F4A7C15
)

func newBitmap(heads int) bitmap {
	b := sizeFor(heads, 6, 13, 25)
	return bitmap{make([]uint64, 1<<b/64), 64 - b}
}

func (m *bitmap) add(hash uint64) {
	h := hash >> m.shift
	m.words[h>>6] |= 1 << (h & 63)
}

// bits is a bitmap to look at: its first word, which the hash cannot lead
// beyond the last one.
type bitmapView struct {
	first *uint64
	shift uint
}

func (m *bitmap) view() bitmapView { return bitmapView{unsafe.SliceData(m.words), m.shift} }

// has returns 1 where a head with that hash may be in the set, or 0.
func (m bitmapView) has(hash uint64) uint32 {
	h := hash >> (m.shift & 63)
	return uint32(*at(m.first, int(h>>6)) >> (h & 63) & 1)
}

// headHash is for the bitmap of heads of so many units. That of a head of up
// to four is part of the product for the four units that begin with it.
func headHash(units int, k headKey) uint64 {
	if units == headUnits {
		return k.hash()
	}
	return k.four * mul64 << (16 * (headUnits - 1 - units))
}

func hashPair(pair uint32) uint32 { return pair * mul32 }

// size makes the sieves for so many heads of each length.
func (g *gate) size(heads [headUnits]int) {
	n := 0
	for i, k := range heads {
		if g.heads[i] = newBitmap(k); i > 0 {
			n += k
		}
	}
	b := sizeFor(n, 3, 12, 22)
	g.cells, g.shift = make([]uint8, 1<<b+3), 32-b
	g.ones = new(onesBitmap)
	g.packing.fill()
}

// add adds a head of so many units.
func (g *gate) add(units int, k headKey) {
	g.heads[units-1].add(headHash(units, k))
	cell := &g.cells[hashPair(uint32(k.four))>>g.shift]
	switch units {
	case 1:
		u := k.four
		if g.countOnes < len(g.few) {
			for i := range g.few[g.countOnes] {
				g.few[g.countOnes][i] = uint32(u) | uint32(u)<<16
			}
		}
		g.countOnes++
		g.ones[u>>6] |= 1 << (u & 63)
	case 2:
		*cell = 0xFF
	default:
		*cell |= 1 << (k.four >> 32 & 7)
	}
}

// sizeFor returns the binary logarithm of a table size: 1<<per slots for each
// of n keys, between least and most.
func sizeFor(n int, per, least, most uint) uint {
	return min(max(uint(bits.Len(uint(n)))+per, least), most)
}

func (g *gate) bytes() int {
	n := len(g.cells) + 8*len(g.ones)
	for _, h := range g.heads {
		n += 8 * len(h.words)
	}
	return n
}

// mayBits is the number of low bits of a candidate that say which heads may
// begin there: bit i for a head of i+1 units.
const mayBits = headUnits

// pass writes to cands the positions below done that pass the gate, each
// shifted by mayBits with what it may be, and returns how many there are.
// units must go on for at least pad units from done. Nothing here branches on
// the text: candidates are too many and too irregular to be predicted.
func (g *gate) pass(cands []uint32, units []uint16, done int) int {
	return g.finely(cands, g.coarsely(cands, units, done), units)
}

// coarsely writes the positions that pass the coarse sieve.
func (g *gate) coarsely(cands []uint32, units []uint16, done int) int {
	n, j := 0, 0
	if g.level != plainGo {
		n, j = g.coarseRun(cands, units, done)
	}
	return g.coarse(cands, units, n, j, done)
}

// finely keeps of the first n of cands what passes the fine sieve, and adds
// what it may be.
func (g *gate) finely(cands []uint32, n int, units []uint16) int {
	if g.level != plainGo {
		return g.fineRun(cands, n, units)
	}
	return g.fine(cands[:n], units)
}

// coarse writes to cands[n:] the positions from j to done that pass the
// coarse sieve, and returns how many cands there are.
func (g *gate) coarse(cands []uint32, units []uint16, n, j, done int) int {
	if j >= done {
		return n
	}
	_, _ = units[done+pad-1], cands[done-1]
	cells, ones, shift := unsafe.SliceData(g.cells), &g.ones[0], g.shift&31
	to, from := unsafe.SliceData(cands), unsafe.SliceData(units)
	for ; j < done; j++ {
		k := four(at(from, j))
		*at(to, n) = uint32(j)
		cell := uint64(*at(cells, int(hashPair(uint32(k))>>shift)))
		n += int(cell>>(k>>32&7)|*at(ones, int(k&0xFFFF>>6))>>(k&63)) & 1
	}
	return n
}

// four is the four units from first on, the first in the lowest bits; the
// compiler makes one load of it.
func four(first *uint16) uint64 {
	u := (*[4]uint16)(unsafe.Pointer(first))
	return uint64(u[0]) | uint64(u[1])<<16 | uint64(u[2])<<32 | uint64(u[3])<<48
}

// fine is finely in plain Go.
func (g *gate) fine(cands []uint32, units []uint16) int {
	ones := &g.ones[0]
	two, three, fourth, five := g.heads[1].view(), g.heads[2].view(), g.heads[3].view(), g.heads[4].view()
	from := unsafe.SliceData(units)
	n := 0
	for _, j := range cands {
		k := four(at(from, int(j)))
		h := k * mul64
		may := uint32(*at(ones, int(k&0xFFFF>>6))>>(k&63)&1) | two.has(h<<32)<<1 | three.has(h<<16)<<2 | fourth.has(h)<<3 |
			five.has((k^uint64(*at(from, int(j)+4))<<fiveShift)*mul64)<<4
		cands[n] = j<<mayBits | may
		n += int((may + 1<<mayBits - 1) >> mayBits)
	}
	return n
}

// at is &first[i], of an array whose length the caller has seen to.
func at[T any](first *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(first), i*int(unsafe.Sizeof(*first))))
}
