package server

import (
	"net/http"
	"strconv"

	"prescreen/internal/checks"
)

type rulesView struct {
	Query, Category string
	Rules           []ruleView
	Total           int
	Text            string // that was tried
	Tried           *tried
	Error           string
}

func (s *Server) rulesPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.showRules(w, r, http.StatusOK, rulesView{Query: q.Get("q"), Category: q.Get("category")})
}

func (s *Server) showRules(w http.ResponseWriter, r *http.Request, status int, v rulesView) {
	v.Rules = s.findRules(v.Query, v.Category, s.lang(r))
	v.Total = len(s.cfg.Rules.Set().Rules())
	s.pages.show(w, r, status, "rules", s.lang(r).Pick("规则", "Rules"), v)
}

type rulePageView struct {
	ruleView
	Text  string
	Tried *tried
}

func (s *Server) rulePage(w http.ResponseWriter, r *http.Request) {
	s.showRule(w, r, r.PathValue("id"), "", nil)
}

func (s *Server) showRule(w http.ResponseWriter, r *http.Request, id, text string, out *tried) {
	rule := s.cfg.Rules.Set().Rule(id)
	if rule == nil {
		s.failWith(w, r, checks.ErrNotFound)
		return
	}
	v := viewRule(rule, s.lang(r), true)
	s.pages.show(w, r, http.StatusOK, "rule", v.Title, rulePageView{v, text, out})
}

// tryForm is POST /rules/try, from the list or from the page of one rule.
func (s *Server) tryForm(w http.ResponseWriter, r *http.Request) {
	text, rule := r.PostFormValue("text"), r.PostFormValue("rule")
	if text == "" {
		s.showRules(w, r, http.StatusUnprocessableEntity, rulesView{Error: s.lang(r).Pick("请填写要试的文字", "give a text to try")})
		return
	}
	out, err := s.try(r.Context(), text, rule)
	switch {
	case err != nil:
		s.failWith(w, r, err)
	case rule != "":
		s.showRule(w, r, rule, text, &out)
	default:
		s.showRules(w, r, http.StatusOK, rulesView{Text: text, Tried: &out})
	}
}

type auditView struct {
	Filter  LogFilter
	Entries []Entry
	More    int64 // Seq to go on before; 0: none
	Actions []string
}

const auditShown = 100

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := auditView{Filter: LogFilter{Actor: q.Get("actor"), Action: q.Get("action"), Object: q.Get("object"), Limit: auditShown}}
	v.Filter.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // 0 where there is none
	var err error
	if v.Entries, err = s.cfg.Log.Entries(r.Context(), v.Filter); err != nil {
		s.failWith(w, r, err)
		return
	}
	if n := len(v.Entries); n == auditShown {
		v.More = v.Entries[n-1].Seq
	}
	v.Actions = []string{"login", "login.refused", "logout", "denied", "view", "download", "confirmed", "dismissed", "fixing", "fixed", "closed", "assigned",
		"recheck", "run.start", "run.paused", "run.running", "run.cancelled", "run.finished", "run.deleted", "cases.found", "cases.closed", "cases.exported", "baseline.applied",
		"user.add", "user.change", "user.password", "token.add", "token.revoke", "swept", "evidence.rotated"}
	s.pages.show(w, r, http.StatusOK, "audit", s.lang(r).Pick("审计日志", "Audit log"), v)
}
