package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"prescreen/internal/cases"
)

// Finish is what FinishRun needs to know of a run.
type Finish struct {
	Summary any // kept as JSON
	// InForce reports whether the run looked for findings of a rule; nil: of
	// all. A case is not closed because its rule was switched off.
	InForce func(rule string) bool
}

// FinishRun closes a run and the cases it no longer found on the pages it
// looked at, and returns what it saw. It may be called again after a crash.
func (s *Store) FinishRun(ctx context.Context, id string, f Finish) (cases.Trend, error) {
	data, err := json.Marshal(f.Summary)
	if err != nil {
		return cases.Trend{}, fmt.Errorf("finish run %q: %w", id, err)
	}
	run, err := s.Run(ctx, id)
	if err != nil {
		return cases.Trend{}, err
	}
	if !run.Finished.IsZero() { // by an earlier try, or cancelled
		return run.Cases, nil
	}
	if err := s.closeGone(ctx, run, f); err != nil {
		return cases.Trend{}, fmt.Errorf("close what run %q did not find any more: %w", id, err)
	}
	if run, err = s.Run(ctx, id); err != nil {
		return cases.Trend{}, err
	}
	now := s.opt.Now()
	err = s.again(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM texts WHERE run = ?`, id); err != nil {
			return err
		}
		res, err := t.exec(ctx, `UPDATE runs SET finished = ?, state = ?, summary = ? WHERE id = ? AND finished IS NULL`, nanos(now), Finished, string(data), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // it was finished by an earlier try
		}
		return t.audit(ctx, now, "run "+id, "run.finished", "run "+id, run.Cases)
	})
	if err != nil {
		return run.Cases, fmt.Errorf("finish run %q: %w", id, err)
	}
	return run.Cases, nil
}

// closeMost is how many cases are closed in one transaction.
const closeMost = 500

// closeGone closes the cases whose page the run looked at without finding
// them: 复查通过.
func (s *Store) closeGone(ctx context.Context, run Run, f Finish) error {
	for after := int64(0); ; {
		now, last := s.opt.Now(), after
		err := s.again(ctx, func(t *tx) error {
			gone, err := t.gone(ctx, run, after)
			if err != nil {
				return err
			}
			var closed []int64
			for _, c := range gone {
				last = c.id
				if f.InForce != nil && !f.InForce(c.rule) {
					continue
				}
				if err := t.closeCase(ctx, c, run.ID, now); err != nil {
					return err
				}
				closed = append(closed, c.id)
			}
			if len(closed) == 0 {
				return nil
			}
			return t.audit(ctx, now, "run "+run.ID, "cases.closed", "run "+run.ID, map[string]any{"closed": closed})
		})
		if err != nil {
			return err
		}
		if last == after {
			return nil
		}
		after = last
	}
}

type goneCase struct {
	seenCase
	rule string
}

// gone reads the cases that the run did not find, by number. One that was
// seen by a run that began later is none of its business.
func (t *tx) gone(ctx context.Context, run Run, after int64) (list []goneCase, err error) {
	lock := t.forUpdate()
	if lock != "" {
		lock += " OF c"
	}
	rows, err := t.query(ctx, `SELECT c.id, c.state, c.rule FROM cases c JOIN pages p ON p.run = ? AND p.url = c.url AND p.looked = 1
		WHERE c.id > ? AND c.state IN ('open', 'confirmed', 'fixing', 'fixed', 'reopened') AND c.last_seen < ?
			AND NOT EXISTS (SELECT 1 FROM run_cases r WHERE r.run = ? AND r.case_id = c.id AND r.kind <> 'resolved')
		ORDER BY c.id LIMIT ?`+lock, run.ID, after, nanos(run.Started), run.ID, closeMost)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(rows *sql.Rows) error {
		var c goneCase
		err := rows.Scan(&c.id, &c.state, &c.rule)
		list = append(list, c)
		return err
	})
	return list, err
}

func (t *tx) closeCase(ctx context.Context, c goneCase, run string, now time.Time) error {
	if _, err := t.exec(ctx, `UPDATE cases SET state = ?, version = version + 1 WHERE id = ?`, cases.Closed, c.id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO run_cases (run, case_id, kind) VALUES (?, ?, ?) ON CONFLICT (run, case_id) DO NOTHING`, run, c.id, kindResolved); err != nil {
		return err
	}
	return t.event(ctx, c.id, cases.Event{Time: now, Actor: "run " + run, Action: "gone", From: c.state, To: cases.Closed})
}
