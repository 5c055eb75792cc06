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

// wide is how many bytes foldRun may read from where it folds.
const wide = 32

// foldRun folds ASCII and three-byte characters from text[i] on, as long as
// they are nothing else and there are units for them, until stop or limit
// units; it may write 8 units from limit on. It returns how many units the
// block has then, and how far it came.
func (e *engine) foldRun(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	stop = min(stop, len(text)-wide+1)
	if n >= limit || i >= stop {
		return n, i
	}
	_, _ = s.units[limit+step-1], s.offs[limit+step-1]
	tab := &e.fd.units[0]
	if e.fd.fold == Plain {
		tab = nil
	}
	return foldAVX2(&s.units[0], &s.offs[0], n, limit, unsafe.StringData(text), i, stop, uint32(i-s.base), tab, &e.fd.low[0])
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
func foldAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab, low *uint16) (count, next int)

//go:noescape
func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, order *uint64, few *[8]uint32, nfew int) int
