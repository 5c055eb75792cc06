package report

import "prescreen/internal/lang"

// GapText says in the reader's language why an address was not checked. As
// with ProblemText, what the catalogue lacks is shown as it is.
func GapText(detail string, l lang.Lang) string {
	said, _ := gapMessages.Say(detail, l)
	return said
}

var gapMessages = lang.NewCatalogue(
	`disallowed for (.*)`, "robots.txt 不允许 $1 访问",
	`robots\.txt answered (.*)`, "robots.txt 返回 $1",
	`redirects to itself`, "跳转到自身",
	`redirects in a ring, again and again to (.*)`, "循环跳转，反复回到 $1",
	`more than (\d+) redirects in a row`, "连续跳转超过 $1 次",
	`site "(.*)" is no longer configured`, "站点“$1”已不在配置中",
	`a seed leads out of scope \((.*)\): (.*)`, "起始网址跳转到范围以外：$2",
	`(?:answered )?(\d{3} ?[A-Za-z ]*)`, "服务器返回 $1",
	`304 without a condition`, "服务器无故返回 304",
	`panic: (.*)`, "处理该页时程序出错（$1）",
	`dns: (.*)`, "域名无法解析（$1）",
	`connect: (.*)`, "无法连接（$1）",
	`tls: (.*)`, "证书或加密连接有误（$1）",
	`timeout: (.*)`, "未在时限内响应（$1）",
	`protocol: (.*)`, "响应不合规范或中断（$1）",
	`local: (.*)`, "本机故障（$1）",
	`other: (.*)`, "$1",
)
