package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"prescreen/internal/document"
	"prescreen/internal/lang"
	"prescreen/scanner"
)

// Exit codes of check and crawl, part of the command's contract.
const (
	exitPass       = 0 // everything in scope was read and nothing was found
	exitFindings   = 1 // review or block
	exitUsage      = 2 // usage or configuration
	exitIncomplete = 3 // something in scope could not be read
)

// app carries what main passes in and what the global flags say.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string

	lang       lang.Lang
	langFlag   string
	configPath string
	verbose    bool
	quiet      bool
	code       int // exit code of a command that ran
}

// errSilent ends a command whose error has been reported already.
var errSilent = errors.New("reported")

// brokenOff is what ended a run that was under way or about to begin, such as a
// database that does not answer: no mistake of the caller, and the same command
// goes on where it stopped.
type brokenOff struct{ error }

func (b brokenOff) Unwrap() error { return b.error }

// run is the whole program: it never calls os.Exit and touches nothing global.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	if len(args) > 0 && args[0] == workerCommand {
		return document.WorkerMain(args[1:], stdin, stdout)
	}
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv}
	a.lang = earlyLang(args, getenv)
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil { // Ctrl-C: whatever failed, failed because of it
			fmt.Fprintln(stderr, a.lang.Pick("已停止；再次运行同一命令可继续", "stopped; run the same command again to go on"))
			return exitIncomplete
		}
		if !errors.Is(err, errSilent) {
			fmt.Fprintf(stderr, "%s%v\n", a.lang.Pick("错误：", "error: "), err)
		}
		var broken brokenOff
		if errors.As(err, &broken) {
			return exitIncomplete
		}
		return exitUsage
	}
	return a.code
}

// earlyLang finds --lang before the flags are parsed, because help and flag
// errors are in that language too.
func earlyLang(args []string, getenv func(string) string) lang.Lang {
	for i, arg := range args {
		v, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			v, ok = args[i+1], true
		}
		if !ok {
			continue
		}
		if l, ok := lang.Parse(v); ok {
			return l
		}
	}
	return lang.FromEnv(getenv)
}

func (a *app) rootCommand() *cobra.Command {
	t := a.lang.Pick
	root := &cobra.Command{
		Use:   "prescreen",
		Short: t("网站信息发布保密预审工具", "screen what is published, or about to be, for what must not be public"),
		Long: t(
			`prescreen 在发布前和发布后检查网站内容：疑似国家秘密标志、内部文件标志、个人信息、
账号口令和固定表述差错。只爬取配置中列出的主机；结果一律为“疑似”，摘录均已脱敏。`,
			`prescreen checks web content before and after publication for suspected secrecy
marks, internal marks, personal information, credentials and misprints. It crawls
only hosts named in its configuration, and stores and shows masked excerpts only.`),
		Example: `  prescreen demo
  prescreen check https://www.example.gov.cn/notice.html draft.docx
  prescreen crawl --config prescreen.yaml`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if a.langFlag != "" {
				if _, ok := lang.Parse(a.langFlag); !ok {
					return fmt.Errorf(t("--lang %q：只能是 zh 或 en", "--lang %q: use zh or en"), a.langFlag)
				}
			}
			return nil
		},
	}
	f := root.PersistentFlags()
	f.StringVar(&a.configPath, "config", "", t("配置文件（默认 ./prescreen.yaml）", "configuration file (default ./prescreen.yaml)"))
	f.StringVar(&a.langFlag, "lang", "", t("界面语言 zh 或 en（默认取自 LANG）", "language of messages, zh or en (default from LANG)"))
	f.BoolVarP(&a.verbose, "verbose", "v", false, t("输出详细日志", "log more"))
	f.BoolVarP(&a.quiet, "quiet", "q", false, t("只输出错误", "log errors only"))
	root.SetUsageTemplate(usageTemplate(a.lang))
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf(t("选项有误：%w（用法见 %s --help）", "%w (see %s --help)"), err, c.CommandPath())
	})
	root.AddCommand(
		a.checkCommand(), a.crawlCommand(), a.workerCommand(), a.runCommands(),
		a.findingsCommand(), a.baselineCommand(),
		a.serveCommand(), a.userCommand(), a.tokenCommand(),
		a.demoCommand(), a.dictCommand(),
		a.auditCommand(), a.evidenceCommand(), a.storeCommand(), a.reportCommand(), a.notifyCommand(), a.configCommand(), a.versionCommand(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	localize(root, a.lang)
	return root
}

// localize puts the texts that cobra writes itself into the chosen language.
func localize(root *cobra.Command, l lang.Lang) {
	if l != lang.Chinese {
		return
	}
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short, c.Long = "查看命令的帮助", "查看任一命令的帮助。"
		case "completion":
			c.Short = "生成命令行补全脚本（bash、zsh、fish）"
		}
		c.InitDefaultHelpFlag()
		if f := c.Flags().Lookup("help"); f != nil {
			f.Usage = "查看帮助"
		}
	}
	root.InitDefaultHelpFlag()
	root.Flags().Lookup("help").Usage = "查看帮助"
}

// usageTemplate is cobra's own with its headings in both languages and
// examples before flags.
func usageTemplate(l lang.Lang) string {
	t := l.Pick
	return t("用法：", "Usage:") + `{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} ` + t("命令", "COMMAND") + `{{end}}{{if .HasExample}}

` + t("示例：", "Examples:") + `
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + t("命令：", "Commands:") + `{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + t("选项：", "Flags:") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + t("通用选项：", "Global flags:") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

` + t(`查看某个命令的说明：{{.CommandPath}} 命令 --help`, `More about a command: {{.CommandPath}} COMMAND --help`) + `{{end}}
`
}

// load reads the configuration and lets --lang or LANG give way to its
// language only where neither was set.
func (a *app) load() (Config, error) {
	cfg, _, err := loadConfig(a.configPath, a.getenv)
	if err != nil {
		return cfg, err
	}
	if a.langFlag == "" && cfg.Language != "" {
		a.lang = lang.Lang(cfg.Language)
	}
	return cfg, nil
}

// logger writes plain lines to stderr: human-readable on a terminal, and
// key=value elsewhere.
func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	switch {
	case a.verbose:
		level = slog.LevelDebug
	case a.quiet:
		level = slog.LevelError
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// isTerminal reports whether w is a terminal that wants colours and a
// progress line (NO_COLOR is honoured, see no-color.org).
func (a *app) isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb" && isatty.IsTerminal(f.Fd())
}

// exitCode maps the verdict of a run to the exit code.
func exitCode(v scanner.Verdict) int {
	switch v {
	case scanner.VerdictReview, scanner.VerdictBlock:
		return exitFindings
	case scanner.VerdictIncomplete:
		return exitIncomplete
	}
	return exitPass
}
