package store

import (
	"context"
	"database/sql"
	"fmt"
)

// The statements that every page of a crawl runs.
const (
	getHistory = `SELECT site, class, depth, changed, past, ruleset, result IS NOT NULL,
		EXISTS (SELECT 1 FROM cases c WHERE c.url = history.url AND c.state = 'fixed') FROM history WHERE url = ?`
	putHistory = `INSERT INTO history (url, site, ruleset, gone, past, class, depth, changed) VALUES (?, ?, '', ?, ?, ?, ?, ?)
		ON CONFLICT (url) DO UPDATE SET site = excluded.site, gone = excluded.gone, past = excluded.past, class = excluded.class,
			depth = excluded.depth, changed = excluded.changed`
	getResult = `SELECT result, ruleset FROM history WHERE url = ?`
	putResult = `INSERT INTO history (url, site, ruleset, gone, past, result) VALUES (?, ?, ?, 0, '', ?)
		ON CONFLICT (url) DO UPDATE SET ruleset = excluded.ruleset, result = excluded.result`
	putPage = `INSERT INTO pages (run, url, site, outcome, reason, detail, referrer, class, verdict, result, looked)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (run, url) DO UPDATE SET site = excluded.site, outcome = excluded.outcome, reason = excluded.reason,
			detail = excluded.detail, referrer = excluded.referrer, class = excluded.class, verdict = excluded.verdict,
			result = excluded.result, looked = excluded.looked`
)

// prepare makes them ready for SQLite, which else would parse them anew for
// each page, at more cost than to run them. The driver of PostgreSQL remembers
// statements by itself.
func (s *Store) prepare(ctx context.Context) error {
	if s.dialect != sqlite {
		return nil
	}
	var err error
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return fmt.Errorf("open the connection for writing: %w", err)
	}
	s.ready = map[string]*sql.Stmt{}
	for _, q := range []string{getHistory, putHistory, getResult, putResult, putPage} {
		st, err := s.writer.PrepareContext(ctx, q)
		if err != nil {
			return fmt.Errorf("prepare a statement: %w", err)
		}
		s.ready[q] = st
	}
	return nil
}
