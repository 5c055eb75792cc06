package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/pipeline"
)

// crawlPortal runs the crawl command on a configured portal and returns its
// exit code, output and results.
func crawlPortal(t *testing.T, ctx context.Context, dir string, args ...string) (code int, output string, results []pipeline.Result) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	out := filepath.Join(dir, "out")
	args = append([]string{"crawl", "--lang", "en", "--config", filepath.Join(dir, "prescreen.yaml"), "--output", out}, args...)
	code = run(ctx, args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	output = stdout.String() + stderr.String()
	if code == exitUsage {
		t.Fatalf("exit code 2:\n%s", output)
	}
	if results := filepath.Join(out, "results.jsonl"); ctx.Err() == nil || fileExists(results) {
		return code, output, readResults(t, results)
	}
	return code, output, nil // stopped before there was anything to report
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A crawl that is stopped again and again ends with what an undisturbed one
// finds.
func TestCrawlStopsAndResumes(t *testing.T) {
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	stops := 0
	for ; stops < 20; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(300+150*stops)*time.Millisecond, cancel)
		begun := time.Now()
		_, output, results := crawlPortal(t, ctx, dir)
		timer.Stop()
		cancel()
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("a stop took %v", took)
		}
		if !strings.Contains(output, "run the same command again") {
			compareLeaks(t, exp, results)
			compareURLs(t, exp, results)
			break
		}
	}
	if stops == 0 {
		t.Error("the crawl was over before the first stop: the test proves nothing")
	}
}

// On the second night nothing that did not change is scanned again, and the
// findings are the same to the byte.
func TestSecondNight(t *testing.T) {
	_, dir := startPortal(t)
	_, _, first := crawlPortal(t, t.Context(), dir)
	_, _, second := crawlPortal(t, t.Context(), dir)
	unchanged := 0
	byURL := map[string]pipeline.Result{}
	for _, r := range second {
		byURL[r.URL] = r
		if r.Outcome == pipeline.Unchanged {
			unchanged++
		}
	}
	screened := 0
	for _, r := range first {
		if r.Outcome == pipeline.Screened {
			screened++
		}
		again, ok := byURL[r.URL]
		if !ok && r.Outcome != pipeline.Screened {
			continue // a redirect or a missing page that only an unchanged page links
		}
		if !ok {
			t.Errorf("%s is missing on the second night", r.URL)
			continue
		}
		if diff := cmp.Diff(r.Findings, again.Findings); diff != "" {
			t.Errorf("%s: findings differ on the second night:\n%s", r.URL, diff)
		}
	}
	if unchanged < screened*9/10 {
		t.Errorf("%d of %d screened pages were recognised as unchanged", unchanged, screened)
	}
}
