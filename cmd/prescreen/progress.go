package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
)

// progress shows how far a crawl is: a bar on a terminal, a plain log line
// every so often elsewhere. It counts findings as a pipeline.Sink.
type progress struct {
	app      *app
	why      bool // say why hosts are idle
	bar      *progressbar.ProgressBar
	log      *slog.Logger
	findings atomic.Int64
	started  time.Time
}

const (
	barEvery = 250 * time.Millisecond
	logEvery = 10 * time.Second

	progressHosts = 20 // hosts whose idleness is explained
)

func newProgress(a *app, why bool) *progress {
	return &progress{app: a, why: why, log: a.logger(), started: time.Now()}
}

// Write implements pipeline.Sink.
func (p *progress) Write(_ context.Context, rec pipeline.Record) error {
	if rec.Result != nil {
		p.findings.Add(int64(len(rec.Result.Findings)))
	}
	return nil
}

// start shows progress until the returned function is called.
func (p *progress) start(ctx context.Context, c *crawler.Crawler) (stop func()) {
	every := logEvery
	show := p.logLine
	if p.app.isTerminal(p.app.stderr) && !p.app.quiet {
		every, show = barEvery, p.draw
		p.bar = progressbar.NewOptions64(1, progressbar.OptionSetWriter(p.app.stderr), progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionThrottle(barEvery))
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if state, err := c.Progress(ctx, progressHosts); err == nil {
					show(state)
				}
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
		if p.bar != nil {
			p.bar.Finish()
			io.WriteString(p.app.stderr, "\r")
		}
	}
}

func (p *progress) rate(done int64) float64 {
	return float64(done) / max(time.Since(p.started).Seconds(), 0.1)
}

func (p *progress) draw(s crawler.Progress) {
	done, queued := ended(s.Stats.Counts), s.Stats.Queued+s.Stats.InFlight
	p.bar.ChangeMax64(max(done+queued, 1))
	p.bar.Describe(fmt.Sprintf(p.app.lang.Pick("已检查 %d  排队 %d  疑似问题 %d  %.1f 页/秒%s", "%d done  %d queued  %d findings  %.1f pages/s%s"),
		s.Stats.Visited, queued, p.findings.Load(), p.rate(s.Stats.Visited), p.idle(s, "  ")))
	p.bar.Set64(done)
}

func (p *progress) logLine(s crawler.Progress) {
	p.log.Info(p.app.lang.Pick("进度", "progress"), "done", s.Stats.Visited, "queued", s.Stats.Queued+s.Stats.InFlight,
		"findings", p.findings.Load(), "pages_per_second", fmt.Sprintf("%.1f", p.rate(s.Stats.Visited)))
	if !p.why {
		return
	}
	for _, h := range s.Stats.Hosts {
		if h.Why != "" {
			p.log.Info(p.app.lang.Pick("主机空闲", "host idle"), "host", h.Host, "queued", h.Queued, "why", report.IdleText(h.Why, p.app.lang), "wait", h.Wait.Round(time.Millisecond))
		}
	}
}

// idle explains on the status line why nothing moves.
func (p *progress) idle(s crawler.Progress, sep string) string {
	if s.Stats.Paused != "" {
		return sep + report.IdleText(s.Stats.Paused, p.app.lang)
	}
	if !p.why || s.Stats.InFlight > 0 || s.Stats.Ready > 0 || len(s.Stats.Hosts) == 0 {
		return ""
	}
	h := s.Stats.Hosts[0]
	return fmt.Sprintf("%s%s: %s", sep, h.Host, report.IdleText(h.Why, p.app.lang))
}

// ended counts the URLs that are finished, however.
func ended(c crawler.Counts) int64 {
	n := c.Visited + c.Auxiliary
	for _, v := range c.Skipped {
		n += v
	}
	for _, v := range c.Failed {
		n += v
	}
	return n
}
