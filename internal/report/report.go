package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// Format names an output format.
type Format string

// The formats.
const (
	Text  Format = "text"
	JSON  Format = "json"
	JSONL Format = "jsonl"
	SARIF Format = "sarif"
	HTML  Format = "html"
	XLSX  Format = "xlsx"
	DOCX  Format = "docx"
	CSV   Format = "csv"
)

// Formats lists the formats of a Writer in the order shown in help.
func Formats() []Format { return []Format{Text, JSON, JSONL, SARIF, HTML, XLSX, DOCX, CSV} }

// Binary reports whether a format is a file for another program rather than
// text.
func Binary(f Format) bool { return f == XLSX || f == DOCX }

// Options of a Writer.
type Options struct {
	Lang         lang.Lang
	Version      string // of the program
	RuleSet      string // version of the dictionaries
	Organisation string
	Color        bool // text only
	// Now dates the report, and its location is that of all times shown.
	Now time.Time
}

// in moves a time to the location of the report.
func (o *Options) in(t time.Time) time.Time { return t.In(o.Now.Location()) }

// Writer receives the results of one run. Close writes what follows the last
// result; it does not close the underlying writer.
type Writer interface {
	Write(pipeline.Result) error
	Close(Summary) error
}

// Summary is what is said about a run as a whole.
type Summary struct {
	Run         string          `json:"run,omitempty"`
	Sites       []string        `json:"sites,omitempty"`
	Started     time.Time       `json:"started"`
	Finished    time.Time       `json:"finished"`
	Verdict     scanner.Verdict `json:"verdict"`
	Pages       int             `json:"pages"`       // screened web pages
	Attachments int             `json:"attachments"` // screened files
	Unchanged   int             `json:"unchanged"`   // not scanned again: same content, same rules
	Findings    Counts          `json:"findings"`
	NotChecked  []Gap           `json:"not_checked"`       // in scope, and not screened
	Interrupted bool            `json:"interrupted"`       // stopped before the end
	OutOfScope  int             `json:"out_of_scope"`      // links that leave the configured hosts
	Incomplete  int             `json:"incomplete"`        // pages and attachments that were read in part only
	Orphans     []string        `json:"orphans,omitempty"` // attachments that no page links to any more
	Pictures    int             `json:"pictures"`          // pictures inside pages that were not looked at
}

// Counts counts findings by severity.
type Counts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
}

// Add counts one finding.
func (c *Counts) Add(s scanner.Severity) {
	switch s {
	case scanner.SeverityCritical:
		c.Critical++
	case scanner.SeverityHigh:
		c.High++
	case scanner.SeverityMedium:
		c.Medium++
	default:
		c.Low++
	}
}

// Total of all severities.
func (c Counts) Total() int { return c.Critical + c.High + c.Medium + c.Low }

// Gap is something in scope that was not screened, and why.
type Gap struct {
	URL    string `json:"url"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	// Failed tells an error (the page could not be had) from a decision
	// (robots, budget).
	Failed bool `json:"failed"`
}

// New returns a Writer for a format. JSON Lines and text are written as
// results arrive, the others on Close.
func New(format Format, w io.Writer, opt Options) (Writer, error) {
	switch format {
	case Text:
		return &textWriter{w: w, opt: opt}, nil
	case JSONL:
		return newJSONLWriter(w), nil
	case JSON:
		return &jsonWriter{w: w}, nil
	case SARIF, HTML, XLSX, CSV:
		return &collector{format: format, w: w, opt: opt}, nil
	case DOCX:
		return &collector{format: format, w: w, opt: opt, form: Review}, nil
	}
	return nil, fmt.Errorf("unknown format %q: use text, json, jsonl, sarif, html, xlsx, docx or csv", format)
}

// Worst returns the verdict of a run from the verdicts of its documents.
func Worst(a, b scanner.Verdict) scanner.Verdict {
	order := []scanner.Verdict{"", scanner.VerdictPass, scanner.VerdictReview, scanner.VerdictIncomplete, scanner.VerdictBlock}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
