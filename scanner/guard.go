package scanner

import (
	"slices"
)

// Most places where a term is found lead nowhere: an anchor of a template
// stands in prose, between characters that no template asks for, or the other
// words of a template or an expression are nowhere around. A guard tells so
// by the two characters beside the term and by what the matcher found near
// it, before anything else is looked at. It errs by letting pass.

// guard is what must hold around a term for one of its uses to be worth a
// look.
type guard struct {
	parts       partMask // of the segment, one of them
	left, right beside
	witness     int32 // group of terms of which one must be near, -1 for none
	behind      int   // by how many bytes before the term such a one may begin
}

// beside says which characters may stand next to a term, and which one must
// stand a little further off.
type beside struct {
	any   bool // or nothing
	han   bool // every Chinese character
	set   charSet
	reach int // one of far must be among this many characters, 0: nothing is known
	far   charSet
	named bool // a name stands between; those made of several parts may be of any length
}

// charSet is a set of characters that errs by taking others for members.
type charSet [16]uint64

func (c *charSet) add(r rune) { c[r>>6&15] |= 1 << (r & 63) }

func (c *charSet) has(r rune) bool { return c[r>>6&15]>>(r&63)&1 != 0 }

// none returns the length of the Chinese characters that text begins with of
// which none is a member.
func (c *charSet) none(text string) (n int) {
	for ; n+3 <= len(text); n += 3 {
		s := text[n : n+3]
		if s[0]-0xE4 >= 6 || (uint16(s[1])<<8|uint16(s[2]))&0xC0C0 != 0x8080 || c[s[1]&15]>>(s[2]&63)&1 != 0 {
			break
		}
	}
	return n
}

func (b *beside) allows(r rune) bool {
	switch {
	case r == unjudged || b.any:
		return true
	case r == noRune:
		return false
	case b.han && r >= 0x4E00 && r < 0xA000:
		return true
	}
	return b.set.has(r)
}

// farBefore reports whether a character that must stand a little before
// text[i:] may do so.
func (b *beside) farBefore(text string, i int) bool {
	for n := b.reach; n > 0; n-- {
		r := runeBefore(text, i)
		if r == unjudged || r != noRune && b.far.has(r) {
			return true
		}
		if r == noRune {
			return false
		}
		i -= 3
	}
	return b.reach == 0
}

// farAfter does the same behind text[:i].
func (b *beside) farAfter(text string, i int) bool {
	for n := b.reach; n > 0; n-- {
		passed := b.far.none(text[i:min(i+3*n, len(text))])
		if i, n = i+passed, n-passed/3; n == 0 {
			return false
		}
		r := runeAfter(text, i)
		if r == unjudged || r != noRune && b.far.has(r) {
			return true
		}
		if r == noRune {
			return false
		}
		i += 3
	}
	return b.reach == 0
}

// What stands beside a term is judged where it is a Chinese character or one
// of the usual marks; spaces, Latin and all the rest may always stand there.
const (
	unjudged rune = 0
	noRune   rune = -1

	firstJudged, lastJudged rune = 0x3001, 0xFF20
	firstHan, lastHan       rune = 0x4E00, 0x9FFF
	ideographicZero         rune = 0x3007
)

func judged(r rune) bool {
	return r >= firstHan && r <= lastHan || r >= firstJudged && r <= 0x3020 || r > 0xFF00 && r <= lastJudged
}

// runeAfter returns the character at text[i:], or unjudged, or noRune.
func runeAfter(text string, i int) rune {
	if i >= len(text) {
		return noRune
	}
	if i+2 >= len(text) || text[i]-0xE3 > 0xEF-0xE3 || text[i+1]&0xC0 != 0x80 || text[i+2]&0xC0 != 0x80 {
		return unjudged
	}
	if r := rune(text[i]&0x0F)<<12 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F); judged(r) {
		return r
	}
	return unjudged
}

// runeBefore returns the character that ends at text[:i].
func runeBefore(text string, i int) rune {
	switch {
	case i == 0:
		return noRune
	case i < 3:
		return unjudged
	}
	return runeAfter(text[:i], i-3)
}

// guardOf makes the guard of a template's anchor.
func (c *compiler) guardOf(r *rule, t *template) *guard {
	before := slices.Clone(t.before)
	slices.Reverse(before)
	g := &guard{parts: r.anyParts(), left: c.besideOf(r, before, true), right: c.besideOf(r, t.after, false)}
	g.witness, g.behind = c.templateWitness(r, t)
	return g
}

// anyParts returns the parts of a document that a candidate may stand in.
func (r *rule) anyParts() partMask {
	if r.head {
		return ^partMask(0)
	}
	return r.parts
}

// besideOf returns what may stand next to an anchor that the steps follow,
// or, in reverse, precede.
func (c *compiler) besideOf(r *rule, steps []step, reverse bool) beside {
	i := slices.IndexFunc(steps, func(s step) bool { return !s.passable() })
	if i < 0 {
		return beside{any: true}
	}
	e := c.edgesOf(r.folder)
	near := e.dropped
	for _, s := range steps[:i+1] {
		near.addAll(e.of(s, reverse))
	}
	b := beside{set: near.fold(), han: near.holdsHan()}
	far, reach := firstLiteral(steps)
	if b.reach = reach; reach > 0 {
		set := e.dropped
		set.addAll(e.of(steps[far], reverse))
		b.far, b.named = set.fold(), steps[0].slot == "name"
	}
	return b
}

// longestName is how many characters a name has at most that is not made of
// several parts.
const longestName = 4

// firstLiteral returns the first step of literals that only slots of any characters,
// and before those a name, separate from the anchor, and among how many
// characters behind the anchor its first one is; 0 if there is no such step.
func firstLiteral(steps []step) (at, reach int) {
	for i, s := range steps {
		switch {
		case i == 0 && s.slot == "name" && !s.optional:
			reach += longestName
		case s.literals != nil && !s.optional:
			return i, reach + 1
		case s.literals == nil && s.slot == "gap":
			reach += maxOr(s.max, 3)
		case s.literals == nil && (s.slot == "any" || s.slot == "cjk"):
			reach += maxOr(s.max, 12)
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// passable reports whether a step may take nothing.
func (s *step) passable() bool {
	return s.optional || (s.slot == "gap" || s.slot == "any") && s.min == 0
}
