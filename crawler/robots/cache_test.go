package robots

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type getFunc func(ctx context.Context, url string) (*Response, error)

func (f getFunc) Get(ctx context.Context, url string) (*Response, error) { return f(ctx, url) }

func newCache(t *testing.T, cfg Config, get getFunc) *Cache {
	t.Helper()
	cfg.Agent = "Prescreen/1.0 (+https://example.org)"
	c, err := NewCache(get, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPolicies(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, tc := range []struct {
		name  string
		r     Response
		err   error
		want  Policy
		until time.Duration
	}{
		{"found", Response{Status: 200, Body: []byte("User-agent: prescreen\nDisallow: /private")}, nil, Rules, 24 * time.Hour},
		{"not found", Response{Status: 404}, nil, AllowAll, 24 * time.Hour},
		{"forbidden", Response{Status: 403}, nil, AllowAll, 24 * time.Hour},
		{"server error", Response{Status: 503}, nil, Wait, 5 * time.Minute},
		{"server error with a wish", Response{Status: 503, RetryAfter: time.Hour}, nil, Wait, time.Hour},
		{"absurd wish", Response{Status: 503, RetryAfter: 9999 * time.Hour}, nil, Wait, 24 * time.Hour},
		{"too many requests", Response{Status: 429}, nil, Wait, 5 * time.Minute},
		{"no connection", Response{}, errors.New("refused"), Wait, 5 * time.Minute},
		{"redirect to nowhere", Response{Status: 302}, nil, AllowAll, 24 * time.Hour},
	} {
		c := newCache(t, Config{Now: func() time.Time { return now }}, func(context.Context, string) (*Response, error) {
			return &tc.r, tc.err
		})
		a, err := c.Get(t.Context(), "http://h")
		if err != nil || a.Policy != tc.want || a.Until.Sub(now) != tc.until {
			t.Errorf("%s: %+v, %v", tc.name, a, err)
			continue
		}
		if a.Allowed("/private") != (tc.want == AllowAll) || a.Allowed("/open") != (tc.want != Wait) {
			t.Errorf("%s: private %v, open %v", tc.name, a.Allowed("/private"), a.Allowed("/open"))
		}
	}
}

func TestRedirects(t *testing.T) {
	for hops, want := range map[int]Policy{5: Rules, 6: AllowAll} {
		var seen []string
		c := newCache(t, Config{}, func(_ context.Context, url string) (*Response, error) {
			seen = append(seen, url)
			if len(seen) > hops {
				return &Response{Status: 200}, nil
			}
			return &Response{Status: 301, Location: "http://h/" + strings.Repeat("x", len(seen))}, nil
		})
		a, err := c.Get(t.Context(), "http://h")
		if err != nil || a.Policy != want || len(seen) != 6 || seen[0] != "http://h/robots.txt" {
			t.Errorf("%d hops: %+v, %v, asked %q", hops, a, err, seen)
		}
	}
}

func TestOneFetchPerHost(t *testing.T) {
	var fetches atomic.Int32
	c := newCache(t, Config{}, func(context.Context, string) (*Response, error) {
		fetches.Add(1)
		time.Sleep(20 * time.Millisecond)
		return &Response{Status: 200}, nil
	})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), "http://h"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := fetches.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestAskerGoesAway(t *testing.T) {
	started := make(chan struct{})
	var fetches atomic.Int32
	c := newCache(t, Config{}, func(ctx context.Context, _ string) (*Response, error) {
		if fetches.Add(1) == 1 {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return &Response{Status: 200}, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.Get(ctx, "http://h"); !errors.Is(err, context.Canceled) {
			t.Errorf("first: %v", err)
		}
	})
	<-started
	wg.Go(func() {
		if a, err := c.Get(t.Context(), "http://h"); err != nil || a.Policy != Rules {
			t.Errorf("second: %+v, %v", a, err)
		}
	})
	cancel()
	wg.Wait()
}

func TestExpiryAndBound(t *testing.T) {
	now := time.Unix(1e9, 0)
	fetches := 0
	c := newCache(t, Config{Now: func() time.Time { return now }, MaxHosts: 2, TTL: time.Hour}, func(context.Context, string) (*Response, error) {
		fetches++
		return &Response{Status: 200}, nil
	})
	get := func(origin string) {
		t.Helper()
		if _, err := c.Get(t.Context(), origin); err != nil {
			t.Fatal(err)
		}
	}
	get("http://a")
	get("http://a")
	if _, ok := c.Peek("http://a"); !ok || fetches != 1 {
		t.Fatalf("%d fetches, peek %v", fetches, ok)
	}
	now = now.Add(time.Hour)
	if _, ok := c.Peek("http://a"); ok {
		t.Error("an old answer is still good")
	}
	get("http://a")
	get("http://b")
	get("http://a")
	get("http://c") // puts b out
	get("http://a")
	if fetches != 4 {
		t.Errorf("%d fetches, want 4", fetches)
	}
	get("http://b")
	if fetches != 5 || len(c.entries) != 2 || c.used.Len() != 2 {
		t.Errorf("%d fetches, %d entries", fetches, len(c.entries))
	}
}

func TestConfig(t *testing.T) {
	get := getFunc(func(context.Context, string) (*Response, error) { return nil, nil })
	for _, cfg := range []Config{{}, {Agent: "1.0"}, {Agent: "a", TTL: -1}, {Agent: "a", Wait: -1}, {Agent: "a", MaxHosts: -1}} {
		if _, err := NewCache(get, cfg); err == nil {
			t.Errorf("NewCache(%+v): want an error", cfg)
		}
	}
	if _, err := NewCache(nil, Config{Agent: "a"}); err == nil {
		t.Error("no getter: want an error")
	}
}
