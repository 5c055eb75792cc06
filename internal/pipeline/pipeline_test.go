package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prescreen/crawler"
	"prescreen/internal/document"
	"prescreen/scanner"
)

// marks is a scanner that finds the word "leak", and dies on the word "bomb".
type marks struct{}

func (marks) Scan(_ context.Context, doc *scanner.Document, dst []scanner.Finding) []scanner.Finding {
	for _, s := range doc.Segments {
		if strings.Contains(s.Text, "bomb") {
			panic("the text: " + s.Text)
		}
		if i := strings.Index(s.Text, "leak"); i >= 0 {
			dst = append(dst, scanner.Finding{Rule: "t", Severity: scanner.SeverityHigh, Confidence: 90, Place: s.Place, Start: i, End: i + 4, Count: 1})
		}
	}
	return dst
}

func newChecker(t *testing.T) *Checker {
	t.Helper()
	p, err := document.New(document.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Parser: p, Scanner: func() (Scanner, string) { return marks{}, "rules1" }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func input(name, text string) document.Input {
	return document.Input{Name: name, Data: strings.NewReader(text), Size: int64(len(text))}
}

func TestCheck(t *testing.T) {
	c := newChecker(t)
	for _, tt := range []struct {
		name, text string
		verdict    scanner.Verdict
		findings   int
	}{
		{"a.txt", "a quiet text", scanner.VerdictPass, 0},
		{"a.txt", "a leak", scanner.VerdictBlock, 1},
		{"empty.txt", "", scanner.VerdictPass, 0},
		{"a.html", "<html><body><p>a leak</p><!-- another leak --></body></html>", scanner.VerdictBlock, 2},
		{"a.zip", "PK\x03\x04 and then nothing", scanner.VerdictIncomplete, 0},
		{"a.bin", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", scanner.VerdictIncomplete, 0},
	} {
		r := c.Check(t.Context(), "id", input(tt.name, tt.text))
		if r.Verdict != tt.verdict || len(r.Findings) != tt.findings {
			t.Errorf("%q: %s with %d findings and errors %v, want %s with %d", tt.text, r.Verdict, len(r.Findings), r.Errors, tt.verdict, tt.findings)
		}
		if r.Findings == nil || r.Errors == nil {
			t.Errorf("%q: a list is nil", tt.text)
		}
	}
}

// A panic costs one document, and what it says about the text goes nowhere.
func TestPanicIsContained(t *testing.T) {
	r := newChecker(t).Check(t.Context(), "id", input("a.txt", "a bomb"))
	if r.Verdict != scanner.VerdictIncomplete || len(r.Errors) != 1 {
		t.Fatalf("%s %v", r.Verdict, r.Errors)
	}
	if strings.Contains(r.Errors[0].Message, "bomb") {
		t.Errorf("the error quotes the document: %q", r.Errors[0].Message)
	}
}

type body struct{ *bytes.Reader }

func (b body) Size() int64            { return b.Reader.Size() }
func (b body) Bytes() ([]byte, error) { return nil, errors.New("not needed") }
func (b body) Close() error           { return nil }

func page(url, html string) *crawler.Page {
	return &crawler.Page{
		Task: crawler.Task{URL: url, Site: "s", Referrer: "http://a/"}, Status: 200,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: body{bytes.NewReader([]byte(html))},
	}
}

type memory struct {
	records []Record
	fail    error
}

func (m *memory) Write(_ context.Context, rec Record) error {
	m.records = append(m.records, rec)
	return m.fail
}

func (m *memory) Result(context.Context, string) (*Result, error) {
	return &Result{ID: "old", Type: "html", Verdict: scanner.VerdictBlock, Findings: []scanner.Finding{{Rule: "t"}}}, nil
}

func TestVisit(t *testing.T) {
	sink := &memory{}
	v := NewVisitor(VisitorConfig{Checker: newChecker(t), Earlier: sink, Sinks: []Sink{sink}})
	visited, err := v.Visit(t.Context(), page("http://a/x.html", `<p>a leak <a href="y.html">y</a><img src="p.png"><script src="z.js"></script></p>`))
	if err != nil {
		t.Fatal(err)
	}
	if len(visited.Links) != 1 || visited.Links[0].URL != "http://a/y.html" {
		t.Errorf("links: %v", visited.Links)
	}
	rec := sink.records[0]
	if rec.Outcome != Screened || rec.Class != crawler.ClassPage || len(rec.Result.Findings) != 1 || rec.Result.Pictures != 1 || rec.Result.RuleSet != "rules1" {
		t.Errorf("record: %+v %+v", rec, rec.Result)
	}

	cut := page("http://a/cut.html", "<p>half a pa")
	cut.Truncated = crawler.TruncatedNetwork
	visited, err = v.Visit(t.Context(), cut)
	if err != nil || !visited.Incomplete || sink.records[1].Result.Verdict != scanner.VerdictIncomplete {
		t.Errorf("a truncated page: %+v %v", visited, err)
	}

	gone := page("http://a/gone.html", "<title>404 - 页面不存在</title><p>返回首页")
	visited, err = v.Visit(t.Context(), gone)
	if err != nil || !visited.SoftMissing || sink.records[2].Reason != crawler.ReasonMissing {
		t.Errorf("a soft 404: %+v %v", visited, err)
	}

	same := page("http://a/x.html", "")
	same.Body, same.Unchanged = nil, true
	if _, err = v.Visit(t.Context(), same); err != nil || sink.records[3].Outcome != Unchanged || len(sink.records[3].Result.Findings) != 1 {
		t.Errorf("an unchanged page keeps its findings: %+v %v", sink.records[3], err)
	}

	sink.fail = errors.New("disk full")
	if _, err = v.Visit(t.Context(), page("http://a/z.html", "<p>x")); !errors.Is(err, sink.fail) {
		t.Errorf("a page that cannot be recorded must fail: %v", err)
	}
}

// A stop in the midst of a page leaves no record, and says so in a way that
// the crawler takes for a stop.
func TestVisitStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sink := &memory{fail: errors.New("interrupted")} // as SQLite says it
	v := NewVisitor(VisitorConfig{Checker: newChecker(t), Sinks: []Sink{sink}})
	cancel()
	if _, err := v.Visit(ctx, page("http://a/x.html", "<p>a leak")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if len(sink.records) != 0 {
		t.Errorf("half a page was recorded: %+v", sink.records)
	}
}

func TestSkip(t *testing.T) {
	sink := &memory{}
	v := NewVisitor(VisitorConfig{Checker: newChecker(t), Sinks: []Sink{sink}})
	v.Skip(t.Context(), crawler.Task{URL: "http://a/1"}, crawler.ReasonRobots, "Disallow: /")
	v.Skip(t.Context(), crawler.Task{URL: "http://a/2"}, crawler.ReasonNetwork, "refused")
	if sink.records[0].Outcome != Skipped || sink.records[1].Outcome != Failed {
		t.Errorf("%+v", sink.records)
	}
	v = NewVisitor(VisitorConfig{Checker: newChecker(t), Earlier: sink, Sinks: []Sink{sink}})
	v.Skip(t.Context(), crawler.Task{URL: "http://a/3"}, crawler.ReasonNotDue, "due tomorrow")
	if rec := sink.records[2]; rec.Outcome != Unchanged || rec.Result == nil || len(rec.Result.Findings) != 1 {
		t.Errorf("a page that is not due keeps its findings: %+v", rec)
	}
}

func TestNearDuplicates(t *testing.T) {
	text := func(month int) string {
		var b strings.Builder
		for i := range 60 {
			fmt.Fprintf(&b, "<p>日程安排第%d项：无会议。本页为日历，请选择日期查看。</p>", i)
		}
		return fmt.Sprintf("<h1>%d月</h1>%s", month, b.String())
	}
	v := NewVisitor(VisitorConfig{Checker: newChecker(t)})
	first, err := v.Visit(t.Context(), page("http://a/?m=1", text(1)))
	if err != nil || first.NearDuplicate {
		t.Fatalf("the first page: %+v %v", first, err)
	}
	second, err := v.Visit(t.Context(), page("http://a/?m=2", text(2)))
	if err != nil || !second.NearDuplicate {
		t.Errorf("the next month is nearly the same page: %+v %v", second, err)
	}
	other, err := v.Visit(t.Context(), page("http://a/n", strings.Repeat("<p>关于加强森林防火工作的通知，各乡镇要落实责任，严格管控火源。</p>", 40)))
	if err != nil || other.NearDuplicate {
		t.Errorf("another page is no duplicate: %+v %v", other, err)
	}
}
