package pipeline

import (
	"math/rand/v2"
	"testing"
)

// The counters must not run over, however often a bit is set.
func TestVotes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 254, 255, 256, 1000, 70000} {
		var v votes
		var want [64]uint32
		for range n {
			h := rng.Uint64() | 1 | rng.Uint64()&(1<<63)
			v.add(h)
			for i := range want {
				want[i] += uint32(h >> i & 1)
			}
		}
		v.empty()
		if v.sums != want {
			t.Errorf("after %d hashes: %v, want %v", n, v.sums, want)
		}
	}
}

func BenchmarkVotes(b *testing.B) {
	var v votes
	b.SetBytes(3)
	for i := range b.N {
		v.add(mix(uint64(i)))
	}
}
