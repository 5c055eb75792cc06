package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// bombs are files made to eat memory or time, small as they are.
func bombs() []benchCase {
	return []benchCase{
		{name: "bomb: PDF page content of 1.5 GB", content: func() ([]byte, error) { return pdfBomb(stream("", strings.NewReader("BT "), blanks(1500<<20))) }},
		{name: "bomb: PDF page of 39 M glyphs", content: func() ([]byte, error) {
			return pdfBomb(stream("", strings.NewReader("BT /F 12 Tf 50 700 Td "), repeated("(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ", 800_000), strings.NewReader("ET")))
		}},
		{name: "bomb: PDF with 10^14 nested forms", content: nestedForms},
		{name: "bomb: PDF page that takes hours to draw", content: endlessDrawing},
		{name: "bomb: PDF stream packed three times, 1 TB", content: packedThrice},
		{name: "bomb: PDF of 100,000 pages", content: manyPages},
		{name: "bomb: ZIP, 10 GB by entries that overlap", content: overlappingZip},
		{name: "bomb: ZIP in ZIP, 12 deep", content: nestedZip},
		{name: "bomb: ZIP of 60,000 members", content: func() ([]byte, error) { return zipMany(60_000) }},
		{name: "bomb: gzip of 4 GB", content: gzipBomb},
		{name: "bomb: DOCX part of 2 GB", content: func() ([]byte, error) {
			return zipStream("word/document.xml", strings.NewReader("<w:document><w:body>"), repeated("<w:p><w:r><w:t>某某市某某区某某街道</w:t></w:r></w:p>", 40_000_000))
		}},
		{name: "bomb: DOCX, one run of 1 GB", content: func() ([]byte, error) {
			return zipStream("word/document.xml", strings.NewReader("<w:document><w:body><w:p><w:r><w:t>"), repeated("某某市某某区某某街道", 35_000_000))
		}},
		{name: "bomb: DOCX, 30 million open elements", content: func() ([]byte, error) { return zipStream("word/document.xml", repeated("<w:p>", 30_000_000)) }},
		{name: "bomb: XLSX, string table of 1 GB", content: func() ([]byte, error) {
			return zipStream("xl/sharedStrings.xml", strings.NewReader("<sst>"), repeated("<si><t>某某市某某区某某街道</t></si>", 25_000_000))
		}},
		{name: "bomb: ODS, a cell repeated 10^12 times", content: func() ([]byte, error) {
			return zipStream("content.xml", strings.NewReader(`<office:document-content><office:body><office:spreadsheet><table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000000"><text:p>某某</text:p></table:table-cell></table:table-row></table:table>`))
		}},
		{name: "bomb: OFD, a glyph count of 2^31", content: func() ([]byte, error) {
			return zipped(map[string]string{
				"OFD.xml":                `<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody><ofd:DocRoot>Doc/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
				"Doc/Document.xml":       `<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Pages><ofd:Page ID="1" BaseLoc="Page.xml"/></ofd:Pages></ofd:Document>`,
				"Doc/Page.xml":           `<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content><ofd:Layer><ofd:TextObject Boundary="0 0 9 9"><ofd:CGTransform CodePosition="0" CodeCount="2147483647" GlyphCount="2147483647"/><ofd:TextCode X="0" Y="0" DeltaX="g 2147483647 1">某某</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>`,
				"Doc/PublicRes.xml":      `<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016"/>`,
				"Doc/Attachs/Attach.xml": `<a/>`,
			})
		}},
		{name: "bomb: PNG of 60,000 x 60,000 points", content: hugePNG},
		{name: "bomb: RTF, 20 million groups", content: func() ([]byte, error) {
			return []byte(`{\rtf1 ` + strings.Repeat(`{\b `, 20_000_000) + "x"), nil
		}},
		{name: "bomb: mail, parts 100,000 deep", content: func() ([]byte, error) {
			return []byte("From: a@b.c\nTo: d@e.f\nSubject: x\nMIME-Version: 1.0\n" + strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 100_000)), nil
		}},
	}
}

// blanks is a reader of n spaces.
func blanks(n int64) io.Reader { return io.LimitReader(repeating(" "), n) }

// repeated is a reader of s, n times.
func repeated(s string, n int) io.Reader {
	return io.LimitReader(repeating(s), int64(len(s))*int64(n))
}

func repeating(s string) io.Reader { return &endless{s: s} }

// endless reads a text over and over.
type endless struct {
	s  string
	at int
}

func (e *endless) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		k := copy(p[n:], e.s[e.at:])
		n, e.at = n+k, (e.at+k)%len(e.s)
	}
	return n, nil
}

// stream packs what is read as a PDF stream whose dictionary holds extra.
func stream(extra string, parts ...io.Reader) string {
	body := deflated(io.MultiReader(parts...))
	return fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", extra, len(body), body)
}

func deflated(r io.Reader) []byte {
	var buf bytes.Buffer
	zw := zlib.NewWriter(&buf)
	_, _ = io.Copy(zw, r) // memory to memory
	_ = zw.Close()
	return buf.Bytes()
}

// pdfBomb is a PDF file of one page, with this content; its resources name a
// form X, the object 6, the first of more.
func pdfBomb(content string, more ...string) ([]byte, error) {
	return pdfFile(append([]string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>/Shading<</S 7 0 R>>>>>>",
		content, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}, more...)), nil
}

func pdfFile(objects []string) []byte {
	var buf bytes.Buffer
	buf.WriteString("%PDF-1.7\n")
	var table bytes.Buffer
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", buf.Len())
		fmt.Fprintf(&buf, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := buf.Len()
	fmt.Fprintf(&buf, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table.String(), len(objects)+1, at)
	return buf.Bytes()
}

func nestedForms() ([]byte, error) {
	const levels = 14
	var forms []string
	for i := range levels {
		dict, content := "/Type/XObject/Subtype/Form/BBox[0 0 600 800]", "q Q"
		if i < levels-1 {
			dict += fmt.Sprintf("/Resources<</XObject<</X %d 0 R>>>>", 7+i)
			content = strings.Repeat("/X Do ", 10)
		}
		forms = append(forms, stream(dict, strings.NewReader(content)))
	}
	return pdfBomb(stream("", strings.NewReader("/X Do")), forms...)
}

func endlessDrawing() ([]byte, error) {
	return pdfBomb(stream("", strings.NewReader("/S sh q 9 0 0 9 0 0 cm /X Do Q")),
		"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n\x80\nendstream",
		"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[600 0 0 800 0 0]/Function 8 0 R>>",
		stream("/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]", strings.NewReader("{pop "+strings.Repeat("dup add 1 sub ", 30_000)+" dup dup}")))
}

func packedThrice() ([]byte, error) {
	once := deflated(blanks(1 << 30))
	body := deflated(bytes.NewReader(deflated(io.LimitReader(repeating(string(once)), 1<<30))))
	return pdfBomb(fmt.Sprintf("<</Filter[/FlateDecode/FlateDecode/FlateDecode]/Length %d>>\nstream\n%s\nendstream", len(body), body))
}

func manyPages() ([]byte, error) {
	const pages = 100_000
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", ""}
	var kids strings.Builder
	for range pages {
		objects = append(objects, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>")
		fmt.Fprintf(&kids, "%d 0 R ", len(objects))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), pages)
	return pdfFile(objects), nil
}

// zipStream is a ZIP file of one member.
func zipStream(name string, parts ...io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	w, err := zw.Create(name)
	if err == nil {
		_, err = io.Copy(w, io.MultiReader(parts...))
	}
	if cerr := zw.Close(); err == nil {
		err = cerr
	}
	return buf.Bytes(), err
}

func zipMany(n int) ([]byte, error) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for i := range n {
		w, err := zw.Create(fmt.Sprintf("%d.txt", i))
		if err == nil {
			_, err = io.WriteString(w, "某某")
		}
		if err != nil {
			return nil, err
		}
	}
	err := zw.Close()
	return buf.Bytes(), err
}

func nestedZip() ([]byte, error) {
	data := []byte("某某市")
	for range 12 {
		var err error
		if data, err = zipStream("inner.zip", bytes.NewReader(data)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// overlappingZip has many entries that all name the same compressed bytes.
func overlappingZip() ([]byte, error) {
	const entries = 1000
	one, err := zipStream("a.txt", blanks(10<<20))
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(one, []byte("PK\x01\x02"))
	end := bytes.LastIndex(one, []byte("PK\x05\x06"))
	entry := one[at:end]
	out := append(bytes.Clone(one[:at]), bytes.Repeat(entry, entries)...)
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], entries)
	binary.LittleEndian.PutUint16(tail[10:], entries)
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(entry)*entries))
	return append(out, tail...), nil
}

func gzipBomb() ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	_, err := io.Copy(zw, blanks(4<<30))
	if cerr := zw.Close(); err == nil {
		err = cerr
	}
	return buf.Bytes(), err
}

func hugePNG() ([]byte, error) {
	const side = 60_000
	var buf bytes.Buffer
	buf.WriteString("\x89PNG\r\n\x1A\n")
	chunk := func(kind string, body []byte) {
		_ = binary.Write(&buf, binary.BigEndian, uint32(len(body))) // a buffer takes everything
		all := append([]byte(kind), body...)
		buf.Write(all)
		_ = binary.Write(&buf, binary.BigEndian, crc32.ChecksumIEEE(all))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	chunk("IHDR", append(head, 8, 0, 0, 0, 0))
	chunk("IDAT", deflated(io.LimitReader(repeating("\x00"), side*(side+1)/8)))
	chunk("IEND", nil)
	return buf.Bytes(), nil
}
