package scanner

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"go/format"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCommonChars derives the classes of common characters from the
// segmenter's word list, which counts words of general prose. UPDATE=1 writes
// them anew.
func TestCommonChars(t *testing.T) {
	f, err := os.Open("words/data/jieba.dict.utf8.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dict, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	count, total := map[rune]float64{}, 0.0
	for line := range bytes.Lines(dict) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 {
			continue
		}
		n, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range fields[0] {
			count[c] += n
			total += n
		}
	}
	var classes [uncommon][]rune
	for c, n := range count {
		if class := int(math.Floor(math.Log2(total / n))); class < uncommon && isHan(c) {
			classes[class] = append(classes[class], c)
		}
	}
	var b strings.Builder
	b.WriteString("package scanner\n\n// commonChars holds in each place the characters of which one in 2^place of\n// general prose is, or nearly: derived by TestCommonChars, UPDATE=1 writes it.\nvar commonChars = [...]string{\n")
	for i, chars := range classes {
		slices.Sort(chars)
		if len(chars) > 0 {
			fmt.Fprintf(&b, "\t%d: %q,\n", i, string(chars))
		}
	}
	b.WriteString("}\n")
	want, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	const name = "commonchars.go"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(name); err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s differs from what the word list gives: UPDATE=1 writes it anew (%v)", name, err)
	}
}
