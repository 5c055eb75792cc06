package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"prescreen/crawler"
	"prescreen/crawler/evidence"
	"prescreen/crawler/render"
	"prescreen/internal/pipeline"
)

// keeper keeps pages with findings: it implements pipeline.Evidence.
type keeper struct {
	writer   *evidence.Writer
	renderer *render.Renderer // nil: no pictures
	log      *slog.Logger
}

func (c *Config) evidenceDir() string { return filepath.Join(c.DataDir, "evidence") }

// newKeeper returns nil where evidence is off. Files older than the retention
// period are deleted first.
func newKeeper(ctx context.Context, cfg Config, r *render.Renderer, log *slog.Logger) (pipeline.Evidence, error) {
	if !cfg.Evidence.Enabled {
		return nil, nil
	}
	key, err := installationKey(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	identity, err := evidence.KeyFrom(key)
	if err != nil {
		return nil, err
	}
	w, err := evidence.New(evidence.Config{
		Dir: cfg.evidenceDir(), Recipient: identity.Recipient(), Keep: cfg.Evidence.Keep, Software: "prescreen " + buildVersion(),
	})
	if err != nil {
		return nil, err
	}
	if _, err := w.Prune(ctx); err != nil {
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
		Short:   t("查看加密保存的取证文件", "read pages kept as evidence"),
		Example: "  prescreen evidence show 2026/3f9c….warc.age > page.warc",
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
	})
	return cmd
}

func (a *app) showEvidence(cfg Config, name string) error {
	key, err := installationKey(cfg.KeyFile)
	if err != nil {
		return err
	}
	identity, err := evidence.KeyFrom(key)
	if err != nil {
		return err
	}
	r, err := evidence.Open(under(cfg.evidenceDir(), name), identity)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(a.stdout, r); err != nil {
		return fmt.Errorf("read evidence %q: %w", name, err)
	}
	return nil
}
