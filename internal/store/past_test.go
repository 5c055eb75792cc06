package store

import (
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/crawler"
	"prescreen/internal/cases"
	"prescreen/internal/pipeline"
)

// testPastKinds: what was kept before there were columns for it is still read,
// and a page that did not change is kept together with its record.
func testPastKinds(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx := t.Context()
	begin(t, s, "r1")
	h := s.History("rules1", false)
	old := crawler.Past{
		URL: "http://a/old.pdf", Site: "a", Class: crawler.ClassAttachment, Depth: 3, Status: 200, Hash: sha256.Sum256([]byte("x")),
		Validators: crawler.Validators{ETag: `"1"`, LastModified: "Mon, 26 Oct 2026 09:30:00 GMT"}, Fetched: t0.UTC(), Changed: t0.Add(-time.Hour).UTC(),
		Interval: time.Hour, Referrer: "http://a/", Via: "a", Attachments: []string{"http://a/b.doc"},
	}
	data, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.ExecContext(ctx, s.dialect.query(`INSERT INTO history (url, site, ruleset, gone, past) VALUES (?, 'a', '', 0, ?)`), old.URL, string(data)); err != nil {
		t.Fatal(err)
	}
	check := func(want crawler.Past) {
		t.Helper()
		want.Stale = true // it has no result
		got, err := h.Get(ctx, want.URL)
		if diff := cmp.Diff(&want, got); err != nil || diff != "" {
			t.Errorf("past differs (%v):\n%s", err, diff)
		}
		var urls []string
		for _, class := range []crawler.Class{crawler.ClassPage, want.Class} {
			if err := h.Known(ctx, "a", class, func(url string, depth int) bool {
				if class != want.Class || depth != want.Depth {
					t.Errorf("%s is known as a %s at depth %d", url, class, depth)
				}
				urls = append(urls, url)
				return true
			}); err != nil {
				t.Fatal(err)
			}
		}
		if !cmp.Equal(urls, []string{want.URL}) {
			t.Errorf("known: %v", urls)
		}
	}
	check(old)

	next := old
	next.Fetched, next.Interval = t0.Add(24*time.Hour).UTC(), 2*time.Hour
	rec := pipeline.Record{URL: old.URL, Site: "a", Outcome: pipeline.Unchanged, Class: crawler.ClassAttachment, Past: &next}
	if err := s.Sink("r1").Write(ctx, rec); err != nil {
		t.Fatal(err)
	}
	check(next)
}

// testPublished: a case knows what its page says of itself, also when that is
// learnt later.
func testPublished(t *testing.T, db database) {
	p := newPortal(t, db)
	url := "http://a/x/1"
	page := func(published, column string) pipeline.Record {
		rec := screened(url, found("r", "v", url))
		rec.Result.Published, rec.Result.Column = published, column
		return rec
	}
	p.Store.sites["a"] = cases.Site{Name: "a", Columns: []cases.Column{{Path: "/zwgk/", Name: "政务公开"}}}
	for _, want := range [][2]string{{"", ""}, {"2026-10-26 09:30", "通知公告"}} {
		p.crawl(page(want[0], want[1]))
		c, _, err := p.Case(t.Context(), 1)
		if err != nil || c.Published != want[0] || c.Column != want[1] {
			t.Errorf("published %q in %q, want %q (%v)", c.Published, c.Column, want, err)
		}
	}
}
