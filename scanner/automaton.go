package scanner

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// automaton says, wrongly only in the affirmative, whether a text holds a
// match of a regular expression. It takes assertions like \b for true, but
// knows the ends of lines. Most windows behind a gate hold no match, and
// package regexp takes ten to a hundred times as long to say so.
//
// The automaton itself is immutable; its states are worked out as texts ask
// for them, by an explorer.
type automaton struct {
	insts    []syntax.Inst
	fresh    stateSet   // where a match may begin
	first    stateSet   // … at the beginning of a line
	ends     stateSet   // the instructions that want the end of a line
	finals   stateSet   // those of them after which nothing is wanted
	matches  []stateSet // by class: the instructions that take a character of it
	lineFeed uint16     // class
	common   uint16     // the class of most Chinese characters
	empty    bool       // the empty text matches, or nearly

	// The class of a character: two have the same one where no instruction
	// tells them apart.
	ascii  [utf8.RuneSelf]uint16
	pages  [0x10000 >> pageBits]uint16 // of the Basic Multilingual Plane, to blocks
	blocks [][1 << pageBits]uint16
	above  []classRange // beyond that plane
}

const pageBits = 6

// classRange says that the characters from from on, up to the next range, are
// of one class.
type classRange struct {
	from  rune
	class uint16
}

// stateSet is a set of instructions.
type stateSet []uint64

func (s stateSet) has(pc uint32) bool { return s[pc>>6]>>(pc&63)&1 != 0 }

func (s stateSet) add(pc uint32) { s[pc>>6] |= 1 << (pc & 63) }

// newAutomaton compiles a pattern that package regexp has accepted.
func newAutomaton(pattern string) (*automaton, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	a := &automaton{insts: prog.Inst}
	start := uint32(prog.Start)
	a.fresh, a.first, a.ends, a.finals = a.newSet(), a.newSet(), a.newSet(), a.newSet()
	a.empty = a.follow(a.newSet(), start, true, true)
	a.follow(a.fresh, start, false, false)
	a.follow(a.first, start, true, false)
	for pc := range a.insts {
		if in := &a.insts[pc]; in.Op == syntax.InstEmptyWidth && wants(in, syntax.EmptyEndLine) {
			a.ends.add(uint32(pc))
			if a.follow(a.newSet(), in.Out, true, true) {
				a.finals.add(uint32(pc))
			}
		}
	}
	a.classify()
	return a, nil
}

func (a *automaton) newSet() stateSet { return make(stateSet, (len(a.insts)+63)/64) }

func wants(in *syntax.Inst, op syntax.EmptyOp) bool { return syntax.EmptyOp(in.Arg)&op != 0 }

// follow adds to set the instructions that are reached from pc without a
// character, and reports whether a match ends there. begin says whether a
// line begins here, end whether to go on where one must end here.
func (a *automaton) follow(set stateSet, pc uint32, begin, end bool) bool {
	if set.has(pc) {
		return false
	}
	set.add(pc)
	switch in := &a.insts[pc]; in.Op {
	case syntax.InstMatch:
		return true
	case syntax.InstAlt, syntax.InstAltMatch:
		left := a.follow(set, in.Out, begin, end)
		return a.follow(set, in.Arg, begin, end) || left
	case syntax.InstEmptyWidth:
		if wants(in, syntax.EmptyBeginLine) && !begin || wants(in, syntax.EmptyEndLine) && !end {
			return false
		}
		return a.follow(set, in.Out, begin, end)
	case syntax.InstCapture, syntax.InstNop:
		return a.follow(set, in.Out, begin, end)
	}
	return false
}

func takes(in *syntax.Inst) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// edges returns the characters at which some instruction begins to take, or
// not to take, what comes; sorted, the first is 0.
func (a *automaton) edges() []rune {
	edges := []rune{0, '\n', '\n' + 1, 0x10000}
	between := func(lo, hi rune) { edges = append(edges, lo, hi+1) }
	for i := range a.insts {
		in := &a.insts[i]
		switch {
		case in.Op == syntax.InstRuneAnyNotNL:
			between('\n', '\n')
		case !takes(in):
		case len(in.Rune) == 1:
			r := in.Rune[0]
			between(r, r)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				between(f, f)
			}
		default:
			for k := 0; k+1 < len(in.Rune); k += 2 {
				between(in.Rune[k], in.Rune[k+1])
			}
		}
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// classify divides the characters into classes.
func (a *automaton) classify() {
	known := map[string]uint16{}
	var ranges []classRange
	for _, r := range a.edges() {
		set := a.newSet()
		for pc := range a.insts {
			if in := &a.insts[pc]; takes(in) && in.MatchRune(r) {
				set.add(uint32(pc))
			}
		}
		key := set.key()
		if r == '\n' {
			key += "\n" // a class by itself
		}
		c, ok := known[key]
		if !ok {
			c = uint16(len(a.matches))
			known[key] = c
			a.matches = append(a.matches, set)
		}
		if r == '\n' {
			a.lineFeed = c
		}
		ranges = append(ranges, classRange{r, c})
	}
	a.index(ranges)
	share := make([]int, len(a.matches))
	for r := firstHan; r <= lastHan; r++ {
		if c := a.class(r); c != a.lineFeed {
			share[c]++
		}
	}
	a.common = uint16(slices.Index(share, slices.Max(share)))
}

// index makes the tables that find the class of a character.
func (a *automaton) index(ranges []classRange) {
	at := 0
	known := map[[1 << pageBits]uint16]uint16{}
	var block [1 << pageBits]uint16
	for r := range rune(0x10000) {
		for at+1 < len(ranges) && ranges[at+1].from <= r {
			at++
		}
		c := ranges[at].class
		if r < utf8.RuneSelf {
			a.ascii[r] = c
		}
		block[r&(1<<pageBits-1)] = c
		if r&(1<<pageBits-1) != 1<<pageBits-1 {
			continue
		}
		b, ok := known[block]
		if !ok {
			b = uint16(len(a.blocks))
			known[block] = b
			a.blocks = append(a.blocks, block)
		}
		a.pages[r>>pageBits] = b
	}
	for _, r := range ranges {
		if r.from >= 0x10000 {
			a.above = append(a.above, r)
		}
	}
}

// class returns the class of r.
func (a *automaton) class(r rune) uint16 {
	if r < 0x10000 {
		return a.blocks[a.pages[r>>pageBits]][r&(1<<pageBits-1)]
	}
	i := len(a.above) - 1
	for a.above[i].from > r {
		i--
	}
	return a.above[i].class
}
