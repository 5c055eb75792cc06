package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/store"
)

// baselineHead is the first line of a baseline.
type baselineHead struct {
	Baseline int    `json:"prescreen_baseline"` // version of the format
	Key      string `json:"key"`                // tells which installation's keys the lines are made with
	Entries  int    `json:"entries"`
}

const baselineVersion = 1

func (a *app) baselineCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: t("首次启用：把老门户上的存量问题列为基线", "first adoption on an old portal: set aside what is there already"),
		Long: t(`老门户第一次全站检查往往有成千上万个问题。先导出基线，经负责人审定后应用：基线内的问题按误报处理，
到期前不再提示，此后只看新增。疑似国家秘密不会列入基线，除非 --include-secrecy。`,
			`The first run over an old portal often finds thousands of things. Write a baseline, have it approved, apply it: what
is in it is dismissed until the day given, and from then on only new findings show. Suspected state secrets are left out
unless --include-secrecy says otherwise.`),
		Example: t("  prescreen baseline create -o 基线.jsonl --severity low,medium\n  prescreen baseline apply 基线.jsonl --reason \"存量问题，另行整改\" --owner 王科长 --until 2027-06-30",
			"  prescreen baseline create -o baseline.jsonl --severity low,medium\n  prescreen baseline apply baseline.jsonl --reason \"old stock, dealt with apart\" --owner wang --until 2027-06-30"),
	}
	cmd.AddCommand(a.baselineCreate(), a.baselineApply())
	return cmd
}

func (a *app) baselineCreate() *cobra.Command {
	t := a.lang.Pick
	var f filterFlags
	var output string
	var secrecy bool
	cmd := &cobra.Command{
		Use:     "create",
		Short:   t("写出现有未处理问题的基线（不含内容，只有带密钥的指纹）", "write what is open now (no content, only keyed fingerprints)"),
		Example: "  prescreen baseline create -o baseline.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				return a.createBaseline(cmd.Context(), cfg, db, &f, secrecy, output)
			})
		},
	}
	a.addFilter(cmd.Flags(), &f)
	cmd.Flags().StringVarP(&output, "output", "o", "baseline.jsonl", t("输出文件", "file to write"))
	cmd.Flags().BoolVar(&secrecy, "include-secrecy", false, t("也列入疑似国家秘密（不建议）", "also suspected state secrets (not advised)"))
	return cmd
}

func (a *app) createBaseline(ctx context.Context, cfg Config, db *store.Store, f *filterFlags, secrecy bool, output string) error {
	t := a.lang.Pick
	if len(f.states) == 0 {
		f.states = []string{string(cases.Open), string(cases.Reopened)}
	}
	filter, err := f.filter(ctx, db)
	if err != nil {
		return err
	}
	seen, left := map[cases.Accepted]bool{}, 0
	var list []cases.Accepted
	err = db.EachCase(ctx, filter, cases.BySeverity, func(c cases.Case) error {
		entry := cases.Accepted{Site: c.Site, Rule: c.Finding.Rule, Subject: cases.Subject(&c.Finding)}
		switch {
		case cases.Suspected(&c.Finding) && !secrecy:
			left++
		case !seen[entry]:
			seen[entry] = true
			list = append(list, entry)
		}
		return nil
	})
	if err != nil {
		return err
	}
	id, err := keyID(cfg)
	if err != nil {
		return err
	}
	err = a.writeFile(output, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		if err := enc.Encode(baselineHead{baselineVersion, id, len(list)}); err != nil {
			return err
		}
		for _, e := range list {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, t("基线 %d 条：%s\n", "%d entries written to %s\n"), len(list), output)
	if left > 0 {
		fmt.Fprintf(a.stdout, t("%d 个疑似国家秘密未列入，请逐个处理（prescreen findings list --category secrecy）\n",
			"%d suspected state secrets are left out: deal with each (prescreen findings list --category secrecy)\n"), left)
	}
	return nil
}

// keyID tells installation keys apart without giving anything away.
func keyID(cfg Config) (string, error) {
	key, err := installationKey(cfg.KeyFile)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("prescreen baseline v1"))
	return fmt.Sprintf("%x", mac.Sum(nil)[:8]), nil
}

func (a *app) baselineApply() *cobra.Command {
	t := a.lang.Pick
	var e cases.Exception
	var until string
	cmd := &cobra.Command{
		Use:     t("apply 文件", "apply FILE"),
		Short:   t("应用基线：其中的问题按误报处理，直到到期", "dismiss what a baseline lists, until a day"),
		Example: "  prescreen baseline apply baseline.jsonl --reason \"存量问题，另行整改\" --until 2027-06-30",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if strings.TrimSpace(e.Reason) == "" {
				return errors.New(t("请用 --reason 说明理由", "say with --reason why"))
			}
			if until != "" {
				if e.Expires, err = parseDay("--until", until); err != nil {
					return err
				}
			}
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				list, err := readBaseline(cfg, args[0])
				if err != nil {
					return err
				}
				n, err := db.Accept(cmd.Context(), actor(), list, e)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, t("已应用 %d 条，现有问题按误报处理 %d 个\n", "%d entries applied, %d findings dismissed\n"), len(list), n)
				return nil
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&e.Reason, "reason", "", t("理由（必填）", "why (required)"))
	fl.StringVar(&e.Owner, "owner", "", t("负责人（默认为执行命令的人）", "who answers for it (default: who gives the command)"))
	fl.StringVar(&until, "until", "", t("有效期至，如 2027-06-30", "until when, such as 2027-06-30"))
	return cmd
}

// readBaseline refuses a file that is not whole: half a baseline is worse than
// none.
func readBaseline(cfg Config, path string) ([]cases.Accepted, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var head baselineHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Baseline == 0 {
		return nil, fmt.Errorf("%s:1: is no baseline: its first line begins with {\"prescreen_baseline\":1", path)
	}
	if head.Baseline > baselineVersion {
		return nil, fmt.Errorf("%s:1: was written by a newer version of prescreen", path)
	}
	if id, err := keyID(cfg); err != nil {
		return nil, err
	} else if id != head.Key {
		return nil, fmt.Errorf("%s:1: was made with another installation's key, so nothing in it can match here; use the key_file it was made with", path)
	}
	var list []cases.Accepted
	for n := 2; lines.Scan(); n++ {
		var e cases.Accepted
		dec := json.NewDecoder(strings.NewReader(lines.Text()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil || e.Site == "" || e.Rule == "" || e.Subject == "" {
			return nil, fmt.Errorf("%s:%d: wants site, rule and subject", path, n)
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read baseline %s: %w", path, err)
	}
	if len(list) != head.Entries {
		return nil, fmt.Errorf("%s: has %d entries, its first line says %d: the file is not whole", path, len(list), head.Entries)
	}
	return list, nil
}
