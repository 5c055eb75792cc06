package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// AuditFilter selects entries of the audit log; its zero value selects all.
type AuditFilter struct {
	Actor, Action string // exact
	Object        string // begins with
	Before        int64  // a smaller Seq; 0: any
	Limit         int    // 0: 100
}

// LatestAudit lists entries of the audit log, newest first.
func (s *Store) LatestAudit(ctx context.Context, f AuditFilter) (list []Entry, err error) {
	w := &where{}
	if f.Actor != "" {
		w.add("actor = ?", text(f.Actor))
	}
	if f.Action != "" {
		w.add("action = ?", text(f.Action))
	}
	if f.Object != "" {
		w.add(`object LIKE ? ESCAPE '!'`, strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text(f.Object))+"%")
	}
	if f.Before > 0 {
		w.add("seq < ?", f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = DefaultLimit
	}
	err = s.rows(ctx, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		list = append(list, e)
		return nil
	}, selectEntries+w.String()+` ORDER BY seq DESC LIMIT ?`, append(w.args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return list, nil
}
