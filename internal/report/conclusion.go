package report

import (
	"fmt"

	"prescreen/internal/lang"
)

// conclusion says in a few sentences what the reader should know before
// anything else: what was looked at, what was found, what changed, and what
// the report does not cover.
func conclusion(run *Run, opt *Options) []string {
	l, s, n := opt.Lang, &run.Summary, countAll(run.Cases)
	var out []string
	out = append(out, fmt.Sprintf(l.Pick(
		"本次共检查页面 %d 个、附件 %d 个，发现疑似问题 %d 个，其中严重 %d 个、高 %d 个、中 %d 个、低 %d 个。",
		"%d pages and %d attachments were checked; %d suspected problems were found: %d critical, %d high, %d medium, %d low."),
		s.Pages, s.Attachments, n.Total(), n.Critical, n.High, n.Medium, n.Low))
	if len(run.Trend) > 1 {
		p := run.Trend[len(run.Trend)-1]
		out = append(out, fmt.Sprintf(l.Pick(
			"与上次检查相比：新发现 %d 个（其中复发 %d 个），持续存在 %d 个，已消除 %d 个。",
			"Compared with the run before: %d new (%d of them returned), %d persisting, %d resolved."),
			p.New, p.Returned, p.Persisting, p.Resolved))
	}
	if run.Dismissed > 0 {
		out = append(out, fmt.Sprintf(l.Pick("另有 %d 个已判为误报，未列入。", "%d more were dismissed as false alarms and are not listed."), run.Dismissed))
	}
	if s := notCovered(run, l); s != "" {
		out = append(out, s)
	}
	return out
}

// notCovered says what the report does not cover, "" where it covers all.
func notCovered(run *Run, l lang.Lang) string {
	s := &run.Summary
	if len(s.NotChecked) == 0 && s.Pictures == 0 {
		return ""
	}
	text := fmt.Sprintf(l.Pick("另有 %d 项内容未能检查或未能完整检查", "%d items could not be checked, or only in part"), len(s.NotChecked))
	if s.Pictures > 0 {
		text += fmt.Sprintf(l.Pick("，页面内 %d 幅图片未做文字识别", "; %d pictures inside pages were not looked at"), s.Pictures)
	}
	return text + l.Pick("，清单见“未能检查的内容”；对这些内容不能得出没有问题的结论。", ". They are listed below; nothing is known about them.")
}
