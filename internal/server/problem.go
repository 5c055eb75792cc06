package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/accounts"
	"prescreen/internal/cases"
	"prescreen/internal/checks"
	"prescreen/internal/report"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// fail answers with an error: problem+json (RFC 9457) for programs, a page for
// people.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if isAPI(r) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		// The client may be gone; there is nobody left to tell.
		_ = json.NewEncoder(w).Encode(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail, Instance: instance(r.Context())})
		return
	}
	s.pages.error(w, r, status, detail)
}

// instance identifies an occurrence of a problem by its request id.
func instance(ctx context.Context) string {
	if a := aboutOf(ctx); a != nil {
		return "urn:prescreen:request:" + a.id
	}
	return ""
}

// problem is an error for the API. Errors we do not know are logged and shown
// without detail: they may name files, hosts or content.
func (s *Server) problem(r *http.Request, err error) error {
	status, detail := s.classify(r, err)
	return huma.NewError(status, detail)
}

// failWith is fail for an error of ours.
func (s *Server) failWith(w http.ResponseWriter, r *http.Request, err error) {
	status, detail := s.classify(r, err)
	s.fail(w, r, status, detail)
}

func (s *Server) classify(r *http.Request, err error) (status int, detail string) {
	l := s.lang(r)
	var tooBig *http.MaxBytesError
	var bad badRequest
	var step *cases.TransitionError
	switch {
	case errors.As(err, &bad):
		return http.StatusUnprocessableEntity, refusalText(string(bad), l)
	case errors.As(err, &tooBig):
		return http.StatusRequestEntityTooLarge, l.Pick("内容超过大小限制", "the request is over the size limit")
	case errors.Is(err, checks.ErrNotFound), errors.Is(err, accounts.ErrNotFound), errors.Is(err, cases.ErrNotFound), errors.Is(err, ErrNoRun):
		return http.StatusNotFound, l.Pick("没有这项内容，或它不属于您", "there is no such thing, or it is not yours")
	case errors.Is(err, cases.ErrConflict):
		return http.StatusPreconditionFailed, l.Pick("该问题已被他人修改，请刷新后重试", "somebody else has changed it meanwhile; load it again")
	case errors.As(err, &step):
		return http.StatusConflict, fmt.Sprintf(l.Pick("问题 %d 当前为“%s”，不能改为“%s”", "finding %d is %s and cannot become %s"), step.ID, step.From.Name(l), step.To.Name(l))
	case errors.Is(err, cases.ErrIncomplete):
		return http.StatusUnprocessableEntity, incompleteText(err, l)
	case errors.Is(err, ErrRunOver):
		return http.StatusConflict, l.Pick("任务已结束，不能再改", "the run has ended and cannot be changed any more")
	case errors.Is(err, ErrRunning):
		return http.StatusConflict, l.Pick("这些站点的检查正在进行", "a run of these sites is under way")
	case errors.Is(err, checks.ErrKeyReused):
		return http.StatusUnprocessableEntity, l.Pick("Idempotency-Key 已用于另一个请求", "the Idempotency-Key was used for another request")
	case errors.Is(err, report.ErrNoBrowser):
		return http.StatusNotImplemented, l.Pick("服务器上没有安装 Chromium，不能生成 PDF；请下载 docx 或 html", "PDF needs Chromium on the server, and there is none; take docx or html")
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, l.Pick("检查任务过多，请稍后再试", "too many checks are waiting; try again later")
	case r.Context().Err() != nil:
		return http.StatusServiceUnavailable, l.Pick("处理超时", "it took too long")
	}
	s.log(r).Error("request failed", "route", routeOf(r.Context()), "err", err)
	return http.StatusInternalServerError, l.Pick("内部错误，请联系管理员并提供请求编号", "internal error; tell the administrator the request id")
}

// badRequest is an error that the asker can mend; its text is for him.
type badRequest string

func (e badRequest) Error() string { return string(e) }
