package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) storeCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:     "store",
		Short:   t("维护数据库", "look after the database"),
		Example: "  prescreen store migrate --config /etc/prescreen/prescreen.yaml\n  prescreen store sweep --dry-run",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "migrate",
		Short: t("连接数据库并升级到本版本的结构", "reach the database and bring it to this version's schema"),
		Long: t(`连接数据库（不存在的 SQLite 文件会被创建），升级到本版本的结构。其他命令启动时也会自动升级；
此命令用于部署前先行确认数据库可用。`,
			`Reaches the database, making an SQLite file that is not there yet, and brings it to the schema
of this version. Every command does so when it starts; this one is for finding out beforehand.`),
		Example: "  prescreen store migrate\n  PRESCREEN_STORE=postgres://… prescreen store migrate",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.migrateStore(cmd.Context()) },
	})
	cmd.AddCommand(a.sweepCommand())
	return cmd
}

func (a *app) migrateStore(ctx context.Context) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, a.lang.Pick("数据库可用，结构为本版本", "the database is there, with the schema of this version"))
	return nil
}
