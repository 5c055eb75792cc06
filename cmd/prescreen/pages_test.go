package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"prescreen/internal/pipeline"
	"prescreen/internal/shareddata"
)

// Real pages as served, many of them undeclared GBK: every one is read without
// an error, and no title or excerpt is garbled.
func TestRealPages(t *testing.T) {
	folder := shareddata.Path(t, "pages")
	_, dir := startPortal(t) // for its configuration
	var stdout, stderr bytes.Buffer
	run(t.Context(), []string{"check", "--config", dir + "/prescreen.yaml", "--format", "jsonl", folder},
		strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	n := 0
	for line := range strings.Lines(stdout.String()) {
		var r pipeline.Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		n++
		if len(r.Errors) > 0 {
			t.Errorf("%s: %v", r.ID, r.Errors)
		}
		if strings.Contains(line, "\uFFFD") {
			t.Errorf("%s: garbled: %s", r.ID, line)
		}
	}
	if n < 90 {
		t.Errorf("only %d pages checked\n%s", n, stderr.String())
	}
}
