package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// The log keeps codes and fields, which its chain of hashes covers. Here they
// become words in the reader's language; the log itself stays as it is.

// actionName says an action of the log for people; those without a name stand
// as they are.
func actionName(a string, l lang.Lang) string {
	names := map[string][2]string{
		"login": {"登录", "logged in"}, "login.refused": {"登录被拒", "login refused"}, "logout": {"退出", "logged out"},
		"denied": {"无权访问", "access denied"}, "view": {"查看", "viewed"}, "download": {"下载", "downloaded"},
		"run.start": {"开始任务", "started a run"}, "run.paused": {"暂停任务", "paused a run"}, "run.running": {"继续任务", "resumed a run"},
		"run.cancelled": {"取消任务", "cancelled a run"}, "run.finished": {"任务完成", "run finished"}, "run.deleted": {"清理旧任务", "deleted an old run"},
		"user.add": {"新增用户", "added a user"}, "user.change": {"修改用户", "changed a user"}, "user.password": {"修改口令", "changed a password"},
		"token.add": {"新建令牌", "made a token"}, "token.revoke": {"吊销令牌", "revoked a token"},
		"cases.found": {"发现问题", "found"}, "cases.closed": {"复查通过", "closed"}, "cases.exported": {"导出问题", "exported findings"},
		"baseline.applied": {"接受基线", "accepted a baseline"}, "evidence.rotated": {"更换证据密钥", "changed the key of the evidence"}, "swept": {"清理到期记录", "removed what need not be kept"},
		"assigned": {"指派", "assigned"}, "due": {"修改期限", "set a deadline"},
		"note": {"备注", "noted"}, "step": {"完成步骤", "did a step"}, "confirmed": {"确认", "confirmed"}, "dismissed": {"判为误报", "dismissed"},
		"fixing": {"开始整改", "being fixed"}, "fixed": {"整改完成", "fixed"}, "closed": {"关闭", "closed"}, "reopened": {"重新打开", "reopened"}, "open": {"恢复待处理", "opened again"},
		"recheck": {"现场复查", "looked again"}, "found": {"发现", "found"}, "found again": {"再次发现", "found again"}, "gone": {"未再发现", "no longer found"},
	}
	n, ok := names[a]
	if !ok {
		return a
	}
	return l.Pick(n[0], n[1])
}

// actorName says who did it: a user, or what is no person.
func actorName(a string, l lang.Lang) string {
	switch {
	case a == "console":
		return l.Pick("命令行", "command line")
	case a == "prescreen":
		return l.Pick("系统", "the system")
	case strings.HasPrefix(a, "run "):
		return objectName(a, l)
	}
	return a
}

// objectName says what it was done to. Addresses and routes stand as they are.
func objectName(o string, l lang.Lang) string {
	kind, name, named := strings.Cut(o, " ")
	names := map[string][2]string{
		"case": {"问题", "finding"}, "cases": {"问题", "findings"}, "run": {"任务", "run"}, "user": {"用户", "user"}, "token": {"令牌", "token"},
		"report": {"任务报告", "report of run"}, "check": {"检查结果", "check"}, "findings": {"问题列表", "list of findings"}, "today": {"今日页", "today's page"},
		"baseline": {"基线", "baseline"}, "store": {"数据库", "database"}, "evidence": {"证据", "evidence"},
	}
	n, ok := names[kind]
	switch {
	case !ok:
		return o
	case named:
		return l.Pick(n[0], n[1]) + " " + name
	}
	return l.Pick(n[0], n[1])
}

// detailOrder is the order in which fields are told: what was done before what
// it was done with.
var detailOrder = []string{
	"cases", "opened", "reopened", "expired", "closed", "new", "persisting", "resolved", "verdict", "sites", "role", "setup", "user", "disabled", "password",
	"scopes", "days", "assignee", "due", "step", "owner", "reason", "expires", "note", "query", "format", "count", "entries", "dismissed", "files",
	"checks", "keys", "sessions", "lost", "run", "started",
}

// detailText says the fields of an entry in words: "责任人：王编辑；来自：10.1.2.3".
func detailText(raw json.RawMessage, l lang.Lang) string {
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // numbers of findings are no floating point
	if len(raw) == 0 || dec.Decode(&fields) != nil {
		return string(raw)
	}
	keys := slices.Sorted(maps.Keys(fields))
	rank := func(k string) int {
		switch i := slices.Index(detailOrder, k); {
		case k == "from":
			return len(detailOrder) + 1
		case i < 0:
			return len(detailOrder)
		default:
			return i
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	var parts []string
	for _, k := range keys {
		if v := detailValue(k, fields[k], l); v != "" {
			parts = append(parts, fieldName(k, l)+l.Pick("：", ": ")+v)
		}
	}
	return strings.Join(parts, l.Pick("；", "; "))
}

func fieldName(k string, l lang.Lang) string {
	names := map[string][2]string{
		"from": {"来自", "from"}, "query": {"筛选", "filter"}, "verdict": {"结论", "verdict"}, "sites": {"站点", "sites"}, "role": {"角色", "role"},
		"setup": {"首次设置", "first set-up"}, "user": {"用户", "user"}, "disabled": {"停用", "disabled"}, "password": {"口令", "password"},
		"scopes": {"权限", "scopes"}, "days": {"有效天数", "days"}, "cases": {"问题", "findings"}, "assignee": {"责任人", "assignee"}, "due": {"期限", "due"},
		"owner": {"负责人", "owner"}, "reason": {"理由", "reason"}, "expires": {"有效期至", "until"}, "note": {"备注", "note"}, "step": {"步骤", "step"},
		"opened": {"新问题", "new findings"}, "reopened": {"复发", "came back"}, "expired": {"例外到期", "exceptions expired"}, "closed": {"复查通过", "closed"},
		"new": {"新增", "new"}, "persisting": {"仍在", "persisting"}, "resolved": {"消失", "gone"}, "run": {"任务", "run"}, "started": {"开始", "started"},
		"format": {"格式", "format"}, "count": {"数量", "count"}, "entries": {"条目", "entries"}, "dismissed": {"判为误报", "dismissed"}, "files": {"文件数", "files"},
		"checks": {"检查", "checks"}, "keys": {"幂等键", "idempotency keys"}, "sessions": {"会话", "sessions"}, "lost": {"标为中断", "marked as lost"},
	}
	n, ok := names[k]
	if !ok {
		return k
	}
	return l.Pick(n[0], n[1])
}

// detailValue says a value; "" where there is nothing to say.
func detailValue(k string, v any, l lang.Lang) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, detailValue(k, x, l))
		}
		return strings.Join(all, l.Pick("、", ", "))
	case bool:
		if v {
			return l.Pick("是", "yes")
		}
		return l.Pick("否", "no")
	case string:
		return detailWord(k, v, l)
	case json.Number:
		return v.String()
	}
	data, err := json.Marshal(v)
	if err != nil { // it was JSON a moment ago
		return fmt.Sprint(v)
	}
	return string(data)
}

// detailWord says a code of the program; what people wrote stands as it is.
func detailWord(k, v string, l lang.Lang) string {
	switch k {
	case "role":
		return roleName(accounts.Role(v), l)
	case "verdict":
		return report.VerdictName(scanner.Verdict(v), l)
	case "step":
		return cases.StepName(v).Name(l)
	case "password":
		if v == "new" {
			return l.Pick("已重置", "reset")
		}
	case "query":
		return queryText(v, l)
	case "due", "expires", "started":
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil && t.IsZero() {
			return ""
		} else if err == nil {
			return formatTime(t, "2006-01-02 15:04")
		}
	}
	return v
}

// queryText says how a list was filtered: what was left empty is left out.
func queryText(raw string, l lang.Lang) string {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return raw
	}
	names := map[string][2]string{
		"state": {"状态", "state"}, "severity": {"等级", "severity"}, "category": {"类别", "category"}, "site": {"站点", "site"}, "assignee": {"处理人", "assignee"},
		"q": {"搜索", "words"}, "text": {"搜索", "words"}, "overdue": {"超期", "overdue"}, "run": {"任务", "run"}, "rule": {"规则", "rule"}, "url": {"网址", "address"},
		"limit": {"条数", "limit"}, "cursor": {"续页", "cursor"}, "sort": {"排序", "sort"},
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(q)) {
		v := strings.Join(slices.DeleteFunc(q[k], func(s string) bool { return s == "" }), l.Pick("、", ", "))
		if v == "" || k == "ok" {
			continue
		}
		switch k {
		case "severity":
			v = report.SeverityName(scanner.Severity(v), l)
		case "category":
			v = report.CategoryName(v, l)
		case "state":
			v = cases.State(v).Name(l)
			if v == "pending" {
				v = l.Pick("待处置", "to be dealt with")
			}
		}
		name := k
		if n, ok := names[k]; ok {
			name = l.Pick(n[0], n[1])
		}
		parts = append(parts, name+" "+v)
	}
	return strings.Join(parts, l.Pick("，", ", "))
}
