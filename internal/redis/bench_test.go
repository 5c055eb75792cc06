package redis

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
)

func BenchmarkParallel(b *testing.B) {
	for _, links := range []int{0, 120} {
		b.Run(fmt.Sprint(links, " links"), func(b *testing.B) {
			url, client := startServer(b)
			none := crawler.Politeness{Factor: 1, Concurrency: 1}
			f, err := connect(b, url).Open(b.Context(), Options{Run: "r", Policies: crawler.Policies{Sites: []crawler.Policy{{Site: "s", Politeness: none}}, Address: none}})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			page := func(n int64) crawler.Task {
				h := fmt.Sprint("h", n%1000)
				return crawler.Task{URL: fmt.Sprint("http://", h, "/", n), Site: "s", Host: h, Class: crawler.ClassPage, Via: "a", Depth: 3}
			}
			var n atomic.Int64
			var ts []crawler.Task
			for range b.N + 2000 {
				ts = append(ts, page(n.Add(1)))
			}
			if links == 0 {
				f.Add(b.Context(), ts)
			} else {
				f.Add(b.Context(), ts[:2000])
			}
			n.Store(2000)
			client.ConfigResetStat(b.Context())
			cpu := cpuOf(b, client)
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for w := range 8 {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						l, wait, err := f.Next(b.Context(), fmt.Sprint(w), 1)
						if errors.Is(err, crawler.ErrDrained) {
							return
						}
						if err != nil {
							b.Error(err)
							return
						}
						if l.Token == 0 {
							time.Sleep(wait / 100)
							left.Add(1)
							continue
						}
						var ls []crawler.Task
						if links > 0 {
							m := n.Add(2)
							ls = []crawler.Task{page(m - 1), page(m)}
							for i := range links - 2 {
								ls = append(ls, page(int64(i)))
							}
						}
						if _, err := f.Done(b.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Duration: time.Nanosecond, Bytes: 1000, Links: ls}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
			st := client.InfoMap(b.Context(), "commandstats").Val()["Commandstats"]
			for _, k := range []string{"evalsha", "hgetall", "hset", "zadd", "zrem", "exists", "zrange", "sadd", "zrangebyscore", "lpop", "del", "smembers", "hget"} {
				var calls, usec float64
				fmt.Sscanf(st["cmdstat_"+k], "calls=%f,usec=%f", &calls, &usec)
				if calls > 0 {
					b.ReportMetric(usec/float64(b.N), k+"-µs/page")
					b.ReportMetric(calls/float64(b.N), k+"/page")
				}
			}
			b.ReportMetric((cpuOf(b, client)-cpu)*1e6/float64(b.N), "server-cpu-µs/page")
		})
	}
}

func cpuOf(b testing.TB, c *goredis.Client) float64 {
	m := c.InfoMap(b.Context(), "cpu").Val()["CPU"]
	u, _ := strconv.ParseFloat(m["used_cpu_user"], 64)
	y, _ := strconv.ParseFloat(m["used_cpu_sys"], 64)
	return u + y
}
