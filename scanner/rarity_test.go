package scanner

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
)

// TestRarities derives the classes of common characters and pairs from laws
// and regulations; UPDATE=1 writes them anew.
func TestRarities(t *testing.T) {
	counts := [2]map[string]int{{}, {}}
	total := 0
	err := filepath.WalkDir(shareddata.Path(t, "text", "laws"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".md" {
			return err
		}
		data, err := os.ReadFile(name)
		last := ""
		for _, c := range string(data) {
			if c <= ' ' {
				continue
			}
			total++
			counts[0][string(c)]++
			if last != "" {
				counts[1][last+string(c)]++
			}
			last = string(c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("package scanner\n\n// Made by TestRarities from how often characters and pairs of them occur in\n// Chinese laws: those at place n are one in 2^n, or nearly.\n")
	for i, limit := range []int{uncommon, uncommon - 1} {
		var classes [uncommon][]string
		for s, n := range counts[i] {
			if class := bits.Len(uint(total/n)) - 1; class < limit {
				classes[class] = append(classes[class], s)
			}
		}
		fmt.Fprintf(&b, "\nvar %s = [...]string{\n", []string{"commonChars", "commonPairs"}[i])
		for class, list := range classes {
			slices.Sort(list)
			if len(list) > 0 {
				fmt.Fprintf(&b, "\t%d: %q,\n", class, strings.Join(list, ""))
			}
		}
		b.WriteString("}\n")
	}
	want, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	const name = "raritytable.go"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(name); err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s differs from what the laws give: UPDATE=1 writes it anew (%v)", name, err)
	}
}
