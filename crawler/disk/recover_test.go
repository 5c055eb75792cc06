package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/crawler"
)

func testTask(i int) crawler.Task {
	host := fmt.Sprintf("h%d.test", i%7)
	return crawler.Task{
		URL: fmt.Sprintf("http://%s/some/where/t2026%04d_%07d.html", host, i%1000, i), Site: "s", Host: host,
		Class: crawler.ClassPage, Via: "a", Depth: 3,
	}
}

func testPolicies() crawler.Policies {
	return crawler.Config{Sites: []crawler.Site{{Name: "s", Politeness: crawler.Politeness{Min: -1, Max: 1}}}, Address: crawler.Politeness{Min: -1, Max: 1}}.Policies()
}

func openTest(t testing.TB, dir string) *Frontier {
	t.Helper()
	f, err := Open(dir, Options{Policies: testPolicies(), MinFree: -1, SyncEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// crawlSome visits n tasks and adds two links from each; it returns how many
// were visited.
func crawlSome(t testing.TB, f *Frontier, n, total int) (visited int) {
	t.Helper()
	ctx := context.Background()
	for visited < n {
		l, wait, err := f.Next(ctx, "w", 3)
		if errors.Is(err, crawler.ErrDrained) {
			return visited
		}
		if err != nil {
			t.Fatal(err)
		}
		if l.Token == 0 {
			time.Sleep(wait)
			continue
		}
		for _, task := range l.Tasks {
			var day, k int
			if _, err := fmt.Sscanf(filepath.Base(task.URL), "t2026%04d_%07d.html", &day, &k); err != nil {
				t.Fatal(err)
			}
			out := crawler.Outcome{Result: crawler.ResultVisited, Bytes: 10}
			for _, m := range []int{2*k + 1, 2*k + 2, 0, k} {
				if m < total {
					link := testTask(m)
					link.Referrer = task.URL
					out.Links = append(out.Links, link)
				}
			}
			if _, err := f.Done(ctx, l, task, out); err != nil {
				t.Fatal(err)
			}
			visited++
		}
	}
	return visited
}

func stats(t testing.TB, f *Frontier) crawler.Counts {
	t.Helper()
	st, err := f.Stats(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	sum := st.Queued + st.InFlight + st.Visited + st.Auxiliary
	for _, m := range []map[crawler.Reason]int64{st.Skipped, st.Failed} {
		for _, n := range m {
			sum += n
		}
	}
	if sum != st.Found {
		t.Fatalf("counts do not add up: %+v", st.Counts)
	}
	return st.Counts
}

// TestCutAnywhere cuts the log after every byte of its last part: each time
// the run goes on and finds all.
func TestCutAnywhere(t *testing.T) {
	const total = 60
	dir := t.TempDir()
	f := openTest(t, dir)
	if _, err := f.Add(t.Context(), []crawler.Task{testTask(0)}); err != nil {
		t.Fatal(err)
	}
	crawlSome(t, f, 20, total)
	if _, _, err := f.Next(t.Context(), "w", 2); err != nil { // in flight when it dies
		t.Fatal(err)
	}
	Crash(f)
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	step := 5
	if testing.Short() || raceEnabled {
		step = 31
	}
	for cut := len(log); cut > len(log)-1200; cut -= step {
		damaged := append([]byte{}, log[:cut]...)
		if cut%3 == 0 && cut < len(log) {
			damaged = append(damaged, make([]byte, 100)...) // as some file systems leave it
		}
		sub := filepath.Join(t.TempDir())
		if err := os.WriteFile(filepath.Join(sub, logName), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		f := openTest(t, sub)
		if !f.Resumed() {
			t.Fatalf("cut at %d: not resumed", cut)
		}
		before := stats(t, f)
		if before.Visited > 22 || before.Found < 5 {
			t.Fatalf("cut at %d: %+v", cut, before)
		}
		crawlSome(t, f, 1000, total)
		if c := stats(t, f); c.Visited != total || c.Found != total {
			t.Fatalf("cut at %d: visited %d of %d found; want all %d", cut, c.Visited, c.Found, total)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRepairIsReported(t *testing.T) {
	dir := t.TempDir()
	f := openTest(t, dir)
	if _, err := f.Add(t.Context(), []crawler.Task{testTask(0)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, logName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("what a crash left"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	f = openTest(t, dir)
	st, err := f.Stats(t.Context(), 0)
	if err != nil || !strings.Contains(st.Recovered, "cut 17 damaged bytes") || !f.Resumed() {
		t.Errorf("recovered %q, resumed %v, error %v", st.Recovered, f.Resumed(), err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f = openTest(t, dir); f.Recovered() != "" {
		t.Errorf("repaired again: %q", f.Recovered())
	}
	_ = f.Close()
}

func TestForeignFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, logName), []byte(strings.Repeat("not a log ", 10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "remove the file to begin anew") {
		t.Errorf("error %v", err)
	}
}

func TestSecondProcessIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	f := openTest(t, dir)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "another process is working on it") {
		t.Errorf("error %v", err)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	f = openTest(t, dir)
	if f.Resumed() {
		t.Error("resumed what was removed")
	}
	_ = f.Close()
}

func TestFinishedRunBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		f := openTest(t, dir)
		if n, err := f.Add(t.Context(), []crawler.Task{testTask(0)}); n != 1 || err != nil {
			t.Fatalf("%d added, error %v: the state of last night must not make tonight do nothing", n, err)
		}
		if n := crawlSome(t, f, 100, 30); n != 30 {
			t.Errorf("%d visited, want 30", n)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// fullDisk fails every second write, half-way.
type fullDisk struct {
	storage
	n int
}

func (d *fullDisk) WriteAt(p []byte, off int64) (int, error) {
	if d.n++; d.n%2 == 0 {
		n, err := d.storage.WriteAt(p[:len(p)/2], off)
		return n, errors.Join(syscall.ENOSPC, err)
	}
	return d.storage.WriteAt(p, off)
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	f := openTest(t, dir)
	f.wal.s = &fullDisk{storage: f.wal.s}
	ctx := t.Context()
	again := func(call func() error) {
		t.Helper()
		for range 3 {
			err := call()
			if err == nil {
				return
			}
			if !errors.Is(err, crawler.ErrUnavailable) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
		}
		t.Fatal("stays unavailable")
	}
	again(func() error { _, err := f.Add(ctx, []crawler.Task{testTask(0), testTask(1), testTask(2)}); return err })
	for i := 3; i < 9; i++ {
		var l crawler.Lease
		for l.Token == 0 {
			again(func() (err error) { l, _, err = f.Next(ctx, "w", 1); return err })
		}
		again(func() error {
			_, err := f.Done(ctx, l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited, Links: []crawler.Task{testTask(i)}})
			return err
		})
	}
	want := stats(t, f)
	Crash(f)
	f = openTest(t, dir)
	if got := stats(t, f); got.Found != want.Found || got.Visited != want.Visited || got.Found != 9 || got.Visited != 6 {
		t.Errorf("after reopening %+v, before %+v", got, want)
	}
	_ = f.Close()
}

// TestCrashLoop: a page on which the process dies three times is parked and
// reported, so that the run goes on.
func TestCrashLoop(t *testing.T) {
	dir := t.TempDir()
	f := openTest(t, dir)
	if _, err := f.Add(t.Context(), []crawler.Task{testTask(0), testTask(7)}); err != nil { // on one host
		t.Fatal(err)
	}
	for i := range 3 {
		l, _, err := f.Next(t.Context(), "w", 1)
		if err != nil || len(l.Tasks) != 1 || l.Tasks[0].URL != testTask(0).URL || l.Cut != "" {
			t.Fatalf("start %d: lease %+v, error %v; want the same page", i, l, err)
		}
		Crash(f)
		f = openTest(t, dir)
	}
	defer f.Close()
	l, _, err := f.Next(t.Context(), "w", 1)
	if err != nil || l.Cut != crawler.ReasonLost || l.Tasks[0].URL != testTask(0).URL {
		t.Fatalf("lease %+v, error %v; want the page reported as lost", l, err)
	}
	if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultFailed, Reason: l.Cut}); err != nil {
		t.Fatal(err)
	}
	if n := crawlSome(t, f, 10, 1); n != 1 {
		t.Errorf("%d pages visited after it, want the other one", n)
	}
}

// TestTimeBudgetOverRestarts: what earlier processes used up counts, the time
// between them does not.
func TestTimeBudgetOverRestarts(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	p := testPolicies()
	p.Sites[0].Time = time.Hour
	open := func() *Frontier {
		f, err := Open(dir, Options{Policies: p, LeaseTTL: 2 * time.Hour, MinFree: -1, SyncEvery: -1, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open()
	for i := range 10 {
		if _, err := f.Add(t.Context(), []crawler.Task{testTask(i * 7)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		now = now.Add(time.Second)
		l, _, err := f.Next(t.Context(), "w", 1)
		if err != nil || l.Cut != "" || len(l.Tasks) != 1 {
			t.Fatalf("process %d: lease %+v, error %v", i, l, err)
		}
		now = now.Add(19 * time.Minute)
		if i < 2 {
			if _, err := f.Done(t.Context(), l, l.Tasks[0], crawler.Outcome{Result: crawler.ResultVisited}); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Second)
			if l, _, err = f.Next(t.Context(), "w", 1); err != nil || l.Cut != "" {
				t.Fatalf("process %d: lease %+v, error %v", i, l, err)
			}
			Crash(f)
			now = now.Add(24 * time.Hour)
			f = open()
			now = now.Add(time.Second)
			continue
		}
		now = now.Add(3 * time.Minute) // 2 × 19 min before, 22 now
		if l, _, err = f.Next(t.Context(), "w", 1); err != nil || l.Cut != crawler.ReasonTime {
			t.Fatalf("lease %+v, error %v; want the budget used up", l, err)
		}
		break
	}
	_ = f.Close()
}

func TestLowDiskPauses(t *testing.T) {
	now := time.Now()
	f, err := Open(t.TempDir(), Options{Policies: testPolicies(), MinFree: 1 << 62, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Add(t.Context(), []crawler.Task{testTask(0)}); err != nil {
		t.Fatal(err)
	}
	l, wait, err := f.Next(t.Context(), "w", 1)
	if err != nil || l.Token != 0 || wait <= 0 {
		t.Fatalf("lease %+v, wait %v, error %v; want a pause", l, wait, err)
	}
	st, err := f.Stats(t.Context(), -1)
	if err != nil || !strings.Contains(st.Paused, "free some space") || st.Hosts[0].Why != st.Paused {
		t.Errorf("stats %+v, error %v", st, err)
	}
	f.minFree = 1
	now = now.Add(2 * time.Second)
	if l, _, err := f.Next(t.Context(), "w", 1); err != nil || l.Token == 0 {
		t.Errorf("lease %+v, error %v; want to go on", l, err)
	}
}

// TestMemory holds the frontier to its promise at a million known URLs, all of
// them queued, and after a restart.
func TestMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("a million URLs take a few seconds, and under the race detector minutes")
	}
	const n = 1_000_000
	dir := t.TempDir()
	base := heapInUse()
	f := openTest(t, dir)
	batch := make([]crawler.Task, 0, 1000)
	for i := range n {
		if batch = append(batch, testTask(i)); len(batch) == cap(batch) {
			if _, err := f.Add(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	report := func(when string) {
		used := heapInUse() - base
		t.Logf("%s: %.1f MB, %.1f bytes a URL; log %.1f MB", when, float64(used)/1e6, float64(used)/n, float64(f.wal.size)/1e6)
		if used > 60e6 {
			t.Errorf("%s: %d bytes in use", when, used)
		}
		if c := stats(t, f); c.Queued != n {
			t.Errorf("%s: %+v", when, c)
		}
	}
	report("queued")
	Crash(f)
	f = nil
	begun := time.Now()
	f = openTest(t, dir)
	t.Logf("opened in %v", time.Since(begun))
	report("reopened")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// FuzzRecord replays a good log with any record after it: never a panic, and
// whatever is left adds up and can be worked on.
func FuzzRecord(f *testing.F) {
	dir := f.TempDir()
	fr := openTest(f, dir)
	if _, err := fr.Add(context.Background(), []crawler.Task{testTask(0)}); err != nil {
		f.Fatal(err)
	}
	crawlSome(f, fr, 5, 20)
	l, _, err := fr.Next(context.Background(), "w", 1)
	if err != nil {
		f.Fatal(err)
	}
	if err := fr.Block(context.Background(), l.Host, time.Second, "test"); err != nil {
		f.Fatal(err)
	}
	if err := fr.Release(context.Background(), l); err != nil {
		f.Fatal(err)
	}
	Crash(fr)
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		f.Fatal(err)
	}
	good := &memory{}
	if _, err := good.WriteAt(log, 0); err != nil {
		f.Fatal(err)
	}
	if _, err := replay(good, headerSize, int64(len(log)), func(p []byte, _ ref) error { f.Add(append([]byte{}, p...)); return nil }); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 {
			return
		}
		fr := newFrontier("", Options{Policies: testPolicies()})
		m := &memory{}
		if _, err := m.WriteAt(log, 0); err != nil {
			t.Fatal(err)
		}
		fr.wal.s, fr.wal.size = m, int64(len(log))
		e := fr.wal.begin(0)
		e.b = append(e.b[:frameHead], payload...)
		if err := fr.wal.commit(); err != nil {
			t.Fatal(err)
		}
		if err := fr.load(fr.wal.size); err != nil {
			t.Fatal(err)
		}
		stats(t, fr)
		for range 100 {
			l, _, err := fr.Next(context.Background(), "w", 2)
			if err != nil || l.Token == 0 {
				break
			}
			for _, task := range l.Tasks {
				if _, err := fr.Done(context.Background(), l, task, crawler.Outcome{Result: crawler.ResultVisited}); err != nil && !errors.Is(err, crawler.ErrLeaseLost) {
					t.Fatal(err)
				}
			}
		}
		stats(t, fr)
	})
}

func BenchmarkDone(b *testing.B) {
	for _, links := range []int{0, 10, 120} {
		b.Run(fmt.Sprintf("links=%d", links), func(b *testing.B) {
			f := openTest(b, b.TempDir())
			defer f.Close()
			ctx := context.Background()
			var tasks []crawler.Task
			for i := range 50_000 {
				tasks = append(tasks, testTask(i))
			}
			if _, err := f.Add(ctx, tasks); err != nil {
				b.Fatal(err)
			}
			out := crawler.Outcome{Result: crawler.ResultVisited, Links: tasks[:links], Duration: 1}
			next := len(tasks)
			b.ReportAllocs()
			for b.Loop() {
				l, _, err := f.Next(ctx, "w", 1)
				if err != nil {
					b.Fatal(err)
				}
				if l.Token == 0 {
					continue
				}
				if _, err := f.Done(ctx, l, l.Tasks[0], out); err != nil {
					b.Fatal(err)
				}
				if _, err := f.Add(ctx, []crawler.Task{testTask(next)}); err != nil {
					b.Fatal(err)
				}
				next++
			}
		})
	}
}
