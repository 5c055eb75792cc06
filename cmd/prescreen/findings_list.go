package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/report"
	"prescreen/internal/store"
)

func (a *app) findingsList() *cobra.Command {
	t := a.lang.Pick
	var f filterFlags
	var page cases.Page
	var sort, format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: t("列出疑似问题（默认：尚待处理的）", "list findings (by default those still to be dealt with)"),
		Example: t(`  prescreen findings list --severity high,critical --unit 示例县卫健局
  prescreen findings list --new-in latest          # 最近一次检查新发现的
  prescreen findings list --overdue --sort due
  prescreen findings list --all --format jsonl | jq .id`,
			`  prescreen findings list --severity high,critical --unit "health bureau"
  prescreen findings list --new-in latest          # what the last run found first
  prescreen findings list --overdue --sort due
  prescreen findings list --all --format jsonl | jq .id`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !oneOf(format, "text", "jsonl") {
				return fmt.Errorf(t("--format %q：只能是 text 或 jsonl", "--format %q: use text or jsonl"), format)
			}
			if page.Sort = cases.Sort(sort); sort == "severity" {
				page.Sort = cases.BySeverity
			}
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				return a.listFindings(cmd.Context(), db, &f, page, format)
			})
		},
	}
	fl := cmd.Flags()
	a.addFilter(fl, &f)
	fl.StringVar(&sort, "sort", "severity", t("排序：severity、new（最新）或 due（期限）", "order: severity, new or due"))
	fl.IntVar(&page.Limit, "limit", store.DefaultLimit, t("最多列出多少条", "how many at most"))
	fl.StringVar(&page.Cursor, "cursor", "", t("从上次列出的末尾继续", "go on where the last list ended"))
	fl.StringVar(&format, "format", "text", t("输出格式 text 或 jsonl", "text or jsonl"))
	return cmd
}

func (a *app) listFindings(ctx context.Context, db *store.Store, f *filterFlags, page cases.Page, format string) error {
	t := a.lang.Pick
	filter, err := f.filter(ctx, db)
	if err != nil {
		return err
	}
	list, next, err := db.Cases(ctx, filter, page)
	if err != nil {
		return err
	}
	if format == "jsonl" {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		for _, c := range list {
			if err := enc.Encode(c); err != nil {
				return err
			}
		}
	} else {
		now := time.Now()
		for i := range list {
			a.printCase(&list[i], now)
		}
		n, err := db.Counts(ctx, filter)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, t("共 %d 个，列出 %d 个；待处理 %d，逾期 %d，疑似涉及国家秘密且正在计时 %d\n",
			"%d in all, %d listed; %d to be dealt with, %d overdue, %d with the 24 hours running\n"), n.Total, len(list), n.Pending, n.Overdue, n.Urgent)
	}
	if next != "" {
		fmt.Fprintf(a.stderr, t("下一页：--cursor %s\n", "the next page: --cursor %s\n"), next)
	}
	return nil
}

// printCase is a finding in two lines.
func (a *app) printCase(c *cases.Case, now time.Time) {
	l, t := a.lang, a.lang.Pick
	var about []string
	add := func(label, text string) {
		if text != "" {
			about = append(about, label+plain(text))
		}
	}
	if c.Overdue(now) {
		add("", t("已逾期", "OVERDUE"))
	}
	if !c.Due.IsZero() && c.State.Pending() {
		add(t("期限 ", "due "), dueText(c))
	}
	add("", c.Unit)
	add("", c.Column)
	add(t("责任人 ", ""), c.Assignee)
	fmt.Fprintf(a.stdout, "%-6d %s  %s  %s  %s\n", c.ID, report.SeverityName(c.Finding.Severity, l), c.State.Name(l), c.Finding.Title, strings.Join(about, t("，", ", ")))
	fmt.Fprintf(a.stdout, "       %s  %s\n", plain(c.Finding.URL), plain(c.Finding.Excerpt))
}

// dueText is the day, or the hour where the 24 hours run.
func dueText(c *cases.Case) string {
	if !c.Clock.IsZero() {
		return c.Due.Local().Format("2006-01-02 15:04")
	}
	return c.Due.Local().Format(time.DateOnly)
}

// plain takes out what could rewrite a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}

func (a *app) findingsShow() *cobra.Command {
	t := a.lang.Pick
	var format string
	cmd := &cobra.Command{
		Use:     t("show 编号", "show NUMBER"),
		Short:   t("查看一个问题及其全部经过", "show a finding and its history"),
		Example: "  prescreen findings show 17\n  prescreen findings show 17 --format json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := caseIDs(args)
			if err != nil {
				return err
			}
			if !oneOf(format, "text", "json") {
				return fmt.Errorf(t("--format %q：只能是 text 或 json", "--format %q: use text or json"), format)
			}
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				c, events, err := db.Case(cmd.Context(), ids[0])
				if err != nil {
					return err
				}
				if format == "json" {
					enc := json.NewEncoder(a.stdout)
					enc.SetIndent("", "  ")
					enc.SetEscapeHTML(false)
					return enc.Encode(struct {
						cases.Case
						Events []cases.Event `json:"events"`
					}{c, events})
				}
				a.showCase(&c, events)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", t("输出格式 text 或 json", "text or json"))
	return cmd
}

func (a *app) showCase(c *cases.Case, events []cases.Event) {
	l, t := a.lang, a.lang.Pick
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(a.stdout, "  %s%s\n", label, plain(text))
		}
	}
	f := &c.Finding
	fmt.Fprintf(a.stdout, t("问题 %d：%s（%s，%s）\n", "Finding %d: %s (%s, %s)\n"), c.ID, f.Title, report.SeverityName(f.Severity, l), c.State.Name(l))
	line(t("网址      ", "address     "), f.URL)
	line(t("标题      ", "title       "), c.Title)
	line(t("发布时间  ", "published   "), c.Published)
	line(t("位置      ", "place       "), report.Where(f.Place, l))
	line(t("摘录      ", "excerpt     "), f.Excerpt)
	line(t("说明      ", "message     "), f.Message)
	line(t("建议      ", "advice      "), f.Advice)
	line(t("依据      ", "basis       "), f.Basis)
	line(t("规则      ", "rule        "), fmt.Sprintf("%s v%d, %d%%", f.Rule, f.Version, f.Confidence))
	line(t("站点      ", "site        "), strings.Join(nonempty(c.Site, c.Unit, c.Column), " / "))
	line(t("责任人    ", "assignee    "), c.Assignee)
	if !c.Due.IsZero() {
		late := ""
		if c.Overdue(time.Now()) {
			late = t("（已逾期）", " (overdue)")
		}
		line(t("期限      ", "due         "), dueText(c)+late)
	}
	for _, s := range c.Steps {
		done := t("未完成", "to be done")
		if !s.Done.IsZero() {
			done = s.Done.Local().Format("2006-01-02 15:04") + " " + s.By
		}
		line(t("24 小时   ", "24 hours    "), s.Name.Name(l)+t("：", ": ")+done)
	}
	line(t("发现      ", "seen        "), fmt.Sprintf("%s (%s) … %s (%s)", c.FirstSeen.Local().Format(time.DateOnly), c.FirstRun, c.LastSeen.Local().Format(time.DateOnly), c.LastRun))
	if c.Returned > 0 {
		line(t("复发      ", "came back   "), fmt.Sprintf(t("%d 次", "%d times"), c.Returned))
	}
	fmt.Fprintln(a.stdout, t("经过：", "History:"))
	for _, e := range events {
		to := ""
		if e.To != e.From {
			to = "→ " + e.To.Name(l)
		}
		line("", strings.Join(nonempty(e.Time.Local().Format("2006-01-02 15:04"), e.Actor, eventName(e, l), to, e.Note), "  "))
	}
}

func nonempty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
