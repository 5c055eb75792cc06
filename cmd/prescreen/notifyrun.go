package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/notify"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// openChannels starts the channels of a crawl, if there are any. What is
// still to be sent when the crawl is closed is waited for, for a while.
func (w *crawling) openChannels(vcfg *pipeline.VisitorConfig) error {
	ncfg, err := w.app.notifyConfig(w.cfg, w.log)
	if err != nil || len(ncfg.Subscriptions) == 0 {
		return err
	}
	n := notify.New(ncfg)
	w.tell = n.Notify
	w.closers = append(w.closers, func() {
		ctx, cancel := context.WithTimeout(context.Background(), w.cfg.Notify.Flush)
		defer cancel()
		_ = n.Close(ctx) // it has logged what was lost
	})
	vcfg.Sinks = append(vcfg.Sinks, &alerts{
		app: w.app, cfg: w.cfg, run: w.run.ID, counts: w.db.Counts, tell: w.tell, now: time.Now,
	})
	return nil
}

// tellEnd says that a run is over, and what is overdue.
func (a *app) tellEnd(ctx context.Context, c crawlRun, model *report.Run) error {
	m := a.runEnded(c.cfg, model, time.Now())
	late := a.message(c.cfg, notify.Overdue, c.run.ID, time.Now())
	if err := countOverdue(ctx, c.db, &late); err != nil {
		return err
	}
	m.Overdue = late.Overdue
	c.tell(m)
	if late.Overdue > 0 {
		c.tell(late)
	}
	return nil
}

// alerts tells of critical findings while a run goes on: of the first at once,
// then of all so far at most every alertPause. It is a pipeline.Sink that
// comes after the store, which knows what is new; it never waits for a
// message.
type alerts struct {
	app    *app
	cfg    Config
	run    string
	counts func(context.Context, cases.Filter) (cases.Counts, error) // of the store
	tell   func(notify.Message)
	now    func() time.Time

	mu   sync.Mutex
	last time.Time
	told int // critical findings in the last message
}

// alertPause keeps a bad night from filling a telephone.
const alertPause = 10 * time.Minute

// Write implements pipeline.Sink. It fails no page: what it cannot find out
// now is in the message at the end of the run.
func (s *alerts) Write(ctx context.Context, rec pipeline.Record) error {
	if rec.Outcome != pipeline.Screened || rec.Result == nil || !slices.ContainsFunc(rec.Result.Findings, isCritical) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Sub(s.last) < alertPause {
		return nil
	}
	critical := []scanner.Severity{scanner.SeverityCritical}
	m := s.app.message(s.cfg, notify.Critical, s.run, now)
	sites := map[string]bool{}
	for _, f := range []cases.Filter{
		{NewIn: s.run, Severities: critical, States: []cases.State{cases.Open, cases.Confirmed, cases.Fixing}},
		{Run: s.run, Severities: critical, States: []cases.State{cases.Reopened}},
	} {
		n, err := s.counts(ctx, f)
		if err != nil {
			s.app.logger().Error("critical findings could not be counted for a message", "err", err)
			return nil
		}
		m.Critical += n.Total
		for site := range n.Sites {
			sites[site] = true
		}
	}
	if m.Critical <= s.told {
		return nil // found on earlier nights too
	}
	m.Sites = slices.Sorted(maps.Keys(sites))
	s.last, s.told = now, m.Critical
	s.tell(m)
	return nil
}

func isCritical(f scanner.Finding) bool { return f.Severity == scanner.SeverityCritical }

// runEnded is the message at the end of a run.
func (a *app) runEnded(cfg Config, m *report.Run, now time.Time) notify.Message {
	s := &m.Summary
	out := a.message(cfg, notify.RunEnd, s.Run, now)
	n := report.CountCases(m)
	out.Sites, out.Verdict = s.Sites, report.VerdictName(s.Verdict, out.Lang)
	out.Critical, out.High, out.Medium, out.Low = n.Critical, n.High, n.Medium, n.Low
	out.NotChecked = len(s.NotChecked)
	if len(m.Trend) > 0 {
		p := m.Trend[len(m.Trend)-1]
		out.New, out.Resolved = p.New, p.Resolved
	}
	return out
}
