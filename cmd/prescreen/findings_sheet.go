package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/report"
	"prescreen/internal/store"
)

func (a *app) findingsExport() *cobra.Command {
	t := a.lang.Pick
	var f filterFlags
	var format, output string
	cmd := &cobra.Command{
		Use:   "export",
		Short: t("导出问题明细表，或供其他系统使用的数据", "write the list of findings for people or other systems"),
		Long: t(`csv、xlsx 为问题明细表；xlsx 中的责任人、期限、状态和备注可以修改，再用 findings import 读回。
jsonl 每行一个问题，字段见 docs/report.schema.json。`,
			`csv and xlsx are the list of findings; assignee, due, state and note of the xlsx may be edited and read back with
findings import. jsonl has one finding a line, its fields are in docs/report.schema.json.`),
		Example: t("  prescreen findings export --format xlsx -o 问题明细表.xlsx --unit 示例县卫健局\n  prescreen findings export --format jsonl --all | gzip > findings.jsonl.gz",
			"  prescreen findings export --format xlsx -o findings.xlsx --site portal\n  prescreen findings export --format jsonl --all | gzip > findings.jsonl.gz"),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !oneOf(format, "xlsx", "csv", "jsonl", "sarif") {
				return fmt.Errorf(t("--format %q：只能是 xlsx、csv、jsonl 或 sarif", "--format %q: use xlsx, csv, jsonl or sarif"), format)
			}
			if report.Binary(report.Format(format)) && output == "" && a.isTerminal(a.stdout) {
				return fmt.Errorf(t("%s 不能显示在终端上：请用 -o 文件", "%s cannot be shown on a terminal: use -o FILE"), format)
			}
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				return a.exportFindings(cmd.Context(), cfg, db, &f, report.Format(format), output)
			})
		},
	}
	a.addFilter(cmd.Flags(), &f)
	cmd.Flags().StringVar(&format, "format", "csv", t("xlsx、csv、jsonl 或 sarif", "xlsx, csv, jsonl or sarif"))
	cmd.Flags().StringVarP(&output, "output", "o", "", t("输出文件（默认标准输出）", "file to write (default: standard output)"))
	return cmd
}

func (a *app) exportFindings(ctx context.Context, cfg Config, db *store.Store, f *filterFlags, format report.Format, output string) error {
	filter, err := f.filter(ctx, db)
	if err != nil {
		return err
	}
	now := time.Now()
	run := report.Run{Summary: report.Summary{Started: now, Finished: now}}
	err = db.EachCase(ctx, filter, cases.BySeverity, func(c cases.Case) error {
		run.Cases = append(run.Cases, c)
		run.Summary.Findings.Add(c.Finding.Severity)
		return nil
	})
	if err != nil {
		return err
	}
	opt := report.Options{Lang: a.lang, Version: buildVersion(), Organisation: cfg.Organisation, Now: now}
	if err := db.Audit(ctx, actor(), "cases.exported", "cases", map[string]any{"format": format, "count": len(run.Cases)}); err != nil {
		return err
	}
	if output == "" {
		return report.Render(a.stdout, format, &run, opt)
	}
	if err := a.writeFile(output, func(w io.Writer) error { return report.Render(w, format, &run, opt) }); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, a.lang.Pick("已导出 %d 个问题：%s\n", "%d findings written to %s\n"), len(run.Cases), output)
	return nil
}
