package crawler_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/disk"
)

// Environment of a crawl in a process of its own.
const (
	envDir    = "PRESCREEN_TEST_CRAWL_DIR"
	envServer = "PRESCREEN_TEST_CRAWL_SERVER"
	envSoak   = "PRESCREEN_SOAK" // long rounds
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		if err := crawlAlone(dir, os.Getenv(envServer)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func soak() bool { return os.Getenv(envSoak) != "" }

const killGap = 5 * time.Millisecond

func killPortal(seed uint64, hosts, pages int) *crawlertest.Portal {
	return crawlertest.NewPortal(crawlertest.PortalConfig{
		Seed: seed, Hosts: hosts, Pages: pages, HostsPerAddress: 2, Faulty: 0.05, NoHangs: true, OddRobots: true, CrawlDelay: 20 * time.Millisecond,
		Limits: crawlertest.Limits{HostGap: killGap, AddressGap: killGap, HostMax: 1, AddressMax: 1},
	})
}

func killConfig(p *crawlertest.Portal) crawler.Config {
	site := p.Site()
	site.Politeness = crawler.Politeness{Factor: 0.1, Min: killGap, Max: time.Second, Concurrency: 1}
	return crawler.Config{
		Sites: []crawler.Site{site}, Workers: 16, BackoffMin: 20 * time.Millisecond, MaxAttempts: 5, // a page may be killed more than once by chance
		Address: crawler.Politeness{Factor: 0.1, Min: killGap, Max: time.Second, Concurrency: 1},
	}
}

// journal is a Visitor whose records survive its process.
type journal struct {
	*recorder
	file *os.File
}

func (j journal) write(url, end string) {
	if _, err := fmt.Fprintf(j.file, "%s\t%s\n", url, end); err != nil {
		panic(err)
	}
}

func (j journal) Visit(ctx context.Context, p *crawler.Page) (crawler.Visited, error) {
	v, err := j.recorder.Visit(ctx, p)
	end := "visited"
	if p.Truncated != "" {
		end = "incomplete"
	}
	j.write(p.Task.URL, end)
	return v, err
}

func (j journal) Skip(_ context.Context, t crawler.Task, r crawler.Reason, _ string) {
	j.write(t.URL, string(r))
}

// crawlAlone is what the process does that will be killed.
func crawlAlone(dir, server string) error {
	file, err := os.OpenFile(filepath.Join(dir, "ends"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	portal := killPortal(0, 0, 0)
	cfg := killConfig(portal)
	fr, err := disk.Open(filepath.Join(dir, "frontier"), disk.Options{Policies: cfg.Policies(), MinFree: -1})
	if err != nil {
		return err
	}
	fetcher := crawlertest.NewFetcher(func() (net.Conn, error) { return net.Dial("tcp", server) }, portal.Address)
	// Longer than any stall of a busy machine: a request that is given up while
	// the server has not even begun with it looks like two at a time.
	fetcher.Idle = 2 * time.Second
	c, err := crawler.New(crawler.Deps{
		Frontier: fr, Fetcher: fetcher, Visitor: journal{newRecorder(), file},
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			return []netip.Addr{portal.Address(host)}, nil
		},
	}, cfg)
	if err != nil {
		return err
	}
	sum, err := c.Run(context.Background())
	if err != nil {
		return err
	}
	if err := crawlertest.CheckCounts(sum.Counts); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(file, "end\t%d\n", sum.Visited); err != nil {
		return err
	}
	return fr.Close()
}

// TestKill kills the crawling process at random moments: every page is
// accounted for in the end, at most those in flight are read twice, and the
// portal is not bothered.
func TestKill(t *testing.T) {
	rounds, hosts, pages := 3, 16, 30
	if soak() {
		rounds, hosts, pages = 20, 40, 50
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) { killRound(t, uint64(round), hosts, pages, 1+round%4) })
	}
}

func killRound(t *testing.T, seed uint64, hosts, pages, kills int) {
	portal := killPortal(seed, hosts, pages)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open atomic.Int32
	server := &http.Server{Handler: portal, ConnState: func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}}
	go server.Serve(l)
	defer server.Close()
	dir := t.TempDir()
	killed := 0
	for ; killed < kills; killed++ {
		if !runAndKill(t, dir, l.Addr().String(), 100*time.Millisecond+rand.N(400*time.Millisecond)) {
			break // this machine is too fast for so many
		}
		for calm := 0; calm < 10; calm++ { // what it sent may still be on its way
			time.Sleep(10 * time.Millisecond)
			if open.Load() > 0 {
				calm = 0
			}
		}
		portal.Restarted()
	}
	if killed == 0 {
		t.Fatal("came to its end before it was killed")
	}
	if killed == kills && runAndKill(t, dir, l.Addr().String(), 2*time.Minute) {
		t.Fatal("does not come to an end")
	}
	ends, repeated := readEnds(t, filepath.Join(dir, "ends"))
	for i, d := range crawlertest.Compare(portal.Expect(), ends) {
		if i < 10 {
			t.Error(d)
		}
	}
	if most := killed * 16; repeated > most {
		t.Errorf("%d pages were reported again after %d kills, want at most the %d in flight", repeated, killed, most)
	}
	total, first, requests := portal.Referee.Violations()
	if total > 0 {
		t.Errorf("%d violations of politeness:\n%s", total, strings.Join(first[:min(len(first), 10)], "\n"))
	}
	t.Logf("%d requests, %d kills, %d pages reported again", requests, killed, repeated)
}

// runAndKill crawls in a process of its own and kills that after a while. It
// returns false when the process came to its end before.
func runAndKill(t *testing.T, dir, server string, after time.Duration) (killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDir+"="+dir, envServer+"="+server)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	select {
	case err := <-over:
		if err != nil {
			t.Fatal(err)
		}
		return false
	case <-time.After(after):
	}
	_ = cmd.Process.Kill()
	<-over
	return true
}

func readEnds(t *testing.T, path string) (ends map[string][]crawlertest.Expected, repeated int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ends = map[string][]crawlertest.Expected{}
	complete := false
	for s := bufio.NewScanner(file); s.Scan(); {
		url, end, ok := strings.Cut(s.Text(), "\t")
		switch {
		case url == "end":
			complete = true
			continue
		case !ok:
			continue // torn by a kill; the page was not acknowledged either
		}
		e := crawlertest.Expected{Visited: end == "visited" || end == "incomplete", Incomplete: end == "incomplete"}
		if !e.Visited {
			e.Reason = crawler.Reason(end)
		}
		if n := len(ends[url]); n > 0 && e.Reason != crawler.ReasonRedirect && e.Reason != crawler.ReasonRedirLoop {
			repeated++
		}
		ends[url] = append(ends[url], e)
	}
	if !complete {
		t.Error("the crawl did not say that it was complete")
	}
	return ends, repeated
}
