package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"prescreen/dictionaries"
	"prescreen/scanner"
	"prescreen/scanner/words"
)

// The example in the guide is the first thing an officer copies: it loads, and
// its own examples come out as it says.
func TestGuideExampleWorks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "adding-a-rule.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok || !strings.HasPrefix(example, "dictionary:") {
		t.Fatal("no YAML example in docs/adding-a-rule.md")
	}
	set, err := dictionaries.Load(dictionaries.Config{Overlays: []dictionaries.Source{{
		Name: "guide", FS: fstest.MapFS{"example.yaml": {Data: []byte(example)}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if set.Rule("internal.our.projects") == nil || set.Rule("wording.account") != nil {
		t.Error("the example neither adds its rule nor switches the other off")
	}
	failures, err := scanner.SelfTest(context.Background(), set, scanner.Config{Words: words.New(words.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		t.Error(f)
	}
}
