package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/anything", true},
		{"/a/", "/a/b", true},
		{"/a/", "/ab", false},
		{"/a$", "/a", true},
		{"/a$", "/ab", false},
		{"*.exe$", "/x/y.exe", true},
		{"*.exe$", "/x/y.exe?z", false},
		{"/*/print", "/news/print/1", true},
		{"/*/print", "/print", false},
		{"*?print=", "/a?print=1", true},
		{"*?print=", "/a?x&print=1", false},
		{"/a*b*c$", "/a1b2c", true},
		{"/a*b*c$", "/a1b2cd", false},
		{"/a*a$", "/a", false},
		{"*", "/x", true},
		{"/*$", "/x", true},
	} {
		if got := patternMatches(c.pattern, c.path); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.path, got, c.want)
		}
	}
}

func TestScopeFind(t *testing.T) {
	sc, err := newScope(Config{Sites: []Site{
		{Name: "a", Seeds: []string{"https://www.A.test/x", "http://a.test:8080/"}},
		{Name: "b", Seeds: []string{"http://b.test/"}, Hosts: []string{"b.test", "*.b.test", "中国.test", "*.政务.test"}},
		{Name: "c", Seeds: []string{"http://c.b.test/"}, Hosts: []string{"*.c.b.test", "c.b.test"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"www.a.test": "a", "a.test:8080": "a", "a.test": "", "b.test": "b", "x.b.test": "b", "x.y.b.test:81": "b", "xb.test": "",
		"b.test.evil.test": "", "xn--fiqs8s.test": "b", "x.xn--55qx5d.test": "", "www.xn--zfr164b.test": "b", "d.c.b.test": "c", "c.b.test": "c", "b.test:81": "",
	} {
		got := ""
		if s := sc.find(host); s != nil {
			got = s.Name
		}
		if got != want {
			t.Errorf("%s belongs to %q, want %q", host, got, want)
		}
	}
}

func TestInScope(t *testing.T) {
	in, err := InScope(Config{Sites: []Site{{Name: "a", Seeds: []string{"http://a.test/"}, Rules: []Rule{{Pattern: "/no"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]bool{"https://A.test/x": true, "http://a.test/no/x": false, "http://b.test/": false, "ftp://a.test/": false, "a.test": false} {
		if got := in(url); got != want {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
	}
	if _, err := InScope(Config{}); err == nil {
		t.Error("no error without sites")
	}
}

func TestRules(t *testing.T) {
	s := siteScope{Site: Site{Rules: []Rule{
		{Allow: true, Pattern: "/mail/public"}, {Pattern: "/mail"}, {Host: "*.old.test", Pattern: "/"},
	}}}
	for url, want := range map[string]bool{
		"http://a.test/": true, "http://a.test/mail/public/1": true, "http://a.test/mail/1": false, "http://x.old.test/1": false, "http://old.test/1": true,
	} {
		host := strings.Split(url, "/")[2]
		if got := s.allowed(host, url); got != want {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
	}
}

func TestQuiet(t *testing.T) {
	day := func(h, m int) time.Time { return time.Date(2026, 3, 4, h, m, 0, 0, time.UTC) } // a Wednesday
	night := []Window{{From: 22 * time.Hour, To: 6 * time.Hour}}
	office := []Window{{From: 8 * time.Hour, To: 18 * time.Hour, Days: []time.Weekday{time.Monday, time.Tuesday}}}
	tuesdayNight := []Window{{From: 22 * time.Hour, To: 6 * time.Hour, Days: []time.Weekday{time.Tuesday}}}
	for _, c := range []struct {
		name string
		w    []Window
		now  time.Time
		want time.Duration
	}{
		{"none", nil, day(3, 0), 0},
		{"after midnight", night, day(3, 0), 3 * time.Hour},
		{"before midnight", night, day(23, 30), 6*time.Hour + 30*time.Minute},
		{"begins", night, day(22, 0), 8 * time.Hour},
		{"ends", night, day(6, 0), 0},
		{"other day", office, day(9, 0), 0},
		{"its day", office, day(9, 0).AddDate(0, 0, -1), 9 * time.Hour},
		{"began yesterday", tuesdayNight, day(1, 0), 5 * time.Hour},
		{"not tonight", tuesdayNight, day(23, 0), 0},
		{"all day", []Window{{From: 0, To: 24 * time.Hour}}, day(12, 0), 12 * time.Hour},
	} {
		s := siteScope{Site: Site{Quiet: c.w}}
		if got := s.quiet(c.now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 5 ": 5 * time.Second, "-5": 0, "1.5": 0, "soon": 0, "99999999999999999999": 0,
		"Wed, 04 Mar 2026 05:07:07 GMT": time.Minute, "Wed, 04 Mar 2026 05:00:00 GMT": 0, "Wednesday, 04-Mar-26 05:07:07 GMT": time.Minute,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestTrapCost(t *testing.T) {
	now := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for url, want := range map[string]int{
		"http://a.test/": 0,
		"http://a.test/xxgk/2024/05/t20240501_1.html":    0,
		"http://a.test/art/2024/5/1/art_1_2.html":        0,
		"http://a.test/a/b/a/b/a/b":                      TrapCost,
		"http://a.test/x/x/x/x":                          TrapCost,
		"http://a.test/2024/2024/2024/2024":              0,
		"http://a.test/list?page=3":                      0,
		"http://a.test/list?page=3000":                   2,
		"http://a.test/cal?ym=2026-05":                   1,
		"http://a.test/cal?year=1950&month=1":            TrapCost,
		"http://a.test/cal?date=20310101":                TrapCost,
		"http://a.test/cal?date=1950-1":                  TrapCost,
		"http://a.test/cal?month=7":                      1,
		"http://a.test/cal?year=70001":                   1,
		"http://a.test/show?calid=50001234":              0,
		"http://a.test/f?a=1&a=2":                        1,
		"http://a.test/f?" + strings.Repeat("a=1&", 25):  TrapCost,
		"http://a.test/" + strings.Repeat("dir7/", 30):   TrapCost,
		"http://a.test/" + strings.Repeat("x", 1200):     2,
		"http://a.test/zwgk/zfgb/2020/zwgk/gb/1.html":    0,
		"http://a.test/view?pageid=12345&columnid=99999": 2,
	} {
		if got := trapCost(url, now); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
}

func TestShape(t *testing.T) {
	for _, c := range [][2]string{
		{"http://a.test/list?page=3&x=1", "http://a.test/list?page=77&x=b"},
		{"http://a.test/list_12.html", "http://a.test/list_3.html"},
	} {
		if shapeOf(c[0]) != shapeOf(c[1]) {
			t.Errorf("%q and %q differ in shape", c[0], c[1])
		}
	}
	if shapeOf("http://a.test/list?page=3") == shapeOf("http://a.test/art?page=3") || shapeOf("http://a.test/a?x=1") == shapeOf("http://a.test/a?y=1") {
		t.Error("different pages have one shape")
	}
}

type classError string

func (c classError) Error() string      { return string(c) }
func (c classError) ErrorClass() string { return string(c) }

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want ErrorClass
	}{
		{fmt.Errorf("x: %w", classError("address-refused")), ErrorRefused},
		{&net.DNSError{}, ErrorDNS},
		{&net.OpError{Op: "dial", Err: &net.DNSError{}}, ErrorDNS},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, ErrorConnect},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, ErrorProtocol},
		{io.ErrUnexpectedEOF, ErrorProtocol},
		{errors.New("?"), ErrorOther},
	} {
		if got := ClassOf(c.err); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}

func TestHeaderLinks(t *testing.T) {
	h := http.Header{}
	h.Add("Refresh", "0; url='/next'")
	h.Add("Refresh", "5")
	h.Add("Link", `</a>; rel="canonical", </b>; rel=stylesheet,<c?x=1>;REL=Next; title="x"`)
	h.Add("Link", "nonsense, <>; rel=next, <x")
	got := strings.Join(headerLinks(h), " ")
	if want := "/next /a c?x=1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzHeaders reads what servers write into headers.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"120", "Wed, 04 Mar 2026 05:07:07 GMT", "0; url='/next'", `</a>; rel="canonical", <b>;rel=next`, "-1", "<;rel=next"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if d := retryAfter(s, now); d < 0 {
			t.Errorf("Retry-After of %v", d)
		}
		for _, link := range headerLinks(http.Header{"Refresh": {s}, "Link": {s}}) {
			if !strings.Contains(s, link) {
				t.Errorf("link %q is not in the header", link)
			}
		}
	})
}

// FuzzTraps looks at the URLs of pages.
func FuzzTraps(f *testing.F) {
	f.Add("http://a.test/a/b/a/b/a/b?ym=2026-13&page=99999999999999999999", "/a*b$")
	f.Add("http://a.test", "*")
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	f.Fuzz(func(t *testing.T, url, pattern string) {
		if c := trapCost(url, now); c < 0 || c > TrapCost {
			t.Errorf("cost %d", c)
		}
		if s := shapeOf(url); len(s) > len(url) || shapeOf(s) != s {
			t.Errorf("shape %q has shape %q", s, shapeOf(s))
		}
		classOf(url)
		if patternMatches(pattern, pathOf(url)) && !strings.ContainsAny(pattern, "*$") && !strings.HasPrefix(pathOf(url), pattern) {
			t.Errorf("pattern %q matches %q", pattern, pathOf(url))
		}
	})
}

func TestInterval(t *testing.T) {
	day := 24 * time.Hour
	r := Recrawl{Min: time.Hour, Max: 7 * day}
	for unchanged, want := range map[time.Duration]time.Duration{0: time.Hour, 10 * day: day, 3650 * day: 7 * day} {
		if got := r.interval(unchanged); got != want {
			t.Errorf("unchanged for %v: due after %v, want %v", unchanged, got, want)
		}
	}
}

func TestResolveIsStable(t *testing.T) {
	c := &Crawler{}
	if got := c.resolve(t.Context(), "a.test"); got != "" {
		t.Errorf("address %q without a resolver", got)
	}
	c.Resolve = resolver("192.0.2.7", "192.0.2.3")
	if got := c.resolve(t.Context(), "a.test:8080"); got != "192.0.2.3" {
		t.Errorf("address %q, want the smallest", got)
	}
}

func TestRecentLinks(t *testing.T) {
	r := newRecentLinks()
	for i := range 1000 {
		h := r.hash(fmt.Sprint("http://a.test/", i))
		if _, ok := r.get(h); ok {
			t.Fatalf("%d is known before it was put", i)
		}
		r.put(h, uint64(i%2))
		if fate, ok := r.get(h); !ok || fate != uint64(i%2) {
			t.Fatalf("%d: fate %d, %v", i, fate, ok)
		}
	}
}

func TestReasonsAreSorted(t *testing.T) {
	for _, r := range []Reason{ReasonRedirect, ReasonMissing, ReasonNotDue} {
		if r.Unread() || r.Failed() {
			t.Errorf("%s leaves something unread", r)
		}
	}
	for _, r := range []Reason{ReasonRobots, ReasonPages, ReasonHostDown, ReasonTooLarge} {
		if !r.Unread() {
			t.Errorf("%s leaves nothing unread", r)
		}
	}
}

func resolver(addrs ...string) func(ctx context.Context, host string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) ([]netip.Addr, error) {
		if host != "a.test" {
			return nil, errors.New("asked for " + host)
		}
		var out []netip.Addr
		for _, a := range addrs {
			out = append(out, netip.MustParseAddr(a))
		}
		return out, nil
	}
}
