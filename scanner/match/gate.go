package match

import "math/bits"

// gate says, wrongly only in the affirmative, whether a group may begin with
// the next one, two or three units.
//
// It has two sieves. The coarse one costs one look-up a unit and almost every
// position of clean text ends there: a table of bytes indexed by a hash of
// two units, with a bit for each class of the third. The fine one tells pairs
// and triples apart and errs in about one position of a hundred that come to
// it.
type gate struct {
	cells   []uint8  // by pair hash; bit c&7 for a third unit c
	shift   uint     // of the pair hash, to an index of cells
	ones    []uint64 // by unit; nil when no pattern has one unit
	pairs   []uint64 // bitmap by pair hash
	triples []uint64 // bitmap by triple hash
	shift2  uint     // of the pair hash, to a bit number
	shift3  uint
}

const (
	mul2 = 0x9E3779B1
	mul3 = 0x9E3779B97F4A7C15
)

func hash2(pair uint32) uint32   { return pair * mul2 }
func hash3(triple uint64) uint64 { return triple << 16 * mul3 }

// build sizes the sieves and sets the bits.
func (g *gate) build(list []group) {
	var n [4]int
	for _, gr := range list {
		n[gr.key>>48]++
	}
	if n[1] > 0 {
		g.ones = make([]uint64, 1<<16/64)
	}
	b, b2, b3 := sizeFor(n[2]+n[3], 4, 12, 22), sizeFor(n[2], 6, 13, 25), sizeFor(n[3], 6, 13, 25)
	g.cells = make([]uint8, 1<<b)
	g.pairs = make([]uint64, 1<<b2/64)
	g.triples = make([]uint64, 1<<b3/64)
	g.shift, g.shift2, g.shift3 = 32-b, 32-b2, 64-b3
	for _, gr := range list {
		k := gr.key & (1<<48 - 1)
		h := hash2(uint32(k))
		switch gr.key >> 48 {
		case 1:
			g.ones[k>>6] |= 1 << (k & 63)
		case 2:
			g.cells[h>>g.shift] = 0xFF
			h >>= g.shift2
			g.pairs[h>>6] |= 1 << (h & 63)
		default:
			g.cells[h>>g.shift] |= 1 << (k >> 32 & 7)
			h := hash3(k) >> g.shift3
			g.triples[h>>6] |= 1 << (h & 63)
		}
	}
}

// sizeFor returns the binary logarithm of a table size: 1<<per slots for each
// of n keys, between least and most.
func sizeFor(n int, per, least, most uint) uint {
	return min(max(uint(bits.Len(uint(n)))+per, least), most)
}

func (g *gate) bytes() int { return len(g.cells) + 8*(len(g.ones)+len(g.pairs)+len(g.triples)) }

// What a candidate may be the beginning of.
const (
	mayOne = 1 << iota
	mayPair
	mayTriple
	mayBits = iota
)

// pass writes to cands the positions below done that pass the gate, each
// shifted by mayBits with what it may be, and returns how many there are.
// units must go on for at least pad units from done. Nothing here branches on
// the text: candidates are too many and too irregular to be predicted.
func (g *gate) pass(cands []uint32, units []uint16, done int) int {
	var n int
	if g.ones == nil {
		n = g.coarse(cands, units, done)
	} else {
		n = g.coarseOnes(cands, units, done)
	}
	return g.fine(cands[:n], units)
}

func (g *gate) coarse(cands []uint32, units []uint16, done int) int {
	cells, shift := g.cells, g.shift&31
	n, j := 0, 0
	for ; j+4 <= done; j += 4 {
		u := units[j : j+6 : j+6]
		c := cands[n : n+4 : n+4]
		b0 := cells[hash2(uint32(u[0])|uint32(u[1])<<16)>>shift] >> (u[2] & 7) & 1
		b1 := cells[hash2(uint32(u[1])|uint32(u[2])<<16)>>shift] >> (u[3] & 7) & 1
		b2 := cells[hash2(uint32(u[2])|uint32(u[3])<<16)>>shift] >> (u[4] & 7) & 1
		b3 := cells[hash2(uint32(u[3])|uint32(u[4])<<16)>>shift] >> (u[5] & 7) & 1
		c[0] = uint32(j)
		c[b0] = uint32(j + 1)
		m := b0 + b1
		c[m&3] = uint32(j + 2)
		m += b2
		c[m&3] = uint32(j + 3)
		n += int(m + b3)
	}
	for ; j < done; j++ {
		cands[n] = uint32(j)
		n += int(cells[hash2(uint32(units[j])|uint32(units[j+1])<<16)>>shift] >> (units[j+2] & 7) & 1)
	}
	return n
}

// coarseOnes is coarse where some patterns have one unit.
func (g *gate) coarseOnes(cands []uint32, units []uint16, done int) int {
	cells, ones, shift := g.cells, g.ones, g.shift&31
	n := 0
	for j := range done {
		u := units[j : j+3 : j+3]
		cands[n] = uint32(j)
		b := cells[hash2(uint32(u[0])|uint32(u[1])<<16)>>shift] >> (u[2] & 7)
		n += int(b|uint8(ones[u[0]>>6]>>(u[0]&63))) & 1
	}
	return n
}

func (g *gate) fine(cands []uint32, units []uint16) int {
	pairs, triples := g.pairs, g.triples
	shift2, shift3 := g.shift2&31, g.shift3&63
	n := 0
	for _, j := range cands {
		u := units[j : j+3 : j+3]
		h2 := hash2(uint32(u[0])|uint32(u[1])<<16) >> shift2
		h3 := hash3(uint64(u[0])|uint64(u[1])<<16|uint64(u[2])<<32) >> shift3
		may := uint32(pairs[h2>>6]>>(h2&63)&1)*mayPair | uint32(triples[h3>>6]>>(h3&63)&1)*mayTriple
		if g.ones != nil {
			may |= uint32(g.ones[u[0]>>6] >> (u[0] & 63) & 1)
		}
		cands[n] = j<<mayBits | may
		n += int((may + 7) >> mayBits)
	}
	return n
}
