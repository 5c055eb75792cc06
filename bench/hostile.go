package bench

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall"
	"time"

	"prescreen/scanner"
)

// HostileRow is one text made to be slow, through the whole scanner.
type HostileRow struct {
	Name      string
	Bytes     int
	Processor time.Duration // spent by the process, collection of garbage included
	Findings  int
	Count     int    // occurrences they stand for
	Capped    bool   // some rule had more findings than it may give
	Heap      uint64 // bytes in use after the scan, before a collection
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// hostile returns the texts, each of about size bytes.
func hostile(size int) []struct{ name, text string } {
	rep := func(s string, n int) string { return strings.Repeat(s, n/len(s)+1) }
	var ids strings.Builder
	for i := 0; ids.Len() < size; i++ {
		fmt.Fprintf(&ids, "139%08d ", i)
	}
	return []struct{ name, text string }{
		{"one term, 机密", rep("机密", size)},
		{"digits", rep("1234567890", size)},
		{"single digits with spaces", rep("3 ", size)},
		{"different mobile numbers", ids.String()},
		{"100,000 candidates in one sentence", rep("本市内参保人员机密，", 100000*len("本市内参保人员机密，"))},
		{"a line of 5 MB without punctuation", rep("各有关单位要按照职责分工抓好落实并及时报送内参材料", 5<<20)},
		{"stars", rep("★", size)},
		{"asterisks and digits", rep("3*", size)},
		{"anchors of templates before nothing", rep("秘密", size)},
		{"gates of expressions", rep("未经", size)},
		{"beginnings of an expression", rep("账号：a密码", size)},
		{"openings", rep("“（《", size)},
		{"labels", rep("密级:", size)},
		{"invalid bytes", rep("\xff\xfe机\x00密", size)},
	}
}

// Hostile scans texts made to be slow, alone and cut into small segments.
func Hostile(s *scanner.Scanner, size int, logf func(string, ...any)) []HostileRow {
	var rows []HostileRow
	for _, h := range hostile(size) {
		logf("hostile: %s", h.name)
		whole := &scanner.Document{Segments: []scanner.Segment{{Place: scanner.Place{Kind: scanner.KindBody}, Text: h.text}}}
		cut := &scanner.Document{}
		for _, t := range Cut(h.text, 300) {
			cut.Segments = append(cut.Segments, scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody}, Text: t})
		}
		rows = append(rows, scanHostile(s, h.name, whole), scanHostile(s, h.name+", in segments of 300 bytes", cut))
	}
	return rows
}

func scanHostile(s *scanner.Scanner, name string, d *scanner.Document) HostileRow {
	row := HostileRow{Name: name, Bytes: size([]*scanner.Document{d})}
	runtime.GC()
	before := processorTime()
	found := s.Scan(context.Background(), d, nil)
	row.Processor = processorTime() - before
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	row.Heap = m.HeapInuse
	row.Findings = len(found)
	for _, f := range found {
		row.Count += f.Count
		row.Capped = row.Capped || f.Capped
	}
	return row
}

// HostileTable writes the rows as Markdown.
func HostileTable(w io.Writer, rows []HostileRow) {
	fmt.Fprint(w, "### texts made to be slow, whole Scan, processor time\n\n| text | MB | MB/s | findings | occurrences | capped | heap, MB |\n|---|---:|---:|---:|---:|---|---:|\n")
	for _, r := range rows {
		capped := ""
		if r.Capped {
			capped = "yes"
		}
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %d | %d | %s | %d |\n", r.Name, float64(r.Bytes)/1e6, float64(r.Bytes)/1e6/r.Processor.Seconds(), r.Findings, r.Count, capped, r.Heap>>20)
	}
	fmt.Fprintln(w)
}
