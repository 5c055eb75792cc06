package metrics

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/internal/pipeline"

	"context"
)

// TestDocs holds dashboard, alert rules and the list of metrics to what is
// really shown, and the list to all of it.
func TestDocs(t *testing.T) {
	m := New("v")
	m.CheckBegins("text")(&pipeline.Result{})
	m.Request("r", "GET", 200, time.Millisecond)
	m.Login("ok")
	m.Rules("f", time.Now())
	m.Reloaded(nil)
	if err := m.Write(t.Context(), pipeline.Record{Outcome: pipeline.Skipped}); err != nil {
		t.Fatal(err)
	}
	m.findings.WithLabelValues("pii", "high").Inc()
	m.WatchFrontier(func(context.Context, int) (crawler.Stats, error) {
		return crawler.Stats{Hosts: []crawler.HostStats{{Host: "h", Faults: 1}}}, nil
	})
	shown := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (prescreen_\S+)`).FindAllStringSubmatch(scrape(t, m), -1) {
		shown[line[1]] = true
	}
	if len(shown) < 20 {
		t.Fatalf("only %d metrics are shown", len(shown))
	}
	name := regexp.MustCompile(`prescreen_[a-z_]+`)
	for _, file := range []string{"README.md", "grafana.json", "alerts.yaml"} {
		src, err := os.ReadFile(filepath.Join("..", "..", "docs", "monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]bool{}
		for _, n := range name.FindAllString(string(src), -1) {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				if !shown[n] {
					n = strings.TrimSuffix(n, suffix)
				}
			}
			named[n] = true
			if !shown[n] {
				t.Errorf("%s names %s, which is not shown", file, n)
			}
		}
		for n := range shown {
			if !named[n] && file != "alerts.yaml" {
				t.Errorf("%s does not name %s", file, n)
			}
		}
	}
}
