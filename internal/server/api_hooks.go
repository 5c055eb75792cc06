package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/cases"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// publishEvent is what a CMS sends when somebody presses publish.
type publishEvent struct {
	Event string      `json:"event" enum:"publish" doc:"publish"`
	ID    string      `json:"id" doc:"The document's name in the CMS"`
	URL   string      `json:"url,omitempty" doc:"Where it will be published"`
	Title string      `json:"title,omitempty"`
	Text  *string     `json:"text,omitempty"`
	HTML  *string     `json:"html,omitempty"`
	Files []batchItem `json:"files,omitempty" doc:"Attachments: filename and base64"`
}

// publishAnswer is what the CMS does about it.
type publishAnswer struct {
	ID       string            `json:"id"`
	Decision string            `json:"decision" enum:"allow,review,deny" doc:"allow: publish. review: a person decides. deny: do not publish"`
	Verdict  scanner.Verdict   `json:"verdict"`
	Results  []pipeline.Result `json:"results" doc:"Of the text and of each file"`
}

func (a *api) addHooks() {
	reg := a.OpenAPI().Components.Schemas
	o := op("POST", "/hooks/{name}", "hook", "integration", "A CMS asks whether it may publish",
		"Signed as Standard Webhooks has it: webhook-id, webhook-timestamp, webhook-signature. See docs/integration.md.")
	o.Security = []map[string][]string{{}}
	o.Parameters = []*huma.Param{{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: reg.Schema(typeOf[publishEvent](), true, "PublishEvent")}}}
	o.Responses = map[string]*huma.Response{"200": {Description: "The verdict", Content: map[string]*huma.MediaType{
		"application/json": {Schema: reg.Schema(typeOf[publishAnswer](), true, "PublishAnswer")},
	}}}
	a.describe(o, a.srv.hook)
	o = op("GET", "/gate", "gate", "integration", "May this page be shown?",
		"For auth_request of nginx: 204 where nothing is known against the address in X-Original-URL (or ?url=), 403 where a finding of "+
			"severity high or critical at that address was confirmed and is not mended yet.")
	o.DefaultStatus = http.StatusNoContent
	add(a, o, func(ctx context.Context, _ *Principal, in *struct {
		URL      string `query:"url" maxLength:"4000"`
		Original string `header:"X-Original-URL" maxLength:"4000"`
	}) (*struct{}, error) {
		address := in.URL
		if address == "" {
			address = in.Original
		}
		if address == "" {
			return nil, badRequest("which address? send X-Original-URL or ?url=")
		}
		blocked, err := a.srv.gate.blocked(ctx, a.srv.cfg.Cases, a.srv.cfg.Now(), address)
		if err != nil {
			return nil, err
		}
		if blocked {
			return nil, huma.Error403Forbidden("a confirmed finding at this address is not mended yet")
		}
		return nil, nil
	})
}

// hook is POST /hooks/{name}.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.cfg.Hooks, func(h Hook) bool { return h.Name == r.PathValue("name") })
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	if i < 0 {
		err = errSignature // who may not ask learns no names
	} else {
		_, err = s.cfg.Hooks[i].verify(r.Header, body, s.cfg.Now())
	}
	if err != nil {
		s.fail(w, r, http.StatusUnauthorized, err.Error())
		return
	}
	var ev publishEvent
	if err := json.Unmarshal(body, &ev); err != nil {
		s.fail(w, r, http.StatusUnprocessableEntity, "not the JSON of an event: "+jsonReason(err))
		return
	}
	if ev.Event != "publish" || ev.ID == "" || len(ev.Files) > s.cfg.Limits.Files {
		s.fail(w, r, http.StatusUnprocessableEntity, `an event has "event": "publish", an id, and not too many files`)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.publish(r.Context(), ev)) // the client may be gone
}

func (s *Server) publish(ctx context.Context, ev publishEvent) publishAnswer {
	items := make([]batchItem, 0, len(ev.Files)+1)
	if ev.Text != nil || ev.HTML != nil {
		items = append(items, batchItem{ID: ev.ID, Text: ev.Text, HTML: ev.HTML, URL: ev.URL})
	}
	for _, f := range ev.Files {
		f.ID, f.URL = ev.ID+" "+f.Filename, ""
		items = append(items, f)
	}
	out := publishAnswer{ID: ev.ID, Verdict: scanner.VerdictPass, Results: []pipeline.Result{}}
	if len(items) == 0 {
		out.Verdict = scanner.VerdictIncomplete // nothing was sent: nothing was checked
	}
	for i, item := range items {
		res := s.checkItem(ctx, "hook", i, item)
		out.Verdict = report.Worst(out.Verdict, res.Verdict)
		out.Results = append(out.Results, res)
	}
	switch out.Verdict {
	case scanner.VerdictPass:
		out.Decision = "allow"
	case scanner.VerdictBlock:
		out.Decision = "deny"
	default: // what could not be read is not clean: a person looks at it
		out.Decision = "review"
	}
	return out
}

// jsonReason says what is wrong with JSON without quoting it.
func jsonReason(err error) string {
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syn):
		return "syntax error"
	case errors.As(err, &typ):
		return "field " + typ.Field + " must be " + typ.Type.String() + ", not " + typ.Value
	}
	return "it ends too early"
}

// gate knows the addresses that must not be shown. It asks the store at most
// once in gateFor, because a web server asks for every page.
type gate struct {
	mu    sync.Mutex
	read  time.Time
	known map[string]bool
}

const gateFor = 5 * time.Second

func (g *gate) blocked(ctx context.Context, store Cases, now time.Time, address string) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil || now.Sub(g.read) > gateFor {
		known := map[string]bool{}
		page := cases.Page{Limit: 1000}
		for {
			list, next, err := store.Cases(ctx, cases.Filter{
				States:     []cases.State{cases.Confirmed, cases.Fixing},
				Severities: []scanner.Severity{scanner.SeverityHigh, scanner.SeverityCritical},
			}, page)
			if err != nil {
				return false, err
			}
			for i := range list {
				known[list[i].Finding.URL] = true
			}
			if next == "" {
				break
			}
			page.Cursor = next
		}
		g.known, g.read = known, now
	}
	return g.known[address], nil
}
