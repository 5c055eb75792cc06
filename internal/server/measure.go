package server

import (
	"context"
	"fmt"

	"prescreen/internal/pipeline"
	"prescreen/internal/tracing"
	"prescreen/scanner"
)

// measure runs one check: counted, traced, and such that a panic in it costs
// this check only. A panic may quote what was checked, so its type is all that
// is told of it.
func (s *Server) measure(ctx context.Context, kind, id string, check func(context.Context) pipeline.Result) (res pipeline.Result) {
	ctx, span := tracing.Start(ctx, "check", tracing.String("prescreen.check.kind", kind))
	done := s.cfg.Metrics.CheckBegins(kind)
	defer func() {
		if v := recover(); v != nil {
			span.Fail("panic")
			res = pipeline.Result{ID: id, Verdict: scanner.VerdictIncomplete, Findings: []scanner.Finding{}, Errors: []scanner.Problem{
				{Status: scanner.StatusPartial, Message: fmt.Sprintf("internal error (%T); the check was given up", v)},
			}}
		}
		done(&res)
		span.End()
	}()
	return check(ctx)
}
