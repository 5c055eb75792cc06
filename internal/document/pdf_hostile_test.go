package document

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
	"time"

	"prescreen/scanner"
)

// deflated is a compressed stream whose dictionary holds extra.
func deflated(extra, s string) string {
	var buf bytes.Buffer
	zw := zlib.NewWriter(&buf)
	if _, err := zw.Write([]byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	zw.Close()
	return fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", extra, buf.Len(), buf.String())
}

// threePages is a PDF file whose second page has this content and resources,
// which refer to more objects from 10 on.
func threePages(content, resources string, more ...string) []byte {
	page := func(content int) string {
		return fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F 9 0 R>>%s>>>>", content, resources)
	}
	text := func(s string) string { return pdfStream("BT /F 12 Tf 50 700 Td (" + s + ") Tj ET") }
	return pdfOf(append([]string{
		`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>`, page(6), page(7), page(8),
		text("The first page of the document"), content, text("The third page of the document"),
		`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
	}, more...)...)
}

// hungPDF has a second page that takes hours to draw, for a colour that needs
// thousands of sums at every point, and must be drawn because it shows a picture.
func hungPDF() []byte {
	return threePages(pdfStream("BT /F 12 Tf 50 700 Td (second) Tj ET /S sh q 9 0 0 9 0 0 cm /I Do Q"), "/Shading<</S 11 0 R>>/XObject<</I 12 0 R>>",
		deflated("/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]", "{pop "+strings.Repeat("dup add 1 sub ", 30_000)+" dup dup}"),
		`<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[600 0 0 800 0 0]/Function 10 0 R>>`,
		"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n\x80\nendstream",
	)
}

// formBomb has a second page that draws 10^14 forms.
func formBomb() []byte {
	const levels = 14
	var forms []string
	for i := range levels {
		form, content := "/Type/XObject/Subtype/Form/BBox[0 0 600 800]", "q Q"
		if i < levels-1 {
			form += fmt.Sprintf("/Resources<</XObject<</X %d 0 R>>>>", 11+i)
			content = strings.Repeat("/X Do ", 10)
		}
		forms = append(forms, deflated(form, content))
	}
	return threePages(pdfStream("/X Do"), "/XObject<</X 10 0 R>>", forms...)
}

// A page that holds the engine, or breaks it, costs that page: the others are
// read, the page is named, and the worker that survives reads the next file.
func TestPDFBadPage(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"hangs", hungPDF()},
		{"forms", formBomb()},
		{"glyphs", threePages(deflated("", "BT /F 12 Tf 50 700 Td "+strings.Repeat("(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ", 800_000)+"ET"), "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pool := poolForTest(t, "worker-good", func(c *PoolConfig) {
				c.Config.OCR.Command = "-"
				c.Config.Limits.PDFPage = 3 * time.Second
			})
			res := poolParse(t, pool, "a.pdf", tt.data)
			for page, text := range map[int]string{1: "The first page of the document", 3: "The third page of the document"} {
				if got := segmentsWith(res, text); len(got) != 1 || got[0].Place.Page != page {
					t.Errorf("%q is found in %+v", text, got)
				}
			}
			named := false
			for _, p := range res.Problems {
				// What eats the memory is late where the machine is busy.
				late := p.Status == scanner.StatusTimeout
				named = named || (late || p.Status == scanner.StatusPartial && tt.name != "hangs") && p.File == "a.pdf" && strings.HasSuffix(p.Message, ": 2")
			}
			if !named {
				t.Errorf("problems %+v, want one that names a.pdf and page 2", res.Problems)
			}
			if res := poolParse(t, pool, "b.pdf", tinyPDF()); !containsAny(texts(res, scanner.KindBody), "Visible text") {
				t.Errorf("the next file: %+v", res.Problems)
			}
			if n := len(childProcesses(t)); n != 1 {
				t.Errorf("%d processes, want the worker", n)
			}
			pool.Close()
			if left := childProcesses(t); len(left) > 0 {
				t.Errorf("processes left: %v", left)
			}
		})
	}
}

// Where nothing but its deadline stops a parser in its own process, a page that
// holds the engine costs no more than in a worker.
func TestPDFBadPageHere(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}, Limits: Limits{PDFPage: 2 * time.Second}})
	res := parseBytes(t, p, "a.pdf", hungPDF())
	if !containsAny(texts(res, scanner.KindBody), "The third page") || statuses(res)[scanner.StatusTimeout] != 1 {
		t.Errorf("%d segments, problems %+v", len(res.Segments), res.Problems)
	}
}

// An outline that leads back into itself, and a bookmark with a broken action,
// cost nothing else.
func TestPDFBookmarks(t *testing.T) {
	data := pdfOf(
		`<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1>>`,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 9 0 R>>>>>>`,
		pdfStream("BT /F 12 Tf 50 700 Td (The only page of the document) Tj ET"),
		`<</Type/Outlines/First 6 0 R/Last 8 0 R/Count 3>>`,
		`<</Title(First bookmark)/Parent 5 0 R/Next 8 0 R/A<</S/Launch>>>>`,
		`<</Producer(x)>>`,
		`<</Title(Second bookmark)/Parent 5 0 R/Next 6 0 R/First 8 0 R/Last 8 0 R/Dest[3 0 R/Fit]>>`,
		`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
	)
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
	checkWants(t, res, []want{
		{"First bookmark", scanner.KindHeading, nil},
		{"Second bookmark", scanner.KindHeading, nil},
		{"The only page of the document", scanner.KindBody, nil},
	})
	if statuses(res)[scanner.StatusLimit] != 1 || len(res.Problems) != 1 {
		t.Errorf("problems %+v, want a limit", res.Problems)
	}
}
