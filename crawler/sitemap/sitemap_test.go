package sitemap

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func collect(r io.Reader, l Limits) (string, Stats, error) {
	var out []string
	stats, err := Parse(r, l, func(e Entry) error {
		s := string(e.Kind) + " " + e.Loc
		if !e.LastMod.IsZero() {
			s += " " + e.LastMod.UTC().Format(time.DateOnly)
		}
		out = append(out, s)
		return nil
	})
	return strings.Join(out, "\n"), stats, err
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func utf16(s string) string {
	out, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	return out
}

func gbk(s string) string {
	out, _ := simplifiedchinese.GBK.NewEncoder().String(s)
	return out
}

const urlset = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE urlset [<!ENTITY x "boom>">]>
<!-- <url><loc>http://h/comment</loc></url> -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://h/1?a=1&amp;b=2 </loc><lastmod>2026-11-01</lastmod><priority>0.5</priority></url>
<url><loc><![CDATA[http://h/2?a=1&b=2]]></loc><lastmod>2026-11-02T10:00:00+08:00</lastmod>
<image:image><image:loc>http://h/2.jpg</image:loc></image:image></url>
<url><loc>http://h/3?a=1&copy=2</loc><xhtml:link rel="alternate" hreflang="en" href="http://h/en/3?x&#61;1"/></url>
</urlset>`

const urlsetWant = `page http://h/1?a=1&b=2 2026-11-01
page http://h/2?a=1&b=2 2026-11-02
asset http://h/2.jpg 2026-11-02
page http://h/en/3?x=1
page http://h/3?a=1&copy=2`

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, in, want string
		format         Format
		err            error
	}{
		{"urlset", urlset, urlsetWant, FormatURLSet, nil},
		{"gzip", zip(urlset), urlsetWant, FormatURLSet, nil},
		{"gzip twice", zip(zip(urlset)), urlsetWant, FormatURLSet, nil},
		{"byte order mark", "\xef\xbb\xbf" + urlset, urlsetWant, FormatURLSet, nil},
		{"UTF-16", utf16(urlset), urlsetWant, FormatURLSet, nil},
		{"prefixed", `<sm:urlset><sm:url><sm:loc>http://h/1</sm:loc></sm:url></sm:urlset>`, "page http://h/1", FormatURLSet, nil},
		{"GBK", gbk(`<?xml version="1.0" encoding="gb2312"?><urlset><url><loc>http://h/通知.html</loc></url></urlset>`), "page http://h/通知.html", FormatURLSet, nil},
		{"index", `<sitemapindex><sitemap><loc>http://h/a.xml.gz</loc><lastmod>2026</lastmod></sitemap><sitemap><loc>b.xml</loc></sitemap></sitemapindex>`,
			"sitemap http://h/a.xml.gz 2026-01-01\nsitemap b.xml", FormatIndex, nil},
		{"location without element", `<sitemapindex><sitemap>
 http://h/a.jss?x=1&amp;lang=en </sitemap><sitemap>nothing</sitemap></sitemapindex>`, "sitemap http://h/a.jss?x=1&lang=en", FormatIndex, nil},
		{"text", "http://h/1\r\nHTTPS://h/2\n\n# note\nhttp://h/通知\n", "page http://h/1\npage HTTPS://h/2\npage http://h/通知", FormatText, nil},
		{"text with noise", "http://h/1\nhello\nhttp://h/2", "page http://h/1\npage http://h/2", FormatText, ErrDamaged},
		{"rss", `<rss version="2.0"><channel><title>t</title><link>http://h/</link><atom:link rel="next" href="http://h/rss?p=2"/>
<item><title>通知</title><link>http://h/1</link><guid>http://h/g1</guid><pubDate>Mon, 02 Nov 2026 08:00:00 +0800</pubDate><enclosure url="http://h/1.pdf" type="application/pdf"/></item>
<item><guid isPermaLink="true">http://h/2</guid></item></channel></rss>`,
			"sitemap http://h/rss?p=2\npage http://h/1 2026-11-02\nasset http://h/1.pdf 2026-11-02\npage http://h/2", FormatRSS, nil},
		{"atom", `<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://h/"/><link rel='next' href='?p=2'/>
<entry><id>tag:1</id><link rel="self" href="http://h/self"/><link href="http://h/1"/><link rel="enclosure" href="http://h/1.doc"/><published>2026-10-01T00:00:00Z</published><updated>2026-11-01T00:00:00Z</updated><content type="html">&lt;b&gt;</content></entry></feed>`,
			"sitemap ?p=2\npage http://h/1 2026-11-01\nasset http://h/1.doc 2026-11-01", FormatAtom, nil},
		{"rss 1.0", `<rdf:RDF><channel/><item rdf:about="http://h/1"><link>http://h/1</link><dc:date>2026-11-01</dc:date></item></rdf:RDF>`, "page http://h/1 2026-11-01", FormatRSS, nil},

		{"cut in the file", urlset[:strings.Index(urlset, "<image:image>")], "page http://h/1?a=1&b=2 2026-11-01\npage http://h/2?a=1&b=2 2026-11-02", FormatURLSet, ErrDamaged},
		{"cut in a location", urlset[:strings.Index(urlset, "h/2?")+3], "page http://h/1?a=1&b=2 2026-11-01", FormatURLSet, ErrDamaged},
		{"cut in the gzip", zip(urlset)[:len(zip(urlset))-12], "", "", ErrDamaged},
		{"items not closed", `<urlset><url><loc>http://h/1</loc><url><loc>http://h/2</loc></urlset>`, "page http://h/1\npage http://h/2", FormatURLSet, nil},
		{"tags not closed", `<urlset><url><loc>http://h/1</url><url><loc>http://h/2</loc></url></urlset>`, "page http://h/1\npage http://h/2", FormatURLSet, nil},
		{"stray end tag", `<urlset></p><url><loc>http://h/1</loc></url></urlset>`, "page http://h/1", FormatURLSet, nil},
		{"no entries", "<urlset/>", "", FormatURLSet, nil},
		{"HTML", `<!DOCTYPE html><html><body>404</body></html>`, "", "", ErrFormat},
		{"prose", "not found\n", "", "", ErrFormat},
		{"empty", " \n", "", "", ErrFormat},
		{"no element", "<?xml version='1.0'?>", "", "", ErrFormat},
		{"deep", "<urlset>" + strings.Repeat("<a>", 1000), "", FormatURLSet, ErrDamaged},
		{"endless tag", "<urlset><url a='" + strings.Repeat("x", 1<<20), "", FormatURLSet, ErrDamaged},
	} {
		got, stats, err := collect(strings.NewReader(tc.in), Limits{})
		if tc.name == "cut in the gzip" {
			// How much a decompressor gives before the cut is its own affair.
			got, stats.Format = "", ""
		}
		if got != tc.want || stats.Format != tc.format || !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("%s: format %q, error %v, got\n%s\nwant\n%s", tc.name, stats.Format, err, got, tc.want)
		}
		again, _, _ := collect(iotest.OneByteReader(strings.NewReader(tc.in)), Limits{})
		if tc.name != "cut in the gzip" && again != got {
			t.Errorf("%s: byte by byte it gives\n%s", tc.name, again)
		}
	}
}

func TestLimits(t *testing.T) {
	in := "<urlset>" + strings.Repeat("<url><loc>http://h/1</loc></url>", 100) + "</urlset>"
	for _, tc := range []struct {
		l    Limits
		want int
		err  error
	}{
		{Limits{MaxEntries: 100}, 100, nil},
		{Limits{MaxEntries: 99}, 99, ErrLimit},
		{Limits{MaxBytes: int64(len(in))}, 100, nil},
		{Limits{MaxBytes: int64(len(in)) - 1}, 100, ErrLimit},
		{Limits{MaxBytes: 200}, 6, ErrLimit},
	} {
		_, stats, err := collect(strings.NewReader(in), tc.l)
		if stats.Entries != tc.want || !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("%+v: %+v, %v", tc.l, stats, err)
		}
	}
	stop := errors.New("stop")
	if _, err := Parse(strings.NewReader(in), Limits{}, func(Entry) error { return stop }); err != stop {
		t.Errorf("yield's error came back as %v", err)
	}
}

// TestBomb holds a small file that unpacks to a large one in little memory.
func TestBomb(t *testing.T) {
	bomb := zip("<urlset><url><loc>" + strings.Repeat("a", 4<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, stats, err := collect(strings.NewReader(bomb), Limits{MaxBytes: 3 << 20})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrLimit) || stats.Bytes != 3<<20 {
		t.Errorf("%+v, %v", stats, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes allocated for a file of %d", used, len(bomb))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(urlset))
	f.Add([]byte(zip(urlset)))
	f.Add([]byte(utf16(urlset)))
	f.Add([]byte("http://h/1\nhttp://h/2"))
	f.Add([]byte(`<feed><entry><link rel="next" href="&#x110000;&#0;"/></entry></feed>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		stats, err := Parse(bytes.NewReader(b), Limits{MaxEntries: 100, MaxBytes: 1 << 16}, func(e Entry) error {
			if n++; e.Loc == "" || e.Loc != strings.TrimSpace(e.Loc) {
				return fmt.Errorf("location %q", e.Loc)
			}
			return nil
		})
		if n != stats.Entries || n > 100 || stats.Bytes > 1<<16 {
			t.Fatalf("%d entries, %+v", n, stats)
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	in := "<urlset>" + strings.Repeat("<url><loc>http://www.example.gov.cn/art/2024/5/12/art_1234_56789.html</loc><lastmod>2026-11-01</lastmod></url>\n", 10000) + "</urlset>"
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(strings.NewReader(in), Limits{}, func(Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParseTime(t *testing.T) {
	for _, s := range []string{
		"2017-01-05", "2017-01-05T13:34:51+08:00", "2017-01-05T13:34Z", "2017-01-05 13:34:51", "2017/1/5", "2017年1月5日",
		"Thu, 05 Jan 2017 13:34:51 +0100", "Thu, 05 Jan 17 13:34:52 +0100", "05 Jan 2017 13:34:53 +0100", "5 Jan 17 13:34:54 GMT", "05 Jan 17 13:34:55",
	} {
		if got := parseTime(s); got.Format(time.DateOnly) != "2017-01-05" {
			t.Errorf("parseTime(%q) = %v", s, got)
		}
	}
	if got := parseTime("soon"); !got.IsZero() {
		t.Errorf("soon is %v", got)
	}
}
