package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"prescreen/scanner"
)

// readMetafile gives the text of a Windows metafile, the picture Office keeps
// of embedded objects.
func readMetafile(ctx context.Context, f *file) error {
	data, err := f.bytes(imageMaxBytes)
	if err != nil && len(data) == 0 {
		return err
	}
	var lines []string
	var bitmaps [][]byte
	if f.typ == "emf" {
		lines, bitmaps = emfContent(data)
	} else {
		lines, bitmaps = wmfContent(data)
	}
	for i, l := range lines {
		if err := f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindImage, Line: i + 1}, Text: l}); err != nil {
			return err
		}
	}
	for i, b := range bitmaps {
		if err := f.childBytes(ctx, fmt.Sprintf("image%d.bmp", i+1), "", b); err != nil {
			return err
		}
	}
	// Office for the Mac puts what it embeds into a comment record.
	if at := bytes.Index(data, []byte("%PDF-")); at >= 0 {
		return f.childBytes(ctx, "object.pdf", "", data[at:])
	}
	return nil
}

// emfContent joins the strings of an enhanced metafile ([MS-EMF]) to lines and
// returns the bitmaps it paints.
func emfContent(data []byte) (lines []string, bitmaps [][]byte) {
	lastY := int32(-1 << 31)
	for pos := 0; pos+8 <= len(data); {
		r := byteReader{data: data, pos: pos}
		typ, size := r.u32(), int(r.u32())
		if size < 8 || pos+size > len(data) {
			break
		}
		if (typ == 83 || typ == 84) && size >= 76 {
			r.pos = pos + 36
			r.u32()
			y := int32(r.u32())
			n, off := int(r.u32()), int(r.u32())
			var text string
			if off >= 0 && off < size && n > 0 {
				r.pos = pos + off
				if typ == 84 {
					text = r.utf16(min(n, (size-off)/2))
				} else {
					text = codepageString(r.take(min(n, size-off)), 936)
				}
			}
			lines, lastY = joinRun(lines, text, y == lastY), y
		}
		if typ == 81 && size >= 80 { // EMR_STRETCHDIBITS
			r.pos = pos + 48
			head, headLen, bits, bitsLen := int(r.u32()), int(r.u32()), int(r.u32()), int(r.u32())
			if min(head, headLen, bits, bitsLen) > 0 && head+headLen <= size && bits+bitsLen <= size {
				dib := append(append([]byte(nil), data[pos+head:pos+head+headLen]...), data[pos+bits:pos+bits+bitsLen]...)
				bitmaps = appendBitmap(bitmaps, dib)
			}
		}
		pos += size
	}
	return lines, bitmaps
}

// wmfContent is emfContent for a metafile of the older kind ([MS-WMF]).
func wmfContent(data []byte) (lines []string, bitmaps [][]byte) {
	pos := 18
	if bytes.HasPrefix(data, []byte("\xD7\xCD\xC6\x9A")) {
		pos += 22
	}
	lastY := -1 << 31
	for pos+6 <= len(data) {
		r := byteReader{data: data, pos: pos}
		size, typ := 2*int(r.u32()), r.u16()
		if size < 6 || pos+size > len(data) {
			break
		}
		switch typ {
		case 0x0A32: // ExtTextOut
			y := r.u16()
			r.u16()
			n, opts := r.u16(), r.u16()
			if opts&6 != 0 {
				r.pos += 8
			}
			lines, lastY = joinRun(lines, codepageString(r.take(min(n, max(0, pos+size-r.pos))), 936), y == lastY), y
		case 0x0521: // TextOut
			n := r.u16()
			text := r.take(min(n, max(0, pos+size-r.pos)))
			r.pos += n & 1
			y := r.u16()
			lines, lastY = joinRun(lines, codepageString(text, 936), y == lastY), y
		case 0x0F43: // StretchDIB
			bitmaps = appendBitmap(bitmaps, data[min(pos+28, pos+size):pos+size])
		}
		pos += size
	}
	return lines, bitmaps
}

// appendBitmap appends a bitmap of a metafile as a file of its own.
func appendBitmap(bitmaps [][]byte, dib []byte) [][]byte {
	if b := bitmapFile(dib); b != nil && len(bitmaps) < 1000 {
		return append(bitmaps, b)
	}
	return bitmaps
}

// bitmapFile puts the header of a BMP file before a device-independent bitmap
// ([MS-WMF] 2.2.2.9), nil where it is none.
func bitmapFile(dib []byte) []byte {
	r := byteReader{data: dib}
	header := int(r.u32())
	if header < 40 || header > 124 || header > len(dib) {
		return nil
	}
	r.pos = 14
	bits, compression := r.u16(), int(r.u32())
	r.pos = 32
	colors := int(r.u32())
	if colors == 0 && bits <= 8 {
		colors = 1 << bits
	}
	start := header + 4*min(colors, 256)
	if compression == 3 && header == 40 {
		start += 12 // masks
	}
	if start >= len(dib) {
		return nil
	}
	out := append(make([]byte, 0, 14+len(dib)), "BM"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(14+len(dib)))
	out = binary.LittleEndian.AppendUint32(out, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(14+start))
	return append(out, dib...)
}

// recogniseBMP leaves the decoding of a bitmap to tesseract's library.
func (f *file) recogniseBMP(ctx context.Context, data []byte) error {
	r := byteReader{data: data, pos: 18}
	width, height := int64(int32(r.u32())), int64(int32(r.u32()))
	height = max(height, -height)
	switch {
	case r.short || width <= 0:
		return failf(scanner.StatusDamaged, "cannot be read: no picture of a known size")
	case width*height > imageMaxPixels:
		return failf(scanner.StatusLimit, "a picture of %d by %d pixels, not recognised", width, height)
	case width < imageMinSide || height < imageMinSide || width*height < imageMinArea:
		return nil
	}
	return f.recognise(ctx, nil, data, 0)
}

func joinRun(lines []string, text string, same bool) []string {
	text = strings.Trim(text, "\x00")
	if isBlank(text) {
		return lines
	}
	if same && len(lines) > 0 {
		lines[len(lines)-1] += text
		return lines
	}
	return append(lines, text)
}
