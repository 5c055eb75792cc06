package report

import (
	"fmt"
	"strings"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

// comparison says how a run differs from the one before it.
func comparison(run *Run, l lang.Lang) string {
	if len(run.Trend) < 2 {
		return l.Pick("本次为首次检查，无上期数据可比。", "This is the first run; there is nothing to compare it with.")
	}
	before, p := run.Trend[len(run.Trend)-2], run.Trend[len(run.Trend)-1]
	text := fmt.Sprintf(l.Pick(
		"上期发现疑似问题%d个，本期%d个。其中新发现%d个，持续存在%d个，已消除%d个。",
		"The run before found %d suspected problems, this one %d: %d new, %d persisting, %d resolved."),
		before.Findings.Total(), p.Findings.Total(), p.New, p.Persisting, p.Resolved)
	if p.Returned > 0 {
		text += fmt.Sprintf(l.Pick("有%d个问题整改后复发，请重点核查整改是否到位。", " %d had been fixed and returned: see whether they were mended at all."), p.Returned)
	}
	return text
}

// coverage says what was looked at and what was not.
func coverage(run *Run, l lang.Lang) string {
	s := &run.Summary
	text := fmt.Sprintf(l.Pick("检查页面%d个、附件%d个", "%d pages and %d attachments were checked"), s.Pages, s.Attachments)
	if s.Pictures > 0 {
		text += fmt.Sprintf(l.Pick("，页面内图片%d幅未做文字识别", "; %d pictures inside pages were not looked at"), s.Pictures)
	}
	if len(s.NotChecked) == 0 {
		return text + l.Pick("；范围内的内容均已检查。", "; everything in scope was checked.")
	}
	return text + fmt.Sprintf(l.Pick("；另有%d项内容未能检查或未能完整检查，对其不能得出没有问题的结论。",
		"; %d items could not be checked, or only in part: nothing is known about them."), len(s.NotChecked))
}

// problems is one paragraph per category with findings, worst examples first.
func problems(list []cases.Case, l lang.Lang) string {
	var out []string
	for _, id := range categoryIDs() {
		var n Counts
		rules := map[string]int{}
		var order []string
		for i := range list {
			if f := &list[i].Finding; f.Category == id {
				n.Add(f.Severity)
				if rules[f.Title] == 0 {
					order = append(order, f.Title)
				}
				rules[f.Title]++
			}
		}
		if n.Total() == 0 {
			continue
		}
		var kinds []string
		for _, title := range order {
			kinds = append(kinds, fmt.Sprintf(l.Pick("%s%d个", "%s: %d"), title, rules[title]))
			if len(kinds) == 6 && len(order) > 6 {
				kinds = append(kinds, l.Pick("等", "and others"))
				break
			}
		}
		out = append(out, fmt.Sprintf(l.Pick("（%s）%s%d个（严重%d个、高%d个、中%d个、低%d个）。主要为：%s。",
			"(%s) %s: %d (critical %d, high %d, medium %d, low %d). Mostly %s."),
			ordinal(len(out)+1, l), CategoryName(id, l), n.Total(), n.Critical, n.High, n.Medium, n.Low, strings.Join(kinds, l.Pick("、", ", "))))
	}
	if len(out) == 0 {
		return l.Pick("未发现疑似问题。", "No suspected problems were found.")
	}
	return strings.Join(out, "\n")
}

func ordinal(n int, l lang.Lang) string {
	if l == lang.Chinese && n <= 10 {
		return []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}[n-1]
	}
	return fmt.Sprint(n)
}

// demands are what is to be done, by what was found.
func demands(run *Run, opt *FormOptions) string {
	l := opt.Lang
	found := map[string]bool{}
	for i := range run.Cases {
		found[run.Cases[i].Finding.Category] = true
	}
	texts := []struct {
		when   bool
		zh, en string
	}{
		{found["secrecy"], "对疑似国家秘密信息，立即下线、清除缓存和搜索引擎快照、封存原件及访问日志，并在24小时内向同级保密行政管理部门和上级主管部门报告；是否属于国家秘密，以鉴定结论为准。",
			"Suspected state secrets: take them down at once, purge caches and search engines, seal originals and access logs, and report to the authority within 24 hours; the authority decides."},
		{found["internal"], "对疑似内部文件，先行撤下，由制发单位核定公开属性后再决定是否公开。",
			"Suspected internal documents: take them down until the issuing unit has decided on their disclosure."},
		{found["pii"], "对公开的个人信息，撤下后作去标识化处理再重新发布，页面与附件一并替换；涉及人数较多的，评估影响并告知当事人。",
			"Personal information: take it down, de-identify it, and publish page and attachments again; where many people are concerned, assess the harm and tell them."},
		{found["credential"], "对暴露的账号口令，立即停用并更换，检查是否已被他人使用。",
			"Exposed credentials: disable and replace them at once and look for misuse."},
		{found["wording"], "对文字差错，核对后更正。", "Misprints: check and correct them."},
		{len(run.Cases) > 0, "举一反三，对同类栏目和历史信息全面自查，落实先审查、后公开和一事一审，查明原因，完善信息发布保密审查制度。",
			"Look for the same in similar columns and old postings; review before publishing, each item by itself; find out the cause."},
		{len(run.Summary.NotChecked) > 0, "对未能检查的内容，由责任单位人工核查。", "What could not be checked is to be looked at by the unit itself."},
	}
	var out []string
	for _, t := range texts {
		if t.when {
			out = append(out, fmt.Sprintf(l.Pick("（%s）%s", "(%s) %s"), ordinal(len(out)+1, l), l.Pick(t.zh, t.en)))
		}
	}
	if len(out) == 0 {
		return l.Pick("继续做好信息发布保密审查工作。", "Go on reviewing what is published.")
	}
	return strings.Join(out, "\n")
}

// deadline of a notice in words.
func deadline(run *Run, opt *FormOptions) string {
	d := opt.Deadline
	for i := range run.Cases {
		if due := run.Cases[i].Due; opt.Deadline.IsZero() && due.After(d) {
			d = due
		}
	}
	if d.IsZero() {
		return opt.Lang.Pick("收到本通知之日起10个工作日内", "within ten working days of this notice")
	}
	return opt.in(d).Format(opt.Lang.Pick("2006年1月2日前", "by 2 January 2006"))
}

// rest says which findings the annex leaves out.
func rest(run *Run, opt *FormOptions) string {
	if opt.Form != Inspection || len(run.Cases) <= annexRows {
		return ""
	}
	return fmt.Sprintf(opt.Lang.Pick("本表按等级列出前%d个问题，全部%d个问题见电子版《问题明细表》。",
		"The worst %d of %d; the spreadsheet has all."), annexRows, len(run.Cases))
}

// reviewResult is the conclusion of the program on one document.
func reviewResult(d *Document, l lang.Lang) string {
	n := countAll(d.Findings)
	out := fmt.Sprintf(l.Pick("结论：%s。发现疑似问题%d个（严重%d个、高%d个、中%d个、低%d个）。",
		"Verdict: %s. %d suspected problems (critical %d, high %d, medium %d, low %d)."),
		VerdictName(d.Verdict, l), n.Total(), n.Critical, n.High, n.Medium, n.Low)
	if len(d.Unread) > 0 {
		out += fmt.Sprintf(l.Pick("有%d处未能读取，须人工核查。", " %d parts could not be read and must be looked at by a person."), len(d.Unread))
	}
	return out + l.Pick("机器预审只作提示，不代替人工审查。", " The program only points out; it does not replace the review.")
}

func unreadLines(gaps []Gap, l lang.Lang) string {
	var out []string
	for i, g := range gaps {
		if i == 10 {
			out = append(out, fmt.Sprintf(l.Pick("……共%d处", "… %d in all"), len(gaps)))
			break
		}
		out = append(out, g.Reason+l.Pick("：", ": ")+g.Detail)
	}
	if len(out) == 0 {
		return l.Pick("无", "none")
	}
	return strings.Join(out, "\n")
}
