package document

import (
	"bytes"
	"fmt"
	"testing"

	"prescreen/scanner"
)

// besidePDF hides a text in every place of a PDF file that is not a page, and
// on a page in every way text can be there without being seen.
func besidePDF() []byte {
	return pdfOf(
		`<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[10 0 R]/D<</OFF[10 0 R]>>>>/AcroForm<</Fields[11 0 R]/XFA[(datasets) 12 0 R]>>`+
			`/OpenAction<</S/JavaScript/JS(open script)>>/PageLabels<</Nums[0<</P<FEFF9875 7801 524D 7F00>>>]>>/Metadata 13 0 R/StructTreeRoot 14 0 R>>`,
		`<</Type/Pages/Kids[3 0 R]/Count 1>>`,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/Properties<</L 10 0 R>>/XObject<</X 15 0 R>>/ExtGState<</A<</ca 0>>>>>>`+
			`/Annots[8 0 R 9 0 R 16 0 R]/AA<</O<</S/JavaScript/JS 17 0 R>>>>>>`,
		pdfStream("BT /F 12 Tf 50 700 Td (Visible text line of the page) Tj ET "+
			"BT /F 12 Tf 50 650 Td (under a box) Tj ET 0 g 40 640 300 40 re f "+
			"0 0 1 rg 40 590 300 40 re f BT /F 12 Tf 50 600 Td (blue on blue) Tj ET 0 g "+
			"BT /F 0.5 Tf 50 550 Td (a mere speck) Tj ET "+
			"q /A gs BT /F 12 Tf 50 500 Td (let through) Tj ET Q "+
			"/OC /L BDC BT /F 12 Tf 50 450 Td (on a layer) Tj ET EMC /X Do"),
		`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
		`<</Producer(x)>>`,
		`<</Title(t)/SecretLevel<FEFF 5185 90E8 8D44 6599>>>`,
		`<</Type/Annot/Subtype/Link/Rect[1 1 20 20]/A<</S/Launch/F(run.exe)>>>>`,
		`<</Type/Annot/Subtype/Stamp/Rect[300 300 500 340]/AP<</N 18 0 R>>>>`,
		`<</Type/OCG/Name<FEFF 9690 85CF 56FE 5C42>>>`,
		`<</FT/Tx/T(lonely)/V(value of a field without a place)>>`,
		pdfStream("<x><data>form data</data></x>"),
		"<</Type/Metadata/Subtype/XML/Length 70>>\nstream\n<x:xmpmeta xmlns:x='x'><d:description>told by XMP</d:description></x:xmpmeta>\nendstream",
		`<</Type/StructTreeRoot/K[<</S/Figure/Alt<FEFF 56FE 7247 66FF 4EE3 6587 5B57>>>]>>`,
		"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F 5 0 R>>>>/Length 59>>\nstream\nBT 1 g /F 12 Tf 50 400 Td (white in a form) Tj ET         \nendstream",
		`<</Type/Annot/Subtype/FileAttachment/Rect[1 1 9 9]/FS<</Type/Filespec/F(pinned.txt)/UF(pinned.txt)/EF<</F 19 0 R>>>>>>`,
		pdfStream("script of the page"),
		"<</Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F 5 0 R>>>>/Length 44>>\nstream\nBT /F 12 Tf 5 5 Td (text of a stamp) Tj ET   \nendstream",
		"<</Type/EmbeddedFile/Length 11>>\nstream\npinned text\nendstream",
	)
}

func TestPDFBeside(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", besidePDF())
	first := func(s scanner.Segment) bool { return s.Place.Page == 1 }
	checkWants(t, res, []want{
		{"Visible text line of the page", scanner.KindBody, first},
		{"under a box", scanner.KindHidden, first},
		{"blue on blue", scanner.KindHidden, first},
		{"a mere speck", scanner.KindHidden, first},
		{"let through", scanner.KindHidden, first},
		{"on a layer", scanner.KindHidden, first},
		{"white in a form", scanner.KindHidden, first},
		{"text of a stamp", scanner.KindComment, first},
		{"隐藏图层", scanner.KindProperty, nil},
		{"内部资料", scanner.KindProperty, nil},
		{"页码前缀", scanner.KindProperty, nil},
		{"told by XMP", scanner.KindProperty, nil},
		{"图片替代文字", scanner.KindAttribute, nil},
		{"open script", scanner.KindScript, nil},
		{"script of the page", scanner.KindScript, nil},
		{"run.exe", scanner.KindLink, nil},
		{"value of a field without a place", scanner.KindForm, nil},
		{"form data", scanner.KindForm, nil},
		{"pinned text", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.pdf!/pinned.txt" }},
	})
}

// What a later state of a file has replaced is still in it.
func TestPDFEarlierState(t *testing.T) {
	old := besidePDF()
	page := pdfStream("BT /F 12 Tf 50 700 Td (Visible text, corrected) Tj ET")
	var b bytes.Buffer
	b.Write(old)
	at := b.Len()
	fmt.Fprintf(&b, "4 0 obj\n%s\nendobj\n", page)
	xref := b.Len()
	prev := bytes.LastIndex(old, []byte("xref\n0 "))
	fmt.Fprintf(&b, "xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 20/Root 1 0 R/Info 7 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", at, prev, xref)
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", b.Bytes())
	first := func(s scanner.Segment) bool { return s.Place.Page == 1 }
	checkWants(t, res, []want{
		{"Visible text, corrected", scanner.KindBody, first},
		{"Visible text line of the page", scanner.KindRevision, first},
	})
	for _, s := range segmentsWith(res, "Visible text line of the page") {
		if s.Place.Kind != scanner.KindRevision {
			t.Errorf("the old text counts as %s", s.Place.Kind)
		}
	}
}

func TestMojibake(t *testing.T) {
	for text, want := range map[string]bool{
		"o»ö}Þ}÷ öÞ÷»ýð": true, "第一条 机密": false, "Visible text of the page": false, "Привет мир": false,
		"© 2026 Société générale": false, "440301199901011234 440301199901011234": false,
	} {
		if got := mojibake(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPatchy(t *testing.T) {
	for text, want := range map[string]bool{
		"公共租赁住房管理办法ÿ住房和城乡建设部ÿ的规定ÿ": true, "买买提·艾力，温度25°C，公开": false, "Société ÿÿÿ": false,
	} {
		if got := patchy(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// FuzzPDFObjects reads any bytes as the objects of a PDF file.
func FuzzPDFObjects(f *testing.F) {
	f.Add(besidePDF())
	f.Add([]byte("1 0 obj<</A(\\(\\051\\\n)/B<4142>/C[1 0 R 2 0 R -1.5]/D#41 true>>stream\nx"))
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}})
	f.Fuzz(func(t *testing.T, data []byte) {
		file := fileForTest(t, p, "pdf", data)
		w := newPDFSurveyor(file, &pdfSurvey{off: map[string]bool{}})
		_ = eachPDFObject(t.Context(), file, data, w.see) // an error is an answer
		w.finish()
		w.tree.pages(w.out.suspect)
		suspectContent(data)
	})
}
