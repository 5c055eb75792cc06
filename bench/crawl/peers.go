package crawl

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gocolly/colly/v2"
)

// Row is one crawl of the whole site.
type Row struct {
	Name      string
	Pages     int           // asked for
	Full      int64         // answered with a body
	Unchanged int64         // answered 304
	Wall      time.Duration // of the process, start and reports included
	CPU       time.Duration // user and system, of the process and its children
	Peak      int64         // bytes resident of the largest of these processes
}

// PagesPerSecond is by wall time.
func (r Row) PagesPerSecond() float64 { return float64(r.Pages) / r.Wall.Seconds() }

// PerPage is processor time for each page.
func (r Row) PerPage() time.Duration { return r.CPU / time.Duration(max(1, r.Pages)) }

// Concurrency is the number of requests that each crawler may have under way.
const Concurrency = 16

// run runs a command and takes its costs.
func (s *Site) run(name string, cmd *exec.Cmd, ok ...int) (Row, error) {
	full, empty := s.Served()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	row := Row{Name: name, Wall: time.Since(start), Pages: s.Total()}
	code := cmd.ProcessState.ExitCode()
	allowed := code == 0
	for _, c := range ok {
		allowed = allowed || code == c
	}
	if !allowed {
		return row, fmt.Errorf("%s: %v\n%s", name, err, tail(out.String()))
	}
	row.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		row.Peak = ru.Maxrss * 1024
	}
	f, e := s.Served()
	row.Full, row.Unchanged = f-full, e-empty
	return row, nil
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

// Prescreen crawls with the whole product: extraction, all rules, storage and
// reports. dir keeps its data from one night to the next.
func (s *Site) Prescreen(ctx context.Context, binary, dir string, recheck time.Duration) (Row, error) {
	cmd, err := s.prescreen(ctx, binary, dir, recheck)
	if err != nil {
		return Row{}, err
	}
	return s.run("prescreen", cmd, 1, 3)
}

func (s *Site) prescreen(ctx context.Context, binary, dir string, recheck time.Duration) (*exec.Cmd, error) {
	config := filepath.Join(dir, "prescreen.yaml")
	var hosts []string
	for n := range s.Hosts {
		hosts = append(hosts, strconv.Quote(s.Host(n)))
	}
	// As fast as the others: no pause. A factor of the last duration would be one.
	text := fmt.Sprintf(`data_dir: data
cache_dir: cache
crawl:
  workers: %d
  recheck: %s
  address_delay: {min: 1ns, max: 1ns, factor: 0.000001}
sites:
- name: bench
  seeds: [%q]
  hosts: [%s]
  allow_private: true
  concurrency: %d
  delay: {min: 1ns, max: 1ns, factor: 0.000001}
  budget: {pages: 10000000, mb: 1000000, depth: 100000}
`, Concurrency, recheck, s.Seed(), strings.Join(hosts, ", "), max(1, Concurrency/s.Hosts))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, binary, "crawl", "--config", config, "--output", filepath.Join(dir, "out"), "--quiet"), nil
}

// CollyChild is the crawl of colly's README: OnHTML("a[href]"), the links
// followed as they come. It prints the number of pages.
func CollyChild(seed string, hosts []string) error {
	c := colly.NewCollector(colly.AllowedDomains(hosts...), colly.Async(true))
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: Concurrency}); err != nil {
		return err
	}
	var pages atomic.Int64
	c.OnHTML("a[href]", func(e *colly.HTMLElement) { _ = e.Request.Visit(e.Attr("href")) })
	c.OnScraped(func(*colly.Response) { pages.Add(1) })
	if err := c.Visit(seed); err != nil {
		return err
	}
	c.Wait()
	fmt.Println(pages.Load())
	return nil
}

// Colly crawls with colly in a process of its own: self is a program that
// calls CollyChild for -child colly.
func (s *Site) Colly(ctx context.Context, self string) (Row, error) {
	args := []string{"-child", "colly", s.Seed()}
	for n := range s.Hosts {
		host, _, _ := strings.Cut(s.Host(n), ":")
		args = append(args, host)
	}
	return s.complete(s.run("colly, OnHTML(a[href])", exec.CommandContext(ctx, self, args...)))
}

//go:embed spider.py
var spider []byte

// Scrapy crawls with Scrapy, as Debian ships it.
func (s *Site) Scrapy(ctx context.Context, dir string) (Row, error) {
	file := filepath.Join(dir, "spider.py")
	if err := os.WriteFile(file, spider, 0o600); err != nil {
		return Row{}, err
	}
	cmd := exec.CommandContext(ctx, "scrapy", "runspider", file, "-a", "seed="+s.Seed(),
		"-s", fmt.Sprintf("CONCURRENT_REQUESTS=%d", Concurrency), "-s", fmt.Sprintf("CONCURRENT_REQUESTS_PER_DOMAIN=%d", Concurrency),
		"-s", "ROBOTSTXT_OBEY=False", "-s", "LOG_LEVEL=ERROR")
	cmd.Dir = dir
	return s.complete(s.run("Scrapy, LinkExtractor", cmd))
}

// complete refuses a row whose crawl did not fetch every page once.
func (s *Site) complete(r Row, err error) (Row, error) {
	if err == nil && r.Full < int64(r.Pages) {
		return r, fmt.Errorf("%s fetched %d of %d pages", r.Name, r.Full, r.Pages)
	}
	return r, err
}
