package scanner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"prescreen/dictionaries"
)

// Failure is an example of a rule that did not come out as the rule says.
type Failure struct {
	Rule    string `json:"rule"`
	Hit     bool   `json:"hit"`     // from the hits, else from the misses
	Index   int    `json:"index"`   // 1-based
	Text    string `json:"text"`    // of the example
	Message string `json:"message"` // what happened instead
	File    string `json:"file"`    // where the rule is written
	Line    int    `json:"line"`
}

// String returns file:line: rule, example, message.
func (f Failure) String() string {
	kind := "miss"
	if f.Hit {
		kind = "hit"
	}
	return fmt.Sprintf("%s:%d: rule %q: %s %d %q: %s", f.File, f.Line, f.Rule, kind, f.Index, f.Text, f.Message)
}

// SelfTest runs the examples of every rule and returns those that failed, in
// the order of the rules. cfg is used but for its date, which an example may
// set. A set with failures must not replace one without.
func SelfTest(ctx context.Context, set *dictionaries.Set, cfg Config) ([]Failure, error) {
	var day time.Time
	real := cfg.Today
	if real == nil {
		real = time.Now
	}
	cfg.Today = func() time.Time {
		if day.IsZero() {
			return real()
		}
		return day
	}
	s, err := New(set, cfg)
	if err != nil {
		return nil, err
	}
	var out []Failure
	for _, r := range set.Rules() {
		for _, hit := range []bool{true, false} {
			examples := r.Tests.Hit
			if !hit {
				examples = r.Tests.Miss
			}
			for i, e := range examples {
				if err := ctx.Err(); err != nil {
					return out, err
				}
				day = time.Time{}
				if e.Today != "" {
					day, _ = time.ParseInLocation(time.DateOnly, e.Today, time.Local)
				}
				if msg := s.example(ctx, r, e, hit); msg != "" {
					file, line := r.Origin()
					out = append(out, Failure{Rule: r.ID, Hit: hit, Index: i + 1, Text: exampleText(e), Message: msg, File: file, Line: line})
				}
			}
		}
	}
	return out, nil
}

func exampleText(e dictionaries.Example) string {
	text := e.Text
	if text == "" && len(e.Table) > 0 {
		text = strings.Join(slices.Concat(e.Table...), " | ")
	}
	return clip(text, 60)
}

// example scans one example and says what is wrong, or "".
func (s *Scanner) example(ctx context.Context, r *dictionaries.Rule, e dictionaries.Example, hit bool) string {
	doc := exampleDocument(e)
	all, misses := s.Why(ctx, doc)
	var own []Finding
	for _, f := range all {
		if f.Rule == r.ID {
			own = append(own, f)
		}
	}
	if !hit {
		if len(own) > 0 {
			return fmt.Sprintf("fires with confidence %d at %q", own[0].Confidence, matched(doc, own[0]))
		}
		return ""
	}
	if len(own) == 0 {
		reason := "no candidate"
		for _, m := range misses {
			if m.Rule == r.ID {
				reason = m.Detail
			}
		}
		return "does not fire: " + reason
	}
	if e.At != "" && !slices.ContainsFunc(own, func(f Finding) bool { return matched(doc, f) == e.At }) {
		return fmt.Sprintf("fires at %q instead of %q", matched(doc, own[0]), e.At)
	}
	if e.Count > 0 && !slices.ContainsFunc(own, func(f Finding) bool { return f.Count == e.Count }) {
		return fmt.Sprintf("counts %d instead of %d", own[0].Count, e.Count)
	}
	if e.Sev != "" && !slices.ContainsFunc(own, func(f Finding) bool { return string(f.Severity) == e.Sev }) {
		return fmt.Sprintf("has severity %s instead of %s", own[0].Severity, e.Sev)
	}
	return ""
}

// matched returns the text a finding stands at. Place alone does not tell the
// segment, so the first that fits is taken.
func matched(doc *Document, f Finding) string {
	for i := range doc.Segments {
		s := &doc.Segments[i]
		p, q := s.Place, f.Place
		p.Line, q.Line = 0, 0
		if p == q && s.Place.Line <= f.Place.Line && f.End <= len(s.Text) && s.Place.Line+strings.Count(s.Text[:f.Start], "\n") == f.Place.Line {
			return s.Text[f.Start:f.End]
		}
	}
	return ""
}

// exampleDocument makes a document of an example. Text that is not head
// stands below enough lines to be out of it.
func exampleDocument(e dictionaries.Example) *Document {
	doc := &Document{URL: "https://example.gov.cn/"}
	line := 1
	add := func(kind Kind, text string) {
		doc.Segments = append(doc.Segments, Segment{Place: Place{Kind: kind, Line: line}, Text: text})
		line += strings.Count(text, "\n") + 1
	}
	if e.Head != "" {
		for _, l := range strings.Split(e.Head, "\n") {
			add(KindBody, l)
		}
	}
	kind := Kind(e.Part)
	switch e.Part {
	case "head", "lines":
		kind = KindBody
	case "", "body", "table", "all":
		kind = KindBody
		for range 24 {
			add(KindBody, "各有关单位要按照职责分工抓好落实。")
		}
	}
	switch {
	case e.Text == "":
	case e.Part == "lines":
		for _, l := range strings.Split(e.Text, "\n") {
			add(kind, l)
		}
	default:
		add(kind, e.Text)
	}
	for r, row := range e.Table {
		for c, text := range row {
			doc.Segments = append(doc.Segments, Segment{Place: Place{Kind: kind, Line: line}, Text: text, Table: 1, Row: r + 1, Col: c + 1, Header: r == 0})
			line++
		}
	}
	return doc
}
