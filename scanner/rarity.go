package scanner

import (
	"slices"
	"unicode/utf8"
)

// Of the literals that a template or an expression asks for, the rarest says
// soonest that it cannot match. How rare a literal is is estimated from its
// characters and its pairs of characters: it is no more common than the rarest
// of them.

// rarities holds the classes of the common characters and pairs of characters
// of official prose: of 2^class of them one is it, or nearly.
type rarities map[string]int

// The classes of characters and pairs that are not listed.
const (
	uncommon     = 15
	uncommonPair = 18
)

func newRarities() rarities {
	r := rarities{}
	for class, chars := range commonChars {
		for _, c := range chars {
			r[string(c)] = class
		}
	}
	for class, pairs := range commonPairs {
		for pairs != "" {
			_, a := utf8.DecodeRuneInString(pairs)
			_, b := utf8.DecodeRuneInString(pairs[a:])
			r[pairs[:a+b]] = class
			pairs = pairs[a+b:]
		}
	}
	return r
}

// share estimates at how many of a million places in prose a literal begins.
func (r rarities) share(texts []string) float64 {
	sum := 0.0
	for _, t := range shortest(texts) {
		sum += 1e6 / float64(int(1)<<r.class(t))
	}
	return sum
}

func (r rarities) class(text string) int {
	class, before := 0, ""
	for i, c := range text {
		one := text[i : i+utf8.RuneLen(c)]
		seen, other := before+one, uncommonPair
		if before == "" {
			other = uncommon
		} else {
			class++ // what is longer is rarer
		}
		if k, ok := r[seen]; ok {
			class = max(class, k)
		} else {
			class = max(class, other)
		}
		before = one
	}
	return min(class, 2*uncommon)
}

// shortest leaves out texts that hold others: where they stand, those do.
func shortest(texts []string) []string {
	known := make(map[string]bool, len(texts))
	for _, t := range texts {
		known[t] = true
	}
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool {
		for i := range s {
			for k := range s[i:] {
				if k > 0 && known[s[i:i+k]] || i > 0 && known[s[i:]] {
					return true
				}
			}
		}
		return false
	})
}
