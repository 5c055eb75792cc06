package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d", w.Code)
	}
	return w.Body.String()
}

func want(t *testing.T, body string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(body, l+"\n") {
			t.Errorf("metrics lack %q", l)
		}
	}
}

func TestMetrics(t *testing.T) {
	m := New("v1.2.3")
	r := &pipeline.Result{Verdict: scanner.VerdictBlock, Duration: time.Millisecond, Findings: []scanner.Finding{
		{Category: "pii", Severity: scanner.SeverityHigh, URL: "https://secret.example/page", Excerpt: "34***77"},
	}}
	if err := m.Write(t.Context(), pipeline.Record{URL: "https://secret.example/page", Outcome: pipeline.Screened, Result: r}); err != nil {
		t.Fatal(err)
	}
	if err := m.Write(t.Context(), pipeline.Record{URL: "https://secret.example/x", Outcome: pipeline.Failed, Reason: crawler.ReasonNetwork}); err != nil {
		t.Fatal(err)
	}
	m.CheckBegins("text")(r)
	m.Request("GET /findings", "GET", 200, time.Millisecond)
	m.Login("refused")
	m.Rules("abc123", time.Unix(1_700_000_000, 0))
	m.Reloaded(errors.New("bad"))
	body := scrape(t, m)
	want(t, body,
		`prescreen_pages_total{outcome="screened"} 1`, `prescreen_pages_total{outcome="failed"} 1`,
		`prescreen_findings_total{category="pii",severity="high"} 2`,
		`prescreen_checks_total{kind="text",verdict="block"} 1`, `prescreen_checks_running 0`,
		`prescreen_http_request_duration_seconds_count{method="GET",route="GET /findings",status="200"} 1`,
		`prescreen_logins_total{result="refused"} 1`, `prescreen_dictionary_info{fingerprint="abc123"} 1`,
		`prescreen_dictionary_loaded_timestamp_seconds 1.7e+09`, `prescreen_dictionary_reloads_total{result="refused"} 1`,
		`prescreen_build_info{version="v1.2.3"} 1`, `prescreen_frontier_queued 0`, `prescreen_frontier_up 1`)
	if strings.Contains(body, "secret.example") || strings.Contains(body, "34***") {
		t.Error("metrics name a page or show its content")
	}
	m.Rules("def456", time.Unix(1_700_000_001, 0))
	if body := scrape(t, m); strings.Contains(body, "abc123") {
		t.Error("the rules of yesterday are still shown")
	}
}

func TestFrontier(t *testing.T) {
	m := New("v")
	stop := m.WatchFrontier(func(context.Context, int) (crawler.Stats, error) {
		return crawler.Stats{Counts: crawler.Counts{Queued: 7, InFlight: 2}, Ready: 1, Active: 3, Hosts: []crawler.HostStats{
			{Host: "down.example", Faults: 3, Wait: 40 * time.Second}, {Host: "fine.example"},
		}}, nil
	})
	stopBroken := m.WatchFrontier(func(context.Context, int) (crawler.Stats, error) {
		return crawler.Stats{}, crawler.ErrUnavailable
	})
	body := scrape(t, m)
	want(t, body, "prescreen_frontier_queued 7", "prescreen_frontier_in_flight 2", "prescreen_frontier_ready_hosts 1",
		"prescreen_frontier_active_hosts 3", "prescreen_frontier_up 0", "prescreen_frontier_paused 0",
		`prescreen_host_backoff_seconds{host="down.example"} 40`, `prescreen_host_faults{host="down.example"} 3`)
	if strings.Contains(body, "fine.example") {
		t.Error("a host that works is shown")
	}
	stopBroken()
	want(t, scrape(t, m), "prescreen_frontier_up 1")
	stop()
	want(t, scrape(t, m), "prescreen_frontier_queued 0")
}
