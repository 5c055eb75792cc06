package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/pipeline"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// The benchmarks load a server in a process of its own, as docs/performance.md
// reports: go test ./cmd/prescreen -run xxx -bench Serve -benchtime 10s

// benchServer starts a server without sites for a benchmark.
func benchServer(b *testing.B, prepare func(db *store.Store)) (url, token string, p *process) {
	b.Helper()
	dir := b.TempDir()
	config := filepath.Join(dir, "prescreen.yaml")
	if err := os.WriteFile(config, []byte("data_dir: data\nserve: {limits: {token_rate: -1, jobs: 2, wait: 5m, queue: 1000}}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(b.Context(), filepath.Join(dir, "data", "prescreen.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	token, hash := accounts.NewSecret(accounts.TokenPrefix)
	id, err := db.AddUser(b.Context(), accounts.User{Name: "bench", Role: accounts.Officer, Created: time.Now()})
	if err == nil {
		_, err = db.AddToken(b.Context(), accounts.Token{Name: "t", Hash: hash, User: id, Scopes: accounts.Officer.Scopes(), Created: time.Now(), Expires: time.Now().Add(time.Hour)})
	}
	if err == nil && prepare != nil {
		prepare(db)
	}
	if err != nil {
		b.Fatal(err)
	}
	db.Close()
	p = startBench(b, "serve", "--lang", "en", "--quiet", "--config", config, "--listen", "127.0.0.1:0")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if m := servedAt.FindStringSubmatch(p.out.String()); m != nil {
			return m[1], token, p
		}
	}
	b.Fatalf("serve does not start:\n%s", p.out.String())
	return "", "", nil
}

func startBench(b *testing.B, args ...string) *process {
	b.Helper()
	p := newProcess(args...)
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
	})
	return p
}

// usage returns the CPU time and the memory (RSS) of a process with those it
// has started.
func usage(b *testing.B, pid int) (cpu time.Duration, rss int64) {
	b.Helper()
	pids := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range tasks {
		data, err := os.ReadFile(t)
		if err != nil {
			continue // a thread that has ended
		}
		for f := range strings.FieldsSeq(string(data)) {
			if n, err := strconv.Atoi(f); err == nil {
				pids = append(pids, n)
			}
		}
	}
	for _, n := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n))
		if err != nil {
			continue
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		user, _ := strconv.ParseInt(f[11], 10, 64)
		system, _ := strconv.ParseInt(f[12], 10, 64)
		pages, _ := strconv.ParseInt(f[21], 10, 64)
		cpu += time.Duration(user+system) * 10 * time.Millisecond
		rss += pages * int64(os.Getpagesize())
	}
	return cpu, rss
}

// BenchmarkServeText checks texts of 2,000 characters on 16 connections.
func BenchmarkServeText(b *testing.B) {
	url, token, p := benchServer(b, nil)
	para := "各乡镇人民政府，县政府各部门：为进一步做好今年春季植树造林工作，改善生态环境，现将有关事项通知如下。"
	body, err := json.Marshal(map[string]string{"id": "d", "text": string([]rune(strings.Repeat(para, 60))[:2000])})
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	one := func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, "POST", url+"/api/v1/checks/text", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
			return fmt.Errorf("status %d, %v", resp.StatusCode, err)
		}
		return nil
	}
	if err := one(b.Context()); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var times []time.Duration
	before, _ := usage(b, p.Process.Pid)
	b.SetBytes(int64(len(body)))
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var own []time.Duration
		for pb.Next() {
			start := time.Now()
			if err := one(b.Context()); err != nil {
				b.Error(err)
				return
			}
			own = append(own, time.Since(start))
		}
		mu.Lock()
		times = append(times, own...)
		mu.Unlock()
	})
	b.StopTimer()
	after, _ := usage(b, p.Process.Pid)
	slices.Sort(times)
	b.ReportMetric(float64(len(times))/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric((after-before).Seconds()/b.Elapsed().Seconds(), "server-cpus")
	b.ReportMetric(float64((after-before).Microseconds())/float64(len(times)), "server-µs/req")
}

// BenchmarkServeUploads sends 100 spreadsheets of 5 MB at once.
func BenchmarkServeUploads(b *testing.B) {
	url, token, p := benchServer(b, nil)
	row := "张三丰,云岭县城关镇,低保,2026-03-01,350.00\n"
	file := []byte("姓名,地址,类别,日期,金额\n" + strings.Repeat(row, 5<<20/len(row)))
	var peak int64
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				_, rss := usage(b, p.Process.Pid)
				peak = max(peak, rss)
			}
		}
	})
	for b.Loop() {
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				req, err := http.NewRequestWithContext(b.Context(), "POST", url+"/api/v1/checks/file?filename=a.csv", bytes.NewReader(file))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				defer resp.Body.Close()
				if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 {
					b.Errorf("%d %v %.200s", resp.StatusCode, err, text)
				}
			})
		}
		wg.Wait()
	}
	close(done)
	watch.Wait()
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

// BenchmarkServeFindings shows the page of findings with 100,000 of them.
func BenchmarkServeFindings(b *testing.B) {
	url, token, _ := benchServer(b, func(db *store.Store) {
		run, _, _, err := db.OpenRun(b.Context(), store.Run{ID: "r", Scope: "s", RuleSet: "r", Sites: []string{"县政府"}, Started: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
		sink, severities := db.Sink(run.ID), []scanner.Severity{"low", "medium", "high", "critical"}
		for i := range 500 {
			address := fmt.Sprintf("https://www.example.gov.cn/%d.html", i)
			r := pipeline.Result{ID: address, URL: address, Title: "公示名单", Verdict: scanner.VerdictBlock, Errors: []scanner.Problem{}}
			for k := range 200 {
				r.Findings = append(r.Findings, scanner.Finding{Rule: "pii.id18", Category: "pii", Severity: severities[k%4], Confidence: 90, Title: "居民身份证号码",
					Message: "完整的居民身份证号码", Excerpt: "身份证号【110***********011】", Count: 1, URL: address, Fingerprint: fmt.Sprintf("%016x%016x", i, k)})
			}
			if err := sink.Write(b.Context(), pipeline.Record{URL: address, Site: "县政府", Outcome: pipeline.Screened, Result: &r}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, path := range []string{"/findings", "/findings?state=&sort=due", "/findings?state=&q=公示", "/today"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), "GET", url+path, nil)
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || len(text) < 5000 {
					b.Fatalf("%d %v %.300s", resp.StatusCode, err, text)
				}
				resp.Body.Close()
			}
		})
	}
}
