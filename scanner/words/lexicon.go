package words

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// lexicon gives the logarithmic frequency of the segmenter's words. gojieba
// does not tell it, and without it nobody can say how a long word would split.
//
// It is an open-addressing hash table over 64-bit hashes of words and of their
// prefixes: about 8 MB, where a Go map of strings takes 40. Two of half a
// million random 64-bit values collide with a probability below one in a
// hundred million; a collision would only bend one decision about one word.
type lexicon struct {
	mask  uint64
	keys  []uint64
	score []float32 // log frequency; prefixOnly for a prefix that is no word
	name  []uint64  // one bit for each slot: the word is tagged as a personal name and looks like one
	least float32   // score of an unknown character
}

const (
	prefixOnly = float32(1)    // scores of words are negative
	hashSeed   = 1469598103934 // any odd start
	hashPrime  = 0x9E3779B97F4A7C15
)

// step extends the hash of a prefix by one character.
func step(h uint64, r rune) uint64 {
	h = (h ^ uint64(r)) * hashPrime
	return h ^ h>>29
}

// newLexicon reads lines of word, frequency and tag.
func newLexicon(dict []byte) (*lexicon, error) {
	const slots = 1 << 20
	l := &lexicon{mask: slots - 1, keys: make([]uint64, slots), score: make([]float32, slots), name: make([]uint64, slots/64)}
	var total, least float64 = 0, math.MaxFloat64
	err := eachWord(dict, func(_ []byte, freq float64, _ bool) error {
		total += freq
		least = min(least, freq)
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.least = float32(math.Log(least / total))
	used := 0
	err = eachWord(dict, func(word []byte, freq float64, name bool) error {
		h := uint64(hashSeed)
		for len(word) > 0 {
			r, n := utf8.DecodeRune(word)
			word = word[n:]
			h = step(h, r)
			i := l.slot(h)
			if l.keys[i] == 0 {
				l.keys[i], l.score[i] = h, prefixOnly
				if used++; used > slots*3/4 {
					return fmt.Errorf("more than %d words and prefixes", used)
				}
			}
			if len(word) == 0 {
				l.score[i] = float32(math.Log(freq / total))
				if name {
					l.name[i>>6] |= 1 << (i & 63)
				}
			}
		}
		return nil
	})
	return l, err
}

func eachWord(dict []byte, visit func(word []byte, freq float64, name bool) error) error {
	for n := 1; len(dict) > 0; n++ {
		var line []byte
		line, dict, _ = bytes.Cut(dict, []byte{'\n'})
		word, rest, ok := bytes.Cut(line, []byte{' '})
		count, tag, _ := bytes.Cut(rest, []byte{' '})
		if !ok || len(word) == 0 {
			continue
		}
		freq, err := strconv.ParseFloat(string(count), 64)
		if err != nil || freq <= 0 {
			return fmt.Errorf("read word list: line %d: bad frequency %q", n, count)
		}
		if err := visit(word, freq, bytes.HasPrefix(tag, []byte("nr")) && likelyName([]rune(string(word)))); err != nil {
			return fmt.Errorf("read word list: line %d: %w", n, err)
		}
	}
	return nil
}

// slot returns where h is, or the free place where it belongs.
func (l *lexicon) slot(h uint64) uint64 {
	i := (h ^ h>>32) & l.mask
	for l.keys[i] != 0 && l.keys[i] != h {
		i = (i + 1) & l.mask
	}
	return i
}

// lookup returns the score of the word with hash h, and whether longer words
// may begin with it. A score of prefixOnly means it is no word itself.
func (l *lexicon) lookup(h uint64) (score float32, known bool) {
	i := l.slot(h)
	return l.score[i], l.keys[i] != 0
}

// word reports whether the characters are a word, and one tagged as a name.
func (l *lexicon) word(runes []rune) (word, name bool) {
	h := uint64(hashSeed)
	for _, r := range runes {
		h = step(h, r)
	}
	i := l.slot(h)
	word = l.keys[i] != 0 && l.score[i] != prefixOnly
	return word, word && l.name[i>>6]>>(i&63)&1 != 0
}

func (l *lexicon) isName(runes []rune) bool {
	_, name := l.word(runes)
	return name
}
