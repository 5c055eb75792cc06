package portal

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestContentErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no page yet", "title: x\n", "bad.txt:1: text before the first page"},
		{"no such site", "@ other /x\n", "bad.txt:1: want \"@ SITE /PATH\""},
		{"no path", "@ main x\n", "bad.txt:1: want \"@ SITE /PATH\""},
		{"unknown field", "@ main /x\ntitel: x\n", "bad.txt:2: unknown field \"titel\""},
		{"attachment without title", "@ main /x\nattach: /files/x.pdf\n", "bad.txt:2: want \"attach: /PATH TITLE\""},
		{"unknown declaration", "@ main /x\ncharset: gbk http=none\n", "bad.txt:2: unknown charset declaration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := parseArticles("bad.txt", c.text, map[string]*site{Main: {Key: Main}})
			if !errors.Is(err, errFormat) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestMarkup(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"一段 <b> & 文字", "<p>一段 &lt;b&gt; &amp; 文字</p>\n"},
		{"## 标题", "<h3>标题</h3>\n"},
		{"> <em>x</em>", "<em>x</em>\n"},
		{"^ 落款", "<p class=\"sign\">落款</p>\n"},
		{"= 顶格", "<p class=\"flush\">顶格</p>\n"},
		{"| a | b |", "<table class=\"grid\">\n<tr><th>a</th><th>b</th></tr>\n</table>\n"},
	} {
		got, err := bodyHTML([]string{c.line})
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %q, error %v, want %q", c.line, got, err, c.want)
		}
	}
	if _, err := bodyHTML([]string{"| a | b |", "| c |"}); err == nil {
		t.Error("a ragged table is accepted")
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"机{200b}密":     "机\u200b密",
		"{x} {200b":    "{x} {200b",
		"{{20}a}":      "{ a}",
		"没有":           "没有",
		"{{a}} {3042}": "{\n} あ",
	} {
		if got, err := unescape(in); err != nil || got != want {
			t.Errorf("%q: %q, error %v, want %q", in, got, err, want)
		}
	}
}

// TestOfficePartsAreXML: every part of every office file is well-formed.
func TestOfficePartsAreXML(t *testing.T) {
	p, _ := expected(t)
	files := 0
	for _, s := range p.sites {
		for _, f := range s.files {
			if f.Kind.Docx == nil && f.Kind.Xlsx == nil {
				continue
			}
			files++
			for _, part := range unzip(t, s.resources[f.Path].body) {
				d := xml.NewDecoder(strings.NewReader(part.body))
				for {
					_, err := d.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Errorf("%s: %s: %v", f.Path, part.name, err)
						break
					}
				}
			}
		}
	}
	if files < 8 {
		t.Errorf("only %d office files", files)
	}
}

// TestPDFTextComesOut: an independent reader extracts the Chinese text.
func TestPDFTextComesOut(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not here")
	}
	p, _ := expected(t)
	name := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(name, p.sites[Edu].resources["/files/nipin.pdf"].body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "-enc", "UTF-8", name, "-").CombinedOutput()
	if strings.Contains(string(out), "Missing language pack") {
		t.Skip("poppler-data is not here")
	}
	if err != nil || !strings.Contains(string(out), "2026年上半年教师招聘拟聘用人员名单") || !strings.Contains(string(out), "公示期：2026年9月30日至10月12日") {
		t.Errorf("error %v, text:\n%s", err, out)
	}
}
