package match

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
)

// lawText is about n bytes of statutes.
func lawText(b testing.TB, n int) string {
	names, err := filepath.Glob(filepath.Join(shareddata.Path(b, "text", "laws"), "*", "*.md"))
	if err != nil || len(names) == 0 {
		b.Fatal("no law texts", err)
	}
	var sb strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		if sb.Write(data); sb.Len() > n {
			break
		}
	}
	return sb.String()
}

// listTerms is n different terms of THUOCL, mixed.
func listTerms(b testing.TB, n int, f Fold) []Term {
	names, err := filepath.Glob(filepath.Join(shareddata.Path(b, "terms", "thuocl"), "THUOCL_*.txt"))
	if err != nil {
		b.Fatal(err)
	}
	var words []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.FieldsFuncSeq(string(data), func(r rune) bool { return r == '\n' || r == '\r' }) {
			if f := strings.Fields(line); len(f) > 0 {
				words = append(words, strings.TrimPrefix(f[0], "\ufeff"))
			}
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	rng := rand.New(rand.NewPCG(20, 26))
	rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	terms := make([]Term, 0, n)
	for i := range min(n, len(words)) {
		terms = append(terms, Term{words[i], int32(i), f})
	}
	return terms
}

func benchAppend(b *testing.B, terms []Term, text string) {
	m := mustNew(b, terms)
	hits := m.Append(nil, text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		hits = m.Append(hits[:0], text)
	}
	b.ReportMetric(float64(len(hits)), "hits")
}

func BenchmarkAppend(b *testing.B) {
	text := lawText(b, 4<<20)
	for _, c := range []struct {
		name string
		n    int
		fold Fold
	}{
		{"plain20k", 20000, Plain},
		{"default20k", 20000, Default},
		{"all20k", 20000, Default | Stars | InnerSpace | LineBreak | Noise},
		{"plain150k", 150000, Plain},
		{"plain1k", 1000, Plain},
	} {
		b.Run(c.name, func(b *testing.B) { benchAppend(b, listTerms(b, c.n, c.fold), text) })
	}
}

func BenchmarkShort(b *testing.B) {
	m := mustNew(b, listTerms(b, 20000, Default))
	text := lawText(b, 1<<20)
	var parts []string
	for r := []rune(text); len(r) > 120; r = r[120:] {
		parts = append(parts, string(r[:120]))
	}
	var hits []Hit
	b.ResetTimer()
	for i := range b.N {
		hits = m.Append(hits[:0], parts[i%len(parts)])
	}
}

func BenchmarkNew(b *testing.B) {
	terms := listTerms(b, 20000, Default)
	for range b.N {
		mustNew(b, terms)
	}
}

func BenchmarkNewFolder(b *testing.B) {
	for range b.N {
		newFolder(Default | Noise | InnerSpace)
	}
}
