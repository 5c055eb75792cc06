package document

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

func TestFileName(t *testing.T) {
	for _, c := range []struct{ address, disposition, want string }{
		{"http://a.gov.cn/f/%E9%99%84%E4%BB%B6.doc?x=1", "", "附件.doc"},
		{"http://a.gov.cn/f/%C3%FB%B5%A5.xls", "", "名单.xls"},
		{"http://a.gov.cn/", "", ""},
		{"http://a.gov.cn", "", ""},
		{"http://a.gov.cn/x/index.html#top", "", "index.html"},
		{"http://a.gov.cn/download?id=3", `attachment; filename="b.pdf"`, "b.pdf"},
		{"http://a.gov.cn/d", `attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95.xlsx`, "名单.xlsx"},
		{"http://a.gov.cn/d", "attachment; filename=\xC3\xFB\xB5\xA5.xls", "名单.xls"},
		{"http://a.gov.cn/d", `attachment; filename="=?utf-8?B?5ZCN5Y2VLnhscw==?="`, "名单.xls"},
		{"http://a.gov.cn/d", `attachment; filename="%E5%90%8D%E5%8D%95.xls"`, "名单.xls"},
		{"http://a.gov.cn/d", `attachment`, "d"},
		{"", "", ""},
		{"a/b/c.txt", "", "c.txt"},
		{"http://a.gov.cn/a%00b%0A.txt", "", "ab.txt"},
		{"http://a.gov.cn/%2e%2e/%zz.txt", "", "%zz.txt"},
	} {
		if got := FileName(c.address, c.disposition); got != c.want {
			t.Errorf("FileName(%q, %q) = %q, want %q", c.address, c.disposition, got, c.want)
		}
	}
}

func TestSniffText(t *testing.T) {
	for _, c := range []struct{ name, contentType, data, want string }{
		{"a.html", "", "<html>x", "html"},
		{"", "text/html; charset=gbk", "plain words", "html"},
		{"a.doc", "", "<html xmlns:w=\"urn:schemas-microsoft-com:office:word\"><body>x", "html"},
		{"a.xls", "", "<html><table><tr><td>x", "html"},
		{"a.xls", "", "a\tb\nc\td\n", "csv"},
		{"a.xls", "", "a,b\nc,d\n", "csv"},
		{"a.xls", "", `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, "excelml"},
		{"a.doc", "", `<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument>`, "wordml"},
		{"a.xml", "", `<?xml version="1.0"?><pkg:package xmlns:pkg="x">`, "flatopc"},
		{"a.xml", "", "<rss><channel>", "xml"},
		{"a.svg", "", "<svg xmlns='x'><text>", "svg"},
		{"a.txt", "", "<b>not a page</b>", "html"},
		{"a.txt", "", "see <b>this</b>", "text"},
		{"", "", "see <b>this</b>", "html"},
		{"", "", "1 < 2 > 0", "text"},
		{"", "", "<!-- c --><p>x", "html"},
		{"", "", "<!DOCTYPE html>", "html"},
		{"", "", "\xEF\xBB\xBF\n <HTML>", "html"},
		{"", "", "\xFF\xFE<\x00h\x00t\x00m\x00l\x00>\x00", "html"},
		{"", "", "<\x00h\x00t\x00m\x00l\x00>\x00-N\x87e", "html"},
		{"a.mht", "", "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n", "mhtml"},
		{"a.eml", "", "From: a@example.com\nTo: b@example.com\nSubject: x\n\nbody", "eml"},
		{"a.json", "", `{"a":1}`, "json"},
		{"", "", `[{"a":1}]`, "json"},
		{"", "", `[1] a footnote`, "text"},
		{"", "text/html", `{"rows":[]}`, "json"},
		{"a.md", "", "# x", "markdown"},
		{"a.csv", "", "a,b", "csv"},
		{"", "text/csv", "a;b", "csv"},
		{"a.js", "", "var a='<p>';", "script"},
		{"a.css", "", "a{}", "style"},
		{"", "", "{\\rtf1 x", "rtf"},
		{"", "", "%PDF-1.4", "pdf"},
		{"a.docx", "", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 broken", "ole"},
		{"a.txt", "", "\xBB\xFA\xC3\xDC", "text"},
		{"a.txt", "", "-N\x87e(W\xB9\x8f\x0c\xFF-N\xFDV\x0c\xFF", "text"}, // UTF-16 without a mark
		{"", "", "GIF89a....", "gif"},
		{"", "", "\x00\x01\x02\x03\x04\x05\x06\x07\x08binary", "unknown"},
	} {
		f := &file{tree: &tree{res: &Result{}}, name: c.name, contentType: c.contentType, data: strings.NewReader(c.data), size: int64(len(c.data))}
		if got, _ := sniff(f); got != c.want {
			t.Errorf("%q %q %.40q is %s, want %s", c.name, c.contentType, c.data, got, c.want)
		}
	}
}

func TestSniffMarkup(t *testing.T) {
	for text, want := range map[string]bool{
		"<b>机</b>密": true, "机&#23494;": true, "&#x5BC6;": true, "<!-- x -->": true, "</p>": true, "a<br/>b": true, "<IMG SRC=x>": true,
		"": false, "a < b": false, "<姓名>": false, "<b": false, "&nbsp": false, "AT&T": false, "&#;": false, "<xyz>": false, "a<b>c": true,
		"List<String>": false,
	} {
		if got := SniffMarkup(text); got != want {
			t.Errorf("SniffMarkup(%q) = %v, want %v", text, got, want)
		}
	}
}

// TestStatuses has an input for every outcome the core reports by itself.
func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       scanner.Status
	}{
		{"empty.txt", "", scanner.StatusEmpty},
		{"blank.txt", " \n\t\n", scanner.StatusEmpty},
		{"a.bin", "\x00\x01\x02\x03\x04\x05", scanner.StatusUnsupported},
		{"a.mp3", "ID3\x03\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04", scanner.StatusUnsupported},
		{"winmail.dat", "\x78\x9F\x3E\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00", scanner.StatusPartial},
		{"prose.txt", "begin 2024 well\nthis is no encoded file\n", scanner.StatusOK},
		{"ok.txt", "文字", scanner.StatusOK},
	} {
		res := parseString(t, Input{Name: c.name}, c.data)
		got := scanner.StatusOK
		if len(res.Problems) > 0 {
			got = res.Problems[0].Status
			if res.Problems[0].File != c.name {
				t.Errorf("%s: the problem names %q", c.name, res.Problems[0].File)
			}
		}
		if got != c.want || len(res.Problems) > 1 {
			t.Errorf("%s: %s %v, want %s", c.name, got, res.Problems, c.want)
		}
		if len(res.Segments) == 0 || res.Segments[0].Place.Kind != scanner.KindFilename || res.Segments[0].Text != c.name {
			t.Errorf("%s: its name is not the first segment: %v", c.name, res.Segments)
		}
	}
}

// failing is a file whose disk dies.
type failing struct{ after int64 }

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.after {
		return 0, errors.New("input/output error")
	}
	n := copy(p, bytes.Repeat([]byte("字"), len(p)/3))
	return n, nil
}

func TestUnreadable(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Parse(t.Context(), Input{Name: "a.txt", Data: failing{}, Size: 1000})
	if err != nil || len(res.Problems) != 1 || res.Problems[0].Status != scanner.StatusDamaged {
		t.Errorf("%v, %v", res.Problems, err)
	}
	if _, err := p.Parse(t.Context(), Input{Name: "a.txt"}); err == nil {
		t.Error("an input without data is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Parse(ctx, Input{Data: strings.NewReader("x"), Size: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		data   string
		want   scanner.Status
	}{
		{"segments", Limits{Segments: 3}, "<p>a<p>b<p>c<p>d<p>e", scanner.StatusLimit},
		{"time", Limits{Time: time.Millisecond}, strings.Repeat("<p>a", 1_000_000), scanner.StatusTimeout},
	} {
		p, err := New(Config{Limits: c.limits})
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Parse(t.Context(), Input{ContentType: "text/html", Data: strings.NewReader(c.data), Size: int64(len(c.data))})
		if err != nil || len(res.Problems) != 1 || res.Problems[0].Status != c.want {
			t.Errorf("%s: %v, %v", c.name, res.Problems, err)
		}
	}
	if _, err := New(Config{Limits: Limits{Depth: -1}}); err == nil {
		t.Error("a negative limit is no error")
	}
}

// TestLongText reads text far longer than a segment: every line arrives, in
// order, with its number, and no mark is cut.
func TestLongText(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		b.WriteString("第一行文字\r\n")
		if i%1000 == 999 {
			b.WriteString("机密★1年\r\n")
		}
	}
	b.WriteString(strings.Repeat("没有换行的长文本，身份证号330106197907059978，", 100_000))
	text := b.String()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	marks, ids, total, next := 0, 0, 0, 0
	_, err = p.Walk(t.Context(), Input{Name: "a.txt", Data: strings.NewReader(text), Size: int64(len(text))}, func(s scanner.Segment) error {
		if s.Place.Kind == scanner.KindFilename {
			return nil
		}
		if len(s.Text) > textSegment {
			t.Errorf("segment of %d bytes", len(s.Text))
		}
		if s.Place.Line < next {
			t.Errorf("line %d after line %d", s.Place.Line, next)
		}
		next = s.Place.Line
		marks += strings.Count(s.Text, "机密★1年")
		ids += strings.Count(s.Text, "330106197907059978")
		total += len(strings.ReplaceAll(s.Text, "\r\n", ""))
		return nil
	})
	if err != nil || marks != 60 || ids != 100_000 || total != len(strings.ReplaceAll(text, "\r\n", "")) {
		t.Errorf("%d marks, %d numbers, %d of %d bytes, %v", marks, ids, total, len(strings.ReplaceAll(text, "\r\n", "")), err)
	}
}

// huge is a text file of any size that takes no memory.
type huge struct{ size int64 }

const hugeLine = "第一行文字，身份证号330106197907059978。\n"

func (h huge) ReadAt(p []byte, off int64) (int, error) {
	if off >= h.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), h.size-off))
	for i := 0; i < n; {
		i += copy(p[i:n], hugeLine[(off+int64(i))%int64(len(hugeLine)):])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestHugeText(t *testing.T) {
	size := int64(len(hugeLine)) * 1_300_000 // more than textWhole
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	count, last := int64(0), 0
	res, err := p.Walk(t.Context(), Input{Name: "a.log", Data: huge{size}, Size: size}, func(s scanner.Segment) error {
		count += int64(strings.Count(s.Text, "330106197907059978"))
		last = s.Place.Line
		return nil
	})
	if err != nil || len(res.Problems) > 0 || count != size/int64(len(hugeLine)) || last < int(count)-3000 {
		t.Errorf("%d numbers, last segment at line %d, %v, %v", count, last, res.Problems, err)
	}
}

// TestFoundPages reads the web pages among the documents found elsewhere.
func TestFoundPages(t *testing.T) {
	for name, want := range map[string][]string{
		"gb2312.html":      {"搜狐在线国庆免费大酬宾", "上网魔力宝贝免费玩", "网费天天最低"},
		"big5-nodecl.html": {"台北看守所昨天抽查前總統陳水扁的房舍", "，引來扁的強烈不滿。扁指所方利用他離", "舍會客時對他翻箱倒櫃，懷疑是來刺探他"},
	} {
		data, err := os.ReadFile(filepath.Join(shareddata.Path(t, "documents", "found"), name))
		if err != nil {
			t.Fatal(err)
		}
		res := parseString(t, Input{Name: name}, string(data))
		all := strings.Map(func(r rune) rune {
			if r == ' ' || r == '\n' || r == '\u00A0' || r == '\u3000' {
				return -1
			}
			return r
		}, dump(res))
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s (%s): %q is missing", name, res.Charset, w)
			}
		}
	}
}

func TestNames(t *testing.T) {
	n := newNames(tagOf)
	for name, want := range tagOf {
		if got, ok := n.get(name); !ok || got != want {
			t.Errorf("%q is %v, %v, want %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "x", "divv", "tableau", "某"} {
		if _, ok := n.get(name); ok {
			t.Errorf("%q is known", name)
		}
	}
}
