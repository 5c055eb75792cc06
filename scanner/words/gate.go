package words

import (
	"math"
	"strings"
)

// edge is one word of the lattice: text[from:to] in characters.
type edge struct {
	from, to int
	score    float32
}

// lattice holds every dictionary word of a stretch of text, with the best
// scores of everything before and behind each position.
type lattice struct {
	runes    []rune
	edges    []edge // by from, then by to
	forward  []float32
	backward []float32
}

var worst = float32(math.Inf(-1))

// build fills the lattice from l.runes.
func (l *lattice) build(lex *lexicon) {
	n := len(l.runes)
	l.edges = l.edges[:0]
	for i := 0; i < n; i++ {
		h := uint64(hashSeed)
		for j := i; j < n; j++ {
			h = step(h, l.runes[j])
			score, known := lex.lookup(h)
			switch {
			case known && score != prefixOnly:
				l.edges = append(l.edges, edge{i, j + 1, score})
			case j == i: // an unknown character stands for itself
				l.edges = append(l.edges, edge{i, j + 1, lex.least})
			}
			if !known {
				break
			}
		}
	}
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

// margins compares three ways to cut the text, for a term at characters
// [from, to): with a boundary at both of its ends (whole), with a word that
// crosses one of its ends (cut), and inside one longer word (glued). Each is
// the score of the best path of that sort.
func (l *lattice) margins(from, to int) (whole, cut, glued float32) {
	cut, glued = worst, worst
	inner := l.best(from, to)
	whole = l.forward[from] + inner + l.backward[to]
	for _, e := range l.edges {
		if e.from >= to {
			break
		}
		if e.to <= from {
			continue
		}
		score := l.forward[e.from] + e.score + l.backward[e.to]
		switch {
		case e.from < from && e.to > from && e.to < to, e.from > from && e.from < to && e.to > to:
			cut = max(cut, score)
		case e.from <= from && e.to >= to && e.to-e.from > to-from:
			glued = max(glued, score)
		}
	}
	return whole, cut, glued
}

// best returns the score of the best path from one position to another.
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
	for _, e := range l.edges {
		if e.from >= to {
			break
		}
		if e.from >= from && e.to <= to {
			at[e.to-from] = max(at[e.to-from], at[e.from-from]+e.score)
		}
	}
	return at[to-from]
}

// slack is by how much, in logarithms of probability, cutting across a term
// must be the better reading before the term is given up. It trades lost terms
// against false alarms; `make words GOLD=path` prints both.
const slack = 0.3

// keeps reports whether a term at characters [from, to) is whole: cutting at
// its ends is about as likely as cutting across them, or likelier.
func (l *lattice) keeps(from, to int) bool {
	if l.splitsNumeral(from, to) {
		return false
	}
	whole, cut, _ := l.margins(from, to)
	return whole >= cut-slack
}

// splitsNumeral reports a term whose end lies inside a number, which no word
// list knows: 26[万元], 十[一月], 三[十多年]. Units such as 千米 are no numbers.
func (l *lattice) splitsNumeral(from, to int) bool {
	if from > 0 {
		before, first := l.runes[from-1], l.runes[from]
		digit := before >= '0' && before <= '9' || before >= '０' && before <= '９'
		switch {
		case (digit || strings.ContainsRune("二三四五六七八九十百千万亿", before)) && strings.ContainsRune("十百万亿多几余", first):
			return true
		case digit && first == '千':
			return from+1 < to && !strings.ContainsRune("米瓦克卡", l.runes[from+1])
		case strings.ContainsRune("十百千万", before) && strings.ContainsRune("一二三四五六七八九", first):
			return true
		}
	}
	return to < len(l.runes) && strings.ContainsRune("一二三四五六七八九十百", l.runes[to-1]) && strings.ContainsRune("十百千万亿", l.runes[to])
}

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
