package scanner

import (
	"context"
	"slices"
	"time"
)

// RuleStats is what one rule did in the documents of a Profile.
type RuleStats struct {
	Rule       string        `json:"rule"`
	Gates      int           `json:"gates"` // windows a regular expression looked at
	Candidates int           `json:"candidates"`
	Accepted   int           `json:"accepted"` // occurrences that passed
	Findings   int           `json:"findings"`
	Documents  int           `json:"documents"` // with at least one finding
	Time       time.Duration `json:"time_ns"`   // spent on its candidates; what rules share is not in it
}

// Profile measures a Scanner rule by rule. It belongs to one goroutine, and
// costs two readings of the clock for each candidate.
type Profile struct {
	sc        *scan
	rules     []RuleStats
	documents int
	bytes     int64
	total     time.Duration
	matching  time.Duration
}

// NewProfile returns an empty Profile of s.
func (s *Scanner) NewProfile() *Profile {
	p := &Profile{sc: newScan(s), rules: make([]RuleStats, len(s.prog.rules))}
	p.sc.profile = p
	for i, r := range s.prog.rules {
		p.rules[i].Rule = r.ID
	}
	return p
}

// Scan scans like Scanner.Scan and adds to the profile.
func (p *Profile) Scan(ctx context.Context, doc *Document, dst []Finding) []Finding {
	began, base := time.Now(), len(dst)
	dst = p.sc.run(ctx, doc, dst)
	p.total += time.Since(began)
	p.documents++
	for i := range doc.Segments {
		p.bytes += int64(len(doc.Segments[i].Text))
	}
	seen := map[int]bool{}
	for _, f := range dst[base:] {
		i, ok := slices.BinarySearchFunc(p.rules, f.Rule, func(r RuleStats, id string) int { return cmpString(r.Rule, id) })
		if !ok {
			continue
		}
		p.rules[i].Findings++
		if !seen[i] {
			p.rules[i].Documents++
			seen[i] = true
		}
	}
	return dst
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Rules returns the statistics of every rule that had a candidate, the most
// expensive first.
func (p *Profile) Rules() []RuleStats {
	var out []RuleStats
	for _, r := range p.rules {
		if r.Candidates > 0 || r.Gates > 0 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b RuleStats) int { return int(b.Time - a.Time) })
	return out
}

// Totals returns the documents, the bytes of text and the time of all scans.
func (p *Profile) Totals() (documents int, bytes int64, total time.Duration) {
	return p.documents, p.bytes, p.total
}

// Matching returns the part of that time in which the matcher looked for the
// terms of all rules. Context words are not in it.
func (p *Profile) Matching() time.Duration { return p.matching }
