package words

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// lexicon gives the logarithmic frequency of the segmenter's words. gojieba
// does not tell it, and without it nobody can say how a long word would split.
//
// It is an open-addressing hash table over 64-bit hashes of words and of their
// prefixes: 8 MB, where a Go map of strings takes 40. A slot has the upper bits
// of the hash, whether the word is a name, and the place of its score; the
// position has the lower bits. Two of half a million random 60-bit values
// collide with a probability below one in a million; a collision would only
// bend one decision about one word.
type lexicon struct {
	slots  []byte    // of 8 bytes, little endian; 0: free
	scores []float32 // log frequencies; of a prefix that is no word: prefixOnly
	least  float32   // score of an unknown character
}

const (
	prefixOnly = float32(1)    // scores of words are negative
	hashSeed   = 1469598103934 // any odd start
	hashPrime  = 0x9E3779B97F4A7C15

	slotCount = 1 << 20
	slotBytes = 8 * slotCount
	hashBits  = ^uint64(1<<24 - 1) // of a slot: the hash
	nameBit   = uint64(1 << 23)    // the word is tagged as a personal name and looks like one
	scoreBits = nameBit - 1        // place in scores, from 1
	prefixAt  = 1
)

// step extends the hash of a prefix by one character.
func step(h uint64, r rune) uint64 {
	h = (h ^ uint64(r)) * hashPrime
	return h ^ h>>29
}

// builder makes the table that a lexicon reads: the slots, then the sum of all
// frequencies and each one that occurs, as 64-bit integers. It holds no
// logarithm, which not every processor rounds alike.
type builder struct {
	table []byte
	freqs map[uint64]uint64 // place of each in scores
	used  int
}

// buildTable reads lines of word, frequency and tag.
func buildTable(dict []byte) ([]byte, error) {
	b := builder{table: make([]byte, slotBytes+8, slotBytes+64<<10), freqs: map[uint64]uint64{}}
	var total uint64
	err := eachWord(dict, func(word []byte, freq uint64, name bool) error {
		total += freq
		return b.add(word, freq, name)
	})
	binary.LittleEndian.PutUint64(b.table[slotBytes:], total)
	return b.table, err
}

func (b *builder) add(word []byte, freq uint64, name bool) error {
	at, ok := b.freqs[freq]
	if !ok {
		at = prefixAt + 1 + uint64(len(b.freqs))
		b.freqs[freq] = at
		b.table = binary.LittleEndian.AppendUint64(b.table, freq)
	}
	l := lexicon{slots: b.table[:slotBytes]}
	h := uint64(hashSeed)
	for len(word) > 0 {
		r, n := utf8.DecodeRune(word)
		word = word[n:]
		h = step(h, r)
		i, v := l.slot(h)
		if v == 0 {
			v = h&hashBits | prefixAt
			if b.used++; b.used > slotCount*3/4 {
				return fmt.Errorf("more than %d words and prefixes", b.used)
			}
		}
		if len(word) == 0 {
			v = v&hashBits | at
			if name {
				v |= nameBit
			}
		}
		binary.LittleEndian.PutUint64(l.slots[8*i:], v)
	}
	return nil
}

// newLexicon reads a table that buildTable made.
func newLexicon(table []byte) *lexicon {
	l := &lexicon{slots: table[:slotBytes], scores: []float32{0, prefixOnly}}
	total := float64(binary.LittleEndian.Uint64(table[slotBytes:]))
	for freqs := table[slotBytes+8:]; len(freqs) > 0; freqs = freqs[8:] {
		score := float32(math.Log(float64(binary.LittleEndian.Uint64(freqs)) / total))
		l.scores = append(l.scores, score)
		l.least = min(l.least, score)
	}
	return l
}

func eachWord(dict []byte, visit func(word []byte, freq uint64, name bool) error) error {
	for n := 1; len(dict) > 0; n++ {
		var line []byte
		line, dict, _ = bytes.Cut(dict, []byte{'\n'})
		word, rest, ok := bytes.Cut(line, []byte{' '})
		count, tag, _ := bytes.Cut(rest, []byte{' '})
		if !ok || len(word) == 0 {
			continue
		}
		freq, err := strconv.ParseUint(string(count), 10, 64)
		if err != nil || freq == 0 {
			return fmt.Errorf("read word list: line %d: bad frequency %q", n, count)
		}
		if err := visit(word, freq, bytes.HasPrefix(tag, []byte("nr")) && likelyName([]rune(string(word)))); err != nil {
			return fmt.Errorf("read word list: line %d: %w", n, err)
		}
	}
	return nil
}

// slot returns the place of h and what is there; 0: it is free.
func (l *lexicon) slot(h uint64) (at, v uint64) {
	for i := (h ^ h>>32) % slotCount; ; i = (i + 1) % slotCount {
		v := binary.LittleEndian.Uint64(l.slots[8*i:])
		if v == 0 || (v^h)&hashBits == 0 {
			return i, v
		}
	}
}

// lookup returns the score of the word with hash h, and whether longer words
// may begin with it. A score of prefixOnly means it is no word itself.
func (l *lexicon) lookup(h uint64) (score float32, known bool) {
	_, v := l.slot(h)
	return l.scores[v&scoreBits], v != 0
}

// word reports whether the characters are a word, and one tagged as a name.
func (l *lexicon) word(runes []rune) (word, name bool) {
	h := uint64(hashSeed)
	for _, r := range runes {
		h = step(h, r)
	}
	_, v := l.slot(h)
	return v&scoreBits > prefixAt, v&nameBit != 0
}

func (l *lexicon) isName(runes []rune) bool {
	_, name := l.word(runes)
	return name
}
