package match

import (
	"math/bits"
	"strings"
	"sync"
	"unicode/utf8"
)

// blockUnits is how many units are folded before the gate looks at them: the
// buffers of a block stay in the first-level cache.
const blockUnits = 2048

// signals is how many units from unitAstral on fill does not take from its
// tables.
const signals = 0x800

// maxBlockBytes bounds the text of one block, so that offsets within it fit
// 32 bits even where almost every character is skipped.
const maxBlockBytes = 1 << 30

// scratch is the working space of one Append.
type scratch struct {
	units []uint16 // folded text of the block, padded by unitPad
	offs  []uint32 // of the character each unit came from, from base
	gaps  []uint64 // bit i: something was skipped right before unit i
	cands []uint32 // unit indexes that passed the gate
	lone  []Hit    // of lone terms in the block

	tail   [2 * wide]byte // a copy of the end of the text, from tailAt on
	tailAt int            // negative: not made yet
	base   int            // offset of the block in the text
	n      int            // units in the block
	next   int            // offset of the text that is not folded yet
	gappy  bool           // any bit of gaps is set
	hits   []Hit          // of the block, where they are not appended to the caller's
	last   Hit            // the latest of the block
	tidy   bool           // those hits are in order and distinct
}

type scratchPool struct{ sync.Pool }

// wide is how many bytes foldRun may read from where it folds.
const wide = 34

// pad is how many units behind the last one the gate may read.
const pad = 20

func (e *engine) get() *scratch {
	if s, ok := e.scratch.Get().(*scratch); ok {
		return s
	}
	n := max(blockUnits, 8*e.longest) + step + pad
	return &scratch{
		units: make([]uint16, n),
		offs:  make([]uint32, n),
		gaps:  make([]uint64, n/64+2),
		cands: make([]uint32, n+step),
	}
}

// begin readies s for a text.
func (s *scratch) begin() {
	s.base, s.n, s.next, s.tailAt = 0, 0, 0, -1
	s.lone = s.lone[:0]
	if s.gappy {
		clear(s.gaps)
		s.gappy = false
	}
}

// append appends the hits in text.
func (e *engine) append(dst []Hit, text string) []Hit {
	s := e.get()
	defer e.scratch.Put(s)
	s.begin()
	for s.next < len(text) {
		dst = e.advance(dst, s, text)
	}
	return dst
}

// advance folds one more block of text and appends the hits that begin in it,
// sorted and distinct. Those of later blocks come after them.
func (e *engine) advance(dst []Hit, s *scratch, text string) []Hit {
	s.next = e.fill(s, text, s.next, len(s.units)-pad-step)
	s.end()
	done, from := s.n, len(dst)
	if s.next < len(text) {
		// The last ones may go on in the next block, and what is skipped
		// behind them too; the units of one character stay together.
		for done -= e.longest; done > 0 && s.offs[done] == s.offs[done-1]; {
			done--
		}
	}
	s.last, s.tidy = Hit{Start: -1}, true
	if done > 0 {
		dst = e.block(dst, s, text, done)
	}
	dst = e.putLone(dst, s, text, done)
	if done > 0 {
		s.keep(done)
	}
	if !s.tidy {
		dst = append(dst[:from], tidy(dst[from:])...)
	}
	return dst
}

// end pads the block.
func (s *scratch) end() {
	for k := range pad {
		s.units[s.n+k] = unitPad
	}
}

// keep moves the units from done on to the front of the block.
func (s *scratch) keep(done int) {
	left := s.n - done
	if s.gappy {
		s.gappy = false
		for k := range left {
			bit := s.gaps[(done+k)>>6] >> ((done + k) & 63) & 1
			if bit != 0 {
				s.gappy = true
			}
			s.gaps[k>>6] = s.gaps[k>>6]&^(1<<(k&63)) | bit<<(k&63)
		}
		for k := left; k&63 != 0; k++ {
			s.gaps[k>>6] &^= 1 << (k & 63)
		}
		clear(s.gaps[(left+63)>>6:])
	}
	if left > 0 {
		move := s.offs[done]
		copy(s.units, s.units[done:s.n])
		for k := range left {
			s.offs[k] = s.offs[done+k] - move
		}
		s.base += int(move)
	}
	s.n = left
}

// fill folds text from i on until the block has limit units, up to step more
// or all there are, and returns how far it came.
func (e *engine) fill(s *scratch, text string, i, limit int) int {
	n := s.n
	if n == 0 {
		s.base = i
	}
	stop := min(len(text), i+maxBlockBytes)
	tab := &e.fd.units
	units, offs := s.units[:limit+step], s.offs[:limit+step]
	for n < limit && i < stop {
		if runs(text, i) {
			if n, i = e.foldRun(s, n, limit, text, i, stop); n >= limit || i >= stop {
				break
			}
		}
		off := uint32(i - s.base)
		u, w := uint16(unitMany), 1
		if b := text[i]; b < utf8.RuneSelf {
			u = tab[b]
		} else if b-0xE1 < 0x0F && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80 {
			u = tab[uint16(b)<<12|uint16(text[i+1]&0x3F)<<6|uint16(text[i+2]&0x3F)]
			w = 3
		} else if b >= firstBad {
			units[n], offs[n] = unitBad, off
			n++
			i++
			continue
		}
		if u == unitSkip {
			s.gap(n)
			for i += w; i < stop && text[i] < utf8.RuneSelf && tab[text[i]] == unitSkip; i++ {
			}
			continue
		}
		if u-unitAstral < signals {
			if n, i = e.slow(s, text, i, n); len(s.lone) >= maxLone {
				break
			}
			continue
		}
		units[n], offs[n] = u, off
		n++
		i += w
	}
	s.n = n
	return i
}

// runs reports whether foldRun may take the character at i.
func runs(text string, i int) bool {
	b := text[i]
	return b < utf8.RuneSelf || b-0xE0 < 0x10 && i+1 < len(text) && text[i+1]&0xC0 == 0x80
}

// firstBad is the first of the bytes that UTF-8 has no use for. Callers join
// texts by them.
const firstBad = 0xF8

// step is how many units fill may write at once.
const step = 64

// slow folds the one character at i that the fast path did not.
func (e *engine) slow(s *scratch, text string, i, n int) (int, int) {
	r, w := utf8.DecodeRuneInString(text[i:])
	off := uint32(i - s.base)
	if r == utf8.RuneError && w == 1 {
		s.units[n], s.offs[n] = unitBad, off
		return n + 1, i + 1
	}
	if r <= 0xFFFF {
		switch u := e.fd.units[r]; u {
		case unitSkip:
			s.gap(n)
			return n, i + w
		case unitMany:
		default:
			s.units[n], s.offs[n] = u, off
			return n + 1, i + w
		}
	}
	to, ok := e.fd.many[r]
	if !ok {
		s.units[n], s.offs[n] = unitOf(r), off
		return n + 1, i + w
	}
	if to.n == 0 {
		s.gap(n)
		s.meet(&e.lone, r, i, w)
	}
	for _, u := range to.units[:to.n] {
		s.units[n], s.offs[n] = u, off
		n++
	}
	return n, i + w
}

// block appends the hits that begin at the first done units of the block.
func (e *engine) block(dst []Hit, s *scratch, text string, done int) []Hit {
	return e.verify(dst, s, text, s.cands[:e.gate.pass(s.cands, s.units, done)])
}

// verify appends the hits among cands.
func (e *engine) verify(dst []Hit, s *scratch, text string, cands []uint32) []Hit {
	for _, c := range cands {
		j, may := int(c>>mayBits), c&(1<<mayBits-1)
		if may == 1 && e.bare(s, text, j) {
			continue
		}
		dst = e.at(dst, s, text, j, may)
	}
	return dst
}

// bare reports an ASCII character before which nothing was skipped, and which is
// a pattern only where something was. Numbers are full of them.
func (e *engine) bare(s *scratch, text string, j int) bool {
	u := s.units[j]
	return u < utf8.RuneSelf && e.behind[u>>6]>>(u&63)&1 != 0 && s.gaps[j>>6]>>(j&63)&1 == 0 && text[s.base+int(s.offs[j])] < utf8.RuneSelf
}

// at appends the hits that begin at unit j with the heads in may.
func (e *engine) at(dst []Hit, s *scratch, text string, j int, may uint32) []Hit {
	u := s.units[j : j+5 : j+5]
	k := four(&u[0])
	for ; may != 0; may &= may - 1 {
		i := bits.TrailingZeros32(may)
		t := &e.heads[i]
		if i == headUnits-1 {
			if g := t.slot(headKey{k, u[4]}); g.n > 0 {
				lo := int(g.at)
				dst = e.tree(dst, s, text, j, lo, lo+t.members(g))
			}
			break
		}
		switch g := t.slot(headKey{four: k << (48 - 16*i) >> (48 - 16*i)}); g.n {
		case 0:
		case oneID:
			end := s.base + int(s.offs[j+i])
			dst = s.put(dst, Hit{int32(g.at), s.base + int(s.offs[j]), end + width(text[end])})
		default:
			first := int(g.at)
			dst = e.emit(dst, s, text, j, i+1, e.entries[first:first+t.members(g)])
		}
	}
	return dst
}

// tree appends the hits at unit j among the nodes lo to hi, whose heads are
// the same as the text's there.
func (e *engine) tree(dst []Hit, s *scratch, text string, j, lo, hi int) []Hit {
	u := s.units[j : s.n+1] // the unitPad behind the last unit ends every comparison
	t, same := e.floor(u, lo, hi)
	for t >= lo && int(e.nodes[t].n) > same {
		t = int(e.nodes[t].parent)
	}
	if t < lo {
		return dst
	}
	return e.chain(dst, s, text, j, t)
}

// chain emits node t and its ancestors, shortest first.
func (e *engine) chain(dst []Hit, s *scratch, text string, j, t int) []Hit {
	if p := int(e.nodes[t].parent); p >= 0 {
		dst = e.chain(dst, s, text, j, p)
	}
	nd := &e.nodes[t]
	return e.emit(dst, s, text, j, int(nd.n), e.entries[nd.first:e.nodes[t+1].first])
}

// emit appends the hits of the patterns in list, whose n units stand at j.
func (e *engine) emit(dst []Hit, s *scratch, text string, j, n int, list []entry) []Hit {
	last := j + n - 1
	start, end := s.base+int(s.offs[j]), s.base+int(s.offs[last])
	for _, en := range list {
		h := Hit{en.id, start, end}
		if en.check >= 0 {
			c := &e.checks[en.check]
			if c.need != 0 && !c.mayBe(s, text, j) {
				continue
			}
			if c.text != "" && strings.HasPrefix(text[start:], c.text) && len(c.text) == end+width(text[end])-start {
				dst = s.put(dst, Hit{en.id, start, end + width(text[end])})
				continue
			}
			if c.runes != nil {
				dst = c.append(dst, s, text, h)
				continue
			}
			if s.gapIn(j, last) && !c.gapsOK(text[start:end]) {
				continue
			}
		}
		h.End += width(text[end])
		dst = s.put(dst, h)
	}
	return dst
}

// put appends one hit and notes whether it is the next in order.
func (s *scratch) put(dst []Hit, h Hit) []Hit {
	if h.Start <= s.last.Start && h.compare(s.last) <= 0 {
		s.tidy = false
	}
	s.last = h
	return append(dst, h)
}

// width is the length in bytes of the valid UTF-8 sequence that begins with b.
func width(b byte) int {
	switch {
	case b < 0x80:
		return 1
	case b < 0xE0:
		return 2
	case b < 0xF0:
		return 3
	default:
		return 4
	}
}

// gap notes that something was skipped before unit n.
func (s *scratch) gap(n int) {
	s.gaps[n>>6] |= 1 << (n & 63)
	s.gappy = true
}

// gapsAt returns, for the units from j on, before which of them something
// was skipped.
func (s *scratch) gapsAt(j int) uint64 {
	return s.gaps[j>>6]>>(j&63) | s.gaps[j>>6+1]<<(64-j&63)
}

// gapIn reports whether something was skipped between units j and last.
func (s *scratch) gapIn(j, last int) bool {
	if !s.gappy {
		return false
	}
	for k := j + 1; k <= last; k += 64 {
		if s.gapsAt(k)<<max(0, 63-(last-k)) != 0 {
			return true
		}
	}
	return false
}
