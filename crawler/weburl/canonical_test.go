package weburl

import (
	"errors"
	"strings"
	"testing"
)

func newTest(t testing.TB, o Options) *Canonicalizer {
	t.Helper()
	c, err := NewCanonicalizer(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCanonical(t *testing.T) {
	plain := newTest(t, Options{})
	sorted := newTest(t, Options{SortQuery: true, Drop: []string{"_T", "rnd*"}, Keep: []string{"spm"}})
	bare := newTest(t, Options{DropQuery: true, Keep: []string{"id"}})
	for _, tc := range []struct {
		c        *Canonicalizer
		in, want string
	}{
		{plain, "HTTP://WWW.Example.GOV.cn:80", "http://www.example.gov.cn/"},
		{plain, "https://a.example:443/x#top", "https://a.example/x"},
		{plain, "https://a.example:80/x", "https://a.example:80/x"},
		{plain, "http://a.example./x", "http://a.example/x"},
		{plain, "http://a.example:080/x", "http://a.example/x"},
		{plain, "http://user:pw@a.example/x", "http://a.example/x"},
		{plain, "http://a.example/a/./b/../c//d/%2e%2E/e", "http://a.example/a/c//e"},
		{plain, "http://a.example/..", "http://a.example/"},
		{plain, `http:\\a.example\a\b`, "http://a.example/a/b"},
		{plain, " http://a.example/a b\t\n", "http://a.example/a%20b"},
		{plain, "http://a.example/通知.html?q=公告", "http://a.example/%E9%80%9A%E7%9F%A5.html?q=%E5%85%AC%E5%91%8A"},
		{plain, "http://a.example/%e9%80%9a%7e%41", "http://a.example/%E9%80%9A~A"},
		{plain, "http://a.example/100%", "http://a.example/100%25"},
		{plain, "http://a.example/%%34%31", "http://a.example/%2541"},
		{plain, "http://a.example/a[1]|^`{}.pdf?x[y]=1|^`{}\\", "http://a.example/a%5B1%5D%7C%5E%60%7B%7D.pdf?x%5By%5D=1%7C%5E%60%7B%7D%5C"},
		{plain, "http://a.example/x?", "http://a.example/x"},
		{plain, "http://a.example/x?&&a=1&", "http://a.example/x?a=1"},
		{plain, "http://a.example/x?b=2&a=1&utm_source=wx&UTM_medium=q&spm=a.1.2", "http://a.example/x?b=2&a=1"},
		{plain, "http://a.example/x?utm_source=wx", "http://a.example/x"},
		{plain, "http://a.example/x;JSESSIONID=12AB.node1?a=1", "http://a.example/x?a=1"},
		{plain, "http://a.example/x;v=1;jsessionid=12/y;z", "http://a.example/x;v=1/y;z"},
		{plain, "http://a.example/a/..;jsessionid=1/b", "http://a.example/b"},
		{plain, "http://a.example/x?jsessionid=1&PHPSESSID=2&ASPSESSIONIDQQ=3&id=4", "http://a.example/x?id=4"},
		{plain, "http://a.example/x?sid=12", "http://a.example/x?sid=12"},
		{plain, "http://中国.example/", "http://xn--fiqs8s.example/"},
		{plain, "http://0x7f.1/", "http://127.0.0.1/"},
		{plain, "http://[2001:DB8::0:1]:8080/x", "http://[2001:db8::1]:8080/x"},
		{bare, "http://a.example/x?a=1&b=2", "http://a.example/x"},
		{bare, "http://a.example/x?a=1&ID=2", "http://a.example/x?ID=2"},
		{sorted, "http://a.example/x?b=2&a=2&_t=9&a=1&RND12=3&spm=1", "http://a.example/x?a=2&a=1&b=2&spm=1"},
	} {
		got, err := tc.c.Canonical(tc.in)
		if err != nil || got != tc.want {
			t.Errorf("Canonical(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			continue
		}
		if again, err := tc.c.Canonical(got); err != nil || again != got {
			t.Errorf("Canonical(%q) = %q, %v: not stable", got, again, err)
		}
	}
}

func TestCanonicalErrors(t *testing.T) {
	c := newTest(t, Options{MaxLength: 100})
	for in, want := range map[string]error{
		"mailto:a@example.org": ErrScheme,
		"javascript:void(0)":   ErrScheme,
		"ftp://a.example/x":    ErrScheme,
		"":                     ErrSyntax,
		"/no/base":             ErrSyntax,
		"http://":              ErrSyntax,
		"http://./":            ErrSyntax,
		"http://a b/":          ErrSyntax,
		"http://1.2.3.4.5/":    ErrSyntax,
		"http://a.example/" + strings.Repeat("x", 84):    ErrTooLong,
		"http://a.example/" + strings.Repeat("x", 99999): ErrTooLong,
	} {
		if got, err := c.Canonical(in); !errors.Is(err, want) {
			t.Errorf("Canonical(%.40q) = %q, %v; want %v", in, got, err, want)
		}
	}
	for _, o := range []Options{{MaxLength: -1}, {Drop: []string{"*"}}, {Keep: []string{"a=b"}}, {Drop: []string{"a*b"}}} {
		if _, err := NewCanonicalizer(o); err == nil {
			t.Errorf("NewCanonicalizer(%+v): want an error", o)
		}
	}
}

func TestResolve(t *testing.T) {
	c := newTest(t, Options{})
	base, err := Parse("http://www.example.gov.cn/zwgk/zcwj/index.html?p=1")
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"../tz/t2024_1.htm":    "http://www.example.gov.cn/zwgk/tz/t2024_1.htm",
		"./a.doc":              "http://www.example.gov.cn/zwgk/zcwj/a.doc",
		"//img.example.cn/a":   "http://img.example.cn/a",
		"?p=2":                 "http://www.example.gov.cn/zwgk/zcwj/index.html?p=2",
		"#top":                 "http://www.example.gov.cn/zwgk/zcwj/index.html?p=1",
		"":                     "http://www.example.gov.cn/zwgk/zcwj/index.html?p=1",
		"http:a.htm":           "http://www.example.gov.cn/zwgk/zcwj/a.htm",
		`\attach\附件.xls`:       "http://www.example.gov.cn/attach/%E9%99%84%E4%BB%B6.xls",
		"https:\\\\b.example":  "https://b.example/",
		"http://a.example/x#y": "http://a.example/x",
	} {
		u, err := Resolve(base, ref)
		if err != nil {
			t.Errorf("Resolve(%q): %v", ref, err)
			continue
		}
		if got, err := c.CanonicalURL(u); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", ref, got, err, want)
		}
	}
}

func TestHostKey(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.example/x":         "a.example",
		"https://a.example:8443/x?y": "a.example:8443",
		"http://[::1]:80/":           "[::1]:80",
		"nonsense":                   "",
	} {
		if got := HostKey(in); got != want {
			t.Errorf("HostKey(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"http://a.example/x?b=1&a=%e4#f", "https://A.example:443/./%2e%2e/;jsessionid=1", "//x", "http://0x1.2/",
		"http://[::ffff:1.2.3.4]/", "http://a.example/%%34%31?%%34%31=1", "http://a/..;sid=1/.;sid=2", "http://a:0/?%75tm_x=1",
	} {
		f.Add(s)
	}
	plain := newTest(f, Options{})
	sorted := newTest(f, Options{SortQuery: true})
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := Parse(raw)
		if err != nil {
			return
		}
		again, err := Parse(u.Href())
		if err != nil || again.Href() != u.Href() {
			t.Fatalf("Parse(%q) = %q, which parses to %v, %v", raw, u.Href(), again, err)
		}
		for _, c := range []*Canonicalizer{plain, sorted} {
			got, err := c.CanonicalURL(u)
			if err != nil {
				continue
			}
			if c.isCanonical(raw) && got != raw {
				t.Fatalf("fast path takes %q, which is %q", raw, got)
			}
			v, err := Parse(got)
			if err != nil {
				t.Fatalf("Canonical(%q) = %q: %v", raw, got, err)
			}
			if again, err := c.CanonicalURL(v); err != nil || again != got {
				t.Fatalf("Canonical(%q) = %q, then %q, %v", raw, got, again, err)
			}
		}
	})
}

func TestFastPathAllocatesNothing(t *testing.T) {
	c := newTest(t, Options{})
	for _, u := range benchURLs {
		if !c.isCanonical(u) {
			t.Errorf("%q misses the fast path", u)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Canonical(benchURLs[1]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var benchURLs = []string{
	"http://www.example.gov.cn/",
	"http://www.example.gov.cn/art/2024/5/12/art_1234_56789.html?id=1&page=2",
	"https://www.example.gov.cn:8443/%E9%80%9A%E7%9F%A5/a.pdf",
}

func BenchmarkCanonicalFast(b *testing.B) {
	c := newTest(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Canonical(benchURLs[1])
	}
}

func BenchmarkCanonicalSlow(b *testing.B) {
	c := newTest(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Canonical("http://WWW.example.gov.cn/art/2024/5/12/art_1234_56789.html?id=1&page=2#top")
	}
}

func BenchmarkResolve(b *testing.B) {
	base, err := Parse("http://www.example.gov.cn/zwgk/zcwj/index.html?p=1")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Resolve(base, "../tz/202405/t20240512_1.html")
	}
}
