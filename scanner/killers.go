package scanner

import "reflect"

// A word like 第一条 anywhere in a document tells that it is a law, in which a
// rule about persons finds nothing. Such words are terms of the matcher like
// all others, so that a document is read once, and rules that they rule out
// are not asked again.

// onlyDocument reports a condition that asks for a word of a list anywhere in
// the document, and nothing else.
func (cd *cond) onlyDocument() bool {
	return cd.any >= 0 && cd.document && reflect.DeepEqual(*cd, cond{any: cd.any, none: -1, document: true, at: cd.at, why: cd.why, add: cd.add})
}

// killers makes terms of the words of lists that kill rules.
func (c *compiler) killers() {
	c.p.killing = make(listSet, (c.p.nlists+63)/64)
	for _, r := range c.p.rules {
		for _, l := range r.killers {
			c.p.killing.add(l)
		}
	}
	for id, lists := range c.p.lists {
		for _, l := range lists {
			if c.p.killing.has(l) {
				t := c.termID(c.ctx[id].Text, c.ctx[id].Fold)
				c.p.terms[t].lists = append(c.p.terms[t].lists, l)
			}
		}
	}
}

// lives says of each rule whether it can find anything in a document.
type lives struct {
	known []int64 // by rule: the stamp of the document it is known for
	dead  []bool
	stamp int64
}

func (l *lives) init(rules int) { l.known, l.dead = make([]int64, rules), make([]bool, rules) }

// dead reports whether a rule finds nothing in this document whatever stands
// in it. Whoever wants reasons gets them for every candidate.
func (sc *scan) dead(r *rule) bool {
	if len(r.killers) == 0 || sc.watch != nil {
		return false
	}
	l := &sc.lives
	if l.known[r.index] != l.stamp {
		l.known[r.index], l.dead[r.index] = l.stamp, false
		for _, list := range r.killers {
			l.dead[r.index] = l.dead[r.index] || sc.documentHas(list)
		}
	}
	return l.dead[r.index]
}
