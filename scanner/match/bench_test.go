package match

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

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

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWorst matches what is hardest: long runs, long terms with much in
// common, nothing but signals. Throughput must not fall below 5 MB/s of processor time,
// which other work on the machine hardly changes.
func BenchmarkWorst(b *testing.B) {
	rep := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	const size = 1 << 20
	var runs, tails, mixed []Term
	for i := range 20000 {
		k := 2 + i%199
		runs = append(runs, Term{strings.Repeat("哈", k) + string(rune(0x4e00+i)), int32(i), Default})
		tails = append(tails, Term{strings.Repeat("a", k) + string(rune(0x4e00+i)), int32(i), Default})
		mixed = append(mixed, Term{strings.Repeat("a", k) + string(rune(0x4e00+i)), int32(i), []Fold{Default, Plain, Default | Noise, Default | InnerSpace}[i%4]})
	}
	for _, c := range []struct {
		name, text string
		terms      []Term
	}{
		{"runs with tails", rep("哈", size), runs},
		{"ascii runs with tails", rep("a", size), tails},
		{"ascii runs mixed folds", rep("a", size), mixed},
		{"one term", rep("机密", size), []Term{{"机密", 1, Default}}},
		{"one mixed", rep("机密", size), []Term{{"机密", 1, Default}, {"密机", 2, Plain}, {"密", 3, Default | Noise}}},
		{"noise", rep("-", size), []Term{{"机密", 1, Default | Noise}, {"-机", 2, Plain}}},
		{"spaces", rep("机        密", size), []Term{{"机密", 1, Default | Noise | InnerSpace}, {"-机", 2, Plain}}},
		{"digits", rep("0123456789", size), []Term{{"12345678901234567890", 1, Default | Noise | InnerSpace}, {"78", 2, Plain}}},
		{"circled", rep("⑪", size), []Term{{"1111111111", 1, Default}, {"11111111112", 2, Plain}, {"11111", 3, Digits}}},
		{"invalid", rep("\xff\xe6", size), runs},
		{"zero width", rep("\u200b", size), []Term{{"机密", 1, Default}, {"\u200b\u200b", 2, Plain}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := mustNew(b, c.terms)
			b.SetBytes(int64(len(c.text)))
			n := 0
			began := processorTime(b)
			for range b.N {
				n = 0
				m.Each(c.text, func(Hit) bool { n++; return true })
			}
			used := processorTime(b) - began
			b.ReportMetric(float64(n), "hits")
			b.ReportMetric(float64(len(c.text)*b.N)/1e6/used.Seconds(), "MB/s-of-processor")
		})
	}
}
