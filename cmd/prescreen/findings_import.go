package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/report"
	"prescreen/internal/store"
)

func (a *app) findingsImport() *cobra.Command {
	t := a.lang.Pick
	var dry bool
	cmd := &cobra.Command{
		Use:   t("import 文件.xlsx", "import FILE.xlsx"),
		Short: t("读回在表格中修改过的责任人、期限、状态和备注", "take over what was edited in a spreadsheet"),
		Long: t(`读回由 findings export 或 report 写出、经人工修改的问题明细表。可改的列：责任人、期限、状态、备注（表头为金色）；
其余各列不可改。只采用改动过的单元格。判为误报时，备注即理由。不可能的状态、公式、被改动的固定列逐格报告，
其余照常采用（有被拒绝的行时退出码为 1）。表格写出之后又被他人修改过的问题不会被覆盖。`,
			`Reads a list of findings that findings export or report wrote and people edited. Assignee, due, state and note may be
edited (golden heads), nothing else, and only edited cells are taken over. The note is the reason of a dismissal.
Impossible states, formulas and changed fixed columns are reported cell by cell, the rest goes on (exit code 1 if any row
was refused). A finding that somebody else changed since the sheet was written is not overwritten.`),
		Example: t(`  prescreen findings import 问题明细表.xlsx --dry-run    # 先看看会改什么
  prescreen findings import 问题明细表.xlsx`,
			`  prescreen findings import findings.xlsx --dry-run    # see first what would change
  prescreen findings import findings.xlsx`),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				return a.importFindings(cmd.Context(), db, args[0], dry)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, t("只检查，不写入", "only say what would happen"))
	return cmd
}

func (a *app) importFindings(ctx context.Context, db *store.Store, path string, dry bool) error {
	t := a.lang.Pick
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	sheet, err := report.ReadEdits(file, info.Size(), time.Local)
	if err != nil {
		return fmt.Errorf("import %s: %w", path, err)
	}
	changed, same := 0, sheet.Untouched
	rejected := sheet.Rejected
	for _, e := range asExported(ctx, db, sheet.Edits) {
		what, err := a.importRow(ctx, db, e, dry)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			rejected = append(rejected, report.Rejected{Sheet: e.Sheet, Cell: e.Cell, Err: err})
		case what == "":
			same++
		default:
			changed++
			fmt.Fprintf(a.stdout, t("问题 %d：%s\n", "finding %d: %s\n"), e.Case, what)
		}
	}
	for _, r := range rejected {
		fmt.Fprintf(a.stderr, t("%s：%s!%s 未采用：%v\n", "%s: %s!%s refused: %v\n"), path, r.Sheet, r.Cell, a.editError(r.Err))
	}
	done := t("已采用 %d 行，未改动 %d 行，拒绝 %d 处\n", "%d rows taken over, %d unchanged, %d refused\n")
	if dry {
		done = t("试运行：将采用 %d 行，未改动 %d 行，将拒绝 %d 处\n", "dry run: %d rows would be taken over, %d are unchanged, %d would be refused\n")
	}
	fmt.Fprintf(a.stdout, done, changed, same, len(rejected))
	if len(rejected) > 0 {
		a.code = exitFindings
	}
	return nil
}

// asExported marks rows whose cases are as they were when the list was
// exported: to dismiss a case dismisses the others with its value, so that the
// rows of one list change each other's cases.
func asExported(ctx context.Context, db *store.Store, edits []report.Edit) []report.Edit {
	for i := range edits {
		if c, _, err := db.Case(ctx, edits[i].Case); err == nil && c.Version == edits[i].Version {
			edits[i].Version = 0
		}
	}
	return edits
}

// importRow changes a case as a row asks, and says in words what it did; ""
// where the case is like that already. A dry one only asks whether it would
// do.
func (a *app) importRow(ctx context.Context, db *store.Store, e report.Edit, dry bool) (string, error) {
	c, _, err := db.Case(ctx, e.Case)
	if err != nil {
		return "", err
	}
	change, what := a.changeOf(&c, e)
	switch {
	case e.Note != nil && *e.Note == "" && c.Note != "":
		return "", errNoteGone
	case what == "":
		return "", nil
	case change.To == cases.Dismissed && change.Reason == "":
		return "", errNoReason
	case dry:
		return what, db.Check(ctx, actor(), change)
	}
	return what, db.Change(ctx, actor(), change)
}

var (
	errNoReason = errors.New("a dismissal needs a reason in the column 备注 (note)")
	errNoteGone = errors.New("a note cannot be deleted, only replaced")
)

// changeOf is the difference between a case and what a row asks for.
func (a *app) changeOf(c *cases.Case, e report.Edit) (change cases.Change, what string) {
	t := a.lang.Pick
	change = cases.Change{IDs: []int64{c.ID}, Version: cmp.Or(e.Version, c.Version)}
	say := func(format string, args ...any) {
		if what != "" {
			what += t("，", ", ")
		}
		what += fmt.Sprintf(format, args...)
	}
	if e.State != nil && *e.State != c.State {
		change.To = *e.State
		say(t("状态 %s → %s", "state %s → %s"), c.State.Name(a.lang), change.To.Name(a.lang))
	}
	if e.Assignee != nil && *e.Assignee != c.Assignee {
		change.Assignee = e.Assignee
		say(t("责任人 %q → %q", "assignee %q → %q"), c.Assignee, *e.Assignee)
	}
	if e.Due != nil && e.Due.Format(time.DateOnly) != c.Due.In(e.Due.Location()).Format(time.DateOnly) {
		change.Due = e.Due
		day := t("无", "none")
		if !e.Due.IsZero() {
			day = e.Due.Format(time.DateOnly)
		}
		say(t("期限 → %s", "due → %s"), day)
	}
	if e.Note != nil && *e.Note != c.Note && *e.Note != "" {
		change.Note = *e.Note
		say("%s", t("备注", "note"))
	}
	if change.To == cases.Dismissed {
		change.Reason, change.Note = change.Note, ""
		if change.Reason == "" {
			change.Reason = c.Note
		}
	}
	return change, what
}

// editError says in the reader's language what people do wrong most.
func (a *app) editError(err error) error {
	t := a.lang.Pick
	for _, e := range []struct {
		err error
		zh  string
	}{
		{report.ErrFormula, "单元格中是公式，请直接填写文字"},
		{report.ErrCellError, "单元格是错误值"},
		{report.ErrFixedColumn, "此列不可修改；只能改责任人、期限、状态、备注"},
		{report.ErrNoNumber, "没有问题编号"},
		{report.ErrTwice, "同一问题编号出现两次，只取第一行"},
		{report.ErrNoSeal, "缺少末尾的隐藏列，请重新导出表格"},
		{report.ErrNotADate, "不是 2026-03-31 这样的日期"},
		{report.ErrUnknownState, "不是状态名，请从下拉列表中选择"},
		{cases.ErrConflict, "导出后已被他人或新一次检查改过，请重新导出"},
		{errNoReason, "判为误报须在备注中写明理由"},
		{errNoteGone, "备注不能删除，只能改写"},
	} {
		if errors.Is(err, e.err) {
			return errors.New(t(e.zh, err.Error()))
		}
	}
	return a.caseError(err)
}
