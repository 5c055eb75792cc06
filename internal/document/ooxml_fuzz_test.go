package document

import (
	"bytes"
	"io"
	"log/slog"
	"testing"
	"time"
)

// FuzzParse reads any bytes as a file of any type.
func FuzzParse(f *testing.F) {
	for _, seed := range [][]byte{
		tinyDocx(f), tinyXlsx(f), tinyPptx(f), tinyOds(f), tinyOdp(f), tinyOFD(f), []byte(tinyRTF()), []byte(tinyMail()), tinyTNEF(), []byte(uuText),
		[]byte(tinyWordML), []byte(tinyExcelML), exifJPEG(f), pngOf(f, blank(60, 60)),
		[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), []byte("7z\xBC\xAF\x27\x1C"), []byte("Rar!\x1A\x07\x01\x00"),
	} {
		f.Add(seed)
	}
	watch := &panicWatch{Handler: slog.DiscardHandler}
	p := parserForTest(f, Config{
		Logger: slog.New(watch), OCR: OCR{Command: "-"}, TempDir: f.TempDir(),
		Limits: Limits{Time: 5 * time.Second, Unpacked: 16 << 20},
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		parseBytes(t, p, "x", data)
		if len(watch.panics) > 0 {
			t.Fatal(watch.panics)
		}
	})
}

// fuzzExtractor runs one extractor on any bytes, whatever their type.
func fuzzExtractor(f *testing.F, typ string, run extractor, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}, TempDir: f.TempDir(), Limits: Limits{Time: 5 * time.Second, Unpacked: 16 << 20}})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = run(t.Context(), fileForTest(t, p, typ, data)) // an error is an answer
	})
}

func fileForTest(t testing.TB, p *Parser, typ string, data []byte) *file {
	return &file{
		tree: &tree{parser: p, res: &Result{}, sink: sinkNothing, budget: newBudget(t.Context(), p.cfg.Limits, int64(len(data)))},
		typ:  typ, name: "x", path: "x", data: bytes.NewReader(data), size: int64(len(data)),
	}
}

func FuzzRTF(f *testing.F)      { fuzzExtractor(f, "rtf", readRTF, []byte(tinyRTF())) }
func FuzzMail(f *testing.F)     { fuzzExtractor(f, "eml", readMail, []byte(tinyMail())) }
func FuzzTNEF(f *testing.F)     { fuzzExtractor(f, "tnef", readTNEF, tinyTNEF()) }
func FuzzUuencode(f *testing.F) { fuzzExtractor(f, "text", readText, []byte(uuText)) }
func FuzzWordML(f *testing.F)   { fuzzExtractor(f, "wordml", readWordML, []byte(tinyWordML)) }
func FuzzExcelML(f *testing.F)  { fuzzExtractor(f, "excelml", readExcelML, []byte(tinyExcelML)) }
func FuzzDocx(f *testing.F)     { fuzzExtractor(f, "docx", readOOXML, tinyDocx(f)) }
func FuzzXlsx(f *testing.F)     { fuzzExtractor(f, "xlsx", readOOXML, tinyXlsx(f)) }
func FuzzODF(f *testing.F)      { fuzzExtractor(f, "ods", readODF, tinyOds(f), tinyOdp(f)) }
func FuzzOFD(f *testing.F)      { fuzzExtractor(f, "ofd", readOFD, tinyOFD(f)) }
func FuzzImage(f *testing.F) {
	fuzzExtractor(f, "jpeg", readImage, exifJPEG(f), pngOf(f, blank(60, 60)))
}

// FuzzXLS reads any bytes as the records of a workbook.
func FuzzXLS(f *testing.F) {
	f.Add([]byte("\x09\x08\x10\x00\x00\x06\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x85\x00\x0A\x00\x14\x00\x00\x00\x00\x00\x02\x00ab"))
	f.Add([]byte("\xFC\x00\x0D\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00ab\x3C\x00\x02\x00\x01a"))
	fuzzStream(f, func(t *testing.T, s *oleStorage, data []byte) {
		_ = readXLS(t.Context(), s, data) // an error is an answer
	})
}

// FuzzDoc reads any bytes as the main stream of a Word document and its table.
func FuzzDoc(f *testing.F) {
	f.Add(append([]byte("\xEC\xA5\xC1\x00"), make([]byte, 600)...))
	fuzzStream(f, func(t *testing.T, s *oleStorage, data []byte) {
		d := &wordDoc{f: s.f, main: data, table: data}
		if d.readPieces() {
			d.readCharBins()
			d.readParaBins()
			_ = d.parts(t.Context())
		}
		_ = d.people()
		_ = d.leftovers(d.pieces)
		_ = artTexts(s.f, data, "")
	})
}

// FuzzPPT reads any bytes as the records of a presentation.
func FuzzPPT(f *testing.F) {
	f.Add([]byte("\x0F\x00\xE8\x03\x10\x00\x00\x00\x00\x00\xA0\x0F\x04\x00\x00\x00\x2D\x4E\x87\x65"))
	fuzzStream(f, func(t *testing.T, s *oleStorage, data []byte) {
		p := &pptReader{f: s.f, ctx: t.Context(), data: data, offsets: map[uint32]int{}, pages: map[uint32]int{}, visited: map[int]bool{}, people: map[string]bool{}}
		p.readEdits(len(data) / 2)
		_ = p.read()
	})
}

func fuzzStream(f *testing.F, run func(*testing.T, *oleStorage, []byte)) {
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}, Limits: Limits{Time: 5 * time.Second, Unpacked: 16 << 20}})
	f.Fuzz(func(t *testing.T, data []byte) {
		run(t, &oleStorage{f: fileForTest(t, p, "ole", data)}, data)
	})
}

// FuzzXMLLexer checks that starts and ends balance, whatever comes.
func FuzzXMLLexer(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><a b='1'><c/>x&amp;<![CDATA[y]]></a>`))
	f.Add([]byte("<a \xFF='"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := newXMLLexer(bytes.NewReader(data))
		depth, tokens := 0, 0
		for x.next() {
			switch x.kind {
			case xmlStart:
				depth++
			case xmlEnd:
				depth--
			}
			if tokens++; depth < 0 || tokens > 4*len(data)+16 {
				t.Fatalf("depth %d after %d tokens", depth, tokens)
			}
		}
		if depth != 0 {
			t.Fatalf("%d elements are not closed", depth)
		}
	})
}

// FuzzInflate64 must end and stay within what its input can produce.
func FuzzInflate64(f *testing.F) {
	f.Add([]byte{0x03, 0x00})
	f.Add([]byte{0x4B, 0x4C, 0x04, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = io.Copy(io.Discard, io.LimitReader(newInflate64(bytes.NewReader(data)), 1<<24))
	})
}
