package portal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Paths of the main site where something other than a page or a file
// answers. Ordinary pages link to all of them.
const (
	pathMoved     = "/home"             // 301 to the home page
	pathRenamed   = "/zwgk/old/notice"  // 302 to a page found no other way
	pathAway      = "/link/city"        // 302 out of scope
	pathLoopA     = "/bsfw/login/check" // 302 to pathLoopB
	pathLoopB     = "/bsfw/login/again" // 302 to pathLoopA
	pathSoft404   = "/zwgk/gone.html"   // 200 that says "not found"
	pathRecovers  = "/bsfw/status.html" // 503 with Retry-After, once
	pathSlow      = "/xwzx/slow.html"   // takes Config.Slow
	pathTruncated = "/zwgk/yearbook.html"
	pathBomb      = "/zwgk/export.html"
	pathOversized = "/files/2026/atlas.zip"
	pathCalendar  = "/hdjl/calendar.html" // ?ym=2026-11, with a next month for ever
	pathSearch    = "/search"
)

// renamedTo is the page that only the redirect from pathRenamed leads to.
const renamedTo = "/zwgk/tzgg/t20250918_042.html"

// The sizes of what is too large. Both exceed the limits in Site.
const (
	bombBlock     = 64 << 10
	bombBlocks    = 1024
	oversizedSize = 18 << 20
)

func (s *site) addOddities(r *renderer, cfg Config) error {
	if s.Key != Main {
		return nil
	}
	serve := map[string]http.HandlerFunc{
		pathMoved:     redirect(http.StatusMovedPermanently, "/"),
		pathRenamed:   redirect(http.StatusFound, renamedTo),
		pathAway:      redirect(http.StatusFound, OutsideURL),
		pathLoopA:     redirect(http.StatusFound, pathLoopB),
		pathLoopB:     redirect(http.StatusFound, pathLoopA),
		pathOversized: serveOversized,
		pathCalendar:  r.serveCalendar,
		pathSearch:    r.serveSearch,
	}
	bomb, err := gzipBomb()
	if err != nil {
		return err
	}
	serve[pathBomb] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	}
	for path, h := range serve {
		if err := s.put(path, &resource{serve: h}); err != nil {
			return err
		}
	}
	// These three are articles of content/*.txt with unusual manners.
	for path, wrap := range map[string]func(*resource) http.HandlerFunc{
		pathSlow:      func(res *resource) http.HandlerFunc { return slow(res, cfg.Slow) },
		pathRecovers:  recovering,
		pathTruncated: truncated,
	} {
		res := s.resources[path]
		if res == nil {
			return fmt.Errorf("%w: no article %q", errFormat, path)
		}
		plain := *res
		res.serve = wrap(&plain)
	}
	return nil
}

func redirect(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

func slow(res *resource, delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
			res.write(w, r)
		case <-r.Context().Done():
		}
	}
}

// recovering answers 503 once and the page from then on.
func recovering(res *resource) http.HandlerFunc {
	var asked atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) {
		if !asked.Swap(true) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "系统维护中，请稍后再试。", http.StatusServiceUnavailable)
			return
		}
		res.write(w, r)
	}
}

// truncated promises the whole page and closes the connection half-way.
func truncated(res *resource) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", res.ctype)
		w.Header().Set("Content-Length", strconv.Itoa(len(res.body)))
		_, _ = w.Write(res.body[:len(res.body)/2])
		// Without this the half that was written stays in the server's buffer.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// gzipBomb returns a hundred kilobytes that unpack to 64 megabytes:
// one compressed block of spaces, repeated as members of one gzip stream.
func gzipBomb() ([]byte, error) {
	var head, block bytes.Buffer
	if err := gzipTo(&head, []byte("<!DOCTYPE html><html><head><title>数据导出</title></head><body>")); err != nil {
		return nil, err
	}
	if err := gzipTo(&block, bytes.Repeat([]byte(" "), bombBlock)); err != nil {
		return nil, err
	}
	return append(head.Bytes(), bytes.Repeat(block.Bytes(), bombBlocks)...), nil
}

func gzipTo(buf *bytes.Buffer, data []byte) error {
	w, err := gzip.NewWriterLevel(buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return errors.Join(err, w.Close())
}

// serveOversized streams an archive nobody would want to keep in memory. Its
// bytes are a ZIP signature and noise, the same block again and again.
func serveOversized(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Length", strconv.Itoa(oversizedSize))
	if r.Method == http.MethodHead {
		return
	}
	chunk := make([]byte, 256<<10)
	state := uint32(1)
	for i := range chunk {
		state = state*1664525 + 1013904223
		chunk[i] = byte(state >> 24)
	}
	copy(chunk, "PK\x03\x04")
	for sent := 0; sent < oversizedSize; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// serveCalendar shows one month; each links to the month before and after.
func (r *renderer) serveCalendar(w http.ResponseWriter, req *http.Request) {
	month, err := time.Parse("2006-01", req.URL.Query().Get("ym"))
	if err != nil {
		month = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<p>%d年%d月，县政府领导接待群众来访安排：每周三上午，县信访接待中心一楼。</p>\n", month.Year(), month.Month())
	b.WriteString(`<table class="grid"><tr><th>日</th><th>一</th><th>二</th><th>三</th><th>四</th><th>五</th><th>六</th></tr>` + "\n<tr>")
	b.WriteString(strings.Repeat("<td></td>", int(month.Weekday())))
	for day := month; day.Month() == month.Month(); day = day.AddDate(0, 0, 1) {
		fmt.Fprintf(&b, "<td>%d</td>", day.Day())
		if day.Weekday() == time.Saturday {
			b.WriteString("</tr>\n<tr>")
		}
	}
	b.WriteString("</tr></table>\n")
	fmt.Fprintf(&b, `<p><a href="%[1]s?ym=%[2]s">上一月</a>　<a href="%[1]s?ym=%[3]s">下一月</a></p>`,
		pathCalendar, month.AddDate(0, -1, 0).Format("2006-01"), month.AddDate(0, 1, 0).Format("2006-01"))
	r.answer(w, view{Title: "领导接访日历", Body: template.HTML(b.String())})
}

// serveSearch is the target of the search form. It finds nothing and repeats
// what was asked for.
func (r *renderer) serveSearch(w http.ResponseWriter, req *http.Request) {
	q := template.HTMLEscapeString(req.URL.Query().Get("q"))
	body := `<form action="` + pathSearch + `" method="get"><input type="text" name="q" value="` + q + `"><button type="submit">搜索</button></form>`
	if q == "" {
		body += "<p>请输入关键词。检索范围为本站已公开的信息，检索结果按发布时间排列。</p>"
	} else {
		body += "<p>没有找到与“" + q + "”有关的内容，请换一个关键词，或者从栏目列表中查找。</p>"
	}
	r.answer(w, view{Title: "站内搜索", Body: template.HTML(body)})
}

func (r *renderer) answer(w http.ResponseWriter, v view) {
	body, err := r.render("plain", v, utf8Page)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body)
}

// sessionMark begins the session id that some links carry in their path.
const sessionMark = ";jsessionid="

func stripSession(path string) string {
	before, _, _ := strings.Cut(path, sessionMark)
	return before
}
