package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Table writes rows of one measurement as Markdown: what was measured, a row
// per peer, and the ratios of ours to the best of the others.
func Table(w io.Writer, title string, rows []Row, texts []string) {
	var size, chars int
	for _, t := range texts {
		size += len(t)
		chars += utf8.RuneCountInString(t)
	}
	fmt.Fprintf(w, "### %s\n\n%d texts, %.2f MB, %d characters.\n\n", title, len(texts), float64(size)/1e6, chars)
	fmt.Fprintln(w, "| peer | terms | MB/s | M characters/s | texts/s | hits | build | peak memory | allocations per text |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, r := range rows {
		if r.Least == 0 {
			fmt.Fprintf(w, "| %s | %d | | | | | | | %s |\n", r.Peer, r.Terms, r.Problem)
			continue
		}
		sec := r.Least.Seconds()
		hits := fmt.Sprint(r.Hits)
		if r.Finds == Distinct {
			hits += " distinct"
		}
		if r.Problem != "" {
			hits += " (" + r.Problem + ")"
		}
		memory := "–"
		if r.Memory > 0 {
			memory = fmt.Sprintf("%.0f MB", float64(r.Memory)/1e6)
		}
		fmt.Fprintf(w, "| %s | %d | %.0f | %.1f | %.0f | %s | %s | %s | %.0f |\n", r.Peer, r.Terms, float64(size)/1e6/sec,
			float64(chars)/1e6/sec, float64(len(texts))/sec, hits, r.Build.Round(10*time.Microsecond), memory, r.Allocs)
	}
	fmt.Fprintf(w, "\n%s\n", ratios(rows))
}

// ratios compares ours with the fastest pure-Go peer that finds the same
// occurrences, the fastest of all pure-Go peers, and the others.
func ratios(rows []Row) string {
	var same, pure Row
	var other []Row
	better := func(r, than Row) bool { return than.Least == 0 || r.Least < than.Least }
	for _, r := range rows {
		switch {
		case r.Least == 0 || r.Ours:
		case r.Pure:
			if better(r, pure) {
				pure = r
			}
			if r.Finds == Occurrences && r.Problem == "" && better(r, same) {
				same = r
			}
		default:
			other = append(other, r)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		if !r.Ours || r.Least == 0 {
			continue
		}
		ratio := func(o Row) float64 { return float64(o.Least) / float64(r.Least) }
		fmt.Fprintf(&b, "- %s:", r.Peer)
		if same.Least > 0 {
			fmt.Fprintf(&b, " %.1f × %s, the best pure-Go library with the same occurrences;", ratio(same), same.Peer)
		}
		if pure.Least > 0 && pure.Peer != same.Peer {
			fmt.Fprintf(&b, " %.1f × %s, the fastest pure-Go library whatever it reports;", ratio(pure), pure.Peer)
		}
		for _, o := range other {
			fmt.Fprintf(&b, " %.2f × %s;", ratio(o), o.Peer)
		}
		b.WriteString("\n")
	}
	return strings.ReplaceAll(b.String(), ";\n", ".\n")
}
