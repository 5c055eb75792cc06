package scanner

import (
	"unicode/utf8"

	"prescreen/scanner/match"
)

// folder folds single characters the way the matcher does, for what the
// matcher does not see: templates, fields, numbers, normalised values.
type folder struct {
	fold match.Fold
	f    *match.Folder
}

func newFolder(f match.Fold) *folder { return &folder{f, match.NewFolder(f)} }

// next decodes the character at i and returns its folded form, or -1 where
// the fold drops it, and its length in bytes.
func (f *folder) next(text string, i int) (rune, int) {
	if b := text[i]; b < utf8.RuneSelf && b > ' ' {
		if b >= 'A' && b <= 'Z' {
			return f.f.Rune(rune(b)), 1
		}
		if b >= 'a' && b <= 'z' || b >= '0' && b <= '9' {
			return rune(b), 1
		}
	}
	if b := text[i]; b-0xE4 <= 5 && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80 {
		return f.f.Rune(rune(b&0x0F)<<12 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F)), 3
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	if r == utf8.RuneError && n == 1 {
		return 0xFFFD, 1
	}
	return f.f.Rune(r), n
}

// fold returns the folded characters of a literal.
func (f *folder) runes(s string) []rune {
	var out []rune
	for i := 0; i < len(s); {
		r, n := f.next(s, i)
		if r >= 0 {
			out = append(out, r)
		}
		i += n
	}
	return out
}

func (f *folder) all(literals []string) [][]rune {
	var out [][]rune
	for _, s := range literals {
		if r := f.runes(s); len(r) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// literal matches lit at text[i:], skipping what the fold drops between its
// characters, and returns the end of the match, or -1.
func (f *folder) literal(text string, i int, lit []rune) int {
	end, skipped := i, 0
	for k := 0; k < len(lit); {
		if i >= len(text) {
			return -1
		}
		r, n := f.next(text, i)
		switch {
		case r == lit[k]:
			k++
			end = i + n
			skipped = 0
		case r == -1 && k > 0 && skipped < match.MaxGap:
			skipped++
		default:
			return -1
		}
		i += n
	}
	return end
}

// longest matches the longest of the literals at text[i:], or returns -1.
func (f *folder) longest(text string, i int, lits [][]rune) int {
	best := -1
	for _, lit := range lits {
		best = max(best, f.literal(text, i, lit))
	}
	return best
}

// appendNormal appends the normal form of a value: folded, without spaces and
// dropped characters. Two spellings of one value have the same normal form.
func (f *folder) appendNormal(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := f.next(s, i)
		i += n
		if r >= 0 && !isSpace(r) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// isSpace reports the spaces that Chinese documents hold.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0xA0, 0x3000, 0x2028, 0x2029, 0x202F, 0x205F, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200B
}
