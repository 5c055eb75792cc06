package scanner

import (
	"strings"
	"unicode/utf8"
)

// Most clauses of prose hold a word of a line that is made of words, and are not
// made of them: they are told by characters that stand beside ones that they
// never stand beside in the words.

// code numbers the characters of a rule's words.
type code uint16

const (
	strange     code = iota // a letter or a Chinese character that is in no word
	plainSign               // a sign or a digit that is in no word
	dropped                 // what the Fold skips
	endOfClause             // or of the text
	spaced                  // ends a clause, but a word of the line may go on behind it
	nothing                 // no character
	firstCode
)

// neighbours says which characters stand beside each other in words.
type neighbours struct {
	folder *folder
	codes  map[rune]code // of folded characters
	plane  [1 << 16]code // of the characters of the first plane, as they stand in a text
	alone  []bool        // by code: it needs no neighbour
	next   []uint64      // by code, row by row: what may stand behind it
	row    int           // length of a row
}

func newNeighbours(words map[rune][]lineWord, f *folder) *neighbours {
	n := &neighbours{folder: f, codes: map[rune]code{}, alone: []bool{plainSign: true, nothing: true}}
	for _, list := range words {
		for _, w := range list {
			for _, r := range w.text {
				if n.codes[r] == 0 {
					n.codes[r] = code(len(n.alone))
					n.alone = append(n.alone, !isLetter(r))
				}
			}
		}
	}
	n.row = (len(n.alone) + 63) / 64
	n.next = make([]uint64, n.row*len(n.alone))
	for _, list := range words {
		for _, w := range list {
			if len(w.text) == 1 {
				n.alone[n.codes[w.text[0]]] = true
			}
			for i, r := range w.text[1:] {
				a, b := n.codes[w.text[i]], n.codes[r]
				n.next[int(a)*n.row+int(b>>6)] |= 1 << (b & 63)
				n.alone[a] = n.alone[a] || endsClause(r)
				n.alone[b] = n.alone[b] || endsClause(w.text[i])
			}
		}
	}
	for r := range n.plane {
		n.plane[r] = n.codeOf(rune(r))
	}
	return n
}

// codeOf returns the code of a character as it stands in a text.
func (n *neighbours) codeOf(raw rune) code {
	if endsClause(raw) {
		if isSpace(raw) && raw != '\n' {
			return spaced
		}
		return endOfClause
	}
	r := n.folder.f.Rune(raw)
	c, ok := n.codes[r]
	switch {
	case ok:
		return c
	case r < 0:
		return dropped
	case isLetter(r):
		return strange
	}
	return plainSign
}

func endsClause(raw rune) bool {
	return !isHan(raw) && (isSpace(raw) || strings.ContainsRune(clauseMarks, raw))
}

// isLetter reports a character that no line has beside its words.
func isLetter(r rune) bool {
	return isHan(r) || r > 0 && r < utf8.RuneSelf && isLatin(byte(r))
}

// ahead returns the code of the character at text[i:], and its length.
func (n *neighbours) ahead(text string, i int) (code, int) {
	if i+3 <= len(text) && plainHan(text[i:]) {
		return n.plane[rune(text[i]&0x0F)<<12|rune(text[i+1]&0x3F)<<6|rune(text[i+2]&0x3F)], 3
	}
	return n.other(utf8.DecodeRuneInString(text[i:]))
}

// behind does the same for the character that ends at text[:i].
func (n *neighbours) behind(text string, i int) (code, int) {
	if i >= 3 && plainHan(text[i-3:]) {
		return n.ahead(text, i-3)
	}
	return n.other(utf8.DecodeLastRuneInString(text[:i]))
}

func (n *neighbours) other(r rune, w int) (code, int) {
	switch {
	case w == 0:
		return endOfClause, 0
	case r < 1<<16:
		return n.plane[r], w
	}
	return n.codeOf(r), w
}

// foreign returns 1 for a letter that is no word, and stands between a and b in
// none.
func (n *neighbours) foreign(a, r, b code) int {
	if n.alone[r] || n.beside(a, r) || n.beside(r, b) {
		return 0
	}
	return 1
}

func (n *neighbours) beside(a, b code) bool { return n.next[int(a)*n.row+int(b>>6)]>>(b&63)&1 != 0 }

// mayCover reports whether the clause around a word may be made of the rule's
// words, as few characters aside as may be. Clauses are done with once for all
// words in them.
func (sc *scan) mayCover(k *candidate) bool {
	text, l := sc.doc.Segments[k.seg].Text, k.rule.lineOf
	last, n := &sc.foreign, l.near
	if last.rule == k.rule && last.seg == k.seg && k.start < last.to {
		return false
	}
	left := l.free
	before, _ := n.behind(text, k.end)
	at, i := nothing, k.end
	for next := at; next != endOfClause && left >= 0; {
		var w int
		if next, w = n.ahead(text, i); next == spaced {
			break
		}
		if i += w; next == dropped {
			continue
		}
		left -= n.foreign(before, at, next)
		if at != nothing {
			before = at
		}
		at = next
	}
	if left < 0 {
		last.rule, last.seg, last.to = k.rule, k.seg, i
		return false
	}
	after, _ := n.ahead(text, k.start)
	at, i = nothing, k.start
	for prev := at; prev != endOfClause && left >= 0; {
		var w int
		if prev, w = n.behind(text, i); prev == spaced {
			break
		}
		if i -= w; prev == dropped {
			continue
		}
		left -= n.foreign(prev, at, after)
		if at != nothing {
			after = at
		}
		at = prev
	}
	return left >= 0
}

// foreignClause is the end of a clause that a rule's words do not cover.
type foreignClause struct {
	rule    *rule
	seg, to int
}
