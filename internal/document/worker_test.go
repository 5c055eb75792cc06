package document

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// TestMain lets the test program be its own worker, well or badly behaved.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "worker-good":
			os.Exit(WorkerMain(nil, os.Stdin, os.Stdout))
		case "worker-crash":
			buf := make([]byte, 100)
			_, _ = os.Stdin.Read(buf)
			os.Exit(2)
		case "worker-guard":
			os.Exit(guardedWorker())
		case "worker-spin":
			os.Exit(spinningWorker())
		case "worker-net":
			names, _ := net.Interfaces()
			up := 0
			for _, n := range names {
				if n.Flags&net.FlagUp != 0 {
					up++
				}
			}
			os.Exit(100 + up)
		case "worker-hang":
			_, _ = io.Copy(io.Discard, os.Stdin)
			time.Sleep(time.Hour)
		}
	}
	os.Exit(m.Run())
}

// spinningWorker uses up its processor time without looking at anything.
func spinningWorker() int {
	p := Parser{ocr: &ocrEngine{}, pdf: &pdfEngines{}}
	if err := limitCPU(0); err != nil {
		return 1
	}
	defer p.watch(time.Hour, 4<<30)()
	for n := uint(0); ; n++ { // busy until it is killed
	}
}

// A process that has used its processor time ends, as late.
func TestProcessorTime(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "worker-spin")
	ownGroup(cmd)
	cmd.Cancel = nil
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != workerLate {
		t.Errorf("the process ended with %v, want code %d", err, workerLate)
	}
}

// Where the kernel lets us, workers start without a network.
func TestNoNetwork(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "worker-net")
	ownGroup(cmd)
	cmd.Cancel = nil
	isolate(cmd)
	err = cmd.Run()
	if cmd.ProcessState == nil {
		t.Skipf("user namespaces are not allowed here: %v", err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 100 {
		t.Errorf("exit code %d, want 100: no network interface is up", code)
	}
}

func poolForTest(t *testing.T, mode string, change func(*PoolConfig)) *Pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := PoolConfig{Command: []string{self, mode}, Workers: 1, Config: Config{PDFCacheDir: pdfCache(t), TempDir: t.TempDir()}}
	if change != nil {
		change(&cfg)
	}
	p, err := NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func poolParse(t *testing.T, p *Pool, name string, data []byte) *Result {
	t.Helper()
	res, err := p.Parse(context.Background(), Input{Name: name, Data: bytes.NewReader(data), Size: int64(len(data))})
	if err != nil {
		t.Fatalf("parse %q: %v", name, err)
	}
	return res
}

// A worker gives what the parser gives in this process.
func TestPoolSame(t *testing.T) {
	pool, parser := poolForTest(t, "worker-good", nil), parserForTest(t, Config{})
	for _, name := range []string{"w.docx", "c.xlsx", "c.xls", "w.pdf", "w.rtf", "archives/gbk.zip", "gbk.csv"} {
		data, err := os.ReadFile(shareddata.Path(t, append([]string{"documents", "made"}, strings.Split(name, "/")...)...))
		if err != nil {
			t.Fatal(err)
		}
		got, want := poolParse(t, pool, name, data), parseBytes(t, parser, name, data)
		if len(got.Segments) != len(want.Segments) || got.Type != want.Type || len(got.Problems) != len(want.Problems) {
			t.Errorf("%s: worker %s, %d segments, %v; parser %s, %d segments, %v", name,
				got.Type, len(got.Segments), got.Problems, want.Type, len(want.Segments), want.Problems)
			continue
		}
		for i := range got.Segments {
			if got.Segments[i] != want.Segments[i] {
				t.Errorf("%s: segment %d is %+v, want %+v", name, i, got.Segments[i], want.Segments[i])
				break
			}
		}
	}
}

// A worker that crashes or hangs costs its file; plain text needs no worker.
func TestPoolBadWorker(t *testing.T) {
	zip := zipOf(t, map[string]string{"名单.txt": "某某"})
	for _, tt := range []struct {
		mode   string
		status scanner.Status
	}{{"worker-crash", scanner.StatusDamaged}, {"worker-hang", scanner.StatusTimeout}} {
		t.Run(tt.mode, func(t *testing.T) {
			p := poolForTest(t, tt.mode, func(c *PoolConfig) {
				c.Config.Limits.Time = 200 * time.Millisecond
				c.Config.OCR = OCR{PerFile: 1, Time: time.Millisecond}
				c.Grace = 100 * time.Millisecond
			})
			res := poolParse(t, p, "a.zip", zip)
			if len(res.Problems) != 1 || res.Problems[0].Status != tt.status || res.Problems[0].File != "a.zip" {
				t.Errorf("problems %+v, want one of status %s naming a.zip", res.Problems, tt.status)
			}
			if res := poolParse(t, p, "b.txt", []byte("正文")); len(res.Problems) != 0 || len(res.Segments) < 2 {
				t.Errorf("plain text after it: %+v", res)
			}
		})
	}
}

func TestPoolNoProgram(t *testing.T) {
	p, err := NewPool(PoolConfig{Command: []string{"/nonexistent/program"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	res := poolParse(t, p, "a.zip", zipOf(t, map[string]string{"a.txt": "x"}))
	if len(res.Problems) != 1 || res.Problems[0].Status.Harmless() {
		t.Errorf("problems %+v, want one that makes the verdict incomplete", res.Problems)
	}
}

func TestPoolCancel(t *testing.T) {
	p := poolForTest(t, "worker-hang", nil)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	data := zipOf(t, map[string]string{"a.txt": "x"})
	_, err := p.Parse(ctx, Input{Name: "a.zip", Data: bytes.NewReader(data), Size: int64(len(data))})
	if err == nil {
		t.Error("no error after the context ended")
	}
}

// A worker is replaced after its number of files.
func TestPoolRecycle(t *testing.T) {
	p := poolForTest(t, "worker-good", func(c *PoolConfig) { c.Files = 2 })
	data := zipOf(t, map[string]string{"a.txt": "某某"})
	for range 5 {
		if res := poolParse(t, p, "a.zip", data); len(res.Segments) != 3 {
			t.Fatalf("%d segments, want 3: %+v", len(res.Segments), res.Problems)
		}
	}
	w := <-p.slots
	if w == nil || w.files != 1 {
		t.Errorf("after 5 files of 2 per worker the last worker has read %+v", w)
	}
	p.slots <- w
}
