package tracing

import (
	"context"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Attr says something about a span. Names follow OpenTelemetry's semantic
// conventions where there is one, and begin with "prescreen." elsewhere.
type Attr = attribute.KeyValue

// String is an attribute with a text.
func String(key, value string) Attr { return attribute.String(key, value) }

// Int is an attribute with a number.
func Int[N int | int64](key string, value N) Attr { return attribute.Int64(key, int64(value)) }

// Address is where something is, without user, query and fragment: those may
// hold what people searched for, or who they are.
func Address(address string) Attr {
	u, err := url.Parse(address)
	if err != nil {
		return attribute.String("url.full", "")
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return attribute.String("url.full", u.String())
}

// Span is a piece of work with a beginning and an end. The zero value records
// nothing.
type Span struct{ span trace.Span }

// Start begins a span below that of ctx; where ctx has none, none is begun.
func Start(ctx context.Context, name string, attrs ...Attr) (context.Context, Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, Span{}
	}
	ctx, s := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithAttributes(attrs...))
	return ctx, Span{s}
}

// Root begins a trace.
func (t *Tracing) Root(ctx context.Context, name string, attrs ...Attr) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, s := t.tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithAttributes(attrs...))
	return ctx, Span{s}
}

// Request begins the span of a request that came in. known says that whoever
// sent it may say which trace it belongs to (W3C Trace Context); the trace of
// anybody else is linked only, so that strangers do not decide what is
// recorded.
func (t *Tracing) Request(r *http.Request, known bool) (context.Context, Span) {
	ctx := r.Context()
	if t == nil {
		return ctx, Span{}
	}
	opts := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", r.Method))}
	remote := propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	if from := trace.SpanContextFromContext(remote); !from.IsValid() {
		// nobody's
	} else if known {
		ctx = remote
	} else {
		opts = append(opts, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: from}))
	}
	ctx, s := t.tracer.Start(ctx, r.Method, opts...)
	return ctx, Span{s}
}

// Inject writes the trace of ctx into the head of a request. It is for hosts
// of one's own: a crawled site is never told.
func Inject(ctx context.Context, h http.Header) {
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
}

// Carry puts the span of from into ctx, for work that outlives a request.
func Carry(ctx, from context.Context) context.Context {
	if s := trace.SpanFromContext(from); s.IsRecording() {
		return trace.ContextWithSpan(ctx, s)
	}
	return ctx
}

// ID is the id of the trace in ctx, for logs; "" where nothing is recorded.
func ID(ctx context.Context) string {
	s := trace.SpanFromContext(ctx)
	if !s.IsRecording() {
		return ""
	}
	return s.SpanContext().TraceID().String()
}

// Set adds attributes.
func (s Span) Set(attrs ...Attr) {
	if s.span != nil {
		s.span.SetAttributes(attrs...)
	}
}

// Name renames the span, once it is known what it is.
func (s Span) Name(name string) {
	if s.span != nil {
		s.span.SetName(name)
	}
}

// Fail marks the span as failed. kind is one of a few words of the program's
// own, never the text of an error, which may quote what was checked.
func (s Span) Fail(kind string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String("error.type", kind))
		s.span.SetStatus(codes.Error, "")
	}
}

// End ends the span.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}
