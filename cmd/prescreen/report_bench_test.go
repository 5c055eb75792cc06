package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// BenchmarkReport writes every format of a run of 100,000 pages and 20,000
// findings with the command itself, from the store:
//
//	go test ./cmd/prescreen -run xxx -bench Report -benchtime 1x
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	config := filepath.Join(dir, "prescreen.yaml")
	yaml := "language: zh\ndata_dir: data\norganisation: 示例县\nrender: {no_sandbox: true}\nsites:\n- {name: 县政府门户, unit: 县政府办公室, seeds: ['http://www.example.gov.cn/']}\n"
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		b.Fatal(err)
	}
	fillStore(b, config, 100_000, 20_000)
	for _, args := range [][]string{
		{"html"}, {"xlsx"}, {"csv"}, {"jsonl"}, {"sarif"}, {"docx", "--form", "inspection"}, {"docx", "--form", "rectification"}, {"docx", "--form", "review"}, {"pdf"},
	} {
		b.Run(strings.ReplaceAll(strings.Join(args, ""), "--form", "-"), func(b *testing.B) {
			if args[0] == "pdf" && !(report.Browser{NoSandbox: true}).Installed() {
				b.Skip("no browser is installed")
			}
			out := filepath.Join(dir, "out")
			if len(args) < 3 || args[2] != "rectification" {
				out += "." + args[0]
			}
			resetPeak()
			for b.Loop() {
				var stderr bytes.Buffer
				code := run(b.Context(), append([]string{"report", "--config", config, "--output", out, "--format"}, args...),
					strings.NewReader(""), &stderr, &stderr, func(string) string { return "" })
				if code != exitPass {
					b.Fatalf("exit code %d: %s", code, stderr.String())
				}
			}
			b.ReportMetric(peakMB(), "MB-peak")
			if info, err := os.Stat(out); err == nil && !info.IsDir() {
				b.ReportMetric(float64(info.Size())/(1<<20), "MB-file")
			}
		})
	}
}

// fillStore puts a run into the store of a configuration.
func fillStore(b *testing.B, config string, pages, findings int) {
	b.Helper()
	cfg, _, err := loadConfig(config, func(string) string { return "" })
	if err != nil {
		b.Fatal(err)
	}
	db, err := openStore(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	id := "20260304-020000-ab"
	if _, _, _, err := db.OpenRun(b.Context(), store.Run{ID: id, Scope: "s", Sites: []string{"县政府门户"}, RuleSet: "r", Started: time.Now()}); err != nil {
		b.Fatal(err)
	}
	sink := db.Sink(id)
	var wg sync.WaitGroup
	const workers = 8
	for w := range workers {
		wg.Go(func() {
			for i := w; i < pages; i += workers {
				if err := sink.Write(b.Context(), benchRecord(i, pages/findings)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if _, err := db.FinishRun(b.Context(), id, store.Finish{Summary: report.Summary{Finished: time.Now()}}); err != nil {
		b.Fatal(err)
	}
}

// benchRecord is a page; every n-th has a finding, every 200th was not had.
func benchRecord(i, n int) pipeline.Record {
	url := fmt.Sprintf("http://www.example.gov.cn/zwgk/2026/%02d/t%07d.html", i%12+1, i)
	rec := pipeline.Record{URL: url, Site: "县政府门户", Class: crawler.ClassPage, Outcome: pipeline.Screened}
	if i%200 == 7 {
		rec.Outcome, rec.Reason, rec.Detail = pipeline.Failed, crawler.ReasonNetwork, "connection reset by peer"
		return rec
	}
	r := &pipeline.Result{ID: url, URL: url, Title: "关于公布拟配租家庭名单的公示", Type: "html", Verdict: scanner.VerdictPass, Findings: []scanner.Finding{}, Errors: []scanner.Problem{}, Files: 1, RuleSet: "r"}
	if i%n == 0 {
		severity := []scanner.Severity{scanner.SeverityLow, scanner.SeverityMedium, scanner.SeverityHigh, scanner.SeverityCritical}[i/n%4]
		r.Verdict = scanner.VerdictBlock
		r.Findings = append(r.Findings, scanner.Finding{
			Rule: "pii.id18", Version: 1, Category: "pii", Severity: severity, Confidence: 60 + i/n%40, Title: "居民身份证号码", Message: "完整的居民身份证号码，共 20 个",
			Basis:   "《中华人民共和国个人信息保护法》第二十五条、第二十八条；GB 11643-1999",
			Advice:  "撤下并去标识化处理后重新发布（号码只留前 2 后 3 位或更少），附件一并替换，清除缓存；对已公开的告知当事人并评估影响。",
			Excerpt: "姓名：张*，身份证号：【340***********969】，住址：云岭县城关镇", Count: 20, URL: url,
			Place: scanner.Place{Kind: scanner.KindBody, Sheet: "Sheet1", Cell: "C" + strconv.Itoa(i%500+2)}, Fingerprint: fmt.Sprintf("%032x", i),
		})
	}
	rec.Result = r
	return rec
}

// resetPeak makes Linux forget the largest resident size so far; elsewhere it
// does nothing.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) }

// peakMB is the largest resident size of this process since then, in MB.
func peakMB() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	kb, err := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}
