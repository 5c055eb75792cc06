package crawlertest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// links returns the references on a page: its children in the tree, its
// parent, the next host, a few pages anywhere, and the navigation.
func (p *Portal) links(host, page int) []string {
	var out []string
	for _, c := range []int{2*page + 1, 2*page + 2} {
		if c < p.cfg.Pages {
			out = append(out, p.path(host, c))
		}
	}
	if page == 0 && host+1 < p.cfg.Hosts {
		out = append(out, "http://"+hostName(host+1)+"/")
	}
	out = append(out, "/", "//"+hostName(int(p.roll(host, page, "far")%uint64(p.cfg.Hosts)))+"/#top", "http://elsewhere.example/")
	for i := range p.cfg.Links {
		out = append(out, p.path(host, i%p.cfg.Pages))
	}
	return out
}

// answer is a response before it is written.
type answer struct {
	status int
	header [][2]string
	body   string
	slow   time.Duration
	cut    bool   // close the connection in the middle of the body
	raw    string // written in place of a response
	hang   bool   // go silent in the middle of the body
	robots bool   // rules were read
	gap    time.Duration
	after  time.Duration
	drop   bool // close the connection without a word
}

func (a answer) write(w http.ResponseWriter, r *http.Request) {
	if a.drop || a.raw != "" {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, a.raw)
			_ = conn.Close()
		}
		return
	}
	for _, h := range a.header {
		w.Header().Add(h[0], h[1])
	}
	if a.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if !a.cut && !a.hang {
		_, _ = io.WriteString(w, a.body)
		return
	}
	_, _ = io.WriteString(w, a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	if a.hang {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

func (p *Portal) answer(host int, r *http.Request, try int) answer {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/robots.txt" || r.URL.Path == "/robots-moved.txt":
		return p.answerRobots(host, r.URL.Path, try)
	case r.URL.Path == "/":
		return p.page(host, 0, r)
	case len(parts) < 2:
		return answer{status: 404, body: "not here"}
	}
	page, err := strconv.Atoi(parts[1])
	if err != nil || page <= 0 || page >= p.cfg.Pages {
		return answer{status: 404, body: "not here"}
	}
	to := func(url string) answer {
		return answer{status: 302, header: [][2]string{{"Location", url}}}
	}
	switch parts[0] {
	case "chain":
		if i, err := strconv.Atoi(parts[2]); err == nil && i > 0 {
			return to(strconv.Itoa(i - 1))
		}
	case "loop":
		if parts[2] == "a" {
			return to("b")
		}
		return to("a")
	}
	return p.misbehave(host, page, r, try, to)
}

func (p *Portal) misbehave(host, page int, r *http.Request, try int, to func(string) answer) answer {
	ok := p.page(host, page, r)
	first := try == 1
	switch k := p.kind(host, page); {
	case k == kindUnavailable && first:
		return answer{status: 503, header: [][2]string{{"Retry-After", strconv.Itoa(int(p.cfg.RetryAfter / time.Second))}}, after: p.cfg.RetryAfter, body: "later"}
	case k == kindBusy && first:
		return answer{status: 429, body: "slower"}
	case k == kindError && first, k == kindBroken:
		return answer{status: 500, body: "oops"}
	case k == kindSlow:
		ok.slow = 50 * time.Millisecond
	case k == kindCut && first, k == kindAlwaysCut:
		ok.cut = true
	case k == kindMissing:
		return answer{status: 404, body: "not here"}
	case k == kindGone:
		return answer{status: 410, body: "no more"}
	case k == kindForbidden:
		return answer{status: 403, body: "no"}
	case k == kindGarbage:
		return answer{raw: "\x00\x01 what is HTTP?\r\n\r\n"}
	case k == kindLeaving:
		return to("http://elsewhere.example/")
	case k == kindHang:
		ok.hang = true
	case k == kindCookie && first:
		ok = to(r.URL.Path)
		ok.header = append(ok.header, [2]string{"Set-Cookie", "seen=1; Path=/"})
	}
	return ok
}

func (p *Portal) answerRobots(host int, path string, try int) answer {
	rules := "User-agent: *\nDisallow: /private/\n"
	ok := answer{status: 200, header: [][2]string{{"Content-Type", "text/plain"}}, body: rules, robots: true}
	switch k := p.robots(host); {
	case k == robotsAbsent:
		return answer{status: 404, body: "not here", robots: true}
	case k == robotsMoved && path == "/robots.txt":
		return answer{status: 301, header: [][2]string{{"Location", "/robots-moved.txt"}}}
	case k == robotsLate && try < 3:
		return answer{status: 500, body: "oops"}
	case k == robotsDelay:
		ok.gap = p.cfg.CrawlDelay
		ok.body += fmt.Sprintf("Crawl-delay: %g\n", p.cfg.CrawlDelay.Seconds())
	case k == robotsElsewhere:
		return answer{status: 302, header: [][2]string{{"Location", "http://" + hostName(0) + "/robots.txt"}}, robots: true}
	case k == robotsBusy && try == 1:
		return answer{status: 503, header: [][2]string{{"Retry-After", strconv.Itoa(int(p.cfg.RetryAfter / time.Second))}}, after: p.cfg.RetryAfter, body: "later"}
	}
	return ok
}

// page is a proper page. It honours If-None-Match.
func (p *Portal) page(host, page int, r *http.Request) answer {
	etag := fmt.Sprintf("%q", strconv.FormatUint(p.roll(host, page, "etag"), 16))
	if r.Header.Get("If-None-Match") == etag {
		return answer{status: 304, header: [][2]string{{"ETag", etag}}}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html><title>Page %d of host %d</title>\n<p>%s\n", page, host, p.cfg.Body)
	for _, l := range p.links(host, page) {
		fmt.Fprintf(&b, "<a href=%q>link</a>\n", l)
	}
	return answer{status: 200, header: [][2]string{{"Content-Type", "text/html; charset=utf-8"}, {"ETag", etag}}, body: b.String()}
}
