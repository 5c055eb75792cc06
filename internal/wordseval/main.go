// Command wordseval measures the word boundary gate on gold-segmented text.
//
// It takes every occurrence of the segmenter's own words of two and three
// characters in the gold text. An occurrence is aligned when both of its ends
// are gold boundaries: the gate must keep it. It is straddling when it is not
// aligned and a gold boundary lies inside it: the gate must not let it
// through. Occurrences inside one gold word are neither.
//
// Gold text is CoNLL-U, or lines of words with spaces between them.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"prescreen/internal/shareddata"
	"prescreen/scanner/match"
	"prescreen/scanner/words"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wordseval:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	fl := flag.NewFlagSet("wordseval", flag.ContinueOnError)
	fl.SetOutput(stderr)
	gold := fl.String("gold", "", "gold `file` or folder, CoNLL-U or words separated by spaces; more may follow as arguments (default: seg in the measurement data)")
	cache := fl.String("cache", "", "`folder` for the segmenter's dictionary")
	show := fl.Int("show", 0, "print the `n` most frequent wrong decisions of each sort")
	fitted := fl.String("fit", "", "fit the weights of the gate to the gold files and write them to this `file`")
	curve := fl.Bool("curve", false, "print what other thresholds would keep and let through")
	if err := fl.Parse(args); err != nil {
		return err
	}
	files := fl.Args()
	if *gold != "" {
		files = append([]string{*gold}, files...)
	}
	if len(files) == 0 {
		seg := filepath.Join(shareddata.Root(), "seg")
		if _, err := os.Stat(seg); err != nil {
			_, err := fmt.Fprintf(stdout, "skipped: no gold segmentations in %s; make words GOLD=path measures others\n", seg)
			return err
		}
		files = []string{seg}
	}
	files, err := expand(files)
	if err != nil {
		return err
	}
	seg := words.New(words.Config{CacheDir: *cache, Fold: match.NewFolder(match.Width | match.Traditional).Rune})
	if *fitted != "" {
		return fit(seg, files, *fitted)
	}
	for _, name := range files {
		m := &measure{seg: seg, cur: seg.Cursor(), lost: examples{}, let: examples{}}
		if err := eachSentence(name, m.sentence); err != nil {
			return err
		}
		m.print(stdout, name)
		if *curve {
			m.printCurve(stdout)
		}
		m.lost.print(stdout, "lost", *show)
		m.let.print(stdout, "let through", *show)
	}
	return nil
}

// longestTerm is the length of the longest words that are measured.
const longestTerm = 3

// gates that are compared.
const (
	plain = iota // both ends are boundaries of gojieba's cut
	loose        // no word of gojieba's overlaps one edge
	ours         // words.Cursor
	ngates
)

var gateNames = [ngates]string{"both ends in gojieba's cut", "no gojieba word over an edge", "words.Cursor"}

// measure counts what the gates keep.
type measure struct {
	seg *words.Segmenter
	cur *words.Cursor

	aligned, straddling counts
	lost, let           examples
	offs                []int
}

// counts are of the occurrences of one sort.
type counts struct {
	odds []float64 // of each
	kept [ngates]int
}

func (c *counts) percent(kept int) float64 { return percent(kept, len(c.odds)) }

func (m *measure) sentence(ws []string) error {
	text, gold := join(ws)
	cut := make([]bool, len(text)+1)
	var err error
	if m.offs, err = m.seg.Cut(m.offs[:0], text); err != nil {
		return err
	}
	for _, o := range m.offs {
		cut[o] = true
	}
	m.cur.Reset(text)
	for i := range text {
		end := i
		for n := 1; n <= longestTerm && end < len(text); n++ {
			_, w := utf8.DecodeRuneInString(text[end:])
			end += w
			if n < 2 {
				continue
			}
			if ok, err := m.seg.IsWord(text[i:end]); err != nil {
				return err
			} else if ok {
				if err := m.occurrence(text, i, end, gold, cut); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (m *measure) occurrence(text string, i, end int, gold, cut []bool) error {
	aligned := gold[i] && gold[end]
	if !aligned && !boundaryInside(gold, i, end) {
		return nil
	}
	whole, err := m.cur.Whole(i, end)
	if err != nil {
		return err
	}
	odds, err := m.cur.Odds(i, end)
	if err != nil {
		return err
	}
	edges := cut[i] && cut[end]
	keeps := [ngates]bool{plain: edges, loose: edges || !boundaryInside(cut, i, end), ours: whole}
	counts := &m.straddling
	if aligned {
		counts = &m.aligned
	}
	counts.odds = append(counts.odds, odds)
	for g, k := range keeps {
		if k {
			counts.kept[g]++
		}
	}
	switch {
	case aligned && !whole:
		m.lost.add(text, i, end, gold)
	case !aligned && whole:
		m.let.add(text, i, end, gold)
	}
	return nil
}

func (m *measure) print(w io.Writer, name string) {
	a, s := len(m.aligned.odds), len(m.straddling.odds)
	fmt.Fprintf(w, "%s: %d aligned, %d straddling (%.1f %%)\n", name, a, s, percent(s, a+s))
	for g := range ngates {
		fmt.Fprintf(w, "  %-32s aligned kept %6.2f %%   straddling let through %6.2f %%\n", gateNames[g],
			m.aligned.percent(m.aligned.kept[g]), m.straddling.percent(m.straddling.kept[g]))
	}
}

// printCurve shows what other thresholds of the odds would keep and let through.
func (m *measure) printCurve(w io.Writer) {
	for tenths := -10; tenths <= 10; tenths += 2 {
		least := float64(tenths) / 10
		fmt.Fprintf(w, "  log odds from %4.1f %15s aligned kept %6.2f %%   straddling let through %6.2f %%\n", least, "",
			m.aligned.percent(m.aligned.from(least)), m.straddling.percent(m.straddling.from(least)))
	}
}

// from counts the occurrences with at least these odds.
func (c *counts) from(least float64) int {
	n := 0
	for _, o := range c.odds {
		if o >= least {
			n++
		}
	}
	return n
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}
