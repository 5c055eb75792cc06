package pipeline

import (
	"math/bits"

	"prescreen/scanner"
)

// simhash returns Charikar's similarity hash over the 8-byte shingles of the
// body text: two pages whose hashes differ in few bits say nearly the same.
// It returns 0 for documents with little text, which are never near-duplicates.
func simhash(segments []scanner.Segment) uint64 {
	const minBytes = 256
	var sums [64]int32
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
			if j < 7 || j%3 != 0 {
				continue
			}
			h := mix(window)
			for h != 0 {
				sums[bits.TrailingZeros64(h)]++
				h &= h - 1
			}
		}
	}
	if total < minBytes {
		return 0
	}
	return signs(&sums, total)
}

func signs(sums *[64]int32, total int) uint64 {
	half := int32(total / 3 / 2)
	var out uint64
	for i, s := range sums {
		if s > half {
			out |= 1 << i
		}
	}
	return out
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
