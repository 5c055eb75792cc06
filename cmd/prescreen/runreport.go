package main

import (
	"context"
	"encoding/json"
	"fmt"

	"prescreen/crawler"
	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// trendLength is how many runs a report looks back on.
const trendLength = 14

// runModel gathers from the store what a report in a language says about a
// run. Texts of findings are in the language of the run.
func (a *app) runModel(ctx context.Context, db *store.Store, run store.Run, l lang.Lang) (*report.Run, error) {
	m := &report.Run{Summary: report.Summary{
		Run: run.ID, Sites: run.Sites, Started: run.Started, Finished: run.Finished,
		Verdict: scanner.VerdictPass, Interrupted: run.State != store.Finished,
	}}
	skipped := map[crawler.Reason]int{}
	var partly []report.Gap
	err := db.Records(ctx, run.ID, func(rec pipeline.Record) error {
		r := resultOf(rec)
		count(&m.Summary, skipped, rec, &r)
		partly = append(partly, report.GapsOf(&r, l)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	localizeGaps(m.Summary.NotChecked, l)
	m.Summary.NotChecked = append(m.Summary.NotChecked, partly...)
	var kept report.Summary
	if len(run.Summary) > 0 {
		if err := json.Unmarshal(run.Summary, &kept); err != nil {
			return nil, fmt.Errorf("read summary of run %s: %w", run.ID, err)
		}
		m.Summary.OutOfScope, m.Summary.Finished = kept.OutOfScope, kept.Finished
	}
	if m.Summary.Interrupted {
		m.Summary.Verdict = report.Worst(m.Summary.Verdict, scanner.VerdictIncomplete)
	}
	if m.Summary.Finished.IsZero() {
		m.Summary.Finished = run.Started
	}
	return m, a.addCases(ctx, db, m)
}

// addCases reads the cases that a run found, and the runs before it.
func (a *app) addCases(ctx context.Context, db *store.Store, m *report.Run) error {
	err := db.EachCase(ctx, cases.Filter{Run: m.Summary.Run}, cases.BySeverity, func(c cases.Case) error {
		m.Cases = append(m.Cases, c)
		return nil
	})
	if err != nil {
		return err
	}
	trend, err := db.Trend(ctx, m.Summary.Run, trendLength)
	if err != nil {
		return err
	}
	for _, t := range trend {
		p := report.Point{Run: t.Run, Time: t.Started, New: t.New + t.Reopened, Persisting: t.Persisting, Resolved: t.Resolved, Returned: t.Reopened}
		past, err := db.Run(ctx, t.Run)
		if err != nil {
			return err
		}
		var kept report.Summary
		if len(past.Summary) > 0 {
			if err := json.Unmarshal(past.Summary, &kept); err != nil {
				return fmt.Errorf("read summary of run %s: %w", t.Run, err)
			}
		}
		p.Findings = kept.Findings
		m.Trend = append(m.Trend, p)
	}
	return nil
}
