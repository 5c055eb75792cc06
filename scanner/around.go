package scanner

import (
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/scanner/match"
)

// back returns the offset n characters before i, ahead the one n characters
// after it.
func back(text string, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		if text[i-1] < utf8.RuneSelf {
			i--
			continue
		}
		if i >= 3 && plainHan(text[i-3:]) {
			i -= 3
			continue
		}
		_, w := utf8.DecodeLastRuneInString(text[:i])
		i -= w
	}
	return i
}

func ahead(text string, i, n int) int {
	for ; n > 0 && i < len(text); n-- {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		if len(text)-i >= 3 && plainHan(text[i:]) {
			i += 3
			continue
		}
		_, w := utf8.DecodeRuneInString(text[i:])
		i += w
	}
	return i
}

// runeStart moves i back to the start of a character; where there is none, by
// the length of one at most.
func runeStart(s string, i int) int {
	for n := 0; n < utf8.UTFMax-1 && i > 0 && i < len(s) && !utf8.RuneStart(s[i]); n++ {
		i--
	}
	return i
}

// maxLine is how far a line is followed either way: a text without line
// breaks must not make every candidate walk through all of it.
const maxLine = 600

// lineAround returns the line that text[start:end] stands in, as far as it
// lies within maxLine bytes.
func lineAround(text string, start, end int) (from, to int) {
	from = runeStart(text, max(start-maxLine, 0))
	if i := strings.LastIndexByte(text[from:start], '\n'); i >= 0 {
		from += i + 1
	}
	to = runeStart(text, min(end+maxLine, len(text)))
	if i := strings.IndexByte(text[end:to], '\n'); i >= 0 {
		to = end + i
	}
	return from, to
}

// edgePunct may stand around something that is alone on its line.
const edgePunct = "()（）[]【】〔〕《》<>「」『』“”‘’\"'`:：·•、,，.。;；!！-—–_*★☆|｜#>~～"

func onlyEdge(s string) bool {
	for _, r := range s {
		if !isSpace(r) && !isInvisible(r) && !strings.ContainsRune(edgePunct, r) {
			return false
		}
	}
	return true
}

// lineSpan is a line of a long segment.
type lineSpan struct{ seg, from, to int }

// lineOfSegment returns where the line that text[start:] stands in begins, and
// where the one ends that text[:end] stands in, however far. Places that are
// asked for in their order cost one pass over the text.
func (sc *scan) lineOfSegment(seg, start, end int) (from, to int) {
	text, l := sc.doc.Segments[seg].Text, &sc.lastLine
	if l.seg != seg || start < l.from {
		*l = lineSpan{seg: seg, to: -1}
	}
	if start > l.to {
		l.from = max(l.to, 0) + strings.LastIndexByte(text[max(l.to, 0):start], '\n') + 1
		l.to = len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			l.to = start + i
		}
	}
	to = l.to
	if end > to {
		to = len(text)
		if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
			to = end + i
		}
	}
	return l.from, to
}

// alone reports whether the candidate is the whole line, brackets and
// punctuation aside.
func (sc *scan) alone(k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	if k.start >= 3 && plainHan(text[k.start-3:]) || k.end+3 <= len(text) && plainHan(text[k.end:]) {
		return false // as in most places
	}
	from, to := lineAround(text, k.start, k.end)
	return onlyEdge(text[from:k.start]) && onlyEdge(text[k.end:to])
}

// lineFacts is what conditions often ask about the line of a segment that is
// a line of its own.
type lineFacts struct {
	seg    int
	single bool // the segment is one line, and none of its ends is out of sight
	chars  int  // negative: not counted yet
	run    int  // of Chinese characters, the longest; the same
}

// facts returns what is known of the segment.
func (sc *scan) facts(seg int) *lineFacts {
	f := &sc.lineFacts
	if f.seg != seg {
		text := sc.doc.Segments[seg].Text
		*f = lineFacts{seg: seg, single: len(text) < maxLine && strings.IndexByte(text, '\n') < 0, chars: -1, run: -1}
	}
	return f
}

// atMost reports whether a single line, which is text, has n characters or
// fewer.
func (f *lineFacts) atMost(text string, n int) bool {
	if len(text) <= n || len(text) > utf8.UTFMax*n {
		return len(text) <= n
	}
	if f.chars < 0 {
		f.chars = utf8.RuneCountInString(text)
	}
	return f.chars <= n
}

// longest returns the length of its longest run of Chinese characters.
func (f *lineFacts) longest(text string) int {
	if f.run < 0 {
		f.run = longestHan(text)
	}
	return f.run
}

// shortLine reports whether the candidate's line has at most n characters.
func (sc *scan) shortLine(k *candidate, n int) bool {
	text := sc.doc.Segments[k.seg].Text
	if f := sc.facts(k.seg); f.single {
		return f.atMost(text, n)
	}
	from, to := lineAround(text, k.start, k.end)
	return k.start-from < maxLine && to-k.end < maxLine && utf8.RuneCountInString(text[from:to]) <= n
}

func (sc *scan) lineStart(k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	from, _ := lineAround(text, k.start, k.end)
	for _, r := range text[from:k.start] {
		if !isSpace(r) && !isInvisible(r) && !strings.ContainsRune(edgePunct, r) && !strings.ContainsRune("0123456789一二三四五六七八九十第附件", r) {
			return false
		}
	}
	return true
}

func (sc *scan) lineEnd(k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	_, to := lineAround(text, k.start, k.end)
	return onlyEdge(text[k.end:to])
}

func (sc *scan) wholeCell(k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	return len(text) < 2*maxLine && onlyEdge(text[:k.start]) && onlyEdge(text[k.end:])
}

// contextWindow is a stretch of one segment whose context words are known.
type contextWindow struct {
	seg, from, to int
	hits          []match.Hit
}

// contextHits returns the context words from the first that begins at or
// after from. It looks ahead of what is asked for, so that many candidates in
// one text cost one pass.
func (sc *scan) contextHits(seg, from, to int) []match.Hit {
	c := &sc.context
	if c.seg != seg || from < c.from || to > c.to {
		text := sc.doc.Segments[seg].Text
		c.seg, c.from = seg, from
		c.to = runeStart(text, min(to+4*sc.s.prog.reach, len(text)))
		c.hits = sc.s.prog.context.Append(c.hits[:0], text[c.from:c.to])
		for i := range c.hits {
			c.hits[i].Start += from
			c.hits[i].End += from
		}
	}
	i, _ := slices.BinarySearchFunc(c.hits, from, func(h match.Hit, at int) int { return h.Start - at })
	return c.hits[i:]
}
