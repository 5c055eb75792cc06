package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// exception describes the exception that covers a finding now, "" where there
// is none.
func (t *tx) exception(ctx context.Context, site string, f *scanner.Finding, now time.Time) (string, error) {
	var id, expires int64
	err := t.row(ctx, `SELECT id, expires FROM exceptions WHERE site = ? AND rule = ? AND subject IN (?, ?) AND revoked = 0 AND expires > ?
		ORDER BY expires DESC LIMIT 1`, site, f.Rule, subject(f), f.Fingerprint, nanos(now)).Scan(&id, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("exception %d, until %s", id, fromNanos(expires).Format(time.DateOnly)), nil
}

// subject is what an exception is about: rule and value, or the finding alone
// where it stands for changing values.
func subject(f *scanner.Finding) string {
	if f.ValueKey != "" {
		return f.ValueKey
	}
	return f.Fingerprint
}

// Exceptions returns the exceptions, those that end first first; past: also
// those that have expired or were revoked.
func (s *Store) Exceptions(ctx context.Context, past bool) (list []cases.Exception, err error) {
	where, args := ``, []any(nil)
	if !past {
		where, args = `WHERE revoked = 0 AND expires > ?`, []any{nanos(s.opt.Now())}
	}
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var e cases.Exception
		var created, expires, revoked int64
		if err := rows.Scan(&e.ID, &e.Site, &e.Rule, &e.Case, &e.Owner, &e.Reason, &created, &expires, &revoked); err != nil {
			return err
		}
		e.Created, e.Expires, e.Revoked = fromNanos(created), fromNanos(expires), fromNanos(revoked)
		list = append(list, e)
		return nil
	}, `SELECT id, site, rule, case_id, owner, reason, created, expires, revoked FROM exceptions `+where+` ORDER BY expires, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	return list, nil
}
