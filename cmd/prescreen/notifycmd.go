package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/cases"
	"prescreen/internal/notify"
	"prescreen/internal/store"
)

func (a *app) notifyCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "notify",
		Short: t("通知渠道：测试、逾期催办", "channels for messages: test them, remind of what is overdue"),
		Long: t(`向配置 notify.channels 中的渠道（邮件、企业微信、钉钉、飞书、Webhook）发送消息。
检查结束、发现严重问题时 crawl 会自动发送。消息只含数量、站点名称和报告链接，不含任何内容和网址。`,
			`Sends messages to the channels under notify.channels (mail, WeCom, DingTalk, Feishu, webhook).
crawl sends them by itself at its end and on critical findings. A message has counts, names of
sites and a link; never content or addresses of pages.`),
		Example: t(`  prescreen notify test                # 测试全部渠道
  prescreen notify test 值班群          # 测试一个渠道
  prescreen notify overdue             # 催办逾期问题（可放入 cron）`,
			`  prescreen notify test                # all channels
  prescreen notify test duty           # one of them
  prescreen notify overdue             # remind of what is overdue (for cron)`),
	}
	cmd.AddCommand(&cobra.Command{
		Use:   t("test [渠道]", "test [CHANNEL]"),
		Short: t("发送一条测试消息", "send a test message"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.notifyTest(cmd.Context(), strings.Join(args, ""))
		},
	}, &cobra.Command{
		Use:   "overdue",
		Short: t("有逾期问题时发送催办消息", "send a reminder if something is overdue"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.notifyOverdue(cmd.Context()) },
	})
	return cmd
}

// message begins a message with what all have in common.
func (a *app) message(cfg Config, kind notify.Kind, run string, now time.Time) notify.Message {
	return notify.Message{
		Kind: kind, Time: now, Organisation: cfg.Organisation, Run: run, Lang: a.reportLang(cfg),
		Link: strings.ReplaceAll(cfg.Notify.Link, "{run}", run),
	}
}

func (a *app) notifyTest(ctx context.Context, channel string) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if len(cfg.Notify.Channels) == 0 {
		return errors.New(a.lang.Pick("没有配置任何通知渠道：见 docs/notify.md 和 examples/prescreen.yaml 的 notify",
			"no channel is configured: see docs/notify.md and notify in examples/prescreen.yaml"))
	}
	ncfg, err := a.notifyConfig(cfg, a.logger())
	if err != nil {
		return err
	}
	ncfg.Attempts = 1 // somebody is waiting and wants to know
	if err := notify.Send(ctx, ncfg, channel, a.message(cfg, notify.Test, "", time.Now())); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, a.lang.Pick("测试消息已发出", "the test message was sent"))
	return nil
}

func (a *app) notifyOverdue(ctx context.Context) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	ncfg, err := a.notifyConfig(cfg, a.logger())
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	defer db.Close()
	m := a.message(cfg, notify.Overdue, "", time.Now())
	if err := countOverdue(ctx, db, &m); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, a.lang.Pick("逾期 %d 个\n", "%d overdue\n"), m.Overdue)
	if m.Overdue == 0 || len(ncfg.Subscriptions) == 0 {
		return nil
	}
	n := notify.New(ncfg)
	n.Notify(m)
	return n.Close(ctx)
}

func countOverdue(ctx context.Context, db *store.Store, m *notify.Message) error {
	n, err := db.Counts(ctx, cases.Filter{Overdue: true})
	if err != nil {
		return err
	}
	m.Overdue, m.Clocks = n.Total, n.Urgent
	m.Sites = slices.Sorted(maps.Keys(n.Sites))
	return nil
}
