package match

// The coarse sieves in assembly. Every instruction is in the baseline of the
// architecture; what the compiler does not do is to take a candidate's bit
// from the carry flag, which halves the work for each unit.

func coarse(cands []uint32, units []uint16, done int, cells []uint8, shift uint, ones *onesBitmap) int {
	if done <= 0 {
		return 0
	}
	_, _ = units[done+1], cands[done]
	return coarseUnits(&cands[0], &units[0], done, &cells[0], shift, &ones[0])
}

func coarseBytes(cands []uint32, text string, i, stop int, off uint32, cells []uint8, shift uint, ones *onesBitmap) (n, next int) {
	stop = min(stop, len(text)-8)
	if i >= stop {
		return 0, i
	}
	_ = cands[(stop-i)/3+1]
	return coarseString(&cands[0], text, i, stop, off, &cells[0], shift, &ones[0])
}

//go:noescape
func coarseUnits(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64) int

//go:noescape
func coarseString(cands *uint32, text string, from, stop int, off uint32, cells *uint8, shift uint, ones *uint64) (n, next int)
