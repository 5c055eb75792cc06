package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/crawler"
	"prescreen/internal/cases"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// clock is a time that stands still until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) forward(d time.Duration) { c.at = c.at.Add(d) }

// monday is 09:00 China Standard Time.
var monday = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)

// portal is a store under test with a clock, crawled night after night.
type portal struct {
	*Store
	t     *testing.T
	clock *clock
	night int
}

func newPortal(t *testing.T, db database) *portal {
	c := &clock{monday}
	return &portal{t: t, clock: c, Store: db.open(t, Options{
		Now: c.now, Sites: []cases.Site{{Name: "a", Unit: "办公室", Columns: []cases.Column{{Path: "/", Name: "首页"}, {Path: "/zwgk/", Name: "政务公开"}}}},
	})}
}

// found is a finding of a rule; value makes its keys.
func found(rule, value, url string) scanner.Finding {
	return scanner.Finding{
		Rule: rule, Category: "pii", Severity: scanner.SeverityHigh, Count: 1, URL: url, Excerpt: "姓名【王*】",
		Fingerprint: rule + "/" + value + "@" + url, ValueKey: rule + "/" + value,
	}
}

// screened is the record of a page that was read to its end.
func screened(url string, findings ...scanner.Finding) pipeline.Record {
	return pipeline.Record{
		URL: url, Site: "a", Outcome: pipeline.Screened, Class: crawler.ClassPage,
		Result: &pipeline.Result{ID: url, URL: url, Title: "标题 " + url, RuleSet: "rules1", Findings: findings, Errors: []scanner.Problem{}},
	}
}

// crawl is one whole run.
func (p *portal) crawl(records ...pipeline.Record) cases.Trend {
	p.t.Helper()
	return p.crawlWith(Finish{}, records...)
}

func (p *portal) crawlWith(end Finish, records ...pipeline.Record) cases.Trend {
	p.t.Helper()
	p.night++
	id := fmt.Sprintf("night%d", p.night)
	if _, _, _, err := p.OpenRun(p.t.Context(), Run{ID: id, Scope: "s", RuleSet: "rules1", Started: p.clock.at}); err != nil {
		p.t.Fatal(err)
	}
	p.clock.forward(time.Hour)
	sink := p.Sink(id)
	for _, rec := range records {
		if err := sink.Write(p.t.Context(), rec); err != nil {
			p.t.Fatal(err)
		}
	}
	trend, err := p.FinishRun(p.t.Context(), id, end)
	if err != nil {
		p.t.Fatal(err)
	}
	p.clock.forward(23 * time.Hour)
	return trend
}

// states says what every case is, by number.
func (p *portal) states() string {
	p.t.Helper()
	var parts []string
	list, _, err := p.Cases(p.t.Context(), cases.Filter{}, cases.Page{Sort: cases.ByNewest})
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range list {
		parts = append(parts, string(list[len(list)-1-i].State))
	}
	return strings.Join(parts, " ")
}

func (p *portal) want(states string) {
	p.t.Helper()
	if got := p.states(); got != states {
		p.t.Errorf("cases are %q, want %q", got, states)
	}
}

func (p *portal) change(c cases.Change) {
	p.t.Helper()
	if err := p.Change(p.t.Context(), "li", c); err != nil {
		p.t.Fatal(err)
	}
}

func (p *portal) events(id int64) string {
	p.t.Helper()
	_, events, err := p.Case(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	var parts []string
	for _, e := range events {
		parts = append(parts, fmt.Sprintf("%s %s %s→%s", e.Actor, e.Action, e.From, e.To))
	}
	return strings.Join(parts, ", ")
}

const u1, u2, u3 = "http://a/zwgk/1", "http://a/2", "http://a/3"

func testCaseLife(t *testing.T, db database) {
	p := newPortal(t, db)
	one, two := found("r", "v1", u1), found("r", "v2", u2)
	trend := p.crawl(screened(u1, one, one), screened(u2, two)) // the same finding twice is one case
	if want := (cases.Trend{Run: "night1", Started: trend.Started, New: 2}); !cmp.Equal(trend, want) {
		t.Errorf("first night: %+v", trend)
	}
	c, _, err := p.Case(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Unit != "办公室" || c.Column != "政务公开" || c.Title != "标题 "+u1 || !cmp.Equal(c.Finding, one) || c.FirstRun != "night1" || c.Version != 1 {
		t.Errorf("case 1: %+v", c)
	}
	// Five working days after Monday is the next Monday.
	if want := time.Date(2026, 12, 7, 15, 59, 59, 0, time.UTC); !c.Due.Equal(want) {
		t.Errorf("due %v, want %v", c.Due.UTC(), want)
	}
	p.change(cases.Change{IDs: []int64{1}, To: cases.Confirmed})
	p.change(cases.Change{IDs: []int64{1}, To: cases.Fixing})
	p.change(cases.Change{IDs: []int64{1}, To: cases.Fixed})
	if trend := p.crawl(screened(u1), screened(u2, two)); trend.Persisting != 1 || trend.Resolved != 1 || trend.New != 0 {
		t.Errorf("second night: %+v", trend)
	}
	p.want("closed open")
	if trend := p.crawl(screened(u1, one), screened(u2, two)); trend.Reopened != 1 || trend.Persisting != 1 {
		t.Errorf("third night: %+v", trend)
	}
	p.want("reopened open")
	want := "run night1 found →open, li confirmed open→confirmed, li fixing confirmed→fixing, li fixed fixing→fixed, " +
		"run night2 gone fixed→closed, run night3 returned closed→reopened"
	if got := p.events(1); got != want {
		t.Errorf("history of case 1:\n got %s\nwant %s", got, want)
	}
	if c, _, _ = p.Case(t.Context(), 1); c.Returned != 1 || c.LastRun != "night3" || c.FirstRun != "night1" {
		t.Errorf("case 1: %+v", c)
	}
	p.change(cases.Change{IDs: []int64{1}, To: cases.Fixed})
	p.crawl(screened(u1, one), screened(u2, two))
	p.want("reopened open") // said to be fixed, and it was not
	if trend, err := p.Trend(t.Context(), "night3", 2); err != nil || len(trend) != 2 || trend[0].Run != "night2" || trend[1].Reopened != 1 {
		t.Errorf("trend: %+v %v", trend, err)
	}
}

// testUnread: what could not be looked at is not gone, and what was not
// looked at has not returned.
func testUnread(t *testing.T, db database) {
	p := newPortal(t, db)
	one := found("r", "v1", u1)
	p.crawl(screened(u1, one))
	half := screened(u1)
	half.Result.Errors = []scanner.Problem{{Status: scanner.StatusEncrypted, Message: "encrypted"}}
	notDue := screened(u1, one)
	notDue.Outcome, notDue.Reason = pipeline.Unchanged, crawler.ReasonNotDue
	failed := pipeline.Record{URL: u1, Site: "a", Outcome: pipeline.Failed, Reason: crawler.ReasonNetwork}
	for name, rec := range map[string]pipeline.Record{"half": half, "not due": notDue, "failed": failed, "another page": screened(u2)} {
		p.crawl(rec)
		if got := p.states(); got != "open" {
			t.Errorf("%s: the case is %s", name, got)
		}
	}
	p.crawlWith(Finish{InForce: func(rule string) bool { return rule != "r" }}, screened(u1))
	p.want("open") // its rule is switched off
	p.change(cases.Change{IDs: []int64{1}, To: cases.Fixed})
	if past, err := p.History("rules1", false).Get(t.Context(), u1); err != nil || past != nil {
		t.Fatalf("%v %v", past, err)
	}
	if err := p.History("rules1", false).Put(t.Context(), crawler.Past{URL: u1, Site: "a", Status: 200}); err != nil {
		t.Fatal(err)
	}
	if past, err := p.History("rules1", false).Get(t.Context(), u1); err != nil || !past.Stale {
		t.Errorf("the page of a case that is said to be fixed must be asked for anew: %+v %v", past, err)
	}
	p.crawl(notDue)
	p.want("fixed")
	unchanged := screened(u1, one)
	unchanged.Outcome = pipeline.Unchanged
	p.crawl(unchanged)
	p.want("reopened")
	p.crawl(pipeline.Record{URL: u1, Site: "a", Outcome: pipeline.Skipped, Reason: crawler.ReasonMissing})
	p.want("closed")
}

// testDismissal: by rule and value, at any address of the site, for a time.
func testDismissal(t *testing.T, db database) {
	p := newPortal(t, db)
	here, there := found("r", "v", u1), found("r", "v", u2)
	p.crawl(screened(u1, here, found("r", "other", u1)), screened(u2, there))
	p.change(cases.Change{IDs: []int64{1}, To: cases.Confirmed})
	if err := p.Change(t.Context(), "li", cases.Change{IDs: []int64{1}, To: cases.Dismissed}); !errors.Is(err, cases.ErrIncomplete) {
		t.Errorf("without a reason: %v", err)
	}
	list, _, err := p.Cases(t.Context(), cases.Filter{URL: u2}, cases.Page{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	p.change(cases.Change{IDs: []int64{list[0].ID}, To: cases.Dismissed, Reason: "样例号码", Owner: "王科长", Expires: p.clock.at.Add(72 * time.Hour)})
	states := func() map[string]cases.State {
		m := map[string]cases.State{}
		err := p.EachCase(t.Context(), cases.Filter{}, cases.BySeverity, func(c cases.Case) error { m[c.Fingerprint] = c.State; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	p.crawl(screened(u3, found("r", "v", u3)), screened(u2, there))
	got := states()
	if got["r/v@"+u2] != cases.Dismissed || got["r/v@"+u3] != cases.Dismissed || got["r/other@"+u1] != cases.Confirmed {
		t.Errorf("after the dismissal: %v", got)
	}
	if list, err := p.Exceptions(t.Context(), false); err != nil || len(list) != 1 || list[0].Owner != "王科长" || list[0].Reason != "样例号码" {
		t.Errorf("exceptions: %+v %v", list, err)
	}
	p.clock.forward(48 * time.Hour)
	p.crawl(screened(u2, there))
	if got := states(); got["r/v@"+u2] != cases.Open || got["r/v@"+u3] != cases.Dismissed {
		t.Errorf("after it expired: %v", got)
	}
	// Taken back, it holds for nothing any more.
	p.change(cases.Change{IDs: []int64{list[0].ID}, To: cases.Dismissed, Reason: "again"})
	p.change(cases.Change{IDs: []int64{list[0].ID}, To: cases.Open, Note: "a mistake"})
	p.crawl(screened("http://a/4", found("r", "v", "http://a/4")))
	if got := states(); got["r/v@http://a/4"] != cases.Open {
		t.Errorf("after it was taken back: %v", got)
	}
}

// testDismissedAlike: the others of the value that nobody judged go along.
func testDismissedAlike(t *testing.T, db database) {
	p := newPortal(t, db)
	p.crawl(screened(u1, found("r", "v", u1)), screened(u2, found("r", "v", u2)), screened(u3, found("r", "w", u3)))
	p.change(cases.Change{IDs: []int64{1}, To: cases.Dismissed, Reason: "ours"})
	p.want("dismissed dismissed open")
	if got := p.events(2); got != "run night1 found →open, li alike open→dismissed" {
		t.Error(got)
	}
}

func testSecrecyClock(t *testing.T, db database) {
	p := newPortal(t, db)
	f := found("secrecy.mark", "v", u1)
	f.Category, f.Severity = "secrecy", scanner.SeverityCritical
	p.crawl(screened(u1, f))
	c, _, err := p.Case(t.Context(), 1)
	if err != nil || len(c.Steps) != 4 || c.Steps[0].Name != cases.TakeDown || !c.Due.Equal(c.Clock.Add(24*time.Hour)) {
		t.Fatalf("%+v %v", c, err)
	}
	p.change(cases.Change{IDs: []int64{1}, Step: cases.TakeDown})
	c, _, _ = p.Case(t.Context(), 1)
	if c.Steps[0].By != "li" || c.Steps[0].Done.IsZero() || !c.Steps[1].Done.IsZero() {
		t.Errorf("steps: %+v", c.Steps)
	}
	p.clock.forward(2 * time.Hour)
	if n, err := p.Counts(t.Context(), cases.Filter{}); err != nil || n.Overdue != 1 || n.Urgent != 1 || n.Pending != 1 || n.Total != 1 || n.Units["办公室"] != 1 {
		t.Errorf("counts: %+v %v", n, err)
	}
	p.crawl(screened(u1, f), screened(u2, found("r", "v", u2)))
	if err := p.Change(t.Context(), "li", cases.Change{IDs: []int64{2}, Step: cases.Seal}); !errors.Is(err, cases.ErrIncomplete) {
		t.Errorf("a step of a case without a clock: %v", err)
	}
}

func testChange(t *testing.T, db database) {
	p := newPortal(t, db)
	p.crawl(screened(u1, found("r", "1", u1), found("r", "2", u1)))
	ctx := t.Context()
	var bad *cases.TransitionError
	for name, tt := range map[string]struct {
		change cases.Change
		as     any
		is     error
	}{
		"impossible":    {change: cases.Change{IDs: []int64{1}, To: cases.Reopened}, as: &bad},
		"no such case":  {change: cases.Change{IDs: []int64{1, 99}, To: cases.Confirmed}, is: cases.ErrNotFound},
		"no such state": {change: cases.Change{IDs: []int64{1}, To: "done"}, is: cases.ErrIncomplete},
		"nothing":       {change: cases.Change{IDs: []int64{1}}, is: cases.ErrIncomplete},
		"nobody":        {change: cases.Change{To: cases.Confirmed}, is: cases.ErrIncomplete},
		"stale":         {change: cases.Change{IDs: []int64{1}, To: cases.Confirmed, Version: 7}, is: cases.ErrConflict},
		"expired":       {change: cases.Change{IDs: []int64{1}, To: cases.Dismissed, Reason: "r", Expires: monday}, is: cases.ErrIncomplete},
		"closed unseen": {change: cases.Change{IDs: []int64{1}, To: cases.Closed}, is: cases.ErrIncomplete},
	} {
		err := p.Change(ctx, "li", tt.change)
		if tt.is != nil && !errors.Is(err, tt.is) || tt.as != nil && !errors.As(err, tt.as) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.want("open open") // all or nothing
	if bad.ID != 1 || bad.From != cases.Open || bad.To != cases.Reopened {
		t.Errorf("%+v", bad)
	}
	who, due := "王五", monday.Add(240*time.Hour)
	p.change(cases.Change{IDs: []int64{1, 2}, Assignee: &who, Due: &due, Note: "请核实", Version: 0})
	c, events, err := p.Case(ctx, 2)
	if err != nil || c.Assignee != who || !c.Due.Equal(due) || c.Note != "请核实" || c.Version != 2 || len(events) != 2 {
		t.Errorf("%+v %+v %v", c, events, err)
	}
	if err := p.Change(ctx, "li", cases.Change{IDs: []int64{2}, To: cases.Confirmed, Version: 2}); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Case(ctx, 99); !errors.Is(err, cases.ErrNotFound) {
		t.Errorf("unknown case: %v", err)
	}
}

func testPaging(t *testing.T, db database) {
	p := newPortal(t, db)
	severities := []scanner.Severity{scanner.SeverityLow, scanner.SeverityCritical, scanner.SeverityMedium, scanner.SeverityHigh}
	var records []pipeline.Record
	for i := range 23 {
		url := fmt.Sprintf("http://a/%d_%%", i)
		f := found("r", fmt.Sprint(i), url)
		f.Severity = severities[i%4]
		records = append(records, screened(url, f))
	}
	p.crawl(records...)
	none := time.Time{}
	p.change(cases.Change{IDs: []int64{5, 6}, Due: &none})
	for _, sort := range []cases.Sort{cases.BySeverity, cases.ByNewest, cases.ByDue} {
		whole, next, err := p.Cases(t.Context(), cases.Filter{}, cases.Page{Sort: sort, Limit: 100})
		if err != nil || next != "" || len(whole) != 23 {
			t.Fatalf("%q: %d cases, next %q, %v", sort, len(whole), next, err)
		}
		var parts []cases.Case
		for page := (cases.Page{Sort: sort, Limit: 5}); ; {
			part, next, err := p.Cases(t.Context(), cases.Filter{}, page)
			if err != nil || len(part) > 5 {
				t.Fatal(err)
			}
			parts = append(parts, part...)
			if page.Cursor = next; next == "" {
				break
			}
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("%q: the parts are not the whole:\n%s", sort, diff)
		}
		if sort == cases.ByDue && !whole[22].Due.IsZero() {
			t.Errorf("those without a deadline must come last")
		}
	}
	if whole, _, _ := p.Cases(t.Context(), cases.Filter{}, cases.Page{}); whole[0].Finding.Severity != scanner.SeverityCritical || whole[22].Finding.Severity != scanner.SeverityLow {
		t.Error("the worst must come first")
	}
	if _, _, err := p.Cases(t.Context(), cases.Filter{}, cases.Page{Cursor: "x"}); err == nil {
		t.Error("a bad cursor is taken")
	}
}

func testFilter(t *testing.T, db database) {
	p := newPortal(t, db)
	odd := found("wording.x", "2", u2)
	odd.Category, odd.Severity = "wording", scanner.SeverityLow
	p.crawl(screened(u1, found("pii.id18", "1", u1)))
	p.crawl(screened(u1, found("pii.id18", "1", u1)), screened(u2, odd))
	who := "王五"
	p.change(cases.Change{IDs: []int64{1}, Assignee: &who, Note: "100% 属实_"})
	for name, tt := range map[string]struct {
		f    cases.Filter
		want int
	}{
		"all": {cases.Filter{}, 2}, "id": {cases.Filter{IDs: []int64{2}}, 1}, "state": {cases.Filter{States: []cases.State{cases.Open}}, 2},
		"severity": {cases.Filter{Severities: []scanner.Severity{scanner.SeverityLow}}, 1}, "category": {cases.Filter{Categories: []string{"pii", "internal"}}, 1},
		"rule": {cases.Filter{Rules: []string{"wording.x"}}, 1}, "site": {cases.Filter{Sites: []string{"a"}}, 2}, "unit": {cases.Filter{Units: []string{"别的"}}, 0},
		"assignee": {cases.Filter{Assignee: who}, 1}, "run": {cases.Filter{Run: "night1"}, 1}, "new in": {cases.Filter{NewIn: "night2"}, 1},
		"title": {cases.Filter{Text: "标题"}, 2}, "address": {cases.Filter{Text: "A/ZWGK"}, 1}, "note": {cases.Filter{Text: "100%"}, 1},
		"literal": {cases.Filter{Text: "%a%"}, 0}, "several": {cases.Filter{Text: "标题 wording"}, 1}, "overdue": {cases.Filter{Overdue: true}, 0},
	} {
		list, _, err := p.Cases(t.Context(), tt.f, cases.Page{})
		if err != nil || len(list) != tt.want {
			t.Errorf("%s: %d cases, want %d (%v)", name, len(list), tt.want, err)
		}
		if n, err := p.Counts(t.Context(), tt.f); err != nil || n.Total != tt.want {
			t.Errorf("%s: counts %+v, want %d (%v)", name, n, tt.want, err)
		}
	}
	p.clock.forward(30 * 24 * time.Hour)
	if list, _, err := p.Cases(t.Context(), cases.Filter{Overdue: true}, cases.Page{}); err != nil || len(list) != 2 {
		t.Errorf("overdue a month later: %d (%v)", len(list), err)
	}
}

func testDiff(t *testing.T, db database) {
	p := newPortal(t, db)
	p.crawl(screened(u1, found("r", "stays", u1), found("r", "goes", u1)), screened(u2, found("r", "unseen", u2)))
	p.crawl(screened(u1, found("r", "stays", u1), found("r", "comes", u1)))
	got := map[string]DiffKind{}
	err := p.Diff(t.Context(), "night1", "night2", func(k DiffKind, c cases.Case) error {
		got[strings.TrimPrefix(c.Finding.ValueKey, "r/")] = k
		return nil
	})
	want := map[string]DiffKind{"stays": DiffPersisting, "goes": DiffGone, "unseen": DiffUnseen, "comes": DiffNew}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v (%v)", got, want, err)
	}
	if err := p.Diff(t.Context(), "night1", "nosuch", nil); !errors.Is(err, ErrNoRun) {
		t.Errorf("unknown run: %v", err)
	}
}

func testPrune(t *testing.T, db database) {
	p := newPortal(t, db)
	for range 3 {
		p.crawl(screened(u1, found("r", "v", u1)))
		p.clock.forward(40 * 24 * time.Hour)
	}
	if n, err := p.Prune(t.Context(), 60*24*time.Hour); err != nil || n != 2 {
		t.Errorf("%d runs deleted, want 2 (%v)", n, err)
	}
	p.clock.forward(400 * 24 * time.Hour)
	if n, err := p.Prune(t.Context(), 60*24*time.Hour); err != nil || n != 0 {
		t.Errorf("the last run must stay: %d deleted (%v)", n, err)
	}
	runs, err := p.Runs(t.Context(), 0)
	if err != nil || len(runs) != 1 || runs[0].ID != "night3" {
		t.Errorf("%+v %v", runs, err)
	}
	p.want("open")
	if got := p.events(1); got != "run night1 found →open" {
		t.Error(got)
	}
	if _, err := p.VerifyAudit(t.Context(), Head{}); err != nil {
		t.Error(err)
	}
}

func testAccept(t *testing.T, db database) {
	p := newPortal(t, db)
	once := found("r", "once", u2)
	once.ValueKey = "" // stands for changing values: accepted by itself
	p.crawl(screened(u1, found("r", "v", u1), found("r", "w", u1)), screened(u2, once))
	list := []cases.Accepted{{Site: "a", Rule: "r", Subject: "r/v"}, {Site: "a", Rule: "r", Subject: once.Fingerprint}, {Site: "a", Rule: "r", Subject: "r/later"}}
	for i, want := range []int{2, 0} { // it may be repeated
		n, err := p.Accept(t.Context(), "li", list, cases.Exception{Reason: "存量", Owner: "王"})
		if err != nil || n != want {
			t.Errorf("%d: %d dismissed, want %d (%v)", i, n, want, err)
		}
	}
	p.crawl(screened(u1, found("r", "v", u1), found("r", "w", u1), found("r", "later", u1)), screened(u2, once))
	p.want("dismissed open dismissed dismissed")
	if list, err := p.Exceptions(t.Context(), false); err != nil || len(list) != 3 {
		t.Errorf("%d exceptions (%v)", len(list), err)
	}
	if _, err := p.Accept(t.Context(), "li", list, cases.Exception{}); !errors.Is(err, cases.ErrIncomplete) {
		t.Errorf("without a reason: %v", err)
	}
}
