package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"prescreen/crawler"
)

// StatsFunc returns the state of a frontier with at most hosts hosts.
type StatsFunc func(ctx context.Context, hosts int) (crawler.Stats, error)

const (
	statsTime  = 3 * time.Second // a frontier that does not answer a scrape
	statsHosts = 200             // hosts looked at; those in back-off are shown
)

// frontierCollector asks the frontiers when it is scraped.
type frontierCollector struct {
	mu   sync.Mutex
	next int
	open map[int]StatsFunc

	queued, inFlight, ready, active *prometheus.Desc
	up, paused, wait, faults        *prometheus.Desc
}

func newFrontierCollector() *frontierCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	return &frontierCollector{
		open:     map[int]StatsFunc{},
		queued:   desc("frontier_queued", "URLs waiting to be fetched, all runs together."),
		inFlight: desc("frontier_in_flight", "URLs being worked on."),
		ready:    desc("frontier_ready_hosts", "Hosts that may be asked now."),
		active:   desc("frontier_active_hosts", "Hosts with work."),
		up:       desc("frontier_up", "1 when every frontier answered, 0 when one did not."),
		paused:   desc("frontier_paused", "1 when a frontier hands nothing out, for example for want of disk."),
		wait:     desc("host_backoff_seconds", "How long a host that failed is still left alone.", "host"),
		faults:   desc("host_faults", "Faults in a row of a host that failed.", "host"),
	}
}

// WatchFrontier shows a frontier until the returned function is called.
func (m *Metrics) WatchFrontier(stats StatsFunc) (stop func()) {
	c := m.frontier
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.open[id] = stats
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, id)
	}
}

// Describe implements prometheus.Collector.
func (c *frontierCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.queued, c.inFlight, c.ready, c.active, c.up, c.paused, c.wait, c.faults} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *frontierCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	open := make([]StatsFunc, 0, len(c.open))
	for _, f := range c.open {
		open = append(open, f)
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), statsTime)
	defer cancel()
	var queued, inFlight, ready, active, paused float64
	up := 1.0
	hosts := map[string]crawler.HostStats{}
	for _, stats := range open {
		s, err := stats(ctx, statsHosts)
		if err != nil {
			up = 0
			continue
		}
		queued += float64(s.Queued)
		inFlight += float64(s.InFlight)
		ready += float64(s.Ready)
		active += float64(s.Active)
		if s.Paused != "" {
			paused = 1
		}
		for _, h := range s.Hosts {
			if h.Faults > hosts[h.Host].Faults {
				hosts[h.Host] = h
			}
		}
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(c.queued, queued)
	gauge(c.inFlight, inFlight)
	gauge(c.ready, ready)
	gauge(c.active, active)
	gauge(c.up, up)
	gauge(c.paused, paused)
	for name, h := range hosts {
		gauge(c.wait, h.Wait.Seconds(), name)
		gauge(c.faults, float64(h.Faults), name)
	}
}
