package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/report"
	"prescreen/internal/store"
)

// runViews are the commands that say what runs found.
func (a *app) runViews() []*cobra.Command {
	t := a.lang.Pick
	var limit int
	var format string
	list := &cobra.Command{
		Use:     "list",
		Short:   t("列出各次检查", "list the runs"),
		Example: "  prescreen run list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				if err := a.listRuns(cmd.Context(), db, limit, format); err != nil || format != "text" || cfg.Crawl.Redis == "" {
					return err
				}
				return a.listShared(cmd.Context(), cfg, db)
			})
		},
	}
	list.Flags().IntVar(&limit, "limit", 20, t("最近多少次", "how many at most"))
	list.Flags().StringVar(&format, "format", "text", t("输出格式 text 或 jsonl", "text or jsonl"))
	show := &cobra.Command{
		Use:     t("show [编号]", "show [RUN]"),
		Short:   t("查看一次检查（默认最近一次）", "show a run (by default the latest)"),
		Example: "  prescreen run show latest",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				run, err := db.Run(cmd.Context(), append(args, "latest")[0])
				if err != nil {
					return err
				}
				return a.showRun(run)
			})
		},
	}
	var full bool
	diff := &cobra.Command{
		Use:   t("diff 甲 乙", "diff A B"),
		Short: t("比较两次检查：新增、仍在、消失、未查看", "compare two runs: new, persisting, gone, not looked at"),
		Example: t("  prescreen run diff 20261129-220000-ab12 latest\n  prescreen run diff 20261129-220000-ab12 latest --full   # 也列出仍在的",
			"  prescreen run diff 20261129-220000-ab12 latest\n  prescreen run diff 20261129-220000-ab12 latest --full   # those that persist too"),
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				return a.diffRuns(cmd.Context(), db, args[0], args[1], full)
			})
		},
	}
	diff.Flags().BoolVar(&full, "full", false, t("也列出仍在的问题", "list those that persist too"))
	return []*cobra.Command{list, show, diff}
}

func (a *app) listRuns(ctx context.Context, db *store.Store, limit int, format string) error {
	if !oneOf(format, "text", "jsonl") {
		return fmt.Errorf(a.lang.Pick("--format %q：只能是 text 或 jsonl", "--format %q: use text or jsonl"), format)
	}
	runs, err := db.Runs(ctx, limit)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if format == "jsonl" {
			if err := json.NewEncoder(a.stdout).Encode(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%s  %s  %s\n", r.ID, a.runLine(&r), plain(strings.Join(r.Sites, a.lang.Pick("、", ", "))))
	}
	return nil
}

// runLine says in a few words what a run found.
func (a *app) runLine(r *store.Run) string {
	return fmt.Sprintf(a.lang.Pick("%s  新增 %d，仍在 %d，复发 %d，消失 %d", "%s  %d new, %d persisting, %d came back, %d gone"),
		runStateName(r.State, a.lang), r.Cases.New, r.Cases.Persisting, r.Cases.Reopened, r.Cases.Resolved)
}

// runStateName names a state as far as the store knows it: whether anybody
// works on a run that is open, it does not.
func runStateName(s store.RunState, l lang.Lang) string {
	if s == store.Running {
		return report.RunStateName("open", l)
	}
	return report.RunStateName(string(s), l)
}

func (a *app) showRun(r store.Run) error {
	t := a.lang.Pick
	fmt.Fprintf(a.stdout, t("检查 %s：%s\n", "Run %s: %s\n"), r.ID, a.runLine(&r))
	const stamp = "2006-01-02 15:04:05"
	fmt.Fprintf(a.stdout, t("  开始      %s\n", "  started     %s\n"), r.Started.Local().Format(stamp))
	if !r.Finished.IsZero() {
		fmt.Fprintf(a.stdout, t("  结束      %s\n", "  finished    %s\n"), r.Finished.Local().Format(stamp))
	}
	fmt.Fprintf(a.stdout, t("  站点      %s\n  规则库    %s\n  配置      %s\n", "  sites       %s\n  rule set    %s\n  config      %s\n"),
		plain(strings.Join(r.Sites, t("、", ", "))), r.RuleSet, r.Config)
	if len(r.Summary) == 0 {
		return nil
	}
	var s report.Summary
	if err := json.Unmarshal(r.Summary, &s); err != nil {
		return fmt.Errorf("read summary of run %s: %w", r.ID, err)
	}
	fmt.Fprintf(a.stdout, t("  结论      %s\n  已检查    页面 %d，附件 %d（内容未变 %d）\n  未能检查  %d；另有 %d 个未能完整读取\n",
		"  verdict     %s\n  checked     %d pages, %d attachments (%d of them unchanged)\n  not checked %d; %d more read in part\n"),
		report.VerdictName(s.Verdict, a.lang), s.Pages, s.Attachments, s.Unchanged, len(s.NotChecked), s.Incomplete)
	return nil
}

func (a *app) diffRuns(ctx context.Context, db *store.Store, first, second string, full bool) error {
	t := a.lang.Pick
	names := map[store.DiffKind]string{
		store.DiffNew: t("新增", "new"), store.DiffPersisting: t("仍在", "persisting"),
		store.DiffGone: t("消失", "gone"), store.DiffUnseen: t("未查看", "not looked at"),
	}
	count := map[store.DiffKind]int{}
	err := db.Diff(ctx, first, second, func(kind store.DiffKind, c cases.Case) error {
		count[kind]++
		if kind == store.DiffPersisting && !full {
			return nil
		}
		_, err := fmt.Fprintf(a.stdout, "%s  %-6d %s  %s  %s\n", names[kind], c.ID, report.SeverityName(c.Finding.Severity, a.lang), c.Finding.Title, plain(c.Finding.URL))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, t("新增 %d，仍在 %d，消失 %d，本次未查看 %d\n", "%d new, %d persisting, %d gone, %d not looked at this time\n"),
		count[store.DiffNew], count[store.DiffPersisting], count[store.DiffGone], count[store.DiffUnseen])
	return nil
}
