package words

import (
	"math"
	"sort"
	"unicode"
	"unicode/utf8"
)

// The text is cut on a fixed grid: whatever the candidates are, and in
// whatever order they are asked for, the same stretch is looked at, once per
// cell of the grid. The margins reach further than any word.
const (
	gridBytes   = 768
	marginBytes = 96
)

// Cursor answers questions about one text. It reuses its memory from text to
// text and belongs to one goroutine.
type Cursor struct {
	seg   *Segmenter
	lex   *lexicon
	text  string
	cell  int // the grid cell the lattice stands for, -1 for none
	lat   lattice
	names *lattice // of MayHoldName
	offs  []int    // byte offset of each character of the lattice, and of its end
}

// Cursor returns a new Cursor. Reset gives it a text.
func (s *Segmenter) Cursor() *Cursor { return &Cursor{seg: s, cell: -1} }

// Reset turns the cursor to another text.
func (c *Cursor) Reset(text string) { c.text, c.cell = text, -1 }

// Whole reports whether text[start:end] begins and ends at word boundaries:
// false means that it cuts across words (计算机密码 for 机密). A term inside one
// longer word is whole if the best split of the longer word leaves it whole.
// A term whose characters stand apart (机 密) is whole if it stands apart from
// its neighbours too. Long terms are whole.
//
// The error says that the word list could not be loaded; the answer is then
// true, since a missed leak weighs more than a false alarm.
func (c *Cursor) Whole(start, end int) (bool, error) {
	if start < 0 || end > len(c.text) || end-start < 2 || end-start > marginBytes/2 {
		return true, nil
	}
	if spaced(c.text[start:end]) {
		return !c.hanBefore(start) && !c.hanAfter(end), nil
	}
	odds, err := c.Odds(start, end)
	return odds >= 0, err
}

// Odds is what Whole decides by for terms of letters: the logarithm of the odds
// that text[start:end] is whole. It is infinite where no evidence is weighed.
// Asking for other odds than 0 would trade lost terms against false alarms;
// `make words CURVE=1` prints both.
func (c *Cursor) Odds(start, end int) (float64, error) {
	from, to, ok, err := c.place(start, end)
	if err != nil || !ok {
		return math.Inf(1), err
	}
	if whole, decided := c.lat.number(from, to); whole {
		return math.Inf(1), nil
	} else if decided {
		return math.Inf(-1), nil
	}
	ev := c.lat.evidence(c.lex, from, to)
	return float64(c.lex.weights.sum(&ev)) / 100, nil
}

// Evidence appends the answers about text[start:end], in the order of
// Questions, for fitting their weights. It appends nothing where Whole decides
// without them.
func (c *Cursor) Evidence(dst []int, start, end int) ([]int, error) {
	from, to, ok, err := c.place(start, end)
	if err != nil || !ok {
		return dst, err
	}
	if _, decided := c.lat.number(from, to); decided {
		return dst, nil
	}
	for _, v := range c.lat.evidence(c.lex, from, to) {
		dst = append(dst, int(v))
	}
	return dst, nil
}

// place loads what is around text[start:end] and returns the characters of the
// lattice that it is; ok is false where it does not begin and end with one.
func (c *Cursor) place(start, end int) (from, to int, ok bool, err error) {
	if c.lex, err = c.seg.lexicon(); err != nil {
		return 0, 0, false, err
	}
	if cell := start / gridBytes; cell != c.cell {
		c.load(cell)
	}
	from, ok1 := c.position(start)
	to, ok2 := c.position(end)
	return from, to, ok1 && ok2 && from < to, nil
}

// load builds the lattice for a cell of the grid and its margins.
func (c *Cursor) load(cell int) {
	from := runeStart(c.text, max(cell*gridBytes-marginBytes, 0))
	to := runeStart(c.text, min((cell+1)*gridBytes+marginBytes, len(c.text)))
	c.cell = cell
	c.lat.runes, c.offs = c.lat.runes[:0], c.offs[:0]
	for i := from; i < to; {
		r, n := utf8.DecodeRuneInString(c.text[i:])
		c.lat.runes = append(c.lat.runes, c.seg.fold(r))
		c.offs = append(c.offs, i)
		i += n
	}
	c.offs = append(c.offs, to)
	c.lat.build(c.lex)
}

// position returns the index of the character that begins at offset off.
func (c *Cursor) position(off int) (int, bool) {
	i := sort.SearchInts(c.offs, off)
	return i, i < len(c.offs) && c.offs[i] == off
}

// runeStart moves i back to the start of a character; where there is none, by
// the length of one at most.
func runeStart(s string, i int) int {
	for n := 0; n < utf8.UTFMax-1 && i > 0 && i < len(s) && !utf8.RuneStart(s[i]); n++ {
		i--
	}
	return i
}

// spaced reports whether s holds anything but letters and digits.
func spaced(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

func (c *Cursor) hanBefore(i int) bool {
	r, _ := utf8.DecodeLastRuneInString(c.text[:i])
	return unicode.Is(unicode.Han, r)
}

func (c *Cursor) hanAfter(i int) bool {
	r, _ := utf8.DecodeRuneInString(c.text[i:])
	return unicode.Is(unicode.Han, r)
}
