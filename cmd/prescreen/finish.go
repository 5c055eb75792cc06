package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"prescreen/crawler"
	"prescreen/internal/lang"
	"prescreen/internal/notify"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/store"
	"prescreen/scanner"
)

// crawlRun is what a crawl leaves behind for its report.
type crawlRun struct {
	cfg         Config
	eng         *engine
	db          *store.Store
	run         store.Run
	counts      crawler.Summary
	interrupted bool
	output      string
	frontier    *runFrontier
	tell        func(notify.Message) // nil: nobody is told
}

// finishCrawl closes a finished run, removes its frontier, and writes reports
// and the end summary; a stopped one stays open to be resumed. A worker, whose
// output is "", writes no files.
func (a *app) finishCrawl(ctx context.Context, c crawlRun) error {
	sum, skipped, partly, err := a.writeResults(ctx, c)
	if err != nil {
		return err
	}
	ended := false
	if !c.interrupted {
		// In one process of all that work on the run.
		rules := c.eng.live.Scanner().Set()
		end := store.Finish{Summary: sum, InForce: func(id string) bool { return rules.Rule(id) != nil }}
		err := c.frontier.finish(ctx, func(ctx context.Context) error {
			_, err := c.db.FinishRun(ctx, c.run.ID, end)
			ended = err == nil
			return err
		})
		if err != nil {
			return fmt.Errorf("close run %s: %w", c.run.ID, err)
		}
		if keep := c.cfg.Findings.KeepRuns; keep > 0 {
			if _, err := c.db.Prune(ctx, keep); err != nil {
				return err
			}
		}
	}
	if c.output == "" && (!ended || c.tell == nil) {
		return nil
	}
	// After the run is closed: only then it is known what is gone.
	model := &report.Run{Summary: sum}
	model.Summary.NotChecked = append(slices.Clone(sum.NotChecked), partly...)
	if err := a.addCases(ctx, c.db, model); err != nil {
		return err
	}
	if ended && c.tell != nil {
		if err := a.tellEnd(ctx, c, model); err != nil {
			return err
		}
	}
	if c.output == "" {
		return nil
	}
	opt := a.reportOptions(c.cfg, c.eng)
	if err := a.writeFile(filepath.Join(c.output, "report.html"), func(w io.Writer) error { return report.Render(w, report.HTML, model, opt) }); err != nil {
		return err
	}
	a.printSummary(sum, skipped, c.output)
	if err := a.printChange(ctx, c); err != nil {
		return err
	}
	a.code = exitCode(sum.Verdict)
	return nil
}

// printChange says how the run differs from those before it, which is what
// the officer looks at after the first night.
func (a *app) printChange(ctx context.Context, c crawlRun) error {
	if c.interrupted {
		return nil
	}
	run, err := c.db.Run(ctx, c.run.ID)
	if err != nil {
		return err
	}
	list := "prescreen findings list --new-in latest"
	if a.configPath != "" {
		list += " --config " + a.configPath
	}
	fmt.Fprintf(a.stdout, a.lang.Pick("  与上次相比  新增 %d，仍在 %d，复发 %d，消失 %d（%s）\n",
		"  since the last run  %d new, %d persisting, %d came back, %d gone (%s)\n"),
		run.Cases.New, run.Cases.Persisting, run.Cases.Reopened, run.Cases.Resolved, list)
	return nil
}

// writeResults streams the records of the run into the JSON Lines file, if
// one is wanted, and counts them. partly lists what was read in part only.
func (a *app) writeResults(ctx context.Context, c crawlRun) (sum report.Summary, skipped map[crawler.Reason]int, partly []report.Gap, err error) {
	sum = report.Summary{
		Run: c.run.ID, Started: c.run.Started, Finished: time.Now(),
		Verdict: scanner.VerdictPass, Interrupted: c.interrupted,
		NotChecked: []report.Gap{},
	}
	for _, n := range c.counts.OutOfScope {
		sum.OutOfScope += int(n)
	}
	for _, s := range c.cfg.Sites {
		sum.Sites = append(sum.Sites, s.Name)
	}
	skipped = map[crawler.Reason]int{}
	records := func(write func(pipeline.Result) error) error {
		return c.db.Records(ctx, c.run.ID, func(rec pipeline.Record) error {
			r := resultOf(rec)
			count(&sum, skipped, rec, &r)
			partly = append(partly, report.GapsOf(&r, a.lang)...)
			return write(r)
		})
	}
	if c.output == "" {
		err = records(func(pipeline.Result) error { return nil })
	} else {
		if err := os.MkdirAll(c.output, 0o755); err != nil {
			return sum, nil, nil, fmt.Errorf("create report folder: %w", err)
		}
		err = a.writeFile(filepath.Join(c.output, "results.jsonl"), func(w io.Writer) error {
			lines, err := report.New(report.JSONL, w, report.Options{})
			if err != nil {
				return err
			}
			return records(lines.Write)
		})
	}
	if c.interrupted {
		sum.Verdict = report.Worst(sum.Verdict, scanner.VerdictIncomplete)
	}
	localizeGaps(sum.NotChecked, a.lang)
	return sum, skipped, partly, err
}

// resultOf is the line of a record in the JSON Lines file.
func resultOf(rec pipeline.Record) pipeline.Result {
	r := pipeline.Result{ID: rec.URL, URL: rec.URL, Verdict: scanner.VerdictPass, Findings: []scanner.Finding{}, Errors: []scanner.Problem{}}
	if rec.Result != nil {
		r = *rec.Result
	} else if rec.Reason.Unread() {
		r.Verdict = scanner.VerdictIncomplete
	}
	r.Site, r.Outcome, r.Reason, r.Detail = rec.Site, rec.Outcome, rec.Reason, rec.Detail
	return r
}

func count(sum *report.Summary, skipped map[crawler.Reason]int, rec pipeline.Record, r *pipeline.Result) {
	sum.Verdict = report.Worst(sum.Verdict, r.Verdict)
	if rec.Outcome == pipeline.Unchanged {
		sum.Unchanged++
	}
	switch {
	case rec.Result == nil:
		skipped[rec.Reason]++
		if rec.Reason.Unread() {
			sum.NotChecked = append(sum.NotChecked, report.Gap{
				URL: rec.URL, Reason: string(rec.Reason), Detail: rec.Detail, Failed: rec.Outcome == pipeline.Failed,
			})
		}
	case rec.Class == crawler.ClassPage:
		sum.Pages++
	default:
		sum.Attachments++
	}
	for i := range r.Findings {
		sum.Findings.Add(r.Findings[i].Severity)
	}
	if rec.Result != nil && rec.Result.Incomplete() {
		sum.Incomplete++
	}
	sum.Pictures += r.Pictures
	if r.Orphan {
		sum.Orphans = append(sum.Orphans, rec.URL)
	}
}

func localizeGaps(gaps []report.Gap, l lang.Lang) {
	for i := range gaps {
		gaps[i].Reason = reasonName(crawler.Reason(gaps[i].Reason), l)
		gaps[i].Detail = report.GapText(gaps[i].Detail, l)
	}
}

// printSummary is what the officer reads first.
func (a *app) printSummary(s report.Summary, skipped map[crawler.Reason]int, output string) {
	t := a.lang.Pick
	w := a.stdout
	state := t("检查完成", "Finished")
	if s.Interrupted {
		state = t("检查中途停止，再次运行同一命令可继续", "Stopped; run the same command again to go on")
	}
	fmt.Fprintf(w, t("%s：%s\n", "%s: %s\n"), state, report.VerdictName(s.Verdict, a.lang))
	fmt.Fprintf(w, t("  已检查  页面 %d，附件 %d（内容未变 %d）\n", "  checked      %d pages, %d attachments (%d of them unchanged)\n"), s.Pages, s.Attachments, s.Unchanged)
	fmt.Fprintf(w, t("  疑似问题  %d（严重 %d，高 %d，中 %d，低 %d）\n", "  findings     %d (critical %d, high %d, medium %d, low %d)\n"),
		s.Findings.Total(), s.Findings.Critical, s.Findings.High, s.Findings.Medium, s.Findings.Low)
	fmt.Fprintf(w, t("  未能检查  %d%s；另有 %d 个未能完整读取\n", "  not checked  %d%s; %d more read in part\n"), len(s.NotChecked), a.reasonList(skipped, true), s.Incomplete)
	fmt.Fprintf(w, t("  无需检查  %s\n", "  nothing to check at  %s\n"), strings.TrimPrefix(a.reasonList(skipped, false), t("：", ": ")))
	if len(s.Orphans) > 0 {
		fmt.Fprintf(w, t("  孤立附件  %d（已无页面链接，仍可访问）\n", "  orphans      %d attachments that no page links to any more\n"), len(s.Orphans))
	}
	if s.Pictures > 0 {
		fmt.Fprintf(w, t("  未识别的图片  %d（crawl.pictures）\n", "  pictures not looked at  %d (crawl.pictures)\n"), s.Pictures)
	}
	if s.OutOfScope > 0 {
		fmt.Fprintf(w, t("  范围以外的链接  %d\n", "  links out of scope  %d\n"), s.OutOfScope)
	}
	fmt.Fprintf(w, t("  用时  %s\n", "  duration     %s\n"), s.Finished.Sub(s.Started).Round(100*time.Millisecond))
	fmt.Fprintf(w, t("  报告  %s\n  结果  %s\n", "  report       %s\n  results      %s\n"),
		filepath.Join(output, "report.html"), filepath.Join(output, "results.jsonl"))
}

// reasonList counts the reasons that leave a URL unread, or those that do not.
func (a *app) reasonList(skipped map[crawler.Reason]int, unread bool) string {
	var parts []string
	for _, r := range slices.Sorted(maps.Keys(skipped)) {
		if r.Unread() == unread {
			parts = append(parts, fmt.Sprintf("%s %d", reasonName(r, a.lang), skipped[r]))
		}
	}
	if len(parts) == 0 {
		if unread {
			return ""
		}
		return "0"
	}
	return a.lang.Pick("：", ": ") + strings.Join(parts, a.lang.Pick("，", ", "))
}

// reasonName says for people why a URL was not screened.
func reasonName(r crawler.Reason, l lang.Lang) string {
	names := map[crawler.Reason][2]string{
		crawler.ReasonRedirect:          {"跳转页", "redirects"},
		crawler.ReasonMissing:           {"页面不存在", "missing"},
		crawler.ReasonNotDue:            {"未到复查时间", "not due yet"},
		crawler.ReasonRobots:            {"robots.txt 禁止", "disallowed by robots.txt"},
		crawler.ReasonRobotsUnreachable: {"robots.txt 无法读取", "robots.txt could not be read"},
		crawler.ReasonForbidden:         {"无权访问", "forbidden"},
		crawler.ReasonDepth:             {"超过深度限额", "beyond the depth budget"},
		crawler.ReasonPages:             {"超过页数限额", "beyond the page budget"},
		crawler.ReasonBytes:             {"超过流量限额", "beyond the byte budget"},
		crawler.ReasonTime:              {"超过时间限额", "beyond the time budget"},
		crawler.ReasonTrap:              {"疑似无限链接", "likely a trap"},
		crawler.ReasonStatus:            {"服务器报错", "server error"},
		crawler.ReasonNetwork:           {"网络错误", "network error"},
		crawler.ReasonRefused:           {"地址不允许访问", "address not allowed"},
		crawler.ReasonHostDown:          {"主机无响应", "host down"},
		crawler.ReasonVisit:             {"处理出错", "processing failed"},
		crawler.ReasonLost:              {"多次处理失败", "gave up after several tries"},
		crawler.ReasonRedirLoop:         {"循环跳转", "redirect loop"},
		crawler.ReasonScope:             {"跳转到范围以外", "redirected out of scope"},
		crawler.ReasonTooLarge:          {"文件过大", "too large"},
	}
	n, ok := names[r]
	if !ok {
		return string(r)
	}
	return l.Pick(n[0], n[1])
}
