// Command ocrbench measures the recognition of scans: it prints made-up
// official pages with a system font, treats them as scanners, cameras and
// clerks do, and compares what the parser reads with what was printed. It
// writes the table to bench/results.
//
// It does not check anything: the tests of internal/document do. It needs
// tesseract and the Noto CJK fonts (scripts/deps).
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"prescreen/internal/charerror"
	"prescreen/internal/document"
	"prescreen/scanner"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ocrbench:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	fs := flag.NewFlagSet("ocrbench", flag.ContinueOnError)
	fonts := fs.String("fonts", "/usr/share/fonts/opentype/noto", "folder with NotoSerifCJK-Regular.ttc and NotoSansCJK-Regular.ttc")
	results := fs.String("out", filepath.Join("bench", "results"), "folder for the table, empty for none")
	only := fs.String("only", "", "measure only the kinds whose name contains this")
	keep := fs.String("keep", "", "folder to keep the pictures in")
	show := fs.Bool("show", false, "print what was read")
	if err := fs.Parse(args); err != nil {
		return err
	}
	pr, err := newPress(*fonts)
	if err != nil {
		return err
	}
	parser, err := document.New(document.Config{OCR: document.OCR{Time: 5 * time.Minute}, Limits: document.Limits{Time: 10 * time.Minute}})
	if err != nil {
		return err
	}
	defer parser.Close()
	var table strings.Builder
	fmt.Fprintf(&table, "# Recognition of scans\n\nBy `make ocr-bench`, %s. Each kind is a made-up page of about 400 characters, printed with %s and treated as said. Error: edits of characters, spaces aside, against what was printed. Identifiers: ID number, mobile, bank card, landline, document number and the mark of the page, each wholly right.\n\n",
		time.Now().Format("2006-01-02"), "Noto CJK")
	table.WriteString("| kind | file | character error | identifiers right | time |\n|---|---|---|---|---|\n")
	for _, k := range kinds(pr) {
		if !strings.Contains(k.name, *only) {
			continue
		}
		row, err := measure(parser, k, *keep, *show)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		table.WriteString(row)
		fmt.Fprint(out, row)
	}
	if *results == "" || *only != "" {
		return nil
	}
	if err := os.MkdirAll(*results, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*results, time.Now().Format("2006-01-02")+"-ocr.md"), []byte(table.String()), 0o644)
}

// kind is one way a page reaches us.
type kind struct {
	name, file string
	text       []string // lines as printed, in reading order
	make       func() ([]byte, error)
	numbers    []string // identifiers in it beyond the usual ones
}

func newKind(name, file string, text []string, make func() ([]byte, error), numbers ...string) kind {
	return kind{name, file, text, make, numbers}
}

func measure(p *document.Parser, k kind, keep string, show bool) (string, error) {
	data, err := k.make()
	if err != nil {
		return "", err
	}
	if keep != "" {
		if err := os.WriteFile(filepath.Join(keep, strings.ReplaceAll(k.name, " ", "-")+filepath.Ext(k.file)), data, 0o644); err != nil {
			return "", err
		}
	}
	start := time.Now()
	res, err := p.Parse(context.Background(), document.Input{Name: k.file, Data: bytes.NewReader(data), Size: int64(len(data))})
	if err != nil {
		return "", err
	}
	var got strings.Builder
	for _, s := range res.Segments {
		if s.Place.Kind == scanner.KindImage {
			got.WriteString(s.Text)
			if show {
				fmt.Printf("%3d %d:%d,%d %s\n", s.Confidence, s.Table, s.Row, s.Col, s.Text)
			}
		}
	}
	read, want := squeeze(got.String()), squeeze(strings.Join(k.text, ""))
	right, all := 0, 0
	for _, id := range slices.Concat(identifiers, k.numbers) {
		if !strings.Contains(want, squeeze(id)) {
			continue
		}
		n := strings.Count(want, squeeze(id))
		all += n
		right += min(n, strings.Count(read, squeeze(id)))
		if show && strings.Count(read, squeeze(id)) < n {
			fmt.Println("not read:", id)
		}
	}
	a, b := []rune(read), []rune(want)
	return fmt.Sprintf("| %s | %s | %.1f %% | %d/%d | %.1f s |\n", k.name, res.Type, 100*float64(charerror.Distance(a, b))/float64(len(b)), right, all, time.Since(start).Seconds()), nil
}

// squeeze drops what recognition cannot be asked for: spaces, and the
// difference between full and half width punctuation.
func squeeze(s string) string {
	s = strings.NewReplacer("：", ":", "，", ",", "；", ";", "（", "(", "）", ")", "〔", "[", "〕", "]", "“", "\"", "”", "\"", "—", "-", "－", "-").Replace(s)
	return strings.Join(strings.Fields(s), "")
}
