package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// FindingFilter are the query parameters that select findings; each may hold
// several values separated by commas.
type FindingFilter struct {
	State    []string `query:"state" doc:"open, confirmed, dismissed, fixing, fixed, closed, reopened"`
	Severity []string `query:"severity" doc:"critical, high, medium, low"`
	Category []string `query:"category" doc:"secrecy, internal, pii, credential, wording"`
	Rule     []string `query:"rule"`
	Site     []string `query:"site"`
	Unit     []string `query:"unit"`
	Assignee string   `query:"assignee" maxLength:"64"`
	Run      string   `query:"run" maxLength:"64" doc:"Found by this run"`
	NewIn    string   `query:"new_in" maxLength:"64" doc:"First found by this run"`
	Overdue  bool     `query:"overdue"`
	Text     string   `query:"q" maxLength:"200" doc:"In title, address, rule or note"`
	URL      string   `query:"url" maxLength:"4000" doc:"At exactly this address"`
}

func (f *FindingFilter) filter() (cases.Filter, error) {
	out := cases.Filter{
		Categories: f.Category, Rules: f.Rule, Sites: f.Site, Units: f.Unit, Assignee: f.Assignee,
		Run: f.Run, NewIn: f.NewIn, Overdue: f.Overdue, Text: f.Text, URL: f.URL,
	}
	for _, v := range f.State {
		st, err := cases.ParseState(v)
		if err != nil {
			return out, badRequest("state: " + err.Error())
		}
		out.States = append(out.States, st)
	}
	for _, v := range f.Severity {
		sev := scanner.Severity(v)
		if sev.Rank() == 0 {
			return out, badRequest(fmt.Sprintf("severity %q: use critical, high, medium or low", v))
		}
		out.Severities = append(out.Severities, sev)
	}
	return out, nil
}

// changeBody is what is done to findings.
type changeBody struct {
	To       string     `json:"state,omitempty" doc:"confirmed, dismissed, fixing, fixed, closed, open, reopened"`
	Assignee *string    `json:"assignee,omitempty" maxLength:"64"`
	Due      *time.Time `json:"due,omitempty"`
	Note     string     `json:"note,omitempty" maxLength:"2000"`
	Step     string     `json:"step,omitempty" doc:"A step of the 24 hours that was done: take_down, purge_cache, seal, report"`
	Reason   string     `json:"reason,omitempty" maxLength:"2000" doc:"Of a dismissal: why it is no finding"`
	Owner    string     `json:"owner,omitempty" maxLength:"64" doc:"Of a dismissal: who answers for it; you, if empty"`
	Expires  time.Time  `json:"expires,omitzero" doc:"Of a dismissal: until when it holds"`
}

func (b *changeBody) change(ids []int64) cases.Change {
	return cases.Change{
		IDs: ids, To: cases.State(b.To), Assignee: b.Assignee, Due: b.Due, Note: b.Note, Step: cases.StepName(b.Step),
		Reason: b.Reason, Owner: b.Owner, Expires: b.Expires,
	}
}

type findingOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		cases.Case
		History []cases.Event `json:"history"`
	}
}

func (a *api) addFindings() {
	s := a.srv
	add(a, op("GET", "/findings", "list-findings", "findings", "List findings", "The worst first. Every call is in the audit log."),
		func(ctx context.Context, p *Principal, in *struct {
			FindingFilter
			Sort   string `query:"sort" enum:"severity,new,due" default:"severity"`
			Cursor string `query:"cursor" maxLength:"100" pattern:"^-?[0-9]+[.][0-9]+$" patternDescription:"as given with the part before"`
			Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
		}) (*findingsOutput, error) {
			return a.listFindings(ctx, p, &in.FindingFilter, in.Sort, in.Cursor, in.Limit)
		})
	add(a, op("GET", "/findings/{id}", "get-finding", "findings", "One finding with its history", "The ETag goes into If-Match of a change."),
		func(ctx context.Context, p *Principal, in *struct {
			ID   int64  `path:"id" minimum:"1"`
			None string `header:"If-None-Match"`
		}) (*findingOutput, error) {
			if err := s.noteFindings(requestOf(ctx), p, fmt.Sprintf("case %d", in.ID), nil); err != nil {
				return nil, err
			}
			return a.finding(ctx, in.ID, in.None)
		})
	o := op("PATCH", "/findings/{id}", "change-finding", "findings", "Change a finding",
		"With If-Match, only if nobody changed it since: else 412.")
	add(a, o, func(ctx context.Context, p *Principal, in *struct {
		ID    int64  `path:"id" minimum:"1"`
		Match string `header:"If-Match"`
		Body  changeBody
	}) (*findingOutput, error) {
		change := in.Body.change([]int64{in.ID})
		var err error
		if change.Version, err = versionOf(in.Match); err != nil {
			return nil, err
		}
		if err := s.cfg.Cases.Change(ctx, p.Name(), change); err != nil {
			return nil, err
		}
		return a.finding(ctx, in.ID, "")
	})
	add(a, op("POST", "/findings/changes", "change-findings", "findings", "Change many findings at once", "All of them or none."),
		func(ctx context.Context, p *Principal, in *struct {
			Body struct {
				IDs    []int64    `json:"ids" minItems:"1" maxItems:"1000"`
				Change changeBody `json:"change"`
			}
		}) (*struct {
			Body struct {
				Changed int `json:"changed"`
			}
		}, error) {
			if err := s.cfg.Cases.Change(ctx, p.Name(), in.Body.Change.change(in.Body.IDs)); err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Changed int `json:"changed"`
				}
			}{}
			out.Body.Changed = len(in.Body.IDs)
			return out, nil
		})
	add(a, op("GET", "/audit", "list-audit", "audit", "Read the audit log", "Newest first."),
		func(ctx context.Context, _ *Principal, in *struct {
			Actor  string `query:"actor" maxLength:"200"`
			Action string `query:"action" maxLength:"64"`
			Object string `query:"object" maxLength:"200" doc:"Begins with"`
			Before int64  `query:"before" minimum:"0"`
			Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		}) (*struct{ Body []Entry }, error) {
			list, err := s.cfg.Log.Entries(ctx, LogFilter{Actor: in.Actor, Action: in.Action, Object: in.Object, Before: in.Before, Limit: in.Limit})
			if err != nil {
				return nil, err
			}
			return &struct{ Body []Entry }{append([]Entry{}, list...)}, nil
		})
}

type findingsOutput struct {
	Link string `header:"Link" doc:"rel=next (RFC 8288)"`
	Body struct {
		Findings []cases.Case `json:"findings"`
		Next     string       `json:"next,omitempty" doc:"Cursor of the next part; absent at the end"`
	}
}

func (a *api) listFindings(ctx context.Context, p *Principal, ff *FindingFilter, sort, cursor string, limit int) (*findingsOutput, error) {
	f, err := ff.filter()
	if err != nil {
		return nil, err
	}
	r := requestOf(ctx)
	if err := a.srv.noteFindings(r, p, "findings", map[string]any{"query": r.URL.RawQuery}); err != nil {
		return nil, err
	}
	if sort == "severity" {
		sort = string(cases.BySeverity)
	}
	list, next, err := a.srv.cfg.Cases.Cases(ctx, f, cases.Page{Cursor: cursor, Limit: limit, Sort: cases.Sort(sort)})
	if err != nil {
		return nil, err
	}
	out := &findingsOutput{}
	out.Body.Findings, out.Body.Next = append([]cases.Case{}, list...), next
	if next != "" {
		q := r.URL.Query()
		q.Set("cursor", next)
		out.Link = fmt.Sprintf(`<%s?%s>; rel="next"`, r.URL.Path, q.Encode())
	}
	return out, nil
}

func (a *api) finding(ctx context.Context, id int64, none string) (*findingOutput, error) {
	c, history, err := a.srv.cfg.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &findingOutput{ETag: etag(c.Version)}
	if none == out.ETag {
		return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"ETag": {out.ETag}})
	}
	out.Body.Case, out.Body.History = c, append([]cases.Event{}, history...)
	return out, nil
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// versionOf reads the version of an If-Match header; 0: none was sent.
func versionOf(match string) (int, error) {
	match = strings.TrimSpace(match)
	if match == "" || match == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(match, `"`))
	if err != nil || n < 1 {
		return 0, badRequest("If-Match: send the ETag of the finding as it was given")
	}
	return n, nil
}
