package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/checks"
	"prescreen/internal/document"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

func (a *api) addUploads() {
	o := op("POST", "/checks/file", "check-file", "checks", "Check a file",
		"Send multipart/form-data with the file in the field file (and, if you like, url and callback), or the bytes alone with ?filename=. "+
			"Archives and what is embedded in documents are looked into. Answers 202 with a Location to poll where it takes longer than wait.")
	reg := a.OpenAPI().Components.Schemas
	record := reg.Schema(typeOf[checks.Record](), true, "CheckRecord")
	str := &huma.Schema{Type: huma.TypeString}
	o.Parameters = []*huma.Param{
		{Name: "filename", In: "query", Description: "Name of the file, where the body is its bytes", Schema: str},
		{Name: "Idempotency-Key", In: "header", Schema: str}, {Name: "Prefer", In: "header", Description: "wait=N", Schema: str},
	}
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary"}, "url": str, "callback": str,
		}}},
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	body := map[string]*huma.MediaType{"application/json": {Schema: record}}
	o.Responses = map[string]*huma.Response{
		"200": {Description: "Done", Content: body}, "202": {Description: "Not done yet: ask the Location again", Content: body},
	}
	a.describe(o, a.srv.checkFile)
	add(a, op("POST", "/checks/batch", "check-batch", "checks", "Check many documents in one request",
		"One result per item, in order; a bad item gets its own error. Nothing is kept."), a.checkBatch)
}

// checkFile is POST /checks/file.
func (s *Server) checkFile(w http.ResponseWriter, r *http.Request) {
	u, fields, err := s.readFile(r)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	hook, err := s.callback(fields["callback"])
	if err != nil {
		u.Close()
		s.failWith(w, r, err)
		return
	}
	p := who(r.Context())
	j, replayed, err := s.jobs.start(r.Context(), s.fileTask(p.User.ID, u, fields["url"], r.Header.Get("Idempotency-Key"), hook))
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	out := answer(s.wait(r.Context(), j, r.Header.Get("Prefer")), replayed)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	for name, v := range map[string]string{"Location": out.Location, "Retry-After": out.Retry, "Idempotent-Replayed": out.Replayed} {
		if v != "" {
			h.Set(name, v)
		}
	}
	w.WriteHeader(out.Status)
	_ = json.NewEncoder(w).Encode(out.Body) // the client may be gone
}

// readFile reads the one file of a request, in a form or as its body.
func (s *Server) readFile(r *http.Request) (*upload, map[string]string, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		u, err := spool(r.Body)
		if err != nil {
			return nil, nil, err
		}
		u.name = baseName(r.URL.Query().Get("filename"))
		if u.size == 0 {
			u.Close()
			return nil, nil, badRequest("there is no file in the request")
		}
		return u, map[string]string{}, nil
	}
	f, err := s.readForm(r, "")
	if err != nil {
		return nil, nil, err
	}
	if len(f.files) != 1 {
		f.Close()
		return nil, nil, badRequest(fmt.Sprintf("send one file in the field file; there are %d (use /checks/batch, or one request for each)", len(f.files)))
	}
	return f.files[0], f.fields, nil
}

// fileTask checks an upload, in the hardened path that attachments of a crawl
// take.
func (s *Server) fileTask(owner int64, u *upload, address, key string, hook *Hook) task {
	return task{
		owner: owner, kind: checks.File, label: label(u.name, address), key: key, notify: hook, cleanup: u.Close,
		request: requestHash(checks.File, []string{u.hash, u.name, address}),
		work: func(ctx context.Context, id string) pipeline.Result {
			return s.cfg.Checking.Check(ctx, id, document.Input{Name: u.name, URL: address, Data: u.data, Size: u.size})
		},
	}
}

// batchItem is one document of a batch: text, html, url, or base64 with
// filename.
type batchItem struct {
	ID       string  `json:"id,omitempty" maxLength:"200"`
	Text     *string `json:"text,omitempty"`
	HTML     *string `json:"html,omitempty"`
	URL      string  `json:"url,omitempty" maxLength:"2000" doc:"Fetched where nothing else is given; else where the document will be published"`
	Base64   *string `json:"base64,omitempty" contentEncoding:"base64"`
	Filename string  `json:"filename,omitempty" maxLength:"255"`
}

type batchInput struct {
	Body struct {
		Items []batchItem `json:"items" minItems:"1" maxItems:"1000"`
	}
}

type batchOutput struct {
	Body struct {
		Results []pipeline.Result `json:"results" doc:"One for each item, in order"`
	}
}

func (a *api) checkBatch(ctx context.Context, _ *Principal, in *batchInput) (*batchOutput, error) {
	items := in.Body.Items
	if len(items) > a.srv.cfg.Limits.Files {
		return nil, badRequest(fmt.Sprintf("%d items, %d at most", len(items), a.srv.cfg.Limits.Files))
	}
	out := &batchOutput{}
	out.Body.Results = make([]pipeline.Result, len(items))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		wg.Go(func() {
			for i := range next {
				out.Body.Results[i] = a.srv.checkItem(ctx, "batch", i, items[i])
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	wg.Wait()
	return out, nil
}

func (s *Server) checkItem(ctx context.Context, kind string, i int, b batchItem) pipeline.Result {
	id := b.ID
	if id == "" {
		id = fmt.Sprintf("item %d", i+1)
	}
	return s.measure(ctx, kind, id, func(ctx context.Context) pipeline.Result { return s.checkOne(ctx, id, i, b) })
}

func (s *Server) checkOne(ctx context.Context, id string, i int, b batchItem) pipeline.Result {
	bad := func(msg string) pipeline.Result {
		return pipeline.Result{ID: id, Verdict: scanner.VerdictIncomplete, Findings: []scanner.Finding{}, Errors: []scanner.Problem{
			{Status: scanner.StatusDamaged, Message: fmt.Sprintf("item %d: %s", i+1, msg)},
		}}
	}
	in := document.Input{Name: b.Filename, URL: b.URL}
	switch {
	case b.Text != nil:
		in.Data, in.Size, in.Fragment = strings.NewReader(*b.Text), int64(len(*b.Text)), document.SniffMarkup(*b.Text)
	case b.HTML != nil:
		in.Data, in.Size, in.Fragment = strings.NewReader(*b.HTML), int64(len(*b.HTML)), true
	case b.Base64 != nil:
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(*b.Base64))
		if err != nil {
			return bad("base64: not valid base64 (RFC 4648, standard alphabet)")
		}
		in.Data, in.Size = bytes.NewReader(data), int64(len(data))
	case b.URL != "":
		if err := s.cfg.Checking.MayCheck(b.URL); err != nil {
			return bad(err.Error())
		}
		return s.cfg.Checking.CheckURL(ctx, id, b.URL)
	default:
		return bad("nothing to check: give text, html, url, or base64 with filename")
	}
	return s.cfg.Checking.Check(ctx, id, in)
}
