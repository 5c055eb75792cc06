package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"prescreen/crawler"
	"prescreen/internal/document"
	"prescreen/internal/tracing"
	"prescreen/scanner"
)

// Parser turns the bytes of any supported format into segments.
type Parser interface {
	Parse(ctx context.Context, in document.Input) (*document.Result, error)
}

// Scanner finds what its rules describe. *scanner.Scanner is one.
type Scanner interface {
	Scan(ctx context.Context, doc *scanner.Document, dst []scanner.Finding) []scanner.Finding
}

// Config of a Checker.
type Config struct {
	Parser Parser
	// Scanner returns the scanner in force and the fingerprint of its rules.
	// It is called once per document, so that a reload never divides one.
	Scanner func() (s Scanner, ruleSet string)
	Policy  scanner.Policy
	Logger  *slog.Logger // nil is silent
}

// Checker checks single documents. It is safe for concurrent use.
type Checker struct {
	cfg   Config
	texts Texts // nil: every text is scanned
}

// Result is what became of one document. Its JSON form is a published contract.
type Result struct {
	ID    string `json:"id"`
	URL   string `json:"url,omitempty"`
	Title string `json:"title,omitempty"`
	// Published is when the page says that it was published, 2006-01-02 or
	// 2006-01-02 15:04; Column the column (栏目) it says it belongs to.
	Published string            `json:"published,omitempty"`
	Column    string            `json:"column,omitempty"`
	Type      string            `json:"type,omitempty"` // sniffed: html, pdf, docx …
	Verdict   scanner.Verdict   `json:"verdict"`
	Findings  []scanner.Finding `json:"findings"` // never null
	Errors    []scanner.Problem `json:"errors"`   // never null; what could not be read
	// Files counts the files looked into: 1, plus members of archives and
	// embedded objects.
	Files int `json:"files,omitempty"`

	RuleSet string `json:"rule_set,omitempty"` // fingerprint of the rules it was checked with

	// Evidence names the kept copy of the page.
	Evidence string `json:"evidence,omitempty"`

	// Orphan marks an attachment that no page links to any more.
	Orphan bool `json:"orphan,omitempty"`

	// Pictures counts the pictures inside the page that were not looked at.
	Pictures int `json:"pictures_unread,omitempty"`

	// Of a crawl only: the site, how the URL ended, and why it was not
	// screened.
	Site    string         `json:"site,omitempty"`
	Outcome Outcome        `json:"outcome,omitempty"`
	Reason  crawler.Reason `json:"reason,omitempty"`
	Detail  string         `json:"detail,omitempty"`

	Links []document.Link `json:"-"`
	// TextHash is a 64-bit locality-sensitive hash of the text (simhash), 0
	// without text.
	TextHash uint64        `json:"-"`
	Duration time.Duration `json:"-"`
	// Shared says that the text was scanned at another address.
	Shared bool `json:"-"`
}

// Incomplete reports whether some of the document could not be read.
func (r *Result) Incomplete() bool {
	for _, p := range r.Errors {
		if !p.Status.Harmless() {
			return true
		}
	}
	return false
}

// New returns a Checker.
func New(cfg Config) (*Checker, error) {
	if cfg.Parser == nil || cfg.Scanner == nil {
		return nil, errors.New("pipeline: a parser and a scanner are needed")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Checker{cfg: cfg}, nil
}

// Check parses, scans and judges one document. What goes wrong with the
// document becomes part of the result; it never stops the caller.
func (c *Checker) Check(ctx context.Context, id string, in document.Input) Result {
	start := time.Now()
	res := Result{ID: id, URL: in.URL, Findings: []scanner.Finding{}, Errors: []scanner.Problem{}}
	parsed, err := c.parse(ctx, in)
	if err != nil {
		res.Errors = append(res.Errors, problemOf(in.Name, err))
	}
	if parsed != nil {
		res.Title, res.Type, res.Files = parsed.Title, parsed.Type, parsed.Files
		res.Published, res.Column = parsed.Published, parsed.Column
		res.Links = parsed.Links
		res.Errors = append(res.Errors, parsed.Problems...)
		if err := c.scan(ctx, &res, parsed); err != nil {
			res.Errors = append(res.Errors, problemOf(in.Name, err))
		}
	}
	res.Verdict = c.judge(res)
	res.Duration = time.Since(start)
	return res
}

// CheckPage checks a fetched page with a body, which was asked for under
// address.
func (c *Checker) CheckPage(ctx context.Context, id, address string, page *crawler.Page) Result {
	r := c.Check(ctx, id, document.Input{
		URL: address, ContentType: page.Header.Get("Content-Type"),
		Data: page.Body, Size: page.Body.Size(),
		Name: document.FileName(address, page.Header.Get("Content-Disposition")),
	})
	if page.Truncated != "" {
		status := scanner.StatusPartial
		if strings.HasPrefix(page.Truncated, crawler.TruncatedSize) || strings.HasPrefix(page.Truncated, crawler.TruncatedRatio) {
			status = scanner.StatusLimit
		}
		r.Errors = append(r.Errors, scanner.Problem{Status: status, Message: "the response is not whole: " + page.Truncated})
	}
	if page.BadCertificate != "" {
		r.Errors = append(r.Errors, scanner.Problem{
			Status: scanner.StatusPartial, Message: "the certificate is not valid, so the page may not be the site's own: " + page.BadCertificate,
		})
	}
	r.Verdict = c.judge(r)
	return r
}

func (c *Checker) judge(r Result) scanner.Verdict {
	return scanner.Judge(r.Findings, r.Errors, c.cfg.Policy)
}

func (c *Checker) parse(ctx context.Context, in document.Input) (res *document.Result, err error) {
	ctx, span := tracing.Start(ctx, "extract", tracing.Int("prescreen.document.size", in.Size))
	defer func() {
		if err != nil {
			span.Fail(string(problemOf("", err).Status))
		} else {
			span.Set(tracing.String("prescreen.document.type", res.Type), tracing.Int("prescreen.document.files", res.Files))
		}
		span.End()
	}()
	defer catch(&err, "parse")
	return c.cfg.Parser.Parse(ctx, in)
}

func (c *Checker) scan(ctx context.Context, res *Result, parsed *document.Result) (err error) {
	ctx, span := tracing.Start(ctx, "scan", tracing.Int("prescreen.document.segments", len(parsed.Segments)))
	defer func() {
		if err != nil {
			span.Fail("panic")
		}
		span.End()
	}()
	defer catch(&err, "scan")
	doc := scanner.Document{
		URL: res.URL, Title: res.Title,
		Segments: parsed.Segments, Problems: parsed.Problems,
	}
	if doc.URL == "" {
		doc.URL = res.ID
	}
	var s Scanner
	s, res.RuleSet = c.cfg.Scanner()
	var t Text
	t, res.Shared = c.scanOnce(ctx, s, res.RuleSet, &doc, parsed)
	res.Findings, res.TextHash = t.Findings, t.Simhash
	return nil
}

// catch turns a panic on foreign bytes into an error of that document. The
// panic value may quote the document, so only its type is kept.
func catch(err *error, what string) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("%s: internal error (%T); the document was given up", what, v)
	}
}

// Failed returns the result of a document that could not be had at all.
func (c *Checker) Failed(id, url string, p scanner.Problem) Result {
	r := Result{ID: id, URL: url, Findings: []scanner.Finding{}, Errors: []scanner.Problem{p}}
	r.Verdict = c.judge(r)
	return r
}

func problemOf(name string, err error) scanner.Problem {
	status := scanner.StatusDamaged
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		status = scanner.StatusTimeout
	case errors.Is(err, context.Canceled):
		status = scanner.StatusPartial
	}
	return scanner.Problem{Status: status, File: name, Message: err.Error()}
}
