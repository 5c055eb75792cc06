package match

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The inner loops for processors with AVX2 and for those with AVX-512. Plain Go
// remains for other machines and as what these are tested against.

// simd returns the best level that the processor has.
func simd() level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasPOPCNT || !x.HasBMI1 || !x.HasBMI2:
		return plainGo
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VBMI && x.HasAVX512VBMI2:
		return avx512
	default:
		return avx2
	}
}

// foldRun folds from text[i] on as far as it can, at most to stop and until
// the block has limit units; it may write step units from limit on. It returns
// how many units the block has then, and how far it came.
func (e *engine) foldRun(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	switch e.gate.level {
	case plainGo:
		return e.foldRunGo(s, n, limit, text, i, stop)
	case avx2:
		return e.foldRun2(s, n, limit, text, i, stop)
	}
	_, _, _ = s.units[limit+step-1], s.offs[limit+step-1], s.gaps[(limit+step)/64]
	tab := &e.fd.units[0]
	if e.fd.fold == Plain {
		tab = nil
	}
	n, i, skipped := fold512(&s.units[0], &s.offs[0], n, limit, unsafe.StringData(text), i, stop, uint32(i-s.base), tab, &s.gaps[0], e.fd.fold&gapping != 0)
	s.gappy = s.gappy || skipped
	return n, i
}

// foldRun2 is foldRun with AVX2: text is decoded piece by piece, then what it
// says is looked up.
func (e *engine) foldRun2(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	_, _, _ = s.units[limit+step-1], s.offs[limit+step-1], s.gaps[(limit+step)/64]
	pk := &e.gate.packing
	last := len(text) - wide // from here on wide bytes can be read
	for n < limit && i < stop {
		from, to := n, limit
		if e.fd.fold != Plain {
			to = min(limit, n+piece)
		}
		off := uint32(i - s.base)
		end := i // of what was asked for
		if i <= last {
			end = min(stop, last+1)
			n, i = decodeAVX2(&s.units[0], &s.offs[0], n, to, unsafe.StringData(text), i, end, off, pk)
		} else {
			// The last few bytes, from a place where more can be read behind them.
			s.copyTail(text, i)
			end = stop
			n, i = decodeAVX2(&s.units[0], &s.offs[0], n, to, &s.tail[0], i-s.tailAt, stop-s.tailAt, off, pk)
			i += s.tailAt
		}
		done := n < to && i < end
		if e.fd.fold != Plain {
			back, skipped := 0, false
			n, back, skipped = mapAVX2(&s.units[0], &s.offs[0], from, n, &e.fd.units[0], &s.gaps[0], e.fd.fold&gapping != 0, pk)
			s.gappy = s.gappy || skipped
			if back >= 0 {
				return n, s.base + back
			}
		}
		if done {
			break
		}
	}
	return n, i
}

// piece is how many units are decoded before they are looked up, where they
// are: what is behind a character that the look-up stops at is decoded once
// more.
const piece = 192

// copyTail copies text from i on, where it has not been done before.
func (s *scratch) copyTail(text string, i int) {
	if s.tailAt < 0 {
		s.tailAt = i
		copy(s.tail[copy(s.tail[:], text[i:]):], noText)
	}
}

// noText is what stands behind the end.
const (
	noText  = noText8 + noText8 + noText8 + noText8 + noText8 + noText8 + noText8 + noText8 + noText8
	noText8 = "\xF8\xF8\xF8\xF8\xF8\xF8\xF8\xF8"
)

// coarseRun sieves as many of the units below done as it can and returns how
// many candidates there are and how far it came.
func (g *gate) coarseRun(cands []uint32, units []uint16, done int) (n, next int) {
	_, _ = units[done+pad-1], cands[done+16-1]
	var ones *uint64
	nfew := g.countOnes
	if nfew > len(g.few) {
		ones, nfew = &g.ones[0], 0
	}
	if g.level == avx2 {
		return coarseAVX2(&cands[0], &units[0], done, &g.cells[0], g.shift, ones, &g.few[0], nfew, &g.packing), done
	}
	return coarse512(&cands[0], &units[0], done, &g.cells[0], g.shift, ones, &g.few[0], nfew), done
}

// fineRun is fine.
func (g *gate) fineRun(cands []uint32, n int, units []uint16) int {
	if n == 0 {
		return 0
	}
	two, three, four, five := &g.heads[1], &g.heads[2], &g.heads[3], &g.heads[4]
	if g.level == avx2 {
		return fineAVX2(&cands[0], &units[0], n, &g.ones[0], &two.words[0], &three.words[0], &four.words[0], &five.words[0],
			two.shift, three.shift, four.shift, five.shift)
	}
	var ones *uint64
	if g.countOnes > 0 {
		ones = &g.ones[0]
	}
	return fine512(&cands[0], &units[0], n, ones, &two.words[0], &three.words[0], &four.words[0], &five.words[0],
		two.shift, three.shift, four.shift, five.shift)
}

//go:noescape
func decodeAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, pk *packing) (count, next int)

//go:noescape
func mapAVX2(units *uint16, offs *uint32, from, to int, tab *uint16, gaps *uint64, often bool, pk *packing) (count, stop int, skipped bool)

//go:noescape
func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, few *[8]uint32, nfew int, pk *packing) int

//go:noescape
func fineAVX2(cands *uint32, units *uint16, count int, ones, two, three, four, five *uint64, shift2, shift3, shift4, shift5 uint) int

//go:noescape
func fold512(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab *uint16, gaps *uint64, often bool) (count, next int, skipped bool)

//go:noescape
func coarse512(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, few *[8]uint32, nfew int) int

//go:noescape
func fine512(cands *uint32, units *uint16, count int, ones, two, three, four, five *uint64, shift2, shift3, shift4, shift5 uint) int
