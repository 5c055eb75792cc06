package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/accounts"
	"prescreen/internal/store"
)

func (a *app) tokenCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "token",
		Short: t("管理程序使用的 API 令牌", "API tokens of programs"),
		Example: `  prescreen token create cms --user li --scope check --days 365
  prescreen token list
  prescreen token revoke 3`,
	}
	cmd.AddCommand(a.tokenCreate(), a.tokenList(), a.tokenRevoke())
	return cmd
}

func (a *app) tokenCreate() *cobra.Command {
	t := a.lang.Pick
	var user string
	var scopes []string
	var days int
	cmd := &cobra.Command{
		Use:   t("create 名称", "create NAME"),
		Short: t("新建令牌，只显示一次", "make a token; it is shown once"),
		Long: t(`新建令牌并输出到标准输出。令牌的权限不超过其用户的角色；不写 --scope 即全部。
权限：check、findings:read、findings:write、reports:read、runs:read、runs:write、sites:read、rules:read、audit:read、users:write、settings:read。`,
			`Makes a token and prints it. It may do what its user's role may, at most; without --scope, all of that.
Scopes: check, findings:read, findings:write, reports:read, runs:read, runs:write, sites:read, rules:read, audit:read, users:write, settings:read.`),
		Example: "  TOKEN=$(prescreen token create cms --user li --scope check --days 365)",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 1 || days > 730 {
				return errors.New(t("--days：有效期为 1 至 730 天", "--days: a token lives 1 to 730 days"))
			}
			ctx := cmd.Context()
			return a.withStore(ctx, func(_ Config, db *store.Store) error {
				u, err := db.UserByName(ctx, strings.ToLower(user))
				if errors.Is(err, accounts.ErrNotFound) {
					return fmt.Errorf(t("没有用户 %q（--user）", "there is no user %q (--user)"), user)
				}
				if err != nil {
					return err
				}
				granted, err := accounts.ParseScopes(scopes, u.Role)
				if err != nil {
					return fmt.Errorf("--scope: %w", err)
				}
				secret, hash := accounts.NewSecret(accounts.TokenPrefix)
				now := time.Now()
				_, err = db.AddToken(ctx, accounts.Token{Name: args[0], Hash: hash, User: u.ID, Scopes: granted, Created: now, Expires: now.Add(time.Duration(days) * 24 * time.Hour)})
				if err != nil {
					return err
				}
				if err := db.Audit(ctx, "console", "token.add", "token "+args[0], map[string]any{"user": u.Name, "scopes": granted, "days": days}); err != nil {
					return err
				}
				_, err = fmt.Fprintln(a.stdout, secret)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", t("令牌所属的用户", "the user it belongs to"))
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, t("权限（可重复）", "scope (repeatable)"))
	cmd.Flags().IntVar(&days, "days", 90, t("有效期（天）", "days until it expires"))
	_ = cmd.MarkFlagRequired("user")
	return cmd
}

func (a *app) tokenList() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use: "list", Short: t("列出令牌", "list the tokens"), Example: "  prescreen token list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				users, err := db.Users(cmd.Context())
				if err != nil {
					return err
				}
				names := map[int64]string{}
				for _, u := range users {
					names[u.ID] = u.Name
				}
				tokens, err := db.Tokens(cmd.Context(), 0)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				for _, k := range tokens {
					state := k.Expires.Format(time.DateOnly)
					switch {
					case k.Revoked:
						state = t("已吊销", "revoked")
					case time.Now().After(k.Expires):
						state = t("已过期", "expired")
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%v\n", k.ID, k.Name, names[k.User], state, k.Scopes)
				}
				return w.Flush()
			})
		},
	}
}

func (a *app) tokenRevoke() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use: t("revoke 编号", "revoke NUMBER"), Short: t("吊销令牌", "make a token useless"), Example: "  prescreen token revoke 3", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf(t("%q 不是令牌编号（prescreen token list）", "%q is no number of a token (prescreen token list)"), args[0])
			}
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				err := db.RevokeToken(cmd.Context(), id)
				if errors.Is(err, accounts.ErrNotFound) {
					return fmt.Errorf(t("没有编号为 %d 的令牌", "there is no token %d"), id)
				}
				if err != nil {
					return err
				}
				return db.Audit(cmd.Context(), "console", "token.revoke", fmt.Sprintf("token %d", id), nil)
			})
		},
	}
}
