package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/store"
)

func (a *app) auditCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "audit",
		Short: t("查看和校验审计日志", "read and verify the audit log"),
		Long: t(`审计日志只能追加；每条记录与上一条用 SHA-256 串联，修改、删除、插入或调换任何一条都会被 audit verify 发现。
从末尾截掉若干条，或整本重写，只有对照事先另存的“末条摘要”才能发现：请定期把 audit verify 输出的末条摘要
另行保存（例如打印或交审计员），校验时用 --head 给出。`,
			`The log is only appended to. Each entry is chained to the one before by SHA-256, so audit verify finds any that was
changed, removed, inserted or moved. Entries cut off at the end, or a log written anew as a whole, are found only against
a head that was kept elsewhere: keep the head that audit verify prints, and give it with --head.`),
		Example: "  prescreen audit verify\n  prescreen audit verify --head 1024:9f86d081884c7d65…\n  prescreen audit list --last 50",
	}
	cmd.AddCommand(a.auditVerify(), a.auditList())
	return cmd
}

func (a *app) auditVerify() *cobra.Command {
	t := a.lang.Pick
	var kept string
	cmd := &cobra.Command{
		Use:     "verify",
		Short:   t("校验全部记录（被改动时退出码为 1）", "verify every entry (exit code 1 if the log was tampered with)"),
		Example: "  prescreen audit verify --head 1024:9f86d081884c7d65…",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var head store.Head
			if kept != "" {
				var err error
				if head, err = store.ParseHead(kept); err != nil {
					return fmt.Errorf("--head: %w", err)
				}
			}
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				now, err := db.VerifyAudit(cmd.Context(), head)
				var broken *store.BrokenError
				if errors.As(err, &broken) {
					fmt.Fprintf(a.stdout, t("审计日志已被改动：第 %d 条（%v）\n", "the audit log was tampered with at entry %d (%v)\n"), broken.Seq, broken)
					a.code = exitFindings
					return nil
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, t("审计日志完好，共 %d 条\n末条摘要 %s\n", "the audit log is whole, %d entries\nhead %s\n"), now.Seq, now)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&kept, "head", "", t("事先另存的末条摘要", "head of the log as it was printed earlier"))
	return cmd
}

func (a *app) auditList() *cobra.Command {
	t := a.lang.Pick
	var last int64
	var format string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   t("列出最近的记录", "list the latest entries"),
		Example: "  prescreen audit list --last 50\n  prescreen audit list --last 0 --format jsonl > audit.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !oneOf(format, "text", "jsonl") {
				return fmt.Errorf(t("--format %q：只能是 text 或 jsonl", "--format %q: use text or jsonl"), format)
			}
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				head, err := db.AuditHead(cmd.Context())
				if err != nil {
					return err
				}
				from := int64(1)
				if last > 0 {
					from = head.Seq - last + 1
				}
				enc := json.NewEncoder(a.stdout)
				enc.SetEscapeHTML(false)
				return db.AuditLog(cmd.Context(), from, func(e store.Entry) error {
					if format == "jsonl" {
						return enc.Encode(e)
					}
					_, err := fmt.Fprintln(a.stdout, strings.Join(nonempty(fmt.Sprintf("%-6d", e.Seq), e.Time.Local().Format("2006-01-02 15:04:05"),
						plain(e.Actor), e.Action, plain(e.Object), plain(string(e.Detail))), "  "))
					return err
				})
			})
		},
	}
	cmd.Flags().Int64Var(&last, "last", 20, t("最近多少条，0 为全部", "how many, 0 for all"))
	cmd.Flags().StringVar(&format, "format", "text", t("输出格式 text 或 jsonl", "text or jsonl"))
	return cmd
}
