package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
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
		var e Entry
		var at int64
		var detail string
		if err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object, &detail, &e.Hash); err != nil {
			return err
		}
		e.Time = time.Unix(0, at)
		if detail != "" {
			e.Detail = json.RawMessage(detail)
		}
		list = append(list, e)
		return nil
	}, `SELECT seq, time, actor, action, object, detail, hash FROM audit`+w.String()+` ORDER BY seq DESC LIMIT ?`, append(w.args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return list, nil
}
