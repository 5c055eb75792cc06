package document

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// TestComplaints answers, one by one, what users of the best known extractor
// complain about.
func TestComplaints(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	made := func(t *testing.T, name string) *Result {
		return parseFile(t, p, shareddata.Path(t, "documents", "made", filepath.FromSlash(name)))
	}
	t.Run("one file takes the server down", func(t *testing.T) {
		pool := poolForTest(t, "worker-crash", nil)
		if res := poolParse(t, pool, "bad.zip", zipOf(t, map[string]string{"a.txt": "x"})); len(res.Problems) != 1 || res.Problems[0].File != "bad.zip" {
			t.Errorf("problems %+v, want one that names the file", res.Problems)
		}
		if res := poolParse(t, pool, "good.txt", []byte("正文")); len(res.Problems) != 0 {
			t.Errorf("the next file: %+v", res.Problems)
		}
	})
	t.Run("nothing says on which page or in which cell", func(t *testing.T) {
		for name, has := range map[string]func(scanner.Place) bool{
			"w.pdf":  func(p scanner.Place) bool { return p.Page > 0 && p.Line > 0 },
			"p.pptx": func(p scanner.Place) bool { return p.Page > 0 },
			"c.xlsx": func(p scanner.Place) bool { return p.Sheet != "" && p.Cell != "" },
			"c.xls":  func(p scanner.Place) bool { return p.Sheet != "" && p.Cell != "" },
			"w.docx": func(p scanner.Place) bool { return p.Line > 0 },
			"w.html": func(p scanner.Place) bool { return p.XPath != "" },
		} {
			all, without := 0, 0 // masters and text boxes have none
			for _, s := range made(t, name).Segments {
				if s.Place.Kind == scanner.KindBody {
					all++
					if !has(s.Place) {
						without++
					}
				}
			}
			if all == 0 || without*10 > all {
				t.Errorf("%s: %d of %d texts without their place", name, without, all)
			}
		}
	})
	t.Run("silently cut at 100,000 characters", func(t *testing.T) {
		var b strings.Builder
		b.WriteString(`<w:document ` + wNS + `><w:body>`)
		for i := range 12_000 {
			fmt.Fprintf(&b, "<w:p><w:r><w:t>第%d段是一份很长的文件中的一个自然段</w:t></w:r></w:p>", i)
		}
		res := parseBytes(t, p, "a.docx", zipOf(t, map[string]string{"word/document.xml": b.String() + "</w:body></w:document>"}))
		if !containsAny(texts(res, scanner.KindBody), "第11999段") || len(res.Problems) != 0 {
			t.Errorf("%d segments, problems %+v", len(res.Segments), res.Problems)
		}
		limited := parserForTest(t, Config{Limits: Limits{Segments: 100}})
		if res := parseBytes(t, limited, "a.docx", zipOf(t, map[string]string{"word/document.xml": b.String()})); statuses(res)[scanner.StatusLimit] == 0 {
			t.Errorf("a limit that is reached: %+v", res.Problems)
		}
	})
	t.Run("hidden sheets, slides and text look like any other", func(t *testing.T) {
		for name, data := range map[string][]byte{"a.xlsx": tinyXlsx(t), "a.pptx": tinyPptx(t), "a.docx": tinyDocx(t)} {
			if texts(parseBytes(t, p, name, data), scanner.KindHidden) == nil {
				t.Errorf("%s: nothing is hidden", name)
			}
		}
	})
	t.Run("documents of WPS are refused", func(t *testing.T) {
		data, err := os.ReadFile(shareddata.Path(t, "documents", "found", "partybuilding-srs.doc"))
		if err != nil {
			t.Fatal(err)
		}
		whole := parseBytes(t, p, "a.doc", data)
		short := parseBytes(t, p, "a.wps", data[:len(data)-200]) // its last sector is short
		if short.Type != "doc" || len(short.Segments) < len(whole.Segments)*9/10 {
			t.Errorf("%s, %d of %d segments, problems %+v", short.Type, len(short.Segments), len(whole.Segments), short.Problems)
		}
	})
	t.Run("Chinese fonts without a map to Unicode give nothing", func(t *testing.T) {
		for _, name := range []string{"gb-euc-h.pdf", "gbk-euc-h.pdf", "unigb-ucs2-h.pdf"} {
			body := strings.Join(texts(made(t, name), scanner.KindBody), "")
			if countHan(body) < 5 || strings.ContainsRune(body, '\uFFFD') {
				t.Errorf("%s: %q", name, body)
			}
		}
	})
}

// TestComplaintsOfScans: a scan is never read as an empty text without a word,
// and a recogniser that hangs, dies or is missing costs its pictures only.
func TestComplaintsOfScans(t *testing.T) {
	image := "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n\x80\nendstream"
	data := pdfOf(
		`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>`,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>`,
		pdfStream("600 0 0 800 0 0 cm /I Do"), image,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 7 0 R/Resources<</Font<</F 8 0 R>>>>>>`,
		pdfStream("BT /F 12 Tf 50 700 Td (Text of the second page) Tj ET"), `<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
	)
	for name, script := range map[string]string{"hangs": "sleep 30", "dies": "kill -9 $$", "missing": ""} {
		t.Run(name, func(t *testing.T) {
			command := filepath.Join(t.TempDir(), "tesseract")
			if script != "" {
				if err := os.WriteFile(command, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			p := parserForTest(t, Config{OCR: OCR{Command: command, Time: 300 * time.Millisecond}})
			res := parseBytes(t, p, "a.pdf", data)
			if !containsAny(texts(res, scanner.KindBody), "Text of the second page") {
				t.Errorf("the page with text is lost: %+v", res.Segments)
			}
			if !slices.ContainsFunc(res.Problems, func(p scanner.Problem) bool { return !p.Status.Harmless() && strings.Contains(p.Message, "page 1") }) {
				t.Errorf("problems %+v, want one that names page 1", res.Problems)
			}
		})
	}
}
