package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/accounts"
)

type usersView struct {
	Users  []accounts.User
	Tokens []accounts.Token
	Names  map[int64]string
	Error  string
	Made   string // name of a user who was just made, with …
	Secret string // … the password made for him, shown once
}

func (s *Server) usersPage(w http.ResponseWriter, r *http.Request) {
	s.showUsers(w, r, http.StatusOK, usersView{})
}

func (s *Server) showUsers(w http.ResponseWriter, r *http.Request, status int, v usersView) {
	var err error
	if v.Users, err = s.cfg.Accounts.Users(r.Context()); err == nil {
		v.Tokens, err = s.cfg.Accounts.Tokens(r.Context(), 0)
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	v.Names = map[int64]string{}
	for _, u := range v.Users {
		v.Names[u.ID] = u.Name
	}
	s.pages.show(w, r, status, "users", s.lang(r).Pick("用户", "Users"), v)
}

// addUserForm is POST /users. The password is made here and shown once; its
// owner changes it.
func (s *Server) addUserForm(w http.ResponseWriter, r *http.Request) {
	name, err := accounts.CleanName(r.PostFormValue("name"))
	var role accounts.Role
	if err == nil {
		role, err = accounts.ParseRole(r.PostFormValue("role"))
	}
	if err != nil {
		s.showUsers(w, r, http.StatusUnprocessableEntity, usersView{Error: err.Error()})
		return
	}
	password := newPassword()
	u := accounts.User{Name: name, Display: clip(strings.TrimSpace(r.PostFormValue("display"))), Role: role, Password: s.hash(password), Created: s.cfg.Now()}
	def(&u.Display, name)
	if _, err := s.cfg.Accounts.AddUser(r.Context(), u); errors.Is(err, accounts.ErrTaken) {
		s.showUsers(w, r, http.StatusConflict, usersView{Error: s.lang(r).Pick("用户名已被使用", "the name is taken")})
		return
	} else if err != nil {
		s.failWith(w, r, err)
		return
	}
	if err := s.note(r, who(r.Context()), "user.add", "user "+name, map[string]any{"role": role}); err != nil {
		s.failWith(w, r, err)
		return
	}
	s.showUsers(w, r, http.StatusOK, usersView{Made: name, Secret: password})
}

// newPassword returns a password of 100 bits that can be read aloud.
func newPassword() string {
	id := newID()
	return strings.Join([]string{id[:5], id[5:10], id[10:15], id[15:20], id[20:25]}, "-")
}

// hash hashes a password when there is memory for it.
func (s *Server) hash(password string) string {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	return accounts.HashPassword(password)
}

// userForm is POST /users/{id}: role, disabling, a new password.
func (s *Server) userForm(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.failWith(w, r, accounts.ErrNotFound)
		return
	}
	u, err := s.cfg.Accounts.User(r.Context(), id)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	me := who(r.Context())
	if me.User.ID == id { // the last administrator cannot lock himself out
		s.showUsers(w, r, http.StatusConflict, usersView{Error: s.lang(r).Pick("不能修改自己的角色或停用自己", "you cannot change your own role, or disable yourself")})
		return
	}
	detail, v := map[string]any{}, usersView{}
	switch r.PostFormValue("do") {
	case "role":
		if u.Role, err = accounts.ParseRole(r.PostFormValue("role")); err != nil {
			s.showUsers(w, r, http.StatusUnprocessableEntity, usersView{Error: err.Error()})
			return
		}
		detail["role"] = u.Role
	case "disable", "enable":
		u.Disabled = r.PostFormValue("do") == "disable"
		detail["disabled"] = u.Disabled
	case "password":
		v.Made, v.Secret = u.Name, newPassword()
		u.Password = s.hash(v.Secret)
		detail["password"] = "new"
	default:
		s.failWith(w, r, badRequest("what is to be done?"))
		return
	}
	if err := s.saveUser(r, u, "user.change", detail); err != nil {
		s.failWith(w, r, err)
		return
	}
	if v.Secret == "" {
		http.Redirect(w, r, "/users?ok=user", http.StatusSeeOther)
		return
	}
	s.showUsers(w, r, http.StatusOK, v)
}

// saveUser saves a user, ends all sessions, and notes it.
func (s *Server) saveUser(r *http.Request, u accounts.User, action string, detail map[string]any) error {
	if err := s.cfg.Accounts.UpdateUser(r.Context(), u); err != nil {
		return err
	}
	if err := s.cfg.Accounts.EndSessions(r.Context(), u.ID); err != nil {
		return err
	}
	s.recent.forget()
	return s.note(r, who(r.Context()), action, "user "+u.Name, detail)
}

type accountView struct {
	Tokens []accounts.Token
	Scopes []accounts.Scope
	Error  string
	Made   string // name of a token that was just made, with …
	Secret string // … its secret, shown once
	Local  bool   // has a password here
}

func (s *Server) accountPage(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, accountView{})
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request, status int, v accountView) {
	p := who(r.Context())
	var err error
	if v.Tokens, err = s.cfg.Accounts.Tokens(r.Context(), p.User.ID); err != nil {
		s.failWith(w, r, err)
		return
	}
	v.Scopes, v.Local = p.User.Role.Scopes(), p.User.Password != ""
	s.pages.show(w, r, status, "account", s.lang(r).Pick("我的账号", "My account"), v)
}

// passwordForm is POST /account. All other sessions of the user end.
func (s *Server) passwordForm(w http.ResponseWriter, r *http.Request) {
	u := who(r.Context()).User
	password := r.PostFormValue("password")
	_, ok, err := s.verify(r.Context(), u.Name, r.PostFormValue("old"))
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	l := s.lang(r)
	problem := ""
	switch err := accounts.CheckPassword(password, u.Name); {
	case !ok:
		problem = l.Pick("原口令不正确", "the old password is wrong")
	case err != nil:
		problem = err.Error()
	case password != r.PostFormValue("again"):
		problem = l.Pick("两次输入的口令不一致", "the two passwords differ")
	}
	if problem != "" {
		s.showAccount(w, r, http.StatusUnprocessableEntity, accountView{Error: problem})
		return
	}
	u.Password = s.hash(password)
	if err := s.saveUser(r, u, "user.password", nil); err != nil {
		s.failWith(w, r, err)
		return
	}
	if err := s.open(w, r, u); err != nil {
		s.failWith(w, r, err)
		return
	}
	http.Redirect(w, r, "/account?ok=password", http.StatusSeeOther)
}

// maxTokenDays is how long a token may live.
const maxTokenDays = 730

func (s *Server) tokenForm(w http.ResponseWriter, r *http.Request) {
	p := who(r.Context())
	if err := r.ParseForm(); err != nil {
		s.failWith(w, r, badRequest("the form is damaged"))
		return
	}
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	if err != nil || days < 1 || days > maxTokenDays {
		err = badRequest(s.lang(r).Pick("有效期为 1 至 730 天", "a token lives 1 to 730 days"))
	}
	name := clip(strings.TrimSpace(r.PostForm.Get("name")))
	if err == nil && name == "" {
		err = badRequest(s.lang(r).Pick("请填写令牌名称", "give the token a name"))
	}
	var scopes []accounts.Scope
	if err == nil {
		scopes, err = accounts.ParseScopes(r.PostForm["scope"], p.User.Role)
	}
	if err != nil {
		s.showAccount(w, r, http.StatusUnprocessableEntity, accountView{Error: err.Error()})
		return
	}
	secret, hash := accounts.NewSecret(accounts.TokenPrefix)
	now := s.cfg.Now()
	_, err = s.cfg.Accounts.AddToken(r.Context(), accounts.Token{
		Name: name, Hash: hash, User: p.User.ID, Scopes: scopes, Created: now, Expires: now.Add(time.Duration(days) * 24 * time.Hour),
	})
	if err == nil {
		err = s.note(r, p, "token.add", "token "+name, map[string]any{"scopes": scopes, "days": days})
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.showAccount(w, r, http.StatusOK, accountView{Made: name, Secret: secret})
}

// revokeForm is POST /account/revoke: an own token; the administrator may
// revoke anybody's.
func (s *Server) revokeForm(w http.ResponseWriter, r *http.Request) {
	p := who(r.Context())
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	owner := p.User.ID
	if p.May(accounts.UsersWrite) {
		owner = 0
	}
	var list []accounts.Token
	if err == nil {
		list, err = s.cfg.Accounts.Tokens(r.Context(), owner)
	}
	found := ""
	for _, t := range list {
		if t.ID == id {
			found = t.Name
		}
	}
	if err != nil || found == "" {
		s.failWith(w, r, accounts.ErrNotFound)
		return
	}
	err = s.cfg.Accounts.RevokeToken(r.Context(), id)
	s.recent.forget()
	if err == nil {
		err = s.note(r, p, "token.revoke", "token "+found, nil)
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	back := local(r.PostFormValue("back"))
	if back == "/" {
		back = "/account"
	}
	http.Redirect(w, r, back+"?ok=revoked", http.StatusSeeOther)
}
