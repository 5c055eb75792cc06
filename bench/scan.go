package bench

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yanyiwu/gojieba"

	"prescreen/dictionaries"
	"prescreen/scanner"
	"prescreen/scanner/match"
	"prescreen/scanner/words"
)

// ScanRow is the speed of one way through whole documents.
type ScanRow struct {
	Name   string
	Bytes  int
	Least  time.Duration // for all documents: the sum of the least time for each
	Found  int
	Allocs float64 // per document
	Wall   bool    // several workers: Least is the least wall time for all
	// Processor is the least processor time for all documents, of several workers.
	Processor time.Duration
}

// NewScanner returns a scanner with the shipped rules.
func NewScanner() (*scanner.Scanner, error) {
	set, err := dictionaries.Load(dictionaries.Config{})
	if err != nil {
		return nil, fmt.Errorf("load dictionaries: %w", err)
	}
	fold := match.NewFolder(match.Width | match.Traditional)
	seg := words.New(words.Config{Fold: fold.Rune})
	s, err := scanner.New(set, scanner.Config{Key: []byte("bench"), Words: seg})
	if err != nil {
		return nil, fmt.Errorf("make a scanner: %w", err)
	}
	return s, seg.Preload()
}

// Scan measures the whole scanner with the shipped rules on clean official
// text beside a segmenter and a map, and beside plain matching.
func Scan(s *scanner.Scanner, c Corpus, rounds int) ([]ScanRow, error) {
	docs := documents(c.Text)
	ctx := context.Background()
	terms := c.Terms(20000)
	list := make([]match.Term, len(terms))
	known := make(map[string]bool, len(terms))
	for i, t := range terms {
		list[i] = match.Term{Text: t, ID: int32(i), Fold: match.Default}
		known[t] = true
	}
	m, err := match.New(list)
	if err != nil {
		return nil, err
	}
	jieba := gojieba.NewJieba()
	defer jieba.Free()

	var findings []scanner.Finding
	scan := func(d *scanner.Document) int {
		findings = s.Scan(ctx, d, findings[:0])
		return len(findings)
	}
	for _, d := range docs { // load what is loaded on first use
		scan(d)
	}
	var hits []match.Hit
	profile := s.NewProfile()
	rows := timeInTurns(rounds,
		way{name: "whole Scan, shipped rules", docs: docs, run: scan},
		way{name: "whole Scan, a leak after every tenth paragraph", docs: leaky(s.Set(), docs), run: scan},
		way{name: "its own matcher inside Scan", docs: docs, clock: profile.Matching, run: func(d *scanner.Document) int {
			profile.Scan(ctx, d, nil)
			return 0
		}},
		way{name: "match, 20,000 terms, default folding", docs: docs, run: func(d *scanner.Document) int {
			n := 0
			for i := range d.Segments {
				hits = m.Append(hits[:0], d.Segments[i].Text)
				n += len(hits)
			}
			return n
		}},
		way{name: "gojieba Tokenize and a map of 20,000 terms", docs: docs, run: func(d *scanner.Document) int {
			n := 0
			for i := range d.Segments {
				text := d.Segments[i].Text
				for _, w := range jieba.Tokenize(text, gojieba.DefaultMode, true) {
					if known[text[w.Start:w.End]] {
						n++
					}
				}
			}
			return n
		}},
	)
	for _, workers := range []int{1, 2} {
		rows = append(rows, timeWorkers(s, docs, workers, rounds))
	}
	clean := slices.DeleteFunc(slices.Clone(docs), func(d *scanner.Document) bool { return scan(d) > 0 })
	return append(rows, timeInTurns(rounds, way{name: "whole Scan, documents without a finding", docs: clean, run: scan})...), nil
}

// documents cuts text into documents of some dozen paragraphs.
func documents(text string) []*scanner.Document {
	var docs []*scanner.Document
	for _, part := range Cut(text, 1<<14) {
		d := &scanner.Document{URL: "https://example.gov.cn/"}
		for p := range strings.SplitSeq(part, "\n") {
			if strings.TrimSpace(p) != "" {
				d.Segments = append(d.Segments, scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Line: len(d.Segments) + 1}, Text: p})
			}
		}
		docs = append(docs, d)
	}
	return docs
}

func size(docs []*scanner.Document) int {
	n := 0
	for _, d := range docs {
		for _, s := range d.Segments {
			n += len(s.Text)
		}
	}
	return n
}

// way is a way through documents.
type way struct {
	name  string
	docs  []*scanner.Document // as many as those of the others
	run   func(*scanner.Document) int
	clock func() time.Duration // nil: time as it goes by
}

// passes is how often a way goes through a document in its turn: the first time
// it brings what it needs into the caches.
const passes = 4

// timeInTurns times ways side by side: each takes its turn at every document
// in every round, so that other work on the machine spoils all of them alike.
func timeInTurns(rounds int, ways ...way) []ScanRow {
	began := time.Now()
	rows := make([]ScanRow, len(ways))
	for w := range ways {
		if ways[w].clock == nil {
			ways[w].clock = func() time.Duration { return time.Since(began) }
		}
		rows[w] = ScanRow{Name: ways[w].name, Bytes: size(ways[w].docs)}
	}
	least, found := make([]time.Duration, len(ways)), make([]int, len(ways))
	for i := range ways[0].docs {
		for r := range rounds {
			for w, by := range ways {
				for pass := range passes {
					start := by.clock()
					found[w] = by.run(by.docs[i])
					if took := by.clock() - start; r+pass == 0 || took < least[w] {
						least[w] = took
					}
				}
			}
		}
		for w := range ways {
			rows[w].Least += least[w]
			rows[w].Found += found[w]
		}
	}
	for w, by := range ways {
		rows[w].Allocs = testing.AllocsPerRun(1, func() {
			for _, d := range by.docs {
				by.run(d)
			}
		}) / float64(len(by.docs))
	}
	return rows
}

// timeWorkers scans all documents by workers side by side.
func timeWorkers(s *scanner.Scanner, docs []*scanner.Document, workers, rounds int) ScanRow {
	row := ScanRow{Name: fmt.Sprintf("whole Scan, %d workers, wall time", workers), Bytes: size(docs), Wall: true}
	const again = 8 // so that starting and waiting do not matter
	for r := range rounds {
		runtime.GC()
		next := make(chan *scanner.Document, again*len(docs))
		for range again {
			for _, d := range docs {
				next <- d
			}
		}
		close(next)
		found := make([]int, workers)
		var wg sync.WaitGroup
		start, cpu := time.Now(), processorTime()
		for w := range workers {
			wg.Go(func() {
				var findings []scanner.Finding
				for d := range next {
					findings = s.Scan(context.Background(), d, findings[:0])
					found[w] += len(findings)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start) / again; r == 0 || took < row.Least {
			row.Least = took
		}
		if took := (processorTime() - cpu) / again; r == 0 || took < row.Processor {
			row.Processor = took
		}
		row.Found = 0
		for _, n := range found {
			row.Found += n
		}
		row.Found /= again
	}
	return row
}

// leaky puts the rules' own examples between the paragraphs of docs.
func leaky(set *dictionaries.Set, docs []*scanner.Document) []*scanner.Document {
	var leaks []string
	for _, r := range set.Rules() {
		for _, c := range r.Tests.Hit {
			if c.Text != "" {
				leaks = append(leaks, c.Text)
			}
		}
	}
	var out []*scanner.Document
	n := 0
	for _, d := range docs {
		with := &scanner.Document{URL: d.URL}
		for i, s := range d.Segments {
			with.Segments = append(with.Segments, s)
			if i%10 == 9 {
				with.Segments = append(with.Segments, scanner.Segment{Place: s.Place, Text: leaks[n%len(leaks)]})
				n++
			}
		}
		out = append(out, with)
	}
	return out
}

// ScanTable writes the rows as Markdown.
func ScanTable(w io.Writer, corpus string, rows []ScanRow) {
	fmt.Fprintf(w, "### whole documents, %s\n\n| | MB/s | found | allocations per document |\n|---|---:|---:|---:|\n", corpus)
	rate := func(r ScanRow) float64 { return float64(r.Bytes) / 1e6 / r.Least.Seconds() }
	for _, r := range rows {
		allocs := fmt.Sprintf("%.1f", r.Allocs)
		if r.Wall {
			allocs = "–"
		}
		fmt.Fprintf(w, "| %s | %.1f | %d | %s |\n", r.Name, rate(r), r.Found, allocs)
	}
	fmt.Fprintf(w, "\n- whole Scan: %.1f × gojieba and a map; %.2f × its own matcher; %.2f × match of 20,000 terms of one Fold.\n",
		rate(rows[0])/rate(rows[4]), rate(rows[0])/rate(rows[2]), rate(rows[0])/rate(rows[3]))
	one, two := rows[5], rows[6]
	fmt.Fprintf(w, "- 2 workers: %.2f × 1 worker by wall time under the load of the machine; they take %.3f × the processor time of one for the same documents, which is %.2f × where nothing else runs.\n\n",
		rate(two)/rate(one), two.Processor.Seconds()/one.Processor.Seconds(), 2*one.Processor.Seconds()/two.Processor.Seconds())
}
