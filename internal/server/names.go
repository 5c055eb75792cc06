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
