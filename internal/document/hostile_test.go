package document

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"prescreen/scanner"
)

// TestHostile reads pages made to be slow or to break a parser. Each is read
// within seconds, in time that grows with its size, and its text is found.
func TestHostile(t *testing.T) {
	const mark = "机密★1年"
	repeat := func(s string, size int) string { return strings.Repeat(s, size/len(s)) }
	const mb = 1 << 20
	for name, page := range map[string]string{
		"one tag":                "<div " + repeat("a", 2*mb) + ">" + mark,
		"one attribute":          `<div title="` + repeat("字", 2*mb) + `">` + mark,
		"attributes":             repeat("<div "+repeat("a=b ", mb)+">", 2*mb) + mark,
		"open tags":              repeat("<div>", mb) + mark,
		"open inline tags":       repeat("<b>", mb) + mark + repeat("</b>", mb),
		"open unknown tags":      repeat("<x-y>", mb) + mark + repeat("</z>", mb),
		"end tags":               repeat("</div>", mb) + mark,
		"font without end":       repeat("<font color=red>字", mb) + mark,
		"misnested":              repeat("<b><p></b>", mb) + mark,
		"crossing":               repeat("<font><div></font>", 2*mb) + repeat("</div></font>", 2*mb) + mark,
		"tables in tables":       repeat("<table><tr><td>", 2*mb) + mark,
		"cells":                  "<table>" + repeat("<td>字", mb) + mark,
		"wide spans":             "<table>" + repeat("<tr><td colspan=1000 rowspan=1000>字", mb) + mark,
		"lists":                  repeat("<ul><li>", mb) + mark,
		"paragraphs in spans":    repeat("<p><span>", mb) + mark,
		"comments":               repeat("<!---->", mb) + mark,
		"dashes in a comment":    "<!--" + repeat("--", mb) + "-->" + mark,
		"open comments":          repeat("<!-- ", mb) + mark,
		"comment with tags":      "<!--" + repeat("<b>", mb) + "-->" + mark,
		"open quotes":            repeat(`<a b="`, mb) + mark,
		"open single quotes":     repeat(`<a b='>`, mb) + mark,
		"mixed quotes":           repeat(`<a b='"><a c="'>`, mb) + mark,
		"less than":              repeat("<", mb) + mark,
		"ampersands":             repeat("&", mb) + mark,
		"entities":               repeat("&amp;#x26;", mb) + mark,
		"long entity":            "&#" + repeat("9", mb) + ";" + mark,
		"scripts":                repeat("<script>", mb) + mark,
		"script comments":        "<script>" + repeat("/* ", mb) + mark,
		"script quotes":          "<script>" + repeat(`"`, mb) + mark,
		"script slashes":         "<script>" + repeat(`=/`, mb) + mark,
		"script markup":          "<script>" + repeat(`"<p>字",`, 2*mb) + mark,
		"script backslashes":     "<script>" + repeat(`\`, mb) + mark,
		"script plus":            "<script>" + repeat(`"a"+`, mb) + mark,
		"styles":                 repeat("<style>.a{display:none}</style>", mb) + mark,
		"style rules":            "<style>" + repeat(".a{", mb) + "</style>" + mark,
		"style commas":           "<style>" + repeat(".a,", mb) + "{display:none}</style>" + mark,
		"style attributes":       repeat(`<i style="color:#fff;a:b">`, mb) + mark,
		"classes":                `<style>.q{display:none}</style><p class="` + repeat("hide ", mb) + `">` + mark,
		"links":                  repeat(`<a href="x.html">字</a>`, mb) + mark,
		"dots":                   `<a href="` + repeat("../a/", mb) + `">` + mark,
		"srcset":                 `<img srcset="` + repeat("a 1x,", mb) + `">` + mark,
		"srcdoc in srcdoc":       nestedSrcdoc(12, mark),
		"whitespace":             repeat(" \n", mb) + mark,
		"spaces in a paragraph":  "<p>" + repeat("字 ", mb) + mark,
		"breaks":                 repeat("<br>", mb) + mark,
		"NUL":                    "<p>" + repeat("字符\x00", mb) + mark,
		"selects":                repeat("<select><option>", mb) + mark,
		"templates":              repeat("<template>", mb) + mark,
		"noscript":               repeat("<noscript><div>", mb) + mark,
		"svg":                    repeat("<svg><title>", mb) + mark,
		"paging":                 "<script>createPageHTML(2000000000, 0, 'index', 'html');</script>" + mark,
		"many paging":            "<script>" + repeat("createPageHTML(99999,0,'i','html');", mb) + "</script>" + mark,
		"data addresses":         repeat(`<img src="data:text/html,<p>字">`, mb) + mark,
		"text with addresses":    "<p>" + repeat("http://a.gov.cn/x ", 2*mb) + mark,
		"plaintext":              "<plaintext>" + repeat("<", mb) + mark,
		"cdata":                  repeat("<![CDATA[", mb) + mark,
		"processing instruction": repeat("<?", mb) + mark,
		"doctype":                repeat("<!doctype ", mb) + mark,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := New(Config{})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			found := false
			var seen string
			res, err := p.Walk(ctx, Input{ContentType: "text/html; charset=utf-8", URL: "http://a.gov.cn/", Data: strings.NewReader(page), Size: int64(len(page))},
				func(s scanner.Segment) error {
					seen = s.Text
					found = found || strings.Contains(s.Text, mark)
					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
			if !found {
				t.Errorf("its text is not found; last segment %.80q, %d links, problems %v", seen, len(res.Links), res.Problems)
			}
			if d := time.Since(start); d > 2*time.Minute { // a guard against hanging, not a figure
				t.Errorf("took %v", d)
			} else if testing.Verbose() {
				t.Logf("%.1f MB in %v", float64(len(page))/mb, d.Round(time.Millisecond))
			}
		})
	}
}

func nestedSrcdoc(depth int, text string) string {
	page := text
	for range depth {
		page = strings.ReplaceAll(page, "&", "&amp;")
		page = `<iframe srcdoc="` + strings.ReplaceAll(page, `"`, "&quot;") + `"></iframe>`
	}
	return page
}

// TestDeep has a page nested deeper than parsers that build a tree allow.
func TestDeep(t *testing.T) {
	page := strings.Repeat("<div>", 1000) + "<p style='display:none'>隐藏</p><p>可见</p>" + strings.Repeat("</div>", 1000) + "<p>末尾</p>"
	got := dump(parseString(t, Input{ContentType: "text/html"}, page))
	for _, want := range []string{`hidden "隐藏"`, `body "可见"`, `body "末尾"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestManyLinks(t *testing.T) {
	page := strings.Repeat(`<li><a href="/a.html">甲</a></li>`, 100_000)
	res := parseString(t, Input{ContentType: "text/html", URL: "http://a.gov.cn/"}, page)
	blocks := 0
	for _, s := range res.Segments {
		blocks += strings.Count(s.Text, "甲")
	}
	if len(res.Links) != 100_000 || blocks != 100_000 {
		t.Errorf("%d links, %d blocks", len(res.Links), blocks)
	}
}

// TestManyBlocks has more blocks than any page: none is lost, and they do not
// cost a segment each.
func TestManyBlocks(t *testing.T) {
	res := parseString(t, Input{ContentType: "text/html"}, strings.Repeat("<p>字", 300_000)+"<h1>末</h1>")
	n := 0
	for _, s := range res.Segments {
		n += strings.Count(s.Text, "字")
	}
	last := res.Segments[len(res.Segments)-1]
	if n != 300_000 || len(res.Segments) > 60_000 || last.Text != "末" || last.Place.Kind != scanner.KindHeading {
		t.Errorf("%d blocks in %d segments, the last is %+v", n, len(res.Segments), last)
	}
}

// TestManyValues has more cells and values than are told apart: the rest is
// read as text.
func TestManyValues(t *testing.T) {
	const n = 1_100_000
	for name, data := range map[string]string{
		"a.csv":  "甲,乙\n" + strings.Repeat("字,1\n", n/2) + "字,末\n",
		"a.json": "[" + strings.Repeat(`"字",`, n) + `"末"]`,
		"a.xml":  "<a>" + strings.Repeat("<b>字</b>", n) + "<b>末</b></a>",
	} {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		count, segments, last := 0, 0, ""
		_, err = p.Walk(t.Context(), Input{Name: name, Data: strings.NewReader(data), Size: int64(len(data))}, func(s scanner.Segment) error {
			count += strings.Count(s.Text, "字")
			segments++
			last = s.Text
			return nil
		})
		if err != nil || count != strings.Count(data, "字") || segments > 1_050_000 || !strings.Contains(last, "末") {
			t.Errorf("%s: %d of %d values in %d segments, last %.20q, %v", name, count, strings.Count(data, "字"), segments, last, err)
		}
	}
}

// TestLongNames has names as long as the file: they must not be copied for
// every value below them.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("长", 300_000)
	for name, data := range map[string]string{
		"a.json":    `{"` + long + `":[` + strings.Repeat(`{"k":1},`, 100_000) + `"末"]}`,
		"deep.json": strings.Repeat(`{"`+long[:600]+`":`, 490) + `[` + strings.Repeat(`1,`, 100_000) + `"末"` + `]` + strings.Repeat("}", 490),
		"a.xml":     "<" + long + ">" + strings.Repeat("<b>字</b>", 100_000) + "<c>末</c></" + long + ">",
		"deep.xml":  "<a>" + strings.Repeat("<"+long[:600]+">", 1000) + strings.Repeat("<b>字</b>", 100_000) + "<c>末</c>",
		"a.html":    "<html><" + long + ">" + strings.Repeat("<p>字", 100_000) + "<p>末",
		"b.html":    "<html><p " + long + "=末 " + strings.Repeat("title=x ", 10_000) + ">",
	} {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		found, paths := false, 0
		_, err = p.Walk(t.Context(), Input{Name: name, Data: strings.NewReader(data), Size: int64(len(data))}, func(s scanner.Segment) error {
			found = found || strings.Contains(s.Text, "末")
			paths += len(s.Place.XPath)
			return nil
		})
		if err != nil || !found || paths > 300<<20 {
			t.Errorf("%s: found %v, %d MB of paths, %v", name, found, paths>>20, err)
		}
	}
}

// FuzzMarkup reads anything as every format of this file's kin.
func FuzzMarkup(f *testing.F) {
	f.Add("<table><tr><td>机<b>密</b><!-- x --><script>var a='<p>\\u673a';</script>", uint8(0))
	f.Add(`{"a":[1,{"b":"<p>x"}]}`, uint8(1))
	f.Add("<a b='c'>x<d/>y</a><![CDATA[<i>]]>", uint8(2))
	f.Add("a,\"b\n\"\"c\",d\n1;2;3", uint8(3))
	f.Add("一\r\n二\r三\n", uint8(4))
	f.Add("location.href=\"/a\"+'.html'; createPageHTML(3,1,'a','html')", uint8(5))
	f.Add("<style>.a{display:none}</style><p class=a style='color:#fff;background:rgb(255,255,255)'>x<iframe srcdoc='&lt;p>y'>", uint8(0))
	names := []string{"a.html", "a.json", "a.xml", "a.csv", "a.txt", "a.js", "a.css", "a.md"}
	p, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data string, kind uint8) {
		in := Input{Name: names[int(kind)%len(names)], URL: "http://a.gov.cn/x/", Data: strings.NewReader(data), Size: int64(len(data)), Fragment: kind >= 128}
		res, err := p.Parse(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range res.Segments {
			if !utf8.ValidString(s.Text) || isBlank(s.Text) {
				t.Fatalf("bad segment %+v", s)
			}
			if s.Table > 0 && (s.Row < 1 || s.Col < 1) {
				t.Fatalf("cell without a place: %+v", s)
			}
		}
		for _, pr := range res.Problems {
			if strings.Contains(pr.Message, "gave up") {
				t.Fatalf("panic: %+v", pr)
			}
		}
	})
}
