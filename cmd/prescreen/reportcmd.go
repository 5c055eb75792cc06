package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/report"
	"prescreen/internal/store"
	"prescreen/scanner"
)

type reportFlags struct {
	run, format, form, unit, output, template, deadline, contact string
}

// reportFormats are the formats of the report command.
func reportFormats() []string {
	return []string{"html", "xlsx", "docx", "pdf", "csv", "jsonl", "sarif"}
}

func (a *app) reportCommand() *cobra.Command {
	t := a.lang.Pick
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: t("把一次检查写成报告：网页、表格、公文、PDF", "write a run as a report: HTML, spreadsheet, document, PDF"),
		Long: t(`把一次检查的结果和问题的处理情况写成报告。报告默认用中文（--lang en 为英文）；只含脱敏摘录。
  html   一个自包含的网页，可筛选、可打印     xlsx   问题明细表、统计、未检查清单；改后可用 findings import 读回
  docx   检查报告、整改通知书、审查单         pdf    打印版网页（需要 Chromium）
  csv    问题明细表，供其他系统读取           jsonl、sarif  供程序读取，格式有版本号`,
			`Writes what a run found, and what became of it, as a report. Reports are in Chinese unless --lang en
or the configuration says otherwise; excerpts are masked.
  html   one self-contained page, to filter and to print   xlsx   the list of findings, statistics, what was not
  docx   inspection report, rectification notice, review          checked; read back by findings import
  pdf    the page as printed (needs Chromium)              csv    the list for other systems
  jsonl, sarif  for programs, with a version`),
		Example: t(`  prescreen report                                             # 最近一次检查，report.html
  prescreen report --format xlsx --output 问题明细表.xlsx
  prescreen report --format docx --form inspection -o 检查报告.docx
  prescreen report --format docx --form rectification -o 整改/    # 每个责任单位一份
  prescreen report --format docx --form rectification --unit 县民政局 --deadline 2026-03-31 -o 通知书.docx
  prescreen report template --form inspection -o 模板.docx         # 导出模板，修改后写入配置 report.templates`,
			`  prescreen report                                             # the last run, report.html
  prescreen report --format xlsx --output findings.xlsx
  prescreen report --format docx --form inspection -o report.docx
  prescreen report --format docx --form rectification -o notices/  # one for each unit
  prescreen report template --form inspection -o template.docx     # a template to change`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.report(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.run, "run", "latest", t("检查任务编号，或 latest", "id of the run, or latest"))
	fl.StringVarP(&f.format, "format", "f", "html", t("格式：", "format: ")+strings.Join(reportFormats(), ", "))
	fl.StringVar(&f.form, "form", "inspection", t("docx 的文种：inspection 检查报告、rectification 整改通知书、review 审查单", "form of docx: inspection, rectification or review"))
	fl.StringVar(&f.unit, "unit", "", t("只写这个责任单位的问题", "only the findings of this unit"))
	fl.StringVarP(&f.output, "output", "o", "", t("文件（- 为标准输出）；整改通知书可为文件夹；默认 report.格式", "file (- for standard output), or a folder for notices; default report.FORMAT"))
	fl.StringVar(&f.template, "template", "", t("DOCX 模板（默认取自配置 report.templates，再为内置模板）", "DOCX template (default from report.templates, then the built-in one)"))
	fl.StringVar(&f.deadline, "deadline", "", t("整改期限，如 2026-03-31（默认取问题的最晚期限）", "deadline of a notice, such as 2026-03-31 (default: the latest of its findings)"))
	fl.StringVar(&f.contact, "contact", "", t("联系人及电话（默认取自配置 contact）", "whom to ask (default from contact in the configuration)"))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("form", cobra.FixedCompletions([]string{"inspection", "rectification", "review"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(a.reportTemplateCommand())
	return cmd
}

func (a *app) report(ctx context.Context, f reportFlags) error {
	t := a.lang.Pick
	if !slices.Contains(reportFormats(), f.format) {
		return fmt.Errorf(t("--format %q：可用 %s", "--format %q: use %s"), f.format, strings.Join(reportFormats(), ", "))
	}
	var deadline time.Time
	if f.deadline != "" {
		var err error
		if deadline, err = time.ParseInLocation(time.DateOnly, f.deadline, time.Local); err != nil {
			return fmt.Errorf(t("--deadline %q 不是 2026-03-31 这样的日期", "--deadline %q is no day such as 2026-03-31"), f.deadline)
		}
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	language := a.reportLang(cfg)
	db, err := openStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := db.Run(ctx, f.run)
	if errors.Is(err, store.ErrNoRun) {
		return fmt.Errorf(a.lang.Pick("没有检查任务 %q：先运行 prescreen crawl（%w）", "there is no run %q: run prescreen crawl first (%w)"), f.run, err)
	}
	if err != nil {
		return err
	}
	model, err := a.runModel(ctx, db, run, language)
	if err != nil {
		return err
	}
	opt := report.Options{
		Lang: language, Version: buildVersion(), Organisation: cfg.Organisation, Now: time.Now(), RuleSet: run.RuleSet,
	}
	if f.format == "docx" {
		form, err := a.formOptions(cfg, f, opt, deadline)
		if err != nil {
			return err
		}
		return a.writeForms(model, form, f)
	}
	if f.unit != "" {
		if err := keepUnit(model, f.unit, a.lang); err != nil {
			return err
		}
	}
	setDefault(&f.output, "report."+f.format)
	if f.format == "pdf" {
		return a.writePDF(ctx, cfg, model, opt, f.output)
	}
	return a.writeReport(f.output, func(w io.Writer) error { return report.Render(w, report.Format(f.format), model, opt) })
}

// reportLang is the language of reports: they go to Chinese officials, so it
// is Chinese unless --lang or the configuration says otherwise.
func (a *app) reportLang(cfg Config) lang.Lang {
	if a.langFlag != "" || cfg.Language != "" {
		return a.lang
	}
	return lang.Chinese
}

// keepUnit leaves only the cases of one unit.
func keepUnit(m *report.Run, unit string, l lang.Lang) error {
	units := unitsOf(m)
	if !slices.Contains(units, unit) {
		return unknownUnit(unit, units, l)
	}
	m.Cases = slices.DeleteFunc(m.Cases, func(c cases.Case) bool { return c.Unit != unit })
	m.Trend = nil // of all units
	return nil
}

func unknownUnit(unit string, units []string, l lang.Lang) error {
	if len(units) == 0 {
		return errors.New(l.Pick("本次检查没有待处理问题标明责任单位：请在配置的 sites 中填写 unit", "no finding of this run that is to be dealt with names a unit: set unit under sites in the configuration"))
	}
	return fmt.Errorf(l.Pick("本次检查没有责任单位 %q 的问题；有：%s", "no finding of this run is of unit %q; there are: %s"), unit, strings.Join(units, l.Pick("、", ", ")))
}

// unitsOf lists the units with findings that are still to be dealt with.
func unitsOf(m *report.Run) []string {
	var out []string
	for i := range m.Cases {
		if u := m.Cases[i].Unit; u != "" && m.Cases[i].State.Pending() && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return out
}

func (a *app) formOptions(cfg Config, f reportFlags, opt report.Options, deadline time.Time) (report.FormOptions, error) {
	form := report.FormOptions{
		Options: opt, Form: report.Form(f.form), Unit: f.unit, Deadline: deadline, Contact: f.contact,
		Policy: scanner.Policy{BlockAt: scanner.Severity(cfg.Verdict.BlockSeverity), BlockConfidence: cfg.Verdict.BlockConfidence},
	}
	setDefault(&form.Contact, cfg.Contact)
	if !slices.Contains(report.Forms(), form.Form) {
		return form, fmt.Errorf(a.lang.Pick("--form %q：可用 inspection、rectification、review", "--form %q: use inspection, rectification or review"), f.form)
	}
	path := f.template
	setDefault(&path, cfg.Report.Templates[f.form])
	if path == "" {
		return form, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return form, fmt.Errorf("read template: %w", err)
	}
	form.Template, form.TemplateName = data, path
	return form, nil
}

// writeForms writes one form, or a rectification notice for each unit into a
// folder.
func (a *app) writeForms(m *report.Run, form report.FormOptions, f reportFlags) error {
	t := a.lang.Pick
	units := unitsOf(m)
	if form.Form != report.Rectification || f.unit != "" {
		if f.unit != "" && !slices.Contains(units, f.unit) {
			return unknownUnit(f.unit, units, a.lang)
		}
		setDefault(&f.output, report.FormName(form.Form, form.Lang)+".docx")
		return a.writeReport(f.output, func(w io.Writer) error { return report.RenderForm(w, m, form) })
	}
	if len(units) == 0 {
		return unknownUnit("", nil, a.lang)
	}
	setDefault(&f.output, ".")
	if filepath.Ext(f.output) == ".docx" || f.output == "-" {
		if len(units) > 1 {
			return fmt.Errorf(t("有 %d 个责任单位，每个单位一份：请用 --unit 指定一个，或用 --output 指定文件夹（%s）",
				"there are %d units and a notice for each: choose one with --unit, or name a folder with --output (%s)"), len(units), strings.Join(units, t("、", ", ")))
		}
		form.Unit = units[0]
		return a.writeReport(f.output, func(w io.Writer) error { return report.RenderForm(w, m, form) })
	}
	if err := os.MkdirAll(f.output, 0o700); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	for _, unit := range units {
		form.Unit = unit
		name := report.FormName(form.Form, form.Lang) + "-" + fileName(unit) + ".docx"
		if err := a.writeReport(filepath.Join(f.output, name), func(w io.Writer) error { return report.RenderForm(w, m, form) }); err != nil {
			return err
		}
	}
	return nil
}

// fileName makes the name of a unit part of a file name.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
}

// writeReport writes a file that appears when it is complete, and says so.
func (a *app) writeReport(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(a.stdout)
	}
	if err := a.writeFile(path, write); err != nil {
		return err
	}
	if !a.quiet {
		fmt.Fprintf(a.stderr, a.lang.Pick("已写出 %s\n", "wrote %s\n"), path)
	}
	return nil
}

// writePDF prints the HTML report through a browser.
func (a *app) writePDF(ctx context.Context, cfg Config, m *report.Run, opt report.Options, path string) error {
	browser := report.Browser{Path: cfg.Render.Browser, NoSandbox: cfg.Render.NoSandbox}
	return a.writeReport(path, func(w io.Writer) error { return report.RenderPDF(ctx, w, m, opt, browser) })
}

func (a *app) reportTemplateCommand() *cobra.Command {
	t := a.lang.Pick
	var form, output string
	cmd := &cobra.Command{
		Use:   "template",
		Short: t("导出内置的 DOCX 模板，供修改", "write a built-in DOCX template, to be changed"),
		Long: t(`写出内置模板。用 Word 或 WPS 修改后，在配置 report.templates 中指定，或用 --template 指定。
字段如 {{.Unit}} 的含义见 docs/reports.md；字段写错时会指出模板、部件和字段。`,
			`Writes a built-in template. Change it in a word processor and name it under report.templates or
by --template. What fields such as {{.Unit}} mean is in docs/reports.md.`),
		Example: "  prescreen report template --form rectification -o 整改通知书模板.docx",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			data, err := report.BuiltinTemplate(report.Form(form), a.reportLang(cfg))
			if err != nil {
				return err
			}
			setDefault(&output, form+".docx")
			return a.writeReport(output, func(w io.Writer) error {
				_, err := w.Write(data)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&form, "form", "inspection", t("文种：inspection、rectification、review", "form: inspection, rectification or review"))
	cmd.Flags().StringVarP(&output, "output", "o", "", t("文件", "file"))
	return cmd
}
