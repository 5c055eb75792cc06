package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"prescreen/internal/accounts"
	"prescreen/internal/store"
)

func (a *app) userCommand() *cobra.Command {
	t := a.lang.Pick
	cmd := &cobra.Command{
		Use:   "user",
		Short: t("管理网页和接口的用户", "users of the web pages and the API"),
		Long: t(`管理 prescreen serve 的用户。角色（三员分立）：admin 系统管理员，管理账号，看不到问题；
officer 安全保密员，处置问题；auditor 安全审计员，查看日志；editor 编辑，只做检查、只看自己的检查。`,
			`Users of prescreen serve. Roles (separated duties): admin sees to accounts and sees no
finding; officer deals with findings; auditor reads the log; editor checks, and sees own checks only.`),
		Example: `  prescreen user add li --role officer
  prescreen user list
  prescreen user passwd li
  prescreen user disable li`,
	}
	cmd.AddCommand(a.userAdd(), a.userList(), a.userPasswd(), a.userDisable("disable", true), a.userDisable("enable", false))
	return cmd
}

func (a *app) userAdd() *cobra.Command {
	t := a.lang.Pick
	var role, display string
	cmd := &cobra.Command{
		Use:     t("add 用户名", "add NAME"),
		Short:   t("新增用户（口令从终端或标准输入读取）", "add a user (the password is read from the terminal or standard input)"),
		Example: "  prescreen user add li --role officer --display 李明\n  echo \"$PASSWORD\" | prescreen user add cms --role editor",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := accounts.ParseRole(role)
			if err != nil {
				return fmt.Errorf("--role: %w", err)
			}
			name, err := accounts.CleanName(args[0])
			if err != nil {
				return err
			}
			password, err := a.readPassword(name)
			if err != nil {
				return err
			}
			setDefault(&display, name)
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				_, err := db.AddUser(cmd.Context(), accounts.User{Name: name, Display: display, Role: r, Password: accounts.HashPassword(password), Created: time.Now()})
				if errors.Is(err, accounts.ErrTaken) {
					return fmt.Errorf(t("用户 %q 已存在", "there is a user %q already"), name)
				}
				if err != nil {
					return err
				}
				return db.Audit(cmd.Context(), "console", "user.add", "user "+name, map[string]any{"role": r})
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", "editor", t("角色：admin、officer、auditor、editor", "role: admin, officer, auditor, editor"))
	cmd.Flags().StringVar(&display, "display", "", t("显示的姓名", "name that is shown"))
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"admin", "officer", "auditor", "editor"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) userList() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     "list",
		Short:   t("列出用户", "list the users"),
		Example: "  prescreen user list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ Config, db *store.Store) error {
				users, err := db.Users(cmd.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				for _, u := range users {
					state, seen := t("正常", "active"), "-"
					if u.Disabled {
						state = t("已停用", "disabled")
					}
					if !u.LastSeen.IsZero() {
						seen = u.LastSeen.Format("2006-01-02 15:04")
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, state, seen, u.Display)
				}
				return w.Flush()
			})
		},
	}
}

// changeUser changes one user and ends the sessions.
func (a *app) changeUser(ctx context.Context, name string, detail map[string]any, change func(*accounts.User) error) error {
	return a.withStore(ctx, func(_ Config, db *store.Store) error {
		u, err := db.UserByName(ctx, strings.ToLower(name))
		if errors.Is(err, accounts.ErrNotFound) {
			return fmt.Errorf(a.lang.Pick("没有用户 %q（prescreen user list 列出全部）", "there is no user %q (prescreen user list names them)"), name)
		}
		if err != nil {
			return err
		}
		if err := change(&u); err != nil {
			return err
		}
		if err := db.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := db.EndSessions(ctx, u.ID); err != nil {
			return err
		}
		return db.Audit(ctx, "console", "user.change", "user "+u.Name, detail)
	})
}

func (a *app) userPasswd() *cobra.Command {
	t := a.lang.Pick
	return &cobra.Command{
		Use:     t("passwd 用户名", "passwd NAME"),
		Short:   t("设置新口令并解除锁定", "set a new password, and unlock"),
		Example: "  prescreen user passwd li",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeUser(cmd.Context(), args[0], map[string]any{"password": "new"}, func(u *accounts.User) error {
				password, err := a.readPassword(u.Name)
				if err != nil {
					return err
				}
				u.Password = accounts.HashPassword(password)
				return nil
			})
		},
	}
}

func (a *app) userDisable(verb string, disabled bool) *cobra.Command {
	t := a.lang.Pick
	short := t("启用用户", "let a user log in again")
	if disabled {
		short = t("停用用户，其会话和令牌立即失效", "disable a user; sessions and tokens end at once")
	}
	return &cobra.Command{
		Use: verb + t(" 用户名", " NAME"), Short: short, Example: "  prescreen user " + verb + " li", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeUser(cmd.Context(), args[0], map[string]any{"disabled": disabled}, func(u *accounts.User) error {
				u.Disabled = disabled
				return nil
			})
		},
	}
}

// readPassword asks on a terminal, twice, or reads a line of standard input.
func (a *app) readPassword(name string) (string, error) {
	t := a.lang.Pick
	var password string
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		ask := func(prompt string) (string, error) {
			fmt.Fprint(a.stderr, prompt)
			b, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(a.stderr)
			return string(b), err
		}
		first, err := ask(t("口令：", "Password: "))
		if err != nil {
			return "", err
		}
		again, err := ask(t("再次输入：", "Again: "))
		if err != nil {
			return "", err
		}
		if first != again {
			return "", errors.New(t("两次输入的口令不一致", "the two passwords differ"))
		}
		password = first
	} else {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	return password, accounts.CheckPassword(password, name)
}
