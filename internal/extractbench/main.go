// Command extractbench measures the document parsers: how many of the
// fragments known to be in a file are found, how many in the right place, how
// long it takes and how much memory it needs. Every file is read as a portal's
// files are, in a worker process, and each in a new one. It prints a table and
// writes it to bench/results. With -memory it measures the memory and the time
// of all files there are and of a set of bombs instead.
//
// It does not check anything: the tests of internal/document do.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"prescreen/internal/document"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == workerArg {
		os.Exit(document.WorkerMain(os.Args[2:], os.Stdin, os.Stdout))
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "extractbench:", err)
		os.Exit(1)
	}
}

// workerArg makes this program a worker of its own pool.
const workerArg = "document-worker"

// measured is what one file gave.
type measured struct {
	Name   string
	Type   string
	All    int // fragments known to be in the file
	Found  int
	Placed int
	Chars  int
	Work   time.Duration // median of several readings
	CPU    time.Duration // the same in processor time, which other programs do not disturb
	Peak   int64         // resident memory of the process, bytes
	Note   string
}

func run(args []string, out io.Writer) error {
	fs := flag.NewFlagSet("extractbench", flag.ContinueOnError)
	data := fs.String("data", filepath.Join("..", "shared", "data", "documents"), "folder with made/ and found/")
	results := fs.String("out", filepath.Join("bench", "results"), "folder for the table, empty for none")
	one := fs.String("one", "", "measure this case only, as JSON (used by the command itself)")
	memory := fs.Bool("memory", false, "measure memory and time of all files and of bombs instead")
	price := fs.String("cost", "", "measure the memory of this case only, as JSON (used by the command itself)")
	repeat := fs.Int("repeat", 5, "readings of each file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *memory {
		return measureMemory(*data, *results, out)
	}
	if *price != "" {
		return printCost(*data, *price, out)
	}
	cases, err := allCases(*data)
	if err != nil {
		return err
	}
	if *one != "" {
		for _, c := range cases {
			if c.name == *one {
				return json.NewEncoder(out).Encode(measure(c, *repeat))
			}
		}
		return fmt.Errorf("no case %q", *one)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var table []measured
	for _, c := range cases {
		raw, err := exec.Command(self, "-data", *data, "-repeat", fmt.Sprint(*repeat), "-one", c.name).Output()
		var m measured
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		if err != nil {
			m = measured{Name: c.name, Note: err.Error()}
		}
		table = append(table, m)
		fmt.Fprint(out, row(m))
	}
	text := render(table)
	fmt.Fprintln(out)
	fmt.Fprint(out, text)
	if *results == "" {
		return nil
	}
	if err := os.MkdirAll(*results, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*results, time.Now().Format("2006-01-02")+"-extract.md"), []byte(text), 0o644)
}

// measure reads one case several times.
func measure(c benchCase, repeat int) measured {
	m := measured{Name: c.name}
	content, err := c.content()
	if err != nil {
		m.Note = err.Error()
		return m
	}
	p, err := newPool(c.ocr, 5*time.Minute)
	if err != nil {
		m.Note = err.Error()
		return m
	}
	defer p.Close()
	var res *document.Result
	var times, cpus []time.Duration
	var at process
	for i := range repeat + 1 {
		start, used := time.Now(), at.processorTime()
		res, err = p.Parse(context.Background(), document.Input{Name: c.name, Data: bytes.NewReader(content), Size: int64(len(content))})
		if err != nil {
			m.Note = err.Error()
			return m
		}
		took := time.Since(start)
		if i == 0 {
			at = reader() // used is nothing before it was there
		}
		if i > 0 || repeat == 0 || c.ocr { // the first reading warms up
			times, cpus = append(times, took), append(cpus, at.processorTime()-used)
		}
		if c.ocr {
			break
		}
	}
	m.Peak = at.peak()
	m.Type = res.Type
	m.Work, m.CPU = median(times), median(cpus)
	for _, s := range res.Segments {
		m.Chars += len([]rune(s.Text))
	}
	m.Found, m.Placed, m.All = score(res, c.fragments)
	for _, pr := range res.Problems {
		if !pr.Status.Harmless() && !strings.Contains(pr.Message, "switched off") {
			m.Note = string(pr.Status) + ": " + pr.Message
			break
		}
	}
	if c.check != nil {
		m.Note = c.check(res)
	}
	return m
}

// newPool returns a pool of one worker.
func newPool(ocr bool, limit time.Duration) (*document.Pool, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cfg := document.Config{PDFCacheDir: filepath.Join(cache, "prescreen", "pdfium"), Limits: document.Limits{Time: limit}}
	if !ocr {
		cfg.OCR.Command = "-"
	}
	return document.NewPool(document.PoolConfig{Config: cfg, Command: []string{self, workerArg}, Workers: 1})
}

func median(d []time.Duration) time.Duration {
	for i := range d {
		for j := i; j > 0 && d[j] < d[j-1]; j-- {
			d[j], d[j-1] = d[j-1], d[j]
		}
	}
	return d[len(d)/2]
}

func row(m measured) string {
	share, placed := "", ""
	if m.All > 0 {
		share = fmt.Sprintf("%d/%d (%.1f %%)", m.Found, m.All, 100*float64(m.Found)/float64(m.All))
		placed = fmt.Sprintf("%.1f %%", 100*float64(m.Placed)/float64(m.All))
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %d | %.1f ms | %.1f ms | %d MB | %s |\n",
		m.Name, m.Type, share, placed, m.Chars, float64(m.Work.Microseconds())/1000, float64(m.CPU.Microseconds())/1000, m.Peak>>20, m.Note)
}

func render(table []measured) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What the document parsers find\n\nBy `make extract-bench`, %s, %s, %d CPUs. Found: fragments known to be in the file; placed: with the right kind and, for cells, sheet and reference. Time and processor time are medians of several readings in one worker process (recognition by tesseract is another process), memory the peak of that process; pages and texts are read in the main process.\n\n",
		time.Now().Format("2006-01-02"), runtime.Version(), runtime.NumCPU())
	b.WriteString("| file | read as | found | placed | characters | time | processor | memory | note |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range table {
		b.WriteString(row(m))
	}
	return b.String()
}
