// Package crawl measures a whole crawl beside colly and Scrapy: the same
// generated portal on the loopback interface, the same links, each crawler in
// a process of its own whose processor time and peak memory the system counts.
//
// It does not look at what a crawler makes of a page, but for their number:
// a peer that did not fetch every page is an error, not a row.
package crawl

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Site is a portal of several hosts on loopback addresses (127.1.0.1 and up)
// and one port. Pages are 30 to 40 KB of official text with 120 links, of
// which 100 are the same on every page of the host.
type Site struct {
	Hosts, Pages int // pages per host
	Text         string
	// Delay is added to each response.
	Delay time.Duration
	// Fan makes every link of a page one to a page that no other page links
	// to, so that a crawler comes to know many addresses soon.
	Fan bool
	// NoValidators leaves out ETag and Last-Modified, as dynamic pages do.
	NoValidators bool

	port  string
	night atomic.Int64
	full  atomic.Int64 // answers with a body
	empty atomic.Int64 // answers 304
}

// navigation is the number of links that all pages of a host share.
const navigation = 100

// Host returns the name of a host, with the port it is served on.
func (s *Site) Host(n int) string {
	return fmt.Sprintf("127.1.%d.%d:%s", n/250, 1+n%250, s.port)
}

// Seed returns the address from which all pages can be found.
func (s *Site) Seed() string { return "http://" + s.Host(0) + "/p/0" }

// Total returns the number of pages of all hosts.
func (s *Site) Total() int { return s.Hosts * s.Pages }

// Served returns how many page answers had a body and how many were 304.
func (s *Site) Served() (full, unchanged int64) { return s.full.Load(), s.empty.Load() }

// Next makes it the next night: one page in a hundred has changed.
func (s *Site) Next() {
	s.night.Add(1)
	s.full.Store(0)
	s.empty.Store(0)
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/p/"))
	if err != nil || page < 0 || page >= s.Pages {
		http.NotFound(w, r)
		return
	}
	if s.Delay > 0 {
		time.Sleep(s.Delay)
	}
	tag := fmt.Sprintf(`"%d-%d"`, page, s.edition(page))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if !s.NoValidators {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			s.empty.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	s.full.Add(1)
	w.Write(s.page(r.Host, page))
}

// edition of a page: the last night on which it changed.
func (s *Site) edition(page int) int64 {
	for n := s.night.Load(); n > 0; n-- {
		if (int64(page)+n)%100 == 0 {
			return n
		}
	}
	return 0
}

func (s *Site) page(host string, page int) []byte {
	if s.Fan {
		return s.fan(host, page)
	}
	b := make([]byte, 0, 48<<10)
	b = fmt.Appendf(b, "<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>公告 %d 第%d版</title></head><body><ul class=nav>", page, s.edition(page))
	for i := range navigation {
		b = fmt.Appendf(b, `<li class="item"><a href="/p/%d" title="栏目">政务公开栏目%d</a></li>`+"\n", i%s.Pages, i)
	}
	b = append(b, "</ul><div class=content>"...)
	b = s.text(b, host, page)
	b = append(b, "</div><ul class=more>"...)
	for i := range 18 { // a tree of degree two and sixteen neighbours
		to := 2*page + 1 + i
		if i >= 2 {
			to = page + i
		}
		b = fmt.Appendf(b, `<li><a href="http://%s/p/%d">相关文件%d</a></li>`+"\n", host, to%s.Pages, i)
	}
	if n, ok := s.number(host); ok && page < 2 { // hosts form a tree too
		to := 2*n + 1 + page
		b = fmt.Appendf(b, `<li><a href="http://%s/p/0">其他网站</a></li>`, s.Host(to%s.Hosts))
	}
	return append(b, "</ul></body></html>"...)
}

// links on each page of a Fan.
const links = 120

func (s *Site) fan(host string, page int) []byte {
	b := fmt.Appendf(nil, "<!DOCTYPE html><html lang=zh><meta charset=utf-8><title>公告 %d</title><ul>", page)
	for i := range links {
		if to := page*links + 1 + i; to < s.Pages {
			b = fmt.Appendf(b, `<li><a href="/p/%d">文件%d</a></li>`+"\n", to, to)
		}
	}
	for n := range s.Hosts {
		b = fmt.Appendf(b, `<li><a href="http://%s/p/0">其他网站</a></li>`, s.Host(n))
	}
	return s.text(append(b, "</ul>"...), host, page)
}

// text appends paragraphs that begin elsewhere for each page, so that no two
// are alike.
func (s *Site) text(b []byte, host string, page int) []byte {
	const size = 22 << 10
	n, _ := s.number(host)
	at := (page*7919 + n*104729) % max(1, len(s.Text)-size)
	for p := range strings.SplitSeq(strings.ToValidUTF8(s.Text[at:at+size], ""), "\n") {
		b = append(b, "<p>"...)
		b = append(b, p...)
		b = append(b, "</p>\n"...)
	}
	return b
}

func (s *Site) number(host string) (int, bool) {
	u, err := url.Parse("http://" + host)
	if err != nil {
		return 0, false
	}
	f := strings.Split(u.Hostname(), ".")
	if len(f) != 4 {
		return 0, false
	}
	hi, err1 := strconv.Atoi(f[2])
	lo, err2 := strconv.Atoi(f[3])
	return hi*250 + lo - 1, err1 == nil && err2 == nil
}
