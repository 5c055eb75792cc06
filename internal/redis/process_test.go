package redis

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
)

// workerEnv is the environment variable that makes this test binary a worker
// process; its value is a workerConfig.
const workerEnv = "PRESCREEN_TEST_REDIS_WORKER"

// workerConfig is what a worker process needs to know.
type workerConfig struct {
	Redis, Run string
	Portal     string // where the portal listens
	Ends       string // file to which it appends how each URL ended
	Killer     string // URL whose visit kills the process
	Stopper    string // URL whose visit stops it, as SIGSTOP does
	Lease      time.Duration
	Clock      time.Duration // how wrong its clock is
	Gap        time.Duration // between two requests to a host or address
	Workers    int
	Pages      int // budget of the site; 0: none
	Attempts   int
}

func TestMain(m *testing.M) {
	if s := os.Getenv(workerEnv); s != "" {
		var cfg workerConfig
		err := json.Unmarshal([]byte(s), &cfg)
		if err == nil {
			err = workAlone(cfg)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// journal is a Visitor whose records survive its process.
type journal struct {
	file            *os.File
	killer, stopper string
}

func (j journal) write(url, end string) {
	if _, err := fmt.Fprintf(j.file, "%s\t%s\n", url, end); err != nil {
		panic(err)
	}
}

func (j journal) Visit(_ context.Context, p *crawler.Page) (crawler.Visited, error) {
	if p.Task.URL == j.killer {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if p.Task.URL == j.stopper {
		j.write("stopped", p.Task.URL)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(100 * time.Millisecond) // the signal may reach this thread a moment later
	}
	v := crawler.Visited{}
	if p.Body != nil {
		b, err := p.Body.Bytes()
		if err != nil {
			return v, err
		}
		v.Links = crawlertest.Links(p.Task.URL, b)
	}
	end := "visited"
	if p.Truncated != "" {
		end = "incomplete"
	}
	j.write(p.Task.URL, end)
	return v, nil
}

func (j journal) Skip(_ context.Context, t crawler.Task, r crawler.Reason, _ string) {
	j.write(t.URL, string(r))
}

// workAlone is what a worker process does: it opens or joins the run, works
// until it is drained, and closes it if nobody else does.
func workAlone(cfg workerConfig) error {
	file, err := os.OpenFile(cfg.Ends, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	portal := crawlertest.NewPortal(crawlertest.PortalConfig{HostsPerAddress: 2})
	site := portal.Site()
	site.Politeness = crawler.Politeness{Factor: 0.1, Min: cfg.Gap, Max: time.Second, Concurrency: 1}
	site.Budget.Pages = cfg.Pages
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("pid", os.Getpid())
	ccfg := crawler.Config{
		Sites: []crawler.Site{site}, Workers: cfg.Workers, BackoffMin: 20 * time.Millisecond, MaxAttempts: cfg.Attempts, Logger: log,
		Address: crawler.Politeness{Factor: 0.1, Min: cfg.Gap, Max: time.Second, Concurrency: 1},
	}
	server, err := Connect(ServerOptions{URL: cfg.Redis, Logger: log})
	if err != nil {
		return err
	}
	defer server.Close()
	ctx := context.Background()
	f, err := server.Open(ctx, Options{Run: cfg.Run, Policies: ccfg.Policies(), LeaseTTL: cfg.Lease})
	if err != nil {
		return err
	}
	defer f.Close()
	fetcher := crawlertest.NewFetcher(func() (net.Conn, error) { return net.Dial("tcp", cfg.Portal) }, portal.Address)
	fetcher.Idle = 2 * time.Second
	c, err := crawler.New(crawler.Deps{
		Frontier: f, Fetcher: fetcher, Visitor: journal{file, cfg.Killer, cfg.Stopper}, Worker: fmt.Sprint("pid-", os.Getpid()),
		Now: func() time.Time { return time.Now().Add(cfg.Clock) },
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			return []netip.Addr{portal.Address(host)}, nil
		},
	}, ccfg)
	if err != nil {
		return err
	}
	if _, err := c.Run(ctx); err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	_, err = f.Finish(ctx, func(ctx context.Context) error {
		st, err := f.Stats(ctx, 0)
		if err != nil {
			return err
		}
		counts, err := json.Marshal(st.Counts)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(file, "end\t%s\n", counts)
		return err
	})
	return err
}

// farm is a portal, a run and the processes that crawl it.
type farm struct {
	testing.TB
	portal    *crawlertest.Portal
	cfg       workerConfig
	procs     []*proc
	tolerated int // violations of politeness
}

type proc struct {
	cmd  *exec.Cmd
	over chan struct{} // closed when it has ended; then err is set
	err  error
	log  logBuffer
}

// logBuffer may be read while a process writes to it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const farmWorkers = 4 // pages in work of each process, the K of the issue

func newFarm(t *testing.T, redisURL string, pc crawlertest.PortalConfig) *farm {
	t.Helper()
	const gap = 5 * time.Millisecond
	pc.HostsPerAddress, pc.NoHangs = 2, true
	pc.Limits = crawlertest.Limits{HostGap: gap, AddressGap: gap, HostMax: 1, AddressMax: 1}
	f := &farm{TB: t, portal: crawlertest.NewPortal(pc)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: f.portal}
	go server.Serve(l)
	t.Cleanup(func() { _ = server.Close() })
	f.cfg = workerConfig{
		Redis: redisURL, Run: "r", Portal: l.Addr().String(), Ends: filepath.Join(t.TempDir(), "ends"),
		Lease: 3 * time.Second, Gap: gap, Workers: farmWorkers, Attempts: 5, // a page may be killed more than once by chance
	}
	t.Cleanup(func() {
		for _, p := range f.procs {
			_ = p.cmd.Process.Kill()
			<-p.over
			if t.Failed() {
				t.Logf("process %d:\n%s", p.cmd.Process.Pid, p.log.String())
			}
		}
	})
	return f
}

func (f *farm) start(change ...func(*workerConfig)) *proc {
	f.Helper()
	cfg := f.cfg
	for _, c := range change {
		c(&cfg)
	}
	env, err := json.Marshal(cfg)
	if err != nil {
		f.Fatal(err)
	}
	p := &proc{cmd: exec.Command(os.Args[0]), over: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), workerEnv+"="+string(env))
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		f.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.over) }()
	f.procs = append(f.procs, p)
	return p
}

func (p *proc) running() bool {
	select {
	case <-p.over:
		return false
	default:
		return true
	}
}

// requests waits until the portal was asked n times more.
func (f *farm) requests(n int) {
	f.Helper()
	_, _, have := f.portal.Referee.Violations()
	f.wait(fmt.Sprint(n, " more requests"), func() bool {
		_, _, now := f.portal.Referee.Violations()
		return now >= have+n || f.ended()
	})
}

func (f *farm) wait(what string, ok func() bool) {
	f.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	f.Fatalf("%s: not within a minute", what)
}

func (f *farm) ended() bool {
	for _, p := range f.procs {
		if p.running() {
			return false
		}
	}
	return true
}

// finish waits for all processes that were not killed, and checks what they
// did: every URL ended as it must, each was counted once, at most again of them
// were screened again (-1: any number), nobody was bothered.
func (f *farm) finish(again int) crawler.Counts {
	f.Helper()
	f.wait("the end of the run", f.ended)
	ends, repeated, counts := f.read()
	want := f.portal.Expect()
	for i, d := range crawlertest.Compare(want, ends) {
		if i < 10 {
			f.Error(d)
		}
	}
	visited := int64(0)
	for _, e := range want {
		if e.Visited {
			visited++
		}
	}
	if err := crawlertest.CheckCounts(counts); err != nil || counts.Visited != visited {
		f.Errorf("%d pages counted as visited, want %d, each once (%v)", counts.Visited, visited, err)
	}
	if again >= 0 && repeated > again {
		f.Errorf("%d pages were screened again, want at most %d", repeated, again)
	}
	f.polite()
	f.Logf("%d pages, %d screened again", visited, repeated)
	return counts
}

func (f *farm) polite() {
	f.Helper()
	if total, first, _ := f.portal.Referee.Violations(); total > f.tolerated {
		f.Errorf("%d violations of politeness:\n%s", total, strings.Join(first[:min(len(first), 10)], "\n"))
	}
}

// read reads what the processes wrote down.
func (f *farm) read() (ends map[string][]crawlertest.Expected, repeated int, counts crawler.Counts) {
	f.Helper()
	file, err := os.Open(f.cfg.Ends)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	ends = map[string][]crawlertest.Expected{}
	closed := 0
	for s := bufio.NewScanner(file); s.Scan(); {
		url, end, ok := strings.Cut(s.Text(), "\t")
		switch {
		case url == "end":
			closed++
			if err := json.Unmarshal([]byte(end), &counts); err != nil {
				f.Fatal(err)
			}
			continue
		case !ok, url == "stopped":
			continue
		}
		e := crawlertest.Expected{Visited: end == "visited" || end == "incomplete", Incomplete: end == "incomplete"}
		if !e.Visited {
			e.Reason = crawler.Reason(end)
		}
		if len(ends[url]) > 0 && e.Reason != crawler.ReasonRedirect && e.Reason != crawler.ReasonRedirLoop {
			repeated++
		}
		ends[url] = append(ends[url], e)
	}
	if closed != 1 {
		f.Errorf("the run was closed %d times, want once", closed)
	}
	return ends, repeated, counts
}
