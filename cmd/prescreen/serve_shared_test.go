package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/pgtest"
)

// sharedRun is what the API says of a run.
type sharedRun struct {
	State     string
	Elsewhere bool
	Progress  *struct {
		Queued, Visited int
		Paused          string
		Hosts           []struct{ Host, Why string }
	}
}

// TestServeWatchesWorkers lets a server, which works on no run itself, show a
// run that a worker in another process does: real PostgreSQL, real Redis.
func TestServeWatchesWorkers(t *testing.T) {
	t.Parallel()
	url, socket := startRedis(t)
	_, dir := startPortal(t)
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml"), tokens: map[accounts.Role]string{}, store: pgtest.Start(t).URL(t, "shared")}
	src, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	src = bytes.Replace(src, []byte("crawl: {"), fmt.Appendf(nil, "store: '%s'\ncrawl: {redis: '%s', workers: 2, ", s.store, url), 1)
	src = bytes.ReplaceAll(src, []byte("delay: {min: 1ms, max: 5ms, factor: 0.01}, budget"), []byte("delay: {min: 30ms, max: 30ms, factor: 0.01}, budget"))
	if err := os.WriteFile(s.config, src, 0o600); err != nil {
		t.Fatal(err)
	}
	s.makeUsers()
	s.start("--metrics", "127.0.0.1:0")
	start := startProcess(t, "run", "start", "--quiet", "--config", s.config)
	if code := start.end(t); code != 0 {
		t.Fatalf("run start: %d\n%s", code, start.out.String())
	}
	id := strings.TrimSpace(start.out.String())
	worker := startProcess(t, "worker", "--once", "--config", s.config)
	t.Cleanup(func() { worker.Process.Kill(); worker.Wait() })

	var run sharedRun
	look := func() bool {
		run = sharedRun{}
		s.api(accounts.Officer, "GET", "/api/v1/runs/"+id, "", &run)
		return run.Progress != nil
	}
	until := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			if look() && is() {
				return
			}
		}
		t.Fatalf("%s: never; last %+v %+v\n%s", what, run, run.Progress, s.out.String())
	}
	why := false
	until("progress of the worker with why a host is idle", func() bool {
		for _, h := range run.Progress.Hosts {
			why = why || h.Why != "" && h.Host != ""
		}
		return why && run.State == "running" && run.Elsewhere && run.Progress.Visited > 0 && run.Progress.Queued > 0
	})
	if m := s.metrics(); metric(m, "prescreen_frontier_queued") == "0" || metric(m, "prescreen_frontier_up") != "1" || metric(m, "prescreen_frontier_active_hosts") == "0" {
		t.Errorf("the metrics of the server do not show the run:\n%s", m)
	}
	if status, text := s.api(accounts.Officer, "GET", "/runs/"+id+"/live", "", nil); status != 200 || !strings.Contains(text, "间隔") && !strings.Contains(text, "正在") && !strings.Contains(text, "可访问") {
		t.Errorf("live view: %d %.2000s", status, text)
	}
	s.api(accounts.Officer, "POST", "/api/v1/runs/"+id+"/pause", "", nil)
	until("pause", func() bool { return run.State == "paused" && strings.HasPrefix(run.Progress.Paused, "paused by ") })
	events := s.events(id)
	s.api(accounts.Officer, "POST", "/api/v1/runs/"+id+"/resume", "", nil)
	var seen []int
	last := ""
	for e := range events {
		last = e.name
		if e.run.Progress != nil {
			seen = append(seen, e.run.Progress.Visited)
		}
	}
	if last != "end" || len(seen) < 2 || seen[len(seen)-1] <= seen[0] {
		t.Errorf("events: last %q, visited %v", last, seen)
	}
	if code := worker.end(t); code != 0 {
		t.Errorf("worker: %d\n%s", code, worker.out.String())
	}
	s.waitRun(id, "finished")
	if m := s.metrics(); metric(m, "prescreen_frontier_queued") != "0" {
		t.Error("a run that has ended is still in the metrics")
	}
	wantNoKeys(t, socket)

	// A run that nobody works on, and a Redis that goes away.
	start = startProcess(t, "run", "start", "--quiet", "--config", s.config)
	start.end(t)
	id = strings.TrimSpace(start.out.String())
	until("a run without a worker", func() bool { return run.Progress.Queued >= 0 })
	if out, err := exec.Command("redis-cli", "-s", socket, "shutdown", "nosave").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	until("a Redis that is away", func() bool { return run.Progress.Paused == "the frontier does not answer" })
	if m := s.metrics(); metric(m, "prescreen_frontier_up") != "0" {
		t.Error("prescreen_frontier_up does not say that Redis is away")
	}
	if status, _ := s.api(accounts.Officer, "GET", "/runs", "", nil); status != 200 {
		t.Errorf("the page of runs without Redis: %d", status)
	}
}

// metrics reads the metrics of a server that was started with --metrics.
func (s *served) metrics() string {
	s.t.Helper()
	m := regexp.MustCompile(`msg=metrics listen=(\S+)`).FindStringSubmatch(s.out.String())
	if m == nil {
		s.t.Fatalf("no metrics are served:\n%s", s.out.String())
	}
	resp, err := http.Get("http://" + m[1] + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// metric returns the value of a metric without labels.
func metric(all, name string) string {
	for line := range strings.Lines(all) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return v
		}
	}
	return ""
}

type runEvent struct {
	name string
	run  sharedRun
}

// events follows a run by server-sent events until its end.
func (s *served) events(id string) <-chan runEvent {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/api/v1/runs/"+id+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.tokens[accounts.Officer])
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("events: %v %v", resp, err)
	}
	out := make(chan runEvent, 1000)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		var e runEvent
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				e = runEvent{name: name}
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e.run) == nil {
				out <- e
			}
		}
	}()
	return out
}
