package scanner

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// lineOf is a compiled dictionaries.LineOf.
type lineOf struct {
	words    map[rune][]lineWord // by first character, the longest first
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
// each sequence, the one with the longest words, to be looked for.
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
	for _, seq := range src.Needs {
		bits, best, anchor := []uint64(nil), 0, ""
		for _, name := range seq {
			bits = append(bits, 1<<slices.Index(names, name))
			if n := shortestWord(src.Words[name]); n > best {
				best, anchor = n, name
			}
		}
		l.needs = append(l.needs, bits)
		for _, w := range src.Words[anchor] {
			c.term(w, r.fold, use{r.index, roleLineOf, 0, g})
		}
	}
	r.lineOf = l
}

func shortestWord(words []string) int {
	n := 1 << 20
	for _, w := range words {
		n = min(n, utf8.RuneCountInString(w))
	}
	return n
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
	if !sc.shortLine(k, lineOfReach) {
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
	a, b = clauseAround(text, from, to, k.start, k.end, " \t\u3000（(【[〔）)】]〕：:；;。！!")
	if a == from || onlyEdge(text[b:to]) {
		sc.lineOfIn(k, a, b)
	}
}

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
	if !k.rule.lineOf.consists(k.rule.folder, text[from:to]) {
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
func (l *lineOf) consists(f *folder, s string) bool {
	var room [defaultLineOf]rune
	line := room[:0]
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
	taken, groups := l.cover(line)
	if taken == nil {
		return false
	}
	return slices.ContainsFunc(l.needs, func(seq []uint64) bool {
		for i := 0; i < len(line) && len(seq) > 0; i += taken[i] {
			if groups[i]&seq[0] != 0 {
				seq = seq[1:]
			}
		}
		return len(seq) == 0
	})
}

// cover divides the line into words so that the fewest characters are left
// over, and the words are few. taken[i] is the length of the piece that begins
// at i, groups[i] its groups; nil if too many characters are left over.
func (l *lineOf) cover(line []rune) (taken []int, groups []uint64) {
	const left = 1 << 10 // what a character left over costs in words
	n := len(line)
	cost := make([]int, n+1)
	taken, groups = make([]int, n), make([]uint64, n)
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
	if cost[0]/left > l.free {
		return nil, nil
	}
	return taken, groups
}
