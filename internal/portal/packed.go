package portal

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

func (m *madeSpec) tarball() ([]byte, error) {
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	tw := tar.NewWriter(gz)
	err := tw.WriteHeader(&tar.Header{Name: madeMember, Mode: 0o644, Size: int64(len(m.Hidden)), ModTime: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)})
	if err == nil {
		_, err = tw.Write([]byte(m.Hidden))
	}
	err = errors.Join(err, tw.Close(), gz.Close())
	return b.Bytes(), err
}

// sevenZip writes a 7z archive of one member, stored as it is.
func (m *madeSpec) sevenZip() []byte {
	data := []byte(m.Hidden)
	number := func(n int) []byte { // of up to 14 bits
		if n < 0x80 {
			return []byte{byte(n)}
		}
		return []byte{0x80 | byte(n>>8), byte(n)}
	}
	le := binary.LittleEndian
	name := append(utf16le(madeMember), 0, 0)
	var h []byte
	h = append(h, 1, 4, 6, 0, 1, 9) // header, streams, packed: from 0, one, of size
	h = append(h, number(len(data))...)
	h = append(h, 0, 7, 0x0B, 1, 0, 1, 1, 0, 0x0C) // end, one folder of one coder: copy; unpacked size
	h = append(h, number(len(data))...)
	h = append(h, 0x0A, 1)
	h = le.AppendUint32(h, crc32.ChecksumIEEE(data))
	h = append(h, 0, 8, 0, 0, 5, 1, 0x11) // ends, one file, its name
	h = append(h, number(len(name)+1)...)
	h = append(h, 0)
	h = append(h, name...)
	h = append(h, 0, 0)
	start := le.AppendUint64(nil, uint64(len(data)))
	start = le.AppendUint64(start, uint64(len(h)))
	start = le.AppendUint32(start, crc32.ChecksumIEEE(h))
	out := append([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), le.AppendUint32(nil, crc32.ChecksumIEEE(start))...)
	return append(append(append(out, start...), data...), h...)
}

// rar writes a RAR 4 archive of one member, stored as it is.
func (m *madeSpec) rar() []byte {
	le := binary.LittleEndian
	block := func(typ byte, flags uint16, body []byte) []byte {
		head := append([]byte{typ}, u16s(flags, uint16(7+len(body)))...)
		head = append(head, body...)
		return append(u16s(uint16(crc32.ChecksumIEEE(head))), head...)
	}
	data := []byte(m.Hidden)
	file := le.AppendUint32(nil, uint32(len(data)))
	file = le.AppendUint32(file, uint32(len(data)))
	file = append(file, 3) // Unix
	file = le.AppendUint32(file, crc32.ChecksumIEEE(data))
	file = le.AppendUint32(file, 0x5C624800) // 2026-03-02 09:00
	file = append(file, 20, 0x30)            // version needed, stored
	file = append(file, u16s(uint16(len(madeMember)))...)
	file = le.AppendUint32(file, 0o100644)
	file = append(file, madeMember...)
	out := append([]byte("Rar!\x1A\x07\x00"), block(0x73, 0, make([]byte, 6))...)
	out = append(out, block(0x74, 0x8200, file)...) // data follow; the name is UTF-8
	out = append(out, data...)
	return append(out, block(0x7B, 0x4000, nil)...)
}

// lockedZip writes an archive whose member is marked as encrypted; what
// stands there is noise.
func (m *madeSpec) lockedZip() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	noise := noise(512)
	h := &zip.FileHeader{
		Name: madeMember, Method: zip.Store, Flags: 1, CRC32: crc32.ChecksumIEEE(noise),
		CompressedSize64: uint64(len(noise)), UncompressedSize64: uint64(len(noise) - 12), Modified: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
	f, err := w.CreateRaw(h)
	if err == nil {
		_, err = f.Write(noise)
	}
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

// noise returns bytes without a pattern, always the same.
func noise(n int) []byte {
	out := make([]byte, n)
	x := uint32(0x2545F491)
	for i := range out {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out[i] = byte(x >> 24)
	}
	return out
}

// qr draws a QR code (ISO/IEC 18004).
func (m *madeSpec) qr() ([]byte, error) {
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
	bits, err := qrcode.NewQRCodeWriter().Encode(m.Hidden, gozxing.BarcodeFormat_QR_CODE, 400, 400, hints)
	if err != nil {
		return nil, err
	}
	img := image.NewGray(image.Rect(0, 0, bits.GetWidth(), bits.GetHeight()))
	for y := range bits.GetHeight() {
		for x := range bits.GetWidth() {
			if !bits.Get(x, y) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return encodePNG(img)
}

// scan draws lines of Latin letters and digits, as a scanner sees a page.
func (m *madeSpec) scan() ([]byte, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 48, DPI: 72})
	if err != nil {
		return nil, err
	}
	lines := append(append([]string{m.Title}, m.Body...), m.Hidden)
	img := image.NewGray(image.Rect(0, 0, 1200, 120+90*len(lines)))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{Y: 20}), Face: face}
	for i, line := range lines {
		d.Dot = fixed.P(80, 110+90*i)
		d.DrawString(line)
	}
	return encodePNG(img)
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
