package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGolden reads the cases in testdata/markup: an input between "=== " and
// "---", what comes of it after that. UPDATE=1 writes the latter.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "markup", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, c := range strings.Split("\n"+string(data), "\n=== ")[1:] {
			head, rest, _ := strings.Cut(c, "\n")
			input, want, ok := strings.Cut(rest, "\n---")
			if !ok {
				t.Fatalf("%s: case without ---: %q", file, c)
			}
			in := Input{URL: "http://www.example.gov.cn/x/y.html"}
			for _, word := range strings.Fields(head) {
				switch key, value, _ := strings.Cut(word, "="); key {
				case "fragment":
					in.Fragment = true
				case "name":
					in.Name, in.URL = value, ""
				case "type":
					in.ContentType = value
				}
			}
			res := parseString(t, in, input)
			got := "\n" + dump(res)
			if in.Name != "" {
				got = "\ntype " + res.Type + got
			}
			out.WriteString("=== " + head + "\n" + input + "\n---" + got)
			if strings.TrimSpace(got) != strings.TrimSpace(want) && os.Getenv("UPDATE") == "" {
				t.Errorf("%s: %s\ngot:%s\nwant:%s", file, input, got, want)
			}
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
