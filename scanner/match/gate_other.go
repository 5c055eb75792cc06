//go:build !amd64

package match

func coarse(cands []uint32, units []uint16, done int, cells []uint8, shift uint, ones *onesBitmap) int {
	return coarseGo(cands, units, done, cells, shift, ones)
}

func coarseBytes(cands []uint32, text string, i, stop int, off uint32, cells []uint8, shift uint, ones *onesBitmap) (n, next int) {
	return coarseBytesGo(cands, text, i, stop, off, cells, shift, ones)
}
