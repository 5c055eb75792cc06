// Package bench measures prescreen beside other libraries: the same text, the
// same terms, the same run, and the same occurrences, which are compared
// before anything is timed.
//
// It is a module of its own, so that the product does not depend on the
// libraries it is measured against. It measures nothing but time and memory;
// whether findings are right is the business of the tests beside the code.
package bench

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"prescreen/internal/shareddata"
)

// Corpus is what the peers are measured on.
type Corpus struct {
	Name  string   // for the table
	Text  string   // about the size asked for
	Words []string // different terms in mixed order; more than enough are not always there
}

// Load reads about size bytes of statutes and pages from the measurement
// data in dir, or beside the repository where dir is empty, and makes text of
// the same kind up where it is absent. The result is the same on every run.
func Load(dir string, size int) Corpus { return load(dir, size, size/10) }

// LoadProse is Load without the source of pages: what the scanner sees is
// text, for pages are parsed first.
func LoadProse(dir string, size int) Corpus { return load(dir, size, 0) }

func load(dir string, size, pages int) Corpus {
	if dir == "" {
		dir = os.Getenv(shareddata.Env)
	}
	if dir == "" {
		dir = climb()
	}
	c := Corpus{Name: "generated text"}
	if text := read(dir, size, pages); len(text) >= size/2 {
		c.Name, c.Text = "statutes and pages", text
		if pages == 0 {
			c.Name = "statutes"
		}
	} else {
		c.Text = Generate(size)
	}
	c.Words = readWords(dir)
	return c
}

// climb finds ../shared/data of the repository from the working directory.
func climb() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		p := filepath.Join(dir, "..", "shared", "data")
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// read concatenates the source of pages up to so many bytes, and statutes
// spread over all their folders up to size.
func read(dir string, size, source int) string {
	laws, _ := filepath.Glob(filepath.Join(dir, "text", "laws", "*", "*.md"))
	pages, _ := filepath.Glob(filepath.Join(dir, "pages", "govcn", "*.htm"))
	slices.Sort(laws)
	rng := rand.New(rand.NewPCG(1, 1))
	rng.Shuffle(len(laws), func(i, j int) { laws[i], laws[j] = laws[j], laws[i] })
	var b strings.Builder
	take := func(names []string, until int) {
		for _, name := range names {
			if b.Len() >= until {
				return
			}
			if data, err := os.ReadFile(name); err == nil {
				b.Write(data)
				b.WriteByte('\n')
			}
		}
	}
	take(pages, source)
	take(laws, size)
	return strings.ToValidUTF8(b.String(), "\ufffd")
}

// readWords reads the term lists of THUOCL, or makes terms up.
func readWords(dir string) []string {
	names, _ := filepath.Glob(filepath.Join(dir, "terms", "thuocl", "THUOCL_*.txt"))
	var out []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range strings.FieldsFuncSeq(string(data), func(r rune) bool { return r == '\n' || r == '\r' }) {
			if f := strings.Fields(line); len(f) > 0 {
				out = append(out, strings.TrimPrefix(f[0], "\ufeff"))
			}
		}
	}
	if len(out) == 0 {
		out = strings.Fields(Generate(4 << 20))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	rng := rand.New(rand.NewPCG(20, 26))
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Terms returns the first n terms, and beyond the end of the list pairs of
// them joined.
func (c Corpus) Terms(n int) []string {
	out := slices.Clone(c.Words[:min(n, len(c.Words))])
	seen := make(map[string]bool, n)
	for _, w := range out {
		seen[w] = true
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for len(out) < n {
		w := c.Words[rng.IntN(len(c.Words))] + c.Words[rng.IntN(len(c.Words))]
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// Generate makes up about size bytes that look to a matcher like official
// Chinese: words of one to four characters drawn by Zipf's law from a fixed
// vocabulary, punctuation, numbers, line breaks, some Latin.
func Generate(size int) string {
	rng := rand.New(rand.NewPCG(3, 14))
	vocabulary := make([]string, 30000)
	chars := rand.NewZipf(rng, 1.05, 30, 5999)
	for i := range vocabulary {
		var w []rune
		for range 1 + rng.IntN(4) {
			w = append(w, rune(0x4E00+(chars.Uint64()*2731)%20000))
		}
		vocabulary[i] = string(w)
	}
	pick := rand.NewZipf(rng, 1.1, 20, uint64(len(vocabulary)-1))
	var b strings.Builder
	for b.Len() < size {
		for range 4 + rng.IntN(20) {
			b.WriteString(vocabulary[pick.Uint64()])
		}
		switch rng.IntN(20) {
		case 0:
			b.WriteString("（2024）12号")
		case 1:
			b.WriteString(" GB/T 9704 ")
		}
		b.WriteString([]string{"，", "，", "，", "。", "；", "。\n", "、", "。\n\n"}[rng.IntN(8)])
	}
	return b.String()
}
