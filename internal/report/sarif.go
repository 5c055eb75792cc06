package report

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// sarifBuilder builds a SARIF 2.1.0 log (OASIS standard) with one run.
type sarifBuilder struct {
	opt     Options
	results []sarifResult
	rules   []sarifRule
	ruleAt  map[string]int
	notes   []sarifNotification
}

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string       `json:"id"`
		Short   sarifMessage `json:"shortDescription"`
		Full    sarifMessage `json:"fullDescription"`
		Help    sarifMessage `json:"help"`
		Default struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
		Properties map[string]any `json:"properties,omitempty"`
	}
	sarifInvocation struct {
		Successful bool                `json:"executionSuccessful"`
		Notes      []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Count        int                `json:"occurrenceCount"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Baseline     string             `json:"baselineState,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Properties   map[string]any     `json:"properties"`
	}
	sarifSuppression struct {
		Kind   string `json:"kind"`
		Status string `json:"status"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
		Logical []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind,omitempty"`
	}
)

// result adds one case. What was dismissed is suppressed; whether it is new is
// said where the run before is known.
func (s *sarifBuilder) result(c *cases.Case, run *Run) {
	f := &c.Finding
	r := sarifResult{
		RuleID: f.Rule, RuleIndex: s.rule(f), Level: sarifLevel(f.Severity),
		Message:      sarifMessage{f.Message + " [" + f.Excerpt + "]"},
		Locations:    []sarifLocation{location(f.URL, f.Place, s.opt.Lang)},
		Count:        max(f.Count, 1),
		Fingerprints: map[string]string{"prescreen/v1": f.Fingerprint},
		Properties: map[string]any{
			"severity": f.Severity, "confidence": f.Confidence, "category": f.Category,
			"start": f.Start, "end": f.End, "place": f.Place,
		},
	}
	if c.State != "" {
		r.Properties["case"] = c.ID
		r.Properties["state"] = c.State
		r.Baseline = "unchanged"
		if isNew(c, run) || c.State == cases.Reopened {
			r.Baseline = "new"
		}
	}
	if c.State == cases.Dismissed {
		r.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted"}}
	}
	s.results = append(s.results, r)
}

func address(r pipeline.Result) string {
	if r.URL != "" {
		return r.URL
	}
	return r.ID
}

func (s *sarifBuilder) rule(f *scanner.Finding) int {
	if at, ok := s.ruleAt[f.Rule]; ok {
		return at
	}
	if s.ruleAt == nil {
		s.ruleAt = map[string]int{}
	}
	rule := sarifRule{
		ID: f.Rule, Short: sarifMessage{f.Title}, Full: sarifMessage{f.Title + ". " + f.Basis},
		Help:       sarifMessage{f.Advice},
		Properties: map[string]any{"category": f.Category, "version": f.Version, "tags": []string{f.Category}},
	}
	rule.Default.Level = sarifLevel(f.Severity)
	s.ruleAt[f.Rule] = len(s.rules)
	s.rules = append(s.rules, rule)
	return len(s.rules) - 1
}

func sarifLevel(s scanner.Severity) string {
	switch s {
	case scanner.SeverityCritical, scanner.SeverityHigh:
		return "error"
	case scanner.SeverityMedium:
		return "warning"
	}
	return "note"
}

func location(uri string, p scanner.Place, l lang.Lang) sarifLocation {
	var loc sarifLocation
	loc.Physical.Artifact.URI = sarifURI(uri)
	if p.Line > 0 {
		loc.Physical.Region = &sarifRegion{StartLine: p.Line}
	}
	if p.Kind != "" {
		loc.Logical = []sarifLogical{{FullyQualifiedName: Where(p, l), Kind: string(p.Kind)}}
	}
	return loc
}

func writeSARIF(w io.Writer, run *Run, opt Options) error {
	s := sarifBuilder{opt: opt}
	for i := range run.Cases {
		s.result(&run.Cases[i], run)
	}
	sum := &run.Summary
	for _, g := range sum.NotChecked {
		s.notes = append(s.notes, sarifNotification{
			Level:     map[bool]string{true: "error", false: "warning"}[g.Failed],
			Message:   sarifMessage{strings.TrimSuffix(g.Reason+": "+g.Detail, ": ")},
			Locations: []sarifLocation{location(g.URL, scanner.Place{}, opt.Lang)},
		})
	}
	log := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "prescreen", Version: opt.Version, Rules: slices.Clip(s.rules)}},
		Invocations: []sarifInvocation{{Successful: sum.Verdict != scanner.VerdictIncomplete && !sum.Interrupted, Notes: s.notes}},
		ColumnKind:  "utf16CodeUnits",
		Results:     s.results,
	}
	if log.Results == nil {
		log.Results = []sarifResult{}
	}
	if log.Tool.Driver.Rules == nil {
		log.Tool.Driver.Rules = []sarifRule{}
	}
	if log.Invocations[0].Notes == nil {
		log.Invocations[0].Notes = []sarifNotification{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{log},
	})
}

// sarifURI turns an address or a file path into a URI reference (RFC 3986):
// paths with spaces or Chinese characters are not valid as they stand.
func sarifURI(s string) string {
	if strings.Contains(s, "://") {
		if u, err := url.Parse(s); err == nil {
			return u.String()
		}
	}
	return (&url.URL{Path: filepath.ToSlash(s)}).String()
}
