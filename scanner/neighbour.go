package scanner

import (
	"slices"
	"unicode/utf8"
)

// Most anchors of templates stand in prose, between Chinese characters that
// no template asks for. These filters tell so before any step is tried.

// runeFilter is a set of characters that errs by taking others for members.
type runeFilter [4]uint64

func (f *runeFilter) add(r rune) { f[r>>6&3] |= 1 << (r & 63) }

func (f *runeFilter) addAll(s string) {
	for _, r := range s {
		f.add(r)
	}
}

func (f *runeFilter) has(r rune) bool { return f[r>>6&3]>>(r&63)&1 != 0 }

// neighbours are the Chinese characters that may stand next to an anchor.
type neighbours struct {
	any bool
	set runeFilter
}

func neighboursAfter(steps []step) neighbours {
	var n neighbours
	for i := range steps {
		n.merge(&steps[i], &steps[i].firsts)
		if !steps[i].passable() {
			return n
		}
	}
	n.any = true // whatever follows the template
	return n
}

func neighboursBefore(steps []step) neighbours {
	var n neighbours
	for i := len(steps) - 1; i >= 0; i-- {
		n.merge(&steps[i], &steps[i].lasts)
		if !steps[i].passable() {
			return n
		}
	}
	n.any = true
	return n
}

// noHan are the slots that hold no Chinese character at their edges.
var noHan = []string{"gap", "star", "open", "close", "line"}

// merge adds the Chinese characters that a step may put next to the anchor;
// of literals those of edge.
func (n *neighbours) merge(s *step, edge *runeFilter) {
	switch {
	case s.literals != nil:
		for i := range n.set {
			n.set[i] |= edge[i]
		}
	case s.slot == "colon":
		n.set.addAll("是为")
	case !slices.Contains(noHan, s.slot):
		n.any = true
	}
}

// passable reports whether a step may take nothing.
func (s *step) passable() bool {
	return s.optional || (s.slot == "gap" || s.slot == "any") && s.min == 0
}

// allow reports whether the first character of text may stand next to the
// anchor. It judges Chinese characters only.
func (n *neighbours) allow(f *folder, text string) bool {
	if n.any || len(text) < 3 || text[0] < 0xE4 || text[0] > 0xE9 {
		return true
	}
	r, _ := f.next(text, 0)
	return r < 0 || n.set.has(r)
}

// lastRune returns the last character of s as a string.
func lastRune(s string) string {
	_, w := utf8.DecodeLastRuneInString(s)
	return s[len(s)-w:]
}

// mayBegin reports whether a step may begin at i. It judges literals before
// Chinese characters only.
func (m *templateRun) mayBegin(s *step, i int) bool {
	if s.literals == nil || s.optional || len(m.text)-i < 3 || m.text[i] < 0xE4 || m.text[i] > 0xE9 {
		return true
	}
	r, _ := m.f.next(m.text, i)
	return r < 0 || s.firsts.has(r)
}
