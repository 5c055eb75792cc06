package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"prescreen/internal/cases"
	"prescreen/internal/store"
	"prescreen/scanner"
)

func (a *app) findingsCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:     "findings",
		Aliases: []string{"finding", "cases"},
		Short:   t("处理疑似问题：列出、确认、误报、整改、复查", "deal with findings: list, confirm, dismiss, assign, resolve"),
		Long: t(`每个疑似问题有一个编号，跨多次检查保持不变：
  待处理 → 已确认 | 误报 → 整改中 → 已整改 → 复查通过（下次检查不再发现时自动关闭）| 复发（再次出现时自动重开）
所有变更都记入审计日志（prescreen audit）。`,
			`Every finding has a number that stays the same over all runs:
  open → confirmed | dismissed → fixing → fixed → closed (by the next run that no longer finds it) | reopened (when it returns)
Every change goes into the audit log (prescreen audit).`),
		Example: t(`  prescreen findings list                                  # 尚待处理的全部问题
  prescreen findings show 17
  prescreen findings dismiss 17 --reason "样例号码，非真实信息" --until 2027-06-30
  prescreen findings export --format xlsx -o 问题明细表.xlsx`,
			`  prescreen findings list                                  # all that is still to be dealt with
  prescreen findings show 17
  prescreen findings dismiss 17 --reason "a sample number" --until 2027-06-30
  prescreen findings export --format xlsx -o findings.xlsx`),
	}
	cmd.AddCommand(a.findingsList(), a.findingsShow(), a.findingsConfirm(), a.findingsDismiss(), a.findingsAssign(), a.findingsResolve(),
		a.findingsSet(), a.findingsStep(), a.findingsOverdue(), a.findingsExceptions(), a.findingsExport(), a.findingsImport())
	return cmd
}

// withStore runs do with the configured database.
func (a *app) withStore(ctx context.Context, do func(Config, *store.Store) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	defer db.Close()
	return a.caseError(do(cfg, db))
}

// caseError says what people do wrong most in their language.
func (a *app) caseError(err error) error {
	t := a.lang.Pick
	var bad *cases.TransitionError
	switch {
	case errors.As(err, &bad):
		var may []string
		for _, s := range cases.Next(bad.From) {
			may = append(may, fmt.Sprintf("%s(%s)", s.Name(a.lang), s))
		}
		return fmt.Errorf(t("问题 %d 目前为“%s”，不能改为“%s”；可改为：%s", "finding %d is %q and cannot become %q; it may become: %s"),
			bad.ID, bad.From.Name(a.lang), bad.To.Name(a.lang), strings.Join(may, t("、", ", ")))
	case errors.Is(err, cases.ErrNotFound):
		return fmt.Errorf(t("没有这个编号的问题；编号见 prescreen findings list（%w）", "there is no finding of that number, see prescreen findings list (%w)"), err)
	case errors.Is(err, store.ErrNoRun):
		return fmt.Errorf(t("没有这次检查；编号见 prescreen run list（%w）", "there is no such run, see prescreen run list (%w)"), err)
	}
	return err
}

// filterFlags are the flags that select findings.
type filterFlags struct {
	states, severities, categories []string
	f                              cases.Filter
	all                            bool
}

func (a *app) addFilter(fl *pflag.FlagSet, f *filterFlags) {
	t := a.lang.Pick
	fl.StringSliceVar(&f.states, "state", nil, t("状态：open confirmed dismissed fixing fixed closed reopened（或中文名）", "states: open confirmed dismissed fixing fixed closed reopened"))
	fl.StringSliceVar(&f.severities, "severity", nil, t("等级：low medium high critical", "severities: low medium high critical"))
	fl.StringSliceVar(&f.categories, "category", nil, t("类别：secrecy internal pii credential wording", "categories: secrecy internal pii credential wording"))
	fl.StringSliceVar(&f.f.Rules, "rule", nil, t("规则编号", "rules, by id"))
	fl.StringSliceVar(&f.f.Sites, "site", nil, t("站点名称", "sites, by name"))
	fl.StringSliceVar(&f.f.Units, "unit", nil, t("责任单位", "responsible units"))
	fl.StringVar(&f.f.Assignee, "assignee", "", t("责任人", "who has it"))
	fl.StringVar(&f.f.Run, "run", "", t("某次检查发现的（编号或 latest）", "found by this run (id or latest)"))
	fl.StringVar(&f.f.NewIn, "new-in", "", t("某次检查首次发现的（编号或 latest）", "first found by this run (id or latest)"))
	fl.BoolVar(&f.f.Overdue, "overdue", false, t("只看已逾期的", "only those that are overdue"))
	fl.StringVar(&f.f.Text, "text", "", t("标题、网址、规则或备注中的文字", "words in title, address, rule or note"))
	fl.BoolVar(&f.all, "all", false, t("包括已关闭的和误报", "also those that are closed or dismissed"))
}

// filter checks what the flags say. Without --state, --all or a run, only what
// is still to be dealt with is selected.
func (f *filterFlags) filter(ctx context.Context, db *store.Store) (cases.Filter, error) {
	out := f.f
	for _, name := range f.states {
		s, err := cases.ParseState(name)
		if err != nil {
			return out, fmt.Errorf("--state: %w", err)
		}
		out.States = append(out.States, s)
	}
	for _, name := range f.severities {
		s := scanner.Severity(name)
		if s.Rank() == 0 {
			return out, fmt.Errorf("--severity: %q is no severity: use low, medium, high or critical", name)
		}
		out.Severities = append(out.Severities, s)
	}
	for _, name := range f.categories {
		if !oneOf(name, "secrecy", "internal", "pii", "credential", "wording") {
			return out, fmt.Errorf("--category: %q is no category: use secrecy, internal, pii, credential or wording", name)
		}
		out.Categories = append(out.Categories, name)
	}
	for _, id := range []*string{&out.Run, &out.NewIn} {
		if *id == "" {
			continue
		}
		run, err := db.Run(ctx, *id)
		if err != nil {
			return out, err
		}
		*id = run.ID
	}
	if !f.all && len(out.States) == 0 && out.Run == "" && out.NewIn == "" {
		for _, s := range cases.States() {
			if s.Pending() || s == cases.Fixed {
				out.States = append(out.States, s)
			}
		}
	}
	return out, nil
}

// caseIDs reads numbers such as 17, #17 or 20-25.
func caseIDs(args []string) (ids []int64, err error) {
	for _, arg := range args {
		first, last, isRange := strings.Cut(strings.TrimPrefix(arg, "#"), "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseInt(first, 10, 64)
		to, err2 := strconv.ParseInt(last, 10, 64)
		if err1 != nil || err2 != nil || from < 1 || to < from || to-from >= 10_000 {
			return nil, fmt.Errorf("%q is no number of a finding, such as 17, nor a range such as 20-25", arg)
		}
		for id := from; id <= to; id++ {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// parseDay reads a day, which lasts until its end.
func parseDay(flag, text string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return day, fmt.Errorf("%s: %q is no day such as 2027-06-30", flag, text)
	}
	return day.AddDate(0, 0, 1).Add(-time.Second), nil
}
