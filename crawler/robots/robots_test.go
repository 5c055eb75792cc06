package robots

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
)

// TestVectors scores parser and matcher against Google's assertions.
func TestVectors(t *testing.T) {
	b, err := os.ReadFile(shareddata.Path(t, "robots", "vectors.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	right, total := 0, 0
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		var c struct {
			Test    string `json:"test"`
			Robots  string `json:"robots_txt"`
			Agent   string `json:"agent"`
			URL     string `json:"url"`
			Allowed bool   `json:"allowed"`
		}
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		total++
		if got := Parse([]byte(c.Robots)).Allowed(c.Agent, c.URL); got != c.Allowed {
			t.Errorf("%s: %q, agent %q, URL %q: %v", c.Test, c.Robots, c.Agent, c.URL, got)
			continue
		}
		right++
	}
	t.Logf("vectors.jsonl: %d of %d right", right, total)
}

func TestAllowed(t *testing.T) {
	for _, tc := range []struct {
		name, robots, url string
		want              bool
	}{
		{"byte order mark", "\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "http://h/a", false},
		{"carriage returns", "User-agent: *\rDisallow: /a\r", "http://h/a", false},
		{"rule before any agent", "Disallow: /\nUser-agent: *\nDisallow: /b", "http://h/a", true},
		{"token with version", "User-agent: Prescreen/2.0\nDisallow: /", "http://h/a", false},
		{"other token with our prefix", "User-agent: prescreener\nDisallow: /", "http://h/a", true},
		{"groups of one agent are merged", "User-agent: prescreen\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: prescreen\nDisallow: /c", "http://h/c", false},
		{"own group replaces the one for all", "User-agent: *\nDisallow: /\nUser-agent: prescreen\nDisallow: /c", "http://h/a", true},
		{"query", "User-agent: *\nDisallow: /*?print=", "http://h/a?print=1", false},
		{"query without path", "User-agent: *\nDisallow: /?print=", "http://h?print=1", false},
		{"fragment is no part of it", "User-agent: *\nDisallow: /*x", "http://h/a#x", true},
		{"dollar inside", "User-agent: *\nDisallow: /a$b", "http://h/a$b", false},
		{"star then end", "User-agent: *\nDisallow: /a*$", "http://h/abc", false},
		{"overlapping parts", "User-agent: *\nDisallow: /ab*ba$", "http://h/aba", true},
		{"many stars", "User-agent: *\nDisallow: /" + strings.Repeat("*a", 500) + "b", "http://h/" + strings.Repeat("a", 5000), true},
		{"forbidden in another spelling", "User-agent: *\nDisallow: /%7Euser/", "http://h/~user/", false},
		{"forbidden with a space", "User-agent: *\nDisallow: /a b", "http://h/a%20b", false},
		{"lower-case escapes", "User-agent: *\nDisallow: /%e9%80%9a", "http://h/%E9%80%9A", false},
		{"Chinese path", "User-agent: *\nDisallow: /通知", "http://h/%E9%80%9A%E7%9F%A5/1", false},
		{"an HTML page", "<html><body>404: not found</body></html>", "http://h/a", true},
		{"half a byte order mark", "\xef\xbbUser-agent: *\nDisallow: /a\n", "http://h/a", false},
		{"UTF-16, little end first", "\xff\xfeU\x00s\x00e\x00r\x00-\x00a\x00g\x00e\x00n\x00t\x00:\x00*\x00\n\x00D\x00i\x00s\x00a\x00l\x00l\x00o\x00w\x00:\x00/\x00a\x00", "http://h/a", false},
		{"UTF-16, big end first", "\xfe\xff\x00U\x00s\x00e\x00r\x00-\x00a\x00g\x00e\x00n\x00t\x00:\x00*\x00\n\x00D\x00i\x00s\x00a\x00l\x00l\x00o\x00w\x00:\x00/\x00a", "http://h/a", false},
		{"forbidden with a bracket", "User-agent: *\nDisallow: /a[1]", "http://h/a%5B1%5D", false},
		{"another mark", "\xef\x11\xbfUser-agent: *\nDisallow: /a\n", "http://h/a", true},
		{"key with an ending", "User-agents: *\nDisallowed: /a", "http://h/a", false},
		{"misspelt key", "useragent: *\ndissalow: /a", "http://h/a", false},
		{"no colon", "user-agent *\ndisallow /a", "http://h/a", false},
		{"no colon and too many words", "user-agent: *\ndisallow /a b", "http://h/a", true},
		{"end of a C string", "user-agent: *\ndisallow: /a\x00b", "http://h/ab", false},
		{"path alone", "User-agent: *\nDisallow: /a", "/a", false},
	} {
		if got := Parse([]byte(tc.robots)).Allowed("prescreen", tc.url); got != tc.want {
			t.Errorf("%s: allowed is %v", tc.name, got)
		}
	}
}

func TestLongLines(t *testing.T) {
	fill := func(key string) string {
		return "/x/" + strings.Repeat("a", 2083*8-len("/x/")-len(key)+len("\n")-len("/x/"))
	}
	long := fill("disallow: ")
	f := Parse([]byte("user-agent: FooBot\ndisallow: " + long + "/qux\n"))
	if !f.Allowed("FooBot", "http://h/fux") || f.Allowed("FooBot", "http://h"+long+"/fux") {
		t.Error("a disallow line is not cut where it should be")
	}
	long = fill("allow: ")
	f = Parse([]byte("user-agent: FooBot\ndisallow: /\nallow: " + long + "/qux\n"))
	if f.Allowed("FooBot", "http://h/") || !f.Allowed("FooBot", "http://h"+long+"/qux") || !f.Allowed("FooBot", "http://h"+long+"/fux") {
		t.Error("an allow line is not cut where it should be")
	}
}

func TestPathQuery(t *testing.T) {
	// The first are assertions of Google's about the function of this purpose.
	for in, want := range map[string]string{
		"": "/", "http://www.example.com": "/", "http://www.example.com/": "/", "http://www.example.com/a": "/a", "http://www.example.com/a/": "/a/",
		"http://www.example.com/a/b?c=http://d.e/": "/a/b?c=http://d.e/", "http://www.example.com/a/b?c=d&e=f#fragment": "/a/b?c=d&e=f",
		"example.com": "/", "example.com/": "/", "example.com/a": "/a", "example.com/a/b?c=d": "/a/b?c=d", "a": "/", "a/": "/", "/a": "/a", "a/b": "/b",
		"example.com?a": "/?a", "example.com/a;b#c": "/a;b", "//a/b/c": "/b/c", "http://h#/x": "/", "/a?b://c": "/a?b://c",
	} {
		if got := pathQuery(in); got != want {
			t.Errorf("pathQuery(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTruncation(t *testing.T) {
	filler := "User-agent: *\n" + strings.Repeat("# filler filler\n", MaxSize/16)
	f := Parse([]byte(filler[:MaxSize-len("\nDisallow: /")] + "\nDisallow: /private\n"))
	if !f.Truncated || !f.Allowed("x", "/a") {
		t.Errorf("half a line was obeyed (truncated is %v)", f.Truncated)
	}
	f = Parse([]byte("User-agent: *\nDisallow: /a\n" + filler + filler))
	if f.Allowed("x", "/a") {
		t.Error("rules before the cut are lost")
	}
}

func TestDelayAndSitemaps(t *testing.T) {
	f := Parse([]byte(`User-agent: slow
Crawl-delay: 5
User-agent: *
Crawl-delay: 0.5
Disallow: /x
Sitemap: https://h/s.xml # main
site-map: /t.xml
User-agent: odd
Crawl-delay: soon
User-agent: huge
Crawl-delay: 1e300`))
	for agent, want := range map[string]time.Duration{"slow": 5 * time.Second, "prescreen": time.Second / 2, "odd": time.Second / 2, "huge": 24 * time.Hour} {
		if d, ok := f.Agent(agent).Delay(); !ok || d != want {
			t.Errorf("%s: delay %v, %v; want %v", agent, d, ok, want)
		}
	}
	if _, ok := (*Group)(nil).Delay(); ok {
		t.Error("no group has a delay")
	}
	if got := strings.Join(f.Sitemaps, " "); got != "https://h/s.xml /t.xml" {
		t.Errorf("sitemaps %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%7e\nCrawl-delay: 1\nSitemap: x"), "http://h/a?b")
	f.Add([]byte("user-agent foo\rdisallow /\x00\xff"), "//")
	f.Fuzz(func(t *testing.T, body []byte, url string) {
		file := Parse(body)
		g := file.Agent("prescreen")
		g.Allowed(url)
		if d, _ := g.Delay(); d < 0 {
			t.Fatalf("delay %v", d)
		}
		if path := pathQuery(url); !strings.HasPrefix(path, "/") {
			t.Fatalf("path of %q is %q", url, path)
		}
		all := Parse([]byte("User-agent: *\nDisallow: /"))
		if all.Allowed("x", url) {
			t.Fatalf("Disallow: / lets %q pass", url)
		}
	})
}

func TestDecide(t *testing.T) {
	for status, want := range map[int]Policy{200: Rules, 204: Rules, 302: AllowAll, 401: AllowAll, 403: AllowAll, 404: AllowAll, 410: AllowAll, 429: Wait, 500: Wait, 503: Wait, 599: Wait} {
		if got := Decide(status); got != want {
			t.Errorf("Decide(%d) = %q, want %q", status, got, want)
		}
	}
}
