package document

import (
	"encoding/binary"
	"image"
)

// tiffOf writes grey pictures as the pages of one TIFF file (TIFF 6.0), without
// compression: one start of the recogniser serves them all.
func tiffOf(pages []*image.Gray) []byte {
	size := 8
	for _, g := range pages {
		size += g.Rect.Dx()*g.Rect.Dy() + 128
	}
	out := append(make([]byte, 0, size), "II*\x00\x00\x00\x00\x00"...)
	link := 4 // where the offset of the next directory goes
	for _, g := range pages {
		w, h, data := g.Rect.Dx(), g.Rect.Dy(), len(out)
		for y := range h {
			out = append(out, g.Pix[y*g.Stride:y*g.Stride+w]...)
		}
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		// Width, height, bits, no compression, black is zero, strip, samples, rows and bytes of the strip.
		fields := [...][2]int{{256, w}, {257, h}, {258, 8}, {259, 1}, {262, 1}, {273, data}, {277, 1}, {278, h}, {279, w * h}}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(fields)))
		for _, f := range fields {
			out = binary.LittleEndian.AppendUint16(out, uint16(f[0]))
			out = append(out, 4, 0, 1, 0, 0, 0) // one number of 32 bits
			out = binary.LittleEndian.AppendUint32(out, uint32(f[1]))
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}
