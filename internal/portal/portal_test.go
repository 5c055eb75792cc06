package portal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// started returns a running portal and a client that reaches it by name and
// does not follow redirects.
func started(t *testing.T, cfg Config) (*Portal, *http.Client) {
	t.Helper()
	if cfg.Slow == 0 {
		cfg.Slow = 30 * time.Millisecond
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	transport := &http.Transport{DialContext: p.DialContext, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return p, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get fetches one address and returns the response and as much of its body
// as came.
func get(t *testing.T, c *http.Client, url string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("get %q: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

func TestTwoPortalsServeTheSameBytes(t *testing.T) {
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for key, s := range a.sites {
		paths := slices.Sorted(maps.Keys(s.resources))
		if other := slices.Sorted(maps.Keys(b.sites[key].resources)); !slices.Equal(paths, other) {
			t.Fatalf("%s: paths differ: %d and %d", key, len(paths), len(other))
		}
		for _, path := range paths {
			ra, rb := s.resources[path], b.sites[key].resources[path]
			if !bytes.Equal(ra.body, rb.body) || ra.ctype != rb.ctype || ra.etag != rb.etag {
				t.Errorf("%s%s: two portals differ", key, path)
			}
		}
	}
}

func TestPagesLookLikePages(t *testing.T) {
	p, c := started(t, Config{})
	resp, body, err := get(t, c, p.Base(Main)+"/zwgk/tzgg/t20261026_071.html")
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("status %d, type %q", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	for _, want := range []string{
		`<meta charset="utf-8">`, "<title>云岭县人民政府办公室关于做好今冬明春森林防火工作的通知-云岭县人民政府</title>",
		"当前位置：", "发布日期：2026-10-26", "文号：云政办发〔2026〕31号", "<h3>一、压实防火责任</h3>",
		`<form class="search" action="/search" method="get">`, "下一篇：", "网站标识码",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	p, c := started(t, Config{})
	url := p.Base(Main) + "/zwgk/zcwj/"
	first, _, _ := get(t, c, url)
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Last-Modified") == "" {
		t.Fatalf("no validators: %v", first.Header)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", tag)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotModified {
		t.Errorf("status %d, want 304", resp.StatusCode)
	}
}

func TestDownloadNames(t *testing.T) {
	p, c := started(t, Config{})
	resp, _, err := get(t, c, p.Base(Main)+"/files/2026/fxwz.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	if want := "机密★2年-防汛物资储备统计表.xlsx"; err != nil || params["filename"] != want {
		t.Errorf("name %q (error %v), want %q", params["filename"], err, want)
	}
}

func TestOnlyGetAndHead(t *testing.T) {
	p, c := started(t, Config{})
	resp, err := c.Post(p.Base(Main)+"/hdjl/submit", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("status %d, want 405", resp.StatusCode)
	}
}

func TestDialContextKnowsOnlyThePortal(t *testing.T) {
	p, _ := started(t, Config{})
	for _, addr := range []string{MainName + ":80", EduName + ":80", p.addrs[Edu]} {
		conn, err := p.DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		conn.Close()
	}
	for _, addr := range []string{"www.lananshi.example:80", "example.com:443", "127.0.0.1:1"} {
		if _, err := p.DialContext(t.Context(), "tcp", addr); !errors.Is(err, ErrOutside) {
			t.Errorf("%s: error %v, want ErrOutside", addr, err)
		}
	}
}

func TestLoopbackLinksWork(t *testing.T) {
	p, err := New(Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.Base(Main) != "" {
		t.Errorf("base before Start is %q", p.Base(Main))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop, err := p.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	_, body, err := get(t, c, p.Base(Main)+"/")
	if err != nil {
		t.Fatal(err)
	}
	if want := `href="` + p.Base(Edu) + `/"`; !strings.Contains(string(body), want) {
		t.Errorf("the home page does not link to %q", want)
	}
	for _, s := range p.Sites() {
		if len(s.Hosts) != 1 || !strings.HasPrefix(s.Hosts[0], "127.0.0.1:") || !strings.HasSuffix(s.Seeds[0], s.Hosts[0]+"/") {
			t.Errorf("site %+v", s)
		}
	}
	stop()
	if _, err := c.Get(p.Base(Main) + "/"); err == nil {
		t.Error("the portal answers after stop")
	}
}

func TestHandlerBeforeStart(t *testing.T) {
	p, err := New(Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	w := newRecorder()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Handler(Main).ServeHTTP(w, req)
	if w.status != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503: the addresses are not known yet", w.status)
	}
}

// recorder keeps a status and a body.
type recorder struct {
	header http.Header
	status int
	bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
