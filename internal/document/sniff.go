package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"github.com/richardlehane/mscfb"

	"prescreen/scanner"
)

// sniffHead is how much of a file is looked at to tell its type.
const sniffHead = 4096

// magics are signatures at the start of a file, first match wins. Types "zip"
// and "ole" are containers that sniff looks into.
var magics = []struct{ sig, typ string }{
	{"PK\x03\x04", "zip"}, {"PK\x05\x06", "zip"}, {"PK\x07\x08", "zip"}, {"PK00PK\x03\x04", "zip"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "ole"},
	{"Rar!\x1A\x07", "rar"}, {"7z\xBC\xAF\x27\x1C", "7z"},
	{"\x1F\x8B\x08", "gzip"}, {"BZh", "bzip2"}, {"\xFD7zXZ\x00", "xz"}, {"\x28\xB5\x2F\xFD", "zstd"},
	{"\x04\x22\x4D\x18", "lz4"}, {"\x02\x21\x4C\x18", "lz4"}, {"LZIP\x01", "lzip"}, {"!<arch>\n", "ar"}, {"\x1F\x9D", "compress"}, {"MSCF\x00\x00\x00\x00", "cab"}, {"\x78\x9F\x3E\x22", "tnef"},
	{"\x89PNG\r\n\x1A\n", "png"}, {"\xFF\xD8\xFF", "jpeg"}, {"GIF87a", "gif"}, {"GIF89a", "gif"},
	{"II*\x00", "tiff"}, {"MM\x00*", "tiff"}, {"II+\x00", "tiff"}, {"MM\x00+", "tiff"},
	{"\x09\x08\x10\x00\x00\x06\x05\x00", "xls"}, {"\x09\x08\x08\x00\x00\x05\x05\x00", "xls"}, // BIFF without OLE
	{"\x7FELF", "executable"}, {"MZ\x90\x00", "executable"}, {"SQLite format 3\x00", "sqlite"},
	{"\xCA\xFE\xBA\xBE", "executable"}, {"wOFF", "font"}, {"wOF2", "font"},
	{"\x00\x05\x16\x07\x00", "appledouble"}, {"\x00\x05\x16\x00\x00", "appledouble"}, {"\x00\x00\x00\x01Bud1", "dsstore"},
	{"\x4C\x00\x00\x00\x01\x14\x02\x00", "shortcut"},
}

// sniff tells the type of f from its content. Name and declared type only
// decide between formats of plain text.
func sniff(f *file) (string, error) {
	head := make([]byte, min(sniffHead, f.size))
	n, err := f.data.ReadAt(head, 0)
	head = head[:n]
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return "unknown", err
	}
	for _, m := range magics {
		if len(head) < len(m.sig) || string(head[:len(m.sig)]) != m.sig {
			continue
		}
		switch m.typ {
		case "zip":
			return sniffZip(f), nil
		case "ole":
			return sniffOLE(f), nil
		}
		return m.typ, nil
	}
	if typ := sniffLoose(head); typ != "" {
		return typ, nil
	}
	switch {
	case isOwnerFile(f):
		return "owner", nil
	case isDBF(head, f.size):
		return "dbf", nil
	case isISO(f):
		return "iso", nil
	}
	if looksText(head) || looksMail(string(head)) || looksMbox(string(head)) { // a message may carry bytes as they are
		return sniffText(f, head), nil
	}
	if zr, _ := zip.NewReader(f.data, f.size); len(zipFiles(zr)) > 0 {
		return sniffZip(f), nil // something stands before it
	}
	return sniffOther(f, head)
}

// sniffLoose knows the signatures that do not stand at offset 0 or need a
// second look.
func sniffLoose(head []byte) string {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n\x00")
	switch {
	case bytes.HasPrefix(trimmed, []byte(`{\rtf`)):
		return "rtf"
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")):
		return "pdf"
	case len(head) > 262 && string(head[257:262]) == "ustar", isOldTar(head):
		return "tar"
	case isCpio(head):
		return "cpio"
	case len(head) > 44 && string(head[:4]) == "\x01\x00\x00\x00" && string(head[40:44]) == " EMF":
		return "emf"
	case len(head) > 13 && string(head[:3]) == "\x5D\x00\x00" && head[12] == head[11] && (head[12] == 0xFF || head[12] == 0) && head[13] == 0:
		return "lzma" // properties, size of the window, size of the content or -1, then a zero
	case bytes.HasPrefix(head, []byte("\xD7\xCD\xC6\x9A\x00\x00")), isPlainWMF(head):
		return "wmf"
	case len(head) > 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "webp"
	case len(head) > 26 && string(head[:2]) == "BM" && head[6] == 0 && head[7] == 0 && head[14] >= 12 && head[15] == 0:
		return "bmp"
	}
	return ""
}

// isPlainWMF tells a metafile without the header that makes it placeable: type
// in memory or on disk, a header of 9 words, version 1 or 3 ([MS-WMF] 2.3.2.2).
func isPlainWMF(head []byte) bool {
	return len(head) >= 18 && (head[0] == 1 || head[0] == 2) && string(head[1:5]) == "\x00\x09\x00\x00" && (head[5] == 1 || head[5] == 3)
}

// isCpio tells a cpio archive by a header that is all digits: a text may begin
// with its mark.
func isCpio(head []byte) bool {
	size := 0
	switch {
	case bytes.HasPrefix(head, []byte("070701")), bytes.HasPrefix(head, []byte("070702")):
		size = 110
	case bytes.HasPrefix(head, []byte("070707")):
		size = 76
	}
	return size > 0 && len(head) > size && len(bytes.Trim(head[:size], "0123456789abcdefABCDEF")) == 0
}

// isOldTar verifies the header checksum of a tar file without a magic.
func isOldTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	field := strings.Trim(string(head[148:156]), " \x00")
	if field == "" {
		return false
	}
	want := 0
	for _, c := range []byte(field) {
		if c < '0' || c > '7' {
			return false
		}
		want = want*8 + int(c-'0')
	}
	sum := 8 * int(' ')
	for i, c := range head[:512] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	return sum == want
}

// sniffZip tells the formats that are ZIP files by the names of their entries.
func sniffZip(f *file) string {
	zr, err := zip.NewReader(f.data, f.size)
	if err != nil && len(zipFiles(zr)) == 0 {
		return "zip"
	}
	typ := "zip"
	var types *zip.File
	for _, e := range zipFiles(zr) {
		name := strings.ToLower(strings.ReplaceAll(e.Name, "\\", "/"))
		name = strings.TrimPrefix(name, "/")
		switch {
		case name == "ofd.xml":
			return "ofd"
		case name == "index/document.iwa", strings.HasSuffix(name, ".key/index.zip"), strings.HasSuffix(name, ".pages/index.zip"),
			strings.HasSuffix(name, ".numbers/index.zip"):
			return "iwork"
		case name == "[content_types].xml":
			types = e
		case strings.HasPrefix(name, "word/"):
			typ = "docx"
		case strings.HasPrefix(name, "xl/"):
			typ = sheetType(zr)
		case strings.HasPrefix(name, "ppt/"):
			typ = "pptx"
		case strings.HasPrefix(name, "visio/"):
			typ = "vsdx"
		case strings.HasSuffix(name, ".fdseq"), strings.Contains(name, ".fdseq/"):
			typ = "xps"
		case name == "mimetype":
			if odf := odfType(e); odf != "" {
				return odf
			}
		case name == "content.xml" && typ == "zip":
			typ = odfByContent(e)
		}
		if typ != "zip" && typ != "odf" {
			return typ
		}
	}
	if typ == "odf" {
		return "odt"
	}
	if typ == "zip" && types != nil {
		return ooxmlByTypes(types)
	}
	return typ
}

// sheetType tells a workbook of binary parts from one of XML.
func sheetType(zr *zip.Reader) string {
	for _, e := range zipFiles(zr) {
		if strings.HasSuffix(strings.ToLower(e.Name), "workbook.bin") {
			return "xlsb"
		}
	}
	return "xlsx"
}

// ooxmlByTypes tells an Office Open XML package whose parts do not stand in
// the usual folders by the content types it declares, "zip" when it is none.
func ooxmlByTypes(e *zip.File) string {
	s := string(zipHead(e, 64<<10))
	for _, t := range []struct{ mark, typ string }{
		{"wordprocessingml", "docx"}, {"ms-word", "docx"}, {"sheet.binary", "xlsb"}, {"spreadsheetml", "xlsx"}, {"ms-excel", "xlsx"},
		{"presentationml", "pptx"}, {"ms-powerpoint", "pptx"},
	} {
		if strings.Contains(s, t.mark) {
			return t.typ
		}
	}
	return "zip"
}

func zipFiles(zr *zip.Reader) []*zip.File {
	if zr == nil {
		return nil
	}
	return zr.File
}

// odfType reads the mimetype entry of an OpenDocument file.
func odfType(e *zip.File) string {
	s := string(zipHead(e, 100))
	switch {
	case strings.HasPrefix(s, "application/epub"):
		return "epub"
	case !strings.HasPrefix(s, "application/vnd.oasis.opendocument."):
		return ""
	case strings.Contains(s, "spreadsheet"):
		return "ods"
	case strings.Contains(s, "presentation"), strings.Contains(s, "graphics"):
		return "odp"
	}
	return "odt"
}

// odfByContent tells an OpenDocument file without a mimetype entry by the
// namespace of its content, "zip" when it is something else.
func odfByContent(e *zip.File) string {
	s := string(zipHead(e, 4096))
	switch {
	case !strings.Contains(s, "opendocument"):
		return "zip"
	case strings.Contains(s, "<office:spreadsheet"):
		return "ods"
	case strings.Contains(s, "<office:presentation"):
		return "odp"
	}
	return "odf"
}

func zipHead(e *zip.File, n int64) []byte {
	r, err := e.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, n)) // a damaged entry still tells by what came
	return b
}

// sniffOLE tells the formats that are OLE2 compound files by the names of
// their streams. WPS files carry the same streams under other extensions.
func sniffOLE(f *file) string {
	doc, err := mscfb.New(zeroPadded{f.data, f.size})
	if err != nil {
		return "ole"
	}
	typ := "ole"
	for e, err := doc.Next(); err == nil; e, err = doc.Next() {
		if len(e.Path) > 0 {
			continue // only the root storage tells; embedded objects do not
		}
		switch name := e.Name; {
		case strings.EqualFold(name, "EncryptedPackage"):
			return "encrypted"
		case strings.EqualFold(name, "WordDocument"):
			return "doc"
		case strings.EqualFold(name, "Workbook"), strings.EqualFold(name, "Book"):
			return "xls"
		case strings.EqualFold(name, "PowerPoint Document"), strings.EqualFold(name, "PP97_DUALSTORAGE"):
			return "ppt"
		case strings.HasPrefix(name, "__substg1.0_"), strings.HasPrefix(name, "__properties_version1"):
			typ = "msg"
		}
	}
	return typ
}

// zeroPadded reads as if the file went on with zeros to the next sector: WPS
// leaves the last sector of a compound file short.
type zeroPadded struct {
	r    io.ReaderAt
	size int64
}

func (z zeroPadded) ReadAt(p []byte, off int64) (int, error) {
	padded := (z.size + 4095) / 4096 * 4096
	if off >= padded {
		return 0, io.EOF
	}
	n, err := z.r.ReadAt(p, off)
	if n == len(p) || (err != nil && !errors.Is(err, io.EOF)) {
		return n, err
	}
	end := int(min(int64(len(p)), padded-off))
	clear(p[n:max(n, end)])
	if end < len(p) {
		return max(n, end), io.EOF
	}
	return len(p), nil
}

// sniffOther names what is neither text nor a format of ours.
func sniffOther(f *file, head []byte) (string, error) {
	m := mimetype.Detect(head)
	mt, _, _ := strings.Cut(m.String(), ";")
	switch major, _, _ := strings.Cut(mt, "/"); {
	case major == "audio", major == "video", major == "font":
		return major, nil
	case mt == "application/octet-stream", major == "text", m.Extension() == "":
		return "unknown", failf(scanner.StatusUnsupported, "its content is of no known type")
	}
	return strings.TrimPrefix(m.Extension(), "."), nil
}
