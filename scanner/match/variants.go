package match

import (
	"strings"
	"unicode/utf8"
)

// maxVariants bounds the spellings of one term for each of Split and Pinyin.
// A long term has too many mixtures: then it is spelt out whole and one
// character at a time.
const maxVariants = 128

// speller spells terms by the parts of their characters and in pinyin. It
// reads its tables when the first term asks for them.
type speller struct {
	trad     *folder
	parts    map[rune][]string
	syllable map[rune][]string
}

// appendVariants appends the other spellings of t; f is the Fold of the term
// itself.
func (s *speller) appendVariants(pats []pattern, t Term, f Fold) []pattern {
	if s.trad == nil {
		s.trad = newFolder(Traditional)
	}
	if t.Fold&Split != 0 {
		if s.parts == nil {
			s.parts = readParts()
		}
		for _, v := range s.spell(t.Text, s.parts) {
			pats = append(pats, pattern{text: v, id: t.ID, fold: f})
		}
	}
	if t.Fold&Pinyin != 0 {
		if s.syllable == nil {
			s.syllable = readSyllables()
		}
		// Romanised text has its own habits: capitals, spaces between
		// syllables, tone marks.
		for _, v := range s.spell(t.Text, s.syllable) {
			pats = append(pats, pattern{text: v, id: t.ID, fold: f | Case | Width | InnerSpace | ZeroWidth, latin: true})
		}
	}
	return pats
}

// spell returns the spellings of text in which at least one character is
// replaced by one of its alternatives.
func (s *speller) spell(text string, alternatives map[rune][]string) []string {
	var chars []string
	var alts [][]string
	total, most := 1, 0
	for _, r := range text {
		key := r
		if to := s.trad.appendRunes(nil, r); len(to) == 1 {
			key = to[0]
		}
		a := alternatives[key]
		chars, alts = append(chars, string(r)), append(alts, a)
		most = max(most, len(a))
		if total <= maxVariants {
			total *= 1 + len(a)
		}
	}
	var out []string
	if total-1 <= maxVariants {
		return mixtures(out, chars, alts, "", false)
	}
	for k := range most { // whole, by the first alternatives, the second ones, …
		var b strings.Builder
		for i, c := range chars {
			if n := len(alts[i]); n > 0 {
				c = alts[i][min(k, n-1)]
			}
			b.WriteString(c)
		}
		out = append(out, b.String())
	}
	for i, as := range alts {
		for _, a := range as {
			out = append(out, strings.Join(chars[:i], "")+a+strings.Join(chars[i+1:], ""))
		}
	}
	return out
}

func mixtures(out, chars []string, alts [][]string, head string, changed bool) []string {
	if len(chars) == 0 {
		if changed {
			out = append(out, head)
		}
		return out
	}
	out = mixtures(out, chars[1:], alts[1:], head+chars[0], changed)
	for _, a := range alts[0] {
		out = mixtures(out, chars[1:], alts[1:], head+a, true)
	}
	return out
}

// readSyllables inverts pinyinTable. ü is also typed as u.
func readSyllables() map[rune][]string {
	m := make(map[rune][]string, 7000)
	for line := range strings.Lines(pinyinTable) {
		syllable, chars, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		for _, r := range chars {
			m[r] = append(m[r], syllable)
			if u := strings.ReplaceAll(syllable, "v", "u"); u != syllable {
				m[r] = append(m[r], u)
			}
		}
	}
	return m
}

func readParts() map[rune][]string {
	m := map[rune][]string{}
	for _, entry := range strings.Fields(partsTable) {
		r, n := utf8.DecodeRuneInString(entry)
		m[r] = append(m[r], entry[n:])
	}
	return m
}
