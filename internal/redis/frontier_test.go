package redis

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

// envSoak asks for the long rounds.
const envSoak = "PRESCREEN_SOAK"

// redisServer is a redis-server on a socket, for the time of a test.
type redisServer struct {
	testing.TB
	url    string
	client *goredis.Client
	args   []string
	cmd    *exec.Cmd
}

func startRedis(t testing.TB, args ...string) *redisServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "ps") // a socket's path may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	sock := dir + "/s"
	r := &redisServer{TB: t, url: "unix://" + sock, args: append([]string{"--port", "0", "--unixsocket", sock, "--save", "", "--dir", dir}, args...)}
	o, err := goredis.ParseURL(r.url)
	if err != nil {
		t.Fatal(err)
	}
	r.client = goredis.NewClient(o)
	t.Cleanup(func() {
		_ = r.client.Close()
		r.kill()
	})
	r.run()
	return r
}

// run starts the server and waits until it answers.
func (r *redisServer) run() {
	r.Helper()
	r.cmd = startProgram(r, "redis-server", r.args...)
	for range 500 {
		if r.client.Ping(context.Background()).Err() == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.Fatal("redis-server does not answer")
}

// kill ends it as kill -9 does.
func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

func startProgram(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: scripts/deps installs it", name)
	}
	cmd := exec.Command(bin, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// startServer is startRedis for those who need no more than this.
func startServer(t testing.TB) (url string, client *goredis.Client) {
	t.Helper()
	r := startRedis(t)
	return r.url, r.client
}

type backend struct {
	server *Server
	run    string
	client *goredis.Client
}

func connect(t testing.TB, url string) *Server {
	t.Helper()
	s, err := Connect(ServerOptions{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (b *backend) Open(t *testing.T, p crawler.Policies, ttl time.Duration) crawler.Frontier {
	t.Helper()
	f, err := b.server.Open(t.Context(), Options{Run: b.run, Policies: p, LeaseTTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(0)
	return f
}

// Crash gives nothing back.
func (b *backend) Crash(t *testing.T, f crawler.Frontier) {
	t.Helper()
	own := f.(*Frontier)
	own.mu.Lock()
	own.closed = true
	own.mu.Unlock()
}

// Advance takes the clock of the run away from the server and moves it.
func (b *backend) Advance(d time.Duration) {
	const script = `local run = cmsgpack.unpack(redis.call('GET', KEYS[1]))
if not run.fixed then run.fixed, run.clock = 1, 0 end
run.clock = run.clock + tonumber(ARGV[1])
redis.call('SET', KEYS[1], cmsgpack.pack(run))`
	if err := b.client.Eval(context.Background(), script, []string{root(b.run)}, micros(d)).Err(); err != nil && !errors.Is(err, goredis.Nil) {
		panic(err)
	}
}

func TestFrontier(t *testing.T) {
	url, client := startServer(t)
	server := connect(t, url)
	runs := 0
	crawlertest.TestFrontier(t, func(*testing.T) crawlertest.Backend {
		runs++
		return &backend{server, fmt.Sprint("run", runs), client}
	})
}

// The clock of the server is used where no test moves it, scripts are sent
// again when the server forgot them, and a removed run leaves no key.
func TestServer(t *testing.T) {
	url, client := startServer(t)
	var log bytes.Buffer
	polite := crawler.Politeness{Factor: 1, Min: 20 * time.Millisecond, Max: time.Second, Concurrency: 1}
	server, err := Connect(ServerOptions{URL: url, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	f, err := server.Open(t.Context(), Options{Run: "r",
		Policies: crawler.Policies{Sites: []crawler.Policy{{Site: "s", Politeness: polite}}, Address: polite}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if !strings.Contains(log.String(), "appendonly yes") || strings.Contains(log.String(), "evicted") {
		t.Errorf("log %q, want a warning of missing persistence only", log.String())
	}
	task := func(n int) crawler.Task {
		return crawler.Task{URL: fmt.Sprint("http://a/", n), Site: "s", Host: "a"}
	}
	if n, err := f.Add(t.Context(), []crawler.Task{task(1), task(2)}); n != 2 || err != nil {
		t.Fatalf("Add: %d, %v", n, err)
	}
	if err := client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil || len(l.Tasks) != 1 {
		t.Fatalf("Next: %+v, %v", l, err)
	}
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Duration: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	_, wait, err := f.Next(t.Context(), "w", 1)
	if err != nil || wait <= 0 || wait > 20*time.Millisecond {
		t.Fatalf("wait %v, error %v", wait, err)
	}
	time.Sleep(wait)
	if l, _, err = f.Next(t.Context(), "w", 1); err != nil || len(l.Tasks) != 1 {
		t.Fatalf("Next: %+v, %v", l, err)
	}
	if err := f.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys left", n)
	}
	if _, _, err := f.Next(t.Context(), "w", 1); !errors.Is(err, ErrGone) {
		t.Errorf("Next of a removed run: %v", err)
	}
}

// The seen set is exact and small: every distinct URL is new once and seen
// afterwards, and every bucket stays an array of integers. The long round, of
// ten million URLs, is also what docs/distributed.md has its table from.
func TestSeenMemory(t *testing.T) {
	url, client := startServer(t)
	f := open(t, connect(t, url), "r")
	mustAdd(t, f, page("warm", "/"))
	n := 100_000
	if os.Getenv(envSoak) != "" {
		n = 10_000_000
	}
	if v := os.Getenv("REDIS_SEEN_URLS"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	pass := func(from, to int) (added int) {
		for ; from < to; from += addBatch {
			var tasks []crawler.Task
			for i := from; i < min(from+addBatch, to); i++ {
				tasks = append(tasks, crawler.Task{URL: fmt.Sprintf("http://portal.example.gov.cn/art/2026/3/%d.html", i), Site: "s", Host: "a", Class: crawler.ClassPage})
			}
			got, err := f.Add(t.Context(), tasks)
			if err != nil {
				t.Fatal(err)
			}
			added += got
		}
		return added
	}
	before := memory(t, client)
	if got := pass(0, n); got != n {
		t.Fatalf("%d of %d distinct URLs were new", got, n)
	}
	with := memory(t, client)
	f.known.renew(^uint64(0))
	if got := pass(0, n); got != 0 {
		t.Fatalf("%d of %d URLs were new again", got, n)
	}
	if err := client.Del(t.Context(), root(f.name)+":q:0:a").Err(); err != nil {
		t.Fatal(err)
	}
	seen := memory(t, client) - before
	per := float64(seen) / float64(n)
	t.Logf("%d URLs: %.1f bytes each seen, %.1f more while queued", n, per, float64(with-before-seen)/float64(n))
	if limit := 10.0; n >= 1_000_000 && per > limit || per > 13 {
		t.Errorf("%.1f bytes per seen URL", per)
	}
	keys := client.Scan(t.Context(), 0, root(f.name)+":s:*", 1000).Iterator()
	for keys.Next(t.Context()) {
		if enc := client.ObjectEncoding(t.Context(), keys.Val()).Val(); enc != "intset" {
			t.Fatalf("%s is a %s", keys.Val(), enc)
		}
	}
	if os.Getenv("REDIS_SEEN_SHA1") != "" {
		otherSeenSet(t, client, n)
	}
}

// otherSeenSet measures what scrapy-redis keeps: a set of SHA-1 in hexadecimal.
func otherSeenSet(t *testing.T, client *goredis.Client, n int) {
	before := memory(t, client)
	for from := 0; from < n; from += addBatch {
		var members []any
		for i := from; i < min(from+addBatch, n); i++ {
			members = append(members, fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "http://portal.example.gov.cn/art/2026/3/%d.html", i))))
		}
		if err := client.SAdd(t.Context(), "sha1", members...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d URLs: %.1f bytes each in a set of SHA-1", n, float64(memory(t, client)-before)/float64(n))
}

func memory(t *testing.T, c *goredis.Client) int64 {
	t.Helper()
	info := c.InfoMap(t.Context(), "memory").Val()["Memory"]["used_memory"]
	n, err := strconv.ParseInt(info, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A server that is full or away is said to be so, and a refused call changed
// nothing.
func TestAway(t *testing.T) {
	url, client := startServer(t)
	f, err := connect(t, url+"?max_retries=-1").Open(t.Context(), Options{Run: "r"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	task := crawler.Task{URL: "http://a/", Site: "s", Host: "a"}
	if n, err := f.Add(t.Context(), []crawler.Task{task}); n != 1 || err != nil {
		t.Fatalf("Add: %d, %v", n, err)
	}
	if err := client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	other := crawler.Task{URL: "http://a/2", Site: "s", Host: "a"}
	if _, err := f.Add(t.Context(), []crawler.Task{other}); !errors.Is(err, crawler.ErrUnavailable) {
		t.Errorf("Add to a full server: %v, want ErrUnavailable", err)
	}
	if err := client.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Add(t.Context(), []crawler.Task{other}); n != 1 || err != nil {
		t.Fatalf("Add with room again: %d, %v; the refused call must have changed nothing", n, err)
	}
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil || len(l.Tasks) != 1 {
		t.Fatalf("Next: %+v, %v", l, err)
	}
	_ = client.ShutdownNoSave(t.Context())
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); !errors.Is(err, crawler.ErrUnavailable) {
		t.Errorf("Done without a server: %v, want ErrUnavailable", err)
	}
}
