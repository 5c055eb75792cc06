package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const badDraft = "机密★1年\n\n关于召开第三季度会议的通知\n\n各科室：请于周五参会。\n联系人手机 13912345678，身份证号 110101199003070011。"

// TestServeBrowser works through the pages as people do, in a real browser.
func TestServeBrowser(t *testing.T) {
	_, dir := startPortal(t)
	s := startServed(t, dir, "organisation: 云岭县人民政府（示例）\n")
	b := openBrowser(t, s.url)
	if _, err := os.Stat(filepath.Join("..", "..", ".cache", "axe")); err != nil {
		t.Log("no axe-core, so accessibility is not looked at: scripts/deps fetches it where npm is")
	}
	editorChecks(b, dir)
	id := officerRuns(b)
	s.waitRun(id, "finished")
	officerTriages(b, id)
	auditorReads(b)
	adminManages(b)
	if b.steps < 30 {
		t.Errorf("only %d steps", b.steps)
	}
	t.Logf("%d steps", b.steps)
	if out := s.out.String(); strings.Contains(out, "13912345678") || strings.Contains(out, "level=ERROR") {
		t.Errorf("the log of the server:\n%s", out)
	}
}

// editorChecks: the editor checks a text, reads why it is stopped, mends it,
// and checks a spreadsheet.
func editorChecks(b *tab, dir string) {
	b.open("/findings")
	b.do("is led to the login", chromedp.WaitVisible("#password"))
	b.axe("login")
	b.picture("login")
	b.fill("#name", "editor")
	b.fill("#password", "wrong password 1")
	b.press("log in with a wrong password", ".card button.primary")
	b.see("不正确")
	b.login("editor")
	b.see("发布前检查")
	b.miss("审计", "用户")
	b.axe("check")
	b.picture("check")
	b.fill("#text", badDraft)
	b.press("check the draft", "#go")
	b.see("建议阻断", "密级标志", "保守国家秘密法", "下线", "身份证")
	b.miss("110101199003070011 ")
	if strings.Contains(b.text("#outcome"), "13912345678") {
		b.t.Error("the result shows the number")
	}
	b.axe("check with a result")
	b.picture("check-result")
	b.do("the draft is still there", chromedp.WaitVisible(".goto"), chromedp.Click(".goto"))
	picked := read(b, "the line is selected", chromedp.Evaluate[string](`(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.getElementById('text'))`))
	if !strings.Contains(picked, "机密★1年") {
		b.t.Errorf("selected %q", picked)
	}
	b.fill("#text", "关于召开第三季度会议的通知\n\n各科室：请于周五参会。")
	b.press("check the mended draft", "#go")
	b.see("通过")
	sheet := filepath.Join(dir, "公示名单.csv")
	if err := os.WriteFile(sheet, []byte("姓名,身份证号,金额\n张三丰,110101199003070011,100\n李四光,11010119900307002X,200\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.open("/check")
	b.do("choose a spreadsheet", chromedp.SetUploadFiles("#files", []string{sheet}))
	b.press("check the spreadsheet", "#go")
	b.see("公示名单.csv", "身份证")
	b.axe("result")
	b.picture("result")
	b.press("print the slip", `a[href$="/slip"]`)
	b.see("信息发布保密审查单", "云岭县人民政府", "王编辑", "审查人签字")
	b.axe("slip")
	b.picture("slip")
	b.open("/findings")
	b.see("没有此项权限")
}

// officerRuns: the officer starts a run and watches it.
func officerRuns(b *tab) string {
	b.login("officer")
	b.see("今日")
	b.open("/runs")
	b.picture("runs-empty")
	b.press("start a run of all sites", `form[action="/runs"] button.primary`)
	b.do("is on the page of the run", chromedp.WaitReady(".rowhead"))
	where := read(b, "its address", chromedp.Location())
	id := strings.TrimSuffix(where[strings.LastIndex(where, "/")+1:], "?ok=started")
	b.see("任务已开始")
	b.picture("run-live")
	b.do("sees it end by itself", chromedp.WaitVisible(`a[href^="/findings?run="]`))
	return id
}

// officerTriages: what was found is judged, one by one and many at once.
func officerTriages(b *tab, run string) {
	b.open("/runs/" + run)
	b.see("疑似问题", "下载报告", "未能检查")
	b.axe("run")
	b.picture("run")
	b.open("/runs")
	b.axe("runs")
	b.picture("runs")
	b.open("/today")
	b.see("24 小时处置中", "新发现", "检查缺口", "趋势")
	b.axe("today")
	b.picture("today")
	b.open("/findings")
	b.see("待处置", "严重")
	b.axe("findings")
	b.picture("findings")
	b.do("filter by severity", chromedp.SetValue("#severity", "critical"), chromedp.SetValue("#category", "secrecy"))
	b.press("filter", ".filters button.primary")
	b.press("open the first one", "table.findings tbody a b")
	b.see("发现时", "现在", "历史", "24 小时处置")
	b.axe("finding")
	b.press("look again", `form[action$="/now"] button`)
	b.see("仍然存在")
	b.picture("finding")
	b.fill("#note", "已核实，确为泄露")
	b.do("choose confirmed", chromedp.SetValue("#to", "confirmed"))
	b.press("confirm it", `form.bulk button.primary`)
	b.see("已保存", "已确认", "已核实")
	b.do("choose the first step", chromedp.SetValue("#step", "take_down"))
	b.press("the page was taken down", `form.bulk button.primary`)
	b.see("☑")
	b.open("/findings?state=open&severity=low")
	b.do("pick all", chromedp.Click("#all"), chromedp.SetValue("#to", "dismissed"), chromedp.SetValue("#note", "规范表述无需处理"))
	b.press("dismiss them", ".bulk button.primary")
	b.see("已保存")
	b.open("/rules?q=身份证")
	b.see("身份证")
	b.axe("rules")
	b.picture("rules")
	b.open("/rules/secrecy.mark.star")
	b.fill("#text", "国家秘密标志形式为“密级★保密期限”")
	b.press("try a text", `form[action="/rules/try"] button`)
	b.see("没有规则命中")
	b.axe("rule")
	b.picture("rule")
	b.open("/sites")
	b.axe("sites")
	b.picture("sites")
	b.open("/api")
	b.do("the API is explained", chromedp.WaitVisible(".op"))
	b.do("open an operation", chromedp.Click(".op summary"), chromedp.Sleep(200*time.Millisecond))
	b.axe("api")
	b.picture("api")
}

// auditorReads: all of it is in the log.
func auditorReads(b *tab) {
	b.login("auditor")
	b.see("审计日志", "登录", "查看", "确认", "误报", "开始任务", "现场复查", "无权访问")
	b.axe("audit")
	b.picture("audit")
	b.fill("#actor", "officer")
	b.do("filter by action", chromedp.SetValue("#action", "confirmed"))
	b.press("filter", ".filters button.primary")
	b.see("officer")
	b.miss("登录被拒 ")
	b.open("/today")
	b.see("没有此项权限")
}

// adminManages: accounts and settings, and no finding.
func adminManages(b *tab) {
	b.login("admin")
	b.open("/users")
	b.fill("form.filters #name", "zhao")
	b.fill("#display", "赵新来")
	b.press("add a user", "form.filters button.primary")
	b.see("初始口令", "赵新来")
	b.axe("users")
	b.picture("users")
	b.open("/settings")
	b.see("云岭县人民政府")
	b.axe("settings")
	b.picture("settings")
	b.open("/account")
	b.fill("#tname", "监控")
	b.do("keep one scope", script(`document.querySelector('input[name=scope]').checked = true`))
	b.press("make a token", `form[action="/account/tokens"] button`)
	b.see("psk_", "监控")
	b.axe("account")
	b.picture("account")
	b.open("/findings")
	b.see("没有此项权限")
	b.press("read it in English", `form[action="/language"] button`)
	b.open("/users")
	b.see("Separated duties")
	b.picture("users-en")
	b.press("log out", `form[action="/logout"] button`)
	b.do("is out", chromedp.WaitVisible("#password"))
}
