package document

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"prescreen/scanner"
)

// Office drawings ([MS-ODRAW]) sit in Word's table stream, in records of
// worksheets and in slides alike.

const (
	artOPT      = 0xF00B // properties of a shape
	artOPT2     = 0xF121
	artOPT3     = 0xF122
	artBlipJPEG = 0xF01D
	artBlipPNG  = 0xF01E
	artBlipTIFF = 0xF029
	artBlipJPG2 = 0xF02A
	artBlipEMF  = 0xF01A
	artBlipWMF  = 0xF01B
	artBlipDIB  = 0xF01F
)

// artTexts gives alternative texts, names and WordArt strings of the shapes in
// data.
func artTexts(f *file, data []byte, sheet string) error {
	return artWalk(data, 0, func(inst, typ int, body []byte) error {
		if typ != artOPT && typ != artOPT2 && typ != artOPT3 {
			return nil
		}
		return artProperties(f, inst, body, sheet)
	})
}

// artWalk calls fn for every record of data. Word puts one byte between
// drawings: a record that cannot be one is stepped over byte by byte.
func artWalk(data []byte, depth int, fn func(inst, typ int, body []byte) error) error {
	for len(data) >= 8 && depth < 20 {
		verInst := int(binary.LittleEndian.Uint16(data))
		typ := int(binary.LittleEndian.Uint16(data[2:]))
		size := int(binary.LittleEndian.Uint32(data[4:]))
		if typ < 0xF000 || typ > 0xF200 || size > len(data)-8 {
			data = data[1:]
			continue
		}
		body := data[8 : 8+size]
		data = data[8+size:]
		var err error
		if verInst&0xF == 0xF {
			err = artWalk(body, depth+1, fn)
		} else {
			err = fn(verInst>>4, typ, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func artProperties(f *file, count int, body []byte, sheet string) error {
	if 6*count > len(body) {
		return nil
	}
	complex := body[6*count:]
	for i := range count {
		id := int(binary.LittleEndian.Uint16(body[6*i:]))
		size := int(binary.LittleEndian.Uint32(body[6*i+2:]))
		if id&0x8000 == 0 {
			continue
		}
		if size > len(complex) {
			return nil
		}
		value := complex[:size]
		complex = complex[size:]
		kind := scanner.KindAttribute
		text := ""
		switch id & 0x3FFF {
		case 0x00C0:
			kind, text = scanner.KindBody, utf16String(value)
		case 0x0380, 0x0381, 0x038D, 0x0105:
			text = utf16String(value)
			if id&0x3FFF != 0x0381 {
				text = tellingName(trimNul(text))
			}
		}
		err := f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: sheet}, Text: trimNul(text)})
		if err != nil {
			return err
		}
	}
	return nil
}

func trimNul(s string) string {
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}

// oleImages reads the pictures of a stream of drawing records or of picture
// data, which holds such records at places of its own.
func oleImages(ctx context.Context, f *file, data []byte) error {
	n := 0
	for i := 0; i+8 < len(data); {
		typ := int(binary.LittleEndian.Uint16(data[i+2:]))
		size := int(binary.LittleEndian.Uint32(data[i+4:]))
		ext := ""
		switch typ {
		case artBlipJPEG, artBlipJPG2:
			ext = ".jpg"
		case artBlipPNG:
			ext = ".png"
		case artBlipTIFF:
			ext = ".tif"
		case artBlipEMF:
			ext = ".emf"
		case artBlipWMF:
			ext = ".wmf"
		case artBlipDIB:
			ext = ".bmp"
		}
		if ext == "" || size <= 32 || size > len(data)-i-8 {
			i++
			continue
		}
		n++
		name, blip := fmt.Sprintf("image%d%s", n, ext), data[i+8:i+8+size]
		var err error
		switch typ {
		case artBlipEMF, artBlipWMF:
			err = artMetafile(ctx, f, name, blip)
		case artBlipDIB:
			for _, at := range []int{17, 33} { // checksums and a tag
				if b := bitmapFile(blip[min(at, len(blip)):]); b != nil {
					err = f.childBytes(ctx, name, "", b)
					break
				}
			}
		default:
			err = artImage(ctx, f, name, blip)
		}
		if err != nil {
			return err
		}
		i += 8 + size
	}
	return nil
}

// artImage reads a picture behind the 16 or 32 bytes of its checksums.
func artImage(ctx context.Context, f *file, name string, blip []byte) error {
	for _, sig := range []string{"\xFF\xD8\xFF", "\x89PNG", "II*\x00", "MM\x00*"} {
		if at := bytes.Index(blip[:min(len(blip), 40)], []byte(sig)); at > 0 {
			return f.childBytes(ctx, name, "", blip[at:])
		}
	}
	return nil
}

// artMetafile reads a metafile behind its checksum and header ([MS-ODRAW]
// 2.2.24 and 2.2.31), mostly compressed.
func artMetafile(ctx context.Context, f *file, name string, blip []byte) error {
	for _, ids := range []int{16, 32} { // one or two checksums
		r := byteReader{data: blip, pos: ids + 32}
		compression, filter := r.u8(), r.u8()
		if r.short || filter != 0xFE || compression != 0 && compression != 0xFE {
			continue
		}
		data := blip[r.pos:]
		if compression == 0 {
			var err error
			if data, err = inflateAll(f, data, oleMaxStream); len(data) == 0 {
				return err
			}
		}
		return f.childBytes(ctx, name, "", data)
	}
	return nil
}

// inflateAll decompresses a zlib stream within the budget of f.
func inflateAll(f *file, data []byte, max int64) ([]byte, error) {
	zr, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	return io.ReadAll(io.LimitReader(f.budget.reader(zr), max))
}
