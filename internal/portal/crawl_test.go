package portal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// visitor is the simplest crawler that can give an account of the portal. It
// follows the ways in follow and shares no code with the real one.
type visitor struct {
	t       *testing.T
	p       *Portal
	client  *http.Client
	without string // a way not to follow
	account map[string]URL
	todo    []string
	banned  []string          // from robots.txt of the main site
	target  map[string]string // of redirects
	trapped int
}

// ways maps the name of each way a page can lead to another to the pattern
// that finds it.
var ways = map[string]*regexp.Regexp{
	"a":            regexp.MustCompile(`<a [^>]*href="([^"]*)"`),
	"iframe":       regexp.MustCompile(`<iframe [^>]*src="([^"]*)"`),
	"img":          regexp.MustCompile(`<img [^>]*src="([^"]*)"`),
	"stylesheet":   regexp.MustCompile(`<link rel="stylesheet" href="([^"]*)"`),
	"form":         regexp.MustCompile(`<form [^>]*action="([^"]*)" method="get"`),
	"meta-refresh": regexp.MustCompile(`<meta http-equiv="refresh" content="[^"]*url=([^"]*)"`),
	"script":       regexp.MustCompile(`location\.href = "([^"]*)"`),
}

var (
	reLoc      = regexp.MustCompile(`<loc>(.*?)</loc>`)
	reDisallow = regexp.MustCompile(`(?m)^Disallow: (.*)$`)
)

const trapLimit = 20

func account(t *testing.T, p *Portal, c *http.Client, without string) map[string]URL {
	v := &visitor{t: t, p: p, client: c, without: without, account: map[string]URL{}, target: map[string]string{}}
	_, robots, _ := get(t, c, p.Base(Main)+pathRobots)
	for _, m := range reDisallow.FindAllSubmatch(robots, -1) {
		v.banned = append(v.banned, p.Base(Main)+string(m[1]))
	}
	for _, s := range p.Sites() {
		v.todo = append(v.todo, s.Seeds...)
	}
	if _, rest, ok := strings.Cut(string(robots), "Sitemap: "); ok {
		v.todo = append(v.todo, strings.TrimSpace(rest))
	}
	for len(v.todo) > 0 {
		next := v.todo[0]
		v.todo = v.todo[1:]
		v.visit(next)
	}
	return v.account
}

// add queues a reference found on the page at base.
func (v *visitor) add(base, ref string) {
	b, err := url.Parse(base)
	if err != nil {
		v.t.Fatal(err)
	}
	u, err := b.Parse(html.UnescapeString(ref))
	if err != nil {
		v.t.Errorf("%s: link %q: %v", base, ref, err)
		return
	}
	before, _, _ := strings.Cut(u.String(), sessionMark)
	v.todo = append(v.todo, before)
}

func (v *visitor) visit(address string) {
	key := ""
	for _, k := range []string{Main, Edu} {
		if strings.HasPrefix(address, v.p.Base(k)+"/") {
			key = k
		}
	}
	if _, done := v.account[address]; done || key == "" {
		return
	}
	if strings.HasPrefix(address, v.p.Base(Main)+pathCalendar) {
		if v.trapped++; v.trapped > trapLimit {
			return
		}
	}
	u := URL{Site: key, Path: strings.TrimPrefix(address, v.p.Base(key)), URL: address, Outcome: Screened}
	u.Class = classOf(u.Path)
	for _, ban := range v.banned {
		if strings.HasPrefix(address, ban) {
			u.Outcome, u.Reason = Skipped, "robots"
		}
	}
	if u.Outcome == Screened {
		v.fetch(&u)
	}
	v.account[address] = u
}

func classOf(p string) string {
	switch {
	case strings.HasPrefix(p, "/sitemap"):
		return "sitemap"
	case path.Ext(p) == ".css" || path.Ext(p) == ".png" && !strings.HasPrefix(p, "/files/"):
		return "asset"
	case strings.HasPrefix(p, "/files/"):
		return "attachment"
	}
	return "page"
}

func (v *visitor) fetch(u *URL) {
	resp, err := v.client.Get(u.URL)
	if err != nil {
		v.t.Fatalf("get %q: %v", u.URL, err)
	}
	defer resp.Body.Close()
	body, limit, err := v.read(u, resp)
	switch {
	case resp.StatusCode == http.StatusServiceUnavailable:
		if resp.Header.Get("Retry-After") == "" {
			v.t.Errorf("%s: 503 for good", u.URL)
			return
		}
		v.fetch(u)
	case resp.StatusCode == http.StatusNotFound:
		u.Outcome, u.Reason = Skipped, "not-found"
	case resp.StatusCode/100 == 3:
		u.Outcome = Redirected
		if v.without != "redirect" {
			v.redirect(u, resp)
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		u.Outcome, u.Reason = Failed, "truncated"
	case err != nil:
		v.t.Fatalf("read %q: %v", u.URL, err)
	case limit:
		u.Outcome, u.Reason = Failed, "too-large"
	case bytes.Contains(body, []byte("您访问的页面不存在")):
		u.Outcome, u.Reason = Skipped, "soft-404"
		v.links(u, body)
	default:
		v.links(u, body)
	}
}

// redirect follows a redirect, unless it leads straight back.
func (v *visitor) redirect(u *URL, resp *http.Response) {
	to, err := resp.Location()
	if err != nil {
		v.t.Fatalf("%s: %v", u.URL, err)
	}
	if v.target[to.String()] == u.URL {
		u.Outcome, u.Reason = Failed, "redirect-loop"
		return
	}
	v.target[u.URL] = to.String()
	v.add(u.URL, to.String())
}

// read returns the body without its content coding, up to the site's limit.
func (v *visitor) read(u *URL, resp *http.Response) (body []byte, limit bool, err error) {
	most := int64(MaxPageBytes)
	if u.Class == "attachment" {
		most = MaxAttachmentBytes
	}
	if resp.ContentLength > most {
		return nil, true, nil
	}
	r := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, false, err
		}
	}
	body, err = io.ReadAll(io.LimitReader(r, most+1))
	return body, int64(len(body)) > most, err
}

func (v *visitor) links(u *URL, body []byte) {
	switch u.Class {
	case "sitemap":
		if v.without == "sitemap" {
			return
		}
		if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			if body, err = io.ReadAll(r); err != nil {
				v.t.Errorf("%s: %v", u.URL, err)
			}
		}
		for _, m := range reLoc.FindAllSubmatch(body, -1) {
			v.add(u.URL, string(m[1]))
		}
	case "page":
		for _, name := range slices.Sorted(maps.Keys(ways)) {
			if name == v.without {
				continue
			}
			for _, m := range ways[name].FindAllSubmatch(body, -1) {
				v.add(u.URL, string(m[1]))
			}
		}
	}
}

// TestEveryAddressIsAccountedFor crawls the portal and compares what became
// of every address with expected.json: nothing missing, nothing extra.
func TestEveryAddressIsAccountedFor(t *testing.T) {
	p, c := started(t, Config{Slow: 10 * time.Millisecond})
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	got := account(t, p, c, "")
	trap := exp.Traps[0].URL
	want := map[string]bool{}
	for _, u := range exp.URLs {
		want[u.URL] = true
		g, ok := got[u.URL]
		if !ok {
			t.Errorf("nothing leads to %s %s", u.Site, u.Path)
			continue
		}
		u.Via = ""
		if u.Reason == "encrypted" {
			u.Outcome, u.Reason = Screened, "" // only a parser notices
		}
		if g != u {
			t.Errorf("%s: got %+v, want %+v", u.URL, g, u)
		}
	}
	trapped := 0
	for address := range got {
		switch {
		case strings.HasPrefix(address, trap):
			trapped++
		case !want[address]:
			t.Errorf("%s is not accounted for", address)
		}
	}
	if trapped != trapLimit {
		t.Errorf("%d addresses in the trap, want no end of them", trapped)
	}
	if _, ok := got[OutsideURL]; ok {
		t.Error("the account names an address out of scope")
	}
}

// TestOnlyOneWayLeadsThere: the pages said to be linked only from a sitemap,
// a frame and so on are lost to whoever does not follow those.
func TestOnlyOneWayLeadsThere(t *testing.T) {
	p, c := started(t, Config{Slow: 10 * time.Millisecond})
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[string][]URL{}
	for _, u := range exp.URLs {
		if u.Via != "" {
			hidden[u.Via] = append(hidden[u.Via], u)
		}
	}
	for _, way := range []string{"sitemap", "iframe", "script", "meta-refresh", "redirect"} {
		if len(hidden[way]) == 0 {
			t.Errorf("no page only by %s", way)
			continue
		}
		got := account(t, p, c, way)
		for _, u := range hidden[way] {
			if _, ok := got[u.URL]; ok {
				t.Errorf("%s is found without following %s", u.URL, way)
			}
		}
	}
}
