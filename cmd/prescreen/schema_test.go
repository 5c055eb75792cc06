package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The published schema describes every line that is written, and nothing that
// is not.
func TestResultSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, dir := startPortal(t)
	crawlPortal(t, t.Context(), dir)
	data := readFile(t, filepath.Join(dir, "out", "results.jsonl"))
	var batch, stderr bytes.Buffer
	run(t.Context(), []string{"check", "--config", filepath.Join(dir, "prescreen.yaml"), "--batch", "-"},
		strings.NewReader("{\"id\":1,\"text\":\"机密★1年\"}\nnonsense\n{\"id\":2,\"text\":\"\"}\n"), &batch, &stderr, func(string) string { return "" })
	lines := strings.Split(strings.TrimSpace(string(data)+batch.String()), "\n")
	if len(lines) < 100 {
		t.Fatalf("only %d lines\n%s", len(lines), stderr.String())
	}
	for _, line := range lines {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
}
