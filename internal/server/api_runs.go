package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/crawler"
)

type runOutput struct {
	Location string `header:"Location"`
	Body     runView
}

// runView is a run with how far it is.
type runView struct {
	Run
	Progress *crawler.Progress `json:"progress,omitempty" doc:"While it is under way, here or on other machines that share its frontier"`
}

func (a *api) addRuns() {
	s := a.srv
	add(a, op("GET", "/runs", "list-runs", "runs", "List runs", "Newest first."),
		func(ctx context.Context, p *Principal, in *struct {
			Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
		}) (*struct{ Body []Run }, error) {
			list, err := s.cfg.Runs.List(ctx, in.Limit)
			if err != nil {
				return nil, err
			}
			for i := range list {
				hideFindings(p, &list[i])
			}
			return &struct{ Body []Run }{append([]Run{}, list...)}, nil
		})
	o := op("POST", "/runs", "start-run", "runs", "Start a run",
		"Of all configured sites where none is named. A run of the same sites that was stopped goes on.")
	o.DefaultStatus = http.StatusAccepted
	add(a, o, func(ctx context.Context, p *Principal, in *struct {
		Body struct {
			Sites []string `json:"sites,omitempty" maxItems:"1000" doc:"Names of configured sites"`
		}
	}) (*runOutput, error) {
		id, err := s.startRun(requestOf(ctx), p, in.Body.Sites)
		if err != nil {
			return nil, err
		}
		v, err := s.runView(ctx, p, id, 0)
		return &runOutput{Location: "/api/v1/runs/" + id, Body: v}, err
	})
	add(a, op("GET", "/runs/{id}", "get-run", "runs", "One run", ""), func(ctx context.Context, p *Principal, in *struct {
		ID    string `path:"id" maxLength:"64"`
		Hosts int    `query:"hosts" minimum:"0" maximum:"1000" default:"50" doc:"Hosts with the reason why they are idle"`
	}) (*runOutput, error) {
		v, err := s.runView(ctx, p, in.ID, in.Hosts)
		return &runOutput{Body: v}, err
	})
	a.addRunState("cancel", "Cancel a run", "It ends within seconds; what was found stays.", RunCancelled)
	a.addRunState("pause", "Pause a run", "It takes no more pages until it is resumed.", RunPaused)
	a.addRunState("resume", "Resume a paused run", "", RunRunning)
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	o = op("GET", "/runs/{id}/events", "run-events", "runs", "Follow a run", "Server-sent events: progress, and end with the last one.")
	o.Parameters = []*huma.Param{id}
	o.Responses = map[string]*huma.Response{"200": {Description: "Events", Content: map[string]*huma.MediaType{"text/event-stream": {}}}}
	a.describe(o, s.runEvents)
	o = op("GET", "/runs/{id}/reports/{file}", "get-report", "reports", "Download a report",
		"Of the name only the extension counts: html, docx, xlsx, csv, json, jsonl, sarif. Every download is in the audit log.")
	o.Parameters = []*huma.Param{id, {Name: "file", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	o.Responses = map[string]*huma.Response{"200": {Description: "The report"}}
	a.describe(o, func(w http.ResponseWriter, r *http.Request) {
		s.report(w, r, strings.TrimPrefix(path.Ext(r.PathValue("file")), "."))
	})
	add(a, op("GET", "/sites", "list-sites", "sites", "Configured sites", ""),
		func(context.Context, *Principal, *struct{}) (*struct{ Body []Site }, error) {
			return &struct{ Body []Site }{append([]Site{}, s.cfg.Sites...)}, nil
		})
}

// startRun starts a run in the name of p.
func (s *Server) startRun(r *http.Request, p *Principal, sites []string) (string, error) {
	if len(s.cfg.Sites) == 0 {
		return "", badRequest("no site is configured")
	}
	for _, name := range sites {
		if !s.hasSite(name) {
			return "", badRequest(fmt.Sprintf("no site is named %q", name))
		}
	}
	id, err := s.cfg.Runs.Start(r.Context(), sites, p.Name())
	if err != nil {
		return "", err
	}
	return id, s.note(r, p, "run.start", "run "+id, map[string]any{"sites": sites})
}

func (a *api) addRunState(verb, summary, description string, to RunState) {
	add(a, op("POST", "/runs/{id}/"+verb, verb+"-run", "runs", summary, description), func(ctx context.Context, p *Principal, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*runOutput, error) {
		if err := a.srv.cfg.Runs.Set(ctx, in.ID, p.Name(), to); err != nil {
			return nil, err
		}
		v, err := a.srv.runView(ctx, p, in.ID, 0)
		return &runOutput{Body: v}, err
	})
}

func (s *Server) hasSite(name string) bool {
	for i := range s.cfg.Sites {
		if s.cfg.Sites[i].Name == name {
			return true
		}
	}
	return false
}

// runView returns a run as p may see it.
func (s *Server) runView(ctx context.Context, p *Principal, id string, hosts int) (runView, error) {
	run, err := s.cfg.Runs.Run(ctx, id)
	if err != nil {
		return runView{}, err
	}
	hideFindings(p, &run)
	v := runView{Run: run}
	prog, ok, err := s.cfg.Runs.Progress(ctx, id, hosts)
	if err != nil {
		return v, err
	}
	if ok {
		v.Progress = &prog
	}
	return v, nil
}

// eventEvery is how often a run that is followed is looked at.
const eventEvery = time.Second

// runEvents is GET /runs/{id}/events.
func (s *Server) runEvents(w http.ResponseWriter, r *http.Request) {
	p, id := who(r.Context()), r.PathValue("id")
	v, err := s.runView(r.Context(), p, id, 50)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	rc := http.NewResponseController(w)
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		name := "progress"
		if v.Progress == nil {
			name = "end"
		}
		if err := writeEvent(w, rc, n, name, v); err != nil || name == "end" {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.jobs.ctx.Done():
			return
		case <-tick.C:
		}
		if s.jobs.draining.Load() || s.principal(r) == nil { // shutting down; logged out meanwhile
			return
		}
		if v, err = s.runView(r.Context(), p, id, 50); err != nil {
			return
		}
	}
}

func writeEvent(w http.ResponseWriter, rc *http.ResponseController, n int, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// A listener that takes nothing for half a minute is gone.
	if err := rc.SetWriteDeadline(time.Now().Add(30 * time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", n, name, data); err != nil {
		return err
	}
	return rc.Flush()
}

// reportTypes are the formats of reports for download.
func reportTypes() map[string]string {
	return map[string]string{
		"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "json": "application/json", "sarif": "application/sarif+json",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"pdf":  "application/pdf",
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	}
}

// report sends the report of a run as a file.
func (s *Server) report(w http.ResponseWriter, r *http.Request, format string) {
	kind, ok := reportTypes()[format]
	id := r.PathValue("id")
	if !ok || format == "pdf" { // a large run is printed from the command line
		s.fail(w, r, http.StatusNotFound, s.lang(r).Pick("没有这种格式的报告", "there is no report of this format"))
		return
	}
	run, err := s.cfg.Runs.Run(r.Context(), id)
	if err == nil {
		err = s.noteFindings(r, who(r.Context()), "report "+id+"."+format, nil)
	}
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="prescreen-`+run.ID+"."+format+`"`)
	if err := s.cfg.Runs.Report(r.Context(), run.ID, format, s.lang(r), w); err != nil {
		// Half a report must not look like a whole one.
		s.log(r).Error("write report", "run", run.ID, "format", format, "err", err)
		panic(http.ErrAbortHandler)
	}
}

// hideFindings takes what was found out of a run for those who may not know.
func hideFindings(p *Principal, run *Run) {
	if !mayFindings(p) {
		run.Summary = nil
	}
}
