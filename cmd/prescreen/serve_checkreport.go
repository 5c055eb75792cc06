package main

import (
	"context"
	"io"

	"prescreen/internal/checks"
	"prescreen/internal/lang"
	"prescreen/internal/report"
)

// checkReports writes single checks as files, for the server.
type checkReports struct {
	app *app
	cfg Config
	eng *engine
}

// Formats implements server.Reports.
func (c checkReports) Formats() []string {
	return []string{"docx", "xlsx", "csv", "json", "jsonl", "sarif"}
}

// Check implements server.Reports.
func (c checkReports) Check(_ context.Context, rec checks.Record, format string, l lang.Lang, w io.Writer) error {
	opt := c.app.reportOptions(c.cfg, c.eng)
	opt.Lang, opt.RuleSet = l, rec.Result.RuleSet
	out, err := report.New(report.Format(format), w, opt)
	if err != nil {
		return err
	}
	res := *rec.Result
	if res.URL == "" {
		res.ID = rec.Label // a document is called by its name, not by the number of its check
	}
	sum := report.Summary{Started: rec.Created, Finished: rec.Ended, Verdict: res.Verdict, Pages: 1}
	for i := range res.Findings {
		sum.Findings.Add(res.Findings[i].Severity)
	}
	if err := out.Write(res); err != nil {
		return err
	}
	return out.Close(sum)
}

// Print implements server.Reports.
func (c checkReports) Print(ctx context.Context, page []byte, w io.Writer) error {
	b := report.Browser{Path: c.cfg.Render.Browser, NoSandbox: c.cfg.Render.NoSandbox}
	return b.Print(ctx, w, func(out io.Writer) error {
		_, err := out.Write(page)
		return err
	})
}
