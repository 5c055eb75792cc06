package words

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// lexicon gives what the segmenter's dictionary knows of words: how frequent
// they are and what part of speech. gojieba does not tell it, and without it
// nobody can say how a long word would split. It also knows how often two
// characters stand side by side inside of words, and how often a character
// begins a word or ends one.
//
// It is an open-addressing hash table over 64-bit hashes of words, of their
// prefixes and of pairs of characters: 8 MB, where a Go map of strings takes
// 40. A slot has the upper bits of the hash and four fields; the position has
// the lower bits. Two of half a million random 59-bit values collide with a
// probability below one in a million; a collision would only bend one decision
// about one word.
type lexicon struct {
	slots  []byte    // of 8 bytes, little endian; 0: free
	chars  []byte    // charBytes for each character from firstHan
	total  int       // level of the sum of all frequencies
	scores []float32 // log frequencies; of prefixes and pairs that are no words: as the constants say
	least  float32   // score of an unknown character

	weights *weights
}

const (
	pairOnly   = float32(2) // scores of words are negative
	prefixOnly = float32(1)
	hashSeed   = 1469598103934 // any odd start
	hashPrime  = 0x9E3779B97F4A7C15

	slotCount = 1 << 20
	slotBytes = 8 * slotCount

	// Fields of a slot, from below: the place in scores, from 1; the part of
	// speech; whether the word is tagged as a personal name and looks like one;
	// how often the two characters stand side by side in words, as half a level.
	scoreBits = 1<<13 - 1
	tagShift  = 13
	nameBit   = uint64(1 << 18)
	pairShift = 19
	pairBits  = uint64(1<<6-1) << pairShift
	hashBits  = ^uint64(1<<25 - 1)

	pairAt   = 1
	prefixAt = 2
)

// Facts about a character, as levels of frequency.
const (
	firstHan, lastHan = 0x4E00, 0x9FFF

	charBegins = 0 // of the words that begin with it
	charEnds   = 1
	charBytes  = 2
)

// step extends the hash of a prefix by one character.
func step(h uint64, r rune) uint64 {
	h = (h ^ uint64(r)) * hashPrime
	return h ^ h>>29
}

// level is the logarithm of a frequency in quarters of an octave, about. It is
// exact arithmetic: a float logarithm is not the same on every processor, and
// the table must be.
func level(n uint64) int {
	if n == 0 {
		return 0
	}
	width := bits.Len64(n)
	return 4*width + int(n<<(64-width)>>61&3)
}

// builder makes the table that a lexicon reads: the slots, the facts about
// characters, then the sum of all frequencies and each one that occurs, as
// 64-bit integers.
type builder struct {
	table []byte
	freqs map[uint64]uint64 // place of each in scores
	chars [lastHan + 1 - firstHan][charBytes]uint64
	pairs []uint64 // of each slot: how often its two characters stand side by side
	total uint64
	used  int
}

const charsBytes = charBytes * (lastHan + 1 - firstHan)

// buildTable reads lines of word, frequency and tag.
func buildTable(dict []byte) ([]byte, error) {
	b := builder{
		table: make([]byte, slotBytes+charsBytes+8, slotBytes+charsBytes+64<<10),
		freqs: map[uint64]uint64{},
		pairs: make([]uint64, slotCount),
	}
	if err := eachWord(dict, b.add); err != nil {
		return nil, err
	}
	for i, n := range b.pairs {
		if n > 0 {
			v := b.table[8*i : 8*i+8]
			binary.LittleEndian.PutUint64(v, binary.LittleEndian.Uint64(v)|uint64(level(n)/2)<<pairShift)
		}
	}
	for i, c := range b.chars {
		for k, n := range c {
			b.table[slotBytes+charBytes*i+k] = byte(level(n))
		}
	}
	binary.LittleEndian.PutUint64(b.table[slotBytes+charsBytes:], b.total)
	return b.table, nil
}

func (b *builder) add(w dictWord) error {
	b.total += w.freq
	place, ok := b.freqs[w.freq]
	if !ok {
		place = prefixAt + 1 + uint64(len(b.freqs))
		if place > scoreBits {
			return fmt.Errorf("more than %d different frequencies", len(b.freqs))
		}
		b.freqs[w.freq] = place
		b.table = binary.LittleEndian.AppendUint64(b.table, w.freq)
	}
	h := uint64(hashSeed)
	for i, r := range w.runes {
		h = step(h, r)
		at := uint64(prefixAt)
		if i == len(w.runes)-1 {
			at = place | uint64(w.tag)<<tagShift
			if w.name {
				at |= nameBit
			}
		}
		if _, err := b.put(h, at); err != nil {
			return err
		}
		if i > 0 {
			slot, err := b.put(step(step(hashSeed, w.runes[i-1]), r), pairAt)
			if err != nil {
				return err
			}
			b.pairs[slot] += w.freq
		}
		b.count(w, i)
	}
	return nil
}

// put sets the fields of the slot of h, unless they say more already, and
// returns its place.
func (b *builder) put(h, fields uint64) (uint64, error) {
	l := lexicon{slots: b.table[:slotBytes]}
	i, v := l.slot(h)
	if v == 0 {
		if b.used++; b.used > slotCount*3/4 {
			return 0, fmt.Errorf("more than %d words, prefixes and pairs", b.used)
		}
	}
	if fields&scoreBits > v&scoreBits {
		binary.LittleEndian.PutUint64(l.slots[8*i:], h&hashBits|fields)
	}
	return i, nil
}

// count adds what character i of a word says about it.
func (b *builder) count(w dictWord, i int) {
	r := w.runes[i]
	if r < firstHan || r > lastHan {
		return
	}
	c := &b.chars[r-firstHan]
	if i == 0 {
		c[charBegins] += w.freq
	}
	if i == len(w.runes)-1 {
		c[charEnds] += w.freq
	}
}

// newLexicon reads a table that buildTable made.
func newLexicon(table []byte) *lexicon {
	l := &lexicon{
		slots:  table[:slotBytes],
		chars:  table[slotBytes : slotBytes+charsBytes],
		scores: []float32{0, pairOnly, prefixOnly},
	}
	freqs := table[slotBytes+charsBytes:]
	sum := binary.LittleEndian.Uint64(freqs)
	l.total = level(sum)
	for freqs = freqs[8:]; len(freqs) > 0; freqs = freqs[8:] {
		score := float32(math.Log(float64(binary.LittleEndian.Uint64(freqs)) / float64(sum)))
		l.scores = append(l.scores, score)
		l.least = min(l.least, score)
	}
	return l
}

// dictWord is a line of the dictionary.
type dictWord struct {
	runes []rune
	freq  uint64
	tag   tag
	name  bool
}

// eachWord calls visit for each line; the characters are good until it returns.
func eachWord(dict []byte, visit func(dictWord) error) error {
	var runes []rune
	for n := 1; len(dict) > 0; n++ {
		var line []byte
		line, dict, _ = bytes.Cut(dict, []byte{'\n'})
		word, rest, ok := bytes.Cut(line, []byte{' '})
		count, pos, _ := bytes.Cut(rest, []byte{' '})
		if !ok || len(word) == 0 {
			continue
		}
		freq, err := strconv.ParseUint(string(count), 10, 64)
		if err != nil || freq == 0 {
			return fmt.Errorf("read word list: line %d: bad frequency %q", n, count)
		}
		runes = runes[:0]
		for _, r := range string(word) {
			runes = append(runes, r)
		}
		w := dictWord{runes: runes, freq: freq, tag: tagOf(string(pos))}
		w.name = bytes.HasPrefix(pos, []byte("nr")) && likelyName(w.runes)
		if err := visit(w); err != nil {
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

// lookup returns the score and the part of speech of the word with hash h, and
// whether longer words may begin with it. A score of prefixOnly means it is no
// word itself.
func (l *lexicon) lookup(h uint64) (score float32, pos tag, known bool) {
	_, v := l.slot(h)
	score = l.scores[v&scoreBits]
	return score, tag(v >> tagShift & 31), v != 0 && score != pairOnly
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

// char returns a fact about a character as a level.
func (l *lexicon) char(r rune, fact int) int {
	if r < firstHan || r > lastHan {
		return 0
	}
	return int(l.chars[charBytes*int(r-firstHan)+fact])
}

// apart says, in quarters of an octave, by how much more often a word ends
// with a and the next begins with b, if they came by chance, than the two stand
// side by side in a word.
func (l *lexicon) apart(a, b rune) int {
	_, v := l.slot(step(step(hashSeed, a), b))
	return l.char(a, charEnds) + l.char(b, charBegins) - l.total - 2*int(v&pairBits>>pairShift)
}
