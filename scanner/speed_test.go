package scanner

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
)

// officialText returns public laws, one document each.
func officialText(t testing.TB) []*Document {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shareddata.Path(t, "text", "laws"), "*", "*.md"))
	if err != nil || len(files) == 0 {
		files, _ = filepath.Glob(filepath.Join(shareddata.Path(t, "text", "laws"), "*.md"))
	}
	var docs []*Document
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := &Document{URL: f}
		for i, p := range strings.Split(string(b), "\n\n") {
			d.Segments = append(d.Segments, Segment{Place: Place{Kind: KindBody, Line: i + 1}, Text: p})
		}
		docs = append(docs, d)
	}
	return docs
}

func BenchmarkScan(b *testing.B) {
	docs := officialText(b)
	n := 0
	for _, d := range docs {
		for _, s := range d.Segments {
			n += len(s.Text)
		}
	}
	s, err := New(shippedSet(b), Config{Words: testWords(b)})
	if err != nil {
		b.Fatal(err)
	}
	_ = s.cfg.Words.Preload()
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(n))
		b.ReportAllocs()
		var dst []Finding
		for range b.N {
			for _, d := range docs {
				dst = s.Scan(context.Background(), d, dst[:0])
			}
		}
	})
	b.Run("match", func(b *testing.B) {
		b.SetBytes(int64(n))
		b.ReportAllocs()
		sc := newScan(s)
		for range b.N {
			for _, d := range docs {
				for i := range d.Segments {
					sc.hits = s.prog.matcher.Append(sc.hits[:0], d.Segments[i].Text)
				}
			}
		}
	})
}
