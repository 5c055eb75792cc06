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
	common   bitSet              // the characters of a text that fold to one that is in a word
	ones     bitSet              // the words of one character
	pairs    bitSet              // neighbours in the words
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
	l.index(r.folder)
	r.lineOf = l
}

// index finds out which of the Chinese characters that plainHan knows may be
// part of a word.
func (l *lineOf) index(f *folder) {
	in := map[rune]bool{}
	for _, list := range l.words {
		for _, w := range list {
			for _, r := range w.text {
				in[r] = true
			}
		}
	}
	for r := rune(0x4000); r < 0xA000; r++ {
		if c := f.f.Rune(r); !isHan(c) || in[c] {
			l.common.add(uint32(r))
		}
	}
}

func (l *lineOf) add(text []rune, group uint64) {
	if len(text) == 1 {
		l.ones.add(uint32(text[0]))
	}
	for i, r := range text[1:] {
		l.pairs.add(pairOf(text[i], r))
	}
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

// bitSet is a set of numbers that errs by taking others for members.
type bitSet [1 << 10]uint64

func (b *bitSet) add(n uint32) { b[n>>6&(1<<10-1)] |= 1 << (n & 63) }

func (b *bitSet) has(n uint32) bool { return b[n>>6&(1<<10-1)]>>(n&63)&1 != 0 }

func pairOf(a, b rune) uint32 { return (uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA77) >> 13 }

// mayCover reports whether the clause around a word may be made of the rule's
// words: next to no character of it stands beside ones that it never stands
// beside in them. Most clauses of prose are done with here, and once for all
// words in them.
func (sc *scan) mayCover(k *candidate) bool {
	text, f, l := sc.doc.Segments[k.seg].Text, k.rule.folder, k.rule.lineOf
	last := &sc.foreign
	if last.rule == k.rule && last.seg == k.seg && k.start < last.to {
		return false
	}
	left, end := l.commonAhead(text, k.end, l.free)
	if left < 0 {
		last.rule, last.seg, last.to = k.rule, k.seg, end
		return false
	}
	if l.commonBehind(text, k.start, left) < 0 {
		return false
	}
	left = l.free
	_, n := utf8.DecodeLastRuneInString(text[k.start:k.end])
	before, _ := f.next(text, k.end-n)
	r, i := rune(0), k.end
	for next := rune(1); next != 0 && left >= 0; {
		if next, i = nextInClause(f, text, i); next < 0 {
			continue
		}
		if next == spaced {
			break
		}
		left -= l.foreign(before, r, next)
		if r != 0 {
			before = r
		}
		r = next
	}
	if left < 0 {
		last.rule, last.seg, last.to = k.rule, k.seg, i
		return false
	}
	after, _ := f.next(text, k.start)
	r, i = 0, k.start
	for prev := rune(1); prev != 0 && left >= 0; {
		if prev, i = prevInClause(f, text, i); prev < 0 {
			continue
		}
		if prev == spaced {
			break
		}
		left -= l.foreign(prev, r, after)
		if r != 0 {
			after = r
		}
		r = prev
	}
	return left >= 0
}

// commonAhead goes from text[i:] on to the end of the clause and takes from left
// the characters that are in no word, until there are too many. It returns how
// far it came.
func (l *lineOf) commonAhead(text string, i, left int) (int, int) {
	for i < len(text) && left >= 0 {
		r, w := hanAt(text, i)
		if w == 0 {
			if r, w = utf8.DecodeRuneInString(text[i:]); endsClause(r) {
				break
			}
		} else if !l.common.has(uint32(r)) {
			left--
		}
		i += w
	}
	return left, i
}

// commonBehind does the same from text[:i] back.
func (l *lineOf) commonBehind(text string, i, left int) int {
	for i > 0 && left >= 0 {
		r, w := rune(0), 0
		if i >= 3 {
			r, w = hanAt(text, i-3)
		}
		if w == 0 {
			if r, w = utf8.DecodeLastRuneInString(text[:i]); endsClause(r) {
				break
			}
		} else if !l.common.has(uint32(r)) {
			left--
		}
		i -= w
	}
	return left
}

// hanAt returns the character at text[i:] where plainHan knows it, and its
// length; else that is 0.
func hanAt(text string, i int) (rune, int) {
	if i+3 > len(text) || !plainHan(text[i:]) {
		return 0, 0
	}
	return rune(text[i]&0x0F)<<12 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F), 3
}

// spaced stands for a space that ends a clause: a word of the line may go on
// behind it.
const spaced = utf8.MaxRune + 1

// nextInClause returns the folded character at text[i:], 0 or spaced at the end
// of the clause, negative where it is dropped, and where to go on.
func nextInClause(f *folder, text string, i int) (rune, int) {
	if i >= len(text) {
		return 0, i
	}
	r, n := f.next(text, i)
	if n < 3 || text[i] > 0xE9 || text[i] < 0xE4 {
		if raw, _ := utf8.DecodeRuneInString(text[i:]); endsClause(raw) {
			return endOf(raw), i
		}
	}
	return r, i + n
}

// prevInClause does the same for the character that ends at text[:i].
func prevInClause(f *folder, text string, i int) (rune, int) {
	raw, n := utf8.DecodeLastRuneInString(text[:i])
	if n == 0 || endsClause(raw) {
		return endOf(raw), i
	}
	r, _ := f.next(text, i-n)
	return r, i - n
}

func endsClause(raw rune) bool { return isSpace(raw) || strings.ContainsRune(clauseMarks, raw) }

func endOf(raw rune) rune {
	if isSpace(raw) && raw != '\n' {
		return spaced
	}
	return 0
}

// foreignClause is the end of a clause that a rule's words do not cover.
type foreignClause struct {
	rule    *rule
	seg, to int
}

// foreign returns 1 for a letter or a Chinese character that is no word, and
// stands beside a and b in none.
func (l *lineOf) foreign(a, r, b rune) int {
	if !isHan(r) && (r <= 0 || r >= utf8.RuneSelf || !isLatin(byte(r))) || l.ones.has(uint32(r)) || l.pairs.has(pairOf(a, r)) || l.pairs.has(pairOf(r, b)) {
		return 0
	}
	return 1
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
