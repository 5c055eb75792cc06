package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"prescreen/internal/charerror"
	"prescreen/internal/document"
	"prescreen/scanner"
)

// benchCase is one file with what is known of it.
type benchCase struct {
	name      string
	content   func() ([]byte, error)
	fragments []fragment
	ocr       bool
	check     func(*document.Result) string
}

// fragment is a text in a file and the kinds of place it may stand in, all
// kinds when empty.
type fragment struct {
	text  string
	kinds []scanner.Kind
	cell  bool
}

// made lists the made files, their set of fragments and the kinds the file
// does not hold: its writer dropped them.
var made = []struct {
	path, set string
	absent    string
}{
	{"w.docx", "writer", "alttitle altdesc"},
	{"w.odt", "writer", ""},
	{"w.rtf", "writer", "comment.author alttitle altdesc"},
	{"w.pdf", "writer", "comment comment.author alttitle altdesc hidden.char prop.lastby prop.desc prop.custom"},
	{"enc-owner-128.pdf", "writer", "comment comment.author alttitle altdesc hidden.char prop.lastby prop.desc prop.custom"},
	{"archives/plain.7z", "writer", "alttitle altdesc"}, // holds the same text as .doc
	{"c.xlsx", "calc", ""},
	{"c.xls", "calc", "formula"},
	{"p.pptx", "impress", ""},
}

func allCases(dir string) ([]benchCase, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "made", "truth.json"))
	if err != nil {
		return nil, fmt.Errorf("read measurement data: %w", err)
	}
	var truth map[string][]struct{ Kind, Text string }
	if err := json.Unmarshal(raw, &truth); err != nil {
		return nil, fmt.Errorf("read truth.json: %w", err)
	}
	var cases []benchCase
	for _, m := range made {
		c := fileCase(filepath.Join(dir, "made"), m.path)
		for _, f := range truth[m.set] {
			if !slices.Contains(strings.Fields(m.absent), f.Kind) {
				c.fragments = append(c.fragments, fragment{f.Text, kindsOf(f.Kind, strings.HasSuffix(m.path, ".pdf")), strings.HasPrefix(f.Kind, "cell.")})
			}
		}
		cases = append(cases, c)
	}
	found, err := foundCases(dir)
	if err != nil {
		return nil, err
	}
	cases = append(cases, found...)
	cases = append(cases,
		benchCase{name: "big.docx", content: bigDocx, check: func(r *document.Result) string { return "generated, 374 k characters" }},
		benchCase{name: "big.xlsx", content: bigXlsx, check: func(r *document.Result) string { return "generated, 120 k cells" }},
	)
	scan := fileCase(filepath.Join(dir, "made"), "c200-1.png")
	scan.ocr = true
	scan.check = func(r *document.Result) string { return ocrError(dir, r) }
	return append(cases, scan), nil
}

func fileCase(dir, name string) benchCase {
	return benchCase{name: name, content: func() ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	}}
}

// foundCases reads the table of real files.
func foundCases(dir string) ([]benchCase, error) {
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.md"))
	if err != nil {
		return nil, err
	}
	var cases []benchCase
	for line := range strings.Lines(string(index)) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 || !strings.Contains(cells[1], ".") {
			continue
		}
		c := fileCase(filepath.Join(dir, "found"), strings.TrimSpace(cells[1]))
		for _, f := range strings.Split(cells[5], " / ") {
			if f = strings.TrimSpace(f); f != "" {
				c.fragments = append(c.fragments, fragment{text: f})
			}
		}
		cases = append(cases, c)
	}
	sort.SliceStable(cases, func(i, j int) bool { return filepath.Ext(cases[i].name) < filepath.Ext(cases[j].name) })
	return cases, nil
}

// kindsOf says where a fragment of the truth file may be found. A printed page
// does not tell notes and revisions from text.
func kindsOf(truth string, printed bool) []scanner.Kind {
	k := func(kinds ...scanner.Kind) []scanner.Kind {
		if printed && !slices.Contains(kinds, scanner.KindHidden) {
			kinds = append(kinds, scanner.KindBody)
		}
		return kinds
	}
	switch {
	case strings.HasPrefix(truth, "prop."):
		return []scanner.Kind{scanner.KindProperty}
	case strings.HasPrefix(truth, "hidden."), truth == "white", truth == "filtered.row", truth == "offslide":
		return k(scanner.KindHidden)
	case strings.HasPrefix(truth, "track."):
		return k(scanner.KindRevision)
	}
	switch truth {
	case "footnote", "endnote", "notes":
		return k(scanner.KindNote)
	case "comment", "comment.author":
		return k(scanner.KindComment)
	case "alttitle", "altdesc":
		return k(scanner.KindAttribute)
	case "link.href":
		return k(scanner.KindLink)
	case "header":
		return []scanner.Kind{scanner.KindHeader}
	case "footer":
		return []scanner.Kind{scanner.KindFooter}
	}
	return []scanner.Kind{scanner.KindBody, scanner.KindHeading, scanner.KindTitle, scanner.KindHidden}
}

// squeeze drops white space.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\u3000\u00a0\u200b", r) {
			return -1
		}
		return r
	}, s)
}

func score(res *document.Result, fragments []fragment) (found, placed, all int) {
	texts := make([]string, len(res.Segments))
	for i, s := range res.Segments {
		texts[i] = squeeze(s.Text)
	}
	for _, f := range fragments {
		want, there, right := squeeze(f.text), false, false
		for i, t := range texts {
			if !strings.Contains(t, want) {
				continue
			}
			there = true
			p := res.Segments[i].Place
			right = right || (len(f.kinds) == 0 || slices.Contains(f.kinds, p.Kind)) && (!f.cell || p.Cell != "" && p.Sheet != "")
		}
		all++
		if there {
			found++
		}
		if right {
			placed++
		}
	}
	return found, placed, all
}

// ocrError compares what was recognised with the start of the truth file.
func ocrError(dir string, res *document.Result) string {
	truth, err := os.ReadFile(filepath.Join(dir, "made", "ocr-truth.txt"))
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	for _, s := range res.Segments {
		if s.Place.Kind == scanner.KindImage {
			text.WriteString(s.Text)
		}
	}
	got, want := []rune(squeeze(text.String())), []rune(squeeze(string(truth)))
	if len(got) == 0 {
		return "nothing recognised"
	}
	return fmt.Sprintf("character error %.1f %%", 100*float64(charerror.Beginning(got, want))/float64(len(got)))
}

func zipped(parts map[string]string) ([]byte, error) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for name, body := range parts {
		w, err := zw.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, body); err != nil {
			return nil, err
		}
	}
	err := zw.Close()
	return buf.Bytes(), err
}

// bigDocx is a document of 374 k characters in runs as a word processor
// writes them.
func bigDocx() ([]byte, error) {
	var b strings.Builder
	b.WriteString(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for n, i := 0, 0; n < 374_000; i++ {
		p := fmt.Sprintf("第%d条　按照谁公开谁审查的原则，有关单位组织开展了专项检查，现将有关事项通知如下，请认真贯彻执行。", i)
		n += len([]rune(p))
		b.WriteString(`<w:p><w:pPr><w:pStyle w:val="Normal"/><w:jc w:val="left"/><w:rPr></w:rPr></w:pPr>`)
		for _, part := range strings.SplitAfter(p, "，") {
			b.WriteString(`<w:r><w:rPr><w:rFonts w:ascii="Times New Roman" w:eastAsia="宋体"/><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve">` + part + `</w:t></w:r>`)
		}
		b.WriteString(`</w:p>`)
	}
	b.WriteString(`</w:body></w:document>`)
	return zipped(map[string]string{"word/document.xml": b.String()})
}

// bigXlsx is a sheet of 20,000 rows by 6 columns with shared strings.
func bigXlsx() ([]byte, error) {
	var sheet, shared strings.Builder
	sheet.WriteString(`<worksheet><sheetData>`)
	shared.WriteString(`<sst>`)
	for r := range 20_000 {
		fmt.Fprintf(&sheet, `<row r="%d" customFormat="false" ht="14.15" hidden="false">`, r+1)
		for c := range 5 {
			fmt.Fprintf(&sheet, `<c r="%c%d" s="0" t="s"><v>%d</v></c>`, 'A'+c, r+1, r*5+c)
			fmt.Fprintf(&shared, `<si><t xml:space="preserve">某某市某某区第%d号第%d栏</t></si>`, r, c)
		}
		fmt.Fprintf(&sheet, `<c r="F%d" s="0" t="n"><v>%d</v></c></row>`, r+1, 500+r)
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	shared.WriteString(`</sst>`)
	return zipped(map[string]string{"xl/worksheets/sheet1.xml": sheet.String(), "xl/sharedStrings.xml": shared.String(), "xl/workbook.xml": `<workbook/>`})
}
