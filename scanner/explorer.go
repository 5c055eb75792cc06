package scanner

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// explorer runs an automaton over texts and keeps the states it has met. It
// belongs to one goroutine.
type explorer struct {
	a      *automaton
	here   bool    // matches begin where the text begins, and nowhere else
	idle   int     // the state in prose, 0 if there is none
	wakes  charSet // the characters that lead out of it
	next   []int32 // by state and class: a state, stateUnknown or stateMatch
	sets   []stateSet
	known  map[string]int32
	budget int // new states that the present text may still ask for
}

const (
	stateUnknown = 0 // so that fresh memory says so; the first state is startState
	stateMatch   = -1
	startState   = 1
	deadState    = 2 // of an explorer with here set: nothing can match any more

	// maxTransitions bounds the memory of an explorer. Beyond, it begins anew.
	maxTransitions = 1 << 16
)

func (s stateSet) key() string {
	b := make([]byte, 0, 8*len(s))
	for _, w := range s {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}

func newExplorer(a *automaton, here bool) *explorer {
	x := &explorer{a: a, here: here}
	x.reset()
	x.rest()
	return x
}

// rest finds the state in which prose leaves the automaton, and what leads out
// of it.
func (x *explorer) rest() {
	if x.here || x.a.empty {
		return
	}
	x.budget = 2 + len(x.a.matches)
	s := startState
	for range 2 {
		if s = int(x.step(s, x.a.common)); s == stateMatch {
			return
		}
	}
	wakes := make([]bool, len(x.a.matches))
	for c := range wakes {
		wakes[c] = int(x.step(s, uint16(c))) != s
	}
	for r := firstJudged; r < 0x10000; r++ {
		if wakes[x.a.class(r)] {
			x.wakes.add(r)
		}
	}
	x.idle = s
}

func (x *explorer) reset() {
	x.known = map[string]int32{}
	x.sets = append(x.sets[:0], nil) // stateUnknown is none
	x.next = append(x.next[:0], make([]int32, len(x.a.matches))...)
	x.state(x.a.first)
	if x.here {
		x.state(x.a.newSet())
	}
	x.idle = 0
}

// state returns the number of a set, which it keeps.
func (x *explorer) state(set stateSet) int32 {
	key := set.key()
	s, ok := x.known[key]
	if !ok {
		s = int32(len(x.sets))
		x.known[key] = s
		x.sets = append(x.sets, set)
		x.next = append(x.next, make([]int32, len(x.a.matches))...)
	}
	return s
}

// mayMatch reports whether text may hold a match, where here is set one that
// begins with text, or, if there is more of the text, may begin with it. It
// gives up, and says yes, on texts that would have it work out too many states.
func (x *explorer) mayMatch(text string, more bool) bool {
	a := x.a
	if a.empty {
		return true
	}
	x.budget = 64 + len(text)/16
	next, classes, s := x.next, len(a.matches), startState
	for len(text) > 0 {
		if s == x.idle {
			if text = text[x.wakes.none(text):]; text == "" {
				break
			}
		}
		var c uint16
		if b := text[0]; b < utf8.RuneSelf {
			c = a.ascii[b]
			text = text[1:]
		} else if b-0xE3 < 7 && len(text) >= 3 && text[1]&0xC0 == 0x80 && text[2]&0xC0 == 0x80 {
			r := rune(b&0x0F)<<12 | rune(text[1]&0x3F)<<6 | rune(text[2]&0x3F)
			text = text[3:]
			c = a.blocks[a.pages[r>>pageBits]][r&(1<<pageBits-1)]
		} else {
			r, w := utf8.DecodeRuneInString(text)
			c = a.class(r)
			text = text[w:]
		}
		n := int(next[s*classes+int(c)])
		if n == s {
			continue // as most characters do; nothing waits for the look-up then
		}
		if n == stateUnknown {
			n = int(x.step(s, c))
			next = x.next
		}
		if n == stateMatch {
			return true
		}
		if n == deadState && x.here {
			return false
		}
		s = n
	}
	if x.here && more {
		return true
	}
	for w, live := range x.sets[s] {
		if live&a.finals[w] != 0 {
			return true
		}
	}
	return false
}

// step works out where a character of class c leads from state s.
func (x *explorer) step(s int, c uint16) int32 {
	if x.budget--; x.budget < 0 {
		return stateMatch
	}
	a := x.a
	from, set, feed := x.sets[s], a.newSet(), c == a.lineFeed
	match := false
	if feed {
		from, match = x.endLine(from)
	}
	switch {
	case x.here:
	case feed:
		copy(set, a.first)
	default:
		copy(set, a.fresh)
	}
	for w, live := range from {
		for live &= a.matches[c][w]; live != 0; live &= live - 1 {
			pc := uint32(w<<6 + bits.TrailingZeros64(live))
			match = a.follow(set, a.insts[pc].Out, feed, false) || match
		}
	}
	at := s*len(a.matches) + int(c)
	if match {
		x.next[at] = stateMatch
		return stateMatch
	}
	if len(x.next) >= maxTransitions {
		x.reset()
		return x.state(set)
	}
	n := x.state(set)
	x.next[at] = n
	return n
}

// endLine returns a set with what follows where a line ends here.
func (x *explorer) endLine(set stateSet) (more stateSet, match bool) {
	a := x.a
	more = append(a.newSet()[:0], set...)
	for w, live := range set {
		for live &= a.ends[w]; live != 0; live &= live - 1 {
			pc := uint32(w<<6 + bits.TrailingZeros64(live))
			match = a.follow(more, a.insts[pc].Out, true, true) || match
		}
	}
	return more, match
}
