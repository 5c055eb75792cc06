package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo runs what the README tells a newcomer to run, and then what the
// demo itself tells them to try.
func TestDemo(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	command := func(args ...string) (string, int) {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append(args, "--lang", "en"), strings.NewReader(""), &stdout, &stderr, os.Getenv)
		if code == exitUsage {
			t.Fatalf("%q: %s", args, stderr.String())
		}
		return stdout.String(), code
	}
	said, code := command("demo", "--output", out)
	if code != exitFindings || !strings.Contains(said, filepath.Join(out, "report.html")) {
		t.Errorf("demo: exit code %d\n%s", code, said)
	}
	config := filepath.Join(out, "demo", "prescreen.yaml")
	if !strings.Contains(said, "prescreen serve --config "+config) {
		t.Errorf("the demo does not say how to go on:\n%s", said)
	}
	list, code := command("findings", "list", "--new-in", "latest", "--format", "jsonl", "--config", config)
	if n := strings.Count(list, "\n"); code != 0 || n < 50 {
		t.Errorf("findings of the demo: exit code %d, %d lines", code, n)
	}
}
