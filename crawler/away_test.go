package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

// shaky is a Frontier that is away half of the time.
type shaky struct {
	crawler.Frontier
	n atomic.Int32
}

func (s *shaky) away() error {
	if s.n.Add(1)%2 == 0 {
		return fmt.Errorf("test: %w", crawler.ErrUnavailable)
	}
	return nil
}

func (s *shaky) Add(ctx context.Context, t []crawler.Task) (int, error) {
	if err := s.away(); err != nil {
		return 0, err
	}
	return s.Frontier.Add(ctx, t)
}

func (s *shaky) Next(ctx context.Context, w string, n int) (crawler.Lease, time.Duration, error) {
	if err := s.away(); err != nil {
		return crawler.Lease{}, 0, err
	}
	return s.Frontier.Next(ctx, w, n)
}

func (s *shaky) Done(ctx context.Context, l crawler.Lease, t crawler.Task, o crawler.Outcome) (crawler.Receipt, error) {
	if err := s.away(); err != nil {
		return crawler.Receipt{}, err
	}
	return s.Frontier.Done(ctx, l, t, o)
}

func (s *shaky) Note(ctx context.Context, h string) ([]byte, error) {
	if err := s.away(); err != nil {
		return nil, err
	}
	return s.Frontier.Note(ctx, h)
}

func TestFrontierAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, crawlertest.PortalConfig{
			Seed: 5, Hosts: 5, Pages: 20, Faulty: 0.2, OddRobots: true, Limits: crawlertest.Limits{HostGap: time.Second, HostMax: 1},
		}, polite(time.Second))
		w.wrap = func(f crawler.Frontier) crawler.Frontier { return &shaky{Frontier: f} }
		if _, err := w.crawl(t, t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		w.judge(t)
		for u, ends := range w.rec.ends {
			if len(ends) > 2 {
				t.Errorf("%s was reported %d times", u, len(ends))
			}
		}
		_ = w.server.Close()
	})
}

func TestProgressSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := webWorld(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		}, oneSite("http://a.test/"))
		ctx, cancel := context.WithCancel(t.Context())
		var got crawler.Progress
		w.during = func(c *crawler.Crawler) {
			time.Sleep(30 * time.Second)
			got, _ = c.Progress(ctx, -1)
			cancel()
		}
		if _, err := w.crawl(t, ctx, ""); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if len(got.Hosts) != 1 || !strings.Contains(got.Hosts[0].Why, "503") || got.Hosts[0].Wait < 9*time.Minute {
			t.Errorf("%+v, want one host that waits ten minutes for its 503", got.Hosts)
		}
		_ = w.server.Close()
	})
}
