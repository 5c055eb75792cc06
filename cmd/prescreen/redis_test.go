package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/pipeline"
	"prescreen/internal/store"
)

// startRedis runs a redis-server for the time of the test.
func startRedis(t *testing.T) (url, socket string) {
	t.Helper()
	server, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (scripts/deps installs it)")
	}
	dir, err := os.MkdirTemp("", "ps-redis-") // a socket's path may not be long
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "s")
	cmd := exec.Command(server, "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.RemoveAll(dir)
	})
	for range 200 {
		if fileExists(socket) {
			return "unix://" + socket, socket
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("redis-server does not start")
	return "", ""
}

func wantNoKeys(t *testing.T, socket string) {
	t.Helper()
	left, err := exec.Command("redis-cli", "-s", socket, "keys", "*").Output()
	if err != nil {
		t.Fatal(err)
	}
	if keys := strings.TrimSpace(string(left)); keys != "" {
		t.Errorf("left in Redis: %s", keys)
	}
}

// TestPortalOnRedis crawls the sample portal with its frontier on a real
// Redis: the same findings, and no key left behind.
func TestPortalOnRedis(t *testing.T) {
	t.Parallel()
	url, socket := startRedis(t)
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	_, output, results := crawlPortal(t, t.Context(), dir, "--redis", url)
	compareLeaks(t, exp, results)
	compareURLs(t, exp, results)
	if t.Failed() {
		t.Log(output)
	}
	wantNoKeys(t, socket)
}

// process is the program in a process of its own.
type process struct {
	*exec.Cmd
	out lockedBuffer
}

// lockedBuffer may be read while a process writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newProcess(args ...string) *process {
	p := &process{Cmd: exec.Command(os.Args[0])}
	p.Args = append([]string{"prescreen"}, args...) // which TestMain makes the program of
	p.Env = append(os.Environ(), "LANG=en_US.UTF-8")
	p.Stdout, p.Stderr = &p.out, &p.out
	return p
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := newProcess(args...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// end waits for the end of a process and returns its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	watchdog := time.AfterFunc(3*time.Minute, func() { p.Process.Kill() })
	defer watchdog.Stop()
	p.Wait()
	if watchdog.Stop() {
		return p.ProcessState.ExitCode()
	}
	t.Fatalf("does not end:\n%s", p.out.String())
	return -1
}

// TestWorkers starts a run and lets workers join it: one is killed, one is
// stopped gently, one comes late. The results are those of a single crawl.
func TestWorkers(t *testing.T) {
	t.Parallel()
	url, socket := startRedis(t)
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prescreen.yaml")
	src, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	src = append(src, fmt.Sprintf("redis: {lease: 3s}\nstore: %s\n", filepath.Join(dir, "shared.db"))...)
	if err := os.WriteFile(config, bytes.Replace(src, []byte("crawl: {"), fmt.Appendf(nil, "crawl: {redis: '%s', workers: 3, ", url), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	start := startProcess(t, "run", "start", "--config", config)
	if code := start.end(t); code != 0 {
		t.Fatalf("run start: exit code %d\n%s", code, start.out.String())
	}
	worker := func() *process { return startProcess(t, "worker", "--once", "--config", config) }
	killed, gentle, steady := worker(), worker(), worker()
	waitFor(t, killed, "run joined")
	time.Sleep(300 * time.Millisecond)
	killed.Process.Kill()
	killed.end(t)
	waitFor(t, gentle, "run joined")
	gentle.Process.Signal(syscall.SIGTERM)
	if code := gentle.end(t); code != 0 || !strings.Contains(gentle.out.String(), "worker stopped") {
		t.Errorf("a worker that is stopped: exit code %d\n%s", code, gentle.out.String())
	}
	late := worker()
	for _, w := range []*process{steady, late} {
		if code := w.end(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, w.out.String())
		}
	}
	results := storedResults(t, filepath.Join(dir, "shared.db"))
	compareLeaks(t, exp, results)
	compareURLs(t, exp, results)
	wantNoKeys(t, socket)
	if t.Failed() {
		t.Log(steady.out.String())
	}
}

// waitFor waits until a process has said something.
func waitFor(t *testing.T, p *process, what string) {
	t.Helper()
	for range 600 {
		if strings.Contains(p.out.String(), what) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%q is not said in\n%s", what, p.out.String())
}

// storedResults reads the results of the one finished run of a database.
func storedResults(t *testing.T, path string) (results []pipeline.Result) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.Runs(t.Context(), 0)
	if err != nil || len(runs) != 1 || runs[0].State != store.Finished {
		t.Fatalf("runs %+v, %v; want one that is finished", runs, err)
	}
	err = db.Records(t.Context(), runs[0].ID, func(rec pipeline.Record) error {
		results = append(results, resultOf(rec))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// TestOpenRunRace lets four processes crawl the same sites at once: they open
// one run, share it, and each reports all of it.
func TestOpenRunRace(t *testing.T) {
	t.Parallel()
	url, socket := startRedis(t)
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prescreen.yaml")
	var all []*process
	for i := range 4 {
		all = append(all, startProcess(t, "crawl", "--config", config, "--redis", url, "--workers", "3", "--output", filepath.Join(dir, fmt.Sprint("out", i))))
	}
	for i, c := range all {
		if code := c.end(t); code != exitFindings {
			t.Fatalf("exit code %d\n%s", code, c.out.String())
		}
		results := readResults(t, filepath.Join(dir, fmt.Sprint("out", i), "results.jsonl"))
		compareLeaks(t, exp, results)
		compareURLs(t, exp, results)
	}
	storedResults(t, filepath.Join(dir, "data", "prescreen.db"))
	wantNoKeys(t, socket)
}

// TestPauseAndCancel pauses, resumes and cancels a run that is crawled, with
// its frontier on disk and on Redis.
func TestPauseAndCancel(t *testing.T) {
	t.Parallel()
	url, socket := startRedis(t)
	for _, redis := range []string{"", url} {
		_, dir := startPortal(t)
		config := filepath.Join(dir, "prescreen.yaml")
		command := func(args ...string) string {
			t.Helper()
			var out bytes.Buffer
			args = append(args, "--config", config, "--lang", "en")
			if code := run(context.Background(), args, strings.NewReader(""), &out, &out, os.Getenv); code != 0 {
				t.Fatalf("%q: exit code %d\n%s", args, code, out.String())
			}
			return out.String()
		}
		if redis != "" {
			src, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(config, bytes.Replace(src, []byte("crawl: {"), fmt.Appendf(nil, "crawl: {redis: '%s', ", redis), 1), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := startProcess(t, "crawl", "--config", config, "--workers", "1", "--delay", "2s", "--output", filepath.Join(dir, "out"))
		var once sync.Once
		t.Cleanup(func() { once.Do(func() { c.Process.Kill(); c.Wait() }) })
		for range 100 {
			if fileExists(filepath.Join(dir, "data", "prescreen.db")) {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		command("run", "pause", "latest")
		waitFor(t, c, "state=paused")
		command("run", "resume", "latest")
		waitFor(t, c, "state=running")
		command("run", "cancel", "latest")
		code := 0
		once.Do(func() { code = c.end(t) })
		if !strings.Contains(c.out.String(), "was cancelled") || code != exitUsage {
			t.Errorf("redis %q: exit code %d\n%s", redis, code, c.out.String())
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "data", "frontier", "*")); len(left) > 0 {
			t.Errorf("left on disk: %q", left)
		}
	}
	wantNoKeys(t, socket)
}

// A run that Redis has and the database does not know is listed, and not
// removed while somebody may be at it.
func TestStrayRun(t *testing.T) {
	t.Parallel()
	url, _ := startRedis(t)
	command := func(args ...string) (int, string) {
		var out bytes.Buffer
		home := t.TempDir()
		getenv := func(name string) string { return map[string]string{"HOME": home, "XDG_CACHE_HOME": os.TempDir()}[name] }
		config := filepath.Join(home, "prescreen.yaml")
		if err := os.WriteFile(config, fmt.Appendf(nil, "crawl: {redis: '%s'}\n", url), 0o600); err != nil {
			t.Fatal(err)
		}
		code := run(context.Background(), append(args, "--config", config, "--lang", "en"), strings.NewReader(""), &out, &out, getenv)
		return code, out.String()
	}
	code, out := command("run", "start", "--quiet", "--seed", "http://127.0.0.1:1/")
	if code != 0 {
		t.Fatalf("run start: %d\n%s", code, out)
	}
	id := strings.TrimSpace(out)
	// Each command has a home, and so a database, of its own.
	if code, out := command("run", "list"); code != 0 || !strings.Contains(out, id+"  is on Redis only") {
		t.Errorf("run list: %d\n%s", code, out)
	}
	if code, out := command("run", "cancel", id); code != exitUsage || !strings.Contains(out, "stop those workers first") {
		t.Errorf("run cancel: %d\n%s", code, out)
	}
	if code, out := command("worker", "--once"); code != 0 || !strings.Contains(out, "run not joined") {
		t.Errorf("worker: %d\n%s", code, out)
	}
}
