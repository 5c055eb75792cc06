package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "rewrite the golden files")

func sample() ([]pipeline.Result, Summary) {
	start := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	hostile := `<script>alert("x")</script></script>` + "\x1b[2J"
	results := []pipeline.Result{
		{
			ID: "http://www.example.gov.cn/a.html", URL: "http://www.example.gov.cn/a.html", Title: "关于某事的公示" + hostile,
			Type: "html", Verdict: scanner.VerdictBlock, Errors: []scanner.Problem{},
			Findings: []scanner.Finding{{
				Rule: "pii.id18", Version: 2, Category: "pii", Severity: scanner.SeverityHigh, Confidence: 95,
				Title: "疑似居民身份证号码", Message: "表格列“身份证号”中有 12 个完整号码", Advice: "隐去出生日期后重新发布", Basis: "个人信息保护法",
				Excerpt: "3401**********9972" + hostile, Count: 12, URL: "http://www.example.gov.cn/a.html",
				Place: scanner.Place{Kind: scanner.KindBody, File: "附件.zip!/名单.xlsx", Sheet: "Sheet1", Cell: "B2"},
				Start: 3, End: 21, Fingerprint: "0123456789abcdef",
			}},
		},
		{
			ID: "草稿 1.docx", Title: "", Type: "docx", Verdict: scanner.VerdictIncomplete, Findings: []scanner.Finding{},
			Errors: []scanner.Problem{
				{Status: scanner.StatusEncrypted, File: "草稿 1.docx", Message: "草稿 1.docx: encrypted"},
				{Status: scanner.StatusEmpty, File: "e.txt", Message: "e.txt: empty"},
			},
		},
		{ID: "b.txt", Type: "text", Verdict: scanner.VerdictPass, Findings: []scanner.Finding{}, Errors: []scanner.Problem{}},
	}
	return results, Summary{
		Run: "20260304-020000-ab", Sites: []string{"示例县政府"}, Started: start, Finished: start.Add(95 * time.Second),
		Verdict: scanner.VerdictBlock, Pages: 2, Attachments: 1, Findings: Counts{High: 1},
		NotChecked: []Gap{{URL: "http://www.example.gov.cn/private/", Reason: "robots", Detail: "Disallow: /private/"}},
	}
}

func render(t *testing.T, f Format, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New(f, &b, opt)
	if err != nil {
		t.Fatal(err)
	}
	results, sum := sample()
	for _, r := range results {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(sum); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, f := range []Format{Text, JSON, JSONL, SARIF, HTML, CSV} {
		for _, l := range []lang.Lang{lang.Chinese, lang.English} {
			name := string(f) + "." + string(l)
			t.Run(name, func(t *testing.T) {
				got := render(t, f, Options{Lang: l, Version: "1.0", RuleSet: "30 rules", Organisation: "示例单位"})
				path := filepath.Join("testdata", name+".golden")
				if *update {
					if err := os.MkdirAll("testdata", 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("output differs from %s (UPDATE=1 rewrites it):\n%s", path, got)
				}
			})
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := New("odt", nil, Options{}); err == nil || !strings.Contains(err.Error(), "text, json") {
		t.Errorf("error %v does not list the formats", err)
	}
}

// A document must not be able to write into the page that reports on it, nor
// to the reader's terminal.
func TestHostileContent(t *testing.T) {
	page := string(render(t, HTML, Options{Lang: lang.Chinese}))
	if strings.Contains(page, "<script>alert") || strings.Count(page, "</script>") != 3 {
		t.Error("text of a document became markup of the report")
	}
	if strings.Contains(page, "http-equiv=\"refresh\"") || strings.Contains(page, "src=") {
		t.Error("the report refers to something outside itself")
	}
	if text := render(t, Text, Options{}); bytes.Contains(text, []byte("\x1b")) {
		t.Error("an escape sequence of a document reached the terminal")
	}
}

// Optional parts must still be there when empty: SARIF viewers and scripts
// expect arrays, not null.
func TestEmptyRun(t *testing.T) {
	for _, f := range []Format{JSON, SARIF} {
		var b bytes.Buffer
		w, err := New(f, &b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(Summary{Verdict: scanner.VerdictPass}); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b.Bytes()) || bytes.Contains(b.Bytes(), []byte("null")) {
			t.Errorf("%s of an empty run: %s", f, b.Bytes())
		}
	}
}

func TestWhere(t *testing.T) {
	p := scanner.Place{Kind: scanner.KindHidden, File: "附件.zip!/名单.xlsx", Sheet: "表1", Cell: "C7"}
	if got, want := Where(p, lang.Chinese), "附件.zip → 名单.xlsx，工作表 表1，单元格 C7，隐藏内容"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p = scanner.Place{Kind: scanner.KindBody, Page: 2, Line: 3}
	if got, want := Where(p, lang.English), "page 2, body, line 3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWorst(t *testing.T) {
	order := []scanner.Verdict{scanner.VerdictPass, scanner.VerdictReview, scanner.VerdictIncomplete, scanner.VerdictBlock}
	for i, a := range order {
		for j, b := range order {
			if got, want := Worst(a, b), order[max(i, j)]; got != want {
				t.Errorf("Worst(%s, %s) = %s, want %s", a, b, got, want)
			}
		}
	}
}
