package scanner

import (
	"context"
	"strings"
	"testing"
	"time"
)

// hostileTexts are made to be slow: much of what rules look for, and none of
// the breaks that keep work local.
func hostileTexts() map[string]string {
	repeat := func(s string, size int) string { return strings.Repeat(s, size/len(s)+1) }
	return map[string]string{
		"one term":            repeat("机密", 10<<20),
		"one word-gated term": repeat("内参", 2<<20),
		"marks":               repeat("机密★1年", 4<<20),
		"stars":               repeat("★", 4<<20),
		"labels":              repeat("密级:", 4<<20),
		"digits":              repeat("1234567890", 10<<20),
		"single digits":       repeat("3 ", 4<<20),
		"identity numbers":    repeat("370102197209299968", 4<<20),
		"spaced numbers":      repeat("13900001234 ", 4<<20),
		"line of prose":       repeat("各有关单位要按照职责分工抓好落实并及时报送内参材料", 5<<20),
		"candidates":          repeat("本市内参保人员机密，", 100000*len("本市内参保人员机密，")),
		"openings":            repeat("“（《", 4<<20),
		"gates":               repeat("jdbc:", 4<<20),
		"misprints":           repeat("帐户", 4<<20),
		"invalid bytes":       repeat("\xff\xfe机\x00密", 2<<20),
		"masks":               repeat("3*", 4<<20),
	}
}

// TestHostileText holds every text to a rate that no shared machine misses,
// far below what is usual: it catches work that grows with the square.
func TestHostileText(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	s, err := New(testSet(t, testRules), Config{Words: testWords(t), MaxFindings: 50})
	if err != nil {
		t.Fatal(err)
	}
	s.Scan(context.Background(), &Document{Segments: []Segment{{Text: "本市内参保人员机密，王五 13900001234"}}}, nil) // load the segmenter
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			doc := &Document{Segments: []Segment{{Place: Place{Kind: KindBody}, Text: text}}}
			began := time.Now()
			found := s.Scan(context.Background(), doc, nil)
			rate := float64(len(text)) / 1e6 / time.Since(began).Seconds()
			t.Logf("%.1f MB/s, %d findings", rate, len(found))
			if rate < 1 {
				t.Errorf("%.2f MB/s", rate)
			}
			for _, f := range found {
				if f.Start < 0 || f.End > len(text) || f.Start >= f.End {
					t.Errorf("finding %s at %d to %d", f.Rule, f.Start, f.End)
				}
			}
		})
	}
}
