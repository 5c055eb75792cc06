package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"prescreen/internal/accounts"
)

const (
	// maxFailures wrong passwords in a row lock an account for lockFor.
	maxFailures = 5
	lockFor     = 5 * time.Minute
	// loginRate is how often an address may try to log in, a second, and
	// loginBurst how often at once: an office may share one address.
	loginRate  = 0.5
	loginBurst = 10
)

// setupGate lets the first user be made with the secret that was printed at
// the first start, once.
type setupGate struct {
	hash string
	open atomic.Bool
}

type loginView struct {
	Next, Name, Error string
	OIDC              string // name of the provider, empty: none
}

func (s *Server) addLogin() {
	s.router.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if s.principal(r) != nil {
			http.Redirect(w, r, local(r.FormValue("next")), http.StatusSeeOther)
			return
		}
		s.showLogin(w, r, http.StatusOK, loginView{Next: local(r.FormValue("next"))})
	})
	s.router.HandleFunc("POST /login", s.login)
	s.router.HandleFunc("POST /logout", s.logout)
	s.router.HandleFunc("GET /setup", s.showSetup)
	s.router.HandleFunc("POST /setup", s.makeFirst)
	s.router.HandleFunc("GET /oidc/start", s.oidcStart)
	s.router.HandleFunc("GET /oidc/callback", s.oidcCallback)
	s.router.HandleFunc("POST /language", func(w http.ResponseWriter, r *http.Request) {
		v := "zh"
		if r.PostFormValue("lang") == "en" {
			v = "en"
		}
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: v, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, Secure: s.cfg.Secure, HttpOnly: true})
		http.Redirect(w, r, local(r.PostFormValue("next")), http.StatusSeeOther)
	})
}

// local keeps a redirect on this server.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\n\r\t") {
		return "/"
	}
	return to
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, status int, v loginView) {
	if s.oidc != nil {
		v.OIDC = s.oidc.cfg.Name
	}
	s.pages.show(w, r, status, "login", s.lang(r).Pick("登录", "Log in"), v)
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	l := s.lang(r)
	v := loginView{Next: local(r.PostFormValue("next")), Name: r.PostFormValue("name")}
	if a := aboutOf(r.Context()); a != nil && !s.limits.take("login "+a.address.String(), loginRate, loginBurst) {
		s.cfg.Metrics.Limited()
		v.Error = l.Pick("尝试过于频繁，请稍后再试", "too many attempts; wait a moment")
		w.Header().Set("Retry-After", "5")
		s.showLogin(w, r, http.StatusTooManyRequests, v)
		return
	}
	u, ok, err := s.verify(r.Context(), v.Name, r.PostFormValue("password"))
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	if !ok {
		_ = s.note(r, &Principal{User: accounts.User{Name: clip(v.Name)}}, "login.refused", "user "+clip(v.Name), nil) // logged there
		// One message for all: it does not tell which users there are.
		v.Error = l.Pick("用户名或口令不正确，或账号已停用、暂时锁定（连续 5 次错误锁定 5 分钟）",
			"wrong name or password, or the account is disabled or locked (5 wrong passwords lock it for 5 minutes)")
		s.showLogin(w, r, http.StatusUnauthorized, v)
		return
	}
	if err := s.open(w, r, u); err != nil {
		s.failWith(w, r, err)
		return
	}
	http.Redirect(w, r, v.Next, http.StatusSeeOther)
}

// clip bounds what somebody typed before it enters the log.
func clip(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "\uFFFD")); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// verify looks whether name and password belong together. It takes as long
// for a user that is not there, is disabled or is locked.
func (s *Server) verify(ctx context.Context, name, password string) (u accounts.User, ok bool, err error) {
	s.slots <- struct{}{} // each takes 32 MB
	defer func() { <-s.slots }()
	hash := ""
	clean, bad := accounts.CleanName(name)
	if bad == nil {
		u, err = s.cfg.Accounts.UserByName(ctx, clean)
		if err != nil && !errors.Is(err, accounts.ErrNotFound) {
			return u, false, err
		}
		if err == nil {
			hash = u.Password
		}
	}
	if len(password) > 4*accounts.MaxPassword {
		password = ""
	}
	fits := accounts.VerifyPassword(hash, password)
	now := s.cfg.Now()
	switch {
	case u.ID == 0:
		s.cfg.Metrics.Login("refused")
		return u, false, nil
	case now.Before(u.Locked):
		s.cfg.Metrics.Login("locked")
		return u, false, nil
	case !fits || u.Disabled:
		s.cfg.Metrics.Login("refused")
		return u, false, s.cfg.Accounts.LoginFailed(ctx, u.ID, maxFailures, now.Add(lockFor))
	}
	return u, true, nil
}

// open begins a session of a user.
func (s *Server) open(w http.ResponseWriter, r *http.Request, u accounts.User) error {
	now := s.cfg.Now()
	secret, hash := accounts.NewSecret("")
	from := ""
	if a := aboutOf(r.Context()); a != nil {
		from = a.address.String()
	}
	err := s.cfg.Accounts.AddSession(r.Context(), accounts.Session{
		Hash: hash, User: u.ID, Created: now, Seen: now, Expires: now.Add(s.cfg.SessionTime), Address: from,
	})
	if err == nil {
		err = s.cfg.Accounts.LoginDone(r.Context(), u.ID, now)
	}
	if err == nil {
		err = s.note(r, &Principal{User: u}, "login", "user "+u.Name, nil)
	}
	if err != nil {
		return err
	}
	s.cfg.Metrics.Login("ok")
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: secret, Path: "/", HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(s.cfg.SessionTime / time.Second),
	})
	return nil
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	p := who(r.Context())
	if p.Session != nil {
		if err := s.cfg.Accounts.EndSession(r.Context(), p.Session.Hash); err != nil {
			s.failWith(w, r, err)
			return
		}
	}
	s.recent.forget()
	_ = s.note(r, p, "logout", "user "+p.User.Name, nil) // logged there
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Path: "/", HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode, MaxAge: -1})
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

type setupView struct {
	Key, Name, Error string
}

func (s *Server) setupFits(key string) bool {
	return s.setup.open.Load() && key != "" && accounts.HashSecret(key) == s.setup.hash
}

func (s *Server) showSetup(w http.ResponseWriter, r *http.Request) {
	key := r.FormValue("key")
	if !s.setupFits(key) {
		s.fail(w, r, http.StatusNotFound, s.lang(r).Pick("初始化链接无效或已使用。重新启动服务可获得新的链接（仅在没有任何用户时）",
			"the set-up link is not valid, or was used. Start the server again for a new one (only while there are no users)"))
		return
	}
	s.pages.show(w, r, http.StatusOK, "setup", s.lang(r).Pick("初始化", "Set up"), setupView{Key: key})
}

// makeFirst makes the first administrator and logs him in.
func (s *Server) makeFirst(w http.ResponseWriter, r *http.Request) {
	v := setupView{Key: r.PostFormValue("key"), Name: r.PostFormValue("name")}
	if !s.setupFits(v.Key) {
		s.showSetup(w, r)
		return
	}
	password := r.PostFormValue("password")
	name, err := accounts.CleanName(v.Name)
	if err == nil {
		err = accounts.CheckPassword(password, name)
	}
	if err == nil && password != r.PostFormValue("again") {
		err = errors.New(s.lang(r).Pick("两次输入的口令不一致", "the two passwords differ"))
	}
	if err != nil {
		v.Error = err.Error()
		s.pages.show(w, r, http.StatusUnprocessableEntity, "setup", s.lang(r).Pick("初始化", "Set up"), v)
		return
	}
	u := accounts.User{Name: name, Display: name, Role: accounts.Admin, Password: accounts.HashPassword(password), Created: s.cfg.Now()}
	u.ID, err = s.cfg.Accounts.AddFirstUser(r.Context(), u)
	s.setup.open.Store(false)
	if err != nil {
		s.showSetup(w, r)
		return
	}
	if err := s.note(r, &Principal{User: u}, "user.add", "user "+name, map[string]any{"role": u.Role, "setup": true}); err != nil {
		s.failWith(w, r, err)
		return
	}
	if err := s.open(w, r, u); err != nil {
		s.failWith(w, r, err)
		return
	}
	http.Redirect(w, r, "/users", http.StatusSeeOther)
}
