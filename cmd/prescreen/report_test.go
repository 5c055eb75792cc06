package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"prescreen/internal/report"
)

// hook is a receiver of messages.
type hook struct {
	mu     sync.Mutex
	bodies []string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodies = append(h.bodies, string(body))
}

// TestReports crawls the sample portal and writes every report of it: the
// planted values are in none of them, nor in a message.
func TestReports(t *testing.T) {
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	told := &hook{}
	server := httptest.NewServer(told)
	defer server.Close()
	config := filepath.Join(dir, "prescreen.yaml")
	yaml := strings.ReplaceAll(string(readFile(t, config)), "allow_private:", "unit: 云岭县测试单位, columns: [{path: /gsgg/, name: 公示公告}], allow_private:")
	yaml += "organisation: 云岭县人民政府（示例）\nrender: {no_sandbox: true}\nnotify:\n  link: https://prescreen.example.gov.cn/runs/{run}\n  channels:\n  - {name: hook, type: webhook, url: 'env:HOOK_URL', secret: 'env:HOOK_SECRET'}\n"
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string {
		return map[string]string{"HOOK_URL": server.URL, "HOOK_SECRET": "hook-secret", "LANG": "zh_CN.UTF-8"}[name]
	}
	prescreen := func(want int, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args = append(args, "--config", config)
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, getenv); code != want {
			t.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, stdout.String(), stderr.String())
		}
		return stdout.String()
	}
	out := filepath.Join(dir, "out")
	prescreen(exitFindings, "crawl", "--output", out)
	compareMessages(t, told.bodies, dir)
	for _, f := range []string{"html", "xlsx", "csv", "jsonl", "sarif"} {
		prescreen(exitPass, "report", "--format", f, "--output", filepath.Join(out, "run."+f))
	}
	if (report.Browser{NoSandbox: true}).Installed() {
		prescreen(exitPass, "report", "--format", "pdf", "--output", filepath.Join(out, "run.pdf"))
	} else {
		t.Log("no browser is installed: PDF is not looked at")
	}
	for _, f := range []string{"inspection", "review"} {
		prescreen(exitPass, "report", "--format", "docx", "--form", f, "--output", filepath.Join(out, f+".docx"))
	}
	prescreen(exitPass, "report", "--format", "docx", "--form", "rectification", "--output", filepath.Join(out, "notices"))
	if notice := filepath.Join(out, "notices", "整改通知书-云岭县测试单位.docx"); !fileExists(notice) {
		t.Errorf("no %s", notice)
	}
	countLines(t, filepath.Join(out, "run.jsonl"), len(exp.Leaks))
	grepPrivate(t, exp, dir)
	if look := os.Getenv("LOOK"); look != "" {
		if err := os.CopyFS(look, os.DirFS(out)); err != nil {
			t.Error(err)
		}
	}
}

// compareMessages requires a message on critical findings and one at the end,
// with numbers and without content, and keeps them where they are searched.
func compareMessages(t *testing.T, bodies []string, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "messages.log"), []byte(strings.Join(bodies, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	events := map[string]int{}
	for _, body := range bodies {
		var m struct {
			Event    string
			Sites    []string
			Findings map[string]int
			Link     string
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		events[m.Event]++
		if m.Findings["critical"] == 0 || len(m.Sites) == 0 || !strings.HasPrefix(m.Link, "https://prescreen.example.gov.cn/runs/20") {
			t.Errorf("message %s", body)
		}
		if strings.Contains(body, "127.0.0.1") || strings.Contains(body, ".html") {
			t.Errorf("a message names a page: %s", body)
		}
	}
	if events["run"] != 1 || events["critical"] != 1 {
		t.Errorf("messages %v, want one of each", events)
	}
}

// countLines requires a line of type case for each planted leak.
func countLines(t *testing.T, path string, want int) {
	t.Helper()
	n := bytes.Count(readFile(t, path), []byte(`{"type":"case"`))
	if n != want {
		t.Errorf("%s has %d cases, want %d", path, n, want)
	}
}

// readable is the content of a file as it can be searched: members of archives
// unpacked, the text of a PDF.
func readable(t *testing.T, path string) []byte {
	t.Helper()
	data := readFile(t, path)
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, f := range zr.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			data = append(data, content...)
		}
	case bytes.HasPrefix(data, []byte("%PDF")):
		text, err := exec.CommandContext(t.Context(), "pdftotext", path, "-").Output()
		if err != nil {
			t.Fatalf("pdftotext %s: %v", path, err)
		}
		if !bytes.Contains(text, []byte("保密检查报告")) {
			t.Errorf("%s: the text of the PDF cannot be searched", path)
		}
		data = append(data, text...)
	}
	return data
}
