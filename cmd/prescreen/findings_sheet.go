package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// writeFile makes a file appear whole or not at all.
func (a *app) writeFile(path string, write func(io.Writer) error) error {
	f, err := newReportFile(path)
	if err != nil {
		return err
	}
	defer f.abort()
	if err := write(f); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return f.commit()
}

func (a *app) findingsImport() *cobra.Command {
	t := a.lang.Pick
	var dry bool
	cmd := &cobra.Command{
		Use:   t("import 文件.xlsx", "import FILE.xlsx"),
		Short: t("读回在表格中修改过的责任人、期限、状态和备注", "take over what was edited in a spreadsheet"),
		Long: t(`读回由 findings export 或 report 写出、经人工修改的问题明细表。只采用改动过的单元格；
不可能的状态、公式、被改动的固定列逐格报告，其余照常采用（有被拒绝的单元格时退出码为 1）。
表格写出之后又被他人修改过的问题不会被覆盖。`,
			`Reads a list of findings that findings export or report wrote and people edited. Only edited cells are taken over.
Impossible states, formulas and changed fixed columns are reported cell by cell, the rest goes on (exit code 1 if any was
refused). A finding that somebody else changed since the sheet was written is not overwritten.`),
		Example: t("  prescreen findings import 问题明细表.xlsx --dry-run\n  prescreen findings import 问题明细表.xlsx", "  prescreen findings import findings.xlsx --dry-run\n  prescreen findings import findings.xlsx"),
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				return a.importFindings(cmd.Context(), db, args[0], dry)
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, t("只检查，不写入", "only say what would happen"))
	return cmd
}

func (a *app) importFindings(ctx context.Context, db *store.Store, path string, dry bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	sheet, err := report.ReadEdits(f, info.Size(), time.Local)
	if err != nil {
		return fmt.Errorf("import %s: %w", path, err)
	}
	taken, refused := 0, len(sheet.Rejected)
	for _, r := range sheet.Rejected {
		fmt.Fprintf(a.stderr, "%s: %v\n", path, r)
	}
	for _, e := range sheet.Edits {
		err := a.importRow(ctx, db, e, dry)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			refused++
			fmt.Fprintf(a.stderr, "%s: %s!%d: %v\n", path, e.Sheet, e.Row, a.caseError(err))
			continue
		}
		taken++
	}
	fmt.Fprintf(a.stdout, a.lang.Pick("已采用 %d 行，未改动 %d 行，拒绝 %d 处\n", "%d rows taken over, %d unchanged, %d refused\n"), taken, sheet.Untouched, refused)
	if refused > 0 {
		a.code = exitFindings
	}
	return nil
}

// importRow is one row of a sheet; a dry one only asks whether it would do.
func (a *app) importRow(ctx context.Context, db *store.Store, e report.Edit, dry bool) error {
	change := cases.Change{IDs: []int64{e.Case}, Version: e.Version, Assignee: e.Assignee, Due: e.Due}
	if e.Note != nil {
		change.Note = *e.Note
	}
	if e.State != nil {
		change.To = *e.State
	}
	if change.To == cases.Dismissed { // the note is where officers write why
		change.Reason, change.Note = change.Note, ""
	}
	if dry {
		return db.Check(ctx, actor(), change)
	}
	return db.Change(ctx, actor(), change)
}
