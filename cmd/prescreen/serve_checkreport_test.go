package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/accounts"
)

// TestServeCheckReport downloads a check as a file in every format, as its
// owner, and not as anybody else.
func TestServeCheckReport(t *testing.T) {
	dir := t.TempDir()
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml"), tokens: map[accounts.Role]string{}}
	if err := os.WriteFile(s.config, []byte("data_dir: data\norganisation: 示例县人民政府\nrender: {no_sandbox: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.makeUsers()
	s.start()
	var rec struct{ ID, State string }
	name := url.QueryEscape(`会议 <b>通知.txt`)
	if status, text := s.api(accounts.Editor, "POST", "/api/v1/checks/file?filename="+name, "机密★1年\n关于召开会议的通知\n联系人手机：13812345678", &rec); status != 200 || rec.State != "done" {
		t.Fatalf("%d %s", status, text)
	}
	at := "/api/v1/checks/" + rec.ID + "/report"
	starts := map[string]string{
		"html": "<!doctype html>", "pdf": "%PDF-", "docx": "PK", "xlsx": "PK", "csv": "\ufeff", "json": "{", "jsonl": "{", "sarif": "{",
	}
	for format, start := range starts {
		status, text := s.api(accounts.Editor, "GET", at+"?format="+format, "", nil)
		if format == "pdf" && status == http.StatusNotImplemented {
			t.Log("no Chromium: PDF is not tried (scripts/deps installs it)")
			continue
		}
		if status != 200 || !strings.HasPrefix(text, start) {
			t.Errorf("%s: %d %.200q", format, status, text)
		}
		if strings.Contains(text, "13812345678") || format == "html" && strings.Contains(text, "<b>通知") {
			t.Errorf("%s shows what is masked, or markup of a file name", format)
		}
		file := filepath.Join(dir, "check."+format)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		checkReportFile(t, format, file, text)
		if status, _ := s.api(accounts.Officer, "GET", at+"?format="+format, "", nil); status != http.StatusNotFound {
			t.Errorf("%s of somebody else's check: %d", format, status)
		}
	}
	if status, text := s.api(accounts.Editor, "GET", at, "", nil); status != 200 || !strings.Contains(text, "信息发布保密审查单") || !strings.Contains(text, "<style>") || strings.Contains(text, "<link") {
		t.Errorf("without a format: %d %.300s", status, text)
	}
	if status, text := s.api(accounts.Editor, "GET", at+"?format=exe", "", nil); status != http.StatusUnprocessableEntity || !strings.Contains(text, "sarif") {
		t.Errorf("an unknown format: %d %s", status, text)
	}
	if status, _ := s.api(accounts.Editor, "GET", "/api/v1/checks/none/report", "", nil); status != http.StatusNotFound {
		t.Errorf("of no check: %d", status)
	}
	var log []struct{ Actor, Action, Object string }
	s.api(accounts.Auditor, "GET", "/api/v1/audit?action=download", "", &log)
	if len(log) < len(starts) || log[0].Actor != "editor/test" || !strings.HasPrefix(log[0].Object, "check "+rec.ID) {
		t.Errorf("downloads in the audit log: %+v", log)
	}
}

func checkReportFile(t *testing.T, format, file, text string) {
	t.Helper()
	switch format {
	case "pdf":
		if out, err := exec.Command("pdftotext", file, "-").Output(); err == nil && !strings.Contains(strings.ReplaceAll(string(out), " ", ""), "信息发布保密审查单") {
			t.Errorf("the PDF is no review slip: %.500s", out)
		}
	case "docx":
		z, err := zip.OpenReader(file)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		f, err := z.Open("word/document.xml")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(f)
		if err != nil || !strings.Contains(string(body), "审查单") || !strings.Contains(string(body), "会议") {
			t.Errorf("the DOCX is no review slip of the file: %v %.500s", err, body)
		}
	case "sarif":
		var s struct {
			Version string
			Runs    []struct{ Results []struct{ RuleID string } }
		}
		if err := json.Unmarshal([]byte(text), &s); err != nil || s.Version != "2.1.0" || len(s.Runs) != 1 || len(s.Runs[0].Results) < 1 {
			t.Errorf("SARIF: %v %s", err, fmt.Sprint(s))
		}
	case "json", "jsonl", "csv", "html":
		if !strings.Contains(text, "会议") {
			t.Errorf("%s does not name the file: %.500s", format, text)
		}
	}
}
