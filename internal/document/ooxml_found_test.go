package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
)

// TestFound reads the real files of the measurement data: every fragment its
// index lists must be in one segment.
func TestFound(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}})
	index, err := os.ReadFile(shareddata.Path(t, "documents", "INDEX.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := shareddata.Path(t, "documents", "found")
	for line := range strings.Lines(string(index)) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 || !strings.Contains(cells[1], ".") {
			continue
		}
		name := strings.TrimSpace(cells[1])
		if _, err := os.Stat(filepath.Join(found, name)); err != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			res := parseFile(t, p, filepath.Join(found, name))
			var texts []string
			for _, s := range res.Segments {
				texts = append(texts, squeeze(s.Text))
			}
			for _, fragment := range strings.Split(cells[5], " / ") {
				want := squeeze(fragment)
				if want != "" && !containsAny(texts, want) {
					t.Errorf("fragment %q not found in %d segments; problems %v", want, len(texts), res.Problems)
				}
			}
		})
	}
}

func containsAny(texts []string, want string) bool {
	for _, s := range texts {
		if strings.Contains(s, want) {
			return true
		}
	}
	return false
}
