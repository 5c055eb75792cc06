package scanner

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"
)

// hostileTexts are made to be slow: much of what rules look for, and none of
// the breaks that keep work local.
func hostileTexts(share int) map[string]string {
	repeat := func(s string, size int) string { return strings.Repeat(s, size/share/len(s)+1) }
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

// TestHostileText holds every text, a part of it, to a rate that no shared
// machine misses: it catches work that grows with the square. BenchmarkHostile
// measures the whole of it.
func TestHostileText(t *testing.T) {
	s := hostileScanner(t)
	for name, text := range hostileTexts(24) {
		t.Run(name, func(t *testing.T) {
			doc := &Document{Segments: []Segment{{Place: Place{Kind: KindBody}, Text: text}}}
			began := time.Now()
			found := s.Scan(context.Background(), doc, nil)
			if rate := float64(len(text)) / 1e6 / time.Since(began).Seconds(); rate < 0.02 {
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

// TestRepetitionCountsExactly: what is counted as an echo is counted as if it
// had been looked at.
func TestRepetitionCountsExactly(t *testing.T) {
	s, err := New(testSet(t, testRules), Config{Words: testWords(t), MaxFindings: 50})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range hostileTexts(96) {
		for _, text := range []string{text, text + "。机密★3年 370102197209299968 帐户\n" + text} {
			whole := &Document{Segments: []Segment{{Place: Place{Kind: KindBody}, Text: text}}}
			cut := &Document{}
			for from := 0; from < len(text); {
				to := runeStart(text, min(from+300, len(text)))
				cut.Segments = append(cut.Segments, Segment{Place: Place{Kind: KindBody}, Text: text[from:to]})
				from = to
			}
			for _, doc := range []*Document{whole, cut} {
				got, want := s.Scan(context.Background(), doc, nil), s.NewProfile().Scan(context.Background(), doc, nil)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s in %d segments: %+v, want %+v", name, len(doc.Segments), got, want)
				}
			}
		}
	}
}

// TestPiecesFindTheSame: a segment that is searched piece by piece gives what
// it gives in one.
func TestPiecesFindTheSame(t *testing.T) {
	s, err := New(testSet(t, testRules), Config{Words: testWords(t), MaxFindings: 20})
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("各有关单位要按照职责分工抓好落实。", pieceBytes/50)
	for shift := range 40 {
		mark := "机\u200b 密★１年 340123199001019977 jdbc:mysql://10.34.1.2/db "
		text := filler[:pieceBytes/3*3-3*shift] + mark + filler + mark
		var places []int
		for _, f := range s.Scan(context.Background(), body(text), nil) {
			places = append(places, f.Count)
		}
		if !reflect.DeepEqual(places, []int{2, 2, 2}) {
			t.Errorf("shifted by %d: counts %v", shift, places)
		}
	}
}

func hostileScanner(t testing.TB) *Scanner {
	s, err := New(shippedSet(t), Config{Words: testWords(t), MaxFindings: 50})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cfg.Words.Preload(); err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkHostile(b *testing.B) {
	s := hostileScanner(b)
	for name, text := range hostileTexts(1) {
		doc := &Document{Segments: []Segment{{Place: Place{Kind: KindBody}, Text: text}}}
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Scan(context.Background(), doc, nil)
			}
		})
	}
}
