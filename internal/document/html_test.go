package document

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func TestMadeKeys(t *testing.T) {
	dir := shareddata.Path(t, "documents", "made")
	keys, err := os.ReadFile(filepath.Join(dir, "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"w.html", "gbk.html", "gbknodecl.html", "gbkwrong.html", "deep.html"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		res := parseString(t, Input{URL: "http://example.gov.cn/" + name}, string(data))
		all := ""
		for _, s := range res.Segments {
			all += s.Text + "\n"
		}
		all = strings.ReplaceAll(all, "\u200b", "")
		missing := 0
		for _, key := range strings.Split(strings.TrimSpace(string(keys)), "|") {
			if !strings.Contains(all, key) {
				missing++
				t.Logf("%s: %q is missing", name, key)
			}
		}
		t.Log(name, res.Type, res.Charset, missing, len(res.Segments))
		if os.Getenv("DUMP") == name {
			t.Log("\n" + dump(res))
		}
		_ = scanner.KindBody
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
