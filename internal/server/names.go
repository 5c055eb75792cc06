package server

import (
	"prescreen/internal/accounts"
	"prescreen/internal/lang"
)

func roleName(r accounts.Role, l lang.Lang) string {
	switch r {
	case accounts.Admin:
		return l.Pick("系统管理员", "administrator")
	case accounts.Officer:
		return l.Pick("安全保密员", "security officer")
	case accounts.Auditor:
		return l.Pick("安全审计员", "auditor")
	case accounts.Editor:
		return l.Pick("编辑", "editor")
	}
	return string(r)
}

func (s RunState) name(l lang.Lang) string {
	switch s {
	case RunRunning:
		return l.Pick("进行中", "running")
	case RunOpen:
		return l.Pick("未完成，可继续", "not finished, can go on")
	case RunPaused:
		return l.Pick("已暂停", "paused")
	case RunCancelled:
		return l.Pick("已取消", "cancelled")
	case RunFinished:
		return l.Pick("已完成", "finished")
	case RunAbandoned:
		return l.Pick("已放弃", "given up")
	}
	return string(s)
}

func kindName(k string, l lang.Lang) string {
	switch k {
	case "text":
		return l.Pick("文字", "text")
	case "html":
		return l.Pick("网页代码", "HTML")
	case "file":
		return l.Pick("文件", "file")
	case "url":
		return l.Pick("网址", "address")
	case "hook":
		return l.Pick("内容管理系统", "CMS")
	}
	return k
}

// actionName says an action of the log for people; those without a name stand
// as they are.
func actionName(a string, l lang.Lang) string {
	names := map[string][2]string{
		"login": {"登录", "logged in"}, "login.refused": {"登录被拒", "login refused"}, "logout": {"退出", "logged out"},
		"denied": {"无权访问", "access denied"}, "view": {"查看", "viewed"}, "download": {"下载", "downloaded"},
		"run.start": {"开始任务", "started a run"}, "run.paused": {"暂停任务", "paused a run"}, "run.running": {"继续任务", "resumed a run"}, "run.cancelled": {"取消任务", "cancelled a run"}, "run.finished": {"任务完成", "run finished"},
		"user.add": {"新增用户", "added a user"}, "user.change": {"修改用户", "changed a user"}, "user.password": {"修改口令", "changed a password"},
		"token.add": {"新建令牌", "made a token"}, "token.revoke": {"吊销令牌", "revoked a token"},
		"cases.found": {"发现问题", "found"}, "cases.closed": {"复查通过", "closed"}, "assigned": {"指派", "assigned"}, "due": {"修改期限", "set a deadline"},
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
