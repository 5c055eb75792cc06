package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/checks"
	"prescreen/internal/pipeline"
)

// BeginCheck records a check. Where key is not empty and its owner used it
// before, nothing is recorded and the earlier check is returned, or
// checks.ErrKeyReused where it was for another request. A check that was lost
// gives its key back.
func (s *Store) BeginCheck(ctx context.Context, r checks.Record, instance, key, request string) (*checks.Record, error) {
	var earlier *checks.Record
	err := s.again(ctx, func(t *tx) error {
		if key != "" { // what was lost is sent again with the same key
			if _, err := t.exec(ctx, `DELETE FROM checks WHERE owner = ? AND idem_key = ? AND state = ?`, r.Owner, text(key), string(checks.Lost)); err != nil {
				return err
			}
		}
		res, err := t.exec(ctx, `INSERT INTO checks (id, owner, kind, label, state, instance, created, idem_key, request)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			r.ID, r.Owner, string(r.Kind), text(r.Label), string(checks.Running), text(instance), r.Created.UnixNano(), text(key), request)
		if err != nil || key == "" {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		var before string
		old, err := scanCheck(t.row(ctx, `SELECT `+checkColumns+`, result, request FROM checks WHERE owner = ? AND idem_key = ?`, r.Owner, text(key)), true, &before)
		if err != nil {
			return err
		}
		if before != request {
			return checks.ErrKeyReused
		}
		if old.ID != r.ID { // the same one: this transaction is repeated
			earlier = &old
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record check: %w", err)
	}
	return earlier, nil
}

// EndCheck records what came of a check.
func (s *Store) EndCheck(ctx context.Context, r checks.Record) error {
	result := ""
	if r.Result != nil {
		data, err := json.Marshal(r.Result)
		if err != nil {
			return fmt.Errorf("record result of check: %w", err)
		}
		result = string(data)
	}
	return s.change(ctx, "record result of check", nil, `UPDATE checks SET state = ?, ended = ?, verdict = ?, result = ? WHERE id = ?`,
		string(r.State), r.Ended.UnixNano(), r.Verdict, text(result), r.ID)
}

const checkColumns = `id, owner, kind, label, state, created, ended, verdict`

// scanCheck reads the columns of a check, with its result where full.
func scanCheck(row rowScanner, full bool, more ...any) (r checks.Record, err error) {
	var created, ended int64
	var result string
	dst := []any{&r.ID, &r.Owner, &r.Kind, &r.Label, &r.State, &created, &ended, &r.Verdict}
	if full {
		dst = append(dst, &result)
	}
	if err := row.Scan(append(dst, more...)...); err != nil {
		return r, err
	}
	r.Created, r.Ended = fromNanos(created), fromNanos(ended)
	if result != "" {
		r.Result = &pipeline.Result{}
		if err := json.Unmarshal([]byte(result), r.Result); err != nil {
			return r, err
		}
	}
	return r, nil
}

// CheckByID returns a check of an owner with its result.
func (s *Store) CheckByID(ctx context.Context, owner int64, id string) (r checks.Record, err error) {
	err = s.rows(ctx, func(rows *sql.Rows) (err error) {
		r, err = scanCheck(rows, true)
		return err
	}, `SELECT `+checkColumns+`, result FROM checks WHERE id = ? AND owner = ?`, text(id), owner)
	if err == nil && r.ID == "" {
		err = checks.ErrNotFound
	}
	if err != nil && !errors.Is(err, checks.ErrNotFound) {
		return r, fmt.Errorf("read check: %w", err)
	}
	return r, err
}

// Checks lists the checks of an owner, newest first, without their results.
// before is the id of the last one of the part before; empty: the first part.
func (s *Store) Checks(ctx context.Context, owner int64, before string, limit int) ([]checks.Record, error) {
	var out []checks.Record
	err := s.rows(ctx, func(rows *sql.Rows) error {
		r, err := scanCheck(rows, false)
		out = append(out, r)
		return err
	}, `SELECT `+checkColumns+` FROM checks WHERE owner = ? AND (? = '' OR
		(created, id) < (SELECT c.created, c.id FROM checks c WHERE c.id = ? AND c.owner = ?))
		ORDER BY created DESC, id DESC LIMIT ?`, owner, text(before), text(before), owner, limit)
	if err != nil {
		return nil, fmt.Errorf("list checks: %w", err)
	}
	return out, nil
}

// LoseChecks marks as lost the running checks of an instance that has ended,
// and those that anybody began before a moment.
func (s *Store) LoseChecks(ctx context.Context, instance string, before time.Time) (int, error) {
	var n int64
	err := s.again(ctx, func(t *tx) error {
		res, err := t.exec(ctx, `UPDATE checks SET state = ?, ended = created WHERE state = ? AND (instance = ? OR created < ?)`,
			string(checks.Lost), string(checks.Running), text(instance), before.UnixNano())
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark lost checks: %w", err)
	}
	return int(n), nil
}
