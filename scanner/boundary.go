package scanner

import (
	"unicode/utf8"
)

// runesBeside returns the characters right before and after text[start:end],
// utf8.RuneError where there is none.
func runesBeside(text string, start, end int) (before, after rune) {
	before, after = utf8.RuneError, utf8.RuneError
	if start > 0 {
		before, _ = utf8.DecodeLastRuneInString(text[:start])
	}
	if end < len(text) {
		after, _ = utf8.DecodeRuneInString(text[end:])
	}
	return before, after
}

func digitBeside(text string, start, end int) bool {
	b, a := runesBeside(text, start, end)
	return anyDigit(b) || anyDigit(a)
}

func anyDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

func latinBeside(text string, start, end int) bool {
	b, a := runesBeside(text, start, end)
	return wordRune(b) || wordRune(a)
}

func wordRune(r rune) bool {
	return anyDigit(r) || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
}

// maskBeside reports mask characters right before, after or inside a value.
func maskBeside(text string, start, end int) bool {
	b, a := runesBeside(text, start, end)
	if isMask(b) || isMask(a) {
		return true
	}
	for _, r := range text[start:end] {
		if r == '*' || r == '＊' {
			return true
		}
	}
	return false
}

// wholeWord asks the segmenter whether the candidate cuts across words. It is
// asked only where a Chinese character touches an end from outside.
func (sc *scan) wholeWord(k *candidate) bool {
	text := sc.doc.Segments[k.seg].Text
	b, a := runesBeside(text, k.start, k.end)
	if !isHan(b) && !isHan(a) || sc.cursor == nil {
		return true
	}
	if sc.cursorSeg != k.seg {
		sc.cursor.Reset(text)
		sc.cursorSeg = k.seg
	}
	whole, _ := sc.cursor.Whole(k.start, k.end) // on error: whole, see there
	return whole
}
