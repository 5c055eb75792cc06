package crawler_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

// memHistory is a History in memory.
type memHistory struct {
	mu sync.Mutex
	m  map[string]crawler.Past
}

func (h *memHistory) Get(_ context.Context, url string) (*crawler.Past, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.m[url]; ok {
		return &p, nil
	}
	return nil, nil
}

func (h *memHistory) Put(_ context.Context, p crawler.Past) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.m[p.URL] = p
	return nil
}

func (h *memHistory) Known(_ context.Context, site string, class crawler.Class, yield func(string, int) bool) error {
	h.mu.Lock()
	all := slices.SortedFunc(maps.Values(h.m), func(a, b crawler.Past) int { return strings.Compare(a.URL, b.URL) })
	h.mu.Unlock()
	for _, p := range all {
		if p.Site == site && p.Class == class && p.Status != 404 && !yield(p.URL, p.Depth) {
			return nil
		}
	}
	return nil
}

func TestAgainTomorrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		night := 1
		var full, conditional atomic.Int32
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			etag := fmt.Sprintf("%q", r.URL.Path)
			old := time.Now().AddDate(-10, 0, 0)
			w.Header().Set("ETag", etag)
			switch r.URL.Path {
			case "/robots.txt":
				w.WriteHeader(404)
				return
			case "/old":
				w.Header().Set("Last-Modified", old.Format(http.TimeFormat))
			case "/changes":
				full.Add(1)
				fmt.Fprint(w, "night ", night, page(fmt.Sprint("/new", night)))
				return
			case "/goes":
				if night > 1 {
					w.WriteHeader(404)
					return
				}
			case "/nowhere":
				w.WriteHeader(404)
				return
			case "/secret":
				w.WriteHeader(403)
				return
			case "/breaks":
				w.WriteHeader(500)
				return
			case "/same-no-etag":
				w.Header().Del("ETag")
				fmt.Fprint(w, "same")
				return
			}
			if r.Header.Get("If-None-Match") == etag {
				conditional.Add(1)
				w.WriteHeader(304)
				return
			}
			full.Add(1)
			w.Header().Add("Link", "</linked>; rel=\"next\", </style.css>; rel=preload")
			fmt.Fprint(w, page("/old", "/changes", "/goes", "/same-no-etag", "/a", "/nowhere", "/secret", "/breaks"))
		}, oneSite("http://a.test/"))
		h := &memHistory{m: map[string]crawler.Past{}}
		w.deps.History = h
		if _, err := w.crawl(t, t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if n := len(h.m); n != 11 {
			t.Errorf("%d pages in the history, want 11", n)
		}
		night = 2
		time.Sleep(24 * time.Hour)
		*w.rec = recorder{ends: map[string][]crawlertest.Expected{}}
		full.Store(0)
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		wantEnds(t, w.rec.words(), map[string]string{
			"a.test/": "visited", "a.test/old": "not-due", "a.test/changes": "visited", "a.test/goes": "missing", "a.test/same-no-etag": "visited",
			"a.test/nowhere": "missing", "a.test/secret": "forbidden", "a.test/breaks": "status", "a.test/linked": "visited",
			"a.test/a": "visited", "a.test/new1": "visited", "a.test/new2": "visited",
		})
		if sum.Unchanged != 5 || w.rec.unchanged != 5 || conditional.Load() != 4 || full.Load() != 2 {
			t.Errorf("%d unchanged (%d told), %d answers 304, %d full; want 5, 5, 4, 2", sum.Unchanged, w.rec.unchanged, conditional.Load(), full.Load())
		}
		for _, u := range []string{"/nowhere", "/secret", "/breaks"} { // never read, linked from a page that did not change
			if _, ok := h.m["http://a.test"+u]; !ok {
				t.Errorf("%s is forgotten", u)
			}
		}
		if p := h.m["http://a.test/goes"]; p.Status != 404 {
			t.Errorf("vanished page: %+v", p)
		}
		if p := h.m["http://a.test/old"]; p.Interval != 7*24*time.Hour {
			t.Errorf("ten-year-old page is due after %v, want a week", p.Interval)
		}
		// A changed rule set whose results may stand until a page is due.
		for u, p := range h.m {
			p.Stale, p.Waits = true, true
			h.m[u] = p
		}
		if sum, err = w.crawl(t, t.Context(), ""); err != nil || sum.Skipped[crawler.ReasonNotDue] != 7 {
			t.Errorf("summary %+v, error %v; want the seven that are not due left alone", sum.Counts, err)
		}
		// A changed rule set: everything is read again.
		for u, p := range h.m {
			p.Stale, p.Waits = true, false
			h.m[u] = p
		}
		conditional.Store(0)
		*w.rec = recorder{ends: map[string][]crawlertest.Expected{}}
		if sum, err = w.crawl(t, t.Context(), ""); err != nil || sum.Unchanged != 0 || conditional.Load() != 0 || sum.Skipped[crawler.ReasonNotDue] != 0 {
			t.Errorf("summary %+v, error %v; want everything read again", sum.Counts, err)
		}
		_ = w.server.Close()
	})
}

// TestOrphanAttachments: an attachment that no page links to any more is
// fetched all the same, and can be told from the others.
func TestOrphanAttachments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		night := 1
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			etag := fmt.Sprintf("%q", r.URL.Path)
			switch r.URL.Path {
			case "/robots.txt", "/gone.pdf":
				if night > 1 || r.URL.Path == "/robots.txt" {
					w.WriteHeader(404)
				}
				return
			case "/":
				if night == 1 {
					fmt.Fprint(w, page("/same", "/orphan.pdf", "/gone.pdf", "/kept.pdf"))
				} else {
					fmt.Fprint(w, page("/same"))
				}
				return
			case "/same":
				w.Header().Set("ETag", etag)
				if r.Header.Get("If-None-Match") == etag {
					w.WriteHeader(304)
					return
				}
				fmt.Fprint(w, page("/kept.pdf", "/own.pdf"))
				return
			}
			fmt.Fprint(w, "%PDF of ", r.URL.Path)
		}, oneSite("http://a.test/"))
		w.deps.History = &memHistory{m: map[string]crawler.Past{}}
		via := map[string]string{}
		w.rec.visit = func(p *crawler.Page) (crawler.Visited, error) {
			w.rec.mu.Lock()
			via[p.Task.URL] = p.Task.Via
			w.rec.mu.Unlock()
			return crawler.Visited{}, nil
		}
		for ; night < 4; night++ {
			clear(via)
			w.rec.ends = map[string][]crawlertest.Expected{}
			if _, err := w.crawl(t, t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"/": "visited", "/same": "visited", "/orphan.pdf": "visited", "/kept.pdf": "visited", "/own.pdf": "visited", "/gone.pdf": "visited"}
			switch night {
			case 2:
				want["/gone.pdf"] = "missing"
			case 3:
				delete(want, "/gone.pdf")
			}
			full := map[string]string{}
			for p, end := range want {
				full["a.test"+p] = end
			}
			wantEnds(t, w.rec.words(), full)
			orphan := via["http://a.test/orphan.pdf"] == crawler.ViaHistory
			if orphan != (night > 1) || via["http://a.test/kept.pdf"] != "a" || via["http://a.test/own.pdf"] != "a" {
				t.Errorf("night %d: found by %v", night, via)
			}
			time.Sleep(24 * time.Hour)
		}
		_ = w.server.Close()
	})
}
