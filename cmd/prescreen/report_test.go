package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"prescreen/internal/report"
	"prescreen/internal/ziptest"
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
	if got, want := bytes.Count(readFile(t, filepath.Join(out, "run.jsonl")), []byte(`{"type":"case"`)), findingsIn(t, filepath.Join(out, "results.jsonl")); got != want {
		t.Errorf("%d cases, want one for each of %d findings", got, want)
	}
	t.Run("edited list", func(t *testing.T) { importEdited(t, prescreen, filepath.Join(out, "run.xlsx")) })
	grepPrivate(t, exp, dir)
	if look := os.Getenv("LOOK"); look != "" {
		if err := os.CopyFS(look, os.DirFS(out)); err != nil {
			t.Error(err)
		}
	}
}

// importEdited edits the list as an officer does, in the workbook itself, and
// reads it back.
func importEdited(t *testing.T, prescreen func(want int, args ...string) string, list string) {
	edited := filepath.Join(filepath.Dir(list), "edited.xlsx")
	cells := map[string]string{
		"O2": "王某", "Q2": "已确认", // assignee and state
		"Q3": "误报", // without a reason
		"Q4": "误报", "T4": "样例，非真实信息",
		"Q5": "复查通过",     // nobody closes by hand what a run did not look for
		"K6": "低",        // the severity is not theirs to change
		"O7": "=1+1",     // as text, not as a formula
		"P8": "2027-1-5", // due
	}
	for row := 9; row <= 40; row++ { // many with values in common: the first of them dismisses the others
		cells[fmt.Sprint("Q", row)], cells[fmt.Sprint("T", row)] = "误报", "样例，非真实信息"
	}
	rewriteSheet(t, list, edited, cells)
	if got := prescreen(exitFindings, "findings", "import", edited, "--dry-run"); !strings.Contains(got, "将采用 36 行") {
		t.Errorf("dry run: %s", got)
	}
	got := prescreen(exitFindings, "findings", "import", edited)
	for _, want := range []string{"状态 待处理 → 已确认", "责任人 \"\" → \"王某\"", "状态 待处理 → 误报", "期限 → 2027-01-05", "已采用 36 行", "拒绝 3 处"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in: %s", want, got)
		}
	}
	// The same sheet once more: what it says is so already, or was changed since.
	if got := prescreen(exitFindings, "findings", "import", edited); !strings.Contains(got, "已采用 0 行") {
		t.Errorf("a second time: %s", got)
	}
	if got := prescreen(exitPass, "findings", "list", "--assignee", "王某"); !strings.Contains(got, "已确认") {
		t.Errorf("the change is not in the store: %s", got)
	}
}

// rewriteSheet copies a workbook with texts put into cells of its first sheet.
func rewriteSheet(t *testing.T, from, to string, cells map[string]string) {
	t.Helper()
	edited := ziptest.Rewrite(t, readFile(t, from), "xl/worksheets/sheet1.xml", func(sheet string) string {
		for ref, text := range cells {
			old := regexp.MustCompile(`<c r="` + ref + `"[^>]*?(/>|>.*?</c>)`)
			if !old.MatchString(sheet) {
				t.Fatalf("no cell %s", ref)
			}
			sheet = old.ReplaceAllString(sheet, `<c r="`+ref+`" t="inlineStr"><is><t>`+text+`</t></is></c>`)
		}
		return sheet
	})
	if err := os.WriteFile(to, edited, 0o600); err != nil {
		t.Fatal(err)
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

// findingsIn counts different findings in results.
func findingsIn(t *testing.T, path string) int {
	seen := map[string]bool{}
	for _, r := range readResults(t, path) {
		for _, f := range r.Findings {
			seen[f.Fingerprint] = true
		}
	}
	return len(seen)
}

// readable is the content of a file as it can be searched: members of archives
// unpacked, the text of a PDF.
func readable(t *testing.T, path string) []byte {
	t.Helper()
	data := readFile(t, path)
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		ziptest.Each(t, data, func(_ string, content []byte) { data = append(data, content...) })
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
