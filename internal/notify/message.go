// Package notify tells people that there is something to look at: e-mail, the
// robots of WeCom, DingTalk and Feishu, and webhooks of one's own. A message
// says how many findings of which severity there are, on which sites, and
// where to look. It is sent by goroutines of its own: whoever reports something
// never waits.
//
// It never carries content: no excerpts, no titles, no addresses of pages. A
// message leaves the organisation's systems and stays on phones and in mail
// boxes; the address of a leak in it would be the second leak.
package notify

import (
	"fmt"
	"strings"
	"time"

	"prescreen/internal/lang"
)

// Kind says why a message is sent.
type Kind string

// The kinds of message.
const (
	RunEnd   Kind = "run"      // a run is over
	Critical Kind = "critical" // a critical finding, while the run goes on
	Overdue  Kind = "overdue"  // cases that were due and are not mended
	Test     Kind = "test"     // prescreen notify test
)

// Kinds lists the kinds that a channel may ask for.
func Kinds() []Kind { return []Kind{RunEnd, Critical, Overdue} }

// Message is all that may leave: counts, names from the configuration, and one
// link that the configuration gives.
type Message struct {
	Kind         Kind
	Time         time.Time
	Organisation string
	Sites        []string // names, not addresses
	Run          string
	Verdict      string // in words
	Critical     int
	High         int
	Medium       int
	Low          int
	New          int
	Resolved     int
	NotChecked   int
	Overdue      int
	Clocks       int // of these or others: suspected state secrets whose 24 hours run
	Link         string
	Lang         lang.Lang
}

// Total of all severities.
func (m *Message) Total() int { return m.Critical + m.High + m.Medium + m.Low }

// Title is one line: the subject of an e-mail, the head of a card.
func (m *Message) Title() string {
	t := m.Lang.Pick
	switch m.Kind {
	case Critical:
		return fmt.Sprintf(t("【保密预审】发现严重疑似问题 %d 个", "[prescreen] %d critical findings"), m.Critical)
	case Overdue:
		return fmt.Sprintf(t("【保密预审】逾期未整改问题 %d 个", "[prescreen] %d findings overdue"), m.Overdue)
	case Test:
		return t("【保密预审】通知测试", "[prescreen] test message")
	}
	return fmt.Sprintf(t("【保密预审】检查完成：疑似问题 %d 个", "[prescreen] run finished: %d findings"), m.Total())
}

// Lines are the text under the title.
func (m *Message) Lines() []string {
	t := m.Lang.Pick
	var out []string
	add := func(zh, en string, args ...any) { out = append(out, fmt.Sprintf(t(zh, en), args...)) }
	if m.Organisation != "" {
		add("单位：%s", "Organisation: %s", oneLine(m.Organisation))
	}
	if len(m.Sites) > 0 {
		add("站点：%s", "Sites: %s", siteNames(m.Sites, m.Lang))
	}
	switch m.Kind {
	case Test:
		add("这是一条测试消息，收到即表示通知渠道可用。", "This is a test: the channel works.")
	case Critical:
		add("检查尚未结束，已发现严重疑似问题 %d 个。疑似国家秘密的，请立即下线、清除缓存、封存，并在 24 小时内报告。",
			"The run goes on; %d critical findings so far. Suspected state secrets: take down, purge caches, seal, and report within 24 hours.", m.Critical)
	case Overdue:
		add("逾期未整改：%d 个", "Overdue: %d", m.Overdue)
		if m.Clocks > 0 {
			add("其中疑似国家秘密（24 小时时限）：%d 个", "Suspected state secrets among them (24 hours): %d", m.Clocks)
		}
	default:
		if m.Verdict != "" {
			add("结论：%s", "Verdict: %s", m.Verdict)
		}
		add("疑似问题：严重 %d，高 %d，中 %d，低 %d", "Findings: critical %d, high %d, medium %d, low %d", m.Critical, m.High, m.Medium, m.Low)
		add("新发现 %d，已消除 %d，未能检查 %d", "New %d, resolved %d, not checked %d", m.New, m.Resolved, m.NotChecked)
		if m.Overdue > 0 {
			add("逾期未整改：%d 个", "Overdue: %d", m.Overdue)
		}
	}
	if m.Run != "" {
		add("任务：%s", "Run: %s", m.Run)
	}
	if !m.Time.IsZero() {
		add("时间：%s", "Time: %s", m.Time.Format("2006-01-02 15:04"))
	}
	return out
}

// linkText names the link for people.
func (m *Message) linkText() string { return m.Lang.Pick("查看", "Open") }

// text is title, lines and link as plain text.
func (m *Message) text() string {
	lines := append([]string{m.Title()}, m.Lines()...)
	if m.Link != "" {
		lines = append(lines, m.linkText()+m.Lang.Pick("：", ": ")+m.Link)
	}
	return strings.Join(lines, "\n")
}

// sitesShown bounds the names in a message.
const sitesShown = 10

func siteNames(names []string, l lang.Lang) string {
	shown := make([]string, 0, sitesShown)
	for _, n := range names[:min(len(names), sitesShown)] {
		shown = append(shown, oneLine(n))
	}
	s := strings.Join(shown, l.Pick("、", ", "))
	if len(names) > sitesShown {
		s += fmt.Sprintf(l.Pick(" 等 %d 个", " and more, %d in all"), len(names))
	}
	return s
}

// oneLine keeps a name from changing the form of a message.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
