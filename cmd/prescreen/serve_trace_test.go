package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"prescreen/internal/accounts"
)

// traceCollector receives traces as a collector does, by OTLP over HTTP.
type traceCollector struct {
	*httptest.Server
	mu       sync.Mutex
	raw      []byte
	resource string
	spans    []*tracev1.Span
	bad      []string
}

func startCollector(t *testing.T) *traceCollector {
	c := &traceCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		data, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(data, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			c.bad = append(c.bad, fmt.Sprint(r.URL.Path, r.Header, err))
			return
		}
		c.raw = append(c.raw, data...)
		for _, rs := range req.ResourceSpans {
			c.resource = rs.Resource.String()
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

// in returns the names of the spans of a trace, sorted, and the spans.
func (c *traceCollector) in(trace string) (names []string, spans []*tracev1.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			spans = append(spans, s)
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	slices.Sort(names)
	return names, spans
}

func (c *traceCollector) named(name string) []*tracev1.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*tracev1.Span
	for _, s := range c.spans {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

func spanAttr(s *tracev1.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			if v := a.Value.GetStringValue(); v != "" {
				return v
			}
			return fmt.Sprint(a.Value.GetIntValue())
		}
	}
	return ""
}

// TestServeTraces lets a server send traces to a collector: of a check that a
// CMS asked for, from its request to the callback, and of the pages of a run;
// and sees what is in them, and who is told.
func TestServeTraces(t *testing.T) {
	col := startCollector(t)
	var mu sync.Mutex
	var crawled, told []string // traceparent headers that sites, and the CMS, got
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		crawled = append(crawled, r.Header.Get("Traceparent")+r.Header.Get("Tracestate")+r.Header.Get("Baggage"))
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<title>关于召开会议的通知</title><p>机密★1年<p>联系人手机 13812345678")
	}))
	defer site.Close()
	done := make(chan bool, 1)
	cms := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		told = append(told, r.Header.Get("Traceparent"))
		mu.Unlock()
		done <- true
	}))
	defer cms.Close()
	dir := t.TempDir()
	host := strings.TrimPrefix(site.URL, "http://")
	config := fmt.Sprintf(`data_dir: data
crawl: {min_free_mb: 1, address_delay: {min: 0s, max: 5ms}}
sites: [{name: s, seeds: ['%s/'], hosts: ['%s'], allow_private: true, delay: {min: 1ms, max: 5ms, factor: 0.01}}]
serve: {hooks: [{name: cms, secret_file: s.secret, callback: '%s'}]}
`, site.URL, host, cms.URL)
	for name, text := range map[string]string{"prescreen.yaml": config, "s.secret": base64.StdEncoding.EncodeToString(make([]byte, 32))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml"), tokens: map[accounts.Role]string{}}
	s.env = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + col.URL, "OTEL_SERVICE_NAME=portal-check", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"}
	s.makeUsers()
	s.start("--verbose")

	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	ask := func(path, body string, head ...string) (requestID string) {
		req, err := http.NewRequestWithContext(t.Context(), map[bool]string{true: "GET", false: "POST"}[body == ""], s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(head); i += 2 {
			req.Header.Set(head[i], head[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header.Get("X-Request-Id")
	}
	token := []string{"Authorization", "Bearer " + s.tokens[accounts.Officer]}
	id := ask("/api/v1/checks/url", fmt.Sprintf(`{"url": "%s/a.html?name=%%E5%%BC%%A0%%E4%%B8%%89#x", "callback": "cms"}`, site.URL),
		append(token, "Traceparent", "00-"+trace+"-"+parent+"-01")...)
	ask("/api/v1/checks/text", `{"id": "秘密文件一号", "text": "机密★1年 身份证号 11010519491231002X"}`, token...)
	ask("/api/v1/findings?text=%E5%BC%A0%E4%B8%89", "", token...)
	ask("/healthz", "")
	const strange = "1af7651916cd43dd8448eb211c80319c"
	ask("/login", "", "Traceparent", "00-"+strange+"-"+parent+"-01")
	<-done
	s.waitRun(s.startRun(), "finished")
	s.Process.Signal(os.Interrupt)
	if code := s.end(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, s.out.String())
	}

	if len(col.bad) > 0 {
		t.Errorf("not OTLP: %v", col.bad)
	}
	for _, want := range []string{"portal-check", "deployment.environment.name", "service.version", "service.instance.id"} {
		if !strings.Contains(col.resource, want) {
			t.Errorf("the resource lacks %s: %s", want, col.resource)
		}
	}
	names, spans := col.in(trace)
	want := []string{"POST /api/v1/checks/url", "callback", "check", "extract", "fetch", "scan", "store", "wait for a slot"}
	if !slices.Equal(names, want) {
		t.Errorf("spans of the check %v, want %v", names, want)
	}
	for _, sp := range spans {
		if sp.Name == want[0] && (hex.EncodeToString(sp.ParentSpanId) != parent || spanAttr(sp, "prescreen.request.id") != id ||
			spanAttr(sp, "http.response.status_code") != "200" || spanAttr(sp, "http.route") != "/api/v1/checks/url") {
			t.Errorf("the request: %v", sp)
		}
		if sp.Name == "fetch" && spanAttr(sp, "url.full") != site.URL+"/a.html" {
			t.Errorf("fetch: %v", sp)
		}
		if sp.EndTimeUnixNano < sp.StartTimeUnixNano || time.Since(time.Unix(0, int64(sp.StartTimeUnixNano))) > time.Hour {
			t.Errorf("times of %s: %d to %d", sp.Name, sp.StartTimeUnixNano, sp.EndTimeUnixNano)
		}
	}
	if !strings.Contains(s.out.String(), "request="+id+" trace="+trace) {
		t.Error("no line of the log has request and trace together")
	}
	if _, ofStranger := col.in(strange); len(ofStranger) > 0 {
		t.Error("a stranger says which trace a request belongs to")
	}
	if login := col.named("GET /login"); len(login) != 1 || len(login[0].Links) != 1 || hex.EncodeToString(login[0].Links[0].TraceId) != strange {
		t.Errorf("the trace of a stranger is not linked: %v", login)
	}
	if len(col.named("GET /healthz")) > 0 {
		t.Error("a look at healthz is traced")
	}
	pages := col.named("page")
	if len(pages) == 0 {
		t.Fatal("no page of the run is traced")
	}
	visited := 0
	for _, p := range pages {
		if n, _ := col.in(hex.EncodeToString(p.TraceId)); slices.Contains(n, "scan") {
			visited++
			if want := []string{"extract", "fetch", "page", "scan", "store"}; !slices.Equal(n, want) {
				t.Errorf("spans of a page %v, want %v", n, want)
			}
		}
	}
	if visited == 0 {
		t.Errorf("no page has a scan: %v", pages)
	}
	if len(crawled) < 3 || strings.Join(crawled, "") != "" {
		t.Errorf("the crawled site was told: %q", crawled)
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "00-"+trace+"-") {
		t.Errorf("the CMS was told %q", told)
	}
	for _, secret := range []string{"机密", "秘密文件", "13812345678", "11010519", "张三", "%E5%BC", "name=", "会议", "psk_", s.tokens[accounts.Officer]} {
		if strings.Contains(string(col.raw), secret) {
			t.Errorf("the traces hold %q", secret)
		}
	}
}

// TestServeTracesAway: a collector that does not answer, and bad variables.
func TestServeTracesAway(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "prescreen.yaml")
	if err := os.WriteFile(config, []byte("data_dir: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, dir: dir, config: config, tokens: map[accounts.Role]string{}, env: []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT=500",
	}}
	s.makeUsers()
	s.start()
	if status, text := s.api(accounts.Editor, "POST", "/api/v1/checks/text", `{"text": "通知"}`, nil); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	s.Process.Signal(os.Interrupt)
	if code := s.end(t); code != 0 || !strings.Contains(s.out.String(), "traces could not be sent") {
		t.Errorf("exit code %d\n%s", code, s.out.String())
	}
	p := newProcess("serve", "--config", config, "--listen", "127.0.0.1:0")
	p.Env = append(p.Env, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitUsage || !strings.Contains(p.out.String(), "OTEL_EXPORTER_OTLP_PROTOCOL") {
		t.Errorf("exit code %d\n%s", code, p.out.String())
	}
}
