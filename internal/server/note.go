package server

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// noteTime is how long the log may take to be written.
const noteTime = 10 * time.Second

// note writes into the audit log who did what. It returns the error so that
// what must be in the log is not done without it.
func (s *Server) note(r *http.Request, p *Principal, action, object string, detail map[string]any) error {
	actor := p.Name()
	if actor == "" {
		actor = "–"
	}
	if a := aboutOf(r.Context()); a != nil {
		if detail == nil {
			detail = map[string]any{}
		}
		detail["from"] = a.address.String()
	}
	// What was done is in the log even if whoever did it has hung up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), noteTime)
	defer cancel()
	err := s.cfg.Log.Audit(ctx, actor, action, object, detail)
	if err != nil {
		s.log(r).Error("audit log", "action", action, "err", err)
	}
	return err
}

// noteFindings records that somebody saw findings, before they are shown. what
// says how they were selected; words that were searched for are kept too.
func (s *Server) noteFindings(r *http.Request, p *Principal, object string, detail map[string]any) error {
	action := "view"
	if strings.Contains(object, "report") {
		action = "download"
	}
	return s.note(r, p, action, object, detail)
}
