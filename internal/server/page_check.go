package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"prescreen/internal/checks"
	"prescreen/internal/document"
	"prescreen/internal/pipeline"
)

// checkView is the page on which people check what they are about to publish.
type checkView struct {
	Text, Address string
	Error         string
	Result        *checks.Record  // of the text that was just sent
	Jobs          []checks.Record // of the files and addresses that were just sent
	Recent        []checks.Record
	Sites         []string // hosts whose addresses may be checked
	MaxMB, Files  int64
	Waiting       bool
}

func (s *Server) checkPage(w http.ResponseWriter, r *http.Request) {
	s.showCheck(w, r, http.StatusOK, checkView{})
}

func (s *Server) showCheck(w http.ResponseWriter, r *http.Request, status int, v checkView) {
	p := who(r.Context())
	recent, err := s.cfg.Checks.Checks(r.Context(), p.User.ID, "", 20)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	v.Recent = recent
	v.MaxMB, v.Files = s.cfg.Limits.Upload>>20, int64(s.cfg.Limits.Files)
	for i := range s.cfg.Sites {
		v.Sites = append(v.Sites, s.cfg.Sites[i].Hosts...)
	}
	s.pages.show(w, r, status, "check", s.lang(r).Pick("发布前检查", "Check before publishing"), v)
}

// checkForm is POST /check: a text, an address, or files.
func (s *Server) checkForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.readForm(r, "text")
	if err != nil {
		status, detail := s.classify(r, err)
		s.showCheck(w, r, status, checkView{Error: detail})
		return
	}
	v := checkView{Text: f.fields["text"], Address: strings.TrimSpace(f.fields["url"])}
	tasks, err := s.tasksOf(r, f, &v)
	if err != nil {
		f.Close()
		status, detail := s.classify(r, err)
		v.Error = detail
		s.showCheck(w, r, status, v)
		return
	}
	s.runForm(w, r, tasks, v)
}

// tasksOf turns a form into checks. What the form holds is closed by them.
func (s *Server) tasksOf(r *http.Request, f *form, v *checkView) (tasks []task, err error) {
	p := who(r.Context())
	for _, u := range f.files {
		tasks = append(tasks, s.fileTask(p.User.ID, u, "", "", nil))
	}
	if v.Address != "" {
		if !strings.Contains(v.Address, "://") {
			v.Address = "https://" + v.Address
		}
		if err := s.cfg.Checking.MayCheck(v.Address); err != nil {
			return nil, badRequest(err.Error())
		}
		address := v.Address
		tasks = append(tasks, task{owner: p.User.ID, kind: checks.URL, label: address, work: func(ctx context.Context, id string) pipeline.Result {
			return s.cfg.Checking.CheckURL(ctx, id, address)
		}})
	}
	if strings.TrimSpace(v.Text) != "" {
		text := v.Text
		kind := checks.Text
		if document.SniffMarkup(text) {
			kind = checks.HTML
		}
		tasks = append(tasks, task{owner: p.User.ID, kind: kind, label: s.lang(r).Pick("粘贴的文字", "pasted text"), work: func(ctx context.Context, id string) pipeline.Result {
			return s.cfg.Checking.Check(ctx, id, document.Input{Data: strings.NewReader(text), Size: int64(len(text)), Fragment: kind == checks.HTML})
		}})
	}
	if len(tasks) == 0 {
		return nil, badRequest(s.lang(r).Pick("请粘贴文字、填写网址或选择文件", "paste a text, give an address or choose files"))
	}
	return tasks, nil
}

// runForm starts the checks of a form and waits for them a little. A single
// file or address gets a page of its own; a text is shown with its result, so
// that it can be mended and checked again.
func (s *Server) runForm(w http.ResponseWriter, r *http.Request, tasks []task, v checkView) {
	var started []*job
	for i, t := range tasks {
		j, _, err := s.jobs.start(r.Context(), t)
		if err != nil {
			for _, rest := range tasks[i+1:] {
				if rest.cleanup != nil {
					rest.cleanup()
				}
			}
			_, v.Error = s.classify(r, err)
			break
		}
		started = append(started, j)
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.Limits.Wait)
	defer cancel()
	for _, j := range started {
		rec := s.wait(ctx, j, "")
		v.Waiting = v.Waiting || rec.State == checks.Running
		v.Jobs = append(v.Jobs, rec)
	}
	if len(v.Jobs) == 1 && v.Error == "" {
		if k := v.Jobs[0].Kind; k != checks.Text && k != checks.HTML {
			http.Redirect(w, r, "/checks/"+v.Jobs[0].ID, http.StatusSeeOther)
			return
		}
		if v.Jobs[0].State == checks.Done {
			v.Result, v.Jobs = &v.Jobs[0], nil
		}
	}
	s.showCheck(w, r, http.StatusOK, v)
}

type resultView struct {
	checks.Record
	Age     time.Duration
	Org     string
	By      string
	Formats []string // in which it can be had as a file
}

func (s *Server) resultPage(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := who(r.Context())
		rec, err := s.cfg.Checks.CheckByID(r.Context(), p.User.ID, r.PathValue("id"))
		if err != nil {
			s.failWith(w, r, err)
			return
		}
		if page == "slip" && rec.State != checks.Done {
			http.Redirect(w, r, "/checks/"+rec.ID, http.StatusSeeOther)
			return
		}
		title := s.lang(r).Pick("检查结果", "Result of a check")
		if page == "slip" {
			title = slipTitle(s.lang(r))
		}
		s.pages.show(w, r, http.StatusOK, page, title, s.resultView(rec, p))
	}
}
