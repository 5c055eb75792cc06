package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"prescreen/internal/accounts"
	"prescreen/internal/store"
)

// focused says where the keyboard is, and whether one can see it.
type focused struct {
	Tag, ID, Class, Text string
	Shown                bool
}

// The parts of a date field show by themselves where the keyboard is.
const focusedScript = `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
	return {tag: e.tagName, id: e.id, class: e.className, text: e.innerText || '', shown: r.width > 0 && r.height > 0 && (s.outlineStyle !== 'none' || e.tagName === 'BODY' || e.type === 'date')}; })()`

// tabTo presses Tab until an element is reached. Every element on the way can
// be seen.
func (b *tab) tabTo(what string, is func(focused) bool) {
	b.t.Helper()
	var stops []string
	for range 60 {
		b.do("press Tab", chromedp.KeyEvent(kb.Tab))
		f := read(b, "where is the keyboard", chromedp.Evaluate[focused](focusedScript))
		if !f.Shown {
			b.t.Errorf("on the way to %s the keyboard is at something that cannot be seen: %+v", what, f)
		}
		if is(f) {
			return
		}
		stops = append(stops, f.Tag+" "+f.ID+" "+f.Text)
	}
	b.t.Fatalf("Tab does not reach %s: %q", what, stops)
}

// TestServeKeyboard logs in, checks a text and judges a finding with nothing
// but the keyboard; and lays out names as long as offices have them.
func TestServeKeyboard(t *testing.T) {
	_, dir := startPortal(t)
	s := startServed(t, dir, "organisation: 云岭县人民政府办公室政务公开与信息技术发展中心（云岭县大数据服务中心）\n")
	db, err := store.Open(t.Context(), filepath.Join(dir, "data", "prescreen.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := db.UserByName(t.Context(), "editor")
	if err == nil {
		u.Display = "云岭县教育体育和科技局办公室信息发布岗欧阳慧敏"
		err = db.UpdateUser(t.Context(), u)
	}
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("关于云岭县二〇二六年度城乡居民最低生活保障对象动态管理情况的公示", 3) + ".csv"
	if status, text := s.api(accounts.Editor, "POST", "/api/v1/checks/file?filename="+name, "姓名,身份证号\n张三,110101199003079972\n", nil); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	b := openBrowser(t, s.url)
	b.open("/login")
	b.do("type name and password", chromedp.KeyEvent("editor"+kb.Tab+testPassword), script(`document.documentElement.dataset.old = 1`), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(`html[data-old]`), chromedp.WaitReady("#main"))
	b.see("发布前检查")
	b.picture("long-check")
	b.do("type a draft", chromedp.KeyEvent("机密★1年"))
	b.tabTo("the button", func(f focused) bool { return f.Tag == "BUTTON" && strings.TrimSpace(f.Text) == "检查" })
	b.do("press Enter", script(`document.documentElement.dataset.old = 1`), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(`html[data-old]`), chromedp.WaitReady("#main"))
	b.see("建议阻断", "密级标志")
	id := s.startRun()
	s.waitRun(id, "finished")

	b.login("officer")
	b.open("/findings")
	b.do("press Tab", chromedp.KeyEvent(kb.Tab))
	if f := read(b, "first stop", chromedp.Evaluate[focused](focusedScript)); f.Class != "skip" || !f.Shown {
		t.Errorf("the first stop is no way past the menu: %+v", f)
	}
	b.do("skip the menu", chromedp.KeyEvent(kb.Enter))
	b.tabTo("the first finding", func(f focused) bool { return f.Tag == "A" && f.Text != "" && strings.Trim(f.Text, "0123456789") == "" })
	b.do("open it", script(`document.documentElement.dataset.old = 1`), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(`html[data-old]`), chromedp.WaitReady("#main"))
	b.see("原因与建议")
	b.tabTo("the new state", func(f focused) bool { return f.ID == "to" })
	b.do("choose what it is", chromedp.KeyEvent(kb.ArrowDown))
	b.tabTo("the note", func(f focused) bool { return f.ID == "note" })
	b.do("write a note", chromedp.KeyEvent("经与起草科室核对，该件确系内部讨论稿，已通知信息中心下线并清理缓存。"))
	b.do("save", script(`document.documentElement.dataset.old = 1`), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(`html[data-old]`), chromedp.WaitReady("#main"))
	b.see("已保存", "经与起草科室核对")
	b.picture("long-finding")

	// Errors and emptiness are pages too.
	b.login("editor")
	b.open("/checks/none")
	b.see("没有找到", "请求编号")
	b.picture("error-404")
	b.open("/findings")
	b.see("无权访问")
	b.picture("error-403")
	b.open("/check")
	b.fill("#url", "http://169.254.169.254/latest")
	b.press("check an address that may not be", "form.checkform button.primary, .checkform button.primary")
	b.see("不在允许检查的范围内")
	b.picture("check-refused")
	b.login("officer")
	b.open("/findings?q=" + strings.Repeat("无", 40))
	time.Sleep(100 * time.Millisecond)
	b.picture("findings-none")
}
