package main

import (
	"context"
	"log/slog"
	"time"

	"prescreen/crawler"
	"prescreen/internal/metrics"
	"prescreen/internal/pipeline"
)

// measures are the metrics of a process that crawls; nil where the
// configuration does not ask for any.
type measures struct{ m *metrics.Metrics }

// startMeasures serves metrics at metrics.listen until stop is called.
func startMeasures(cfg Config, eng *engine, log *slog.Logger) (ms *measures, stop func(), err error) {
	if cfg.Metrics.Listen == "" {
		return nil, func() {}, nil
	}
	m := newMetrics(eng)
	stop, err = serveSide(cfg, serveFlags{}, m, log)
	return &measures{m}, stop, err
}

// newMetrics returns metrics that follow the rules of an engine.
func newMetrics(eng *engine) *metrics.Metrics {
	m := metrics.New(buildVersion())
	m.Rules(eng.ruleSet(), time.Now())
	eng.reloaded = func(err error) {
		m.Reloaded(err)
		m.Rules(eng.ruleSet(), time.Now())
	}
	return m
}

func (ms *measures) sinks() []pipeline.Sink {
	if ms == nil {
		return nil
	}
	return []pipeline.Sink{ms.m}
}

// watch shows the frontier of a crawl until the returned function is called.
func (ms *measures) watch(c *crawler.Crawler) (stop func()) {
	if ms == nil {
		return func() {}
	}
	return ms.m.WatchFrontier(func(ctx context.Context, hosts int) (crawler.Stats, error) {
		p, err := c.Progress(ctx, hosts)
		return p.Stats, err
	})
}
