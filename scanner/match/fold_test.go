package match

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFoldsCompose checks what the engine rests on: folding by a part of a
// Fold first changes nothing about the result of the whole.
func TestFoldsCompose(t *testing.T) {
	runes := map[rune]bool{}
	for _, c := range classes() {
		entries(c.table, func(from rune, to string) {
			runes[from] = true
			for _, r := range to {
				runes[r] = true
			}
		})
	}
	skippable(skipping, func(r rune) { runes[r] = true })
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 60 {
		part, whole := Fold(rng.IntN(int(Split))), Split-1
		if i%2 == 1 {
			whole = part | Fold(rng.IntN(int(Split)))
		}
		p, w := newFolder(part), newFolder(whole)
		for r := range runes {
			var got, want []rune
			for _, c := range p.appendRunes(nil, r) {
				got = w.appendRunes(got, c)
			}
			want = w.appendRunes(nil, r)
			if !slices.Equal(got, want) {
				t.Errorf("%q (%U): by %b then %b: %q, at once %q", r, r, part, whole, got, want)
			}
		}
	}
}

func TestFoldTables(t *testing.T) {
	for _, c := range []struct {
		f    Fold
		a, b string
	}{
		{Traditional, "機密國傳發後裡", "机密国传发后里"},
		{Width, "ＡＢ１（，￥ｶ", "AB1(,¥カ"},
		{Case, "ÀΣςßẞſK", "àσσßßsk"},
		{Digits, "①⒈⑴❶➀⓵𝟏１¹₁٣⑳㉑㊿", "11111111113202150"},
		{ChineseDigits, "二〇二五年壹贰", "2025年12"},
		{Compat, "Ⓐ㊙ﬁ℃⼈🅰Ⅳ", "A秘fi°C人AIV"},
		{Stars, "★☆✩✭✮⭐*※●▲◆", "***********"},
	} {
		if got := string(NewFolder(c.f).Append(nil, c.a)); got != c.b {
			t.Errorf("%q: got %q, want %q", c.a, got, c.b)
		}
	}
}
