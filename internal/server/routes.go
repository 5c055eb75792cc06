package server

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"time"

	"prescreen/internal/accounts"
)

// addPages registers everything that is not the API.
func (s *Server) addPages() {
	on := s.router.HandleFunc
	on("GET /{$}", s.home)
	on("GET /static/{file}", s.pages.serveStatic)
	s.addLogin()
	on("GET /account", s.accountPage)
	on("POST /account", s.passwordForm)
	on("POST /account/tokens", s.tokenForm)
	on("POST /account/revoke", s.revokeForm)
	on("GET /api", func(w http.ResponseWriter, r *http.Request) {
		s.pages.show(w, r, http.StatusOK, "api", s.lang(r).Pick("接口", "API"), nil)
	})
	on("GET /check", s.checkPage)
	on("POST /check", s.checkForm)
	on("GET /checks/{id}", s.resultPage("result"))
	on("GET /checks/{id}/slip", s.resultPage("slip"))
	on("GET /checks/{id}/report/{as}", func(w http.ResponseWriter, r *http.Request) { s.checkReport(w, r, r.PathValue("as")) })
	on("GET /today", s.todayPage)
	on("GET /findings", s.findingsPage)
	on("GET /findings/{id}", s.findingPage)
	on("POST /findings/change", s.changeForm)
	on("POST /findings/{id}/now", s.lookAgain)
	on("GET /runs", s.runsPage)
	on("POST /runs", s.startForm)
	on("GET /runs/{id}", s.runPage("run"))
	on("GET /runs/{id}/live", s.runPage("live"))
	on("POST /runs/{id}/state", s.stateForm)
	on("GET /runs/{id}/report/{as}", func(w http.ResponseWriter, r *http.Request) {
		s.report(w, r, strings.TrimPrefix(path.Base(r.PathValue("as")), "."))
	})
	on("GET /sites", s.sitesPage)
	on("GET /rules", s.rulesPage)
	on("GET /rules/{id}", s.rulePage)
	on("POST /rules/try", s.tryForm)
	on("GET /audit", s.auditPage)
	on("GET /settings", func(w http.ResponseWriter, r *http.Request) {
		s.pages.show(w, r, http.StatusOK, "settings", s.lang(r).Pick("设置", "Settings"), s.cfg.Settings)
	})
	on("GET /users", s.usersPage)
	on("POST /users", s.addUserForm)
	on("POST /users/{id}", s.userForm)
	on("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	on("GET /readyz", s.ready)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client may be gone
}

// home leads everybody to where the work is.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	p := s.principal(r)
	to := "/login"
	switch {
	case p == nil:
	case p.May(accounts.FindingsRead):
		to = "/today"
	case p.May(accounts.Check):
		to = "/check"
	case p.May(accounts.AuditRead):
		to = "/audit"
	default:
		to = "/runs"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// ready says whether requests may be sent here: the store answers, and we are
// not about to end.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.jobs.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "shutting down")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if _, _, err := s.cfg.Accounts.TokenByHash(ctx, "none"); err != nil && !errors.Is(err, accounts.ErrNotFound) {
		s.log(r).Error("not ready", "err", err)
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	plain(w, http.StatusOK, "ok")
}
