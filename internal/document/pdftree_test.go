package document

import (
	"slices"
	"testing"

	"prescreen/scanner"
)

// The text of plainContent is seen, that of whiteContent is not.
const (
	plainContent = "BT /F 12 Tf 50 700 Td (plain text of a page) Tj ET"
	whiteContent = "BT 1 g /F 12 Tf 50 700 Td (white text) Tj 0 g ET"
)

func treePDF(kids string, objects ...string) []byte {
	return pdfOf(append([]string{`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[` + kids + `]/Count 2>>`}, objects...)...)
}

func treePage(content string) string {
	return `<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents ` + content + `/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>`
}

// TestPDFTree: what is suspected of one page is not asked of the others, unless
// it is not certain which page has which content.
func TestPDFTree(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	two := func(a, b string) []byte {
		return treePDF("3 0 R 4 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(a), pdfStream(b))
	}
	for _, tt := range []struct {
		name string
		file []byte
		want []pdfSuspicion
	}{
		{"one suspect page", two(plainContent, whiteContent), []pdfSuspicion{0, pdfColours}},
		{"kids in another order", treePDF("4 0 R 3 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent)), []pdfSuspicion{pdfColours, 0}},
		{"inner node", treePDF("7 0 R 4 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent), `<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1>>`), []pdfSuspicion{0, pdfColours}},
		{"draws what is stored elsewhere", two(plainContent+" /X Do", whiteContent), []pdfSuspicion{pdfColours, pdfColours}},
		{"several contents", treePDF("3 0 R 4 0 R", treePage("[5 0 R 5 0 R]"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent)), []pdfSuspicion{pdfColours, pdfColours}},
		{"unreadable content", treePDF("3 0 R 4 0 R", treePage("5 0 R"), treePage("6 0 R"), "<</Length 3/Filter/LZWDecode>>\nstream\nabc\nendstream", pdfStream(whiteContent)), []pdfSuspicion{pdfColours, pdfColours}},
		{"transparency", treePDF("3 0 R 4 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent), `<</ca 0.01>>`), []pdfSuspicion{pdfGlass, pdfColours | pdfGlass}},
		{"page twice", treePDF("3 0 R 3 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent)), nil},
		{"page left out", treePDF("3 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent)), nil},
		{"object stored twice", append(two(plainContent, whiteContent), []byte("\n5 0 obj\n"+pdfStream(plainContent)+"\nendobj\n")...), nil},
		{"two catalogs", append(two(plainContent, whiteContent), []byte("\n9 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n")...), nil},
		{"damaged tree", treePDF("3 0 R 4 0 R 8 0 R", treePage("5 0 R"), treePage("6 0 R"), pdfStream(plainContent), pdfStream(whiteContent)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newPDFSurveyor(nil, &pdfSurvey{off: map[string]bool{}})
			if err := eachPDFObject(t.Context(), nil, tt.file, w.see); err != nil {
				t.Fatal(err)
			}
			if got := w.tree.pages(w.out.suspect); !slices.Equal(got, tt.want) {
				t.Errorf("suspected %v, want %v", got, tt.want)
			}
			res := parseBytes(t, p, "a.pdf", tt.file)
			hidden := slices.ContainsFunc(res.Segments, func(s scanner.Segment) bool {
				return s.Place.Kind == scanner.KindHidden && s.Text == "white text"
			})
			if seen := tt.name != "page twice" && tt.name != "page left out"; seen != hidden {
				t.Errorf("white text given as hidden: %v, want %v", hidden, seen)
			}
		})
	}
}
