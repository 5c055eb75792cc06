package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/checks"
	"prescreen/internal/lang"
)

func slipTitle(l lang.Lang) string {
	return l.Pick("信息发布保密审查单", "Pre-publication review slip")
}

func (s *Server) resultView(rec checks.Record, p *Principal) resultView {
	return resultView{Record: rec, Age: s.cfg.Now().Sub(rec.Created), Org: s.cfg.Organisation, By: p.User.Display, Formats: s.checkFormats()}
}

// checkFormats are those in which a check can be had: the review slip as HTML
// and PDF, made from the page of the same name, and what Reports writes.
func (s *Server) checkFormats() []string {
	if s.cfg.Reports == nil {
		return nil
	}
	return append([]string{"html", "pdf"}, s.cfg.Reports.Formats()...)
}

func (a *api) addCheckReport() {
	if a.srv.cfg.Reports == nil {
		a.srv.router.HandleFunc("GET /api/v1/checks/{id}/report", a.srv.noRoute)
		return
	}
	var formats []any
	for _, f := range a.srv.checkFormats() {
		formats = append(formats, f)
	}
	o := op("GET", "/checks/{id}/report", "get-check-report", "checks", "One own check as a file",
		"html, pdf and docx are the review slip for the files; the others are for programs. A check that is not done, or was lost, has none (409). "+
			"Every download is in the audit log.")
	o.Parameters = []*huma.Param{
		{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "format", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: formats, Default: "html"}},
	}
	content := map[string]*huma.MediaType{}
	for _, f := range a.srv.checkFormats() {
		content[reportTypes()[f]] = &huma.MediaType{}
	}
	o.Responses = map[string]*huma.Response{"200": {Description: "The report", Content: content}}
	a.describe(o, func(w http.ResponseWriter, r *http.Request) {
		format := r.URL.Query().Get("format")
		if format == "" {
			format = "html"
		}
		a.srv.checkReport(w, r, format)
	})
}

// checkReport sends a check of the asker as a file.
func (s *Server) checkReport(w http.ResponseWriter, r *http.Request, format string) {
	l, p := s.lang(r), who(r.Context())
	rec, err := s.cfg.Checks.CheckByID(r.Context(), p.User.ID, r.PathValue("id"))
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	if formats := s.checkFormats(); !slices.Contains(formats, format) {
		s.fail(w, r, http.StatusUnprocessableEntity, fmt.Sprintf(l.Pick("没有 %q 格式的报告；可用：%s", "there is no report of format %q; use %s"), format, strings.Join(formats, l.Pick("、", ", "))))
		return
	}
	if rec.State != checks.Done || rec.Result == nil {
		s.fail(w, r, http.StatusConflict, l.Pick("检查没有完成，没有报告", "the check is not done, so there is no report"))
		return
	}
	if err := s.note(r, p, "download", "check "+rec.ID+"."+format, nil); err != nil {
		s.failWith(w, r, err)
		return
	}
	var b bytes.Buffer
	if err := s.writeCheck(r.Context(), &b, rec, p, format, l); err != nil {
		s.failWith(w, r, err)
		return
	}
	w.Header().Set("Content-Type", reportTypes()[format])
	w.Header().Set("Content-Disposition", `attachment; filename="prescreen-check-`+rec.ID+"."+format+`"`)
	_, _ = b.WriteTo(w) // the client may be gone
}

func (s *Server) writeCheck(ctx context.Context, b *bytes.Buffer, rec checks.Record, p *Principal, format string, l lang.Lang) error {
	if format != "html" && format != "pdf" {
		return s.cfg.Reports.Check(ctx, rec, format, l, b)
	}
	v := view{Lang: l, Title: slipTitle(l), Data: s.resultView(rec, p)}
	if format == "html" {
		return s.pages.sets[l]["slip"].ExecuteTemplate(b, "file", v)
	}
	var page bytes.Buffer
	if err := s.pages.sets[l]["slip"].ExecuteTemplate(&page, "file", v); err != nil {
		return err
	}
	select {
	case s.prints <- struct{}{}:
		defer func() { <-s.prints }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.cfg.Reports.Print(ctx, page.Bytes(), b)
}
