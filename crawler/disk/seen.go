package disk

import (
	"encoding/binary"
	"math/bits"
)

// seenSet is an exact set of keyed 64-bit fingerprints: open addressing in 256
// shards, so that growing never copies more than 1/256 of it. A shard grows by
// a quarter when it is five sixths full: 10 to 12 bytes a URL. With a random
// key, 100 million URLs have 0.0003 expected colliding pairs, and nobody can
// prepare one.
type seenSet struct {
	shards [256]shard
	n      int
}

type shard struct {
	slots []uint64
	n     int
}

func (s *seenSet) has(fp uint64) bool {
	sh := &s.shards[fp>>56]
	return len(sh.slots) > 0 && sh.slots[sh.find(fp)] == fp
}

// add reports whether fp is new.
func (s *seenSet) add(fp uint64) bool {
	sh := &s.shards[fp>>56]
	if (sh.n+1)*6 > len(sh.slots)*5 {
		sh.grow()
	}
	i := sh.find(fp)
	if sh.slots[i] == fp {
		return false
	}
	sh.slots[i] = fp
	sh.n++
	s.n++
	return true
}

// find returns where fp is, or the free slot where it belongs.
func (sh *shard) find(fp uint64) uint64 {
	n := uint64(len(sh.slots))
	i, _ := bits.Mul64(fp<<8, n) // the bits that did not choose the shard, scaled to the slots
	for sh.slots[i] != fp && sh.slots[i] != 0 {
		if i++; i == n {
			i = 0
		}
	}
	return i
}

func (sh *shard) grow() {
	old := sh.slots
	sh.slots = make([]uint64, max(16, len(old)+len(old)/4))
	for _, fp := range old {
		if fp != 0 {
			sh.slots[sh.find(fp)] = fp
		}
	}
}

// fingerprint is SipHash-2-4 of the URL under the run's key; never 0.
func fingerprint[T string | []byte](key [16]byte, url T) uint64 {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	v := sip{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	n := len(url)
	i := 0
	for ; i+8 <= n; i += 8 {
		m := uint64(url[i]) | uint64(url[i+1])<<8 | uint64(url[i+2])<<16 | uint64(url[i+3])<<24 |
			uint64(url[i+4])<<32 | uint64(url[i+5])<<40 | uint64(url[i+6])<<48 | uint64(url[i+7])<<56
		v.d ^= m
		v.round()
		v.round()
		v.a ^= m
	}
	m := uint64(n) << 56
	for j := 0; i+j < n; j++ {
		m |= uint64(url[i+j]) << (8 * j)
	}
	v.d ^= m
	v.round()
	v.round()
	v.a ^= m
	v.c ^= 0xff
	v.round()
	v.round()
	v.round()
	v.round()
	if h := v.a ^ v.b ^ v.c ^ v.d; h != 0 {
		return h
	}
	return 1
}

// sip is the state v0…v3 of SipHash.
type sip struct{ a, b, c, d uint64 }

func (v *sip) round() {
	v.a += v.b
	v.b = bits.RotateLeft64(v.b, 13) ^ v.a
	v.a = bits.RotateLeft64(v.a, 32)
	v.c += v.d
	v.d = bits.RotateLeft64(v.d, 16) ^ v.c
	v.a += v.d
	v.d = bits.RotateLeft64(v.d, 21) ^ v.a
	v.c += v.b
	v.b = bits.RotateLeft64(v.b, 17) ^ v.c
	v.c = bits.RotateLeft64(v.c, 32)
}
