package document

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

func parseString(t testing.TB, in Input, data string) *Result {
	t.Helper()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	in.Data, in.Size = strings.NewReader(data), int64(len(data))
	res, err := p.Parse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func dump(res *Result) string {
	var b strings.Builder
	for _, s := range res.Segments {
		fmt.Fprintf(&b, "%s %q", s.Place.Kind, s.Text)
		if s.Table > 0 {
			fmt.Fprintf(&b, " t%d r%d c%d", s.Table, s.Row, s.Col)
			if s.Header {
				b.WriteString(" header")
			}
		}
		fmt.Fprintf(&b, " %s\n", s.Place.XPath)
	}
	for _, l := range res.Links {
		fmt.Fprintf(&b, "link %s %s %q\n", l.Via, l.URL, l.Text)
	}
	for _, p := range res.Problems {
		fmt.Fprintf(&b, "problem %s %s %s\n", p.Status, p.File, p.Message)
	}
	return b.String()
}

// TestMadeKeys looks for every hiding place of one page in all its encodings.
func TestMadeKeys(t *testing.T) {
	dir := shareddata.Path(t, "documents", "made")
	keys, err := os.ReadFile(filepath.Join(dir, "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	invisible := strings.NewReplacer("\u200b", "", "\u00ad", "")
	for _, name := range []string{"gbk.html", "gbknodecl.html", "gbkwrong.html"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		res := parseString(t, Input{URL: "http://www.example.gov.cn/" + name}, string(data))
		kinds := make(map[string]scanner.Kind)
		list := strings.Split(strings.TrimSpace(string(keys)), "|")
		for _, key := range list {
			for _, s := range res.Segments {
				if strings.Contains(invisible.Replace(s.Text), key) {
					kinds[key] = s.Place.Kind
				}
			}
			if kinds[key] == "" {
				t.Errorf("%s: %q is missing", name, key)
			}
		}
		t.Logf("%s: %d of %d hiding places, %s", name, len(kinds), len(list), res.Charset)
		for key, want := range map[string]scanner.Kind{
			"元关键词之泄露": scanner.KindProperty, "标题之公示": scanner.KindTitle, "脚本内姓名王五": scanner.KindScript,
			"440301199001011234": scanner.KindComment, "关于公示低保名单": scanner.KindHeading, "正文第一段内容": scanner.KindBody,
			"内联隐藏之家庭住址": scanner.KindHidden, "样式类隐藏之银行卡": scanner.KindHidden, "属性隐藏之电话": scanner.KindHidden,
			"隐藏域之编号": scanner.KindForm, "图片替代文字": scanner.KindAttribute, "无脚本文字": scanner.KindHidden,
			"文本域之内容": scanner.KindForm, "下拉选项": scanner.KindForm, "矢量文字": scanner.KindBody,
		} {
			if kinds[key] != want {
				t.Errorf("%s: %q is of kind %q, want %q", name, key, kinds[key], want)
			}
		}
	}
}

// TestLabelled reads the labelled lines that are markup: what they are about
// arrives in one piece, as the right kind.
func TestLabelled(t *testing.T) {
	data, err := os.ReadFile(shareddata.Path(t, "cases", "dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ kind, text string }{
		"c032": {"body", "机密★1年"}, "c036": {"attribute", "机密★1年"}, "c037": {"comment", "秘密★5年 内部流转"},
		"c038": {"hidden", "机密★3年"}, "c072": {"body", "内部资料\u00a0注意保存"}, "c124": {"body", "330106197907059978"},
		"c147": {"body", "340123199001019977"}, "c153": {"hidden", "342427198110099987"}, "c154": {"body", "'110101198808089962"},
		"c173": {"body", "342427290101995"}, "c269": {"body", "机密★1年"}, "c280": {"attribute", "身份证正面 公民身份号码 330106197907059978"},
	}
	for line := range strings.Lines(string(data)) {
		var row struct{ ID, Text string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		w, ok := want[row.ID]
		if !ok {
			continue
		}
		delete(want, row.ID)
		found := false
		for _, s := range parseString(t, Input{Fragment: true}, row.Text).Segments {
			found = found || string(s.Place.Kind) == w.kind && s.Text == w.text
		}
		if !SniffMarkup(row.Text) || !found {
			t.Errorf("%s: markup %v, found %v: %s", row.ID, SniffMarkup(row.Text), found, row.Text)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the data: %v", want)
	}
}

func TestPagesWithoutError(t *testing.T) {
	n, bad := 0, 0
	for _, dir := range []string{shareddata.Path(t, "pages", "govcn"), shareddata.Path(t, "pages", "gbk", "immortal")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.htm*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			res := parseString(t, Input{URL: "http://www.example.gov.cn/a/b.html"}, string(data))
			n++
			for _, p := range res.Problems {
				t.Errorf("%s: %s %s", filepath.Base(name), p.Status, p.Message)
			}
			if res.Type != "html" {
				t.Errorf("%s: sniffed as %s", filepath.Base(name), res.Type)
			}
			broken := 0
			for _, s := range res.Segments {
				broken += strings.Count(s.Text, "\uFFFD")
			}
			if broken > 0 {
				bad++
				t.Logf("%s: %d U+FFFD, %s", filepath.Base(name), broken, res.Charset)
			}
		}
	}
	t.Logf("%d pages, %d with broken characters", n, bad)
}

// TestQueryEncoding has links on a GBK page: the query is in the page's
// encoding, path and fragment are not touched.
func TestQueryEncoding(t *testing.T) {
	page, err := simplifiedchinese.GBK.NewEncoder().String(`<meta charset=gbk><a href="list.asp?cname=通知公告#页">甲</a><a href="通知.html">乙</a><a href="a.asp?n=%E9%80%9A">丙</a>`)
	if err != nil {
		t.Fatal(err)
	}
	res := parseString(t, Input{URL: "http://a.gov.cn/x/"}, page)
	want := []string{
		"http://a.gov.cn/x/list.asp?cname=%CD%A8%D6%AA%B9%AB%B8%E6#页", "http://a.gov.cn/x/通知.html", "http://a.gov.cn/x/a.asp?n=%E9%80%9A",
	}
	for i, l := range res.Links {
		if i >= len(want) || l.URL != want[i] {
			t.Errorf("link %d is %q, want %q", i, l.URL, want)
		}
	}
	if len(res.Links) != len(want) {
		t.Errorf("%d links", len(res.Links))
	}
}
