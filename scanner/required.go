package scanner

import (
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

// required is what is known of the matches of a part of an expression.
type required struct {
	exact []string   // all of them, nil if that is not known or too much
	sets  [][]string // lists of literals: a match holds one of each list
}

// requirer finds the lists of an expression. Literals are told apart as fold
// folds them.
type requirer struct {
	rarities rarities
	fold     func(rune) rune
}

// lists returns lists of literals: every match of pattern holds one of each.
func (q requirer) lists(pattern string) [][]string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return q.of(re.Simplify()).all()
}

// all returns the lists, the exact one too.
func (r required) all() [][]string {
	if r.exact == nil {
		return r.sets
	}
	if l := fewest(r.exact); l != nil {
		return append(slices.Clone(r.sets), l)
	}
	return r.sets
}

// fewest leaves out of a list the literals that hold others of it. It returns
// nil where the list cannot be looked for.
func fewest(list []string) []string {
	slices.SortStableFunc(list, func(a, b string) int { return len(a) - len(b) })
	var out []string
	for _, s := range list {
		if strings.TrimFunc(s, func(r rune) bool { return isSpace(r) || isInvisible(r) }) == "" {
			return nil
		}
		if !slices.ContainsFunc(out, func(o string) bool { return strings.Contains(s, o) }) {
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
		return required{sets: q.of(re.Sub[0]).all()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required{sets: q.of(re.Sub[0]).all()}
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
	var list []string
	for i := 0; i < len(re.Rune); i += 2 {
		for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
			if len(list) == maxRequired/2 || c == utf8.RuneError || !utf8.ValidRune(c) {
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
	whole, run := true, []string{""}
	var sets [][]string
	end := func() {
		if l := fewest(run); l != nil {
			sets = append(sets, l)
		}
		whole, run = false, []string{""}
	}
	for _, sub := range subs {
		r := q.of(sub)
		sets = append(sets, r.sets...)
		if r.exact == nil {
			end()
			continue
		}
		if len(run)*len(r.exact) > maxRequired {
			end()
		}
		run = product(run, r.exact)
	}
	if whole {
		return required{exact: run, sets: sets}
	}
	end()
	return required{sets: sets}
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

// alternate takes of every alternative its rarest list: a match holds a
// literal of one of them.
func (q requirer) alternate(subs []*syntax.Regexp) required {
	exact, union := []string{}, []string{}
	for _, sub := range subs {
		r := q.of(sub)
		if r.exact == nil || exact == nil || len(exact)+len(r.exact) > maxRequired {
			exact = nil
		} else {
			exact = append(exact, r.exact...)
		}
		best := q.rarities.rarest(r.all())
		if best == nil || union == nil {
			union = nil
		} else {
			union = append(union, best...)
		}
	}
	out := required{exact: exact}
	if union != nil && exact == nil {
		if l := fewest(union); l != nil {
			out.sets = [][]string{l}
		}
	}
	return out
}
