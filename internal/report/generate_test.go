package report

import (
	"fmt"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/scanner"
)

// generated is a run of pages pages with n findings, as a large portal gives
// them: few rules, many addresses, long texts.
func generated(pages, n int) *Run {
	start := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	kinds := []struct {
		rule, category, title, message, basis, advice, excerpt string
		severity                                               scanner.Severity
	}{
		{"secrecy.mark.star", "secrecy", "密级标志", "疑似密级标志（秘密）", "《中华人民共和国保守国家秘密法》第二十二条；GB/T 9704-2012 7.2.2", "立即下线并清除缓存和搜索引擎快照，封存原件，24 小时内按程序报告同级保密行政管理部门和上级主管部门；是否涉密以鉴定为准。", "【秘密★5年】", scanner.SeverityCritical},
		{"pii.id18", "pii", "居民身份证号码", "完整的居民身份证号码，共 20 个", "《中华人民共和国个人信息保护法》第二十五条、第二十八条；GB 11643-1999", "撤下并去标识化处理后重新发布（号码只留前 2 后 3 位或更少），附件一并替换，清除缓存；对已公开的告知当事人并评估影响。", "姓名：张*，身份证号：【340***********969】，住址：云岭县城关镇", scanner.SeverityHigh},
		{"internal.handling", "internal", "内部文件处理要求", "疑似内部文件的处理要求", "《政府信息公开条例》第十六条", "核实是否可以公开；不能公开的撤下。", "请【会后收回】，不得外传", scanner.SeverityMedium},
		{"wording.misprint", "wording", "固定表述差错", "疑似差错，应为“部署”", "国办秘函〔2019〕19号", "核对后更正。", "安排【布署】工作", scanner.SeverityLow},
	}
	run := &Run{Summary: Summary{
		Run: "20260304-020000-ab", Sites: []string{"云岭县人民政府", "云岭县教育局"}, Started: start, Finished: start.Add(3*time.Hour + 12*time.Minute),
		Verdict: scanner.VerdictBlock, Pages: pages * 9 / 10, Attachments: pages / 10, Pictures: 312,
	}}
	states := []cases.State{cases.Open, cases.Confirmed, cases.Fixing, cases.Reopened, cases.Open, cases.Fixed}
	units := []string{"县政府办公室", "县民政局", "县教育局", "县住房和城乡建设局", "县人力资源和社会保障局"}
	columns := []string{"通知公告", "公示公告", "政策文件", "财政资金", "招考录用", "社会救助"}
	for i := range n {
		k := kinds[(i*7+i/5)%len(kinds)]
		c := cases.Case{
			ID: int64(i + 1), Fingerprint: fmt.Sprintf("%016x%016x", i*2654435761, i), Site: run.Summary.Sites[i%2],
			Unit: units[i%len(units)], Column: columns[i%len(columns)], Title: fmt.Sprintf("关于 2026 年第 %d 批公共租赁住房拟配租家庭名单的公示", i/3+1),
			State: states[i%len(states)], FirstSeen: start.AddDate(0, 0, -i%30), LastSeen: start, FirstRun: "20260301-020000-aa", LastRun: run.Summary.Run, Version: 1 + i%3,
			Finding: scanner.Finding{
				Rule: k.rule, Version: 1, Category: k.category, Severity: k.severity, Confidence: 60 + i%40, Title: k.title, Message: k.message,
				Basis: k.basis, Advice: k.advice, Excerpt: k.excerpt, Count: 1 + i%3*7, URL: fmt.Sprintf("https://www.example.gov.cn/gsgg/2026/%02d/t2026%06d.html", i%12+1, i/2),
				Place: scanner.Place{Kind: scanner.KindBody, File: "附件.zip!/拟配租名单.xlsx", Sheet: "Sheet1", Cell: fmt.Sprintf("C%d", i%500+2)},
			},
		}
		c.Finding.Fingerprint = c.Fingerprint
		if i%5 == 0 {
			c.FirstRun = run.Summary.Run
		}
		if i%4 != 0 {
			c.Assignee, c.Due = []string{"王某", "李某", "赵某"}[i%3], start.AddDate(0, 0, i%20-6)
		}
		if k.category == "secrecy" && i < 40 {
			c.Clock = start
			c.Steps = []cases.Step{{Name: cases.TakeDown, Done: start.Add(time.Hour)}, {Name: cases.PurgeCache}, {Name: cases.Seal}, {Name: cases.Report}}
		}
		run.Cases = append(run.Cases, c)
	}
	reasons := []string{"robots.txt 禁止", "文件已加密", "网络错误", "超过页数限额"}
	for i := range pages / 200 {
		run.Summary.NotChecked = append(run.Summary.NotChecked, Gap{
			URL: fmt.Sprintf("https://www.example.gov.cn/files/2025/f%05d.pdf", i), Reason: reasons[i%len(reasons)], Detail: "加密的 PDF，没有口令", Failed: i%4 == 1 || i%4 == 2,
		})
	}
	for i := range 9 {
		p := Point{Run: fmt.Sprint(i), Time: start.AddDate(0, 0, i-8), New: (i*37)%11 + 2, Resolved: (i * 53) % 13, Returned: i % 2}
		p.Findings = Counts{Critical: 2 + i%3, High: n/4 - i*n/80, Medium: n / 5, Low: n/8 + i*n/90}
		p.Persisting = p.Findings.Total() - p.New
		run.Trend = append(run.Trend, p)
	}
	return run
}

func generatedOptions(l lang.Lang) Options {
	return Options{
		Lang: l, Version: "1.0", RuleSet: "113 条规则（cb1a002791db0f53）", Organisation: "云岭县人民政府（示例）",
		Now: time.Date(2026, 3, 5, 8, 0, 0, 0, time.FixedZone("CST", 8*3600)),
	}
}
