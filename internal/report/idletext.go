package report

import "prescreen/internal/lang"

// IdleText says in the reader's language why a host is idle, or a run hands
// nothing out. As with ProblemText, what the catalogue lacks is shown as it
// is.
func IdleText(why string, l lang.Lang) string {
	if said, ok := idleMessages.Say(why, l); ok {
		return said
	}
	return GapText(why, l)
}

var idleMessages = lang.NewCatalogue(
	`given up \((.*)\); its URLs are being reported`, "已放弃该主机（$1），正在登记其未检查的网址",
	`robots\.txt is being fetched`, "正在读取 robots.txt",
	`waiting for robots\.txt of (.*)`, "等待 $1 的 robots.txt",
	`a worker is on it \((\d+) tasks in flight\)`, "正在访问（$1 个进行中）",
	`the page budget is in flight`, "页数限额已全部在途",
	`blocked`, "暂不访问",
	`politeness delay of the host`, "两次访问之间的间隔",
	`its tasks wait for another try`, "等待重试",
	`address (\S+) serves as many requests as allowed`, "地址 $1 的并发已达上限",
	`politeness delay of address (\S+)`, "地址 $1 的访问间隔",
	`quiet hours until (\S+)`, "静默时段，至 $1",
	`paused`, "已暂停",
	`paused by a person`, "由人工暂停",
	`paused by (.*)`, "由 $1 暂停",
	`the frontier does not answer`, "待抓取队列（Redis）没有响应",
	`disk of "(.*)" has (\d+) MiB free, (\d+) MiB are needed; free some space and the crawl goes on`, "磁盘（$1）仅剩 $2 MB，需要 $3 MB；清理后自动继续",
)
