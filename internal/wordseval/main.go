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
	"bufio"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	errs := fl.Int("errors", 0, "print the first `n` wrong decisions of each sort")
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
	for _, name := range files {
		m := &measure{seg: seg, cur: seg.Cursor(), show: *errs, out: stdout}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = sentences(f, m.sentence)
		f.Close()
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		m.print(name)
	}
	return nil
}

// expand replaces folders by the gold files below them.
func expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(p) {
			case ".conllu", ".txt", ".utf8", ".seg", ".gold":
				if !strings.HasPrefix(d.Name(), "LICENSE") {
					out = append(out, p)
				}
			default:
				if p == name {
					out = append(out, p)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sentences calls f with the words of each sentence.
func sentences(r io.Reader, f func([]string) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 16<<20)
	var ws []string
	conllu := false
	flush := func() error {
		if len(ws) == 0 {
			return nil
		}
		err := f(ws)
		ws = ws[:0]
		return err
	}
	for in.Scan() {
		line := strings.TrimRight(strings.TrimPrefix(in.Text(), "\ufeff"), "\r")
		cols := strings.Split(line, "\t")
		switch {
		case line == "":
			if err := flush(); err != nil {
				return err
			}
		case strings.HasPrefix(line, "#") && (conllu || strings.Contains(line, " = ")):
			conllu = true
		case len(cols) == 10:
			conllu = true
			if !strings.ContainsAny(cols[0], "-.") {
				ws = append(ws, cols[1])
			}
		default:
			ws = append(ws, strings.Fields(line)...)
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return flush()
}

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
	seg  *words.Segmenter
	cur  *words.Cursor
	show int
	out  io.Writer

	aligned, straddling int
	kept, let           [ngates]int
	shownLost, shownLet int
	offs                []int
}

func (m *measure) sentence(ws []string) error {
	text := strings.Join(ws, "")
	gold := make([]bool, len(text)+1)
	at := 0
	gold[0] = true
	for _, w := range ws {
		at += len(w)
		gold[at] = true
	}
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
		for n := 1; n <= 3 && end < len(text); n++ {
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
	inside := func(b []bool) bool {
		for k := i + 1; k < end; k++ {
			if b[k] {
				return true
			}
		}
		return false
	}
	if !aligned && !inside(gold) {
		return nil
	}
	whole, err := m.cur.Whole(i, end)
	if err != nil {
		return err
	}
	edges := cut[i] && cut[end]
	keeps := [ngates]bool{plain: edges, loose: edges || !inside(cut), ours: whole}
	counts := &m.let
	if aligned {
		m.aligned++
		counts = &m.kept
	} else {
		m.straddling++
	}
	for g, k := range keeps {
		if k {
			counts[g]++
		}
	}
	if whole == aligned {
		return nil
	}
	shown, word := &m.shownLet, "let through"
	if aligned {
		shown, word = &m.shownLost, "lost"
	}
	if *shown < m.show {
		*shown++
		fmt.Fprintf(m.out, "%s: %s[%s]%s\n", word, tail(text[:i]), text[i:end], head(text[end:]))
	}
	return nil
}

func tail(s string) string { return strings.ToValidUTF8(s[max(0, len(s)-12):], "") }

func head(s string) string { return strings.ToValidUTF8(s[:min(len(s), 12)], "") }

func (m *measure) print(name string) {
	fmt.Fprintf(m.out, "%s: %d aligned, %d straddling (%.1f %%)\n", name, m.aligned, m.straddling, percent(m.straddling, m.aligned+m.straddling))
	for g := range ngates {
		fmt.Fprintf(m.out, "  %-32s aligned kept %6.2f %%   straddling let through %6.2f %%\n", gateNames[g],
			percent(m.kept[g], m.aligned), percent(m.let[g], m.straddling))
	}
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}
