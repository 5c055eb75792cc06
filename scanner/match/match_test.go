package match

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func mustNew(t testing.TB, terms []Term) *Matcher {
	t.Helper()
	m, err := New(terms)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLoneTerms has terms of one character that other terms skip.
func TestLoneTerms(t *testing.T) {
	const all = Default | Stars | InnerSpace | LineBreak | Noise
	terms := []Term{{"绝密", 1, all}, {"★", 2, Default | Stars}, {"*", 3, Plain}, {"/", 4, Default}, {"'", 5, Width}, {"·", 6, Default}, {"--", 7, Default}, {"🌟", 8, Plain}, {" ", 9, Width}}
	parts := []string{"绝", "密", "*", "＊", "★", "⭐", "🌟", "/", "／", "℅", "ŉ", "'", "·", "-", " ", "　", "\n", "\u200b", "中", "a", "\xff"}
	m := mustNew(t, terms)
	if len(m.engines[0].lone.ids) == 0 {
		t.Error("no lone terms")
	}
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range 3000 {
		var b strings.Builder
		n := rng.IntN(40)
		if i%1000 == 0 {
			n = 3 * blockUnits
		}
		for range n {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		text := b.String()
		want := reference.find(terms, text)
		if got := m.Append(nil, text); !slices.Equal(got, want) {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
		if each := collect(m, text); !slices.Equal(each, want) {
			t.Fatalf("%q: Each gives %v, want %v", text, each, want)
		}
	}
}

// TestBehindSkipped has terms of which other terms leave the last character
// only.
func TestBehindSkipped(t *testing.T) {
	terms := []Term{{"绝密", 1, Default | Noise | InnerSpace}, {"#1", 2, Default}, {"*2", 3, Plain}, {"*3", 4, Plain}, {"3", 5, Default}}
	parts := []string{"#", "＃", "*", " ", "1", "１", "2", "①", "3", "绝", "密", "4"}
	m, rng := mustNew(t, terms), rand.New(rand.NewPCG(4, 5))
	if e := m.engines[0]; e.behind[0] != 1<<'1'|1<<'2' {
		t.Errorf("behind something skipped: %b", e.behind)
	}
	for range 3000 {
		var b strings.Builder
		for range rng.IntN(40) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		if got, want := m.Append(nil, b.String()), reference.find(terms, b.String()); !slices.Equal(got, want) {
			t.Fatalf("%q: got %v, want %v", b.String(), got, want)
		}
	}
}

func TestFind(t *testing.T) {
	const all = Default | Stars | InnerSpace | LineBreak | Noise
	for _, c := range []struct {
		name, term, text string
		fold             Fold
		want             []string
	}{
		{"plain", "机密", "机密文件是机密", Plain, []string{"机密", "机密"}},
		{"overlapping", "哈哈", "哈哈哈哈", Plain, []string{"哈哈", "哈哈", "哈哈"}},
		{"one character", "密", "秘密机密", Plain, []string{"密", "密"}},
		{"plain is exact", "机密", "機密 机 密 JM", Plain, nil},
		{"traditional", "机密", "機密", Traditional, []string{"機密"}},
		{"traditional term", "機密", "机密", Traditional, []string{"机密"}},
		{"width and case", "Ｔｏｐ secret", "TOP　ｓecret", Width | Case, []string{"TOP　ｓecret"}},
		{"digits", "2025", "②⓪𝟐⒌ 二〇二五", Digits, []string{"②⓪𝟐⒌"}},
		{"two digits of one character", "12", "⑫", Digits, []string{"⑫"}},
		{"one digit twice in one character", "1", "⑪", Digits, []string{"⑪"}},
		{"chinese digits", "2025", "二〇二五", ChineseDigits, []string{"二〇二五"}},
		{"circled", "秘密", "㊙密", Compat, []string{"㊙密"}},
		{"zero width", "机密", "机\u200b\u00ad\ufe0f密", ZeroWidth, []string{"机\u200b\u00ad\ufe0f密"}},
		{"combining marks", "jimi", "jīmi\u0300x", ZeroWidth, []string{"jīmi"}},
		{"space", "机密", "机　 密", InnerSpace, []string{"机　 密"}},
		{"space is no break", "机密", "机\n密", InnerSpace, nil},
		{"break", "机密", "机\r\n密", LineBreak, []string{"机\r\n密"}},
		{"noise", "绝密", "绝／密 绝*密 绝★密", Noise, []string{"绝／密", "绝*密", "绝★密"}},
		{"gap of eight", "绝密", "绝********密", Noise, []string{"绝********密"}},
		{"gap of nine", "绝密", "绝*********密", Noise, nil},
		{"gaps of zero width do not count", "绝密", "绝" + strings.Repeat("\u200b", 50) + "密", ZeroWidth | Noise, []string{"绝" + strings.Repeat("\u200b", 50) + "密"}},
		{"stars", "机密★1年", "机密☆1年 机密※1年 机密⭐\ufe0f①年", all, []string{"机密☆1年", "机密※1年", "机密⭐\ufe0f①年"}},
		{"everything", "绝密文件", "絕 \u200b*密\n文／　件", all, []string{"絕 \u200b*密\n文／　件"}},
		{"a term of noise", "--", "a---b", Noise, []string{"--", "--"}},
		{"supplementary plane", "𠮷野", "𠮷野𠮷", Plain, []string{"𠮷野"}},
		{"supplementary plane, another", "𠮷", "𠮶𠮷", Default, []string{"𠮷"}},
		{"mathematical letters", "abc", "𝐀𝑩𝓬", Default, []string{"𝐀𝑩𝓬"}},
		{"NUL", "a\x00b", "a\x00b ab", Plain, []string{"a\x00b"}},
		{"invalid bytes", "机密", "机\xff密机密\xe6\x9c", Plain, []string{"机密"}},
		{"invalid bytes are not skipped", "机密", "机\xff密", all, nil},
		{"split", "秘密", "禾必密 秘宀必山 禾 必宓山", Split | InnerSpace, []string{"禾必密", "秘宀必山", "禾 必宓山"}},
		{"split traditional", "機密", "木几密", Split, []string{"木几密"}},
		{"pinyin", "机密", "jimi Ji Mi JīMì 机mi ji密 机密 ｊｉｍｉ", Pinyin, []string{"jimi", "Ji Mi", "JīMì", "机mi", "ji密", "机密", "ｊｉｍｉ"}},
		{"pinyin inside a word", "机密", "jimix xjimi jiming 机mix", Pinyin, nil},
		{"pinyin of ü", "绿", "lv lu lü LÜ", Pinyin, []string{"lv", "lu", "lü", "LÜ"}},
		{"pinyin with several readings", "重会", "chonghui zhong kuai", Pinyin, []string{"chonghui", "zhong kuai"}},
		{"pinyin of a long term", "中华人民共和国国家秘密文件", "zhonghuarenmingongheguoguojiamimiwenjian zhong华人民共和国国家秘密文件", Pinyin, []string{"zhong华人民共和国国家秘密文件"}},
		{"replacement character", "\ufffd", "\xff\ufffd", Plain, []string{"\ufffd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			terms := []Term{{c.term, 7, c.fold}}
			hits := mustNew(t, terms).Append(nil, c.text)
			var got []string
			for _, h := range hits {
				got = append(got, c.text[h.Start:h.End])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q in %q: got %q, want %q", c.term, c.text, got, c.want)
			}
			if want := reference.find(terms, c.text); !slices.Equal(hits, want) {
				t.Errorf("%q in %q: got %v, naive %v", c.term, c.text, hits, want)
			}
		})
	}
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		term Term
		want error
	}{
		{Term{"", 1, Plain}, ErrEmpty},
		{Term{"\u200b", 1, Default}, ErrEmpty},
		{Term{"  ", 1, InnerSpace}, ErrEmpty},
		{Term{"´", 1, Compat | ZeroWidth | InnerSpace}, ErrEmpty},
		{Term{"机\xff", 1, Plain}, ErrInvalid},
		{Term{"机密", 1, 1 << 15}, ErrInvalid},
	} {
		_, err := New([]Term{{"好", 0, Plain}, c.term})
		var te *TermError
		if !errors.Is(err, c.want) || !errors.As(err, &te) || te.Index != 1 {
			t.Errorf("New(%q): got %v, want %v at index 1", c.term.Text, err, c.want)
		}
	}
	if hits := mustNew(t, nil).Append(nil, "机密"); len(hits) != 0 {
		t.Errorf("no terms: got %v", hits)
	}
}

func TestPrefixesAndSuffixes(t *testing.T) {
	var terms []Term
	long := strings.Repeat("中华人民共和国", 30)
	for i, s := range []string{"中", "中华", "中华人", "中华人民", "中华人民共和国", "人民", "民", "共和国", "国", "国中", long[:600], long} {
		terms = append(terms, Term{s, int32(i), Plain}, Term{s, int32(i + 100), Default})
	}
	text := strings.Repeat("x", 4090) + long + "中华人" + strings.Repeat("好", 3000) + long
	compare(t, terms, text)
}

// What the many small cases share; no test here runs in parallel.
var (
	folders   = folderSet{}
	reference = new(naive)
)

// valid reports whether New would take the term.
func valid(term Term) bool {
	_, err := newMatcher([]Term{term}, folders)
	return err == nil
}

// TestManyAlike searches in groups of many long terms with much in common.
func TestManyAlike(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(4, seed))
		text := func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = "aaaaaaab"[rng.IntN(8)]
			}
			return string(b)
		}
		var terms []Term
		for i := range 300 {
			terms = append(terms, Term{text(4 + rng.IntN(40)), int32(i), Plain})
		}
		compare(t, terms, text(500)+terms[7].Text+terms[8].Text+strings.Repeat("a", 100))
	}
}

// TestCrowdedGroups has more members of one group than its slot can count.
func TestCrowdedGroups(t *testing.T) {
	var terms []Term
	for i := range manyInGroup + 10 {
		terms = append(terms, Term{"机密", int32(i), Plain}, Term{"中华人民共" + string(rune(0x4E00+i%20000)) + string(rune(0x4E00+i/20000)), int32(i), Plain})
	}
	m := mustNew(t, terms)
	hits := m.Append(nil, "机密")
	if len(hits) != manyInGroup+10 || hits[0].ID != 0 || hits[len(hits)-1].ID != manyInGroup+9 {
		t.Errorf("got %d hits", len(hits))
	}
	for _, id := range []int32{0, 1, 19999, 20000, manyInGroup, manyInGroup + 9} {
		text := "在" + terms[2*id+1].Text
		if got := m.Append(nil, text); !slices.Equal(got, []Hit{{id, 3, len(text)}}) {
			t.Errorf("%q: got %v, want %d", text, got, id)
		}
	}
}

// compare holds the matcher against the naive one.
func compare(t testing.TB, terms []Term, text string) {
	t.Helper()
	m, err := newMatcher(terms, folders)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Append(nil, text)
	want := reference.find(terms, text)
	if each := collect(m, text); !slices.Equal(each, got) {
		t.Fatalf("Append finds %v, Each %v\nterms %+v\ntext %+q", got, each, terms, text[:min(len(text), 300)])
	}
	for l := range levels(m) {
		if other := m.Append(nil, text); !slices.Equal(got, other) {
			t.Fatalf("%v finds %v, the best level %v\nterms %+v\ntext %+q", l, other, got, terms, text[:min(len(text), 300)])
		}
	}
	if !slices.Equal(got, want) {
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("hit %d of %d (want %d) differs: got %v, want %v\nterms %+v\ntext %+q", i, len(got), len(want),
					got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))], terms, text[:min(len(text), 300)])
			}
		}
	}
}

// collect is Append by way of Each.
func collect(m *Matcher, text string) []Hit {
	var hits []Hit
	m.Each(text, func(h Hit) bool { hits = append(hits, h); return true })
	return hits
}

func TestEach(t *testing.T) {
	for _, terms := range [][]Term{
		{{"机密", 1, Default}, {"机", 2, Plain}, {"*", 3, Plain}, {"密机", 4, Noise}},
		{{"机密", 1, Noise | Digits}, {"*机", 2, Plain}, {"*", 3, Plain}, {"1", 4, Digits}, {"--", 5, Plain}},
	} {
		m := mustNew(t, terms)
		for _, gap := range []int{0, 1, 40} {
			text := strings.Repeat("这是机*密机密文件*⑪*机--"+strings.Repeat("*", gap), 2000)
			want := m.Append(nil, text)
			if got := collect(m, text); !slices.Equal(got, want) {
				t.Errorf("got %d hits, want %d", len(got), len(want))
			}
		}
		n := 0
		m.Each(strings.Repeat("机密*机", 10), func(Hit) bool { n++; return n < 5 })
		if n != 5 {
			t.Errorf("asked for 5 hits, got %d", n)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := mustNew(t, []Term{{"机密", 1, Default}, {"秘密", 2, Pinyin | Split}})
	text := strings.Repeat("機\u200b密 mimi 禾必密，没有什么。", 300)
	want := m.Append(nil, text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := m.Append(nil, text); !slices.Equal(got, want) {
					t.Errorf("got %d hits, want %d", len(got), len(want))
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	m := mustNew(t, []Term{{"机密", 1, Default | Noise}, {"绝密", 2, Plain}})
	text := strings.Repeat("没有什么可以找到的，只有文字 and Latin 1234。\n", 500)
	if n := testing.AllocsPerRun(20, func() { m.Append(nil, text) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations on clean text, want none", n)
	}
}

// levels sets m to each lower level in turn, and back at the end.
func levels(m *Matcher) iter.Seq[level] {
	return func(yield func(level) bool) {
		set := func(l level) {
			for _, e := range m.engines {
				e.gate.level = l
			}
		}
		defer set(simd())
		for l := range simd() {
			if set(l); !yield(l) {
				return
			}
		}
	}
}

// alphabet is small, so that random terms occur in random texts, and has
// something for every folding.
var alphabet = strings.Split("机|木几|ji|jī|mi|機|密|祕|秘|a|A|Ａ|ａ|Ⓐ|é|e|e\u0301|1|①|１|𝟏|⑪|⑫|一|壹|〇|★|*|＊|·|-|/| |\u3000|\n|\r|\u200b|\u00ad|\ufe0f|㊙|ﬁ|…|´|𠮷|𠮶|🌟|\x00|\xff|\xe6\x9c|\xed\xbf\xb0|\ufffd|⺟|母|ｶﾞ|カ|ガ|。|K|k|K", "|")

func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	from := alphabet
	if rng.IntN(2) == 0 {
		i := rng.IntN(len(alphabet) - 5)
		from = alphabet[i : i+5]
	}
	for range n {
		b.WriteString(from[rng.IntN(len(from))])
	}
	return b.String()
}

func TestAgainstNaive(t *testing.T) {
	folds := []Fold{Plain, Default, Default | Stars, Default | InnerSpace | LineBreak | Noise | Stars, Width, Case | Noise, ZeroWidth, Compat, Digits | ChineseDigits, InnerSpace}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(1, seed))
		var terms []Term
		mixed := rng.IntN(2) == 0
		f := folds[rng.IntN(len(folds))]
		for range 1 + rng.IntN(30) {
			if mixed {
				f = folds[rng.IntN(len(folds))]
				if rng.IntN(3) == 0 {
					f = Fold(rng.IntN(int(endFold)))
				}
			}
			term := Term{strings.ToValidUTF8(randomText(rng, 1+rng.IntN(6)), "x"), int32(rng.IntN(20)), f}
			if valid(term) {
				terms = append(terms, term)
			}
		}
		n := 200
		if seed%50 == 0 {
			n = 3 * blockUnits
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { compare(t, terms, randomText(rng, rng.IntN(n))) })
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("机密\n秘密", "這是機密文件", uint32(Default), uint32(Plain))
	f.Add("机密★\n*\na", "机*密★１年 ⑪", uint32(Default|Noise), uint32(Stars))
	f.Add("--a\n-", "- -\u200ba--", uint32(Noise), uint32(ZeroWidth))
	f.Fuzz(func(t *testing.T, words, text string, f1, f2 uint32) {
		if len(text) > 1<<14 || len(words) > 1<<10 {
			return
		}
		var terms []Term
		for i, w := range strings.Split(words, "\n") {
			term := Term{w, int32(i), Fold(f1) % endFold}
			if i%2 == 1 {
				term.Fold = Fold(f2) % endFold
			}
			if valid(term) {
				terms = append(terms, term)
			}
		}
		compare(t, terms, text)
	})
}

// TestSmall runs many tiny cases over characters that some foldings skip and
// others keep, where the bookkeeping of mixed Folds is hardest.
func TestSmall(t *testing.T) {
	folds := []Fold{Case | Noise, InnerSpace, ZeroWidth, Noise, Compat}
	from := strings.Split("a|-| |\n|\u200b|⑪|1|´", "|")
	pick := func(rng *rand.Rand, n int) string {
		s := ""
		for range n {
			s += from[rng.IntN(len(from))]
		}
		return s
	}
	for seed := range uint64(800) {
		rng := rand.New(rand.NewPCG(2, seed))
		var terms []Term
		for i := range 1 + rng.IntN(2) {
			if term := (Term{pick(rng, 1+rng.IntN(3)), int32(i), folds[rng.IntN(len(folds))]}); valid(term) {
				terms = append(terms, term)
			}
		}
		compare(t, terms, pick(rng, rng.IntN(12)))
	}
}

func TestFolder(t *testing.T) {
	f := NewFolder(Default)
	dst, offs := f.AppendMapped([]byte("x"), nil, "機\u200bＡ⑫\xff")
	if string(dst) != "x机a12\xff" || !slices.Equal(offs, []int{0, 0, 0, 6, 9, 9, 12}) {
		t.Errorf("got %q %v", dst, offs)
	}
	if got := f.Append(nil, "機\u200bＡ⑫\xff"); string(got) != "机a12\xff" {
		t.Errorf("got %q", got)
	}
	if r := f.Rune('Ｂ'); r != 'b' {
		t.Errorf("got %q", r)
	}
	if r := f.Rune('\u200b'); r != -1 {
		t.Errorf("zero width space: got %q, want it skipped", r)
	}
	if got := (InnerSpace | Noise).Skips('　'); got != InnerSpace {
		t.Errorf("got %b", got)
	}
}
