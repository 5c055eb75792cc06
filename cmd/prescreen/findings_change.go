package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/store"
)

// changeFindings is a command that does one thing to some findings.
func (a *app) changeFindings(cmd *cobra.Command, args []string, change cases.Change) error {
	ids, err := caseIDs(args)
	if err != nil {
		return err
	}
	change.IDs = ids
	return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
		return a.applyChange(cmd.Context(), db, change)
	})
}

func (a *app) applyChange(ctx context.Context, db *store.Store, change cases.Change) error {
	if err := db.Change(ctx, actor(), change); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, a.lang.Pick("已更新 %d 个问题\n", "%d findings changed\n"), len(change.IDs))
	return nil
}

func (a *app) findingsConfirm() *cobra.Command {
	t := a.lang.Pick
	var note string
	cmd := &cobra.Command{
		Use:     t("confirm 编号…", "confirm NUMBER…"),
		Short:   t("确认属实", "it is what it seems"),
		Example: t("  prescreen findings confirm 17 20-25 --note \"已与责任单位核实\"", "  prescreen findings confirm 17 20-25 --note \"checked with the unit\""),
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeFindings(cmd, args, cases.Change{To: cases.Confirmed, Note: note})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", t("备注", "a note"))
	return cmd
}

func (a *app) findingsDismiss() *cobra.Command {
	t := a.lang.Pick
	var change cases.Change
	var until string
	cmd := &cobra.Command{
		Use:   t("dismiss 编号…", "dismiss NUMBER…"),
		Short: t("判为误报：同站点同规则同内容不再提示，直到到期", "a false alarm: the same value under the same rule stays quiet on that site for a time"),
		Long: t(`误报按“规则 + 内容”而不是按网页行号生效：同一站点其他网页上的同样内容也不再提示。
必须说明理由；负责人默认为执行命令的人；到期后再次发现会重新打开。`,
			`A dismissal holds for rule and value, not for a line of a page: the same value on other pages of the site stays
quiet too. It needs a reason; its owner is who gives the command unless --owner names another; when it has expired,
the next run opens the finding again.`),
		Example: t("  prescreen findings dismiss 17 --reason \"样例号码，非真实信息\" --owner 王科长 --until 2027-06-30",
			"  prescreen findings dismiss 17 --reason \"a sample number\" --owner wang --until 2027-06-30"),
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if strings.TrimSpace(change.Reason) == "" {
				return errors.New(t("请用 --reason 说明为什么是误报", "say with --reason why it is a false alarm"))
			}
			if until != "" {
				if change.Expires, err = parseDay("--until", until); err != nil {
					return err
				}
			}
			change.To = cases.Dismissed
			return a.changeFindings(cmd, args, change)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&change.Reason, "reason", "", t("理由（必填）", "why (required)"))
	fl.StringVar(&change.Owner, "owner", "", t("负责人（默认为执行命令的人）", "who answers for it (default: who gives the command)"))
	fl.StringVar(&until, "until", "", t("有效期至，如 2027-06-30（默认取自配置 findings.exception_for）", "until when, such as 2027-06-30 (default from the configuration, findings.exception_for)"))
	fl.StringVar(&change.Note, "note", "", t("备注", "a note"))
	return cmd
}

func (a *app) findingsAssign() *cobra.Command {
	t := a.lang.Pick
	var who, due, note string
	cmd := &cobra.Command{
		Use:     t("assign 编号…", "assign NUMBER…"),
		Short:   t("指定责任人和期限", "say who has it, and until when"),
		Example: t("  prescreen findings assign 17 --to 李四 --due 2026-12-18", "  prescreen findings assign 17 --to li --due 2026-12-18"),
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			change := cases.Change{Note: note}
			if cmd.Flags().Changed("to") {
				change.Assignee = &who
			}
			if due != "" {
				day, err := parseDay("--due", due)
				if err != nil {
					return err
				}
				change.Due = &day
			}
			if change.Assignee == nil && change.Due == nil {
				return errors.New(t("请用 --to 指定责任人，或用 --due 指定期限", "name somebody with --to, or a day with --due"))
			}
			return a.changeFindings(cmd, args, change)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&who, "to", "", t("责任人（空字符串表示取消）", "who (empty: nobody)"))
	fl.StringVar(&due, "due", "", t("期限，如 2026-12-18", "day such as 2026-12-18"))
	fl.StringVar(&note, "note", "", t("备注", "a note"))
	return cmd
}

func (a *app) findingsResolve() *cobra.Command {
	t := a.lang.Pick
	var note string
	cmd := &cobra.Command{
		Use:   t("resolve 编号…", "resolve NUMBER…"),
		Short: t("标为已整改，等待下次检查复查", "it is fixed; the next run shall look"),
		Long: t("标为“已整改”。下次检查一定会重新抓取该网页：不再发现则自动“复查通过”，仍然存在则“复发”。",
			"Marks findings as fixed. The next run fetches their pages in any case: what is gone is closed, what is still there is reopened."),
		Example: t("  prescreen findings resolve 17 --note \"附件已下架\"", "  prescreen findings resolve 17 --note \"taken down\""),
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeFindings(cmd, args, cases.Change{To: cases.Fixed, Note: note})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", t("备注", "a note"))
	return cmd
}

func (a *app) findingsSet() *cobra.Command {
	t := a.lang.Pick
	var note string
	cmd := &cobra.Command{
		Use:   t("set 状态 编号…", "set STATE NUMBER…"),
		Short: t("改为其他状态：fixing（整改中）、open（撤销误报）、closed（人工复查通过）、reopened", "put into another state: fixing, open (take a dismissal back), closed (seen to be gone), reopened"),
		Example: `  prescreen findings set fixing 17 18
  prescreen findings set open 21
  prescreen findings set closed 17 --note "已人工核实下线"`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := cases.ParseState(args[0])
			if err != nil {
				return err
			}
			if to == cases.Dismissed {
				return errors.New(t("误报请用 prescreen findings dismiss，并说明理由", "use prescreen findings dismiss, which asks for a reason"))
			}
			return a.changeFindings(cmd, args[1:], cases.Change{To: to, Note: note})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", t("备注（关闭时必填）", "a note (required for closed)"))
	return cmd
}

func (a *app) findingsStep() *cobra.Command {
	t := a.lang.Pick
	var note string
	cmd := &cobra.Command{
		Use:   t("step 步骤 编号…", "step STEP NUMBER…"),
		Short: t("登记 24 小时处置步骤：take_down 下线、purge_cache 清缓存、seal 封存、report 报告", "mark a step of the 24 hours as done: take_down, purge_cache, seal, report"),
		Example: `  prescreen findings step take_down 3
  prescreen findings step report 3 --note "已报县保密局"`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range cases.StepNames() {
				if args[0] == string(name) || args[0] == name.Name(lang.Chinese) {
					return a.changeFindings(cmd, args[1:], cases.Change{Step: name, Note: note})
				}
			}
			return fmt.Errorf(t("没有步骤 %q：只有 %v", "there is no step %q, only %v"), args[0], cases.StepNames())
		},
	}
	cmd.Flags().StringVar(&note, "note", "", t("备注", "a note"))
	return cmd
}

func (a *app) findingsOverdue() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     "overdue",
		Short:   t("列出逾期的问题，最紧急的在前（有逾期时退出码为 1）", "list what is overdue, the most urgent first (exit code 1 if there is any)"),
		Example: "  prescreen findings overdue",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				n, now := 0, time.Now()
				err := db.EachCase(cmd.Context(), cases.Filter{Overdue: true}, cases.ByDue, func(c cases.Case) error {
					n++
					a.printCase(&c, now)
					return nil
				})
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, t("逾期 %d 个\n", "%d overdue\n"), n)
				if n > 0 {
					a.code = exitFindings
				}
				return nil
			})
		},
	}
}

func (a *app) findingsExceptions() *cobra.Command {
	t := a.lang.Pick
	var past bool
	cmd := &cobra.Command{
		Use:     "exceptions",
		Short:   t("列出误报例外：负责人、理由、到期日", "list what is dismissed: owner, reason and expiry"),
		Example: "  prescreen findings exceptions",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				list, err := db.Exceptions(cmd.Context(), past)
				if err != nil {
					return err
				}
				for _, e := range list {
					about := fmt.Sprintf(t("至 %s", "until %s"), e.Expires.Local().Format(time.DateOnly))
					if !e.Revoked.IsZero() {
						about = fmt.Sprintf(t("%s 已撤销", "revoked %s"), e.Revoked.Local().Format(time.DateOnly))
					}
					from := t("基线", "baseline")
					if e.Case > 0 {
						from = fmt.Sprintf(t("问题 %d", "finding %d"), e.Case)
					}
					fmt.Fprintf(a.stdout, "%s  %s  %s  %s  %s  %s\n", about, plain(e.Site), e.Rule, from, plain(e.Owner), plain(e.Reason))
				}
				fmt.Fprintf(a.stdout, t("共 %d 条\n", "%d exceptions\n"), len(list))
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&past, "past", false, t("包括已到期和已撤销的", "also those that have expired or were revoked"))
	return cmd
}

// eventName says what happened to a finding.
func eventName(e cases.Event, l lang.Lang) string {
	t := l.Pick
	switch e.Action {
	case "found":
		return t("检查发现", "found")
	case "gone":
		return t("检查未再发现", "not found any more")
	case "returned":
		return t("检查再次发现", "found again")
	case "expired":
		return t("例外已到期，再次发现", "found again, the exception had expired")
	case "assigned":
		return t("指定责任人", "assigned")
	case "due":
		return t("改期限", "new day")
	case "note":
		return t("备注", "note")
	case "step":
		return t("处置步骤", "step")
	case "alike":
		return t("同一内容，一并处理", "together with another of the same value")
	case "baseline":
		return t("列入基线", "accepted as baseline")
	}
	return cases.State(e.Action).Name(l)
}
