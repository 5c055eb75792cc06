package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/store"
)

// sweepStoreEvery is how often a server removes what need not be kept.
const sweepStoreEvery = 6 * time.Hour

// sweepStore removes what need not be kept any longer, now and every few hours,
// until the returned function is called.
func (a *app) sweepStore(ctx context.Context, cfg Config, db *store.Store, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(sweepStoreEvery)
		defer tick.Stop()
		for {
			switch n, err := db.Sweep(ctx, cfg.keep(), false); {
			case ctx.Err() != nil:
				return
			case err != nil:
				log.Error("old checks could not be removed; it is tried again in some hours", "err", err)
			case n != store.Swept{}:
				log.Info(a.lang.Pick("已清理到期记录", "removed what need not be kept"), "checks", n.Checks, "keys", n.Keys, "sessions", n.Sessions, "lost", n.Lost)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

func (a *app) sweepCommand() *cobra.Command {
	t := a.lang.Pick
	var dry bool
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: t("清理到期的检查记录、会话和幂等键", "remove checks, sessions and idempotency keys that need not be kept"),
		Long: t(`按配置 retention 清理到期的检查记录和 Idempotency-Key、过期的登录会话，并把随进程中断的检查标为“中断”。
prescreen serve 启动时和每 6 小时自动执行；清理数量写入审计日志。任务、问题和审计日志不受影响。`,
			`Removes checks and idempotency keys as retention in the configuration says, and sessions that
have expired, and marks checks that died with their process as lost. prescreen serve does so when
it starts and every 6 hours. How much it was is in the audit log. Runs, findings and the audit log
stay.`),
		Example: "  prescreen store sweep --dry-run\n  prescreen store sweep",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(cfg Config, db *store.Store) error {
				n, err := db.Sweep(cmd.Context(), cfg.keep(), dry)
				if err != nil {
					return err
				}
				line := t("已清理：检查 %d，幂等键 %d，会话 %d；标为中断 %d\n", "removed: %d checks, %d idempotency keys, %d sessions; marked as lost: %d\n")
				if dry {
					line = t("将清理：检查 %d，幂等键 %d，会话 %d；将标为中断 %d（未改动）\n", "to be removed: %d checks, %d idempotency keys, %d sessions; to be marked as lost: %d (nothing was changed)\n")
				}
				_, err = fmt.Fprintf(a.stdout, line, n.Checks, n.Keys, n.Sessions, n.Lost)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, t("只显示数量，不删除", "count only, remove nothing"))
	return cmd
}
