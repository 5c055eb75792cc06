package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Prune deletes the runs that ended longer ago than keep, with their lists of
// pages, and returns how many there were. The latest finished run of each
// scope stays; so do cases, their history, exceptions and the audit log.
func (s *Store) Prune(ctx context.Context, keep time.Duration) (int, error) {
	now := s.opt.Now()
	var old []string
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		old = append(old, id)
		return err
	}, `SELECT id FROM runs r WHERE finished < ? AND EXISTS (
		SELECT 1 FROM runs l WHERE l.scope = r.scope AND l.state = 'finished' AND l.started > r.started) ORDER BY started`, nanos(now.Add(-keep)))
	for _, id := range old {
		if err != nil {
			break
		}
		err = s.again(ctx, func(t *tx) error {
			for _, q := range []string{
				`DELETE FROM pages WHERE run = ?`, `DELETE FROM run_cases WHERE run = ?`, `DELETE FROM texts WHERE run = ?`, `DELETE FROM runs WHERE id = ?`,
			} {
				if _, err := t.exec(ctx, q, id); err != nil {
					return err
				}
			}
			return t.audit(ctx, now, "prescreen", "run.deleted", "run "+id, nil)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("delete old runs: %w", err)
	}
	return len(old), nil
}
