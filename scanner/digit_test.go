package scanner

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNextDigit compares the fast search with looking at every byte.
func TestNextDigit(t *testing.T) {
	parts := []string{"中", "，", "（", "0", "9", "/", ":", "０", "９", "：", "！", "①", "⑨", "⑩", "⓪", "𝟎", "𝟿", "😀", "٠", "٩", "ي", "ڀ", "۰", "۹", "“", "a", " ", "\xE2", "\xEF\xBC", "\xF0\x9D\x9F", "\xFF", "\xD9", "\xDB"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		for range rng.IntN(60) {
			for range rng.IntN(30) {
				b.WriteString("保密")
			}
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		text := b.String()
		for i := 0; i <= len(text); {
			want := i
			for want < len(text) {
				if _, n := wideDigit(text, want); n > 0 || text[want]-'0' <= 9 {
					break
				}
				want++
			}
			if got := nextDigit(text, i); got != want {
				t.Fatalf("nextDigit(%q, %d) = %d, want %d", text, i, got, want)
			}
			i = want + 1
		}
	}
}

func BenchmarkNextDigit(b *testing.B) {
	text := strings.Repeat("国家机关应当依照本法的规定，公开政府信息。", 500)
	b.SetBytes(int64(len(text)))
	for range b.N {
		if nextDigit(text, 0) != len(text) {
			b.Fatal("a digit in Chinese text")
		}
	}
}
