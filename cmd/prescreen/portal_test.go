package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/internal/portal"
	"prescreen/scanner"
)

// TestPortalExactly crawls the sample portal with the command itself and
// requires the exact set of planted leaks, and an account of every address.
func TestPortalExactly(t *testing.T) {
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"crawl", "--lang", "zh", "--config", filepath.Join(dir, "prescreen.yaml"), "--output", filepath.Join(dir, "out")},
		strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	if code != exitFindings {
		t.Fatalf("exit code %d, want %d\n%s%s", code, exitFindings, stdout.String(), stderr.String())
	}
	results := readResults(t, filepath.Join(dir, "out", "results.jsonl"))
	t.Run("leaks", func(t *testing.T) { compareLeaks(t, exp, results) })
	t.Run("urls", func(t *testing.T) { compareURLs(t, exp, results) })
	t.Run("no second leak", func(t *testing.T) {
		os.WriteFile(filepath.Join(dir, "output.log"), append(stdout.Bytes(), stderr.Bytes()...), 0o600)
		grepPrivate(t, exp, dir)
	})
}

// startPortal serves the portal and writes a configuration for it into the
// returned folder.
func startPortal(t *testing.T) (*portal.Portal, string) {
	t.Helper()
	p, err := portal.New(portal.Config{Loopback: true, Slow: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	stop, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	dir := t.TempDir()
	var b strings.Builder
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = dir
	}
	fmt.Fprintf(&b, "data_dir: data\ncache_dir: %s\nlimits: {page_mb: %d, file_mb: %d}\ncrawl: {min_free_mb: 1, address_delay: {min: 0s, max: 5ms, factor: 0.01}, backoff: {min: 100ms, max: 1s, give_up: 1m}}\nsites:\n",
		filepath.Join(cache, "prescreen"), portal.MaxPageBytes>>20, portal.MaxAttachmentBytes>>20)
	for _, s := range p.Sites() {
		fmt.Fprintf(&b, "- {name: %s, seeds: ['%s'], hosts: ['%s'], allow_private: true, concurrency: 2, delay: {min: 1ms, max: 5ms, factor: 0.01}, budget: {depth: %d}}\n",
			s.Name, s.Seeds[0], s.Hosts[0], s.MaxDepth)
	}
	if err := os.WriteFile(filepath.Join(dir, "prescreen.yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func readResults(t *testing.T, path string) []pipeline.Result {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []pipeline.Result
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r pipeline.Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		out = append(out, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// compareLeaks pairs every planted leak with exactly one finding.
func compareLeaks(t *testing.T, exp *portal.Expected, results []pipeline.Result) {
	leaks := slices.Clone(exp.Leaks)
	for _, r := range results {
		for _, f := range r.Findings {
			_, member, _ := strings.Cut(f.Place.File, "!/")
			i := slices.IndexFunc(leaks, func(l portal.Leak) bool {
				return l.URL == r.URL && l.File == member && l.Category == f.Category && l.Kind == string(f.Place.Kind) &&
					l.Count == f.Count && strings.HasPrefix(f.Rule, l.Rule)
			})
			if i < 0 {
				t.Errorf("extra: %s %s at %+v, count %d: %s [%s]", r.URL, f.Rule, f.Place, f.Count, f.Message, f.Excerpt)
				continue
			}
			leaks = slices.Delete(leaks, i, i+1)
		}
	}
	for _, l := range leaks {
		t.Errorf("missing: %s %s %s kind %s, count %d, rule %q: %s", l.ID, l.URL, l.File, l.Kind, l.Count, l.Rule, l.What)
	}
	if len(exp.Leaks) < 60 || len(exp.Decoys) < 60 {
		t.Errorf("%d leaks and %d decoys are planted, want at least 60 each", len(exp.Leaks), len(exp.Decoys))
	}
}

// compareURLs requires that every address of the portal, and no other, was
// accounted for, as expected.
func compareURLs(t *testing.T, exp *portal.Expected, results []pipeline.Result) {
	want := map[string]portal.URL{}
	for _, u := range exp.URLs {
		if u.Class != "asset" {
			want[u.URL] = u
		}
	}
	inTrap := make([]int, len(exp.Traps))
	for _, r := range results {
		if u, ok := want[r.URL]; ok {
			if got := outcomeOf(r); got != u.Outcome+" "+u.Reason {
				t.Errorf("%s: %q, want %q", r.URL, got, u.Outcome+" "+u.Reason)
			}
			delete(want, r.URL)
			continue
		}
		i := slices.IndexFunc(exp.Traps, func(tr portal.Trap) bool { return strings.HasPrefix(r.URL, tr.URL) })
		if i < 0 {
			t.Errorf("an address nobody expected: %s %s", r.URL, outcomeOf(r))
		} else if r.Outcome == pipeline.Screened {
			inTrap[i]++
		}
	}
	for _, u := range want {
		if u.Class != "sitemap" {
			t.Errorf("not accounted for: %s (%s)", u.URL, u.Outcome)
		}
	}
	for i, tr := range exp.Traps {
		if inTrap[i] < tr.Min || inTrap[i] > tr.Max {
			t.Errorf("trap %s: %d screened, want %d to %d", tr.URL, inTrap[i], tr.Min, tr.Max)
		}
	}
}

// outcomeOf says how an address ended in the words of expected.json.
func outcomeOf(r pipeline.Result) string {
	switch {
	case r.Outcome == pipeline.Screened && r.Incomplete():
		if strings.Contains(r.Errors[len(r.Errors)-1].Message, crawler.TruncatedSize) ||
			strings.Contains(r.Errors[len(r.Errors)-1].Message, crawler.TruncatedRatio) {
			return "failed too-large"
		}
		if slices.ContainsFunc(r.Errors, func(p scanner.Problem) bool { return p.Status == scanner.StatusEncrypted }) {
			return "failed encrypted"
		}
		return "failed truncated"
	case r.Outcome == pipeline.Screened:
		return "screened "
	case r.Reason == crawler.ReasonRedirect:
		return "redirected "
	case r.Reason == crawler.ReasonMissing && strings.Contains(r.Detail, "soft 404"):
		return "skipped soft-404"
	case r.Reason == crawler.ReasonMissing:
		return "skipped not-found"
	case r.Outcome == pipeline.Failed:
		return "failed " + string(r.Reason)
	}
	return "skipped " + string(r.Reason)
}

// grepPrivate looks for the planted values in everything the run left behind.
func grepPrivate(t *testing.T, exp *portal.Expected, dir string) {
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data := readable(t, path)
		files++
		for _, l := range exp.Leaks {
			for _, v := range l.Values {
				if l.Private && bytes.Contains(data, []byte(v)) {
					t.Errorf("%s holds a value of leak %s", path, l.ID)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 4 {
		t.Errorf("only %d files looked at", files)
	}
}
