package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/checks"
	"prescreen/internal/document"
	"prescreen/internal/pipeline"
)

// textBody is a draft to check.
type textBody struct {
	ID   string `json:"id,omitempty" maxLength:"200" doc:"Your own name for the document, given back with the result"`
	Text string `json:"text" minLength:"1" doc:"The draft" example:"关于做好防汛工作的通知"`
	URL  string `json:"url,omitempty" maxLength:"2000" doc:"Where it will be published; enters the fingerprints of findings"`
	Name string `json:"filename,omitempty" maxLength:"255" doc:"A file name, where the draft has one"`
}

type htmlBody struct {
	ID   string `json:"id,omitempty" maxLength:"200" doc:"Your own name for the document"`
	HTML string `json:"html" minLength:"1" doc:"A page or a piece of one" example:"<p>公示名单</p>"`
	URL  string `json:"url,omitempty" maxLength:"2000" doc:"Where it will be published"`
}

type urlBody struct {
	URL      string `json:"url" minLength:"1" maxLength:"2000" doc:"An address of a host that may be checked" example:"https://www.example.gov.cn/notice.html"`
	Callback string `json:"callback,omitempty" maxLength:"64" doc:"Name of a configured hook that is told of the result"`
}

// Repeatable are the headers of requests that may be sent again.
type Repeatable struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"The same key and request give the same check, however often it is sent"`
}

// Patient are the headers of requests that may take longer than their answer.
type Patient struct {
	Repeatable
	Prefer string `header:"Prefer" maxLength:"200" doc:"wait=N (RFC 7240): answer after at most N seconds, with 202 where the check is not done"`
}

type resultOutput struct {
	Body pipeline.Result
}

// checkOutput answers for a check that is a job: 200 with its result, or 202
// and where to ask later.
type checkOutput struct {
	Status   int
	Location string `header:"Location"`
	Retry    string `header:"Retry-After"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     checks.Record
}

func (a *api) addChecks() {
	o := op("POST", "/checks/text", "check-text", "checks", "Check a text",
		"Answers with the result at once. Without Idempotency-Key nothing is kept.")
	add(a, o, func(ctx context.Context, p *Principal, in *struct {
		Repeatable
		Body textBody
	}) (*resultOutput, error) {
		b := &in.Body
		return a.checkNow(ctx, p, checks.Text, in.Key, b, b.ID, document.Input{
			Name: b.Name, URL: b.URL, Data: strings.NewReader(b.Text), Size: int64(len(b.Text)), Fragment: document.SniffMarkup(b.Text),
		})
	})
	o = op("POST", "/checks/html", "check-html", "checks", "Check a page or a piece of one", "")
	add(a, o, func(ctx context.Context, p *Principal, in *struct {
		Repeatable
		Body htmlBody
	}) (*resultOutput, error) {
		b := &in.Body
		return a.checkNow(ctx, p, checks.HTML, in.Key, b, b.ID, document.Input{
			URL: b.URL, Data: strings.NewReader(b.HTML), Size: int64(len(b.HTML)), Fragment: true,
		})
	})
	o = op("POST", "/checks/url", "check-url", "checks", "Check an address",
		"Only hosts of configured sites and of serve.check_hosts are asked. Answers 202 with a Location to poll where the check takes longer than wait.")
	o.Responses = map[string]*huma.Response{"202": {Description: "Not done yet: ask the Location again"}}
	add(a, o, func(ctx context.Context, p *Principal, in *struct {
		Patient
		Body urlBody
	}) (*checkOutput, error) {
		return a.checkURL(ctx, p, in.Patient, in.Body)
	})
	add(a, op("GET", "/checks", "list-checks", "checks", "List own checks", "Newest first, without results."), a.listChecks)
	add(a, op("GET", "/checks/{id}", "get-check", "checks", "One own check with its result", "A check that is not done has state running."),
		func(ctx context.Context, p *Principal, in *struct {
			ID string `path:"id" maxLength:"64"`
		}) (*checkOutput, error) {
			rec, err := a.srv.cfg.Checks.CheckByID(ctx, p.User.ID, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(rec, false), nil
		})
	a.addCheckReport()
}

// checkNow checks something that needs no process of its own, in this
// request. With an idempotency key it is recorded.
func (a *api) checkNow(ctx context.Context, p *Principal, kind checks.Kind, key string, body any, id string, in document.Input) (*resultOutput, error) {
	if key != "" {
		return a.checkOnce(ctx, p, kind, key, body, id, in)
	}
	if id == "" {
		id = newID()
	}
	return &resultOutput{a.srv.measure(ctx, string(kind), id, func(ctx context.Context) pipeline.Result {
		return a.srv.cfg.Checking.Check(ctx, id, in)
	})}, nil
}

func (a *api) checkOnce(ctx context.Context, p *Principal, kind checks.Kind, key string, body any, id string, in document.Input) (*resultOutput, error) {
	j, _, err := a.srv.jobs.start(ctx, task{
		owner: p.User.ID, kind: kind, label: label(id, in.Name, in.URL), key: key, request: requestHash(kind, body),
		work: func(ctx context.Context, job string) pipeline.Result {
			if id == "" {
				id = job
			}
			return a.srv.cfg.Checking.Check(ctx, id, in)
		},
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if j.rec.Result == nil {
		return nil, huma.Error409Conflict("the first request with this Idempotency-Key has no result yet; send it again later")
	}
	return &resultOutput{*j.rec.Result}, nil
}

func (a *api) checkURL(ctx context.Context, p *Principal, head Patient, b urlBody) (*checkOutput, error) {
	s := a.srv
	if err := s.cfg.Checking.MayCheck(b.URL); err != nil {
		return nil, badRequest(err.Error())
	}
	hook, err := s.callback(b.Callback)
	if err != nil {
		return nil, err
	}
	j, replayed, err := s.jobs.start(ctx, task{
		owner: p.User.ID, kind: checks.URL, label: b.URL, key: head.Key, request: requestHash(checks.URL, b), notify: hook,
		work: func(ctx context.Context, id string) pipeline.Result { return s.cfg.Checking.CheckURL(ctx, id, b.URL) },
	})
	if err != nil {
		return nil, err
	}
	return answer(s.wait(ctx, j, head.Prefer), replayed), nil
}

// callback finds the hook that is to be told; nil for no name.
func (s *Server) callback(name string) (*Hook, error) {
	if name == "" {
		return nil, nil
	}
	for i := range s.cfg.Hooks {
		if h := &s.cfg.Hooks[i]; h.Name == name && h.Callback != "" {
			return h, nil
		}
	}
	return nil, badRequest("callback " + strconv.Quote(name) + ": no such hook with a callback is configured (serve.hooks)")
}

// wait waits for a job as long as the asker wants and we allow, and returns
// what is known then.
func (s *Server) wait(ctx context.Context, j *job, prefer string) checks.Record {
	limit := s.cfg.Limits.Wait
	for part := range strings.FieldsFuncSeq(prefer, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		if v, ok := strings.CutPrefix(part, "wait="); ok {
			if n, err := strconv.Atoi(v); err == nil && n >= 0 {
				limit = min(limit, time.Duration(n)*time.Second)
			}
		}
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-j.done:
		return j.rec
	case <-timer.C:
	case <-ctx.Done():
	}
	select { // both may be true
	case <-j.done:
		return j.rec
	default:
		return j.begun
	}
}

func answer(rec checks.Record, replayed bool) *checkOutput {
	out := &checkOutput{Status: http.StatusOK, Body: rec}
	if rec.State == checks.Running {
		out.Status, out.Location, out.Retry = http.StatusAccepted, "/api/v1/checks/"+rec.ID, "2"
	}
	if replayed {
		out.Replayed = "true"
	}
	return out
}

// label names a check in lists; it is never content.
func label(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return "–"
}

// requestHash tells whether two requests with one key are the same.
func requestHash(kind checks.Kind, body any) string {
	data, err := json.Marshal(body)
	if err != nil { // strings and numbers only
		return ""
	}
	h := sha256.New()
	h.Write([]byte(kind))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

type checkList struct {
	Body struct {
		Checks []checks.Record `json:"checks"`
		Next   string          `json:"next,omitempty" doc:"Cursor of the next part; absent at the end"`
	}
}

func (a *api) listChecks(ctx context.Context, p *Principal, in *struct {
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*checkList, error) {
	list, err := a.srv.cfg.Checks.Checks(ctx, p.User.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &checkList{}
	out.Body.Checks = list
	if list == nil {
		out.Body.Checks = []checks.Record{}
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}
