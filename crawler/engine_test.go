package crawler_test

import (
	"context"
	"errors"
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

// webWorld is a world whose server is any handler.
func webWorld(t *testing.T, handler http.HandlerFunc, cfg crawler.Config) *world {
	t.Helper()
	l := crawlertest.NewListener()
	w := &world{rec: newRecorder(), cfg: cfg, server: &http.Server{Handler: handler}}
	go w.server.Serve(l)
	w.deps = crawler.Deps{Visitor: w.rec, Fetcher: crawlertest.NewFetcher(l.Dial, nil)}
	t.Cleanup(func() { _ = w.server.Close() })
	return w
}

func oneSite(seeds ...string) crawler.Config {
	return crawler.Config{Workers: 4, Sites: []crawler.Site{{Name: "s", Seeds: seeds, NoSitemaps: true}}}
}

// ends returns how each URL ended, in words.
func (r *recorder) words() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]string{}
	for u, ends := range r.ends {
		var words []string
		for _, e := range ends {
			w := string(e.Reason)
			if e.Visited {
				w = "visited"
			}
			words = append(words, w)
		}
		out[strings.TrimPrefix(u, "http://")] = strings.Join(words, ",")
	}
	return out
}

func wantEnds(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, u := range slices.Sorted(maps.Keys(want)) {
		if got[u] != want[u] {
			t.Errorf("%s: %q, want %q", u, got[u], want[u])
		}
	}
	for _, u := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[u]; !ok {
			t.Errorf("%s: %q, but was not expected at all", u, got[u])
		}
	}
}

func page(links ...string) string {
	var b strings.Builder
	for _, l := range links {
		fmt.Fprintf(&b, "<a href=%q>x</a>", l)
	}
	return b.String()
}

// TestRefereeSees makes sure that the referee of the portal is awake.
func TestRefereeSees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := polite(time.Second)
		w := newWorld(t, crawlertest.PortalConfig{Seed: 2, Hosts: 3, Pages: 10, Limits: crawlertest.Limits{HostGap: 1001 * time.Millisecond, HostMax: 1}}, cfg)
		if _, err := w.crawl(t, t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if total, _, _ := w.portal.Referee.Violations(); total < 20 {
			t.Errorf("%d violations seen, want about 30", total)
		}
		_ = w.server.Close()
	})
}

func TestHostDiesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, crawlertest.PortalConfig{Seed: 3, Hosts: 4, Pages: 40, Limits: crawlertest.Limits{HostGap: time.Second, HostMax: 1}}, polite(time.Second))
		host := w.portal.Hosts()[1]
		var visits atomic.Int32
		w.rec.visit = func(p *crawler.Page) (crawler.Visited, error) {
			if p.Task.Host == host && visits.Add(1) == 10 {
				w.portal.SetDown(host, true)
				time.AfterFunc(10*time.Minute, func() { w.portal.SetDown(host, false) })
			}
			return crawler.Visited{}, nil
		}
		refuse := w.deps.Fetcher
		w.deps.Fetcher = fetchFunc(func(ctx context.Context, r crawler.Request) (*crawler.Page, error) {
			p, err := refuse.Fetch(ctx, r)
			if err != nil && r.Task.Host == host {
				return nil, classed{"connect", err}
			}
			return p, err
		})
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		w.judge(t)
		if n := w.portal.Referee.Requests(host); n > 41+1+40 {
			t.Errorf("%d requests to a host that was down for ten minutes, want few more than 41", n)
		}
		if sum.Elapsed < 10*time.Minute || sum.Retries == 0 {
			t.Errorf("%v and %d retries: the host was never missed", sum.Elapsed, sum.Retries)
		}
		_ = w.server.Close()
	})
}

type fetchFunc func(context.Context, crawler.Request) (*crawler.Page, error)

func (f fetchFunc) Fetch(ctx context.Context, r crawler.Request) (*crawler.Page, error) {
	return f(ctx, r)
}

type classed struct {
	class string
	error
}

func (c classed) ErrorClass() string { return c.class }

func TestHostGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, crawlertest.PortalConfig{Seed: 3, Hosts: 2, Pages: 20}, polite(time.Second))
		host := w.portal.Hosts()[1]
		w.deps.Fetcher = fetchFunc(func(ctx context.Context, r crawler.Request) (*crawler.Page, error) {
			if r.Task.Host == host && r.Task.Class != crawler.ClassRobots {
				time.Sleep(time.Second)
				return nil, classed{"connect", errors.New("refused")}
			}
			return w.plain.Fetch(ctx, r)
		})
		w.cfg.GiveUpAfter = 5 * time.Minute
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil || !sum.Complete {
			t.Fatalf("summary %+v, error %v", sum, err)
		}
		// Only its first page is known; that is given up with the guess of a sitemap.
		if got := w.rec.words()[host+"/"]; got != "host-down" {
			t.Errorf("ended as %q, want host-down", got)
		}
		if sum.Unread() == 0 {
			t.Error("nothing counted as unread")
		}
		_ = w.server.Close()
	})
}

func TestRobots(t *testing.T) {
	web := func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "a.test/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /no\nUser-agent: prescreen\nDisallow: /never\nAllow: /never/but\n")
		case "broken.test/robots.txt":
			w.WriteHeader(500)
		case "moved.test/robots.txt":
			http.Redirect(w, r, "http://a.test/robots.txt", http.StatusFound)
		case "away.test/robots.txt":
			http.Redirect(w, r, "http://out.test/robots.txt", http.StatusFound)
		case "none.test/robots.txt":
			w.WriteHeader(404)
		default:
			fmt.Fprint(w, page("/no", "/never", "/never/but"))
		}
	}
	for _, c := range []struct {
		host string
		obey crawler.RobotsPolicy
		want [4]string // of /, /no, /never, /never/but
	}{
		{"a.test", "", [4]string{"visited", "visited", "robots", "visited"}},
		{"a.test", crawler.RobotsDelayOnly, [4]string{"visited", "visited", "visited", "visited"}},
		{"broken.test", "", [4]string{"robots-unreachable"}},
		{"away.test", "", [4]string{"visited", "visited", "visited", "visited"}},
		{"none.test", "", [4]string{"visited", "visited", "visited", "visited"}},
		{"moved.test", "", [4]string{"visited", "visited", "robots", "visited"}},
	} {
		t.Run(c.host+string(c.obey), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := oneSite("http://" + c.host + "/")
				cfg.Sites[0].Robots = c.obey
				cfg.Sites[0].Hosts = []string{c.host, "a.test"}
				w := webWorld(t, web, cfg)
				if _, err := w.crawl(t, t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				want := map[string]string{}
				for i, p := range []string{"/", "/no", "/never", "/never/but"} {
					if c.want[i] != "" {
						want[c.host+p] = c.want[i]
					}
				}
				wantEnds(t, w.rec.words(), want)
				_ = w.server.Close()
			})
		})
	}
}

func TestScopeAndRedirects(t *testing.T) {
	var through atomic.Bool
	web := func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "a.test/":
			fmt.Fprint(w, page("/go", "/out", "/mail/x", "/mail/ok", "http://b.a.test/", "http://b.test/", "mailto:x@a.test", "http://[bad/",
				"/self", "/ping", "/ring1", "/member", "/p;jsessionid=1", "/p;jsessionid=2", "/long"+strings.Repeat("x", 9000), "//A.test:80/../go#x"))
		case "a.test/go":
			http.Redirect(w, r, "/target", http.StatusMovedPermanently)
		case "a.test/out":
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		case "a.test/self":
			http.Redirect(w, r, "/self", http.StatusFound)
		case "a.test/ping":
			http.Redirect(w, r, "/pong", http.StatusFound)
		case "a.test/pong":
			http.Redirect(w, r, "/ping", http.StatusFound)
		case "a.test/ring1", "a.test/ring2", "a.test/ring3":
			http.Redirect(w, r, "/ring"+string("231"[r.URL.Path[5]-'1']), http.StatusFound)
		case "a.test/member": // by way of two others, who set a cookie
			if through.Load() {
				fmt.Fprint(w, "text")
				return
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		case "a.test/login":
			http.Redirect(w, r, "/ticket", http.StatusFound)
		case "a.test/ticket":
			through.Store(true)
			http.Redirect(w, r, "/member", http.StatusFound)
		case "a.test/robots.txt", "b.a.test/robots.txt":
			w.WriteHeader(404)
		default:
			fmt.Fprint(w, "text")
		}
	}
	synctest.Test(t, func(t *testing.T) {
		through.Store(false)
		cfg := oneSite("http://a.test/")
		cfg.Sites[0].Hosts = []string{"a.test", "*.a.test"}
		cfg.Sites[0].Rules = []crawler.Rule{{Allow: true, Pattern: "/mail/ok$"}, {Pattern: "/mail/"}}
		w := webWorld(t, web, cfg)
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		wantEnds(t, w.rec.words(), map[string]string{
			"a.test/": "visited", "a.test/go": "redirect", "a.test/target": "visited", "a.test/out": "redirect", "a.test/mail/ok": "visited",
			"b.a.test/": "visited", "a.test/self": "redirect-loop", "a.test/ping": "redirect,redirect", "a.test/pong": "redirect,redirect-loop", "a.test/p": "visited",
			"a.test/ring1": "redirect,redirect", "a.test/ring2": "redirect,redirect", "a.test/ring3": "redirect,redirect-loop",
			"a.test/member": "redirect,visited", "a.test/login": "redirect", "a.test/ticket": "redirect",
		})
		want := map[string]int64{"other host": 2, "path rule": 1, "not http": 1, "not a URL": 1, "URL too long": 1}
		if !maps.Equal(sum.OutOfScope, want) {
			t.Errorf("out of scope: %v, want %v", sum.OutOfScope, want)
		}
		_ = w.server.Close()
	})
}

func TestSitemaps(t *testing.T) {
	web := func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "a.test/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /maps/\nSitemap: /maps/index.xml\nSitemap: http://a.test/page-after-all\n")
		case "a.test/maps/index.xml":
			fmt.Fprint(w, `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://a.test/map2.xml</loc></sitemap></sitemapindex>`)
		case "a.test/map2.xml":
			fmt.Fprint(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.test/hidden</loc></url><url><loc>http://b.test/</loc></url></urlset>`)
		case "a.test/page-after-all":
			fmt.Fprint(w, "<!DOCTYPE html><title>x</title>"+page("/linked", "/feed"))
		case "c.test/robots.txt":
			w.WriteHeader(404)
		case "c.test/sitemap.xml":
			fmt.Fprint(w, "<!DOCTYPE html><title>not found, says 200</title>")
		case "a.test/feed":
			w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
			fmt.Fprint(w, `<rss version="2.0"><channel><item><link>/from-feed</link></item></channel></rss>`)
		case "a.test/map-broken.xml":
			fmt.Fprint(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/before-damage</loc></url><url><loc>http://a`)
		case "a.test/map3.txt":
			fmt.Fprint(w, "http://a.test/listed\n")
		default:
			fmt.Fprint(w, "text")
		}
	}
	synctest.Test(t, func(t *testing.T) {
		cfg := oneSite("http://a.test/", "http://c.test/")
		cfg.Sites[0].NoSitemaps = false
		cfg.Sites[0].Sitemaps = []string{"http://a.test/map3.txt", "http://a.test/map404.xml", "http://a.test/map-broken.xml"}
		w := webWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "404.xml") {
				rw.WriteHeader(403)
				return
			}
			web(rw, r)
		}, cfg)
		if _, err := w.crawl(t, t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		wantEnds(t, w.rec.words(), map[string]string{
			"a.test/": "visited", "a.test/hidden": "visited", "a.test/page-after-all": "visited", "a.test/linked": "visited", "a.test/listed": "visited",
			"c.test/": "visited", "a.test/map404.xml": "forbidden", "a.test/feed": "visited", "a.test/from-feed": "visited",
			"a.test/before-damage": "visited", "a.test/map-broken.xml": "visit",
		})
		_ = w.server.Close()
	})
}

func TestVisitorFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				w.WriteHeader(404)
				return
			}
			fmt.Fprint(w, page("/panics", "/fails", "/fine"))
		}, oneSite("http://a.test/"))
		w.rec.visit = func(p *crawler.Page) (crawler.Visited, error) {
			switch p.Task.URL {
			case "http://a.test/panics":
				panic("on purpose")
			case "http://a.test/fails":
				return crawler.Visited{}, errors.New("on purpose")
			}
			return crawler.Visited{}, nil
		}
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil || sum.Failed[crawler.ReasonVisit] != 2 || sum.Unread() != 2 {
			t.Errorf("summary %+v, error %v", sum, err)
		}
		wantEnds(t, w.rec.words(), map[string]string{"a.test/": "visited", "a.test/panics": "visit", "a.test/fails": "visit", "a.test/fine": "visited"})
		_ = w.server.Close()
	})
}

func TestStopAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorld(t, crawlertest.PortalConfig{
			Seed: 4, Hosts: 10, Pages: 30, Faulty: 0.2, OddRobots: true, Limits: crawlertest.Limits{HostGap: time.Second, HostMax: 1},
		}, polite(time.Second))
		total := int64(0)
		for round := 0; ; round++ {
			ctx, cancel := context.WithCancel(t.Context())
			stopped := make(chan time.Time, 1)
			timer := time.AfterFunc(7300*time.Millisecond, func() { stopped <- time.Now(); cancel() })
			sum, err := w.crawl(t, ctx, dir)
			timer.Stop()
			cancel()
			if err == nil {
				total = sum.Visited
				if round < 3 {
					t.Errorf("done after %d rounds: nothing was resumed", round)
				}
				break
			}
			if !errors.Is(err, context.Canceled) || sum.Complete || sum.InFlight != 0 {
				t.Fatalf("round %d: error %v, summary %+v", round, err, sum)
			}
			if d := time.Since(<-stopped); d > 5*time.Second {
				t.Errorf("round %d: stopped after %v", round, d)
			}
			if round == 200 {
				t.Fatal("does not come to an end")
			}
			w.portal.Restarted()
		}
		w.judge(t)
		visits := int64(0)
		for u, ends := range w.rec.ends {
			for _, e := range ends {
				if e.Visited {
					visits++
				}
			}
			if len(ends) > 2 {
				t.Errorf("%s was reported %d times", u, len(ends))
			}
		}
		if visits != total {
			t.Errorf("%d visits of %d pages: a clean stop repeats nothing", visits, total)
		}
		_ = w.server.Close()
	})
}

func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		var first time.Time
		var once sync.Once
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			once.Do(func() { first = time.Now() })
			fmt.Fprint(w, "text")
		}, oneSite("http://a.test/"))
		w.deps.Now = func() time.Time { return time.Now().UTC() }
		begun := time.Now()
		w.cfg.Sites[0].Quiet = []crawler.Window{{From: 22 * time.Hour, To: 6 * time.Hour}}
		if _, err := w.crawl(t, t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if d := first.Sub(begun); d < 6*time.Hour || d > 6*time.Hour+time.Minute {
			t.Errorf("first request after %v, want 6h", d)
		}
		_ = w.server.Close()
	})
}

func TestBudgetsAndTraps(t *testing.T) {
	// Endless in every way: a calendar, a path that grows, paging.
	web := func(w http.ResponseWriter, r *http.Request) {
		year, month, n := 2026, 1, 0
		fmt.Sscanf(r.URL.Query().Get("ym"), "%d-%d", &year, &month)
		fmt.Sscanf(r.URL.Query().Get("list"), "%d", &n)
		switch {
		case r.URL.Path == "/robots.txt":
			w.WriteHeader(404)
		case r.URL.Path == "/":
			fmt.Fprint(w, page("/calendar?ym=2026-01", "/a/b/", "/news?list=1", "/article/1", "/article/2"))
		case r.URL.Path == "/calendar":
			fmt.Fprint(w, page(fmt.Sprintf("/calendar?ym=%d-%d", year+(month)/12, month%12+1), fmt.Sprintf("/calendar?ym=%d-%d", year-1, month)))
		case r.URL.Path == "/news":
			fmt.Fprint(w, page(fmt.Sprintf("/news?list=%d", n+1)))
		case strings.HasPrefix(r.URL.Path, "/a/"):
			fmt.Fprint(w, page("a/b/"))
		}
	}
	for _, c := range []struct {
		name   string
		budget crawler.Budget
		reason crawler.Reason
		check  func(s crawler.Summary) bool
	}{
		{"traps", crawler.Budget{Traps: 20}, crawler.ReasonTrap, func(s crawler.Summary) bool { return s.Visited >= 25 && s.Visited < 40 }},
		{"pages", crawler.Budget{Pages: 7}, crawler.ReasonPages, func(s crawler.Summary) bool { return s.Visited == 7 }},
		{"depth", crawler.Budget{Depth: 2}, crawler.ReasonDepth, func(s crawler.Summary) bool { return s.Skipped[crawler.ReasonDepth] == 5 }},
		{"time", crawler.Budget{Time: time.Minute}, crawler.ReasonTime, func(s crawler.Summary) bool { return s.Elapsed < 2*time.Minute }},
		{"bytes", crawler.Budget{Bytes: 1000}, crawler.ReasonBytes, func(s crawler.Summary) bool { return s.Bytes < 1500 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := oneSite("http://a.test/")
				cfg.Sites[0].Budget = c.budget
				w := webWorld(t, web, cfg)
				w.rec.visit = func(p *crawler.Page) (crawler.Visited, error) {
					return crawler.Visited{NearDuplicate: strings.Contains(p.Task.URL, "/news?")}, nil
				}
				sum, err := w.crawl(t, t.Context(), "")
				if err != nil || !sum.Complete {
					t.Fatalf("summary %+v, error %v", sum, err)
				}
				named := int64(0)
				for _, end := range w.rec.words() {
					if end == string(c.reason) {
						named++
					}
				}
				if named == 0 || named != sum.Skipped[c.reason] || !c.check(sum) {
					t.Errorf("%d URLs named as %s; summary %+v", named, c.reason, sum.Counts)
				}
				if w.rec.words()["a.test/article/1"] != "visited" && c.budget.Pages == 0 && c.budget.Bytes == 0 {
					t.Error("an article was given up for a trap")
				}
				_ = w.server.Close()
			})
		})
	}
}

func TestManyLinksOnOnePage(t *testing.T) {
	const n = 100_000
	synctest.Test(t, func(t *testing.T) {
		var links []string
		for i := range n {
			links = append(links, fmt.Sprint("/", i))
		}
		body := page(links...)
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				fmt.Fprint(w, body)
			}
		}, oneSite("http://a.test/"))
		w.cfg.Sites[0].Budget.Pages = 3
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil || sum.Found != n+2 || sum.Skipped[crawler.ReasonPages] != n-2 || len(w.rec.ends) != n+1 {
			t.Errorf("summary %+v, %d reported, error %v", sum.Counts, len(w.rec.ends), err)
		}
		_ = w.server.Close()
	})
}

func TestConfigErrors(t *testing.T) {
	site := crawler.Site{Name: "s", Seeds: []string{"http://a.test/"}}
	with := func(f func(*crawler.Site)) crawler.Config {
		s := site
		f(&s)
		return crawler.Config{Sites: []crawler.Site{s}}
	}
	for _, c := range []struct {
		cfg  crawler.Config
		want string
	}{
		{crawler.Config{}, "none given"},
		{crawler.Config{Sites: []crawler.Site{site, site}}, `site "s": the name is used twice`},
		{with(func(s *crawler.Site) { s.Name = "" }), "site number 1: has no name"},
		{with(func(s *crawler.Site) { s.Seeds = nil }), `site "s": has no seeds`},
		{with(func(s *crawler.Site) { s.Seeds = []string{"a.test"} }), `"a.test" is not an absolute`},
		{with(func(s *crawler.Site) { s.Hosts = []string{"b.test"} }), `is not on a host of the site; add "a.test"`},
		{with(func(s *crawler.Site) { s.Hosts = []string{"a/b"} }), `host "a/b"`},
		{with(func(s *crawler.Site) { s.Rules = []crawler.Rule{{Pattern: "x"}} }), `rule 1: pattern "x"`},
		{with(func(s *crawler.Site) { s.Robots = "ignore" }), `robots "ignore"`},
		{with(func(s *crawler.Site) { s.Query = "x" }), `query "x"`},
		{with(func(s *crawler.Site) { s.Quiet = []crawler.Window{{From: 1, To: 1}} }), "quiet hours 1"},
		{with(func(s *crawler.Site) { s.Budget.Depth = -1 }), "a budget is negative"},
		{with(func(s *crawler.Site) { s.Politeness = crawler.Politeness{Min: 2, Max: 1} }), "minimum delay"},
	} {
		_, err := crawler.New(crawler.Deps{Frontier: &shaky{}, Fetcher: &crawlertest.Fetcher{}, Visitor: newRecorder()}, c.cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
