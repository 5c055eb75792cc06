package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// Counts counts the cases that a filter selects.
func (s *Store) Counts(ctx context.Context, f cases.Filter) (cases.Counts, error) {
	n := cases.Counts{
		States: map[cases.State]int{}, Severities: map[scanner.Severity]int{}, Categories: map[string]int{},
		Sites: map[string]int{}, Units: map[string]int{},
	}
	w := s.filter(f)
	q := `SELECT c.state, c.severity, c.category, c.site, c.unit, COUNT(*),
		SUM(CASE WHEN c.due < ? THEN 1 ELSE 0 END), SUM(CASE WHEN c.clock > 0 THEN 1 ELSE 0 END)
		FROM cases c` + w.String() + ` GROUP BY c.state, c.severity, c.category, c.site, c.unit`
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var state cases.State
		var severity, k, late, clocked int
		var category, site, unit string
		if err := rows.Scan(&state, &severity, &category, &site, &unit, &k, &late, &clocked); err != nil {
			return err
		}
		n.Total += k
		n.States[state] += k
		n.Severities[severityOf(severity)] += k
		n.Categories[category] += k
		n.Sites[site] += k
		n.Units[unit] += k
		if state.Pending() {
			n.Pending += k
			n.Overdue += late
			n.Urgent += clocked
		}
		return nil
	}, q, append([]any{nanos(s.opt.Now())}, w.args...)...)
	if err != nil {
		return n, fmt.Errorf("count cases: %w", err)
	}
	return n, nil
}

// Trend returns what the last finished runs saw, the oldest first; of those
// with the same scope as the run, or of all where run is empty.
func (s *Store) Trend(ctx context.Context, run string, last int) (trend []cases.Trend, err error) {
	w := &where{}
	w.add("r.state = 'finished'")
	if run != "" {
		w.add("r.scope = (SELECT scope FROM runs WHERE id = ?)", run)
		w.add("r.started <= (SELECT started FROM runs WHERE id = ?)", run)
	}
	err = s.rows(ctx, func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		trend = append(trend, r.Cases)
		return err
	}, runColumns+w.String()+` ORDER BY r.started DESC LIMIT ?`, append(w.args, last)...)
	if err != nil {
		return nil, fmt.Errorf("read trend: %w", err)
	}
	slices.Reverse(trend)
	return trend, nil
}

// DiffKind says what became of a case between two runs.
type DiffKind string

// The kinds of difference.
const (
	DiffNew        DiffKind = "new"        // found by the later run only
	DiffPersisting DiffKind = "persisting" // by both
	DiffGone       DiffKind = "gone"       // by the earlier run only; the later one looked
	DiffUnseen     DiffKind = "unseen"     // by the earlier run only; the later one did not look
)

// Diff calls yield for every case that run a or run b found, by kind and
// number, until it returns an error.
func (s *Store) Diff(ctx context.Context, a, b string, yield func(DiffKind, cases.Case) error) error {
	for _, id := range []string{a, b} {
		if _, err := s.Run(ctx, id); err != nil {
			return err
		}
	}
	const found = ` (SELECT 1 FROM run_cases k WHERE k.run = ? AND k.case_id = c.id AND k.kind <> 'resolved')`
	const looked = ` (SELECT 1 FROM pages p WHERE p.run = ? AND p.url = c.url AND p.looked = 1)`
	for _, part := range []struct {
		kind  DiffKind
		where string
		args  []any
	}{
		{DiffNew, "EXISTS" + found + " AND NOT EXISTS" + found, []any{b, a}},
		{DiffPersisting, "EXISTS" + found + " AND EXISTS" + found, []any{a, b}},
		{DiffGone, "EXISTS" + found + " AND NOT EXISTS" + found + " AND EXISTS" + looked, []any{a, b, b}},
		{DiffUnseen, "EXISTS" + found + " AND NOT EXISTS" + found + " AND NOT EXISTS" + looked, []any{a, b, b}},
	} {
		err := s.rows(ctx, func(rows *sql.Rows) error {
			c, err := scanCase(rows)
			if err != nil {
				return err
			}
			return yield(part.kind, c)
		}, caseColumns+` WHERE `+part.where+` ORDER BY c.id`, part.args...)
		if err != nil {
			return fmt.Errorf("compare runs %q and %q: %w", a, b, err)
		}
	}
	return nil
}
