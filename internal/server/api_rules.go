package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"prescreen/dictionaries"
	"prescreen/internal/accounts"
	"prescreen/internal/lang"
	"prescreen/scanner"
)

// ruleView is a rule as people and programs see it.
type ruleView struct {
	ID       string   `json:"id"`
	Version  int      `json:"version"`
	Title    string   `json:"title"`
	Category string   `json:"category"`
	Severity string   `json:"severity"`
	Basis    string   `json:"basis,omitempty"`
	Message  string   `json:"message,omitempty"`
	Advice   string   `json:"advice,omitempty"`
	Hit      []string `json:"hit,omitempty" doc:"Texts that fire it"`
	Miss     []string `json:"miss,omitempty" doc:"Texts that do not"`
}

func viewRule(r *dictionaries.Rule, l lang.Lang, full bool) ruleView {
	v := ruleView{
		ID: r.ID, Version: r.Version, Title: r.Title.In(string(l)), Category: r.Category, Severity: r.Severity, Basis: r.Basis,
	}
	if !full {
		return v
	}
	v.Message, v.Advice = r.Message.In(string(l)), r.Advice.In(string(l))
	for _, e := range r.Tests.Hit {
		v.Hit = append(v.Hit, e.Text)
	}
	for _, e := range r.Tests.Miss {
		v.Miss = append(v.Miss, e.Text)
	}
	return v
}

// findRules returns the rules that a search names: in id, title or basis.
func (s *Server) findRules(query, category string, l lang.Lang) []ruleView {
	query = strings.ToLower(strings.TrimSpace(query))
	out := []ruleView{}
	for _, r := range s.cfg.Rules.Set().Rules() {
		if category != "" && r.Category != category {
			continue
		}
		v := viewRule(r, l, false)
		if query == "" || strings.Contains(strings.ToLower(v.ID+"\n"+v.Title+"\n"+v.Basis), query) {
			out = append(out, v)
		}
	}
	return out
}

// tried is what a text does to the rules.
type tried struct {
	Findings []scanner.Finding  `json:"findings"`
	Nearly   []scanner.NearMiss `json:"nearly" doc:"Candidates that did not become findings, and what held them back"`
}

func (s *Server) try(ctx context.Context, text, rule string) (tried, error) {
	if rule != "" && s.cfg.Rules.Set().Rule(rule) == nil {
		return tried{}, badRequest(fmt.Sprintf("there is no rule %q", rule))
	}
	found, nearly, err := s.cfg.Rules.Why(ctx, text)
	if err != nil {
		return tried{}, err
	}
	out := tried{Findings: []scanner.Finding{}, Nearly: []scanner.NearMiss{}}
	for _, f := range found {
		if rule == "" || f.Rule == rule {
			out.Findings = append(out.Findings, f)
		}
	}
	for _, m := range nearly {
		if rule == "" || m.Rule == rule {
			out.Nearly = append(out.Nearly, m)
		}
	}
	return out, nil
}

func (a *api) addRules() {
	s := a.srv
	add(a, op("GET", "/rules", "list-rules", "rules", "List the rules in force", "ETag is the fingerprint of the rule set."),
		func(ctx context.Context, _ *Principal, in *struct {
			Query    string `query:"q" maxLength:"100" doc:"In id, title or basis"`
			Category string `query:"category" maxLength:"20"`
			None     string `header:"If-None-Match"`
		}) (*struct {
			ETag string `header:"ETag"`
			Body []ruleView
		}, error) {
			l := s.lang(requestOf(ctx))
			tag := `"` + s.cfg.Rules.Set().Fingerprint() + "-" + string(l) + `"`
			if in.None == tag {
				return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"ETag": {tag}})
			}
			return &struct {
				ETag string `header:"ETag"`
				Body []ruleView
			}{tag, s.findRules(in.Query, in.Category, l)}, nil
		})
	add(a, op("GET", "/rules/{id}", "get-rule", "rules", "Explain a rule", ""), func(ctx context.Context, _ *Principal, in *struct {
		ID string `path:"id" maxLength:"100"`
	}) (*struct{ Body ruleView }, error) {
		r := s.cfg.Rules.Set().Rule(in.ID)
		if r == nil {
			return nil, huma.Error404NotFound(fmt.Sprintf("there is no rule %q", in.ID))
		}
		return &struct{ Body ruleView }{viewRule(r, s.lang(requestOf(ctx)), true)}, nil
	})
	add(a, op("POST", "/rules/try", "try-rules", "rules", "What does a text do to the rules?", "With rule, to that one only."),
		func(ctx context.Context, _ *Principal, in *struct {
			Body struct {
				Text string `json:"text" minLength:"1" example:"机密★1年"`
				Rule string `json:"rule,omitempty" maxLength:"100"`
			}
		}) (*struct{ Body tried }, error) {
			out, err := s.try(ctx, in.Body.Text, in.Body.Rule)
			return &struct{ Body tried }{out}, err
		})
}

func mayFindings(p *Principal) bool { return p.May(accounts.FindingsRead) }
