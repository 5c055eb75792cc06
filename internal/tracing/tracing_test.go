package tracing

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func TestWanted(t *testing.T) {
	const at = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, c := range []struct {
		env []string
		on  bool
		bad string // in the error
	}{
		{nil, false, ""},
		{[]string{"OTEL_SERVICE_NAME", "x"}, false, ""},
		{[]string{at, "http://c:4318"}, true, ""},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318/v1/traces"}, true, ""},
		{[]string{at, "http://c:4318", "OTEL_SDK_DISABLED", "true"}, false, ""},
		{[]string{at, "http://c:4318", "OTEL_SDK_DISABLED", "false"}, true, ""},
		{[]string{at, "http://c:4318", "OTEL_TRACES_EXPORTER", "none"}, false, ""},
		{[]string{at, "http://c:4318", "OTEL_TRACES_EXPORTER", "otlp"}, true, ""},
		{[]string{at, "http://c:4318", "OTEL_TRACES_EXPORTER", "zipkin"}, false, "OTEL_TRACES_EXPORTER"},
		{[]string{at, "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, false, "4318"},
		{[]string{at, "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"}, true, ""},
		{[]string{at, "http://c:4318", "OTEL_TRACES_SAMPLER", "sometimes"}, false, "OTEL_TRACES_SAMPLER"},
		{[]string{at, "http://c:4318", "OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.1"}, true, ""},
		{[]string{at, "http://c:4318", "OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", "10%"}, false, "OTEL_TRACES_SAMPLER_ARG"},
	} {
		on, err := wanted(env(c.env...))
		if on != c.on || (err != nil) != (c.bad != "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%v: %v, %v", c.env, on, err)
		}
	}
}

// TestOff: where nothing is traced, nothing is allocated, sent or told.
func TestOff(t *testing.T) {
	tr, err := Open(t.Context(), Config{Getenv: env()})
	if err != nil || tr != nil {
		t.Fatalf("%v, %v", tr, err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	ctx, span := tr.Request(r, true)
	if got := testing.AllocsPerRun(100, func() {
		_, s := Start(ctx, "work")
		s.End()
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
	span.End()
	h := http.Header{}
	Inject(ctx, h)
	if len(h) > 0 || ID(ctx) != "" || Carry(context.Background(), ctx) != context.Background() {
		t.Errorf("a trace that is not recorded is told: %v %q", h, ID(ctx))
	}
	tr.Close(t.Context())
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://u:p@www.example.gov.cn/a/b.html?name=张三#top": "https://www.example.gov.cn/a/b.html",
		"http://h/?": "http://h/",
		"::":         "",
	} {
		if got := Address(in).Value.AsString(); got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}
