package main

import (
	"context"
	"io"
	"time"

	"prescreen/crawler"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// writeRunReport writes the report of a run in one format, from what the store
// knows of it now.
func (a *app) writeRunReport(ctx context.Context, cfg Config, eng *engine, db *store.Store, id string, format report.Format, l lang.Lang, out io.Writer) error {
	run, err := db.Run(ctx, id)
	if err != nil {
		return err
	}
	opt := a.reportOptions(cfg, eng)
	opt.Lang = l
	w, err := report.New(format, out, opt)
	if err != nil {
		return err
	}
	sum := report.Summary{
		Run: run.ID, Sites: run.Sites, Started: run.Started, Finished: run.Finished, Verdict: scanner.VerdictPass,
		Interrupted: run.Finished.IsZero(), NotChecked: []report.Gap{},
	}
	if sum.Interrupted {
		sum.Finished = time.Now()
		sum.Verdict = scanner.VerdictIncomplete
	}
	skipped := map[crawler.Reason]int{}
	err = db.Records(ctx, run.ID, func(rec pipeline.Record) error {
		r := resultOf(rec)
		count(&sum, skipped, rec, &r)
		return w.Write(r)
	})
	if err != nil {
		return err
	}
	localizeGaps(sum.NotChecked, l)
	return w.Close(sum)
}
