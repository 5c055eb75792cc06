package crawler_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/disk"
)

// bareVisitor returns the links of a page without looking at it.
type bareVisitor struct{ pages, links int }

func (v bareVisitor) Visit(_ context.Context, p *crawler.Page) (crawler.Visited, error) {
	var n int
	if _, err := fmt.Sscanf(p.Task.URL, "http://a.test/p/%d", &n); err != nil {
		n = 0
	}
	out := make([]crawler.Link, 0, v.links)
	for i := range v.links - 2 {
		out = append(out, crawler.Link{URL: fmt.Sprintf("http://a.test/nav/%d", i), Via: "a"})
	}
	for _, m := range []int{2*n + 1, 2*n + 2} {
		if m < v.pages {
			out = append(out, crawler.Link{URL: fmt.Sprintf("http://a.test/p/%d", m), Via: "a"})
		}
	}
	return crawler.Visited{Links: out}, nil
}

func (bareVisitor) Skip(context.Context, crawler.Task, crawler.Reason, string) {}

// BenchmarkCrawl is the cost of the engine with its frontier on disk, without
// fetching or parsing: one page of 120 links per operation, two of them new.
func BenchmarkCrawl(b *testing.B) {
	fetcher := fetchFunc(func(_ context.Context, r crawler.Request) (*crawler.Page, error) {
		status := 200
		if r.Task.Auxiliary() {
			status = 404
		}
		return &crawler.Page{Task: r.Task, Status: status, Body: crawlertest.NewBody(""), Hash: sha256.Sum256(nil), Fetched: time.Now()}, nil
	})
	none := crawler.Politeness{Min: -1, Max: 1, Concurrency: 16}
	cfg := crawler.Config{Sites: []crawler.Site{{Name: "s", Seeds: []string{"http://a.test/"}, Politeness: none}}, Address: none, Workers: 2}
	f, err := disk.Open(b.TempDir(), disk.Options{Policies: cfg.Policies()})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	c, err := crawler.New(crawler.Deps{Frontier: f, Fetcher: fetcher, Visitor: bareVisitor{b.N, 120}}, cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	sum, err := c.Run(context.Background())
	if err != nil || sum.Visited < int64(b.N) {
		b.Fatalf("summary %+v, error %v", sum, err)
	}
}
