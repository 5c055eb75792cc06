package redis

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

// BenchmarkFrontier measures claims and completions of eight workers of one
// process against a real redis-server, without fetching: pages without links,
// and pages with 120 of which two are new and the rest stand on every page.
// server-µs is the processor time of redis-server for a page.
func BenchmarkFrontier(b *testing.B) {
	for _, links := range []int{0, 120} {
		b.Run(fmt.Sprint(links, "_links"), func(b *testing.B) { benchFrontier(b, links) })
	}
}

func benchFrontier(b *testing.B, links int) {
	const hosts, workers, ahead = 1000, 8, 2000
	url, client := startServer(b)
	f := open(b, connect(b, url), "r")
	ctx := b.Context()
	task := func(n int64) crawler.Task {
		h := fmt.Sprint("h", n%hosts)
		return crawler.Task{URL: fmt.Sprint("http://", h, "/", n), Site: "s", Host: h, Class: crawler.ClassPage, Via: "a", Depth: 3}
	}
	var next atomic.Int64
	var tasks []crawler.Task
	for range ahead + b.N {
		tasks = append(tasks, task(next.Add(1)))
	}
	if links > 0 { // the rest is found on the pages
		tasks = tasks[:ahead]
		next.Store(ahead)
	}
	if _, err := f.Add(ctx, tasks); err != nil {
		b.Fatal(err)
	}
	cpu := serverCPU(b, client)
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for w := range workers {
		page := append([]crawler.Task{}, tasks[:max(links, 2)]...)
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				l, wait, err := f.Next(ctx, fmt.Sprint(w), 1)
				switch {
				case errors.Is(err, crawler.ErrDrained):
					return
				case err != nil:
					b.Error(err)
					return
				case l.Token == 0:
					time.Sleep(wait / 100)
					left.Add(1)
					continue
				}
				out := crawler.Outcome{Result: crawler.ResultVisited, Duration: time.Nanosecond, Bytes: 1000}
				if links > 0 {
					m := next.Add(2)
					page[0], page[1] = task(m-1), task(m)
					out.Links = page
				}
				if _, err := f.Done(ctx, l, l.Tasks[0], out); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric((serverCPU(b, client)-cpu)*1e6/float64(b.N), "server-µs/page")
}

// serverCPU is the processor time of redis-server in seconds.
func serverCPU(b *testing.B, c *goredis.Client) float64 {
	m := c.InfoMap(b.Context(), "cpu").Val()["CPU"]
	user, err1 := strconv.ParseFloat(m["used_cpu_user"], 64)
	sys, err2 := strconv.ParseFloat(m["used_cpu_sys"], 64)
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	return user + sys
}

// BenchmarkProcesses crawls 200 hosts that take 20 ms for a response, with one
// and with two worker processes of four pages at a time.
func BenchmarkProcesses(b *testing.B) {
	took := map[int]time.Duration{}
	for b.Loop() {
		for _, n := range []int{1, 2} {
			took[n] += crawlWith(b, n)
		}
	}
	for n, d := range took {
		b.ReportMetric(d.Seconds()/float64(b.N), fmt.Sprint(n, "-process-s"))
	}
	b.ReportMetric(took[1].Seconds()/took[2].Seconds(), "speed-up")
}

func crawlWith(b *testing.B, processes int) time.Duration {
	const latency = 20 * time.Millisecond
	url, _ := startServer(b)
	f := &farm{TB: b, portal: crawlertest.NewPortal(crawlertest.PortalConfig{Seed: 1, Hosts: 200, Pages: 24})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(latency)
		f.portal.ServeHTTP(w, r)
	})}
	go server.Serve(l)
	defer server.Close()
	f.cfg = workerConfig{
		Redis: url, Run: "r", Portal: l.Addr().String(), Ends: filepath.Join(b.TempDir(), "ends"),
		Lease: time.Minute, Gap: time.Millisecond, Workers: farmWorkers, Attempts: 3,
	}
	begun := time.Now()
	for range processes {
		f.start()
	}
	f.wait("the end of the run", f.ended)
	took := time.Since(begun)
	for _, p := range f.procs {
		if p.err != nil {
			b.Fatalf("%v\n%s", p.err, p.log.String())
		}
	}
	return took
}
