package portal

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"unicode/utf16"
)

// pdfSpec describes a PDF with a text layer: pages of lines, the first line
// of the first page as a heading. The font is one of the predefined Chinese
// ones, named but not embedded, and the text is written in its predefined
// encoding (PDF 32000-1, 9.7.5.2), so that every reader can extract it.
type pdfSpec struct {
	Title string
	Pages [][]string
}

// The layout of a page in points: A4 with lines of 14.
const (
	pdfLeft, pdfTop  = 72, 770
	pdfSize, pdfLead = 14, 24
	pdfHeadingSize   = 20
)

func (p *pdfSpec) make() ([]byte, error) {
	objects, err := p.objects()
	if err != nil {
		return nil, err
	}
	return pdfFile(objects), nil
}

// objects returns the objects of the file, to be numbered from 1: five that
// every file has, then every page followed by its content.
func (p *pdfSpec) objects() ([]string, error) {
	const fixed = 5 // catalog, page tree, font, descendant font, information
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"", // the page tree, once the pages are known
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>" +
			" /DW 1000 /W [1 95 500] /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]" +
			" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>",
		"<< /Title <FEFF" + ucs2(p.Title) + "> /Producer (prescreen sample portal) /CreationDate (D:20260302090000Z) >>",
	}
	kids := ""
	for i, lines := range p.Pages {
		page := fixed + 2*i + 1
		kids += fmt.Sprintf("%d 0 R ", page)
		content, err := pdfStream(lines, i == 0)
		if err != nil {
			return nil, err
		}
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", page+1),
			content)
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(p.Pages))
	return objects, nil
}

func pdfStream(lines []string, first bool) (string, error) {
	var b bytes.Buffer
	b.WriteString("BT\n")
	for i, line := range lines {
		size := pdfSize
		if first && i == 0 {
			size = pdfHeadingSize
		}
		fmt.Fprintf(&b, "/F1 %d Tf 1 0 0 1 %d %d Tm <%s> Tj\n", size, pdfLeft, pdfTop-i*pdfLead, ucs2(line))
	}
	b.WriteString("ET\n")
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, err := w.Write(b.Bytes())
	if err := errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	return fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream", packed.Len(), packed.String()), nil
}

// pdfFile writes the objects, numbered from 1, and the cross-reference table.
func pdfFile(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// ucs2 returns text as hexadecimal UTF-16BE.
func ucs2(text string) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
