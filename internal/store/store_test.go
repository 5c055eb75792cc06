package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

func open(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a folder", "p?re#100%.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, path
}

func result(url string) *pipeline.Result {
	return &pipeline.Result{
		ID: url, URL: url, Type: "html", RuleSet: "rules1", Verdict: scanner.VerdictBlock,
		Findings: []scanner.Finding{{Rule: "pii.id18", Severity: scanner.SeverityHigh, Count: 2, Excerpt: "3401****"}},
		Errors:   []scanner.Problem{{Status: scanner.StatusEncrypted, File: "a.zip", Message: "encrypted"}},
	}
}

func TestFilePermissions(t *testing.T) {
	_, path := open(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if perm := info.Mode().Perm(); perm != 0o600 {
		t.Errorf("the database is readable by others: %v", perm)
	}
}

func TestRunLife(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t0 := time.Unix(1700000000, 0)
	run, resumed, _, err := s.OpenRun(ctx, "r1", "scope", "rules1", t0)
	if err != nil || resumed || run.ID != "r1" {
		t.Fatalf("first: %+v %v %v", run, resumed, err)
	}
	run, resumed, _, err = s.OpenRun(ctx, "r2", "scope", "rules1", t0.Add(time.Hour))
	if err != nil || !resumed || run.ID != "r1" || !run.Started.Equal(t0) {
		t.Fatalf("an open run of the same scope and rules must be resumed: %+v %v %v", run, resumed, err)
	}
	if run, resumed, _, err = s.OpenRun(ctx, "r3", "other scope", "rules1", t0); err != nil || resumed {
		t.Fatalf("another scope: %+v %v %v", run, resumed, err)
	}
	run, resumed, abandoned, err := s.OpenRun(ctx, "r4", "scope", "rules2", t0)
	if err != nil || resumed || run.ID != "r4" || !cmp.Equal(abandoned, []string{"r1"}) {
		t.Fatalf("with other rules the open run must be given up: %+v %v %v %v", run, resumed, abandoned, err)
	}
	if err := s.FinishRun(ctx, "r4", map[string]int{"pages": 1}, t0); err != nil {
		t.Fatal(err)
	}
	if run, resumed, _, err = s.OpenRun(ctx, "r5", "scope", "rules2", t0); err != nil || resumed || run.ID != "r5" {
		t.Fatalf("a finished run must not be resumed: %+v %v %v", run, resumed, err)
	}
	if err := s.FinishRun(ctx, "nosuch", nil, t0); !errors.Is(err, ErrNoRun) {
		t.Errorf("finish of an unknown run: %v", err)
	}
}

func TestRecords(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	if _, _, _, err := s.OpenRun(ctx, "r1", "s", "rules", time.Now()); err != nil {
		t.Fatal(err)
	}
	sink := s.Sink("r1")
	want := []pipeline.Record{
		{URL: "http://a/1", Site: "a", Class: crawler.ClassPage, Outcome: pipeline.Screened, Result: result("http://a/1")},
		{URL: "http://a/2", Site: "a", Outcome: pipeline.Skipped, Reason: crawler.ReasonRobots, Detail: "rule 3", Referrer: "http://a/1"},
	}
	for _, rec := range []pipeline.Record{want[1], {URL: "http://a/1", Site: "a", Outcome: pipeline.Failed, Reason: crawler.ReasonNetwork}, want[0]} {
		if err := sink.Write(ctx, rec); err != nil {
			t.Fatal(err)
		}
	}
	var got []pipeline.Record
	err := s.Records(ctx, "r1", func(rec pipeline.Record) error {
		got = append(got, rec)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records differ (-want +got):\n%s", diff)
	}
}

func TestHistory(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	h := s.History("rules1")
	if past, err := h.Get(ctx, "http://a/"); past != nil || err != nil {
		t.Fatalf("an unknown URL: %v %v", past, err)
	}
	past := crawler.Past{
		URL: "http://a/", Site: "a", Class: crawler.ClassPage, Status: 200, Hash: sha256.Sum256([]byte("x")),
		Validators: crawler.Validators{ETag: `"1"`}, Fetched: time.Unix(1700000000, 0).UTC(), Interval: time.Hour,
	}
	if _, _, _, err := s.OpenRun(ctx, "r1", "s", "rules1", time.Now()); err != nil {
		t.Fatal(err)
	}
	// The sink writes first; a worker that dies here leaves no validators.
	if err := s.Sink("r1").Write(ctx, pipeline.Record{URL: past.URL, Site: "a", Outcome: pipeline.Screened, Result: result(past.URL)}); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Get(ctx, past.URL); got != nil || err != nil {
		t.Fatalf("screened and not put: %v %v", got, err)
	}
	if err := h.Put(ctx, past); err != nil {
		t.Fatal(err)
	}
	got, err := h.Get(ctx, past.URL)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&past, got); diff != "" {
		t.Errorf("past differs:\n%s", diff)
	}
	if r, err := h.Result(ctx, past.URL); err != nil || cmp.Diff(result(past.URL), r) != "" {
		t.Errorf("result: %v %v", r, err)
	}

	other := s.History("rules2")
	if got, err := other.Get(ctx, past.URL); err != nil || !got.Stale {
		t.Errorf("under other rules the past must be stale: %+v %v", got, err)
	}
	if r, err := other.Result(ctx, past.URL); err != nil || r != nil {
		t.Errorf("under other rules there is no result: %v %v", r, err)
	}

	known := func() (urls []string) {
		if err := h.Known(ctx, "a", func(url string, _ crawler.Class, _ int) bool { urls = append(urls, url); return true }); err != nil {
			t.Fatal(err)
		}
		return urls
	}
	if urls := known(); !cmp.Equal(urls, []string{past.URL}) {
		t.Errorf("known: %v", urls)
	}
	past.Status = 404
	if err := h.Put(ctx, past); err != nil {
		t.Fatal(err)
	}
	if urls := known(); len(urls) != 0 {
		t.Errorf("a page that has long been gone is still known: %v", urls)
	}
	past.Changed = time.Now().Add(-time.Hour)
	if err := h.Put(ctx, past); err != nil {
		t.Fatal(err)
	}
	if urls := known(); len(urls) != 1 {
		t.Errorf("a page that vanished lately must be asked for again: %v", urls)
	}
}

func TestConcurrentWriters(t *testing.T) {
	s, path := open(t)
	second, err := Open(t.Context(), path) // as a second process would
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	ctx := t.Context()
	if _, _, _, err := s.OpenRun(ctx, "r1", "s", "rules", time.Now()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		db := []*Store{s, second}[w%2]
		sink := db.Sink("r1")
		wg.Go(func() {
			for i := range 25 {
				url := fmt.Sprintf("http://a/%d/%d", w, i)
				if err := sink.Write(ctx, pipeline.Record{URL: url, Outcome: pipeline.Screened, Result: result(url)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	if err := s.Records(ctx, "r1", func(pipeline.Record) error { n++; return nil }); err != nil || n != 200 {
		t.Errorf("%d records, want 200 (%v)", n, err)
	}
}

func TestOpenBadFiles(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600)
	if _, err := Open(context.Background(), garbage); err == nil || !strings.Contains(err.Error(), "garbage.db") {
		t.Errorf("garbage: %v", err)
	}
	newer := filepath.Join(dir, "newer.db")
	s, err := Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(t.Context(), newer); !errors.Is(err, ErrNewer) {
		t.Errorf("newer schema: %v", err)
	}
}
