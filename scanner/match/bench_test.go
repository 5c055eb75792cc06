package match

import "testing"

func BenchmarkNewFolder(b *testing.B) {
	for range b.N {
		newFolder(Default | Noise | InnerSpace)
	}
}
