package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"prescreen/dictionaries"
	"prescreen/internal/document"
	"prescreen/internal/report"
	"prescreen/scanner"
)

func (a *app) dictCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "dict",
		Short: t("查看、测试和解释规则", "list, test and explain the rules"),
		Example: `  prescreen dict list
  prescreen dict explain pii.id18
  prescreen dict why "机密★1年"
  prescreen dict lint my-rules/`,
	}
	cmd.AddCommand(a.dictLint(), a.dictTest(), a.dictList(), a.dictExplain(), a.dictWhy(), a.dictCoverage())
	return cmd
}

// dictSet is the rule set of the configuration plus folders named on the
// command line.
func (a *app) dictSet(folders []string) (Config, *dictionaries.Set, error) {
	cfg, err := a.load()
	if err != nil {
		return cfg, nil, err
	}
	cfg.Dictionaries = append(cfg.Dictionaries, folders...)
	set, err := loadDictionaries(cfg)
	if err != nil {
		err = a.ruleErrors(err)
	}
	return cfg, set, err
}

func (a *app) dictLint() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     t("lint [文件夹…]", "lint [FOLDER…]"),
		Short:   t("检查规则文件的写法", "check how rules are written"),
		Example: "  prescreen dict lint my-rules/",
		RunE: func(_ *cobra.Command, folders []string) error {
			_, set, err := a.dictSet(folders)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, t("%d 条规则，%d 个词条，写法正确\n", "%d rules, %d terms: all well written\n"), len(set.Rules()), set.Terms())
			return nil
		},
	}
}

// ruleErrors prints everything that is wrong with rules, one line each.
func (a *app) ruleErrors(err error) error {
	var errs dictionaries.Errors
	if !errors.As(err, &errs) {
		return err
	}
	for _, e := range errs {
		fmt.Fprintln(a.stderr, e)
	}
	return fmt.Errorf(a.lang.Pick("规则文件有 %d 处错误", "%d errors in the rules"), len(errs))
}

func (a *app) dictTest() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     t("test [文件夹…]", "test [FOLDER…]"),
		Short:   t("运行每条规则自带的正反例", "run the hits and misses that every rule carries"),
		Example: "  prescreen dict test\n  prescreen dict test my-rules/",
		RunE: func(cmd *cobra.Command, folders []string) error {
			cfg, set, err := a.dictSet(folders)
			if err != nil {
				return err
			}
			failures, err := scanner.SelfTest(cmd.Context(), set, a.scannerConfig(cfg, nil))
			if err != nil {
				return err
			}
			examples := 0
			for _, r := range set.Rules() {
				examples += len(r.Tests.Hit) + len(r.Tests.Miss)
			}
			for _, f := range failures {
				fmt.Fprintln(a.stdout, f)
			}
			fmt.Fprintf(a.stdout, t("%d 条规则，%d 个例子，失败 %d\n", "%d rules, %d examples, %d failed\n"), len(set.Rules()), examples, len(failures))
			if len(failures) > 0 {
				a.code = exitFindings
			}
			return nil
		},
	}
}

func (a *app) dictList() *cobra.Command {
	t := a.lang.Pick
	var category string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   t("列出全部规则", "list all rules"),
		Example: "  prescreen dict list\n  prescreen dict list --category pii",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, set, err := a.dictSet(nil)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, r := range set.Rules() {
				if category == "" || r.Category == category {
					fmt.Fprintf(w, "%s\t%s\t%s\n", r.ID, report.SeverityName(scanner.Severity(r.Severity), a.lang), r.Title.In(string(a.lang)))
				}
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&category, "category", "", t("只列出某一类：secrecy、internal、pii、credential、wording", "one category only: secrecy, internal, pii, credential, wording"))
	_ = cmd.RegisterFlagCompletionFunc("category", cobra.FixedCompletions([]string{"secrecy", "internal", "pii", "credential", "wording"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) dictExplain() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     t("explain 规则", "explain RULE"),
		Short:   t("说明一条规则：依据、条件、例子", "explain a rule: basis, conditions, examples"),
		Example: "  prescreen dict explain secrecy.mark.gbt9704",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			_, set, err := a.dictSet(nil)
			if err != nil {
				return err
			}
			r := set.Rule(args[0])
			if r == nil {
				return fmt.Errorf(t("没有规则 %q（prescreen dict list 列出全部）", "there is no rule %q (prescreen dict list names them)"), args[0])
			}
			return a.explain(r)
		},
	}
}

func (a *app) ruleIDs() []string {
	_, set, err := a.dictSet(nil)
	if err != nil {
		return nil
	}
	var ids []string
	for _, r := range set.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

func (a *app) explain(r *dictionaries.Rule) error {
	t := a.lang.Pick
	l := string(a.lang)
	file, line := r.Origin()
	fmt.Fprintf(a.stdout, "%s  %s\n", r.ID, r.Title.In(l))
	for _, row := range [][2]string{
		{t("类别", "category"), report.CategoryName(r.Category, a.lang)},
		{t("等级", "severity"), report.SeverityName(scanner.Severity(r.Severity), a.lang)},
		{t("依据", "basis"), r.Basis},
		{t("提示", "message"), r.Message.In(l)},
		{t("建议", "advice"), r.Advice.In(l)},
		{t("出处", "written in"), fmt.Sprintf("%s:%d", file, line)},
	} {
		if row[1] != "" {
			fmt.Fprintf(a.stdout, "%s: %s\n", row[0], row[1])
		}
	}
	src, err := yaml.MarshalWithOptions(r, yaml.OmitZero(), yaml.OmitEmpty())
	if err != nil {
		return fmt.Errorf("show rule %q: %w", r.ID, err)
	}
	_, err = fmt.Fprintf(a.stdout, "\n%s", src)
	return err
}

func (a *app) dictWhy() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:   t("why 文本", "why TEXT"),
		Short: t("说明一段文字命中了什么、差一点命中什么以及原因", "say what a text fires, what it nearly fires, and what held that back"),
		Long: t("检查一段文字（- 表示标准输入），列出命中的规则，以及差一点命中的规则和未命中的原因。",
			"Scans a text (- for standard input) and lists the rules that fire, and those that nearly do with what held them back."),
		Example: "  prescreen dict why \"国家秘密标志形式为“密级★保密期限”\"",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.Join(args, " ")
			if text == "-" {
				data, err := io.ReadAll(a.stdin)
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				text = string(data)
			}
			return a.why(cmd.Context(), text)
		},
	}
}

func (a *app) why(ctx context.Context, text string) error {
	t := a.lang.Pick
	cfg, err := a.load()
	if err != nil {
		return err
	}
	eng, err := a.newEngine(cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	parsed, err := eng.parser.Parse(ctx, document.Input{
		Data: strings.NewReader(text), Size: int64(len(text)), Fragment: document.SniffMarkup(text),
	})
	if err != nil {
		return err
	}
	findings, misses := eng.live.Scanner().Why(ctx, &scanner.Document{Segments: parsed.Segments})
	for _, f := range findings {
		fmt.Fprintf(a.stdout, t("命中  %s  %s（置信度 %d）：%s\n", "fires   %s  %s (confidence %d): %s\n"), f.Rule, f.Title, f.Confidence, f.Excerpt)
	}
	for _, m := range misses {
		fmt.Fprintf(a.stdout, t("未命中  %s  %s：%s  ——  %s\n", "nearly  %s  %s: %s  --  %s\n"), m.Rule, m.Title, m.Excerpt, m.Detail)
	}
	if len(findings)+len(misses) == 0 {
		fmt.Fprintln(a.stdout, t("没有规则命中，也没有接近命中的规则", "no rule fires, or nearly does"))
	}
	return nil
}

func (a *app) dictCoverage() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     t("coverage 文件夹…", "coverage FOLDER…"),
		Short:   t("统计各规则在一批文件上的命中次数", "count which rules fire how often on folders of files"),
		Example: "  prescreen dict coverage ./published/",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			eng, err := a.newEngine(cfg)
			if err != nil {
				return err
			}
			defer eng.Close()
			return a.coverage(cmd.Context(), eng, args)
		},
	}
}

func (a *app) coverage(ctx context.Context, eng *engine, targets []string) error {
	type tally struct{ documents, findings, values int }
	counts := map[string]*tally{}
	documents, unread := 0, 0
	jobs, err := a.jobs(checkFlags{}, targets)
	if err != nil {
		return err
	}
	for j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := eng.checkJob(ctx, j)
		documents++
		if r.Incomplete() {
			unread++
		}
		seen := map[string]bool{}
		for _, f := range r.Findings {
			c := counts[f.Rule]
			if c == nil {
				c = &tally{}
				counts[f.Rule] = c
			}
			if !seen[f.Rule] {
				c.documents++
				seen[f.Rule] = true
			}
			c.findings++
			c.values += f.Count
		}
	}
	t := a.lang.Pick
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\t%s\t%s\t  %s\n", t("文件", "files"), t("问题", "findings"), t("数值", "values"), t("规则", "rule"))
	for _, r := range eng.live.Scanner().Set().Rules() {
		c := counts[r.ID]
		if c == nil {
			c = &tally{}
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s\n", c.documents, c.findings, c.values, r.ID)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, t("共 %d 个文件，其中 %d 个未能完整读取\n", "%d files, %d of them not read completely\n"), documents, unread)
	return err
}

// printStats lists what each rule cost, most expensive first.
func (e *engine) printStats(w io.Writer) {
	if e.profile == nil {
		return
	}
	docs, size, total := e.profile.Totals()
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "time\tcandidates\tfindings\t  rule\n")
	for _, r := range e.profile.Rules() {
		fmt.Fprintf(tw, "%v\t%d\t%d\t  %s\n", r.Time.Round(time.Microsecond), r.Candidates, r.Findings, r.Rule)
	}
	tw.Flush()
	fmt.Fprintf(w, "%d documents, %d bytes of text, %v in all, %.1f MB/s\n", docs, size, total.Round(time.Microsecond),
		float64(size)/1e6/max(total.Seconds(), 1e-9))
}
