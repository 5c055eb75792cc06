package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"prescreen/crawler"
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Unix(1.7e9, 0)} }

func (c *clock) get() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestPage(t *testing.T) {
	now := newClock()
	f := newFetcher(t, Config{UserAgent: "prescreen/1.0 (+https://example.org)", Now: now.get})
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "prescreen/1.0 (+https://example.org)" || r.Header.Get("Referer") != "" {
			t.Errorf("headers %v", r.Header)
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Nov 2026 00:00:00 GMT")
		_, _ = io.WriteString(w, page)
	})
	p, body, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: url + "/a%20b?c=d", Site: "s", Referrer: "http://other.example/"}})
	if err != nil {
		t.Fatal(err)
	}
	if body != page || p.Status != 200 || p.Task.Site != "s" || p.Location != "" || p.Truncated != "" || p.NotModified {
		t.Errorf("%+v, %q", p, body)
	}
	if p.Hash != sha256.Sum256([]byte(page)) || p.Validators.ETag != `"v1"` || p.Validators.LastModified == "" {
		t.Errorf("hash %x, validators %+v", p.Hash, p.Validators)
	}
	if !strings.HasPrefix(url, "http://"+p.RemoteAddr) || !p.Fetched.Equal(now.get()) || p.Duration <= 0 || p.Header.Get("ETag") == "" {
		t.Errorf("%+v", p)
	}
}

func TestConditional(t *testing.T) {
	f := newFetcher(t, Config{})
	prior := crawler.Validators{ETag: `W/"v1"`, LastModified: "Mon, 02 Nov 2026 00:00:00 GMT"}
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == prior.ETag && r.Header.Get("If-Modified-Since") == prior.LastModified {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	p, _, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: url}, Prior: prior})
	if err != nil || !p.NotModified || p.Body != nil || p.Status != 304 || p.Validators != prior {
		t.Errorf("%+v, %v", p, err)
	}
	if p, _, err := get(t, f, url); err != nil || p.NotModified || p.Status != 200 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestStatuses(t *testing.T) {
	f := newFetcher(t, Config{})
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Retry-After", "7")
		w.Header().Set("ETag", `"x"`)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "body")
	})
	for _, status := range []int{201, 203, 206, 300, 302, 400, 401, 403, 404, 410, 429, 500, 503, 599} {
		p, body, err := get(t, f, fmt.Sprintf("%s/%d", url, status))
		if err != nil || p.Status != status || body != "body" || p.Header.Get("Retry-After") != "7" || p.Validators.ETag != "" {
			t.Errorf("%d: %+v, %q, %v", status, p, body, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	f := newFetcher(t, Config{})
	hits := 0
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		hits++
		w.Header()["Location"] = []string{strings.TrimPrefix(r.URL.Query().Get("to"), "")}
		w.WriteHeader(302)
		_, _ = io.WriteString(w, strings.Repeat("moved ", 100))
	})
	for to, want := range map[string]string{
		"/next":                      url + "/next",
		"b%23c":                      url + "/dir/b",
		"%2F%2Fother.example%2Fx":    "http://other.example/x",
		"https://a.example":          "https://a.example/",
		"http://127.0.0.1:1/private": "http://127.0.0.1:1/private",
		"/通知":                        url + "/%E9%80%9A%E7%9F%A5",
		"/%CD%A8":                    url + "/%CD%A8", // GBK bytes
		"ftp://h/x":                  "ftp://h/x",
		"javascript:alert(1)":        "javascript:alert(1)",
	} {
		p, _, err := get(t, f, url+"/dir/page?to="+to)
		if err != nil || p.Status != 302 || p.Location != want || p.Body != nil || p.Header.Get("Location") == "" {
			t.Errorf("to %q: %+v, %v; want %q", to, p, err, want)
		}
	}
	p, body, err := get(t, f, url+"/dir/page?to=http%3A%2F%2F%5B")
	if err != nil || p.Location != "" || !strings.HasPrefix(body, "moved") {
		t.Errorf("to no URL: %+v, %q, %v", p, body, err)
	}
	if hits != 10 {
		t.Errorf("%d requests for 10 redirects", hits)
	}
}

// TestSpool sends documents of all sizes: they must arrive byte for byte,
// large ones in a file that leaves no trace.
func TestSpool(t *testing.T) {
	f := newFetcher(t, Config{Limits: Limits{Memory: 100 << 10}})
	whole := noise(3 << 20)
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		w.Header().Set("Content-Type", "application/pdf")
		if r.URL.RawQuery == "chunked" {
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, whole[:n])
	})
	for _, n := range []int{0, 1, 511, 512, 513, 8191, 65536, 100 << 10, 100<<10 + 1, 1 << 20, 3 << 20} {
		for _, how := range []string{"", "?chunked"} {
			p, err := f.Fetch(t.Context(), crawler.Request{Task: crawler.Task{URL: fmt.Sprintf("%s/%d%s", url, n, how), Class: crawler.ClassAttachment}})
			if err != nil {
				t.Fatal(err)
			}
			b, err := p.Body.Bytes()
			if err != nil || string(b) != whole[:n] || p.Hash != sha256.Sum256(b) || p.Truncated != "" {
				t.Errorf("%d bytes%s: got %d, %v, truncated %q", n, how, len(b), err, p.Truncated)
			}
			if _, spooled := p.Body.(*fileBody); spooled != (n > 100<<10) {
				t.Errorf("%d bytes: spooled is %v", n, spooled)
			}
			mid := make([]byte, 16)
			if got, _ := p.Body.ReadAt(mid, int64(n/2)); string(mid[:got]) != whole[n/2:min(n, n/2+16)] {
				t.Errorf("%d bytes: ReadAt differs", n)
			}
			left, err := os.ReadDir(f.cfg.TempDir)
			if err != nil || len(left) != 0 {
				t.Errorf("files in sight: %v, %v", left, err)
			}
			if err := p.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestNoRoomToSpool(t *testing.T) {
	f := newFetcher(t, Config{Limits: Limits{Memory: 1000}})
	f.cfg.TempDir = "/nowhere/at/all"
	url := web(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, noise(5000)) })
	_, _, err := get(t, f, url)
	wantClass(t, "no room", err, crawler.ErrorLocal)
}

func TestSizeLimits(t *testing.T) {
	f := newFetcher(t, Config{Limits: Limits{Page: 1000, Attachment: 2000, Robots: 500, Sitemap: 1500}})
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		if r.URL.Query().Has("chunked") {
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, noise(n))
	})
	for _, tc := range []struct {
		path  string
		class crawler.Class
		size  int
		cut   bool
	}{
		{"/1000?type=text/html", crawler.ClassPage, 1000, false},
		{"/1001?type=text/html", crawler.ClassPage, 1000, true},
		{"/1001?type=text/html", crawler.ClassAttachment, 1000, true}, // the response decides
		{"/2000?type=application/pdf", crawler.ClassPage, 2000, false},
		{"/2001?type=application/pdf", crawler.ClassPage, 0, true}, // announced, so not downloaded
		{"/2001?type=application/pdf&chunked", crawler.ClassPage, 2000, true},
		{"/501?type=application/pdf", crawler.ClassRobots, 500, true},
		{"/1501?type=application/gzip", crawler.ClassSitemap, 1500, true},
	} {
		p, body, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: url + tc.path, Class: tc.class}})
		if err != nil || len(body) != tc.size || (p.Truncated != "") != tc.cut || tc.cut && !strings.HasPrefix(p.Truncated, crawler.TruncatedSize) {
			t.Errorf("%s: %d bytes, %+v, %v", tc.path, len(body), p, err)
		}
	}
}

func TestCancel(t *testing.T) {
	release := make(chan struct{})
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	f := newFetcher(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if p, err := f.Fetch(ctx, crawler.Request{Task: crawler.Task{URL: url}}); !errors.Is(err, context.Canceled) || p != nil {
		t.Errorf("cancelled: %+v, %v", p, err)
	}
	if _, err := f.Fetch(ctx, crawler.Request{Task: crawler.Task{URL: url}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	late, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := f.Fetch(late, crawler.Request{Task: crawler.Task{URL: url}})
	wantClass(t, "deadline", err, crawler.ErrorTimeout)
	for _, bad := range []string{"", "/x", "ftp://h/", "http://", "http://[", "::"} {
		_, _, err := get(t, f, bad)
		wantClass(t, bad, err, crawler.ErrorOther)
	}
}

// TestTLS covers HTTP/2, bad certificates, own authorities.
func TestTLS(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
		s.EnableHTTP2 = h2
		s.Config.ErrorLog = quiet
		s.StartTLS()
		defer s.Close()
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		f := newFetcher(t, Config{Sites: map[string]Site{"trusting": {InsecureTLS: true}, "own": {CertificatesPEM: ca}}})
		defer f.Close()
		_, _, err := get(t, f, s.URL)
		wantClass(t, "unknown authority", err, crawler.ErrorTLS)
		proto := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[h2]
		for range 2 { // on a new and on a kept connection
			p, body, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: s.URL, Site: "trusting"}})
			if err != nil || body != proto || !strings.Contains(p.BadCertificate, "authority") || p.RemoteAddr == "" {
				t.Errorf("insecure: %+v, %q, %v", p, body, err)
			}
		}
		p, body, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: s.URL, Site: "own"}})
		if err != nil || body != proto || p.BadCertificate != "" {
			t.Errorf("own authority: %+v, %q, %v", p, body, err)
		}
	}
	plain := rawServer(t, once("HTTP/1.1 200 OK\r\n\r\n"))
	f := newFetcher(t, Config{Limits: quick})
	_, _, err := get(t, f, strings.Replace(plain, "http:", "https:", 1))
	if c := crawler.ClassOf(err); c != crawler.ErrorTLS && c != crawler.ErrorTimeout {
		t.Errorf("no TLS there: %v", err)
	}
}

// TestOldTLS: servers that browsers still read, or read with a warning.
func TestOldTLS(t *testing.T) {
	for _, tc := range []struct {
		name   string
		server *tls.Config
		strict bool // readable without InsecureTLS
	}{
		{"key exchange by RSA", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, true},
		{"triple DES", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, false},
		{"TLS 1.0", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, false},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.TLS = tc.server
		s.Config.ErrorLog = quiet
		s.StartTLS()
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		f := newFetcher(t, Config{Sites: map[string]Site{"lax": {InsecureTLS: true}, "strict": {CertificatesPEM: ca}}})
		if _, _, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: s.URL, Site: "lax"}}); err != nil {
			t.Errorf("%s, insecure: %v", tc.name, err)
		}
		_, _, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: s.URL, Site: "strict"}})
		if !tc.strict {
			wantClass(t, tc.name, err, crawler.ErrorTLS)
		} else if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		_ = f.Close()
		s.Close()
	}
}

func TestProxy(t *testing.T) {
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "through a tunnel") }))
	defer target.Close()
	proxy := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			_, _ = fmt.Fprintf(w, "proxied %s", r.URL)
			return
		}
		up, err := net.Dial("tcp", target.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer down.Close()
		_, _ = io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(up, down); _ = up.(*net.TCPConn).CloseWrite() }()
		_, _ = io.Copy(down, up)
	})
	f := newFetcher(t, Config{Sites: map[string]Site{"s": {Proxy: proxy, InsecureTLS: true}}})
	p, body, err := fetch(t, f, crawler.Request{Task: crawler.Task{URL: "http://unresolvable.invalid/x?y", Site: "s"}})
	if err != nil || body != "proxied http://unresolvable.invalid/x?y" || p.RemoteAddr != "" {
		t.Errorf("%+v, %q, %v", p, body, err)
	}
	p, body, err = fetch(t, f, crawler.Request{Task: crawler.Task{URL: "https://unresolvable.invalid/x", Site: "s"}})
	if err != nil || body != "through a tunnel" || p.BadCertificate == "" {
		t.Errorf("%+v, %q, %v", p, body, err)
	}
	_, _, err = fetch(t, f, crawler.Request{Task: crawler.Task{URL: "http://169.254.169.254/latest", Site: "s"}})
	wantClass(t, "an address through the proxy", err, crawler.ErrorRefused)
	_ = f.Close()
}

func TestSiteSettings(t *testing.T) {
	f := newFetcher(t, Config{Sites: map[string]Site{"s": {
		UserAgent: "special", Cookies: "login=abc; theme=x", Headers: map[string]string{"x-token": "t1"},
	}}})
	var got http.Header
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Header().Add("Set-Cookie", "theme=y; Path=/")
		w.Header().Add("Set-Cookie", "session=1; Path=/; HttpOnly")
		w.Header().Add("Set-Cookie", "secret=1; Secure")
		w.Header().Add("Set-Cookie", "gone=1; Max-Age=0")
		w.Header().Add("Set-Cookie", "elsewhere=1; Path=/other")
		w.Header().Add("Set-Cookie", "huge="+strings.Repeat("x", 5000))
	})
	task := crawler.Task{URL: url + "/a/b", Site: "s", Referrer: url + "/list"}
	want := []string{"login=abc; theme=x", "theme=y; session=1; login=abc"}
	for i, cookie := range want {
		if _, _, err := fetch(t, f, crawler.Request{Task: task}); err != nil {
			t.Fatal(err)
		}
		if got.Get("Cookie") != cookie || got.Get("User-Agent") != "special" || got.Get("X-Token") != "t1" || got.Get("Referer") != url+"/list" {
			t.Errorf("request %d: %v", i, got)
		}
	}
	if _, _, err := get(t, f, strings.Replace(url, "127.0.0.1", "localhost", 1)); err == nil && got.Get("Cookie") != "" {
		t.Errorf("another host was sent %q", got.Get("Cookie"))
	}
}

func TestCookieLimits(t *testing.T) {
	now := newClock()
	j := newCookieJar(now.get)
	for i := range 1000 {
		j.set("h", "/", http.Header{"Set-Cookie": {fmt.Sprintf("c%d=%s; Max-Age=60", i, strings.Repeat("x", 1000))}})
	}
	if n := len(j.hosts["h"]); n != maxCookiesHost {
		t.Errorf("%d cookies kept", n)
	}
	if n := len(j.header("h", "/", false, nil)); n == 0 || n > maxCookiesBytes+2*maxCookiesHost {
		t.Errorf("%d bytes sent", n)
	}
	now.add(time.Minute)
	if s := j.header("h", "/", false, nil); s != "" {
		t.Errorf("sent after their time: %.50q", s)
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"colly variable":  {Environ: func() []string { return []string{"HOME=/", "COLLY_MAX_DEPTH=1"} }},
		"negative limit":  {Limits: Limits{Page: -1}},
		"negative time":   {Limits: Limits{Idle: -1}},
		"user agent":      {UserAgent: "a\nb"},
		"proxy":           {Sites: map[string]Site{"s": {Proxy: "not a proxy"}}},
		"certificates":    {Sites: map[string]Site{"s": {CertificatesPEM: []byte("x")}}},
		"cookies":         {Sites: map[string]Site{"s": {Cookies: "a b"}}},
		"header name":     {Sites: map[string]Site{"s": {Headers: map[string]string{"a b": "c"}}}},
		"reserved header": {Sites: map[string]Site{"s": {Headers: map[string]string{"host": "c"}}}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

// TestManyHosts lets workers share one Fetcher over many virtual hosts.
func TestManyHosts(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "host", Value: r.Host})
		if c, err := r.Cookie("host"); err == nil && c.Value != r.Host {
			t.Errorf("%s was sent the cookie of %s", r.Host, c.Value)
		}
		_, _ = io.WriteString(w, r.Host)
	}))
	defer s.Close()
	f := newFetcher(t, Config{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Listener.Addr().String())
	}})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				host := fmt.Sprintf("h%d.example", (w*7+i)%40)
				p, err := f.Fetch(t.Context(), crawler.Request{Task: crawler.Task{URL: "http://" + host + "/"}})
				if err != nil {
					t.Error(err)
					continue
				}
				if b, err := p.Body.Bytes(); err != nil || string(b) != host {
					t.Errorf("%s: %q, %v", host, b, err)
				}
			}
		})
	}
	wg.Wait()
	_ = f.Close()
}

func BenchmarkFetch(b *testing.B) {
	body := strings.Repeat("<p>各部门、各单位：<a href='/art/1.html'>通知</a></p>\n", 600)
	f := newFetcher(b, Config{})
	url := web(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := f.Fetch(b.Context(), crawler.Request{Task: crawler.Task{URL: url}})
		if err != nil {
			b.Fatal(err)
		}
		_ = p.Body.Close()
	}
}
