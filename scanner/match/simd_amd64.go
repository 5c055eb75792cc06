package match

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The two inner loops in AVX2, eight characters at a time. Plain Go reaches
// about half the speed; it remains for other machines, for the ends of texts
// and as what these are tested against.

// simd reports whether the loops may be used.
func simd() bool { return cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT }

// foldRun folds ASCII and three-byte characters from text[i] on, as long as
// they are nothing else and have a unit or are skipped, until stop or limit
// units; it may write 8 units from limit on. It returns how many units the
// block has then, and how far it came.
func (e *engine) foldRun(s *scratch, n, limit int, text string, i, stop int) (int, int) {
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
	if done < 8 {
		return 0, 0
	}
	_, _ = units[done+1], cands[done+7]
	var ones *uint64
	nfew := g.countOnes
	if nfew > len(g.few) {
		ones, nfew = &g.ones[0], 0
	}
	return coarseAVX2(&cands[0], &units[0], done, &g.cells[0], g.shift, ones, &g.order[0], &g.few[0], nfew), done &^ 7
}

//go:noescape
func foldAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab, low *uint16, gaps *uint64) (count, next int, skipped bool)

//go:noescape
func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, order *uint64, few *[8]uint32, nfew int) int
