package pipeline

import (
	"encoding/binary"

	"prescreen/scanner"
)

// simhash returns Charikar's similarity hash over the 8-byte shingles of the
// body text: two pages whose hashes differ in few bits say nearly the same.
// It returns 0 for documents with little text, which are never near-duplicates.
func simhash(segments []scanner.Segment) uint64 {
	const minBytes = 256
	var v votes
	total := 0
	for i := range segments {
		if segments[i].Place.Kind != scanner.KindBody {
			continue
		}
		text := segments[i].Text
		total += len(text)
		var window uint64
		for j := 0; j < len(text); j++ {
			window = window<<8 | uint64(text[j])
			// One shingle in three: characters are mostly three bytes long.
			if j >= 7 && j%3 == 0 {
				v.add(mix(window))
			}
		}
	}
	if total < minBytes {
		return 0
	}
	return v.above(uint32(total / 3 / 2))
}

// votes counts, for each of 64 bits, the hashes in which it is set. Eight
// counters of a byte lie in each word of lanes, and are emptied before one can
// be full: a hash costs eight additions instead of one for each bit.
type votes struct {
	lanes  [8]uint64
	inLane int
	sums   [64]uint32
}

func (v *votes) add(h uint64) {
	for i := range v.lanes {
		v.lanes[i] += spread[byte(h>>(8*i))]
	}
	if v.inLane++; v.inLane == 255 {
		v.empty()
	}
}

func (v *votes) empty() {
	for i, lane := range v.lanes {
		for j, n := range binary.LittleEndian.AppendUint64(make([]byte, 0, 8), lane) {
			v.sums[8*i+j] += uint32(n)
		}
	}
	v.lanes, v.inLane = [8]uint64{}, 0
}

// above returns the bits with more votes than n.
func (v *votes) above(n uint32) uint64 {
	v.empty()
	var out uint64
	for i, s := range v.sums {
		if s > n {
			out |= 1 << i
		}
	}
	return out
}

// spread puts each bit of a byte into a byte of its own.
var spread = func() (t [256]uint64) {
	for b := range t {
		for i := range 8 {
			t[b] |= uint64(b>>i&1) << (8 * i)
		}
	}
	return t
}()

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
