package document

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// childProcesses returns the processes this one has started, and their names.
func childProcesses(t *testing.T) map[int]string {
	t.Helper()
	return processesBelow(t, os.Getpid())
}

func processesBelow(t *testing.T, parent int) map[int]string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("no /proc to see processes in")
	}
	out := map[int]string{}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		end := bytes.LastIndexByte(stat, ')')
		if f := strings.Fields(string(stat[end+1:])); atoi(f[1]) == parent && f[0] != "Z" {
			id, name, _ := strings.Cut(string(stat[:end]), " (")
			out[atoi(id)] = name
		}
	}
	return out
}

// longPDF has many pages with many lines: their segments need several answers.
func longPDF(pages, lines int) []byte {
	objects := []string{`<</Type/Catalog/Pages 2 0 R>>`, "", `<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`}
	var kids strings.Builder
	for p := range pages {
		n := len(objects) + 1
		fmt.Fprintf(&kids, "%d 0 R ", n)
		var text strings.Builder
		for l := range lines {
			fmt.Fprintf(&text, "BT /F 8 Tf 50 %d Td (Page %d, line %d.) Tj ET\n", 780-l*15, p+1, l+1)
		}
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>", n+1), pdfStream(text.String()))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), pages)
	return pdfOf(objects...)
}

// A worker that somebody kills in the middle of a file costs nothing the first
// time; a file that loses two workers is reported, and the rest goes on.
func TestPoolKilled(t *testing.T) {
	data := longPDF(50, 40)
	want := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.pdf", data)
	if len(want.Segments) < 3*workerBatch {
		t.Fatalf("%d segments are too few to be in the middle of", len(want.Segments))
	}
	for _, kills := range []int{1, 2} {
		t.Run(strconv.Itoa(kills), func(t *testing.T) {
			pool := poolForTest(t, "worker-good", func(c *PoolConfig) { c.Config.OCR.Command = "-" })
			var got []scanner.Segment
			killed := map[int]bool{}
			res, err := pool.Walk(context.Background(), Input{Name: "a.pdf", Data: bytes.NewReader(data), Size: int64(len(data))}, func(s scanner.Segment) error {
				got = append(got, s)
				if len(killed) == kills || len(got)%workerBatch != 1 {
					return nil
				}
				for id := range childProcesses(t) {
					if !killed[id] {
						killed[id] = true
						return syscall.Kill(id, syscall.SIGKILL)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if kills == 1 {
				if len(res.Problems) != 0 || len(got) != len(want.Segments) {
					t.Fatalf("%d segments, want %d; problems %+v", len(got), len(want.Segments), res.Problems)
				}
				for i := range got {
					if got[i] != want.Segments[i] {
						t.Fatalf("segment %d is %+v, want %+v", i, got[i], want.Segments[i])
					}
				}
			} else if len(res.Problems) != 1 || res.Problems[0].Status != scanner.StatusPartial || res.Problems[0].File != "a.pdf" {
				t.Errorf("problems %+v, want one that names a.pdf", res.Problems)
			}
			if res := poolParse(t, pool, "b.pdf", tinyPDF()); !containsAny(texts(res, scanner.KindBody), "Visible text") || len(res.Problems) != 0 {
				t.Errorf("the next file: %+v", res.Problems)
			}
			pool.Close()
			if left := childProcesses(t); len(left) > 0 {
				t.Errorf("processes left: %v", left)
			}
		})
	}
}

// A tesseract that is killed in the middle of a picture is started again; the
// picture that loses two is named, and the next one is read.
func TestTesseractKilled(t *testing.T) {
	path, err := exec.LookPath("tesseract")
	if err != nil {
		t.Skip("tesseract is not installed")
	}
	page := topOfScan(t)
	for _, kills := range []int{1, 2} {
		p := parserForTest(t, Config{OCR: OCR{Command: path, Time: 5 * time.Minute}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int)
		go func() { // what an operator, or the kernel short of memory, does
			killed := map[int]bool{}
			for len(killed) < kills && ctx.Err() == nil {
				for id, name := range childProcesses(t) {
					if name == "tesseract" && !killed[id] && syscall.Kill(id, syscall.SIGKILL) == nil {
						killed[id] = true
					}
				}
			}
			done <- len(killed)
		}()
		res := parseBytes(t, p, "scan.png", page)
		cancel()
		if n := <-done; n != kills {
			t.Fatalf("%d of %d recognitions were caught", n, kills)
		}
		if kills == 1 && (len(texts(res, scanner.KindImage)) == 0 || len(res.Problems) > 0) {
			t.Errorf("killed once: problems %+v", res.Problems)
		}
		if kills == 2 && (len(res.Problems) != 1 || res.Problems[0].Status != scanner.StatusPartial || res.Problems[0].File != "scan.png") {
			t.Errorf("killed twice: problems %+v, want one that names scan.png", res.Problems)
		}
		if res := parseBytes(t, p, "next.png", page); len(texts(res, scanner.KindImage)) == 0 {
			t.Errorf("the next picture: %+v", res.Problems)
		}
	}
}

// topOfScan is the upper part of the made scan, which is read soon.
func topOfScan(t *testing.T) []byte {
	t.Helper()
	file, err := os.Open(shareddata.Path(t, "documents", "made", "c200-1.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), 800))
	draw.Draw(grey, grey.Rect, img, img.Bounds().Min, draw.Src)
	return pngOf(t, grey)
}

// What ends the process is the kernel: nothing in the process has to run.
func TestCPUGuard(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "worker-guard")
	ownGroup(cmd)
	cmd.Cancel = nil
	out, err := cmd.Output()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL || string(out) != "disarmed in time\n" {
		t.Errorf("the process ended with %v after %q", err, out)
	}
}

// guardedWorker uses more processor time than its guard allows, first with the
// guard lifted in time.
func guardedWorker() int {
	g, err := newCPUGuard()
	if err != nil {
		return 1
	}
	spin := func(d time.Duration) {
		var used, now syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // of ourselves: does not fail
		for now = used; now.Utime.Nano()-used.Utime.Nano() < d.Nanoseconds(); {
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &now)
		}
	}
	g.arm(time.Hour)
	g.disarm()
	spin(300 * time.Millisecond)
	fmt.Println("disarmed in time")
	g.arm(100 * time.Millisecond)
	spin(time.Minute)
	return 1
}
