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
		case e.from < from && e.to < to && !l.measured(e.from, from), e.from > from && e.to > to && !l.measured(e.from, to):
			cut = max(cut, score)
		case e.from <= from && e.to >= to && e.to-e.from > to-from:
			glued = max(glued, score)
		}
	}
	return whole, cut, glued
}

// Numerals, and what stands before measure words like them; and common
// measure words.
const (
	numerals = "一二三四五六七八九十百千万亿零〇两"
	counts   = numerals + "几数多半这那每某各"
	measures = "个年月天次位名件本条项种座场届期批组套部首集册元人岁倍吨"
)

// measured reports whether the characters [from, at) count and a measure word
// follows. The word list joins the two, 一个 and 这本, where people see two
// words: such a word does not tell against a boundary at at.
func (l *lattice) measured(from, at int) bool {
	return strings.ContainsRune(measures, l.runes[at]) && allOf(l.runes[from:at], counts)
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
	if l.ordinal(from, to) {
		return true
	}
	whole, cut, _ := l.margins(from, to)
	return whole >= cut-slack
}

// ordinal reports a term like 第四, which the word list does not know to be
// one: it would rather find 四周 in 第四周.
func (l *lattice) ordinal(from, to int) bool {
	return l.runes[from] == '第' && to-from > 1 && allOf(l.runes[from+1:to], numerals)
}

// splitsNumeral reports a term whose end lies inside a number, which no word
// list knows: 26[万元], 十[一月], 三[十多年], 第[一个]. Units such as 千米 are no
// numbers.
func (l *lattice) splitsNumeral(from, to int) bool {
	if from > 0 {
		before, first := l.runes[from-1], l.runes[from]
		digit := before >= '0' && before <= '9' || before >= '０' && before <= '９'
		switch {
		case (digit || strings.ContainsRune("二三四五六七八九十百千万亿", before)) && strings.ContainsRune("十百万亿多几余", first):
			return true
		case digit && first == '千':
			return from+1 < to && !strings.ContainsRune("米瓦克卡", l.runes[from+1])
		case strings.ContainsRune("十百千万第", before) && strings.ContainsRune("一二三四五六七八九", first):
			return true
		case before == '第' && strings.ContainsRune("十百", first):
			return true
		}
	}
	if to == len(l.runes) {
		return false
	}
	last, after := l.runes[to-1], l.runes[to]
	return strings.ContainsRune("一二三四五六七八九十百", last) && strings.ContainsRune("十百千万亿", after) ||
		strings.ContainsRune("十百千", last) && strings.ContainsRune("一二三四五六七八九", after)
}

func allOf(runes []rune, set string) bool {
	for _, r := range runes {
		if !strings.ContainsRune(set, r) {
			return false
		}
	}
	return true
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
