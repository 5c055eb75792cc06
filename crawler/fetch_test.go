package crawler_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/fetch"
)

// TestPortalFetched is TestPortal with the fetcher that is used in earnest.
func TestPortalFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gap, hosts := time.Second, 200
		if raceEnabled && !soak() {
			hosts = 40
		}
		w := newWorld(t, crawlertest.PortalConfig{
			Seed: 7, Hosts: hosts, Pages: 50, HostsPerAddress: 4, Faulty: 0.2, OddRobots: true, CrawlDelay: 3 * time.Second,
			Limits: crawlertest.Limits{HostGap: gap, AddressGap: gap / 4, HostMax: 1, AddressMax: 2},
		}, polite(gap))
		f, err := fetch.New(fetch.Config{
			Dial:    func(context.Context, string, string) (net.Conn, error) { return w.dial() },
			Environ: func() []string { return nil },
			TempDir: t.TempDir(),
			Limits:  fetch.Limits{Idle: 5 * time.Second},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.deps.Fetcher = fetchFunc(func(ctx context.Context, r crawler.Request) (*crawler.Page, error) {
			p, err := f.Fetch(ctx, r)
			if p != nil { // every host is at the same end of the same wire
				p.RemoteAddr = w.portal.Address(r.Task.Host).String()
			}
			return p, err
		})
		sum, err := w.crawl(t, t.Context(), "")
		if err != nil || !sum.Complete {
			t.Errorf("summary %+v, error %v", sum, err)
		}
		w.judge(t)
		_, _, requests := w.portal.Referee.Violations()
		t.Logf("%d requests, %v, %+v", requests, sum.Elapsed, sum.Counts)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		_ = w.server.Close()
	})
}
