package words

import "math"

// edge is one word of the lattice: text[from:to] in characters.
type edge struct {
	from, to int
	score    float32
	tag      tag
}

// lattice holds every dictionary word of a stretch of text, with the best
// scores of everything before and behind each position.
type lattice struct {
	runes    []rune
	edges    []edge // by from, then by to
	starts   []int  // index of the first edge from each position
	forward  []float32
	backward []float32
}

// longestWord is the length of the longest word of the dictionary, in
// characters.
const longestWord = 16

var worst = float32(math.Inf(-1))

// build fills the lattice from l.runes.
func (l *lattice) build(lex *lexicon) {
	n := len(l.runes)
	l.edges, l.starts = l.edges[:0], l.starts[:0]
	for i := 0; i < n; i++ {
		l.starts = append(l.starts, len(l.edges))
		h := uint64(hashSeed)
		for j := i; j < n; j++ {
			h = step(h, l.runes[j])
			score, pos, known := lex.lookup(h)
			switch {
			case known && score != prefixOnly:
				l.edges = append(l.edges, edge{i, j + 1, score, pos})
			case j == i: // an unknown character stands for itself
				l.edges = append(l.edges, edge{i, j + 1, lex.least, tagOfUnknown(l.runes[i])})
			}
			if !known {
				break
			}
		}
	}
	l.starts = append(l.starts, len(l.edges))
	l.forward, l.backward = fill(l.forward, n+1), fill(l.backward, n+1)
	l.forward[0], l.backward[n] = 0, 0
	for _, e := range l.edges {
		l.forward[e.to] = max(l.forward[e.to], l.forward[e.from]+e.score)
	}
	for i := len(l.edges) - 1; i >= 0; i-- {
		e := l.edges[i]
		l.backward[e.from] = max(l.backward[e.from], l.backward[e.to]+e.score)
	}
}

func fill(s []float32, n int) []float32 {
	s = s[:0]
	for range n {
		s = append(s, worst)
	}
	return s
}

// through is the score of the best path through a word.
func (l *lattice) through(e edge) float32 { return l.forward[e.from] + e.score + l.backward[e.to] }

// path calls visit for the words of the best path, from left to right, until
// it returns false.
func (l *lattice) path(visit func(from, to int) bool) {
	at := 0
	for _, e := range l.edges {
		// The first edge from here that lies on a best path.
		if e.from == at && l.backward[e.from] == l.backward[e.to]+e.score {
			at = e.to
			if !visit(e.from, e.to) {
				return
			}
		}
	}
}

// readings compares ways to cut the text for a term at characters [from, to).
// A score is that of the best path of its sort, worst where there is none.
type readings struct {
	whole             float32 // a boundary at both ends of the term
	split             float32 // the term as several words, without what is around it
	cutLeft, cutRight edge    // the best words over one end of the term only, with the score of the path
	glued             edge    // the best longer word that the term is in, likewise
	term              edge    // the word that the term is
	before, after     edge    // the words beside the term on the best path
}

func (l *lattice) read(from, to int) readings {
	symbol, none := edge{tag: tagSymbol}, edge{score: worst}
	r := readings{cutLeft: none, cutRight: none, glued: none, term: none, before: symbol, after: symbol}
	for _, e := range l.edges[l.starts[max(0, from-longestWord)]:l.starts[to]] {
		switch {
		case e.to < from:
		case e.to == from:
			if l.forward[from] == l.forward[e.from]+e.score {
				r.before = e
			}
		case e.from == from && e.to == to:
			r.term = e
		default:
			r.cross(e, from, to, l.through(e))
		}
	}
	for _, e := range l.edges[l.starts[to]:l.starts[min(to+1, len(l.starts)-1)]] {
		if l.backward[to] == l.backward[e.to]+e.score {
			r.after = e
			break
		}
	}
	r.split = l.best(from, to)
	r.whole = l.forward[from] + max(r.term.score, r.split) + l.backward[to]
	return r
}

// cross takes a word into account that is neither before the term nor all of it.
func (r *readings) cross(e edge, from, to int, score float32) {
	var best *edge
	switch {
	case e.from < from && e.to < to:
		best = &r.cutLeft
	case e.from > from && e.to > to:
		best = &r.cutRight
	case e.from < from || e.to > to:
		best = &r.glued
	default:
		return
	}
	if score > best.score {
		*best = edge{e.from, e.to, score, e.tag}
	}
}

// best returns the score of the best path of several words from one position
// to another.
func (l *lattice) best(from, to int) float32 {
	var room [64]float32
	if to-from >= len(room) {
		return l.forward[to] - l.forward[from] // long terms: close enough
	}
	at := room[:to-from+1]
	for i := range at {
		at[i] = worst
	}
	at[0] = 0
	for _, e := range l.edges[l.starts[from]:l.starts[to]] {
		if e.to <= to && e.to-e.from < to-from {
			at[e.to-from] = max(at[e.to-from], at[e.from-from]+e.score)
		}
	}
	return at[to-from]
}
