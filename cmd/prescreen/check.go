package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/scanner"
)

type checkFlags struct {
	format  string
	output  string
	batch   string
	name    string
	stats   bool
	workers int
}

func (a *app) checkCommand() *cobra.Command {
	t := a.lang.Pick
	var f checkFlags
	cmd := &cobra.Command{
		Use:   t("check 目标…", "check TARGET…"),
		Short: t("检查网址、文件、文件夹或草稿", "check addresses, files, folders or a draft"),
		Long: t(`检查一个或多个目标：http(s) 网址、文件、文件夹（逐个文件），或 - 表示标准输入。
退出码：0 通过；1 需复核或建议阻断；2 用法或配置错误；3 有内容未能读取。`,
			`Checks one or more targets: http(s) addresses, files, folders (every file in them),
or - for standard input.
Exit codes: 0 pass; 1 review or block; 2 usage or configuration; 3 something could not be read.`),
		Example: t(`  prescreen check https://www.example.gov.cn/notice.html   # 检查一个网页
  prescreen check 公示名单.xlsx 通知.docx                     # 检查待发布文件
  prescreen check ./待发布/                                    # 检查整个文件夹
  pbpaste | prescreen check -                                  # 检查粘贴的草稿
  prescreen check --format html --output 结果.html 通知.docx   # 生成可打印的报告
  prescreen check --format docx -o 审查单.docx 通知.docx        # 生成信息发布保密审查单
  prescreen check --batch 稿件.jsonl > 结果.jsonl              # 批量：每行一篇`,
			`  prescreen check https://www.example.gov.cn/notice.html   # one web page
  prescreen check list.xlsx notice.docx                     # files before publishing
  prescreen check ./drafts/                                 # a whole folder
  pbpaste | prescreen check -                               # a pasted draft
  prescreen check --format html --output result.html a.docx # a report to print
  prescreen check --format docx -o review.docx a.docx       # a pre-publication review form
  prescreen check --batch drafts.jsonl > results.jsonl      # one document per line`),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.batch == "" && len(args) == 0 {
				return errors.New(t("没有检查目标：请给出网址、文件、文件夹或 -（见 prescreen check --help）",
					"nothing to check: name an address, file, folder or - (see prescreen check --help)"))
			}
			if f.batch != "" && len(args) > 0 {
				return errors.New(t("--batch 不能与其他目标同时使用", "--batch and targets exclude each other"))
			}
			return a.check(cmd.Context(), f, args)
		},
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", t("输出格式：text、json、jsonl、sarif、html、xlsx、csv、docx（信息发布保密审查单）",
		"output format: text, json, jsonl, sarif, html, xlsx, csv, docx (a pre-publication review form)"))
	cmd.Flags().StringVarP(&f.output, "output", "o", "", t("写入文件而不是标准输出", "write to a file instead of standard output"))
	cmd.Flags().StringVar(&f.batch, "batch", "", t("JSON Lines 文件，每行一篇（- 为标准输入），结果按输入顺序输出", "JSON Lines file, one document per line (- for standard input); results in input order"))
	cmd.Flags().StringVar(&f.name, "name", "", t("标准输入的文件名（仅作标签）", "file name of standard input (a label)"))
	cmd.Flags().BoolVar(&f.stats, "scan-stats", false, t("结束后在标准错误输出各规则的耗时和命中数", "print time, candidates and findings per rule to standard error"))
	cmd.Flags().IntVar(&f.workers, "workers", runtime.NumCPU(), t("同时检查的文件数", "documents checked at the same time"))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "jsonl", "sarif", "html", "xlsx", "csv", "docx"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagFilename("batch", "jsonl", "json")
	return cmd
}

func (a *app) check(ctx context.Context, f checkFlags, targets []string) error {
	if f.batch != "" {
		f.format = string(report.JSONL)
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	out, closeOut, err := a.output(f.output)
	if err != nil {
		return err
	}
	defer closeOut()
	eng, err := a.newEngine(cfg)
	if err != nil {
		return err
	}
	defer eng.Close()
	if f.stats {
		eng.profile, f.workers = eng.live.Scanner().NewProfile(), 1 // a profile belongs to one worker
	}
	if report.Binary(report.Format(f.format)) && f.output == "" && a.isTerminal(a.stdout) {
		return fmt.Errorf(a.lang.Pick("%s 不能输出到终端：请用 --output 指定文件", "%s is not for a terminal: name a file with --output"), f.format)
	}
	opt := a.reportOptions(cfg, eng)
	opt.Color = f.output == "" && a.isTerminal(a.stdout)
	w, err := report.New(report.Format(f.format), out, opt)
	if err != nil {
		return err
	}
	jobs, err := a.jobs(f, targets)
	if err != nil {
		return err
	}
	sum := report.Summary{Started: time.Now()}
	err = runOrdered(ctx, jobs, f.workers, func(ctx context.Context, j job) pipeline.Result {
		return eng.checkJob(ctx, j)
	}, func(r pipeline.Result) error {
		sum.Pages++
		sum.Verdict = report.Worst(sum.Verdict, r.Verdict)
		for i := range r.Findings {
			sum.Findings.Add(r.Findings[i].Severity)
		}
		return w.Write(r)
	})
	sum.Finished = time.Now()
	if err != nil {
		sum.Interrupted = true
	}
	if sum.Pages == 0 && err == nil {
		sum.Verdict = scanner.VerdictPass
	}
	if cerr := w.Close(sum); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf(a.lang.Pick("检查中断：%w", "check stopped: %w"), err)
	}
	if f.stats {
		eng.printStats(a.stderr)
	}
	a.code = exitCode(sum.Verdict)
	return nil
}

// output opens the file to write results to; standard output for "".
func (a *app) output(path string) (io.Writer, func(), error) {
	if path == "" {
		return a.stdout, func() {}, nil
	}
	// A report shows masked excerpts only, yet it is nobody else's business.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open output: %w", err)
	}
	return f, func() { f.Close() }, nil
}

// runOrdered checks jobs on several workers and emits the results in the
// order of the jobs. It stops at the first error of emit or when ctx ends.
func runOrdered(ctx context.Context, jobs iter.Seq[job], workers int, check func(context.Context, job) pipeline.Result, emit func(pipeline.Result) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type slot struct {
		job  job
		done chan pipeline.Result
	}
	workers = max(workers, 1)
	work := make(chan slot)
	order := make(chan slot, 2*workers)
	finished := make(chan struct{})
	for range workers {
		go func() {
			for s := range work {
				s.done <- check(ctx, s.job)
			}
			finished <- struct{}{}
		}()
	}
	go func() {
		defer close(order)
		defer close(work)
		for j := range jobs {
			s := slot{j, make(chan pipeline.Result, 1)}
			select {
			case order <- s:
			case <-ctx.Done():
				return
			}
			// order first: what was announced is always handed to a worker.
			work <- s
		}
	}()
	var err error
	for s := range order {
		r := <-s.done
		if err == nil && ctx.Err() == nil {
			if err = emit(r); err != nil {
				cancel()
			}
		}
	}
	for range workers {
		<-finished
	}
	return errors.Join(err, context.Cause(ctx))
}
