package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is a personal name at byte offsets [Start, End) of the text given to
// Names.
type Name struct{ Start, End int }

// Names appends the personal names that the segmenter finds in a short text,
// a sentence or a row of a table. It is approximate: use it as evidence.
func (s *Segmenter) Names(dst []Name, text string) ([]Name, error) {
	j, err := s.jieba()
	if err != nil {
		return dst, err
	}
	text = sanitise(text)
	at := 0
	for _, tagged := range j.Tag(text) {
		i := strings.LastIndexByte(tagged, '/')
		if i < 0 {
			continue
		}
		word, tag := tagged[:i], tagged[i+1:]
		n := strings.Index(text[at:], word)
		if n < 0 {
			continue
		}
		at += n
		if tag == "nr" && len(word) >= 6 {
			dst = append(dst, Name{at, at + len(word)})
		}
		at += len(word)
	}
	return dst, nil
}

// MayHoldName reports whether a short text can hold a personal name at all: a
// word that is a name, or a surname that stands by itself before a character
// that does. It is a hundred times cheaper than Names, which then decides.
func (c *Cursor) MayHoldName(text string, surname func(rune) bool) bool {
	lex, err := c.seg.lexicon()
	if err != nil {
		return false
	}
	if c.names == nil {
		c.names = &lattice{}
	}
	l := c.names
	l.runes = l.runes[:0]
	for _, r := range text {
		l.runes = append(l.runes, c.seg.cfg.Fold(r))
	}
	l.build(lex)
	found, afterSurname := false, false
	l.path(func(from, to int) bool {
		switch first := l.runes[from]; {
		case to-from > 1:
			found = surname(first) && (lex.isName(l.runes[from:to]) || to-from == 2 && afterSurname)
			afterSurname = false
		case afterSurname && unicode.Is(unicode.Han, first):
			found = true
		default:
			afterSurname = surname(first)
		}
		return !found
	})
	return found
}

// NameAt returns the length in bytes of the personal name that text begins
// with, 0 where there is none: a word that is a name, or a surname that stands
// by itself with one or two characters that no word claims.
func (c *Cursor) NameAt(text string, surname func(rune) bool) int {
	lex, err := c.seg.lexicon()
	if err != nil {
		return 0
	}
	if c.names == nil {
		c.names = &lattice{}
	}
	l := c.names
	l.runes = l.runes[:0]
	for _, r := range text {
		if len(l.runes) == 10 || !unicode.Is(unicode.Han, r) {
			break
		}
		l.runes = append(l.runes, c.seg.cfg.Fold(r))
	}
	l.build(lex)
	chars := 0
	l.path(func(from, to int) bool {
		switch {
		case from == 0 && !surname(l.runes[0]):
			return false
		case from == 0 && to > 1:
			if lex.isName(l.runes[:to]) || to == 2 && len(l.runes) > 2 && c.doubleSurname(l.runes[:2]) {
				chars = to
			}
			return chars > 0 && to == 2 && c.doubleSurname(l.runes[:2])
		case from == 0:
			chars = 1
			return true
		case to-from <= 2 && to <= 3 || chars == 2 && to <= 4 && c.doubleSurname(l.runes[:2]):
			chars = to
			return to < 3
		}
		return false
	})
	if chars < 2 {
		return 0
	}
	bytes := 0
	for range chars {
		_, n := utf8.DecodeRuneInString(text[bytes:])
		bytes += n
	}
	return bytes
}

// doubleSurname reports the common surnames of two characters.
func (c *Cursor) doubleSurname(r []rune) bool {
	switch string(r) {
	case "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "轩辕", "端木", "百里", "南宫", "独孤", "长孙", "宇文", "闻人":
		return true
	}
	return false
}

// sanitise replaces what the segmenter's C strings cannot carry, byte by byte,
// so that offsets stay: a NUL byte would end the text, invalid UTF-8 would
// empty it.
func sanitise(text string) string {
	clean := true
	for i, r := range text {
		if r == 0 || r == 0xFFFD && !strings.HasPrefix(text[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	b := []byte(text)
	for i, r := range text {
		if r == 0 || r == 0xFFFD && !strings.HasPrefix(text[i:], "\uFFFD") {
			b[i] = ' '
		}
	}
	return string(b)
}

// CanBeName reports whether a token of two to four characters, which begins
// with a surname, is not an ordinary word of the dictionary.
func (s *Segmenter) CanBeName(token string) bool {
	lex, err := s.lexicon()
	if err != nil {
		return true
	}
	word, name := lex.word([]rune(token))
	return !word || name
}
