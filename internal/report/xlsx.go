package report

import (
	"fmt"
	"io"
	"time"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// writeXLSX writes a workbook (ECMA-376) of three sheets: 问题明细表 with
// filters, links and a list of states to choose from; the statistics; what was
// not checked. Every cell is typed: text cannot become a formula.
func writeXLSX(w io.Writer, run *Run, opt Options) error {
	l := opt.Lang
	b := newWorkbook(w, opt)
	findings := b.sheet(l.Pick("问题明细", "Findings"))
	writeFindings(findings, run, &opt)
	findings.close()
	stats := b.sheet(l.Pick("统计", "Statistics"))
	writeStatistics(stats, run, &opt)
	stats.close()
	gaps := b.sheet(l.Pick("未检查清单", "Not checked"))
	writeGaps(gaps, run, &opt)
	gaps.close()
	return b.close()
}

func writeFindings(s *sheet, run *Run, opt *Options) {
	l := opt.Lang
	cols := sheetColumns()
	s.title = l.Pick("网站发布内容保密检查问题明细表", "Publication screening: findings")
	for _, c := range cols {
		s.cols = append(s.cols, colFormat{width: c.width})
	}
	s.cols = append(s.cols, colFormat{width: 10, hidden: true})
	s.freeze, s.filter, s.lastRow = true, len(cols), len(run.Cases)+1
	s.begin()
	header := make([]cell, 0, len(cols)+1)
	for _, c := range cols {
		style := styleHeader
		if c.edit {
			style = styleHeaderEdit
		}
		header = append(header, cell{text: c.name(l), style: style})
	}
	s.row(append(header, cell{text: sealColumn, style: styleHeader}))
	row := make([]cell, 0, len(cols)+1)
	for i := range run.Cases {
		row = findingRow(row[:0], i, &run.Cases[i], opt)
		s.row(row)
	}
	last := len(run.Cases) + 1
	for i, c := range cols {
		switch {
		case last < 2:
		case c.id == "state":
			var names []string
			for _, n := range cases.States() {
				names = append(names, sheetState(n, l))
			}
			s.choose(i, last, names, l.Pick("请从列表中选择状态", "Choose one of the states"))
		case c.id == "due":
			s.date(i, last, l.Pick("请填写日期，如 2026-03-31", "Enter a date such as 2026-03-31"))
		}
	}
}

func findingRow(row []cell, i int, c *cases.Case, opt *Options) []cell {
	texts := rowCells(i, c, opt)
	for j, col := range sheetColumns() {
		x := cell{text: texts[j], style: styleText}
		switch col.id {
		case "seq":
			x = cell{number: float64(i + 1), isNumber: true, style: styleNumber}
		case "number":
			if c.ID > 0 {
				x = cell{number: float64(c.ID), isNumber: true, style: styleNumber}
			}
		case "url":
			x.style, x.link = styleLink, texts[j]
		case "severity":
			x.style = severityStyle(c.Finding.Severity)
		case "found":
			x = dateCell(c.FirstSeen, opt, styleDate)
		case "due":
			x = dateCell(c.Due, opt, styleEditDate)
		case "assignee", "state", "note":
			x.style = styleEdit
		}
		row = append(row, x)
	}
	return append(row, cell{text: rowSeal(c.Version, texts), style: styleText})
}

func severityStyle(s scanner.Severity) int {
	switch s {
	case scanner.SeverityCritical:
		return styleCritical
	case scanner.SeverityHigh:
		return styleHigh
	case scanner.SeverityMedium:
		return styleMedium
	}
	return styleLow
}

// dateCell is a day as spreadsheets count them: days since 1899-12-30.
func dateCell(t time.Time, opt *Options, style int) cell {
	if t.IsZero() {
		return cell{style: style}
	}
	y, m, d := opt.in(t).Date()
	days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(sheetEpoch()) / (24 * time.Hour)
	return cell{number: float64(days), isNumber: true, style: style}
}

func sheetEpoch() time.Time { return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) }

func writeStatistics(s *sheet, run *Run, opt *Options) {
	l := opt.Lang
	s.title = l.Pick("统计", "Statistics")
	s.cols = []colFormat{{width: 34}, {width: 12}, {width: 12}, {width: 12}, {width: 12}, {width: 12}, {width: 12}}
	s.begin()
	s.row([]cell{{text: l.Pick("网站发布内容保密检查统计", "Publication screening: statistics"), style: styleTitle}})
	for _, line := range conclusion(run, opt) {
		s.row([]cell{{text: line}})
	}
	for _, pair := range [][2]string{
		{l.Pick("单位", "organisation"), opt.Organisation},
		{l.Pick("检查任务", "run"), run.Summary.Run},
		{l.Pick("检查时间", "checked"), opt.in(run.Summary.Started).Format("2006-01-02 15:04") + " – " + opt.in(run.Summary.Finished).Format("2006-01-02 15:04")},
		{l.Pick("总体结论", "verdict"), VerdictName(run.Summary.Verdict, l)},
		{l.Pick("规则库", "rule set"), opt.RuleSet},
	} {
		if pair[1] != "" {
			s.row([]cell{{text: pair[0]}, {text: pair[1]}})
		}
	}
	for _, st := range statistics(run.Cases, l) {
		s.row(nil)
		head := []cell{{text: st.Title, style: styleHeader}}
		for _, sev := range severities() {
			head = append(head, cell{text: SeverityName(sev, l), style: styleHeader})
		}
		s.row(append(head, cell{text: l.Pick("合计", "total"), style: styleHeader}))
		for _, g := range st.Groups {
			s.row(countRow(g.Name, g.Counts))
		}
		s.row(countRow(l.Pick("合计", "total"), countAll(run.Cases)))
	}
	if len(run.Trend) > 1 {
		s.row(nil)
		var head []cell
		for _, h := range []string{
			l.Pick("检查时间", "run"), l.Pick("问题", "findings"), l.Pick("严重", "critical"), l.Pick("新发现", "new"),
			l.Pick("复发", "returned"), l.Pick("持续", "persisting"), l.Pick("已消除", "resolved"),
		} {
			head = append(head, cell{text: h, style: styleHeader})
		}
		s.row(head)
		for _, p := range run.Trend {
			row := []cell{{text: opt.in(p.Time).Format("2006-01-02 15:04"), style: styleText}}
			for _, n := range []int{p.Findings.Total(), p.Findings.Critical, p.New, p.Returned, p.Persisting, p.Resolved} {
				row = append(row, numberCell(n))
			}
			s.row(row)
		}
	}
}

func numberCell(n int) cell { return cell{number: float64(n), isNumber: true, style: styleNumber} }

func countRow(name string, c Counts) []cell {
	row := []cell{{text: name, style: styleText}}
	for _, s := range severities() {
		row = append(row, numberCell(c.Of(s)))
	}
	return append(row, numberCell(c.Total()))
}

func writeGaps(s *sheet, run *Run, opt *Options) {
	l := opt.Lang
	s.title = l.Pick("未能检查的内容清单", "What was not checked")
	s.cols = []colFormat{{width: 6}, {width: 60}, {width: 22}, {width: 60}, {width: 14}}
	s.freeze, s.filter, s.lastRow = true, 5, len(run.Summary.NotChecked)+1
	s.begin()
	var head []cell
	for _, h := range []string{l.Pick("序号", "No."), l.Pick("网址/文件", "address or file"), l.Pick("原因", "reason"), l.Pick("说明", "detail"), l.Pick("性质", "kind")} {
		head = append(head, cell{text: h, style: styleHeader})
	}
	s.row(head)
	for i, g := range run.Summary.NotChecked {
		kind := l.Pick("按规则未检查", "by decision")
		if g.Failed {
			kind = l.Pick("出错", "error")
		}
		s.row([]cell{
			{number: float64(i + 1), isNumber: true, style: styleNumber},
			{text: g.URL, style: styleText}, {text: g.Reason, style: styleText},
			{text: g.Detail, style: styleText}, {text: kind, style: styleText},
		})
	}
	if run.Summary.Pictures > 0 {
		s.row([]cell{{}, {text: fmt.Sprintf(l.Pick("另有页面内图片 %d 幅未做文字识别（配置 crawl.pictures）",
			"and %d pictures inside pages that were not looked at (crawl.pictures)"), run.Summary.Pictures)}})
	}
}
