package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// Run is all that a report says about one run.
type Run struct {
	Summary Summary
	// Cases are what the run found, as they stand now; Render puts them in
	// order. A finding of a check that no run follows has no ID and no State.
	Cases []cases.Case
	// Trend are the last runs of the same sites, oldest first, this one last.
	// Empty where there is no history.
	Trend []Point
	// Dismissed counts the cases that are left out because somebody has judged
	// them to be false alarms.
	Dismissed int
}

// withoutDismissed is the run as it is shown to people who want to know what
// is wrong.
func (r *Run) withoutDismissed() *Run {
	shown := *r
	shown.Cases = slices.DeleteFunc(slices.Clone(r.Cases), func(c cases.Case) bool { return c.State == cases.Dismissed })
	shown.Dismissed += len(r.Cases) - len(shown.Cases)
	return &shown
}

// Point is one run in the trend: what it found, and how that differs from the
// run before it.
type Point struct {
	Run        string    `json:"run"`
	Time       time.Time `json:"time"`
	Findings   Counts    `json:"findings"`
	New        int       `json:"new"`
	Persisting int       `json:"persisting"`
	Resolved   int       `json:"resolved"`
	Returned   int       `json:"returned"` // of New: closed or fixed before
}

// Render writes a run in one of the formats HTML, XLSX, CSV, SARIF and JSONL.
// The forms in DOCX need more: see RenderForm.
func Render(w io.Writer, format Format, run *Run, opt Options) error {
	sortCases(run.Cases)
	switch format {
	case HTML:
		return writeHTML(w, run, opt)
	case XLSX:
		return writeXLSX(w, run, opt)
	case CSV:
		return writeCSV(w, run, opt)
	case SARIF:
		return writeSARIF(w, run, opt)
	case JSONL:
		return writeLines(w, run)
	}
	return fmt.Errorf("unknown format %q: use html, xlsx, docx, pdf, csv, jsonl or sarif", format)
}

// sortCases puts the worst and surest first, then by address, so that the
// same cases give the same report.
func sortCases(list []cases.Case) {
	slices.SortStableFunc(list, func(a, b cases.Case) int {
		return cmp.Or(
			cmp.Compare(b.Finding.Severity.Rank(), a.Finding.Severity.Rank()),
			cmp.Compare(b.Finding.Confidence, a.Finding.Confidence),
			cmp.Compare(a.Finding.URL, b.Finding.URL),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

// collector gathers results and renders them on Close.
type collector struct {
	format Format
	w      io.Writer
	opt    Options
	form   Form
	run    Run
	docs   []Document // of a review form
}

// Document is one thing that was checked before publishing.
type Document struct {
	Name     string // title, address or file name
	Address  string
	Type     string
	Files    int
	Verdict  scanner.Verdict
	Findings []cases.Case
	Unread   []Gap
}

func (c *collector) Write(r pipeline.Result) error {
	found, gaps := CasesOf(&r), GapsOf(&r, c.opt.Lang)
	c.run.Cases = append(c.run.Cases, found...)
	c.run.Summary.NotChecked = append(c.run.Summary.NotChecked, gaps...)
	if c.format == DOCX {
		c.docs = append(c.docs, Document{
			Name: cmp.Or(r.Title, address(r)), Address: address(r), Type: r.Type, Files: r.Files,
			Verdict: r.Verdict, Findings: found, Unread: gaps,
		})
	}
	return nil
}

func (c *collector) Close(s Summary) error {
	s.NotChecked = append(slices.Clone(s.NotChecked), c.run.Summary.NotChecked...)
	c.run.Summary = s
	if c.format == DOCX {
		for i := range c.docs {
			sortCases(c.docs[i].Findings)
		}
		return renderReview(c.w, c.docs, &c.run, FormOptions{Options: c.opt, Form: c.form})
	}
	return Render(c.w, c.format, &c.run, c.opt)
}

// CasesOf makes the findings of a result cases without a history.
func CasesOf(r *pipeline.Result) []cases.Case {
	out := make([]cases.Case, 0, len(r.Findings))
	for i := range r.Findings {
		f := r.Findings[i]
		f.URL = address(*r)
		site := r.Site
		if site == "" {
			site = hostOf(f.URL)
		}
		out = append(out, cases.Case{Fingerprint: f.Fingerprint, Site: site, Title: r.Title, Finding: f})
	}
	return out
}

// GapsOf says what of a result could not be read.
func GapsOf(r *pipeline.Result, l lang.Lang) []Gap {
	var out []Gap
	for _, p := range r.Errors {
		if p.Status.Harmless() {
			continue
		}
		detail := ProblemText(p, l)
		if p.File != "" && !strings.Contains(detail, p.File) {
			detail = p.File + ": " + detail
		}
		out = append(out, Gap{URL: address(*r), Reason: StatusName(p.Status, l), Detail: detail, Failed: true})
	}
	return out
}

// webAddress reports whether s is an http or https address, the only kind
// that a report makes a link.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func hostOf(s string) string {
	if !webAddress(s) {
		return ""
	}
	u, _ := url.Parse(s)
	return u.Host
}
