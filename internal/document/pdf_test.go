package document

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// pdfOf builds a PDF file of the given objects; the first is the catalog.
func pdfOf(objects ...string) []byte {
	var buf bytes.Buffer
	buf.WriteString("%PDF-1.7\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = buf.Len()
		fmt.Fprintf(&buf, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := buf.Len()
	fmt.Fprintf(&buf, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&buf, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&buf, "trailer\n<</Size %d/Root 1 0 R/Info 7 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return buf.Bytes()
}

func pdfStream(s string) string {
	return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(s), s)
}

// tinyPDF shows text, text nobody sees, a note, a link, a form value, a
// bookmark and an attachment.
func tinyPDF() []byte {
	return pdfOf(
		`<</Type/Catalog/Pages 2 0 R/Outlines 10 0 R/AcroForm<</Fields[9 0 R]/DR<<>>>>/Names<</EmbeddedFiles<</Names[(a) 12 0 R]>>>>>>`,
		`<</Type/Pages/Kids[3 0 R]/Count 1>>`,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>/Annots[6 0 R 8 0 R 9 0 R]>>`,
		pdfStream("BT /F 12 Tf 50 700 Td (Visible text line of the page) Tj ET "+
			"BT 3 Tr /F 12 Tf 50 600 Td (ghostly text) Tj 0 Tr ET "+
			"BT 1 g /F 12 Tf 50 500 Td (white text) Tj 0 g ET "+
			"0 0 0.5 rg 40 390 300 30 re f BT 1 g /F 12 Tf 50 400 Td (white on blue) Tj 0 g ET "+
			"BT /F 12 Tf 900 400 Td (beside the page) Tj ET"),
		`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
		`<</Type/Annot/Subtype/Text/Rect[1 1 20 20]/Contents<FEFF6279 6CE8>/T(Annotator)>>`,
		`<</Title<FEFF 6807 9898>/Author(\304\332\262\277)>>`, // the second is raw GBK
		`<</Type/Annot/Subtype/Link/Rect[1 1 20 20]/A<</S/URI/URI(http://10.0.0.1/x)>>>>`,
		`<</Type/Annot/Subtype/Widget/FT/Tx/T(field)/V(form value)/Rect[100 100 200 120]>>`,
		`<</Type/Outlines/First 11 0 R/Last 11 0 R/Count 1>>`,
		`<</Title(A bookmark)/Parent 10 0 R/Dest[3 0 R/Fit]>>`,
		`<</Type/Filespec/F(list.txt)/UF(list.txt)/EF<</F 13 0 R>>>>`,
		"<</Type/EmbeddedFile/Length 18>>\nstream\nattached text here\nendstream",
	)
}

func TestPDF(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", tinyPDF())
	first := func(s scanner.Segment) bool { return s.Place.Page == 1 }
	checkWants(t, res, []want{
		{"标题", scanner.KindProperty, nil},
		{"内部", scanner.KindProperty, nil},
		{"A bookmark", scanner.KindHeading, first},
		{"Visible text line of the page", scanner.KindBody, first},
		{"ghostly text", scanner.KindHidden, first},
		{"white text", scanner.KindHidden, first},
		{"white on blue", scanner.KindBody, first},
		{"beside the page", scanner.KindHidden, first},
		{"批注", scanner.KindComment, first},
		{"Annotator", scanner.KindComment, first},
		{"http://10.0.0.1/x", scanner.KindLink, first},
		{"form value", scanner.KindForm, first},
		{"list.txt", scanner.KindFilename, nil},
		{"attached text here", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.pdf!/list.txt" }},
	})
	if res.Title != "标题" {
		t.Errorf("title %q", res.Title)
	}
}

func TestPDFStatus(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	for _, tt := range []struct {
		name   string
		status scanner.Status
	}{{"enc-user-256.pdf", scanner.StatusEncrypted}, {"trunc.pdf", ""}, {"bomb-text.pdf", ""}} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			res := parseFile(t, p, shareddata.Path(t, "documents", "made", tt.name))
			if tt.status != "" && statuses(res)[tt.status] == 0 {
				t.Errorf("problems %+v, want %s", res.Problems, tt.status)
			}
			if !slices.ContainsFunc(res.Problems, func(p scanner.Problem) bool { return !p.Status.Harmless() }) {
				t.Errorf("no problem is reported: %+v", res.Problems)
			}
			t.Logf("%s: %d segments in %s, problems %+v", tt.name, len(res.Segments), time.Since(start), res.Problems)
		})
	}
}

// A PDF file cut off in the middle still gives the pages that are whole.
func TestPDFCutOff(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	whole := tinyPDF()
	res := parseBytes(t, p, "a.pdf", whole[:bytes.Index(whole, []byte("6 0 obj"))])
	if !containsAny(texts(res, scanner.KindBody), "Visible text line") || statuses(res)[scanner.StatusPartial] == 0 {
		t.Errorf("segments %+v, problems %+v", res.Segments, res.Problems)
	}
	res = parseFile(t, p, shareddata.Path(t, "documents", "made", "trunc.pdf"))
	found, _, all, _ := score(res, readTruth(t, "writer"), pdfAbsent)
	t.Logf("%d of %d fragments of a file cut off after two thirds", found, all)
	if found < 20 || statuses(res)[scanner.StatusPartial] == 0 {
		t.Errorf("%d of %d fragments, problems %+v", found, all, res.Problems)
	}
}

// The deadline ends the engine in the middle of a bomb.
func TestPDFDeadline(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}, Limits: Limits{Time: 500 * time.Millisecond}})
	parseBytes(t, p, "warm.pdf", tinyPDF())
	start := time.Now()
	res := parseFile(t, p, shareddata.Path(t, "documents", "made", "bomb-text.pdf"))
	if took := time.Since(start); took > time.Minute { // far below what the bomb takes when it is let run
		t.Errorf("took %s", took)
	}
	if !slices.ContainsFunc(res.Problems, func(p scanner.Problem) bool { return !p.Status.Harmless() }) {
		t.Errorf("problems %+v", res.Problems)
	}
	// The engine that was stopped is not used again.
	if res := parseBytes(t, p, "next.pdf", tinyPDF()); !containsAny(texts(res, scanner.KindBody), "Visible text") && statuses(res)[scanner.StatusTimeout] == 0 {
		t.Errorf("the next file: %+v", res.Problems)
	}
}

// A page that shows a picture and no text, or text nobody sees that was
// recognised as another language, goes to recognition.
func TestPDFScan(t *testing.T) {
	image := "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n\x80\nendstream"
	for name, layer := range map[string]string{
		"no text": "",
		"a layer": " BT 3 Tr /F 12 Tf 50 600 Td (lAtfi 1Z ffi uJJ yT# kkj VVx Wq) Tj ET",
	} {
		data := pdfOf(
			`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1>>`,
			`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>/Font<</F 6 0 R>>>>>>`,
			pdfStream("q 600 0 0 800 0 0 cm /I Do Q"+layer), image,
			`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
		)
		res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
		if len(res.Problems) == 0 || res.Problems[0].Status != scanner.StatusPartial || !strings.Contains(res.Problems[0].Message, "page 1") {
			t.Errorf("%s: problems %+v, want one that names page 1", name, res.Problems)
		}
	}
}

func TestIsWrap(t *testing.T) {
	for _, tt := range []struct {
		head, tail string
		want       bool
	}{
		{"440301199901011", "234", true}, {"4403011999010", "1234X", true}, {"622202123456789", "0123", false},
		{"13800138000", "13900139000", false}, {"440301199901011234", "1", false}, {"张三", "123", false},
		{"138001", "38000", true}, {"12", "34", false}, {"622202123456789012", "8", true}, {"622202123456789012", "7", false},
	} {
		if got := isWrap(pdfRun{text: tt.head}, tt.tail); got != tt.want {
			t.Errorf("%s over %s: %v, want %v", tt.head, tt.tail, got, tt.want)
		}
	}
}

func FuzzPDF(f *testing.F) {
	f.Add(tinyPDF())
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}, Limits: Limits{Time: 5 * time.Second, Unpacked: 16 << 20}})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := p.Parse(context.Background(), Input{Name: "a.pdf", Data: bytes.NewReader(data), Size: int64(len(data))})
		if err != nil {
			t.Fatal(err)
		}
	})
}
