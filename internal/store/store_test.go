package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

func result(url string) *pipeline.Result {
	return &pipeline.Result{
		ID: url, URL: url, Type: "html", RuleSet: "rules1", Verdict: scanner.VerdictBlock,
		Findings: []scanner.Finding{{Rule: "pii.id18", Severity: scanner.SeverityHigh, Count: 2, Excerpt: "3401****", URL: url, Fingerprint: "fp-" + url}},
		Errors:   []scanner.Problem{{Status: scanner.StatusEncrypted, File: "a.zip", Message: "encrypted"}},
	}
}

var t0 = time.Unix(1700000000, 0)

func begin(t *testing.T, s *Store, id string) Run {
	t.Helper()
	run, _, _, err := s.OpenRun(t.Context(), Run{ID: id, Scope: "scope", RuleSet: "rules1", Sites: []string{"a"}, Started: t0})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func testRunLife(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx := t.Context()
	want := Run{ID: "r1", Scope: "scope", RuleSet: "rules1", Config: "c1", Sites: []string{"甲", "乙"}, Started: t0}
	open := func(change func(*Run)) (Run, bool, []string) {
		t.Helper()
		next := want
		change(&next)
		run, resumed, abandoned, err := s.OpenRun(ctx, next)
		if err != nil {
			t.Fatal(err)
		}
		return run, resumed, abandoned
	}
	if run, resumed, _ := open(func(*Run) {}); resumed || run.ID != "r1" {
		t.Fatalf("first: %+v %v", run, resumed)
	}
	if run, resumed, _ := open(func(r *Run) { r.ID, r.Started = "r2", t0.Add(time.Hour) }); !resumed || run.ID != "r1" || !run.Started.Equal(t0) {
		t.Fatalf("an open run of the same scope and rules must be resumed: %+v %v", run, resumed)
	}
	if run, resumed, _ := open(func(r *Run) { r.ID, r.Scope = "r3", "other scope" }); resumed {
		t.Fatalf("another scope: %+v %v", run, resumed)
	}
	run, resumed, abandoned := open(func(r *Run) { r.ID, r.RuleSet = "r4", "rules2" })
	if resumed || run.ID != "r4" || !cmp.Equal(abandoned, []string{"r1"}) {
		t.Fatalf("with other rules the open run must be given up: %+v %v %v", run, resumed, abandoned)
	}
	if _, err := s.FinishRun(ctx, "r4", Finish{Summary: map[string]int{"pages": 1}}); err != nil {
		t.Fatal(err)
	}
	if run, resumed, _ := open(func(r *Run) { r.ID, r.RuleSet = "r5", "rules2" }); resumed || run.ID != "r5" {
		t.Fatalf("a finished run must not be resumed: %+v %v", run, resumed)
	}
	if _, err := s.FinishRun(ctx, "nosuch", Finish{}); !errors.Is(err, ErrNoRun) {
		t.Errorf("finish of an unknown run: %v", err)
	}
	got, err := s.Run(ctx, "r4")
	if err != nil || got.State != Finished || string(got.Summary) != `{"pages":1}` || !cmp.Equal(got.Sites, want.Sites) || got.Config != "c1" {
		t.Errorf("run r4: %+v %v", got, err)
	}
	for _, step := range []RunState{Paused, Running, Cancelled} {
		if err := s.SetRunState(ctx, "li", "r5", step); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Run(ctx, "r5"); err != nil || got.State != step || got.Finished.IsZero() == (step == Cancelled) {
			t.Errorf("%s: %+v %v", step, got, err)
		}
	}
	if err := s.SetRunState(ctx, "li", "r5", Running); err == nil {
		t.Error("a cancelled run goes on")
	}
	if err := s.SetRunState(ctx, "li", "nosuch", Paused); !errors.Is(err, ErrNoRun) {
		t.Errorf("pause of an unknown run: %v", err)
	}
	runs, err := s.Runs(ctx, 0)
	if err != nil || len(runs) != 4 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

func testRecords(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx := t.Context()
	begin(t, s, "r1")
	sink := s.Sink("r1")
	want := []pipeline.Record{
		{URL: "http://a/1", Site: "a", Class: crawler.ClassPage, Outcome: pipeline.Screened, Result: result("http://a/1")},
		{URL: "http://a/2", Site: "a", Outcome: pipeline.Skipped, Reason: crawler.ReasonRobots, Detail: "rule 3", Referrer: "http://a/1"},
		{URL: "http://a/3", Site: "a", Outcome: pipeline.Failed, Reason: crawler.ReasonNetwork, Detail: "bad \uFFFD bytes \uFFFD"},
	}
	odd := want[2]
	odd.Detail = "bad \xff bytes \x00"
	for _, rec := range []pipeline.Record{want[1], {URL: "http://a/1", Site: "a", Outcome: pipeline.Failed, Reason: crawler.ReasonNetwork}, odd, want[0]} {
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

func testHistory(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx := t.Context()
	h := s.History("rules1", false)
	if past, err := h.Get(ctx, "http://a/"); past != nil || err != nil {
		t.Fatalf("an unknown URL: %v %v", past, err)
	}
	past := crawler.Past{
		URL: "http://a/", Site: "a", Class: crawler.ClassPage, Status: 200, Hash: sha256.Sum256([]byte("x")),
		Validators: crawler.Validators{ETag: `"1"`}, Fetched: time.Unix(1700000000, 0).UTC(), Interval: time.Hour,
	}
	begin(t, s, "r1")
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
	patient := s.History("rules2", true)
	if got, err := patient.Get(ctx, past.URL); err != nil || !got.Stale || !got.Waits {
		t.Errorf("where old results may stand the past must wait: %+v %v", got, err)
	}
	if r, err := patient.Result(ctx, past.URL); err != nil || r == nil {
		t.Errorf("where old results may stand there is one: %v %v", r, err)
	}
	other := s.History("rules2", false)
	if got, err := other.Get(ctx, past.URL); err != nil || !got.Stale {
		t.Errorf("under other rules the past must be stale: %+v %v", got, err)
	}
	if r, err := other.Result(ctx, past.URL); err != nil || r != nil {
		t.Errorf("under other rules there is no result: %v %v", r, err)
	}
	testKnown(t, h, past)
}

func testKnown(t *testing.T, h *History, past crawler.Past) {
	known := func() (urls []string) {
		t.Helper()
		if err := h.Known(t.Context(), "a", crawler.ClassPage, func(url string, _ int) bool { urls = append(urls, url); return true }); err != nil {
			t.Fatal(err)
		}
		return urls
	}
	if urls := known(); !cmp.Equal(urls, []string{past.URL}) {
		t.Errorf("known: %v", urls)
	}
	past.Status = 404
	if err := h.Put(t.Context(), past); err != nil {
		t.Fatal(err)
	}
	if urls := known(); len(urls) != 0 {
		t.Errorf("a page that has long been gone is still known: %v", urls)
	}
	past.Changed = time.Now().Add(-time.Hour)
	if err := h.Put(t.Context(), past); err != nil {
		t.Fatal(err)
	}
	if urls := known(); len(urls) != 1 {
		t.Errorf("a page that vanished lately must be asked for again: %v", urls)
	}
}

func testTexts(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx := t.Context()
	begin(t, s, "r1")
	texts := s.Texts("r1")
	if got, err := texts.Text(ctx, "h"); got != nil || err != nil {
		t.Fatalf("unknown text: %v %v", got, err)
	}
	want := pipeline.Text{Findings: result("http://a/1").Findings, Simhash: 1<<63 + 5}
	for _, found := range []pipeline.Text{want, {}} { // two workers met it at once
		if err := texts.KeepText(ctx, "h", found); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := texts.Text(ctx, "h"); err != nil || got == nil || !cmp.Equal(*got, want) {
		t.Errorf("the first must stay: %+v %v", got, err)
	}
	if got, err := s.Texts("r2").Text(ctx, "h"); got != nil || err != nil {
		t.Errorf("another run: %v %v", got, err)
	}
	if _, err := s.FinishRun(ctx, "r1", Finish{}); err != nil {
		t.Fatal(err)
	}
	if got, err := texts.Text(ctx, "h"); got != nil || err != nil {
		t.Errorf("after the run: %v %v", got, err)
	}
}

func testConcurrentWriters(t *testing.T, db database) {
	s, second := db.open(t, Options{}), db.open(t, Options{}) // as a second process would
	ctx := t.Context()
	begin(t, s, "r1")
	var wg sync.WaitGroup
	for w := range 8 {
		sink := []*Store{s, second}[w%2].Sink("r1")
		wg.Go(func() {
			for i := range 25 {
				// Every page has a finding of its own and three that all writers meet.
				url := fmt.Sprintf("http://a/%d/%d", w, i)
				r := result(url)
				for k := range 3 {
					r.Findings = append(r.Findings, scanner.Finding{Rule: "r", Severity: scanner.SeverityLow, Fingerprint: fmt.Sprint("shared-", (k*7+w)%3)})
				}
				if err := sink.Write(ctx, pipeline.Record{URL: url, Site: "a", Outcome: pipeline.Screened, Result: r}); err != nil {
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
	run, err := s.Run(ctx, "r1")
	if err != nil || run.Cases.New != 203 || run.Cases.Persisting != 0 {
		t.Errorf("%+v, want 203 new cases (%v)", run.Cases, err)
	}
	if _, err := s.VerifyAudit(ctx, Head{}); err != nil {
		t.Error(err)
	}
}
