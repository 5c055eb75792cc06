package match

import (
	"encoding/binary"
	"unsafe"
)

// foldRunGo is foldRun in plain Go.
func (e *engine) foldRunGo(s *scratch, n, limit int, text string, i, stop int) (int, int) {
	_, _ = s.units[limit+step-1], s.offs[limit+step-1]
	stop = min(stop, len(text)-7) // from there on eight bytes cannot be read
	if i >= stop {
		return n, i
	}
	n, i = foldGo(&s.units[0], &s.offs[0], n, limit, unsafe.StringData(text[s.base:]), i-s.base, stop-s.base, e.fd)
	return n, s.base + i
}

// foldGo takes two characters of three bytes at a time, or one. It has no
// more variables than there are registers.
func foldGo(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, fd *folder) (int, int) {
	for n < limit && i < stop {
		x := binary.LittleEndian.Uint64((*[8]byte)(unsafe.Pointer(at(text, i)))[:])
		if x&twoMask == twoLeads {
			x = x<<12&twoFirst | x>>2&twoSecond | x>>16&twoThird
			c0, c1 := uint16(x), uint16(x>>24)
			u0, u1 := fd.units[c0], fd.units[c1]
			if u0-unitAstral < signals || c0 < tooLong || u1-unitAstral < signals || c1 < tooLong {
				break
			}
			*at(units, n), *at(offs, n) = u0, uint32(i)
			*at(units, n+1), *at(offs, n+1) = u1, uint32(i+3)
			n += 2
			i += 6
			continue
		}
		c, w := uint16(x), 1
		if c &= 0xFF; c >= 0x80 {
			if x&oneMask != oneLead {
				break
			}
			if c, w = uint16(x<<12&0xF000|x>>2&0x0FC0|x>>16&0x3F), 3; c < tooLong {
				break
			}
		}
		u := fd.units[c]
		if u-unitAstral < signals {
			break
		}
		*at(units, n), *at(offs, n) = u, uint32(i)
		n++
		i += w
	}
	return n, i
}

// One and two characters of three bytes each, at the head of eight bytes read
// little endian: the bits that say so, and where the parts of their code
// points go.
const (
	oneMask   = 0xC0C0F0
	oneLead   = 0x8080E0
	twoMask   = oneMask<<24 | oneMask
	twoLeads  = oneLead<<24 | oneLead
	twoFirst  = 0xF000<<24 | 0xF000
	twoSecond = 0x0FC0<<24 | 0x0FC0
	twoThird  = 0x003F<<24 | 0x003F
	tooLong   = 0x0800 // below it three bytes are too many
)
