package report

import (
	"fmt"
	"strings"

	"prescreen/internal/lang"
	"prescreen/scanner"
)

// Where describes a place in words: 附件.zip → 名单.xlsx,工作表 Sheet1,单元格 B2.
func Where(p scanner.Place, l lang.Lang) string {
	var parts []string
	if p.File != "" {
		parts = append(parts, strings.ReplaceAll(p.File, "!/", " → "))
	}
	if p.Sheet != "" {
		parts = append(parts, l.Pick("工作表 ", "sheet ")+p.Sheet)
	}
	if p.Cell != "" {
		parts = append(parts, l.Pick("单元格 ", "cell ")+p.Cell)
	}
	if p.Page > 0 {
		parts = append(parts, fmt.Sprintf(l.Pick("第 %d 页", "page %d"), p.Page))
	}
	parts = append(parts, KindName(p.Kind, l))
	if p.Line > 0 && p.Cell == "" {
		parts = append(parts, fmt.Sprintf(l.Pick("第 %d 行", "line %d"), p.Line))
	}
	return strings.Join(parts, l.Pick("，", ", "))
}

var kindNames = map[scanner.Kind][2]string{
	scanner.KindBody:      {"正文", "body"},
	scanner.KindTitle:     {"标题", "title"},
	scanner.KindHeading:   {"小标题", "heading"},
	scanner.KindHeader:    {"页眉", "page header"},
	scanner.KindFooter:    {"页脚", "page footer"},
	scanner.KindNote:      {"脚注/备注", "note"},
	scanner.KindComment:   {"注释/批注", "comment"},
	scanner.KindRevision:  {"修订痕迹", "tracked change"},
	scanner.KindHidden:    {"隐藏内容", "hidden content"},
	scanner.KindAttribute: {"元素属性", "attribute"},
	scanner.KindProperty:  {"文档属性", "document property"},
	scanner.KindForm:      {"表单内容", "form value"},
	scanner.KindLink:      {"链接地址", "link address"},
	scanner.KindScript:    {"脚本内容", "script"},
	scanner.KindFilename:  {"文件名", "file name"},
	scanner.KindImage:     {"图片文字", "text in image"},
}

// KindName names a kind of place for people.
func KindName(k scanner.Kind, l lang.Lang) string {
	n, ok := kindNames[k]
	if !ok {
		return string(k)
	}
	return l.Pick(n[0], n[1])
}

// VerdictName names a verdict for people.
func VerdictName(v scanner.Verdict, l lang.Lang) string {
	switch v {
	case scanner.VerdictPass:
		return l.Pick("通过", "pass")
	case scanner.VerdictReview:
		return l.Pick("需人工复核", "review")
	case scanner.VerdictBlock:
		return l.Pick("建议阻断", "block")
	case scanner.VerdictIncomplete:
		return l.Pick("检查不完整", "incomplete")
	}
	return string(v)
}

// SeverityName names a severity for people.
func SeverityName(s scanner.Severity, l lang.Lang) string {
	switch s {
	case scanner.SeverityCritical:
		return l.Pick("严重", "critical")
	case scanner.SeverityHigh:
		return l.Pick("高", "high")
	case scanner.SeverityMedium:
		return l.Pick("中", "medium")
	}
	return l.Pick("低", "low")
}

// CategoryName names a category for people.
func CategoryName(c string, l lang.Lang) string {
	switch c {
	case "secrecy":
		return l.Pick("疑似国家秘密标志", "suspected secrecy mark")
	case "internal":
		return l.Pick("疑似内部文件", "suspected internal document")
	case "pii":
		return l.Pick("个人信息", "personal information")
	case "credential":
		return l.Pick("账号口令", "credentials")
	case "wording":
		return l.Pick("文字差错", "wording")
	}
	return c
}

// StatusName names the status of a file for people.
func StatusName(s scanner.Status, l lang.Lang) string {
	switch s {
	case scanner.StatusPartial:
		return l.Pick("未能完整读取", "read in part")
	case scanner.StatusEncrypted:
		return l.Pick("文件已加密", "encrypted")
	case scanner.StatusDamaged:
		return l.Pick("文件已损坏", "damaged")
	case scanner.StatusUnsupported:
		return l.Pick("格式不支持", "unsupported format")
	case scanner.StatusLimit:
		return l.Pick("超过限额", "over a limit")
	case scanner.StatusTimeout:
		return l.Pick("超时", "timed out")
	case scanner.StatusUnreachable:
		return l.Pick("无法访问", "unreachable")
	case scanner.StatusEmpty:
		return l.Pick("内容为空", "empty")
	}
	return string(s)
}

// RunStateName names the state of a run for people: those of the store, and
// "open" for one that is begun and that nobody is known to work on.
func RunStateName(state string, l lang.Lang) string {
	switch state {
	case "running":
		return l.Pick("进行中", "running")
	case "open":
		return l.Pick("未完成，可继续", "not finished, can go on")
	case "paused":
		return l.Pick("已暂停", "paused")
	case "cancelled":
		return l.Pick("已取消", "cancelled")
	case "finished":
		return l.Pick("已完成", "finished")
	case "abandoned":
		return l.Pick("已放弃", "given up")
	}
	return state
}
