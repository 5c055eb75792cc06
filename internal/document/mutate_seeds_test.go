package document

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"prescreen/scanner"
)

// pptFile is a presentation as PowerPoint and WPS (.dps) store it.
func pptFile(t testing.TB) []byte {
	data, edit := pptStream()
	user := make([]byte, 64)
	binary.LittleEndian.PutUint16(user[2:], 0x0FF6)
	binary.LittleEndian.PutUint32(user[4:], 56)
	binary.LittleEndian.PutUint32(user[8:], 0x14)
	binary.LittleEndian.PutUint32(user[12:], 0xE391C05F)
	binary.LittleEndian.PutUint32(user[16:], uint32(edit))
	return oleOf(t, oleStreams{{"Current User", string(user)}, {"PowerPoint Document", string(data)}})
}

// smallRAR is an archive (RAR 4: blocks of a header with its size, and data)
// without its larger members, which have parsers of their own to damage.
func smallRAR(t testing.TB, data []byte) []byte {
	const marker, most = 7, 4000
	if !bytes.HasPrefix(data, []byte("Rar!\x1A\x07\x00")) {
		t.Fatal("not an archive of RAR 4")
	}
	out := bytes.Clone(data[:marker])
	for at := marker; at+11 <= len(data); {
		head := data[at:]
		size := int(binary.LittleEndian.Uint16(head[5:]))
		if binary.LittleEndian.Uint16(head[3:])&0x8000 != 0 {
			size += int(binary.LittleEndian.Uint32(head[7:]))
		}
		if size < 7 || size > len(head) {
			t.Fatalf("a block of %d bytes at %d", size, at)
		}
		if size < most {
			out = append(out, head[:size]...)
		}
		at += size
	}
	return out
}

// packedSeeds are a text packed by each of the stream formats.
func packedSeeds(t testing.TB) [][]byte {
	const text = "某某市某某区某某街道 440301199001011234\n"
	pack := func(open func(io.Writer) (io.WriteCloser, error)) []byte {
		var buf bytes.Buffer
		w, err := open(&buf)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	bzip2, err := hex.DecodeString("425a683931415926535953655725000004006910004000804003002000212866a0c0241147c5dc914e142414d955c940")
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{
		bzip2, // nothing in the standard library packs it
		pack(func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }),
		pack(func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }),
		pack(func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
	}
}

// tinyEMF is a metafile that draws a text ([MS-EMF]).
func tinyEMF() []byte {
	le := binary.LittleEndian
	head := make([]byte, 88)
	le.PutUint32(head, 1)
	le.PutUint32(head[4:], 88)
	copy(head[40:], " EMF")
	text := wide("某某市某某区")
	draw := make([]byte, 76, 76+len(text))
	le.PutUint32(draw, 84)
	le.PutUint32(draw[4:], uint32(76+len(text)))
	le.PutUint32(draw[44:], uint32(len(text)/2))
	le.PutUint32(draw[48:], 76)
	end := le.AppendUint32(le.AppendUint32(nil, 14), 8)
	return append(append(append(head, draw...), text...), end...)
}

// tinyWMF is one of the older kind ([MS-WMF]).
func tinyWMF() []byte {
	le := binary.LittleEndian
	head := make([]byte, 40)
	copy(head, "\xD7\xCD\xC6\x9A")
	le.PutUint16(head[22:], 1)
	le.PutUint16(head[24:], 9)
	le.PutUint16(head[26:], 0x300)
	text := "\xC4\xB3\xC4\xB3\xCA\xD0" // GBK
	draw := make([]byte, 8)
	le.PutUint32(draw, uint32(8+len(text)+4)/2)
	le.PutUint16(draw[4:], 0x0521)
	le.PutUint16(draw[6:], uint16(len(text)))
	return append(append(append(head, draw...), text...), 0, 0, 0, 0, 3, 0, 0, 0, 0, 0)
}

const tinyMHT = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x; type=\"text/html\"\r\n\r\n--x\r\n" +
	"Content-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: file:///C:/a.htm\r\n\r\n" +
	"<p>=C4=B3=C4=B3=CA=D0<img src=3D\"b.png\">\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n" +
	"Content-Location: file:///C:/b.png\r\n\r\niVBORw0KGgo=\r\n--x--\r\n"

// Damaged forms of files that cannot be read tell nothing.
func TestMutationSeeds(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	seeds := append(packedSeeds(t), pptFile(t), tinyEMF(), tinyWMF(), []byte(tinyMHT))
	for i, data := range seeds {
		res := parseBytes(t, p, "seed", data)
		if !slices.ContainsFunc(res.Segments, func(s scanner.Segment) bool { return strings.Contains(s.Text, "某某") || s.Text == "母版单位" }) {
			t.Errorf("seed %d is read as %s: %+v, problems %+v", i, res.Type, res.Segments, res.Problems)
		}
	}
}
