package scanner

import (
	"cmp"
	"slices"
	"strings"

	"prescreen/scanner/words"
)

// edges tells which judged characters the steps of templates may begin or end
// with under one Fold. A slot is asked for each of them once, not once for
// every template that has it.
type edges struct {
	p       *program
	folder  *folder
	dropped runeSet      // characters that the Fold skips
	folds   []foldedRune // the others, by what they fold to
	slots   map[slotEdge]*runeSet
}

type foldedRune struct{ to, from rune }

type slotEdge struct {
	slot    string
	reverse bool
}

// runeSet is a set of characters of the first plane.
type runeSet [1 << 10]uint64

func (s *runeSet) add(r rune) { s[r>>6] |= 1 << (r & 63) }

func (s *runeSet) addAll(of *runeSet) {
	for i, w := range of {
		s[i] |= w
	}
}

// fold returns the set in little space.
func (s *runeSet) fold() (c charSet) {
	for i, w := range s {
		c[i%len(c)] |= w
	}
	return c
}

// holdsHan reports whether every judged Chinese character is in it.
func (s *runeSet) holdsHan() bool {
	for r := firstHan; r <= lastHan; r += 64 {
		if s[r>>6] != ^uint64(0) {
			return false
		}
	}
	return s[ideographicZero>>6]>>(ideographicZero&63)&1 != 0
}

func (c *compiler) edgesOf(f *folder) *edges {
	if e := c.edges[f]; e != nil {
		return e
	}
	e := &edges{p: c.p, folder: f, slots: map[slotEdge]*runeSet{}}
	c.edges[f] = e
	for r := firstJudged; r <= lastJudged; r++ {
		if !judged(r) {
			continue
		}
		if folded := f.f.Rune(r); folded < 0 {
			e.dropped.add(r)
		} else {
			e.folds = append(e.folds, foldedRune{folded, r})
		}
	}
	slices.SortFunc(e.folds, func(a, b foldedRune) int { return cmp.Compare(a.to, b.to) })
	return e
}

// of returns what the step may begin with, or in reverse end with.
func (e *edges) of(s step, reverse bool) *runeSet {
	if s.literals != nil {
		set := &runeSet{}
		for _, l := range s.literals {
			edge := l[0]
			if reverse {
				edge = l[len(l)-1]
			}
			i, _ := slices.BinarySearchFunc(e.folds, edge, func(f foldedRune, r rune) int { return cmp.Compare(f.to, r) })
			for ; i < len(e.folds) && e.folds[i].to == edge; i++ {
				set.add(e.folds[i].from)
			}
		}
		return set
	}
	key := slotEdge{s.slot, reverse}
	if e.slots[key] == nil {
		set := &runeSet{}
		for _, f := range e.folds {
			if e.may(s.slot, reverse, f.from, f.to) {
				set.add(f.from)
			}
		}
		e.slots[key] = set
	}
	return e.slots[key]
}

// may reports whether a slot may begin, or in reverse end, with a character.
func (e *edges) may(slot string, reverse bool, r, folded rune) bool {
	switch slot {
	case "name":
		if !reverse {
			return e.beginsName(r) || e.beginsName(folded)
		}
		return isHan(folded)
	case "gap":
		return isGap(folded)
	case "star":
		return strings.ContainsRune(starSet, r)
	case "cjk":
		return isHan(folded)
	case "colon":
		return strings.ContainsRune(colonSet, r)
	case "open":
		return strings.ContainsRune(openSet, r)
	case "close":
		return strings.ContainsRune(closeSet, r)
	case "digits":
		return isDigitRune(folded)
	case "num", "year":
		return isDigitRune(folded) || strings.ContainsRune(numeralSet, folded)
	case "line":
		return false
	}
	return true
}

// beginsName reports a character that the name of a person may begin with,
// whoever tells names.
func (e *edges) beginsName(r rune) bool {
	simple := e.p.simple.Rune(r)
	return e.p.surnameRunes[r] || e.p.surnameRunes[simple] || e.p.nameParts[r] != nil || words.BeginsName(r) || words.BeginsName(simple)
}
