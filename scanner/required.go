package scanner

import (
	"math"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A match of an expression holds one of certain literals: that of 未经.*(?:外传|
// 上网) holds 外传 or 上网, whatever else. Where none of them stands in a
// window, the expression need not look there.

// maxRequired is how many literals such a list may have.
const maxRequired = 96

// literals is a list of which every match holds one.
type literals struct {
	texts  []string
	before int // characters that may stand before it in the match, at most
}

// required is what is known of the matches of a part of an expression.
type required struct {
	exact []string // all of them, nil if that is not known or too much
	lists []literals
}

// requirer finds the lists of an expression.
type requirer struct {
	fold func(rune) rune        // literals are told apart as it folds them
	cost func(literals) float64 // the cheaper of two lists is the better one; infinite: of no use
}

// best returns the best list of an expression, nil if there is none.
func (q requirer) best(pattern string) *literals {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return q.cheapest(q.of(re.Simplify()).all())
}

func (q requirer) cheapest(lists []literals) *literals {
	var best *literals
	least := math.Inf(1)
	for i := range lists {
		if c := q.cost(lists[i]); c < least {
			best, least = &lists[i], c
		}
	}
	return best
}

// all returns the lists, the exact one too.
func (r required) all() []literals {
	if r.exact == nil {
		return r.lists
	}
	if l := fewest(r.exact); l != nil {
		return append(slices.Clone(r.lists), literals{texts: l})
	}
	return r.lists
}

// fewest leaves out of a list the literals that begin with others of it. It
// returns nil where the list cannot be looked for.
func fewest(list []string) []string {
	slices.SortStableFunc(list, func(a, b string) int { return len(a) - len(b) })
	var out []string
	for _, s := range list {
		if strings.TrimFunc(s, func(r rune) bool { return isSpace(r) || isInvisible(r) }) == "" {
			return nil
		}
		if !slices.ContainsFunc(out, func(o string) bool { return strings.HasPrefix(s, o) }) {
			out = append(out, s)
		}
	}
	if len(out) > maxRequired {
		return nil
	}
	return out
}

func (q requirer) of(re *syntax.Regexp) required {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return required{exact: []string{""}}
	case syntax.OpLiteral:
		return q.literal(re)
	case syntax.OpCharClass:
		return class(re)
	case syntax.OpCapture:
		return q.of(re.Sub[0])
	case syntax.OpPlus:
		return required{lists: q.of(re.Sub[0]).all()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required{lists: q.of(re.Sub[0]).all()}
		}
	case syntax.OpQuest:
		if r := q.of(re.Sub[0]); r.exact != nil {
			return required{exact: append(slices.Clone(r.exact), "")}
		}
	case syntax.OpConcat:
		return q.concat(re.Sub)
	case syntax.OpAlternate:
		return q.alternate(re.Sub)
	}
	return required{}
}

func (q requirer) literal(re *syntax.Regexp) required {
	for _, r := range re.Rune {
		if r == utf8.RuneError || !utf8.ValidRune(r) {
			return required{}
		}
		if re.Flags&syntax.FoldCase == 0 {
			continue
		}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if q.fold(f) != q.fold(r) {
				return required{}
			}
		}
	}
	return required{exact: []string{string(re.Rune)}}
}

func class(re *syntax.Regexp) required {
	n := 0
	for i := 0; i < len(re.Rune); i += 2 {
		n += int(re.Rune[i+1]-re.Rune[i]) + 1
	}
	if n > maxRequired/2 {
		return required{}
	}
	list := make([]string, 0, n)
	for i := 0; i < len(re.Rune); i += 2 {
		for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
			if c == utf8.RuneError || !utf8.ValidRune(c) {
				return required{}
			}
			list = append(list, string(c))
		}
	}
	return required{exact: list}
}

// concat joins the exact lists of neighbours as long as they stay short, and
// keeps the lists of all parts.
func (q requirer) concat(subs []*syntax.Regexp) required {
	whole, run, at, before := true, []string{""}, 0, 0
	var lists []literals
	end := func() {
		if l := fewest(run); l != nil {
			lists = append(lists, literals{l, at})
		}
		whole, run = false, []string{""}
	}
	for _, sub := range subs {
		r := q.of(sub)
		for _, l := range r.lists {
			lists = append(lists, literals{l.texts, add(before, l.before)})
		}
		if r.exact == nil || len(run)*len(r.exact) > maxRequired {
			end()
		}
		next := add(before, longestMatch(sub))
		if r.exact == nil {
			at = next
		} else {
			if len(run) == 1 && run[0] == "" {
				at = before
			}
			run = product(run, r.exact)
		}
		before = next
	}
	if whole {
		return required{exact: run, lists: lists}
	}
	end()
	return required{lists: lists}
}

// endless is the length of a match that has no bounds.
const endless = 1 << 20

func add(a, b int) int { return min(a+b, endless) }

// longestMatch returns the most characters that re matches.
func longestMatch(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpQuest:
		return longestMatch(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return endless
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n = add(n, longestMatch(sub))
		}
		return n
	case syntax.OpAlternate:
		n := 0
		for _, sub := range re.Sub {
			n = max(n, longestMatch(sub))
		}
		return n
	}
	return 0
}

func product(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, h+t)
		}
	}
	return out
}

// alternate takes of every alternative its best list: a match holds a literal
// of one of them.
func (q requirer) alternate(subs []*syntax.Regexp) required {
	exact, union := []string{}, &literals{}
	for _, sub := range subs {
		r := q.of(sub)
		if r.exact == nil || exact == nil || len(exact)+len(r.exact) > maxRequired {
			exact = nil
		} else {
			exact = append(exact, r.exact...)
		}
		best := q.cheapest(r.all())
		if best == nil || union == nil {
			union = nil
		} else {
			union = &literals{append(union.texts, best.texts...), max(union.before, best.before)}
		}
	}
	out := required{exact: exact}
	if union != nil && exact == nil {
		if l := fewest(union.texts); l != nil {
			out.lists = []literals{{l, union.before}}
		}
	}
	return out
}
