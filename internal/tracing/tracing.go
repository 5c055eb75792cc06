// Package tracing sends OpenTelemetry traces over OTLP/HTTP, set up by the
// standard OTEL_ variables of the environment. It is the only package that
// imports go.opentelemetry.io.
//
// Spans are made below the one in the context: whoever has none traces
// nothing and pays for one look into the context. A trace holds routes, hosts,
// sizes, states and durations; never a text, a query, a file name, a finding
// or a verdict. It does not count (package metrics) and does not log.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scope names the instrumentation.
const scope = "prescreen"

// Config of tracing.
type Config struct {
	// Getenv decides whether there is tracing, and of what is wrong with it.
	// The libraries read the rest of the OTEL_ variables (headers, certificates,
	// timeouts, batches, resource attributes) from the process's own environment.
	Getenv   func(string) string
	Version  string
	Instance string       // tells processes apart: host and process id
	Logger   *slog.Logger // nil is silent
}

// Tracing begins traces. A nil *Tracing begins none.
type Tracing struct {
	provider *sdktrace.TracerProvider
	exporter *warning
	tracer   trace.Tracer
}

// Open returns nil where the environment names no collector
// (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), or
// switches traces off (OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER=none).
// A collector that does not answer is no error: it is warned of.
func Open(ctx context.Context, cfg Config) (*Tracing, error) {
	on, err := wanted(cfg.Getenv)
	if err != nil || !on {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	exp, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	res, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "prescreen"), attribute.String("service.version", cfg.Version),
		attribute.String("service.instance.id", cfg.Instance),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	w := &warning{SpanExporter: exp, log: cfg.Logger}
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(w), sdktrace.WithResource(res))
	return &Tracing{provider: p, exporter: w, tracer: p.Tracer(scope, trace.WithInstrumentationVersion(cfg.Version))}, nil
}

// samplers are those of the specification.
var samplers = []string{"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}

// wanted reads what decides whether there is tracing. What the libraries would
// pass over in silence is an error.
func wanted(getenv func(string) string) (bool, error) {
	first := func(names ...string) (string, string) {
		for _, n := range names {
			if v := strings.TrimSpace(getenv(n)); v != "" {
				return n, v
			}
		}
		return "", ""
	}
	if strings.EqualFold(strings.TrimSpace(getenv("OTEL_SDK_DISABLED")), "true") {
		return false, nil
	}
	switch v := strings.TrimSpace(getenv("OTEL_TRACES_EXPORTER")); v {
	case "none":
		return false, nil
	case "", "otlp":
	default:
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER=%q: only otlp and none are known", v)
	}
	if name, _ := first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"); name == "" {
		return false, nil
	}
	if name, v := first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); v != "" && v != "http/protobuf" {
		return false, fmt.Errorf("%s=%q: only http/protobuf is spoken; collectors listen for it on port 4318", name, v)
	}
	sampler := strings.ToLower(strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER")))
	if sampler != "" && !slices.Contains(samplers, sampler) {
		return false, fmt.Errorf("OTEL_TRACES_SAMPLER=%q: use one of %s", sampler, strings.Join(samplers, ", "))
	}
	if arg := strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER_ARG")); arg != "" && strings.HasSuffix(sampler, "traceidratio") {
		if f, err := strconv.ParseFloat(arg, 64); err != nil || f < 0 || f > 1 {
			return false, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG=%q: a number from 0 to 1 is needed", arg)
		}
	}
	return true, nil
}

// flushTime is how long the end of a process waits for the collector.
const flushTime = 5 * time.Second

// Close sends what is left. It waits a few seconds at most.
func (t *Tracing) Close(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.exporter.log.Warn("the last traces could not be sent to the collector", "err", err)
	}
	t.exporter.tell()
}

// warning is an exporter that says in the log what it could not send, instead
// of leaving it to the handler that all users of the libraries share. It says
// so at most once a minute, and at the end.
type warning struct {
	sdktrace.SpanExporter
	log *slog.Logger

	mu   sync.Mutex
	last time.Time
	lost int
	err  error
}

// ExportSpans implements sdktrace.SpanExporter.
func (w *warning) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := w.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	w.mu.Lock()
	w.lost, w.err = w.lost+len(spans), err
	due := time.Since(w.last) > time.Minute
	w.mu.Unlock()
	if due {
		w.tell()
	}
	return nil
}

// tell says what was lost since it was said last.
func (w *warning) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost > 0 {
		w.log.Warn("traces could not be sent to the collector", "spans", w.lost, "err", w.err)
		w.last, w.lost = time.Now(), 0
	}
}
