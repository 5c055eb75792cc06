package scanner

import (
	"regexp/syntax"
	"strings"
)

// maxNeeded is how many literals are looked for before an expression is run.
const maxNeeded = 24

// needs works out what every match of a pattern contains: one of the literals,
// or, where digit is set, a decimal digit. Windows without it need not be
// looked at, which is far cheaper than running the expression on them.
func needs(pattern string) (literals []string, digit bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	re = re.Simplify()
	n := needOf(re)
	if len(n.literals) > maxNeeded {
		n.literals = nil
	}
	return n.literals, n.digit
}

// need is what a part of a pattern cannot match without.
type need struct {
	literals []string // one of these; nil: nothing known
	digit    bool
}

func needOf(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return need{}
		}
		s := string(re.Rune)
		return need{literals: []string{s}, digit: strings.ContainsAny(s, "0123456789")}
	case syntax.OpCharClass:
		return classNeed(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return needOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var best need
		for _, sub := range re.Sub {
			n := needOf(sub)
			best.digit = best.digit || n.digit
			if rarer(n.literals, best.literals) {
				best.literals = n.literals
			}
		}
		return best
	case syntax.OpAlternate:
		all := need{digit: true}
		for i, sub := range re.Sub {
			n := needOf(sub)
			all.digit = all.digit && n.digit
			if n.literals == nil || i > 0 && all.literals == nil {
				all.literals = nil
				continue
			}
			all.literals = append(all.literals[:len(all.literals):len(all.literals)], n.literals...)
		}
		return all
	}
	return need{}
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
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			n.literals = append(n.literals, string(r))
		}
	}
	return n
}

// rarer prefers long literals, then few of them.
func rarer(a, b []string) bool {
	if a == nil || b == nil {
		return a != nil
	}
	sa, sb := shortest(a), shortest(b)
	return sa > sb || sa == sb && len(a) < len(b)
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
	if r.needed == nil {
		return false
	}
	for _, s := range r.needed {
		if strings.Contains(text, s) {
			return false
		}
	}
	return true
}
