package scanner

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// lineOf is a compiled dictionaries.LineOf.
type lineOf struct {
	words    map[rune][]lineWord // by first character, the longest first
	near     *neighbours         // in the words
	needs    [][]uint64          // sequences of groups, each as its bit
	free     int
	maxChars int
}

// lineWord is a word with the groups it belongs to.
type lineWord struct {
	text   []rune
	groups uint64
}

const (
	defaultLineOf = 40
	lineOfReach   = 100 // characters of the longest line that clauses are taken from
)

// lineOf compiles the words of a rule, and registers those of one group of
// each sequence, the rarest, to be looked for.
func (c *compiler) lineOf(r *rule, g *guard) {
	src := r.Match.LineOf
	l := &lineOf{words: map[rune][]lineWord{}, free: src.Free, maxChars: src.MaxChars}
	if l.maxChars == 0 {
		l.maxChars = defaultLineOf
	}
	names := slices.Sorted(maps.Keys(src.Words))
	for i, name := range names {
		for _, w := range r.folder.all(src.Words[name]) {
			l.add(w, 1<<i)
		}
	}
	for _, list := range l.words {
		slices.SortStableFunc(list, func(a, b lineWord) int { return len(b.text) - len(a.text) })
	}
	shares := map[string]float64{}
	for _, name := range names {
		shares[name] = c.rarities.share(src.Words[name])
	}
	for _, seq := range src.Needs {
		bits := []uint64(nil)
		for _, name := range seq {
			bits = append(bits, 1<<slices.Index(names, name))
		}
		l.needs = append(l.needs, bits)
		anchor := slices.MinFunc(seq, func(a, b string) int { return cmp.Compare(shares[a], shares[b]) })
		for _, w := range src.Words[anchor] {
			c.term(w, r.fold, use{r.index, roleLineOf, 0, g})
		}
	}
	l.near = newNeighbours(l.words, r.folder)
	r.lineOf = l
}

func (l *lineOf) add(text []rune, group uint64) {
	list := l.words[text[0]]
	for i := range list {
		if slices.Equal(list[i].text, text) {
			list[i].groups |= group
			return
		}
	}
	l.words[text[0]] = append(list, lineWord{text, group})
}

// lineOfAt looks whether the line around a word, the bracket it stands in, or
// the first or last clause of the line, is made of the rule's words.
func (sc *scan) lineOfAt(k *candidate) {
	if !sc.mayCover(k) || !sc.shortLine(k, lineOfReach) {
		return
	}
	text := sc.doc.Segments[k.seg].Text
	from, to := lineAround(text, k.start, k.end)
	if sc.lineOfIn(k, from, to) {
		return
	}
	a, b := clauseAround(text, from, to, k.start, k.end, "（(【[〔）)】]〕")
	bracketed := a > from && b < to && strings.ContainsAny(tail(text[:a], 1), "（(【[〔") && strings.ContainsAny(first(text[b:to], 1), "）)】]〕")
	if bracketed && sc.lineOfIn(k, a, b) {
		return
	}
	a, b = clauseAround(text, from, to, k.start, k.end, clauseMarks)
	if a == from || onlyEdge(text[b:to]) {
		sc.lineOfIn(k, a, b)
	}
}

// clauseMarks end the smallest piece of a line that is looked at.
const clauseMarks = " \t\u3000（(【[〔）)】]〕：:；;。！!"

// clauseAround returns what lies between marks around text[start:end].
func clauseAround(text string, from, to, start, end int, marks string) (a, b int) {
	a, b = from, to
	if i := strings.LastIndexAny(text[from:start], marks); i >= 0 {
		_, w := utf8.DecodeRuneInString(text[from+i:])
		a = from + i + w
	}
	if i := strings.IndexAny(text[end:to], marks); i >= 0 {
		b = end + i
	}
	return a, b
}

// lineOfIn makes a candidate of text[from:to] if it is made of the words.
func (sc *scan) lineOfIn(k *candidate, from, to int) bool {
	text := sc.doc.Segments[k.seg].Text
	if !k.rule.lineOf.consists(&sc.cover, k.rule.folder, text[from:to]) {
		return false
	}
	line := text[from:to]
	trimmed := strings.TrimLeftFunc(line, isSpace)
	from += len(line) - len(trimmed)
	k.start, k.end = from, from+len(strings.TrimRightFunc(trimmed, isSpace))
	sc.candidate(k)
	return true
}

// consists reports whether s is made of the words, as few characters aside as
// may be, and the words of a sequence occur.
func (l *lineOf) consists(c *cover, f *folder, s string) bool {
	line := c.line[:0]
	for i := 0; i < len(s); {
		r, n := f.next(s, i)
		i += n
		if r < 0 || isSpace(r) {
			continue
		}
		if len(line) == l.maxChars {
			return false
		}
		line = append(line, r)
	}
	c.line = line
	return l.cover(c) && slices.ContainsFunc(l.needs, c.holds)
}

// cover is a line divided into words, in memory that is used again.
type cover struct {
	line   []rune
	cost   []int
	taken  []int    // length of the piece that begins at a character
	groups []uint64 // of that piece
}

// holds reports whether words of a sequence of groups occur.
func (c *cover) holds(seq []uint64) bool {
	for i := 0; i < len(c.line) && len(seq) > 0; i += c.taken[i] {
		if c.groups[i]&seq[0] != 0 {
			seq = seq[1:]
		}
	}
	return len(seq) == 0
}

// cover divides the line into words so that the fewest characters are left
// over, and the words are few. It reports whether so few are left over that the
// line consists of the words.
func (l *lineOf) cover(c *cover) bool {
	const left = 1 << 10 // what a character left over costs in words
	line, n := c.line, len(c.line)
	c.cost = append(c.cost[:0], make([]int, n+1)...) // no memory of its own
	c.taken, c.groups = append(c.taken[:0], make([]int, n)...), append(c.groups[:0], make([]uint64, n)...)
	cost, taken, groups := c.cost, c.taken, c.groups
	for i := n - 1; i >= 0; i-- {
		taken[i], cost[i] = 1, cost[i+1]
		if isHan(line[i]) || line[i] < utf8.RuneSelf && isLatin(byte(line[i])) {
			cost[i] += left
		}
		for _, w := range l.words[line[i]] {
			if end := i + len(w.text); end <= n && cost[end]+1 < cost[i] && slices.Equal(w.text, line[i:end]) {
				cost[i], taken[i], groups[i] = cost[end]+1, len(w.text), w.groups
			}
		}
	}
	return cost[0]/left <= l.free
}
