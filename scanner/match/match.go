// Package match finds many terms in one text in one pass: every occurrence,
// overlapping ones too, with exact byte offsets into the original text. Terms
// and text are folded alike inside that pass, so that width, case,
// traditional characters, digit styles, invisible characters and noise
// between the characters of a term do not hide it.
//
// It knows nothing of rules, words or contexts, does not judge what it finds,
// and does not decode: text is UTF-8, and each byte that is not part of valid
// UTF-8 stands for itself and matches nothing.
//
// # What matches
//
// A Fold turns text into a sequence of units: each character is replaced by
// its folded form (one or a few characters), and the characters the Fold
// skips are dropped. A term occurs wherever its own units occur in the units
// of the text under the term's Fold. The hit runs from the first byte of the
// character that gave the first unit to the last byte of the character that
// gave the last one, so skipped characters around a hit are not part of it.
// Between two neighbouring units of a hit at most MaxGap spaces, line breaks
// and noise characters are skipped; invisible characters do not count.
package match

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Fold is a set of foldings. Plain compares character by character.
type Fold uint16

// The foldings.
const (
	Width         Fold = 1 << iota // full and half width forms are alike
	Case                           // upper and lower case are alike
	Traditional                    // traditional characters and their simplified forms are alike
	Digits                         // ①, ⒈, 𝟏, ٣, ² are ASCII digits; ⑫ is the two digits 12
	ChineseDigits                  // 〇一二三, 壹贰叁 are ASCII digits, one by one: 二〇二五 is 2025, 十 is no digit
	Compat                         // Unicode compatibility forms: Ⓐ, ㊙, ㎡, ﬁ, radicals
	ZeroWidth                      // invisible characters, soft hyphens, combining marks and variation selectors are skipped; é is e
	Stars                          // ★☆✩✭✮⭐*※●▲◆ and their kin are one character
	InnerSpace                     // spaces and tabs between the characters of a term are skipped
	LineBreak                      // line breaks between the characters of a term are skipped
	Noise                          // symbols between the characters of a term are skipped: * / . · - _ | and the stars
	Split                          // the term is also found written by its parts: 禾必密 for 秘密
	Pinyin                         // the term is also found in pinyin, whole or in part: jimi, ji mi, 机mi

	endFold
)

// Plain folds nothing; Default is what disguised prose calls for and costs no
// precision.
const (
	Plain   Fold = 0
	Default      = Width | Case | Traditional | Digits | Compat | ZeroWidth
)

// MaxGap is how many spaces, line breaks and noise characters, taken
// together, may stand between two neighbouring characters of a hit.
const MaxGap = 8

const (
	skipping = ZeroWidth | InnerSpace | LineBreak | Noise
	gapping  = InnerSpace | LineBreak | Noise
	variants = Split | Pinyin
)

// Term is one thing to look for. Several terms may carry the same ID.
//
// A term whose text contains noise characters gives up Noise: they are part
// of what it looks for.
type Term struct {
	Text string // UTF-8, of any length
	ID   int32
	Fold Fold
}

// Hit is one occurrence: text[Start:End] is the match.
type Hit struct {
	ID         int32
	Start, End int // byte offsets into the text
}

// ErrEmpty is wrapped by the error of New when nothing is left of a term
// after folding.
var ErrEmpty = errors.New("no characters left after folding")

// ErrInvalid is wrapped by the error of New when a term is not valid UTF-8 or
// its Fold has unknown bits.
var ErrInvalid = errors.New("not valid")

// TermError is the error of New about one term.
type TermError struct {
	Index int    // into the terms given to New
	Text  string // of the term
	Err   error  // ErrEmpty or ErrInvalid
}

func (e *TermError) Error() string { return fmt.Sprintf("term %d, %q: %v", e.Index, e.Text, e.Err) }

func (e *TermError) Unwrap() error { return e.Err }

// Matcher finds a fixed set of terms. It is immutable and safe for concurrent
// use.
type Matcher struct {
	engines []*engine // one, unless some terms consist of what others skip
	stats   Stats
}

// Stats describes a Matcher.
type Stats struct {
	Terms    int // given to New
	Variants int // patterns made of them, Split and Pinyin spellings included
	Patterns int // different sequences of units among those
	Longest  int // characters of the longest pattern
	Bytes    int // memory held, approximately
}

// New compiles terms. No terms are allowed: such a Matcher finds nothing.
// The error is a *TermError for the first term that cannot be matched.
func New(terms []Term) (*Matcher, error) { return newMatcher(terms, folderSet{}) }

func newMatcher(terms []Term, folders folderSet) (*Matcher, error) {
	pats, err := patterns(terms, folders)
	if err != nil {
		return nil, err
	}
	m := &Matcher{stats: Stats{Terms: len(terms), Variants: len(pats)}}
	for len(pats) > 0 {
		all := pats[0].fold
		for i := range pats {
			all |= pats[i].fold
		}
		n := len(pats)
		e, rest := newEngine(pats, all, folders)
		if len(rest) == n {
			// All of them consist of what others among them skip: take the
			// terms of one Fold by themselves.
			f := rest[0].fold
			own := slices.DeleteFunc(slices.Clone(rest), func(p pattern) bool { return p.fold != f })
			rest = slices.DeleteFunc(rest, func(p pattern) bool { return p.fold == f })
			e, _ = newEngine(own, f, folders)
		}
		m.engines = append(m.engines, e)
		pats = e.takeLone(rest, folders)
	}
	m.sum(folders)
	return m, nil
}

// patterns checks terms and spells out their variants.
func patterns(terms []Term, folders folderSet) ([]pattern, error) {
	if len(terms) > math.MaxInt32 {
		return nil, fmt.Errorf("%d terms are too many", len(terms))
	}
	pats := make([]pattern, 0, len(terms))
	var spell speller
	for i, t := range terms {
		if !utf8.ValidString(t.Text) || t.Fold >= endFold {
			return nil, &TermError{i, t.Text, ErrInvalid}
		}
		f := t.Fold &^ variants
		if f&Noise != 0 && containsNoise(t.Text) {
			f &^= Noise
		}
		if folders.of(f).empty(t.Text) {
			return nil, &TermError{i, t.Text, ErrEmpty}
		}
		pats = append(pats, pattern{text: t.Text, id: t.ID, fold: f})
		if t.Fold&variants != 0 {
			pats = spell.appendVariants(pats, t, f)
		}
	}
	return pats, nil
}

func (m *Matcher) sum(folders folderSet) {
	for _, e := range m.engines {
		m.stats.Patterns += len(e.nodes) - 1
		m.stats.Longest = max(m.stats.Longest, e.longest)
		m.stats.Bytes += e.bytes()
	}
	for _, f := range folders {
		m.stats.Bytes += f.bytes()
	}
}

// Stats describes m.
func (m *Matcher) Stats() Stats { return m.stats }

// Append appends the hits in text to dst and returns it. The hits are a set,
// sorted by Start, then End, then ID. Without a hit it allocates nothing
// once warm.
func (m *Matcher) Append(dst []Hit, text string) []Hit {
	base := len(dst)
	sorted := true
	for _, e := range m.engines {
		n := len(dst)
		dst = e.append(dst, text)
		sorted = sorted && (n == base || n == len(dst))
	}
	if !sorted {
		dst = append(dst[:base], tidy(dst[base:])...)
	}
	return dst
}

// tidy sorts hits and drops duplicates, in place. Most often they are in order
// but for some that begin at the same place.
func tidy(hits []Hit) []Hit {
	if !slices.IsSortedFunc(hits, func(a, b Hit) int { return a.Start - b.Start }) {
		slices.SortFunc(hits, Hit.compare)
		return slices.Compact(hits)
	}
	for rest := hits; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Start == rest[0].Start {
			n++
		}
		if n > 1 {
			slices.SortFunc(rest[:n], Hit.compare)
		}
		rest = rest[n:]
	}
	return slices.Compact(hits)
}

func (h Hit) compare(o Hit) int {
	switch {
	case h.Start != o.Start:
		return h.Start - o.Start
	case h.End != o.End:
		return h.End - o.End
	default:
		return int(int64(h.ID) - int64(o.ID))
	}
}

// Each calls yield for the hits in text, in the order of Append and once each,
// and stops when it returns false. Unlike Append it holds only the hits of
// a block of some thousand characters. The order is broken only where more
// than 16,384 characters that are terms by themselves, and are skipped by
// others, follow each other without any other text.
func (m *Matcher) Each(text string, yield func(Hit) bool) {
	if len(m.engines) == 1 {
		m.engines[0].each(text, yield)
		return
	}
	var streams []*stream
	for _, e := range m.engines {
		st := e.stream(text)
		defer st.end()
		streams = append(streams, st)
	}
	var last Hit
	for n := 0; ; n++ {
		var first *stream
		for _, st := range streams {
			if len(st.hits) > 0 && (first == nil || st.hits[0].compare(first.hits[0]) < 0) {
				first = st
			}
		}
		if first == nil {
			return
		}
		h := first.take()
		if (n == 0 || h != last) && !yield(h) {
			return
		}
		last = h
	}
}
