// Command bench prints side-by-side measurements as Markdown tables and, when
// asked, keeps them in a file.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/cpu"

	"prescreen/bench"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	what, data, out, only string
	terms                 []int
	rounds, size          int
	memory                bool
	child                 string
}

func run(args []string, stdout, stderr io.Writer) error {
	var o options
	var terms string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.what, "what", "all", "all, match, short or scan")
	fs.StringVar(&o.data, "data", "", "folder of the measurement data (default: ../shared/data beside the repository)")
	fs.StringVar(&o.out, "out", "results", "folder to keep the table in, as DATE-WHAT.md; empty: do not keep it")
	fs.StringVar(&terms, "terms", "20000,64000,1000000", "numbers of terms")
	fs.IntVar(&o.rounds, "rounds", 7, "rounds; the least time of each peer for each text counts")
	fs.IntVar(&o.size, "size", 4<<20, "bytes of text")
	fs.StringVar(&o.only, "only", "", "measure only peers whose name contains one of these, separated by commas")
	fs.BoolVar(&o.memory, "memory", true, "measure peak memory, each peer in a process of its own")
	fs.StringVar(&o.child, "child", "", "used by -memory")
	if err := fs.Parse(args); err != nil {
		return err
	}
	for f := range strings.SplitSeq(terms, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 1 {
			return fmt.Errorf("-terms %q: want numbers separated by commas", terms)
		}
		o.terms = append(o.terms, n)
	}
	if o.child != "" {
		return child(o, stdout)
	}
	logf := func(format string, a ...any) { fmt.Fprintf(stderr, format+"\n", a...) }
	sections := map[string]func(io.Writer, options, func(string, ...any)) error{"match": matchTables, "short": shortTables, "scan": scanTable}
	names := []string{"match", "short", "scan"}
	if o.what != "all" {
		names = []string{o.what}
	}
	for _, name := range names {
		f := sections[name]
		if f == nil {
			return fmt.Errorf("-what %q: want all, match, short or scan", o.what)
		}
		var b bytes.Buffer
		head(&b, name, o.rounds)
		if err := f(&b, o, logf); err != nil {
			return err
		}
		if err := keep(o.out, name, b.Bytes()); err != nil {
			return fmt.Errorf("keep the table: %w", err)
		}
		if _, err := stdout.Write(b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// keep writes a table into dir, unless that is empty.
func keep(dir, name string, table []byte) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, time.Now().Format("2006-01-02")+"-"+name+".md"), table, 0o644)
}

func head(w io.Writer, name string, rounds int) {
	fmt.Fprintf(w, "## prescreen benchmark, %s, %s\n\n", name, time.Now().Format("2006-01-02 15:04"))
	fmt.Fprintf(w, "%s, %s/%s, %d CPUs, %s%s. One thread; %d rounds in which the peers take turns, the least time for each text counts. Ratios are what to trust: other work ran on the machine.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), instructions(), rounds)
}

// instructions says which of the matcher's inner loops run.
func instructions() string {
	switch x := &cpu.X86; {
	case x.HasAVX512VBMI2:
		return ", AVX-512"
	case x.HasAVX2:
		return ", AVX2 without AVX-512"
	default:
		return ", no AVX2: plain Go"
	}
}

func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(data) {
		if k, v, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return "unknown CPU"
}

func (o options) peers() []bench.Peer {
	return slices.DeleteFunc(bench.Peers(), func(p bench.Peer) bool {
		return !slices.ContainsFunc(strings.Split(o.only, ","), func(part string) bool { return strings.Contains(p.Name, part) })
	})
}

func matchTables(w io.Writer, o options, logf func(string, ...any)) error {
	c := bench.Load(o.data, o.size)
	texts := bench.Cut(c.Text, 1<<16)
	for _, n := range o.terms {
		rows := bench.Measure(o.peers(), c.Terms(n), texts, o.rounds, logf)
		measureMemory(rows, n, o, logf)
		bench.Table(w, fmt.Sprintf("%d terms, %s", n, c.Name), rows, texts)
	}
	return nil
}

func shortTables(w io.Writer, o options, logf func(string, ...any)) error {
	c := bench.Load(o.data, o.size)
	texts := bench.Short(c.Text, 5000)
	rows := bench.Measure(o.peers(), c.Terms(o.terms[0]), texts, o.rounds, logf)
	bench.Table(w, fmt.Sprintf("texts of 120 characters, %d terms, %s", o.terms[0], c.Name), rows, texts)
	return nil
}

func scanTable(w io.Writer, o options, logf func(string, ...any)) error {
	c := bench.LoadProse(o.data, o.size)
	logf("scan %s", c.Name)
	s, err := bench.NewScanner()
	if err != nil {
		return err
	}
	rows, err := bench.Scan(s, c, o.rounds)
	if err != nil {
		return err
	}
	bench.ScanTable(w, c.Name, rows)
	bench.HostileTable(w, bench.Hostile(s, 10<<20, logf))
	return nil
}

// measureMemory fills in the peak memory of the rows that have a time.
func measureMemory(rows []bench.Row, terms int, o options, logf func(string, ...any)) {
	self, err := os.Executable()
	if !o.memory || err != nil {
		return
	}
	for i := range rows {
		r := &rows[i]
		if r.Least == 0 {
			continue
		}
		r.Memory, err = bench.PeakMemory(self, "-child", r.Peer, "-terms", strconv.Itoa(terms), "-data", o.data, "-size", strconv.Itoa(o.size))
		if err != nil {
			logf("%v", err)
		}
	}
}

// child builds and searches with one peer and prints its peak memory above
// what the text and the terms take.
func child(o options, stdout io.Writer) error {
	c := bench.Load(o.data, o.size)
	terms := c.Terms(o.terms[0])
	base := bench.Resident()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak
		base = 0
	}
	for _, p := range bench.Peers() {
		if p.Name == o.child {
			search, err := p.Build(terms)
			if err != nil {
				return err
			}
			search(c.Text, nil)
			_, err = fmt.Fprintln(stdout, bench.ReportPeak(base))
			return err
		}
	}
	return fmt.Errorf("no peer %q", o.child)
}
