// Command crawl measures a whole crawl beside colly and Scrapy on a generated
// portal, a second night of the same portal, and prints Markdown tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"prescreen/bench"
	"prescreen/bench/crawl"
)

func main() {
	if len(os.Args) > 4 && os.Args[1] == "-child" && os.Args[2] == "colly" {
		exit(crawl.CollyChild(os.Args[3], os.Args[4:]))
		return
	}
	exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "crawl benchmark:", err)
		os.Exit(1)
	}
}

type options struct {
	hosts, pages, rounds, known int
	out                         string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	fs := flag.NewFlagSet("crawl", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.hosts, "hosts", 20, "hosts of the portal")
	fs.IntVar(&o.pages, "pages", 150, "pages of each host")
	fs.IntVar(&o.rounds, "rounds", 3, "rounds in which the crawlers take turns; medians are printed; 0: look at memory only")
	fs.IntVar(&o.known, "known", 1_000_000, "addresses known when memory is looked at; 0: do not")
	fs.StringVar(&o.out, "out", "results", "folder to keep the table in, as DATE-crawl.md; empty: do not keep it")
	if err := fs.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.MkdirTemp("", "prescreen-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "prescreen")
	build := exec.CommandContext(ctx, "go", "build", "-C", "..", "-trimpath", "-o", binary, "./cmd/prescreen")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the product (run this in the folder bench): %w\n%s", err, out)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## prescreen benchmark, crawl, %s\n\n%s, %d CPUs, shared by the server and the crawler. %d hosts with %d pages each (about 33 KB, 120 links), %d requests at a time, %d rounds in turn, medians. Processor time is that of the crawling processes only.\n\n",
		time.Now().Format("2006-01-02 15:04"), runtime.Version(), runtime.NumCPU(), o.hosts, o.pages, crawl.Concurrency, o.rounds)
	if o.rounds > 0 {
		if err := peers(ctx, &b, o, dir, binary, stderr); err != nil {
			return err
		}
		if err := nights(ctx, &b, o, dir, binary, stderr); err != nil {
			return err
		}
	}
	if err := known(ctx, &b, o, dir, binary); err != nil {
		return err
	}
	if o.out != "" {
		name := filepath.Join(o.out, time.Now().Format("2006-01-02")+"-crawl.md")
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	_, err = io.WriteString(stdout, b.String())
	return err
}

func newSite(ctx context.Context, o options) (*crawl.Site, error) {
	s := &crawl.Site{Hosts: o.hosts, Pages: o.pages, Text: bench.LoadProse("", 4<<20).Text}
	return s, s.Serve(ctx)
}

func peers(ctx context.Context, w io.Writer, o options, dir, binary string, stderr io.Writer) error {
	s, err := newSite(ctx, o)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	rows := map[string][]crawl.Row{}
	var order []string
	for round := range o.rounds {
		night := filepath.Join(dir, fmt.Sprint("round", round))
		if err := os.Mkdir(night, 0o700); err != nil {
			return err
		}
		for _, f := range []func() (crawl.Row, error){
			func() (crawl.Row, error) { return s.Prescreen(ctx, binary, night, time.Hour) },
			func() (crawl.Row, error) { return s.Colly(ctx, self) },
			func() (crawl.Row, error) { return s.Scrapy(ctx, night) },
		} {
			r, err := f()
			if err != nil {
				return err
			}
			fmt.Fprintf(stderr, "%s: %.0f pages/s, %v CPU a page\n", r.Name, r.PagesPerSecond(), r.PerPage())
			if rows[r.Name] == nil {
				order = append(order, r.Name)
			}
			rows[r.Name] = append(rows[r.Name], r)
		}
	}
	fmt.Fprintln(w, "| crawler | pages | pages/s | CPU a page | peak memory |\n|---|---:|---:|---:|---:|")
	var med []crawl.Row
	for _, name := range order {
		r := median(rows[name])
		med = append(med, r)
		fmt.Fprintf(w, "| %s | %d | %.0f | %d µs | %d MB |\n", r.Name, r.Pages, r.PagesPerSecond(), r.PerPage().Microseconds(), r.Peak>>20)
	}
	fmt.Fprintf(w, "\n- processor time of a page: %.2f × colly; pages/s: %.1f × Scrapy.\n\n",
		float64(med[0].PerPage())/float64(med[1].PerPage()), med[0].PagesPerSecond()/med[2].PagesPerSecond())
	return nil
}

// nights crawls a portal twice as large twice, so that what is done once a
// night (rules, dictionary, reports) does not hide what a page costs: every page is asked for again, one in a
// hundred has changed.
func nights(ctx context.Context, w io.Writer, o options, dir, binary string, stderr io.Writer) error {
	o.pages *= 2
	fmt.Fprintf(w, "| second night of %d pages, 1 %% changed, every page asked for again | answers with a body | 304 | CPU of the first night | CPU of the second | ratio |\n|---|---:|---:|---:|---:|---:|\n", o.hosts*o.pages)
	for _, bare := range []bool{false, true} {
		s, err := newSite(ctx, o)
		if err != nil {
			return err
		}
		s.NoValidators = bare
		name := map[bool]string{false: "with ETag", true: "without validators"}[bare]
		home := filepath.Join(dir, fmt.Sprint("nights", bare))
		if err := os.Mkdir(home, 0o700); err != nil {
			return err
		}
		first, err := s.Prescreen(ctx, binary, home, time.Millisecond)
		if err != nil {
			return err
		}
		s.Next()
		second, err := s.Prescreen(ctx, binary, home, time.Millisecond)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "%s: first %v, second %v\n", name, first.CPU, second.CPU)
		fmt.Fprintf(w, "| %s | %d | %d | %.2f s | %.2f s | %.0f %% |\n", name, second.Full, second.Unchanged, first.CPU.Seconds(), second.CPU.Seconds(), 100*float64(second.CPU)/float64(first.CPU))
	}
	fmt.Fprintln(w)
	return nil
}

// known prints what a crawl takes that has come to know many addresses.
func known(ctx context.Context, w io.Writer, o options, dir, binary string) error {
	if o.known == 0 {
		return nil
	}
	s := &crawl.Site{Hosts: o.hosts, Pages: o.known, Text: bench.LoadProse("", 4<<20).Text, Fan: true}
	if err := s.Serve(ctx); err != nil {
		return err
	}
	home := filepath.Join(dir, "known")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	m, err := s.Known(ctx, binary, home, o.known)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Memory of a crawl that knows %d addresses: %d MB resident, of these %d MB allocated; peak %d MB.\n", o.known, m.Resident>>20, m.Anonymous>>20, m.Peak>>20)
	return nil
}

func median(rows []crawl.Row) crawl.Row {
	slices.SortFunc(rows, func(a, b crawl.Row) int { return int(a.CPU - b.CPU) })
	m := rows[len(rows)/2]
	slices.SortFunc(rows, func(a, b crawl.Row) int { return int(a.Wall - b.Wall) })
	m.Wall = rows[len(rows)/2].Wall
	return m
}
