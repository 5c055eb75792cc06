package document

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// pdfCache is where tests keep the compiled PDF engine between runs.
func pdfCache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(dir, "prescreen", "pdf-test")
}

// parserForTest returns a parser that is closed with the test.
func parserForTest(t testing.TB, cfg Config) *Parser {
	t.Helper()
	cfg.PDFCacheDir = pdfCache(t)
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func parseBytes(t testing.TB, p *Parser, name string, data []byte) *Result {
	t.Helper()
	res, err := p.Parse(context.Background(), Input{Name: name, Data: bytes.NewReader(data), Size: int64(len(data))})
	if err != nil {
		t.Fatalf("parse %q: %v", name, err)
	}
	return res
}

func parseFile(t testing.TB, p *Parser, path string) *Result {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseBytes(t, p, filepath.Base(path), data)
}

// squeeze drops white space and what formats may put between characters.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\u3000\u00a0\u00ad\u200b\ufeff", r) {
			return -1
		}
		return r
	}, s)
}

type truthFragment struct{ Kind, Text string }

func readTruth(t testing.TB, set string) []truthFragment {
	t.Helper()
	data, err := os.ReadFile(shareddata.Path(t, "documents", "made", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][]truthFragment
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all[set]
}

// kindsOf says where a fragment of the truth file may be found.
func kindsOf(truth string) []scanner.Kind {
	switch {
	case strings.HasPrefix(truth, "prop."):
		return []scanner.Kind{scanner.KindProperty}
	case truth == "hidden.sheetname", strings.HasPrefix(truth, "hidden."), truth == "white", truth == "filtered.row", truth == "offslide":
		return []scanner.Kind{scanner.KindHidden}
	case strings.HasPrefix(truth, "track."):
		return []scanner.Kind{scanner.KindRevision}
	}
	switch truth {
	case "footnote", "endnote", "notes":
		return []scanner.Kind{scanner.KindNote}
	case "comment", "comment.author":
		return []scanner.Kind{scanner.KindComment}
	case "alttitle", "altdesc":
		return []scanner.Kind{scanner.KindAttribute}
	case "link.href":
		return []scanner.Kind{scanner.KindLink}
	case "header":
		return []scanner.Kind{scanner.KindHeader}
	case "footer":
		return []scanner.Kind{scanner.KindFooter}
	case "title":
		// The writer marks no placeholders in PPTX, and one slide is hidden.
		return []scanner.Kind{scanner.KindTitle, scanner.KindBody, scanner.KindHidden}
	}
	return []scanner.Kind{scanner.KindBody, scanner.KindHeading, scanner.KindTitle, scanner.KindHidden}
}

// score counts the fragments that are found, and found in the right place.
func score(res *Result, truth []truthFragment, skip []string) (found, placed, all int, missing []string) {
	texts := make([]string, len(res.Segments))
	for i, s := range res.Segments {
		texts[i] = squeeze(s.Text)
	}
	for _, fr := range truth {
		if slices.Contains(skip, fr.Kind) {
			continue
		}
		all++
		want := squeeze(fr.Text)
		there, right := false, false
		for i, text := range texts {
			if !strings.Contains(text, want) {
				continue
			}
			there = true
			s := res.Segments[i]
			printed := res.Type == "pdf" && s.Place.Kind == scanner.KindBody &&
				slices.Contains([]string{"footnote", "endnote", "track.ins", "track.del", "link.text"}, fr.Kind)
			if !printed && !slices.Contains(kindsOf(fr.Kind), s.Place.Kind) {
				continue
			}
			switch {
			case strings.HasPrefix(fr.Kind, "cell.") && (s.Place.Sheet == "" || s.Place.Cell == ""):
			case fr.Kind == "table" && s.Table == 0 && res.Type != "pdf":
			default:
				right = true
			}
		}
		if there {
			found++
		}
		if right {
			placed++
		} else {
			missing = append(missing, fr.Kind+": "+fr.Text)
		}
	}
	return found, placed, all, missing
}

// truthFiles lists the made files, the set of fragments in each and the kinds
// of fragment the file does not hold: the writer that made it dropped them.
var truthFiles = []struct {
	path, set string
	absent    []string
}{
	{"w.docx", "writer", []string{"alttitle", "altdesc"}},
	{"w.odt", "writer", nil},
	{"w.rtf", "writer", []string{"comment.author", "alttitle", "altdesc"}},
	{"w.pdf", "writer", pdfAbsent},
	{"enc-owner-128.pdf", "writer", pdfAbsent},
	{"archives/plain.7z", "writer", []string{"alttitle", "altdesc"}},
	{"c.xlsx", "calc", nil},
	{"c.xls", "calc", []string{"formula"}},
	{"p.pptx", "impress", nil},
}

// pdfAbsent is what a printed page does not carry.
var pdfAbsent = []string{"comment", "comment.author", "alttitle", "altdesc", "hidden.char", "prop.lastby", "prop.desc", "prop.custom"}

func TestTruth(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	for _, tt := range truthFiles {
		t.Run(tt.path, func(t *testing.T) {
			truth := readTruth(t, tt.set)
			res := parseFile(t, p, shareddata.Path(t, "documents", "made", filepath.FromSlash(tt.path)))
			found, placed, all, missing := score(res, truth, tt.absent)
			t.Logf("%s: %d of %d found, %d in the right place", tt.path, found, all, placed)
			if placed*100 < all*99 {
				t.Errorf("%d of %d fragments in the right place, want 99 %%; missing:\n%s", placed, all, strings.Join(missing[:min(len(missing), 12)], "\n"))
			}
			for _, pr := range res.Problems {
				if !pr.Status.Harmless() {
					t.Logf("problem: %+v", pr)
				}
			}
		})
	}
}
