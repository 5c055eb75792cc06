package match

import "math/bits"

// gate says, wrongly only in the affirmative, whether a group may begin with
// the next one, two or three units. The bitmaps of pairs and triples are
// indexed by a hash; almost every position of clean text ends here.
type gate struct {
	ones    []uint64 // by unit; nil when no pattern has one unit
	pairs   []uint64
	triples []uint64
	shift2  uint // of the pair hash, to a bit number
	shift3  uint
}

const (
	mul2 = 0x9E3779B1
	mul3 = 0x9E3779B97F4A7C15
)

func hash2(pair uint32) uint32   { return pair * mul2 }
func hash3(triple uint64) uint64 { return triple << 16 * mul3 }

// build sizes the bitmaps so that about one position in a hundred passes by
// chance, and sets the bits.
func (g *gate) build(list []group) {
	var n [4]int
	for _, gr := range list {
		n[gr.key>>48]++
	}
	if n[1] > 0 {
		g.ones = make([]uint64, 1<<16/64)
	}
	b2, b3 := bitsFor(n[2]), bitsFor(n[3])
	g.pairs = make([]uint64, 1<<b2/64)
	g.triples = make([]uint64, 1<<b3/64)
	g.shift2, g.shift3 = 32-b2, 64-b3
	for _, gr := range list {
		k := gr.key & (1<<48 - 1)
		switch gr.key >> 48 {
		case 1:
			g.ones[k>>6] |= 1 << (k & 63)
		case 2:
			h := hash2(uint32(k)) >> g.shift2
			g.pairs[h>>6] |= 1 << (h & 63)
		default:
			h := hash3(k) >> g.shift3
			g.triples[h>>6] |= 1 << (h & 63)
		}
	}
}

// bitsFor returns the binary logarithm of the size of a bitmap for n keys:
// 64 bits a key, within 1 KiB and 4 MiB.
func bitsFor(n int) uint {
	return uint(min(max(bits.Len(uint(n))+6, 13), 25))
}

func (g *gate) bytes() int { return 8 * (len(g.ones) + len(g.pairs) + len(g.triples)) }

// mayOne and its like ask about the units at the head of u.
func (g *gate) mayOne(u uint16) bool {
	return g.ones != nil && g.ones[u>>6]>>(u&63)&1 != 0
}

func (g *gate) mayPair(a, b uint16) bool {
	h := hash2(uint32(a)|uint32(b)<<16) >> g.shift2
	return g.pairs[h>>6]>>(h&63)&1 != 0
}

func (g *gate) mayTriple(a, b, c uint16) bool {
	h := hash3(uint64(a)|uint64(b)<<16|uint64(c)<<32) >> g.shift3
	return g.triples[h>>6]>>(h&63)&1 != 0
}
