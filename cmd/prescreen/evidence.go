package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"prescreen/crawler"
	"prescreen/crawler/evidence"
	"prescreen/crawler/render"
	"prescreen/internal/pipeline"
	"prescreen/internal/store"
)

// keeper keeps pages with findings: it implements pipeline.Evidence.
type keeper struct {
	writer   *evidence.Writer
	renderer *render.Renderer // nil: no pictures
	log      *slog.Logger
}

func (c *Config) evidenceDir() string { return filepath.Join(c.DataDir, "evidence") }

func (c *Config) evidenceKey() string { return filepath.Join(c.DataDir, "evidence.key") }

// evidenceKeys returns the keys that read evidence, the one in force first: of
// the file that a rotation has written, else the one that the installation's
// key gives.
func evidenceKeys(cfg Config) ([]*age.X25519Identity, error) {
	keys, err := evidence.LoadKeys(cfg.evidenceKey())
	if err != nil || keys != nil {
		return keys, err
	}
	derived, err := derivedKey(cfg)
	return []*age.X25519Identity{derived}, err
}

func derivedKey(cfg Config) (*age.X25519Identity, error) {
	key, err := installationKey(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	return evidence.KeyFrom(key)
}

// newKeeper returns nil where evidence is off. Files older than the retention
// period are deleted first, also those from when it was on.
func newKeeper(ctx context.Context, cfg Config, r *render.Renderer, log *slog.Logger) (pipeline.Evidence, error) {
	if _, err := evidence.Prune(ctx, cfg.evidenceDir(), cfg.Evidence.Keep, time.Now()); err != nil {
		return nil, err
	}
	if !cfg.Evidence.Enabled {
		return nil, nil
	}
	keys, err := evidenceKeys(cfg)
	if err != nil {
		return nil, err
	}
	w, err := evidence.New(evidence.Config{
		Dir: cfg.evidenceDir(), Recipient: keys[0].Recipient(), Keep: cfg.Evidence.Keep, Software: "prescreen " + buildVersion(),
	})
	if err != nil {
		return nil, err
	}
	k := &keeper{writer: w, log: log}
	if cfg.Evidence.Screenshots {
		k.renderer = r
	}
	return k, nil
}

// Keep stores the page; a picture that cannot be had is no reason not to.
func (k *keeper) Keep(ctx context.Context, page *crawler.Page, fingerprints []string) (string, error) {
	note := evidence.Note{Fingerprints: fingerprints}
	if k.renderer != nil {
		png, err := k.renderer.Screenshot(ctx, page)
		if err != nil {
			k.log.Warn("no picture of the page", "url", page.Task.URL, "err", err)
		}
		note.Screenshot = png
	}
	return k.writer.Keep(page, note)
}

func (a *app) evidenceCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:     "evidence",
		Short:   t("查看加密保存的取证文件，更换密钥，清理", "read pages kept as evidence, change their key, delete old ones"),
		Example: "  prescreen evidence show 2026/3f9c….warc.age > page.warc\n  prescreen evidence rotate",
	}
	cmd.AddCommand(&cobra.Command{
		Use:     t("show 文件", "show FILE"),
		Short:   t("解密一个取证文件（WARC）到标准输出", "decrypt one file (WARC) to standard output"),
		Example: "  prescreen evidence show 2026/3f9c….warc.age > page.warc",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			return a.showEvidence(cfg, args[0])
		},
	}, a.evidencePrune(), a.evidenceRotate())
	return cmd
}

func (a *app) evidencePrune() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:   "prune",
		Short: t("删除超过保存期限的取证文件", "delete what is older than its retention period"),
		Long: t("删除超过 evidence.keep 的取证文件。每次检查开始时也会自动删除，即使取证已经关闭。",
			"Deletes files older than evidence.keep. Every crawl does so when it begins, even where evidence is off by now."),
		Example: "  prescreen evidence prune",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			n, err := evidence.Prune(cmd.Context(), cfg.evidenceDir(), cfg.Evidence.Keep, time.Now())
			fmt.Fprintf(a.stdout, t("已删除 %d 个文件\n", "%d files deleted\n"), n)
			return err
		},
	}
}

func (a *app) evidenceRotate() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:   "rotate",
		Short: t("更换取证密钥：生成新密钥，重新加密全部文件", "change the key: make a new one and encrypt every file anew"),
		Long: t(`生成新的取证密钥（data_dir/evidence.key，权限 0600），用它重新加密全部取证文件，然后弃用旧密钥。
中断后再次执行会继续；更换期间请不要运行检查。指纹所用的安装密钥（key_file）不变，问题编号不受影响。`,
			`Makes a new key (data_dir/evidence.key, mode 0600), encrypts every file to it, and drops the old key. Interrupted, the
same command goes on. Let no crawl run meanwhile. The installation's key, under which fingerprints are made, stays as it is.`),
		Example: "  prescreen evidence rotate",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				derived, err := derivedKey(cfg)
				if err != nil {
					return err
				}
				n, err := evidence.Rotate(cmd.Context(), cfg.evidenceDir(), cfg.evidenceKey(), derived)
				fmt.Fprintf(a.stdout, t("已重新加密 %d 个文件\n", "%d files encrypted anew\n"), n)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, t("新密钥：%s（请备份）\n", "the new key: %s (keep a backup)\n"), cfg.evidenceKey())
				return db.Audit(cmd.Context(), actor(), "evidence.rotated", "evidence", map[string]int{"files": n})
			})
		},
	}
}

func (a *app) showEvidence(cfg Config, name string) error {
	keys, err := evidenceKeys(cfg)
	if err != nil {
		return err
	}
	var ids []age.Identity
	for _, k := range keys {
		ids = append(ids, k)
	}
	r, err := evidence.Open(under(cfg.evidenceDir(), name), ids...)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(a.stdout, r); err != nil {
		return fmt.Errorf("read evidence %q: %w", name, err)
	}
	return nil
}
