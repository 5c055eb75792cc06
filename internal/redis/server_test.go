package redis

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
)

func TestURL(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"redis://u:p@h:1/3", "single h:1 u p 3 plain"},
		{"rediss://u:p@h:1", "single h:1 u p 0 tls"},
		{"unix:///run/redis.sock?db=2", "single /run/redis.sock   2 plain"},
		{"redis+cluster://u:p@a:1,b:2,c:3", "cluster a:1,b:2,c:3 u p plain"},
		{"rediss+cluster://a:1", "cluster a:1   tls"},
	} {
		client, err := newClient(ServerOptions{URL: c.url}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		var got string
		secure := func(c *tls.Config) string {
			if c != nil {
				return "tls"
			}
			return "plain"
		}
		switch c := client.(type) {
		case *goredis.ClusterClient:
			o := c.Options()
			got = strings.Join([]string{"cluster", strings.Join(o.Addrs, ","), o.Username, o.Password, secure(o.TLSConfig)}, " ")
		case *goredis.Client:
			o := c.Options()
			got = strings.Join([]string{"single", o.Addr, o.Username, o.Password, string(rune('0' + o.DB)), secure(o.TLSConfig)}, " ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.url, got, c.want)
		}
		_ = client.Close()
	}
}

func TestBadURL(t *testing.T) {
	for _, c := range []struct {
		opt  ServerOptions
		want string
	}{
		{ServerOptions{URL: "http://h:1"}, `scheme "http" is not known`},
		{ServerOptions{URL: "redis+ring://u:sesame@h:1"}, `scheme "redis+ring"`},
		{ServerOptions{URL: "redis://u:sesame@h:1/%zz"}, "cannot be read"},
		{ServerOptions{URL: "redis://u:sesame@h:1/x"}, "database"},
		{ServerOptions{URL: "redis://u:sesame@h:1?colour=red"}, "colour"},
		{ServerOptions{URL: "redis+sentinel://u:sesame@h:1"}, "names the master"},
		{ServerOptions{URL: "redis://u:sesame@h:1", TLS: &tls.Config{}}, "use rediss"},
	} {
		_, err := newClient(c.opt, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: error %v, want one with %q and without the password", c.opt.URL, err, c.want)
		}
	}
}

func TestSentinelURL(t *testing.T) {
	client, err := newClient(ServerOptions{URL: "rediss+sentinel://u:p@s1:1,s2:2/main?db=4&sentinel_password=q&max_retries=7", Password: "other"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	o := client.(*goredis.Client).Options()
	if o.Username != "u" || o.Password != "other" || o.DB != 4 || o.MaxRetries != 7 || o.TLSConfig == nil {
		t.Errorf("options %+v", o)
	}
}

func anyPolicy() crawler.Policies {
	none := crawler.Politeness{Factor: 1, Concurrency: 1}
	return crawler.Policies{Sites: []crawler.Policy{{Site: "s", Politeness: none}}, Address: none, MaxAttempts: 3}
}

func open(t testing.TB, s *Server, run string) *Frontier {
	t.Helper()
	f, err := s.Open(context.Background(), Options{Run: run, Policies: anyPolicy(), Spec: []byte("spec of " + run)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func page(host, path string) crawler.Task {
	return crawler.Task{URL: "http://" + host + path, Site: "s", Host: host, Class: crawler.ClassPage}
}

func mustAdd(t testing.TB, f *Frontier, tasks ...crawler.Task) {
	t.Helper()
	if n, err := f.Add(context.Background(), tasks); n != len(tasks) || err != nil {
		t.Fatalf("Add: %d of %d, %v", n, len(tasks), err)
	}
}

// deaf loses the answers of scripts after the server has done what they ask.
type deaf struct {
	goredis.Hook
	lose atomic.Bool
}

func (d *deaf) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (d *deaf) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (d *deaf) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		if err == nil && strings.HasPrefix(cmd.Name(), "eval") && d.lose.CompareAndSwap(true, false) {
			err = errors.New("i/o timeout (made by the test)")
			cmd.SetErr(err)
		}
		return err
	}
}

// A call whose answer was lost is made again, and answered as the first was.
func TestLostAnswers(t *testing.T) {
	url, client := startServer(t)
	s := connect(t, url)
	d := &deaf{}
	s.client.AddHook(d)
	f := open(t, s, "r")
	mustAdd(t, f, page("a", "/1"), page("b", "/1"))
	ctx := t.Context()
	d.lose.Store(true)
	if _, _, err := f.Next(ctx, "w", 1); !errors.Is(err, crawler.ErrUnavailable) {
		t.Fatalf("Next without an answer: %v", err)
	}
	l, _, err := f.Next(ctx, "w", 1)
	if err != nil || l.Token != 1 || len(l.Tasks) != 1 {
		t.Fatalf("Next again: %+v, %v; want the lease that was granted before", l, err)
	}
	out := crawler.Outcome{Result: crawler.ResultVisited, Duration: time.Millisecond, Links: []crawler.Task{page("a", "/2"), page("a", "/3")}}
	d.lose.Store(true)
	if _, err := f.Done(ctx, l, l.Tasks[0], out); !errors.Is(err, crawler.ErrUnavailable) {
		t.Fatalf("Done without an answer: %v", err)
	}
	// Others go on meanwhile.
	l2, _, err := f.Next(ctx, "w", 1)
	if err != nil || l2.Token == 0 {
		t.Fatalf("Next: %+v, %v", l2, err)
	}
	if _, err := f.Done(ctx, l2, l2.Tasks[0], out); err != nil {
		t.Fatal(err)
	}
	r, err := f.Done(ctx, l, l.Tasks[0], out)
	if err != nil || r.Added != 2 {
		t.Fatalf("Done again: %+v, %v; want what the first was told", r, err)
	}
	if _, err := f.Done(ctx, l, l.Tasks[0], out); !errors.Is(err, crawler.ErrLeaseLost) {
		t.Fatalf("Done of a task that was ended and answered: %v", err)
	}
	st, err := f.Stats(ctx, 0)
	if err != nil || st.Visited != 2 || st.Found != 4 {
		t.Fatalf("stats %+v, %v", st.Counts, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if n := client.Exists(ctx, root("r")+":asked:"+f.process).Val(); n != 0 {
		t.Error("the answers of a closed process are still there")
	}
}

func TestPause(t *testing.T) {
	url, _ := startServer(t)
	s := connect(t, url)
	f := open(t, s, "r")
	mustAdd(t, f, page("a", "/1"), page("b", "/1"))
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil || l.Token == 0 {
		t.Fatal(err)
	}
	if err := s.Pause(t.Context(), "r", "maintenance"); err != nil {
		t.Fatal(err)
	}
	if l, wait, err := f.Next(t.Context(), "w", 1); l.Token != 0 || wait <= 0 || err != nil {
		t.Fatalf("Next of a paused run: %+v, %v, %v", l, wait, err)
	}
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); err != nil {
		t.Fatalf("Done of a paused run: %v", err)
	}
	if st, err := f.Stats(t.Context(), 0); err != nil || st.Paused != "maintenance" {
		t.Fatalf("stats %+v, %v", st, err)
	}
	if runs, err := s.Runs(t.Context()); err != nil || len(runs) != 1 || runs[0].Paused != "maintenance" || string(runs[0].Spec) != "spec of r" {
		t.Fatalf("runs %+v, %v", runs, err)
	}
	if err := s.Resume(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if l, _, err := f.Next(t.Context(), "w", 1); l.Token == 0 || err != nil {
		t.Fatalf("Next of a run that goes on: %+v, %v", l, err)
	}
	if err := s.Pause(t.Context(), "no-such-run", ""); !errors.Is(err, ErrGone) {
		t.Errorf("pause of no run: %v", err)
	}
}

// Many open the same run at once: there is one, and each URL is new once.
func TestOpenRace(t *testing.T) {
	url, _ := startServer(t)
	var wg sync.WaitGroup
	var added atomic.Int64
	keys := make([]string, 8)
	for i := range keys {
		s := connect(t, url)
		wg.Go(func() {
			f := open(t, s, "r")
			keys[i] = string(f.key)
			n, err := f.Add(context.Background(), []crawler.Task{page("a", "/"), page("b", "/")})
			if err != nil {
				t.Error(err)
			}
			added.Add(int64(n))
		})
	}
	wg.Wait()
	for _, k := range keys[1:] {
		if k != keys[0] || k == "" {
			t.Fatalf("keys differ: %q", keys)
		}
	}
	if added.Load() != 2 {
		t.Errorf("%d URLs were new, want 2", added.Load())
	}
}

// A removal that is cut short leaves an entry, from which it is finished.
func TestSweep(t *testing.T) {
	url, client := startServer(t)
	s := connect(t, url)
	ctx := t.Context()
	f := open(t, s, "half")
	mustAdd(t, f, page("a", "/"))
	mustAdd(t, open(t, s, "whole"), page("a", "/"))
	client.Del(ctx, root("half"))
	if n, err := s.Sweep(ctx); n != 0 || err != nil {
		t.Fatalf("sweep of what may be under way: %d, %v", n, err)
	}
	client.HSet(ctx, registry, "half", time.Now().Add(-time.Hour).Unix())
	if n, err := s.Sweep(ctx); n != 1 || err != nil {
		t.Fatalf("sweep: %d, %v", n, err)
	}
	if keys := client.Keys(ctx, "prescreen:{half}*").Val(); len(keys) > 0 {
		t.Errorf("left: %q", keys)
	}
	if runs, err := s.Runs(ctx); err != nil || len(runs) != 1 || runs[0].Name != "whole" {
		t.Errorf("runs %+v, %v", runs, err)
	}
	if _, err := s.Join(ctx, "half", 0); !errors.Is(err, ErrGone) {
		t.Errorf("join of a removed run: %v", err)
	}
}

// Time in which nobody asked does not count: what is leased is still leased
// when the server was away, and a server with another clock changes nothing.
func TestClock(t *testing.T) {
	url, client := startServer(t)
	s := connect(t, url)
	f := open(t, s, "r")
	mustAdd(t, f, page("a", "/1"), page("a", "/2"))
	ctx := t.Context()
	l, _, err := f.Next(ctx, "w", 1)
	if err != nil || l.Token == 0 {
		t.Fatal(err)
	}
	for _, jump := range []int64{-3600, 3600, -7200} { // what the clock of the server did since the last call
		const script = `local run = cmsgpack.unpack(redis.call('GET', KEYS[1]))
run.last = run.last - tonumber(ARGV[1]) * 1000000
redis.call('SET', KEYS[1], cmsgpack.pack(run))
return 1`
		if err := client.Eval(ctx, script, []string{root("r")}, jump).Err(); err != nil {
			t.Fatal(err)
		}
		if n, err := f.Reap(ctx); n != 0 || err != nil {
			t.Fatalf("Reap after a jump of %d s: %d leases, %v", jump, n, err)
		}
	}
	if _, err := f.Done(ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); err != nil {
		t.Fatal(err)
	}
	if l, _, err = f.Next(ctx, "w", 1); err != nil || l.Token == 0 {
		t.Fatalf("Next: %+v, %v", l, err)
	}
}

// One process closes a drained run, the others are told when it is gone.
func TestFinish(t *testing.T) {
	url, client := startServer(t)
	s := connect(t, url)
	var done atomic.Int32
	var wg sync.WaitGroup
	f := open(t, s, "r")
	mustAdd(t, f, page("a", "/"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if mine, err := f.Finish(ctx, func(context.Context) error { return errors.New("not drained") }); mine || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Finish of a run with work: %v, %v", mine, err)
	}
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); err != nil {
		t.Fatal(err)
	}
	var all []*Frontier
	for range 6 {
		other, err := s.Join(t.Context(), "r", 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, other)
	}
	for _, other := range all {
		wg.Go(func() {
			if _, err := other.Finish(t.Context(), func(context.Context) error { done.Add(1); return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Errorf("closed %d times", done.Load())
	}
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys left: %v", n, client.Keys(t.Context(), "*").Val())
	}
}

// A user with the rights that docs/distributed.md names can do everything.
func TestACLUser(t *testing.T) {
	url, client := startServer(t)
	doc, err := os.ReadFile("../../docs/distributed.md")
	if err != nil {
		t.Fatal(err)
	}
	_, line, ok := strings.Cut(string(doc), "    ACL SETUSER ")
	if line, _, _ = strings.Cut(line, "\n"); !ok {
		t.Fatal("the rights are not in the documentation")
	}
	args := []any{"ACL", "SETUSER"}
	for _, word := range strings.Fields(line) {
		args = append(args, word)
	}
	if err := client.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := Connect(ServerOptions{
		URL: strings.Replace(url, "unix://", "unix://prescreen:wrong@", 1), Password: "password", Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := open(t, s, "r")
	if strings.Contains(log.String(), "could not be read") {
		t.Errorf("settings are not readable: %s", log.String())
	}
	mustAdd(t, f, page("a", "/"))
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Note: []byte("n")}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		second(f.Note(t.Context(), "a")), second(f.Reap(t.Context())), second(f.Stats(t.Context(), -1)), second(s.Runs(t.Context())),
		s.Pause(t.Context(), "r", ""), s.Resume(t.Context(), "r"), second(s.Sweep(t.Context())), f.Close(), s.Remove(t.Context(), "r"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := client.Do(t.Context(), "ACL", "SETUSER", "prescreen", "resetkeys", "~other:*").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), Options{Run: "r"}); err == nil || errors.Is(err, crawler.ErrUnavailable) {
		t.Errorf("a user without rights: %v, want an error that no waiting mends", err)
	}
}

func second[T any](_ T, err error) error { return err }
