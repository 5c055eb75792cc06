package scanner

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// maxNeeded is how many literals are looked for before an expression is run.
const maxNeeded = 24

// needs works out what every match of a pattern contains: one literal of each
// of the sets, the most telling first, and, where digit is set, a decimal
// digit. Windows without it need not be looked at, which is far cheaper than
// running the expression on them.
func needs(pattern string) (sets [][]string, digit bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	n := needOf(re.Simplify())
	for _, set := range n.sets {
		if len(set) <= maxNeeded {
			sets = append(sets, set)
		}
	}
	slices.SortStableFunc(sets, func(a, b []string) int {
		if d := shortest(b) - shortest(a); d != 0 {
			return d
		}
		return len(a) - len(b)
	})
	return sets[:min(len(sets), 4)], n.digit
}

// need is what a part of a pattern cannot match without.
type need struct {
	sets  [][]string // one literal of each
	digit bool
}

func needOf(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 && hasLetter(re.Rune) {
			return need{}
		}
		s := string(re.Rune)
		return need{sets: [][]string{{s}}, digit: strings.ContainsAny(s, "0123456789")}
	case syntax.OpCharClass:
		return classNeed(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return needOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var all need
		for _, sub := range re.Sub {
			n := needOf(sub)
			all.digit = all.digit || n.digit
			all.sets = append(all.sets, n.sets...)
		}
		return all
	case syntax.OpAlternate:
		return needOfAny(re.Sub)
	}
	return need{}
}

// needOfAny joins the most telling sets of alternatives, if each has one.
func needOfAny(subs []*syntax.Regexp) need {
	all := need{digit: true}
	var union []string
	complete := true
	for _, sub := range subs {
		n := needOf(sub)
		all.digit = all.digit && n.digit
		if len(n.sets) == 0 {
			complete = false
			continue
		}
		best := n.sets[0]
		for _, set := range n.sets[1:] {
			if s, b := shortest(set), shortest(best); s > b || s == b && len(set) < len(best) {
				best = set
			}
		}
		union = append(union, best...)
	}
	if complete {
		slices.Sort(union)
		all.sets = [][]string{slices.Compact(union)}
	}
	return all
}

func hasLetter(runes []rune) bool {
	return slices.ContainsFunc(runes, func(r rune) bool { return unicode.SimpleFold(r) != r })
}

// classNeed takes small classes for their characters, and classes of nothing
// but ASCII digits for a digit.
func classNeed(ranges []rune) need {
	count := 0
	digits := true
	for i := 0; i < len(ranges); i += 2 {
		count += int(ranges[i+1]-ranges[i]) + 1
		digits = digits && ranges[i] >= '0' && ranges[i+1] <= '9'
	}
	n := need{digit: digits}
	if count > 6 {
		return n
	}
	var set []string
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			set = append(set, string(r))
		}
	}
	n.sets = [][]string{set}
	return n
}

func shortest(ss []string) int {
	n := 1 << 10
	for _, s := range ss {
		n = min(n, len(s))
	}
	return n
}

// lacks reports whether text cannot hold a match.
func (r *rule) lacks(text string) bool {
	if r.needDigit && !strings.ContainsAny(text, "0123456789") {
		return true
	}
	for _, set := range r.needed {
		if !slices.ContainsFunc(set, func(s string) bool { return strings.Contains(text, s) }) {
			return true
		}
	}
	return false
}
