package main

import (
	"context"

	"prescreen/crawler"
	"prescreen/internal/tracing"
)

// tracedEngine is the engine of commands that run long: until it is closed it
// sends traces, where the environment says whereto.
func (a *app) tracedEngine(ctx context.Context, cfg Config) (*engine, error) {
	e, err := a.newEngine(cfg)
	if err != nil {
		return nil, err
	}
	t, err := tracing.Open(ctx, tracing.Config{Getenv: a.getenv, Version: buildVersion(), Instance: workerName(), Logger: a.logger()})
	if err != nil {
		e.Close()
		return nil, err
	}
	e.tracing = t
	e.close = append(e.close, func() { t.Close(ctx) })
	return e, nil
}

// beginPage begins the trace of a page of a run.
func (e *engine) beginPage(run string) func(context.Context, crawler.Task) (context.Context, func()) {
	if e.tracing == nil {
		return nil
	}
	return func(ctx context.Context, task crawler.Task) (context.Context, func()) {
		ctx, span := e.tracing.Root(ctx, "page", tracing.String("prescreen.run.id", run), tracing.String("prescreen.site", task.Site),
			tracing.String("server.address", task.Host), tracing.Address(task.URL))
		return ctx, span.End
	}
}

// tracedFetcher makes a span of every request. The site that is asked is told
// nothing of it.
type tracedFetcher struct{ crawler.Fetcher }

// Fetch implements crawler.Fetcher.
func (f tracedFetcher) Fetch(ctx context.Context, req crawler.Request) (*crawler.Page, error) {
	ctx, span := tracing.Start(ctx, "fetch", tracing.String("server.address", req.Task.Host), tracing.Address(req.Task.URL))
	defer span.End()
	page, err := f.Fetcher.Fetch(ctx, req)
	switch {
	case err != nil:
		span.Fail(string(crawler.ClassOf(err)))
	case page != nil:
		span.Set(tracing.Int("http.response.status_code", page.Status))
	}
	return page, err
}
