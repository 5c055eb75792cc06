package server

import (
	"errors"
	"fmt"
	"strings"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// refusals has the Chinese of what badRequest says where no reader is known.
var refusals = lang.NewCatalogue(
	`callback (".*"): no such hook with a callback is configured \(serve\.hooks\)`, `callback $1：没有配置带 callback 的同名接入（serve.hooks）`,
	`state: (.*)`, "状态有误：$1",
	`severity (".*"): use critical, high, medium or low`, "等级 $1 有误：只能是 critical、high、medium、low",
	`If-Match: send the ETag of the finding as it was given`, "If-Match 有误：请原样发送该问题的 ETag",
	`which address\? send X-Original-URL or \?url=`, "缺少网址：请发送 X-Original-URL 或 ?url=",
	`there is no rule (".*")`, "没有规则 $1",
	`no site is named (".*")`, "没有名为 $1 的站点",
	`no site is configured`, "没有配置任何站点：请在配置文件的 sites 中列出",
	`there is no file in the request`, "请求中没有文件",
	`send one file in the field file; there are (\d+) \(use /checks/batch, or one request for each\)`, "请在字段 file 中只发送一个文件，现有 $1 个（多个文件请用 /checks/batch 或分别发送）",
	`(\d+) items, (\d+) at most`, "共 $1 项，最多 $2 项",
	`the login took too long, or cookies are off; begin again`, "登录超时，或浏览器禁用了 Cookie，请重新登录",
	`the answer does not belong to this login; begin again`, "返回信息与本次登录不符，请重新登录",
	`your account has no role here; ask the administrator`, "您的账号在本系统中没有角色，请联系管理员",
	`the provider sends no usable preferred_username`, "身份提供方没有给出可用的用户名（preferred_username）",
	`a local account has the name (.*); ask the administrator`, "已有同名的本地账号 $1，请联系管理员",
	`your account is disabled`, "您的账号已停用",
	`what is to be done\?`, "未指明操作",
	`the form is damaged`, "表单不完整，请返回后重试",
	`(".*") is no number of a finding`, "$1 不是问题编号",
	`(".*") is no day`, "$1 不是有效日期",
	`send multipart/form-data: (.*)`, "请以 multipart/form-data 发送（$1）",
	`the upload is not complete: (.*)`, "上传不完整（$1）",
	`more than (\d+) fields`, "字段超过 $1 个",
	`field (".*") is longer than (\d+) bytes`, "字段 $1 超过 $2 字节",
	`more than (\d+) files`, "文件超过 $1 个",
	`who makes it`, "缺少操作人",
	`no case is named`, "没有选择问题",
	`a version goes with one case`, "版本号只能用于单个问题",
	`nothing is to be changed`, "没有要修改的内容",
	`(".*") is no state`, "$1 不是有效状态",
	`(".*") is no step`, "$1 不是有效步骤",
	`closing by hand needs a note of what was seen`, "手工关闭须在备注中写明核查情况",
	`a dismissal needs a reason`, "判为误报须填写理由",
	`the exception would have expired already`, "例外的有效期早于今天",
	`its 24 hours do not run, so it has no step (.*)`, "该问题不适用 24 小时处置，没有步骤 $1",
	`it needs a reason and a day to come`, "须填写理由和将来的到期日",
)

// refusalText says a refusal in the reader's language.
func refusalText(s string, l lang.Lang) string {
	if said, ok := refusals.Say(s, l); ok {
		return said
	}
	return report.ProblemText(scanner.Problem{Message: s}, l)
}

// incompleteText says what a change of findings lacks.
func incompleteText(err error, l lang.Lang) string {
	text := err.Error()
	if _, what, ok := strings.Cut(text, cases.ErrIncomplete.Error()+": "); ok && errors.Is(err, cases.ErrIncomplete) {
		text = what
	}
	return fmt.Sprintf(l.Pick("缺少必填内容：%s", "something is missing: %s"), refusalText(text, l))
}
