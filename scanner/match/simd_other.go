//go:build !amd64

package match

func simd() level { return plainGo }

func (e *engine) foldRun(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	return e.foldRunGo(s, n, limit, text, i, stop)
}

func (g *gate) coarseRun(cands []uint32, units []uint16, done int) (n, next int) { return 0, 0 }

func (g *gate) fineRun(cands []uint32, n int, units []uint16) int { return n }
