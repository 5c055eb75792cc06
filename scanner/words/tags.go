package words

import "strings"

// tag is a kind of word: a part of speech of the dictionary, or what a
// character is that is no word of it.
type tag uint8

const (
	noTag tag = iota
	tagNoun
	tagPerson
	tagPlace
	tagProper
	tagVerb
	tagAdverb
	tagPronoun
	tagNumeral
	tagFunction
	tagAdjective
	tagLocative
	tagParticle
	tagMeasure
	tagTime
	tagPhrase
	tagAffix
	tagMorpheme // no word by itself
	tagOther
	tagSymbol  // no Chinese character, and the ends of the text
	tagUnknown // a Chinese character that is no word
	tagCount
)

// tagByLetter has the parts of speech of ICTPOS (Peking University) that the
// dictionary uses, by their first letters.
var tagByLetter = map[byte]tag{
	'n': tagNoun, 's': tagNoun,
	'v': tagVerb,
	'd': tagAdverb,
	'r': tagPronoun,
	'm': tagNumeral,
	'p': tagFunction, 'c': tagFunction,
	'a': tagAdjective, 'b': tagAdjective, 'z': tagAdjective,
	'f': tagLocative,
	'u': tagParticle, 'y': tagParticle, 'e': tagParticle, 'o': tagParticle,
	'q': tagMeasure,
	't': tagTime,
	'i': tagPhrase, 'l': tagPhrase,
	'j': tagProper,
	'k': tagAffix, 'h': tagAffix,
}

// tagOf reads a part of speech of the dictionary.
func tagOf(pos string) tag {
	switch {
	case strings.HasPrefix(pos, "nr"):
		return tagPerson
	case strings.HasPrefix(pos, "ns"):
		return tagPlace
	case strings.HasPrefix(pos, "nt"), strings.HasPrefix(pos, "nz"):
		return tagProper
	case pos == "":
		return tagOther
	case len(pos) == 2 && pos[1] == 'g':
		return tagMorpheme
	}
	if t, ok := tagByLetter[pos[0]]; ok {
		return t
	}
	return tagOther
}

// tagOfUnknown is the tag of a character that the dictionary does not have.
func tagOfUnknown(r rune) tag {
	switch {
	case r >= '0' && r <= '9':
		return tagNumeral
	case r < firstHan || r > lastHan:
		return tagSymbol
	}
	return tagUnknown
}
