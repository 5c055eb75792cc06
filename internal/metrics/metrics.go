// Package metrics counts what prescreen does and shows it to Prometheus: pages
// and findings of a crawl, checks and requests of a server, the frontier with
// its hosts, and the rules in force. docs/monitoring lists every name.
//
// It holds numbers, rule categories, host names and fingerprints of rule sets;
// never an address of a page, a user or any content. It does not listen: the
// caller decides where its Handler is served.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"prescreen/internal/pipeline"
)

// Metrics are all metrics of one process.
type Metrics struct {
	registry *prometheus.Registry

	pages    *prometheus.CounterVec   // outcome
	findings *prometheus.CounterVec   // category, severity
	pageTime prometheus.Histogram     // seconds of parsing and scanning
	checks   *prometheus.CounterVec   // kind, verdict
	checkDur *prometheus.HistogramVec // kind
	running  prometheus.Gauge
	requests *prometheus.HistogramVec // route, method, status
	logins   *prometheus.CounterVec   // result
	limited  prometheus.Counter
	rules    *prometheus.GaugeVec // fingerprint
	ruleLoad prometheus.Gauge
	reloads  *prometheus.CounterVec // result

	frontier *frontierCollector
}

// New returns the metrics of a process of the given version.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		pages:    counters("pages_total", "URLs of runs that are done, by outcome.", "outcome"),
		findings: counters("findings_total", "Suspected problems found in runs and checks.", "category", "severity"),
		pageTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "page_check_duration_seconds", Help: "Time to parse and scan one page of a run.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 10),
		}),
		checks: counters("checks_total", "Checks asked for by people and programs, by kind and verdict.", "kind", "verdict"),
		checkDur: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "check_duration_seconds", Help: "Time of one check.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 10),
		}, []string{"kind"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "checks_running", Help: "Checks being worked on."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time to answer a request, by route, method and status.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9),
		}, []string{"route", "method", "status"}),
		logins: counters("logins_total", "Attempts to log in, by result.", "result"),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "rate_limited_total", Help: "Requests refused because their user or address asks too often.",
		}),
		rules:    gauges("dictionary_info", "1 for the rule set in force; its fingerprint is the label.", "fingerprint"),
		ruleLoad: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "dictionary_loaded_timestamp_seconds", Help: "When the rule set in force was loaded."}),
		reloads:  counters("dictionary_reloads_total", "Reloads of the rules, by result.", "result"),
		frontier: newFrontierCollector(),
	}
	build := gauges("build_info", "1; the version of the program is the label.", "version")
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.pages, m.findings, m.pageTime, m.checks, m.checkDur, m.running, m.requests, m.logins, m.limited,
		m.rules, m.ruleLoad, m.reloads, build, m.frontier,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "prescreen"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// Handler serves the metrics in the Prometheus text format. It needs no
// authorisation and says nothing that is secret, yet belongs on a listener of
// its own.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Write implements pipeline.Sink: it counts the records of a run.
func (m *Metrics) Write(_ context.Context, rec pipeline.Record) error {
	m.pages.WithLabelValues(string(rec.Outcome)).Inc()
	if rec.Outcome == pipeline.Screened && rec.Result != nil {
		m.pageTime.Observe(rec.Result.Duration.Seconds())
		m.found(rec.Result)
	}
	return nil
}

func (m *Metrics) found(r *pipeline.Result) {
	for i := range r.Findings {
		m.findings.WithLabelValues(r.Findings[i].Category, string(r.Findings[i].Severity)).Inc()
	}
}

// CheckBegins counts a check that is being worked on; the returned function
// ends it with its result.
func (m *Metrics) CheckBegins(kind string) (done func(*pipeline.Result)) {
	m.running.Inc()
	return func(r *pipeline.Result) {
		m.running.Dec()
		m.checks.WithLabelValues(kind, string(r.Verdict)).Inc()
		m.checkDur.WithLabelValues(kind).Observe(r.Duration.Seconds())
		m.found(r)
	}
}

// Request counts an answered request. route is the pattern that matched,
// never the address that was asked for.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// Login counts an attempt to log in: "ok", "refused" or "locked".
func (m *Metrics) Login(result string) { m.logins.WithLabelValues(result).Inc() }

// Limited counts a request that was refused for coming too often.
func (m *Metrics) Limited() { m.limited.Inc() }

// Rules names the rule set in force.
func (m *Metrics) Rules(fingerprint string, loaded time.Time) {
	m.rules.Reset()
	m.rules.WithLabelValues(fingerprint).Set(1)
	m.ruleLoad.Set(float64(loaded.Unix()))
}

// Reloaded counts a reload of the rules.
func (m *Metrics) Reloaded(err error) {
	result := "ok"
	if err != nil {
		result = "refused"
	}
	m.reloads.WithLabelValues(result).Inc()
}
