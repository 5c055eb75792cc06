package server

import (
	"net/http"

	"prescreen/crawler"
	"prescreen/internal/report"
)

type runsView struct {
	Runs  []Run
	Sites []Site
	Error string
}

func (s *Server) runsPage(w http.ResponseWriter, r *http.Request) {
	s.showRuns(w, r, http.StatusOK, "")
}

func (s *Server) showRuns(w http.ResponseWriter, r *http.Request, status int, problem string) {
	list, err := s.cfg.Runs.List(r.Context(), 50)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	for i := range list {
		hideFindings(who(r.Context()), &list[i])
	}
	s.pages.show(w, r, status, "runs", s.lang(r).Pick("检查任务", "Runs"), runsView{Runs: list, Sites: s.cfg.Sites, Error: problem})
}

func (s *Server) startForm(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.failWith(w, r, badRequest("the form is damaged"))
		return
	}
	id, err := s.startRun(r, who(r.Context()), nonEmpty(r.PostForm["site"]))
	if err != nil {
		status, detail := s.classify(r, err)
		s.showRuns(w, r, status, detail)
		return
	}
	http.Redirect(w, r, "/runs/"+id+"?ok=started", http.StatusSeeOther)
}

type runPageView struct {
	runView
	Done, Total int64
	Hosts       []crawler.HostStats
	Gaps        []report.Gap
	Formats     []string
}

// runGaps is how many unchecked addresses the page of a run lists.
const runGaps = 100

func (s *Server) runViewOf(r *http.Request) (v runPageView, err error) {
	p := who(r.Context())
	v.runView, err = s.runView(r.Context(), p, r.PathValue("id"), 50)
	if err != nil {
		return v, err
	}
	v.Formats = []string{"html", "docx", "xlsx", "csv", "jsonl", "sarif"}
	if v.Progress != nil {
		c := v.Progress.Counts
		v.Done = c.Visited + c.Auxiliary
		for _, m := range []map[crawler.Reason]int64{c.Skipped, c.Failed} {
			for _, n := range m {
				v.Done += n
			}
		}
		v.Total, v.Hosts = max(c.Found, 1), v.Progress.Hosts
		return v, nil
	}
	v.Gaps, err = s.cfg.Runs.Gaps(r.Context(), v.ID, runGaps)
	return v, err
}

func (s *Server) runPage(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.runViewOf(r)
		if err != nil {
			s.failWith(w, r, err)
			return
		}
		s.pages.show(w, r, http.StatusOK, page, s.lang(r).Pick("检查任务 ", "Run ")+v.ID, v)
	}
}

func (s *Server) stateForm(w http.ResponseWriter, r *http.Request) {
	id, to := r.PathValue("id"), RunState(r.PostFormValue("to"))
	if to != RunPaused && to != RunRunning && to != RunCancelled {
		s.failWith(w, r, badRequest("what is to be done?"))
		return
	}
	if err := s.cfg.Runs.Set(r.Context(), id, who(r.Context()).Name(), to); err != nil {
		s.failWith(w, r, err)
		return
	}
	http.Redirect(w, r, "/runs/"+id+"?ok=run", http.StatusSeeOther)
}

type sitesView struct {
	Sites []siteView
}

type siteView struct {
	Site
	Last *Run
}

func (s *Server) sitesPage(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Runs.List(r.Context(), 100)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	var v sitesView
	for _, site := range s.cfg.Sites {
		sv := siteView{Site: site}
		for i := range list {
			if has(list[i].Sites, site.Name) {
				sv.Last = &list[i]
				break
			}
		}
		v.Sites = append(v.Sites, sv)
	}
	s.pages.show(w, r, http.StatusOK, "sites", s.lang(r).Pick("站点", "Sites"), v)
}
