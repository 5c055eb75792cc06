package document

import (
	"bytes"
	"compress/gzip"
	"context"
	"testing"

	"prescreen/scanner"
)

// TestWrongExtensions reads a file of every format under the extension of
// every other one: content alone tells the type of what is not plain text.
func TestWrongExtensions(t *testing.T) {
	var zipped bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	if _, err := gz.Write([]byte("压缩的文字")); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	files := []struct {
		typ  string
		data []byte
	}{
		{"docx", tinyDocx(t)}, {"xlsx", tinyXlsx(t)}, {"pptx", tinyPptx(t)}, {"ods", tinyOds(t)}, {"odp", tinyOdp(t)}, {"ofd", tinyOFD(t)},
		{"rtf", []byte(tinyRTF())}, {"pdf", tinyPDF()}, {"eml", []byte(tinyMail())}, {"wordml", []byte(tinyWordML)}, {"excelml", []byte(tinyExcelML)},
		{"html", []byte("<!DOCTYPE html><html><body><p>网页</p></body></html>")}, {"xml", []byte(`<?xml version="1.0"?><r><a>值</a></r>`)},
		{"json", []byte(`{"姓名":"张某"}`)}, {"zip", zipOf(t, map[string]string{"a.txt": "文字"})}, {"gzip", zipped.Bytes()},
		{"tnef", tinyTNEF()}, {"mbox", []byte("From a@b Mon\nFrom: a@b.example\nSubject: x\n\n文字\n")}, {"doc", oleOf(t, oleStreams{{"WordDocument", "x"}})},
		{"xls", oleOf(t, oleStreams{{"Workbook", "x"}})}, {"ppt", oleOf(t, oleStreams{{"PowerPoint Document", "x"}})}, {"msg", oleOf(t, oleStreams{{"__substg1.0_0037001F", string(wide("主题"))}})},
		{"jpeg", exifJPEG(t)}, {"png", pngOf(t, blank(60, 60))},
	}
	extensions := []string{
		"", ".txt", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".dps", ".pdf", ".ofd", ".rtf", ".odt", ".ods", ".eml", ".mht", ".msg",
		".html", ".shtml", ".xml", ".json", ".csv", ".md", ".zip", ".rar", ".7z", ".gz", ".jpg", ".png", ".tif", ".exe", ".mp4", ".dat",
	}
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	for _, f := range files {
		own := parseBytes(t, p, "x", f.data)
		if own.Type != f.typ {
			t.Errorf("a file of type %s is taken for %s", f.typ, own.Type)
		}
		for _, ext := range extensions {
			res, err := p.Parse(context.Background(), Input{Name: "x" + ext, Data: bytes.NewReader(f.data), Size: int64(len(f.data))})
			if err != nil {
				t.Fatal(err)
			}
			// Nothing else tells these apart, and they are read alike.
			same := res.Type == f.typ || f.typ == "xml" && res.Type == "html" || f.typ == "eml" && res.Type == "mhtml"
			if !same || len(res.Segments) != len(own.Segments) && f.typ != "xml" && f.typ != "gzip" {
				t.Errorf("%s as %q is read as %s: %d segments instead of %d", f.typ, ext, res.Type, len(res.Segments), len(own.Segments))
			}
		}
	}
}

// TestMailOddities has what old or lazy mail programs write.
func TestMailOddities(t *testing.T) {
	p := parserForTest(t, Config{})
	for _, tt := range []struct {
		name, data string
		wants      []want
	}{
		{"utf7.eml", "From: a@b.example\nSubject: x\nContent-Type: text/plain; charset=utf-7\n\n+UYWQ6A- 1+-1 +\n", []want{{"内部 1+1 +", scanner.KindBody, nil}}},
		{"own.eml", "From: a@b.example\nSubject: x\nX-Unit: 某某处\nX-Mailer: plain\n\ny\n", []want{{"某某处", scanner.KindProperty, nil}}},
		{"signed.eml", "From: a@b.example\nSubject: x\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n正文\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIBAA==\n--b--\n",
			[]want{{"正文", scanner.KindBody, nil}}},
		{"box", "From a@b Mon Jan  1 2024\nFrom: a@b.example\nSubject: =?utf-8?B?5LiA?=\n\n第一封\n\nFrom here on it is text\n\nFrom c@d Mon\nFrom: c@d.example\nSubject: y\nContent-Transfer-Encoding: base64\n\n56ys5LqM5bCB\n",
			[]want{{"一", scanner.KindTitle, nil}, {"第一封", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "box!/message 1.eml" }},
				{"From here on it is text", scanner.KindBody, nil}, {"第二封", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "box!/message 2.eml" }}}},
	} {
		res := parseBytes(t, p, tt.name, []byte(tt.data))
		checkWants(t, res, tt.wants)
		if got := problemsOf(res); got != "" {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
