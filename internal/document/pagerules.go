package document

import (
	"cmp"
	"math"
	"slices"
)

// pageRule is a straight line of a page, level or upright: at is its y or x,
// from and to are its ends.
type pageRule struct {
	level        bool
	at, from, to float64
}

const (
	ruleThin  = 3    // points; a painted area no wider is a rule
	ruleNear  = 3    // lines no further apart are one, and meet
	ruleShort = 6    // shorter lines are no part of a table
	ruleMost  = 4000 // lines of a page that are looked at
)

// boxRules returns the rules a painted rectangle makes: itself where it is
// thin, else its edges.
func boxRules(rules []pageRule, b pageBox) []pageRule {
	x, y := b.middle()
	switch {
	case b.width() <= ruleThin && b.height() <= ruleThin:
		return rules
	case b.height() <= ruleThin:
		return append(rules, pageRule{true, y, b.left, b.right})
	case b.width() <= ruleThin:
		return append(rules, pageRule{false, x, b.bottom, b.top})
	}
	return append(rules,
		pageRule{true, b.top, b.left, b.right}, pageRule{true, b.bottom, b.left, b.right},
		pageRule{false, b.left, b.bottom, b.top}, pageRule{false, b.right, b.bottom, b.top})
}

// lineRule returns the rule from one point to another, if it is one.
func lineRule(x0, y0, x1, y1 float64) (rule pageRule, ok bool) {
	const slant = 0.5
	switch {
	case math.Abs(y0-y1) <= slant && math.Abs(x0-x1) > slant:
		return pageRule{true, (y0 + y1) / 2, min(x0, x1), max(x0, x1)}, true
	case math.Abs(x0-x1) <= slant && math.Abs(y0-y1) > slant:
		return pageRule{false, (x0 + x1) / 2, min(y0, y1), max(y0, y1)}, true
	}
	return pageRule{}, false
}

// joinRules brings lines that are nearly on one line onto it and makes one of
// those that touch: each cell of a table may draw its own borders.
func joinRules(rules []pageRule, level bool) []pageRule {
	var all []pageRule
	for _, r := range rules {
		if r.level == level {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b pageRule) int { return cmp.Compare(a.at, b.at) })
	var out []pageRule
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].at-all[j-1].at <= ruleNear && all[j].at-all[i].at <= 2*ruleNear {
			j++
		}
		line := all[i:j]
		at := (line[0].at + line[len(line)-1].at) / 2
		slices.SortFunc(line, func(a, b pageRule) int { return cmp.Compare(a.from, b.from) })
		first := len(out)
		for _, r := range line {
			if n := len(out); n > first && r.from <= out[n-1].to+ruleNear {
				out[n-1].to = max(out[n-1].to, r.to)
				continue
			}
			out = append(out, pageRule{level, at, r.from, r.to})
		}
		i = j
	}
	return slices.DeleteFunc(out, func(r pageRule) bool { return r.to-r.from < ruleShort })
}

// ruleGroups parts lines into those that hang together.
func ruleGroups(levels, uprights []pageRule) [][]pageRule {
	sets := newSets(len(levels) + len(uprights))
	for i, h := range levels {
		for j, v := range uprights {
			if v.at >= h.from-ruleNear && v.at <= h.to+ruleNear && h.at >= v.from-ruleNear && h.at <= v.to+ruleNear {
				sets.join(i, len(levels)+j)
			}
		}
	}
	all := slices.Concat(levels, uprights)
	var groups [][]pageRule
	for _, members := range sets.groups() {
		var group []pageRule
		for _, i := range members {
			group = append(group, all[i])
		}
		groups = append(groups, group)
	}
	return groups
}

// sets are disjoint sets of the numbers below a limit.
type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func (s sets) root(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// join makes one set of those of a and b; its root is the lower one of theirs.
func (s sets) join(a, b int) {
	a, b = s.root(a), s.root(b)
	s[max(a, b)] = min(a, b)
}

// groups lists the members of each set, in the order of the first ones.
func (s sets) groups() [][]int {
	byRoot := map[int]int{}
	var out [][]int
	for i := range s {
		root := s.root(i)
		at, ok := byRoot[root]
		if !ok {
			at = len(out)
			byRoot[root] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], i)
	}
	return out
}
