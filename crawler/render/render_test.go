package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/crawler"
	"prescreen/crawler/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const vendorScript = `document.getElementById('app').innerHTML = '<h1>Loading</h1>';`

// portal is a site whose pages are made by scripts.
func portal(t *testing.T) (inner crawler.Fetcher, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var log []string
	mux := http.NewServeMux()
	serve := func(path, ctype, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", ctype)
			w.Header().Set("ETag", `"1"`)
			_, _ = io.WriteString(w, body)
		})
	}
	shell := func(script string) string {
		return `<!DOCTYPE html><html><head><meta charset="utf-8"><title>门户</title></head><body><div id="app"></div><script src="/vendor.js"></script><script>` + script + `</script></body></html>`
	}
	serve("/vendor.js", "text/javascript", vendorScript)
	serve("/api/list", "application/json", `{"items":["关于开展安全检查的通知","关于公布名单的公告"]}`)
	serve("/app", "text/html", shell(`fetch('/api/list').then(r => r.json()).then(d => { document.getElementById('app').innerHTML = d.items.map((x, i) => '<p><a href="/item/' + i + '">' + x + '，请各部门各单位认真贯彻执行，并将有关情况及时报送办公室。</a></p>').join('') });`))
	serve("/static", "text/html; charset=utf-8", `<html><body><p>`+strings.Repeat("各部门、各单位，现将有关事项通知如下。", 10)+`</p><script src="/vendor.js"></script></body></html>`)
	serve("/alert", "text/html", shell(`alert('x'); if (!confirm('y')) document.getElementById('app').textContent = 'after the dialogs';`))
	serve("/post", "text/html", shell(`fetch('/api/list', {method: 'POST'}).catch(() => { document.getElementById('app').textContent = 'no list' });`))
	serve("/moves", "text/html", shell(`setTimeout(() => location.href = '/elsewhere', 50);`))
	serve("/hangs", "text/html", shell(`for (;;) {}`))
	serve("/never", "text/html", shell(`document.getElementById('app').textContent = 'partial'; setInterval(() => fetch('/api/list?' + Math.random()), 20);`))
	serve("/foreign", "text/html", `<html><body><script src="http://cdn.example/app.js"></script><img src="http://127.0.0.1:9/x"></body></html>`)
	serve("/inside", "text/html", shell(`const tries = ['http://127.0.0.1:9/admin', 'http://169.254.169.254/latest', 'http://internal.example/'];
		Promise.allSettled(tries.map(u => fetch(u))).then(rs => { document.getElementById('app').textContent = rs.map(r => r.status).join(' ') });
		new WebSocket('ws://127.0.0.1:9/');`))
	serve("/shadow", "text/html", shell(`const h = document.createElement('x-list'); document.body.appendChild(h); h.attachShadow({mode: 'open'}).innerHTML = '<p>text in a shadow root</p>';`))
	mux.HandleFunc("/redirected.js", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://internal.example/evil.js", http.StatusFound)
	})
	serve("/redirect", "text/html", `<html><body><div id="app"></div><script src="/redirected.js"></script></body></html>`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		log = append(log, r.Method+" "+r.Host+r.URL.Path)
		mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	f, err := fetch.New(fetch.Config{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Listener.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := log
		log = nil
		return out
	}
}

func newRenderer(t *testing.T, inner crawler.Fetcher, cfg Config) *Renderer {
	t.Helper()
	cfg.NoSandbox = true
	if cfg.Pause == nil {
		cfg.Pause = func(context.Context, crawler.Task) error { return nil }
	}
	r, err := New(inner, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func needBrowser(t *testing.T) {
	t.Helper()
	for _, name := range browsers {
		if _, err := exec.LookPath(name); err == nil {
			return
		}
	}
	t.Skip("no browser is installed")
}

func get(t *testing.T, f crawler.Fetcher, path string) (*crawler.Page, string) {
	t.Helper()
	p, err := f.Fetch(t.Context(), crawler.Request{
		Task:  crawler.Task{URL: "http://portal.example" + path, Site: "s"},
		Prior: crawler.Validators{},
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	b, err := p.Body.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Body.Close()
	return p, string(b)
}

func TestRender(t *testing.T) {
	needBrowser(t)
	inner, asked := portal(t)
	r := newRenderer(t, inner, Config{Timeout: 20 * time.Second})
	for _, tc := range []struct {
		path, contains, truncated string
	}{
		{"/app", `<a href="/item/1">关于公布名单的公告`, ""},
		{"/static", "现将有关事项通知如下", ""},
		{"/alert", "after the dialogs", ""},
		{"/post", "no list", "1 requests other than GET"},
		{"/moves", `<a href="http://portal.example/elsewhere"></a>`, ""},
		{"/foreign", "", "cdn.example"},
		{"/inside", "rejected rejected rejected", "127.0.0.1:9, 169.254.169.254, internal.example"},
		{"/shadow", "text in a shadow root", ""},
		{"/redirect", "", "internal.example"},
	} {
		t.Run(tc.path[1:], func(t *testing.T) {
			p, body := get(t, r, tc.path)
			if !strings.Contains(body, tc.contains) {
				t.Errorf("body %s", body)
			}
			if tc.truncated == "" && p.Truncated != "" || !strings.Contains(p.Truncated, tc.truncated) {
				t.Errorf("truncated %q, want %q in it", p.Truncated, tc.truncated)
			}
			rendered := tc.path != "/static"
			if (p.Header.Get("Content-Type") == "text/html; charset=utf-8") != true || (p.Validators == crawler.Validators{}) != rendered {
				t.Errorf("headers %v, validators %+v", p.Header, p.Validators)
			}
			for _, line := range asked() {
				if !strings.HasPrefix(line, "GET portal.example/") {
					t.Errorf("the browser reached %s", line)
				}
			}
		})
	}
	t.Run("scripts are fetched once", func(t *testing.T) {
		get(t, r, "/app")
		if got := fmt.Sprint(asked()); got != "[GET portal.example/app GET portal.example/api/list]" {
			t.Errorf("asked for %s", got)
		}
	})
	t.Run("screenshot", func(t *testing.T) {
		p, err := r.Fetch(t.Context(), crawler.Request{Task: crawler.Task{URL: "http://portal.example/app"}})
		if err != nil {
			t.Fatal(err)
		}
		asked()
		shot, err := r.Screenshot(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(shot))
		if err != nil || img.Bounds().Dx() != shotWidth {
			t.Errorf("%v, %v", img.Bounds(), err)
		}
		if got := asked(); len(got) > 0 {
			t.Errorf("it ran scripts: %s", got)
		}
		if _, err := r.Screenshot(t.Context(), &crawler.Page{Status: 200}); err == nil {
			t.Error("of nothing: want an error")
		}
	})
}

// TestNeverStill: pages that do not come to rest, or hang the browser.
func TestNeverStill(t *testing.T) {
	needBrowser(t)
	inner, _ := portal(t)
	r := newRenderer(t, inner, Config{Timeout: 1500 * time.Millisecond})
	if p, body := get(t, r, "/never"); !strings.Contains(p.Truncated, "still loading") || !strings.Contains(body, "partial") {
		t.Errorf("truncated %q, body %s", p.Truncated, body)
	}
	if p, _ := get(t, r, "/hangs"); !strings.HasPrefix(p.Truncated, Truncated) {
		t.Errorf("truncated %q", p.Truncated)
	}
	r.cfg.Timeout = 20 * time.Second
	if p, body := get(t, r, "/app"); p.Truncated != "" || !strings.Contains(body, "关于公布名单的公告") {
		t.Errorf("the next page: truncated %q, body %s", p.Truncated, body)
	}
}

func TestParallelAndCancel(t *testing.T) {
	needBrowser(t)
	inner, _ := portal(t)
	r := newRenderer(t, inner, Config{Tabs: 2, Recycle: 2})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if p, body := get(t, r, "/app"); p.Truncated != "" || !strings.Contains(body, "关于公布名单的公告") {
				t.Errorf("truncated %q, body %s", p.Truncated, body)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	start := time.Now()
	_, err := r.Fetch(ctx, crawler.Request{Task: crawler.Task{URL: "http://portal.example/never"}})
	if !errors.Is(err, context.Canceled) || time.Since(start) > time.Minute {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
}

func TestNoBrowser(t *testing.T) {
	inner, _ := portal(t)
	if _, err := New(inner, Config{Browser: "/no/such/browser"}); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("a browser that is not there: %v", err)
	}
	r := newRenderer(t, inner, Config{})
	r.path = ""
	p, body := get(t, r, "/app")
	if !strings.HasPrefix(p.Truncated, Truncated+": no browser found") || !strings.Contains(body, "vendor.js") || p.Validators != (crawler.Validators{}) {
		t.Errorf("truncated %q, body %s", p.Truncated, body)
	}
	if p, _ := get(t, r, "/static"); p.Truncated != "" || p.Validators.ETag == "" {
		t.Errorf("a page that needs none: %+v", p)
	}
	off := newRenderer(t, inner, Config{Off: true})
	if p, _ := get(t, off, "/app"); !strings.Contains(p.Truncated, "rendering is off") {
		t.Errorf("truncated %q", p.Truncated)
	}
	for _, cfg := range []Config{{Tabs: -1}, {Timeout: -1}} {
		if _, err := New(inner, cfg); err == nil {
			t.Errorf("New(%+v): want an error", cfg)
		}
	}
}

func TestNeedsScripts(t *testing.T) {
	text := strings.Repeat("现将有关事项通知如下。", 10)
	for in, want := range map[string]bool{
		`<div id=app></div><script src=a.js></script>`:                                  true,
		`<title>` + text + `</title><div id=app></div><script src=a.js></script>`:       true,
		`<noscript>` + text + `</noscript><div id=app></div><script src=a.js></script>`: true,
		`<div></div><script>` + strings.Repeat("build();", 200) + `</script>`:           true,
		`<p>` + text + `</p><script src=a.js></script>`:                                 false,
		`<script>location.href="/index.html"</script>`:                                  false,
		`<frameset><frame src=a><frame src=b></frameset><script src=a.js></script>`:     false,
		`<p>short</p>`: false,
		`<!-- <p>` + text + `</p> --><script src=a.js></script>`:                        true,
		`<style>` + text + `</style><script>if (a</b/.c) "</p>"</script>`:               false,
		`<script src=a.js>` + text:                                                      true,
		`<SCRIPT>` + strings.Repeat("x", 2000) + `</Script><Title>` + text + `</TITLE>`: true,
		`<titles>` + text + `</titles><script src=a.js></script>`:                       false,
		`<p`: false,
		``:   false,
		`<p>` + strings.Repeat("plain English text ", 20) + `</p><SCRIPT src=a.js></SCRIPT>`: false,
	} {
		if got := needsScripts([]byte(in)); got != want {
			t.Errorf("needsScripts(%.80q) = %v", in, got)
		}
	}
}
