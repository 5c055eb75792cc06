package document

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// imageMetadata gives what a camera or an editor wrote into a picture: EXIF
// (author, place, comments), XMP and the text chunks of PNG.
func imageMetadata(f *file, data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xD8")):
		return jpegMetadata(f, data)
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		return pngMetadata(f, data)
	case bytes.HasPrefix(data, []byte("II")), bytes.HasPrefix(data, []byte("MM")):
		return exif(f, data)
	case len(data) > 12 && string(data[8:12]) == "WEBP":
		return webpMetadata(f, data)
	}
	return nil
}

func jpegMetadata(f *file, data []byte) error {
	for pos := 2; pos+4 <= len(data) && data[pos] == 0xFF; {
		marker := data[pos+1]
		if marker == 0xDA || marker == 0xD9 {
			return nil
		}
		n := int(binary.BigEndian.Uint16(data[pos+2:]))
		if n < 2 || pos+2+n > len(data) {
			return nil
		}
		body := data[pos+4 : pos+2+n]
		pos += 2 + n
		var err error
		switch {
		case marker == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			err = exif(f, body[6:])
		case marker == 0xE1 && bytes.HasPrefix(body, []byte("http://ns.adobe.com/xap/1.0/\x00")):
			err = xmp(f, body[29:])
		case marker == 0xED:
			err = iptc(f, body)
		case marker == 0xFE:
			text, _ := charset.Decode(body, charset.Hint{})
			err = f.text(scanner.KindProperty, strings.Trim(text, "\x00 "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func webpMetadata(f *file, data []byte) error {
	for pos := 12; pos+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[pos+4:]))
		end := pos + 8 + n
		if n < 0 || end > len(data) {
			return nil
		}
		body := data[pos+8 : end]
		var err error
		switch string(data[pos : pos+4]) {
		case "EXIF":
			err = exif(f, bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "XMP ":
			err = xmp(f, body)
		}
		if err != nil {
			return err
		}
		pos = end + n&1
	}
	return nil
}

func pngMetadata(f *file, data []byte) error {
	for pos := 8; pos+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[pos:]))
		if n < 0 || pos+12+n > len(data) {
			return nil
		}
		typ, body := string(data[pos+4:pos+8]), data[pos+8:pos+8+n]
		pos += 12 + n
		var err error
		switch typ {
		case "eXIf":
			err = exif(f, body)
		case "tEXt":
			_, text, _ := bytes.Cut(body, []byte{0})
			s, _ := charset.Decode(text, charset.Hint{})
			err = f.text(scanner.KindProperty, s)
		case "zTXt":
			if _, rest, ok := bytes.Cut(body, []byte{0}); ok && len(rest) > 1 {
				err = f.text(scanner.KindProperty, inflateText(f, rest[1:]))
			}
		case "iTXt":
			err = pngText(f, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pngText reads an international text chunk: keyword, flags, language,
// translated keyword, text.
func pngText(f *file, body []byte) error {
	keyword, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) < 2 {
		return nil
	}
	packed := rest[0] == 1
	_, rest, _ = bytes.Cut(rest[2:], []byte{0})
	_, rest, _ = bytes.Cut(rest, []byte{0})
	text := string(rest)
	if packed {
		text = inflateText(f, rest)
	}
	if string(keyword) == "XML:com.adobe.xmp" {
		return xmp(f, []byte(text))
	}
	return f.text(scanner.KindProperty, text)
}

func inflateText(f *file, data []byte) string {
	zr, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(f.budget.reader(zr), 1<<20)) // what was readable
	return string(b)
}

// xmp gives the values of an XMP packet a person wrote.
func xmp(f *file, data []byte) error {
	x := newXMLLexer(bytes.NewReader(data))
	seen := map[string]bool{}
	give := func(s string) error {
		s = strings.TrimSpace(s)
		if seen[s] || tellingName(s) == "" && countHan(s) == 0 || strings.HasPrefix(s, "xmp.") || strings.HasPrefix(s, "uuid:") ||
			strings.HasPrefix(s, "http://ns.") || strings.HasPrefix(s, "adobe:") || isStamp(s) {
			return nil
		}
		seen[s] = true
		return f.text(scanner.KindProperty, s)
	}
	for x.next() {
		switch x.kind {
		case xmlStart:
			for i := range x.attrs {
				if a := &x.attrs[i]; string(a.space) != "xmlns" && string(a.space) != "x" {
					if err := give(string(a.value)); err != nil {
						return err
					}
				}
			}
		case xmlText:
			if err := give(string(x.text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isStamp reports whether s is a time, which XMP is full of.
func isStamp(s string) bool {
	return len(s) >= 10 && s[4] == '-' && s[7] == '-' && isDigits(s[:4])
}

// iptc gives the text records of a picture's IPTC block.
func iptc(f *file, data []byte) error {
	at := bytes.Index(data, []byte("\x1C\x02"))
	for at >= 0 && at+5 <= len(data) && data[at] == 0x1C {
		n := int(binary.BigEndian.Uint16(data[at+3:]))
		end := at + 5 + n
		if end > len(data) {
			return nil
		}
		if data[at+1] == 2 && data[at+2] >= 5 {
			text, _ := charset.Decode(data[at+5:end], charset.Hint{})
			if s := strings.TrimSpace(text); tellingName(s) != "" || countHan(s) > 0 {
				if err := f.text(scanner.KindProperty, s); err != nil {
					return err
				}
			}
		}
		at = end
	}
	return nil
}

// exifReader walks the directories of a TIFF structure.
type exifReader struct {
	f     *file
	data  []byte
	order binary.ByteOrder
	depth int
}

func exif(f *file, data []byte) error {
	e := &exifReader{f: f, data: data}
	switch {
	case bytes.HasPrefix(data, []byte("II")):
		e.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM")):
		e.order = binary.BigEndian
	default:
		return nil
	}
	if len(data) < 8 {
		return nil
	}
	return e.dir(int(e.order.Uint32(data[4:])))
}

func (e *exifReader) dir(at int) error {
	if e.depth++; e.depth > 8 {
		return nil
	}
	gps := map[int][]byte{}
	for i := range e.entries(at) {
		tag, value := e.entry(at + 2 + 12*i)
		var text string
		switch tag {
		case 0x0112:
			if len(value) >= 2 {
				e.f.orientation = int(e.order.Uint16(value))
			}
		case 0x8769, 0x8825:
			if len(value) >= 4 {
				next := int(e.order.Uint32(value))
				if tag == 0x8769 {
					if err := e.dir(next); err != nil {
						return err
					}
					continue
				}
				for k := range e.entries(next) {
					t, v := e.entry(next + 2 + 12*k)
					gps[t] = v
				}
			}
		case 0x010E, 0x013B, 0x8298, 0xA430, 0x9C9A:
			text, _ = charset.Decode(bytes.Trim(value, "\x00 "), charset.Hint{})
		case 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F:
			text = trimNul(utf16String(value))
		case 0x9286:
			text = e.comment(value)
		}
		if err := e.f.text(scanner.KindProperty, text); err != nil {
			return err
		}
	}
	if place := e.position(gps); place != "" {
		return e.f.text(scanner.KindProperty, place)
	}
	return nil
}

func (e *exifReader) entries(at int) int {
	if at < 8 || at+2 > len(e.data) {
		return 0
	}
	return min(int(e.order.Uint16(e.data[at:])), (len(e.data)-at-2)/12)
}

// entry returns a tag and the bytes of its value.
func (e *exifReader) entry(at int) (tag int, value []byte) {
	sizes := [13]int{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}
	tag = int(e.order.Uint16(e.data[at:]))
	typ, n := int(e.order.Uint16(e.data[at+2:])), int(e.order.Uint32(e.data[at+4:]))
	if typ >= len(sizes) || n < 0 || n > 1<<20 {
		return tag, nil
	}
	size := n * sizes[typ]
	if size <= 4 {
		return tag, e.data[at+8 : at+8+size]
	}
	offset := int(e.order.Uint32(e.data[at+8:]))
	if offset < 0 || offset+size > len(e.data) {
		return tag, nil
	}
	return tag, e.data[offset : offset+size]
}

func (e *exifReader) comment(value []byte) string {
	if len(value) < 8 {
		return ""
	}
	body := value[8:]
	if bytes.HasPrefix(value, []byte("UNICODE")) {
		if e.order == binary.BigEndian {
			swapped := make([]byte, len(body)&^1)
			for i := 0; i+1 < len(body); i += 2 {
				swapped[i], swapped[i+1] = body[i+1], body[i]
			}
			body = swapped
		}
		return trimNul(utf16String(body))
	}
	text, _ := charset.Decode(bytes.Trim(body, "\x00 "), charset.Hint{})
	return text
}

// position prints where a picture was taken, in degrees.
func (e *exifReader) position(gps map[int][]byte) string {
	lat, ok1 := e.degrees(gps[2])
	lon, ok2 := e.degrees(gps[4])
	if !ok1 || !ok2 {
		return ""
	}
	if bytes.HasPrefix(gps[1], []byte("S")) {
		lat = -lat
	}
	if bytes.HasPrefix(gps[3], []byte("W")) {
		lon = -lon
	}
	return fmt.Sprintf("GPS %.6f,%.6f", lat, lon)
}

func (e *exifReader) degrees(v []byte) (float64, bool) {
	if len(v) < 24 {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for i := 0; i < 24; i += 8 {
		den := float64(e.order.Uint32(v[i+4:]))
		if den != 0 {
			sum += float64(e.order.Uint32(v[i:])) / den / unit
		}
		unit *= 60
	}
	return sum, sum != 0
}

// tiffPages returns the offsets of the page directories of a TIFF file.
func tiffPages(data []byte) []uint32 {
	e := &exifReader{data: data}
	switch {
	case len(data) < 8:
		return nil
	case data[0] == 'I':
		e.order = binary.LittleEndian
	default:
		e.order = binary.BigEndian
	}
	var pages []uint32
	seen := map[uint32]bool{}
	for at := e.order.Uint32(data[4:]); at != 0 && !seen[at] && len(pages) < 1000; {
		n := e.entries(int(at))
		end := int(at) + 2 + 12*n
		if n == 0 {
			break
		}
		seen[at] = true
		pages = append(pages, at)
		if end+4 > len(data) {
			break
		}
		at = e.order.Uint32(data[end:])
	}
	return pages
}

func putTIFFOffset(data []byte, offset uint32) {
	if data[0] == 'I' {
		binary.LittleEndian.PutUint32(data[4:], offset)
	} else {
		binary.BigEndian.PutUint32(data[4:], offset)
	}
}
