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
	case !x.HasAVX2 || !x.HasPOPCNT:
		return plainGo
	case x.HasBMI1 && x.HasBMI2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VBMI && x.HasAVX512VBMI2:
		return avx512
	default:
		return avx2
	}
}

// foldRun folds from text[i] on as far as it can, at most to stop and until
// the block has limit units; it may write step units from limit on. It returns
// how many units the block has then, and how far it came.
func (e *engine) foldRun(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	if e.gate.level == avx2 {
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

// foldRun2 folds ASCII and three-byte characters from text[i] on, as long as
// they are nothing else and have a unit or are skipped, until stop or limit
// units; it may write 8 units from limit on. It returns how many units the
// block has then, and how far it came.
func (e *engine) foldRun2(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	_, _ = s.units[limit+step-1], s.offs[limit+step-1]
	tab := &e.fd.units[0]
	if e.fd.fold == Plain {
		tab = nil
	}
	skipped := false
	last := len(text) - wide // from here on wide bytes can be read
	if n < limit && i < stop && i <= last {
		n, i, skipped = foldAVX2(&s.units[0], &s.offs[0], n, limit, unsafe.StringData(text), i, min(stop, last+1), uint32(i-s.base), tab, &e.fd.low[0], &s.gaps[0])
		s.gappy = s.gappy || skipped
	}
	if n < limit && i < stop && i > last {
		// The last few bytes, from a place where more can be read behind them.
		if s.tailAt < 0 {
			s.tailAt = i
			for k := copy(s.tail[:], text[i:]); k < len(s.tail); k++ {
				s.tail[k] = firstBad
			}
		}
		at := i - s.tailAt
		n, i, skipped = foldAVX2(&s.units[0], &s.offs[0], n, limit, &s.tail[0], at, stop-s.tailAt, uint32(i-s.base), tab, &e.fd.low[0], &s.gaps[0])
		s.gappy = s.gappy || skipped
		i += s.tailAt
	}
	return n, i
}

// coarseRun sieves as many of the units below done as it can and returns how
// many candidates there are and how far it came.
func (g *gate) coarseRun(cands []uint32, units []uint16, done int) (n, next int) {
	if done < 8 && g.level == avx2 {
		return 0, 0
	}
	_, _ = units[done+pad-1], cands[done+16-1]
	var ones *uint64
	nfew := g.countOnes
	if nfew > len(g.few) {
		ones, nfew = &g.ones[0], 0
	}
	if g.level == avx2 {
		return coarseAVX2(&cands[0], &units[0], done, &g.cells[0], g.shift, ones, &g.order[0], &g.few[0], nfew), done &^ 7
	}
	return coarse512(&cands[0], &units[0], done, &g.cells[0], g.shift, ones, &g.few[0], nfew), done
}

// fineRun is fine.
func (g *gate) fineRun(cands []uint32, n int, units []uint16) int {
	var ones *uint64
	if g.countOnes > 0 {
		ones = &g.ones[0]
	}
	two, three, four, five := &g.heads[1], &g.heads[2], &g.heads[3], &g.heads[4]
	return fine512(&cands[0], &units[0], n, ones, &two.words[0], &three.words[0], &four.words[0], &five.words[0],
		two.shift, three.shift, four.shift, five.shift)
}

//go:noescape
func foldAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab, low *uint16, gaps *uint64) (count, next int, skipped bool)

//go:noescape
func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, order *uint64, few *[8]uint32, nfew int) int

//go:noescape
func fold512(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab *uint16, gaps *uint64, often bool) (count, next int, skipped bool)

//go:noescape
func coarse512(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, few *[8]uint32, nfew int) int

//go:noescape
func fine512(cands *uint32, units *uint16, count int, ones, two, three, four, five *uint64, shift2, shift3, shift4, shift5 uint) int
