package scanner

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/scanner/match"
)

// A template or an expression asks for more than the word that it is found
// by. Of what else it asks for the rarest words are its witnesses: terms of
// the matcher like all others, of which one must stand near. A group of
// witnesses serves all rules that ask for the same.

const (
	// witnessReach is how far behind a term its witnesses may begin, in bytes.
	witnessReach = 1600

	commonWitness = 1500 // in a million places: what is more common is everywhere
)

// group returns the group of the terms, -1 where they are no good witnesses
// for terms that are met in a share of all places: to find them costs more
// than to look around those terms.
func (c *compiler) group(texts []string, fold match.Fold, share float64) int32 {
	if texts == nil || c.rarities.share(texts) > min(share/2, commonWitness) {
		return -1
	}
	folder := c.folder(fold)
	if slices.ContainsFunc(texts, func(t string) bool { return len(folder.runes(t)) < 2 }) {
		return -1
	}
	key := groupKey{fold, strings.Join(texts, "\x00")}
	g, ok := c.groups[key]
	if !ok {
		g = int32(len(c.groups))
		c.groups[key] = g
		for _, t := range texts {
			id := c.termID(t, fold)
			c.p.terms[id].witness = append(c.p.terms[id].witness, g)
		}
	}
	return g
}

type groupKey struct {
	fold  match.Fold
	texts string
}

// templateWitness returns the witnesses of a template, and how far before
// its anchor one may begin.
func (c *compiler) templateWitness(r *rule, t *template) (group int32, behind int) {
	var best []string
	take := func(s step, reach int) {
		if s.texts != nil && !s.optional && (best == nil || c.rarities.share(s.texts) < c.rarities.share(best)) {
			best, behind = s.texts, reach
		}
	}
	for _, s := range t.before {
		take(s, 4*t.reach)
	}
	ahead := 0
	for _, s := range t.after {
		if ahead > witnessReach {
			break
		}
		take(s, 0)
		ahead += s.widest()
	}
	return c.group(best, r.fold&^(match.Split|match.Pinyin), c.rarities.share(t.anchorTexts)), behind
}

// widest returns the most bytes that a step can take with all that it passes
// over, more than witnessReach where that is not known.
func (s step) widest() int {
	const spaces, dropped = 8, 65
	switch {
	case s.literals != nil:
		n := 0
		for _, l := range s.literals {
			n = max(n, len(l))
		}
		return 4 * (n*(match.MaxGap+1) + spaces)
	case s.slot == "open" || s.slot == "close":
		return 4 * (1 + spaces)
	case s.slot == "colon":
		return 4 * (1 + 2*spaces)
	case s.slot == "gap" || s.slot == "any" || s.slot == "cjk" || s.slot == "digits":
		return 4 * (max(s.max, 12) + dropped)
	}
	return witnessReach + 1
}

// expressionWitness returns the witnesses of an expression.
func (c *compiler) expressionWitness(r *rule) int32 {
	x := r.Match.Regex
	if r.window > witnessReach {
		return -1
	}
	gated := len(x.Gate) > 0 && !x.Digits && !x.Unindexed
	share := float64(commonWitness)
	if gated {
		share = c.rarities.share(x.Gate)
	}
	best := requirer{c.folder(match.Default).f.Rune, func(l literals) float64 {
		if gated && !slices.ContainsFunc(x.Gate, func(gate string) bool { return !holdsAny(gate, l.texts) }) {
			return math.Inf(1) // every gate says as much
		}
		return c.rarities.share(shortest(l.texts))
	}}.best(x.Pattern)
	if best == nil {
		return -1
	}
	return c.group(shortest(best.texts), match.Default, share)
}

func holdsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// mostStarts is at how many places before a gate an expression is tried.
const mostStarts = 4

// startsBefore returns at how many characters before a gate a match around it may
// begin, at most; more than mostStarts where that is not known.
func (r *rule) startsBefore(fold func(rune) rune) int {
	x := r.Match.Regex
	if x.Digits || x.Unindexed {
		return mostStarts + 1
	}
	cost := func(l literals) float64 {
		most := 0
		for _, text := range l.texts {
			first := mostStarts + 1
			for _, gate := range x.Gate {
				if i := strings.Index(text, gate); i >= 0 {
					first = min(first, utf8.RuneCountInString(text[:i]))
				}
			}
			most = max(most, first)
		}
		if most > mostStarts {
			return math.Inf(1)
		}
		return float64(l.before + most)
	}
	best := requirer{fold, cost}.best(x.Pattern)
	if best == nil {
		return mostStarts + 1
	}
	return int(min(cost(*best), mostStarts+1))
}

// witnesses knows which groups had a word in a segment, as far as the segment
// was looked at.
type witnesses struct {
	seen  []int64 // by group: the stamp of the segment
	at    []int32 // where the latest word begins
	stamp int64
	all   bool // all hits of the segment are known
}

func (w *witnesses) init(groups int) { w.seen, w.at = make([]int64, groups), make([]int32, groups) }

// begin forgets the words of the segment before.
func (w *witnesses) begin() { w.stamp, w.all = w.stamp+1, false }

// upTo notes the witnesses among hits[i:] that begin up to an offset, and
// returns where to go on.
func (w *witnesses) upTo(p *program, hits []match.Hit, i, to int) int {
	for ; i < len(hits) && hits[i].Start <= to; i++ {
		if p.duties[hits[i].ID]&dutyWitness == 0 {
			continue
		}
		for _, g := range p.terms[hits[i].ID].witness {
			w.seen[g], w.at[g] = w.stamp, int32(hits[i].Start)
		}
	}
	w.all = i == len(hits)
	return i
}

// has reports whether a word of the group may begin at or behind from.
func (w *witnesses) has(group int32, from int) bool {
	return group < 0 || w.seen[group] == w.stamp && int(w.at[group]) >= from
}
