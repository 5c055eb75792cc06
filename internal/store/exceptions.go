package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// exception returns the reason why a finding is dismissed now; ok: it is.
func (t *tx) exception(ctx context.Context, site string, f *scanner.Finding, now time.Time) (reason string, ok bool, err error) {
	err = t.row(ctx, `SELECT reason FROM exceptions WHERE site = ? AND rule = ? AND subject IN (?, ?) AND revoked = 0 AND expires > ?
		ORDER BY expires DESC LIMIT 1`, site, f.Rule, cases.Subject(f), f.Fingerprint, nanos(now)).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return reason, err == nil, err
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

// Accept dismisses what a baseline lists, found or not: exceptions that begin
// now, and the cases that nobody has judged yet. It returns how many cases
// those were. It may be repeated: an exception that lasts as long is not made
// again.
func (s *Store) Accept(ctx context.Context, actor string, list []cases.Accepted, e cases.Exception) (dismissed int, err error) {
	now := s.opt.Now()
	if e.Expires.IsZero() {
		e.Expires = now.Add(s.opt.ExceptionFor)
	}
	if e.Owner == "" {
		e.Owner = actor
	}
	if e.Reason == "" || !e.Expires.After(now) {
		return 0, fmt.Errorf("accept a baseline: %w: it needs a reason and a day to come", cases.ErrIncomplete)
	}
	for chunk := range slices.Chunk(list, 200) {
		n := 0
		err := s.again(ctx, func(t *tx) error {
			n = 0
			for _, a := range chunk {
				k, err := t.accept(ctx, actor, a, e, now)
				if err != nil {
					return err
				}
				n += k
			}
			return t.audit(ctx, now, actor, "baseline.applied", "baseline", map[string]any{
				"entries": len(chunk), "dismissed": n, "owner": e.Owner, "reason": e.Reason, "expires": e.Expires.UTC(),
			})
		})
		if err != nil {
			return dismissed, fmt.Errorf("accept a baseline: %w", err)
		}
		dismissed += n
	}
	return dismissed, nil
}

func (t *tx) accept(ctx context.Context, actor string, a cases.Accepted, e cases.Exception, now time.Time) (int, error) {
	var have int
	err := t.row(ctx, `SELECT COUNT(*) FROM exceptions WHERE site = ? AND rule = ? AND subject = ? AND revoked = 0 AND expires >= ?`,
		a.Site, a.Rule, a.Subject, nanos(e.Expires)).Scan(&have)
	if err != nil {
		return 0, err
	}
	if have == 0 {
		_, err := t.exec(ctx, `INSERT INTO exceptions (site, rule, subject, case_id, owner, reason, created, expires) VALUES (?, ?, ?, 0, ?, ?, ?, ?)`,
			text(a.Site), text(a.Rule), text(a.Subject), text(e.Owner), text(e.Reason), nanos(now), nanos(e.Expires))
		if err != nil {
			return 0, err
		}
	}
	return t.dismissAlike(ctx, alike{site: a.Site, rule: a.Rule, subject: a.Subject}, cases.Event{Time: now, Actor: actor, Action: "baseline", Note: e.Reason})
}

// alike are the cases of a rule and value, or of a fingerprint, on a site, but
// for one of them.
type alike struct {
	site, rule, subject string
	except              int64
}

// dismissAlike dismisses those that nobody has judged yet.
func (t *tx) dismissAlike(ctx context.Context, a alike, e cases.Event) (int, error) {
	rows, err := t.query(ctx, `SELECT id, state FROM cases WHERE site = ? AND rule = ? AND (value_key = ? OR fingerprint = ?) AND id <> ? AND state IN ('open', 'reopened')
		ORDER BY id`+t.forUpdate(), a.site, a.rule, a.subject, a.subject, a.except)
	if err != nil {
		return 0, err
	}
	var list []seenCase
	err = each(rows, func(rows *sql.Rows) error {
		var c seenCase
		err := rows.Scan(&c.id, &c.state)
		list = append(list, c)
		return err
	})
	for _, c := range list {
		if err != nil {
			return 0, err
		}
		if _, err = t.exec(ctx, `UPDATE cases SET state = 'dismissed', version = version + 1 WHERE id = ?`, c.id); err != nil {
			return 0, err
		}
		e.From, e.To = c.state, cases.Dismissed
		err = t.event(ctx, c.id, e)
	}
	return len(list), err
}
