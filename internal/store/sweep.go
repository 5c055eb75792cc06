package store

import (
	"context"
	"fmt"
	"time"

	"prescreen/internal/checks"
)

// Keep says how long is kept what the server notes down of checks.
type Keep struct {
	Checks time.Duration // results of checks, counted from their beginning; 0: for good
	// Keys is how long a request can be sent again with its idempotency key;
	// 0: as long as the check.
	Keys time.Duration
	// Running is how long a check may take: one that began earlier and has no
	// result is lost with the process that did it. 0: none is.
	Running time.Duration
}

// Swept counts what Sweep has removed or changed.
type Swept struct {
	Checks   int `json:"checks"`   // deleted
	Keys     int `json:"keys"`     // given back; their checks stay
	Sessions int `json:"sessions"` // that had expired
	Lost     int `json:"lost"`     // checks without a result, marked so
}

// Sweep removes what need not be kept any longer, and writes into the audit
// log how much that was; with dry it only counts. It may run in several
// processes at once.
func (s *Store) Sweep(ctx context.Context, keep Keep, dry bool) (Swept, error) {
	now := s.opt.Now()
	before := func(d time.Duration) int64 {
		if d == 0 {
			return 0 // nothing is as old as that
		}
		return now.Add(-d).UnixNano()
	}
	running := string(checks.Running)
	var out Swept
	steps := []struct {
		n                    *int
		table, where, change string
		args                 []any
	}{
		{&out.Lost, "checks", "state = ? AND created < ?", "UPDATE checks SET state = '" + string(checks.Lost) + "', ended = created", []any{running, before(keep.Running)}},
		{&out.Checks, "checks", "state <> ? AND created < ?", "DELETE FROM checks", []any{running, before(keep.Checks)}},
		{&out.Keys, "checks", "idem_key <> '' AND state <> ? AND created < ? AND created >= ?", "UPDATE checks SET idem_key = '', request = ''", []any{running, before(keep.Keys), before(keep.Checks)}},
		{&out.Sessions, "sessions", "expires < ?", "DELETE FROM sessions", []any{now.UnixNano()}},
	}
	err := s.again(ctx, func(t *tx) error {
		out = Swept{}
		for _, step := range steps {
			if dry {
				if err := t.row(ctx, "SELECT COUNT(*) FROM "+step.table+" WHERE "+step.where, step.args...).Scan(step.n); err != nil {
					return err
				}
				continue
			}
			res, err := t.exec(ctx, step.change+" WHERE "+step.where, step.args...)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			*step.n = int(n)
		}
		if dry || out == (Swept{}) {
			return nil
		}
		return t.audit(ctx, now, "prescreen", "swept", "store", out)
	})
	if err != nil {
		return Swept{}, fmt.Errorf("remove what need not be kept: %w", err)
	}
	return out, nil
}
