package server

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// todayView is what the officer sees first.
type todayView struct {
	Counts  cases.Counts
	Run     *Run // the latest that has finished
	New     []cases.Case
	Overdue []cases.Case
	Urgent  []cases.Case
	Gaps    []report.Gap
	Trend   []cases.Trend
	Chart   template.HTML
}

// todayList is how many findings each list of the page shows.
const todayList = 8

func (s *Server) todayPage(w http.ResponseWriter, r *http.Request) {
	v, err := s.today(r)
	if err == nil {
		err = s.noteFindings(r, who(r.Context()), "today", nil)
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.pages.show(w, r, http.StatusOK, "today", s.lang(r).Pick("今日", "Today"), v)
}

func (s *Server) today(r *http.Request) (v todayView, err error) {
	ctx := r.Context()
	if v.Counts, err = s.cfg.Cases.Counts(ctx, cases.Filter{}); err != nil {
		return v, err
	}
	if v.Trend, err = s.cfg.Cases.Trend(ctx, "", 14); err != nil {
		return v, err
	}
	v.Chart = trendChart(v.Trend, s.lang(r))
	runs, err := s.cfg.Runs.List(ctx, 20)
	if err != nil {
		return v, err
	}
	pending := []cases.State{cases.Open, cases.Reopened, cases.Confirmed, cases.Fixing}
	for i := range runs {
		if runs[i].State == RunFinished {
			v.Run = &runs[i]
			break
		}
	}
	list := func(f cases.Filter, sort cases.Sort) []cases.Case {
		if err != nil {
			return nil
		}
		var out []cases.Case
		out, _, err = s.cfg.Cases.Cases(ctx, f, cases.Page{Limit: todayList, Sort: sort})
		return out
	}
	if v.Run != nil {
		v.New = list(cases.Filter{NewIn: v.Run.ID, States: pending}, cases.BySeverity)
		if err == nil {
			v.Gaps, err = s.cfg.Runs.Gaps(ctx, v.Run.ID, todayList)
		}
	}
	v.Overdue = list(cases.Filter{Overdue: true}, cases.ByDue)
	v.Urgent = list(cases.Filter{States: pending, Severities: []scanner.Severity{scanner.SeverityCritical}}, cases.ByDue)
	return v, err
}

// findingsView is the list of findings.
type findingsView struct {
	Query  url.Values
	Counts cases.Counts
	List   []cases.Case
	Next   string // address of the next part
	Total  int
	Sites  []string
	Users  []string
}

// filterOf reads the filter of the address; values that mean nothing are left
// out, because people mend addresses by hand.
func filterOf(q url.Values) cases.Filter {
	f := cases.Filter{
		Categories: nonEmpty(q["category"]), Rules: nonEmpty(q["rule"]), Sites: nonEmpty(q["site"]), Units: nonEmpty(q["unit"]),
		Assignee: q.Get("assignee"), Run: q.Get("run"), NewIn: q.Get("new_in"), Overdue: q.Get("overdue") != "", Text: strings.TrimSpace(q.Get("q")), URL: q.Get("url"),
	}
	for _, v := range q["state"] {
		if v == "pending" {
			f.States = append(f.States, cases.Open, cases.Reopened, cases.Confirmed, cases.Fixing)
		} else if st, err := cases.ParseState(v); err == nil {
			f.States = append(f.States, st)
		}
	}
	for _, v := range q["severity"] {
		if sev := scanner.Severity(v); sev.Rank() > 0 {
			f.Severities = append(f.Severities, sev)
		}
	}
	return f
}

// pageOf reads which part of the list is asked for, in which order; what means
// nothing is the first part of the usual order.
func pageOf(q url.Values) cases.Page {
	p := cases.Page{Limit: findingsShown}
	if s := cases.Sort(q.Get("sort")); s == cases.ByNewest || s == cases.ByDue {
		p.Sort = s
	}
	key, id, ok := strings.Cut(q.Get("cursor"), ".")
	_, err1 := strconv.ParseInt(key, 10, 64)
	_, err2 := strconv.ParseInt(id, 10, 64)
	if ok && err1 == nil && err2 == nil {
		p.Cursor = q.Get("cursor")
	}
	return p
}

func nonEmpty(list []string) (out []string) {
	for _, v := range list {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

const findingsShown = 50

func (s *Server) findingsPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if len(q) == 0 { // what is to be done
		q.Set("state", "pending")
	}
	v := findingsView{Query: q}
	f, p := filterOf(q), pageOf(q)
	err := s.noteFindings(r, who(r.Context()), "findings", map[string]any{"query": q.Encode()})
	var next string
	if err == nil {
		v.List, next, err = s.cfg.Cases.Cases(r.Context(), f, p)
	}
	if err == nil {
		v.Counts, err = s.cfg.Cases.Counts(r.Context(), f)
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	if next != "" {
		more := url.Values{}
		for k, vals := range q {
			more[k] = vals
		}
		more.Set("cursor", next)
		v.Next = "/findings?" + more.Encode()
	}
	for i := range s.cfg.Sites {
		v.Sites = append(v.Sites, s.cfg.Sites[i].Name)
	}
	s.pages.show(w, r, http.StatusOK, "findings", s.lang(r).Pick("问题", "Findings"), v)
}

type findingView struct {
	cases.Case
	History []cases.Event
	Next    []cases.State
	Same    []cases.Case // others at the same address
	Left    time.Duration
	NowAt   *nowView
	Error   string
}

// nowView is what stands at the address of a finding now, beside what stood
// there.
type nowView struct {
	Time    time.Time
	Verdict scanner.Verdict
	Still   *scanner.Finding // the same finding; nil: it is not there any more
	Others  int
	Errors  []scanner.Problem
}

func (s *Server) findingPage(w http.ResponseWriter, r *http.Request) {
	s.showFinding(w, r, http.StatusOK, nil, "")
}

func (s *Server) showFinding(w http.ResponseWriter, r *http.Request, status int, now *nowView, problem string) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.failWith(w, r, cases.ErrNotFound)
		return
	}
	v := findingView{NowAt: now, Error: problem}
	v.Case, v.History, err = s.cfg.Cases.Case(r.Context(), id)
	if err == nil {
		err = s.noteFindings(r, who(r.Context()), fmt.Sprintf("case %d", id), nil)
	}
	if err == nil {
		v.Same, _, err = s.cfg.Cases.Cases(r.Context(), cases.Filter{URL: v.Finding.URL}, cases.Page{Limit: 20})
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	v.Next = cases.Next(v.State)
	if !v.Clock.IsZero() {
		v.Left = v.Clock.Add(24 * time.Hour).Sub(s.cfg.Now())
	}
	s.pages.show(w, r, status, "finding", fmt.Sprintf(s.lang(r).Pick("问题 %d", "Finding %d"), id), v)
}

// lookAgain fetches the address of a finding and says whether it is still
// there.
func (s *Server) lookAgain(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.failWith(w, r, cases.ErrNotFound)
		return
	}
	c, _, err := s.cfg.Cases.Case(r.Context(), id)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	if err := s.cfg.Checking.MayCheck(c.Finding.URL); err != nil {
		s.showFinding(w, r, http.StatusUnprocessableEntity, nil, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	check := newID()
	res := s.measure(ctx, "url", check, func(ctx context.Context) pipeline.Result { return s.cfg.Checking.CheckURL(ctx, check, c.Finding.URL) })
	if err := s.note(r, who(r.Context()), "recheck", fmt.Sprintf("case %d", id), map[string]any{"verdict": res.Verdict}); err != nil {
		s.failWith(w, r, err)
		return
	}
	s.showFinding(w, r, http.StatusOK, compare(c.Finding, res, s.cfg.Now()), "")
}

func compare(f scanner.Finding, res pipeline.Result, now time.Time) *nowView {
	v := &nowView{Time: now, Verdict: res.Verdict, Errors: res.Errors}
	for i := range res.Findings {
		if g := &res.Findings[i]; g.Fingerprint == f.Fingerprint {
			v.Still = g
		} else {
			v.Others++
		}
	}
	return v
}

// changeForm is POST /findings/change: what is done to the findings that were
// picked.
func (s *Server) changeForm(w http.ResponseWriter, r *http.Request) {
	change, err := changeOf(r)
	if err == nil {
		err = s.cfg.Cases.Change(r.Context(), who(r.Context()).Name(), change)
	}
	back := local(r.PostFormValue("back"))
	if back == "/" {
		back = "/findings"
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	u, err := url.Parse(back)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	q := u.Query()
	q.Set("ok", "changed")
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

func changeOf(r *http.Request) (c cases.Change, err error) {
	if err := r.ParseForm(); err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return c, err
		}
		return c, badRequest("the form is damaged")
	}
	for _, v := range r.PostForm["id"] {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return c, badRequest(fmt.Sprintf("%q is no number of a finding", clip(v)))
		}
		c.IDs = append(c.IDs, id)
	}
	c.To, c.Step, c.Note = cases.State(r.PostForm.Get("to")), cases.StepName(r.PostForm.Get("step")), strings.TrimSpace(r.PostForm.Get("note"))
	c.Version, _ = strconv.Atoi(r.PostForm.Get("version")) // 0 where there is none
	if a := strings.TrimSpace(r.PostForm.Get("assignee")); a != "" {
		c.Assignee = &a
	}
	for field, dst := range map[string]func(time.Time){"due": func(t time.Time) { c.Due = &t }, "expires": func(t time.Time) { c.Expires = t }} {
		if v := r.PostForm.Get(field); v != "" {
			day, err := time.ParseInLocation(time.DateOnly, v, time.Local)
			if err != nil {
				return c, badRequest(fmt.Sprintf("%q is no day", clip(v)))
			}
			dst(day.AddDate(0, 0, 1).Add(-time.Second)) // the end of that day
		}
	}
	if c.To == cases.Dismissed {
		c.Reason, c.Note = c.Note, ""
	}
	return c, nil
}
