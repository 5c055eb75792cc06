package document

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"prescreen/internal/charset"
)

// byteReader reads little-endian fields; past the end it gives zeros and
// sets short.
type byteReader struct {
	data  []byte
	pos   int
	short bool
}

func (r *byteReader) take(n int) []byte {
	if n < 0 || r.pos < 0 || r.pos+n > len(r.data) {
		r.short = true
		r.pos = len(r.data)
		return nil
	}
	b := r.data[r.pos : r.pos+n]
	r.pos += n
	return b
}

func (r *byteReader) u8() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *byteReader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (r *byteReader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *byteReader) cstring() string {
	i := bytes.IndexByte(r.data[min(r.pos, len(r.data)):], 0)
	if i < 0 {
		r.short = true
		return ""
	}
	s := string(r.data[r.pos : r.pos+i])
	r.pos += i + 1
	return s
}

func (r *byteReader) utf16(chars int) string { return utf16String(r.take(2 * chars)) }

// utf16String decodes little-endian UTF-16.
func utf16String(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// codepageString decodes bytes of a Windows code page. Bytes that are not of
// the page they claim are left to the detector.
func codepageString(b []byte, codepage int) string {
	if isASCII(string(b)) {
		return string(b)
	}
	var enc encoding.Encoding
	switch codepage {
	case 1200:
		return utf16String(b)
	case 65001:
		return string(b)
	case 936, 54936, 20936:
		enc = simplifiedchinese.GB18030
	case 950, 20000:
		enc = traditionalchinese.Big5
	case 932:
		enc = japanese.ShiftJIS
	case 949:
		enc = korean.EUCKR
	case 1251:
		enc = charmap.Windows1251
	}
	if enc != nil {
		if out, err := enc.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
			return string(out)
		}
	}
	s, _ := charset.Decode(b, charset.Hint{})
	return s
}
