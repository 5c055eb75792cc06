package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"prescreen/internal/pipeline"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Errors that callers decide on.
var (
	// ErrNewer says that the file was written by a newer version of prescreen.
	ErrNewer = errors.New("the database was written by a newer version of prescreen")
	// ErrNoRun says that there is no such run.
	ErrNoRun = errors.New("no such run")
)

// Store is one database. It is safe for concurrent use; writes queue up
// behind one another.
type Store struct {
	db *sql.DB
	// write serialises writers in this process: SQLite has one writer at a
	// time, and waiting here is cheaper than its busy handler.
	write sync.Mutex
}

// Run is one crawl.
type Run struct {
	ID       string
	Scope    string // fingerprint of the sites it covers
	RuleSet  string // fingerprint of the rules
	Started  time.Time
	Finished time.Time // zero while it is open
}

// Open opens or creates the database file at path, readable by its owner
// only, and brings it to the present schema.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	f.Close()
	// A write lost with the power is fetched again, because the frontier is
	// behind it; so commits need not wait for the disk.
	dsn := "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(path) +
		"?_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=10000&_foreign_keys=on&_txlock=immediate"
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	s := &Store{db: db}
	if err := s.migrate(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

func (s *Store) migrate(ctx context.Context) error {
	names, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
			return fmt.Errorf("read schema version (is it a prescreen database?): %w", err)
		}
		if have > len(names) {
			return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, have, len(names))
		}
		for i, entry := range names[have:] {
			src, err := migrations.ReadFile("migrations/" + entry.Name())
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(src)); err != nil {
				return fmt.Errorf("migration %s: %w", entry.Name(), err)
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", have+i+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) tx(ctx context.Context, do func(*sql.Tx) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// OpenRun returns the run of a scope that was not finished, if it was begun
// with the same rules, or begins one with the given id. abandoned lists open
// runs of the scope that are given up because the rules have changed.
func (s *Store) OpenRun(ctx context.Context, id, scope, ruleset string, now time.Time) (run Run, resumed bool, abandoned []string, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var started int64
		row := tx.QueryRowContext(ctx, `SELECT id, started FROM runs WHERE scope = ? AND ruleset = ? AND finished IS NULL
			ORDER BY started DESC LIMIT 1`, scope, ruleset)
		err := row.Scan(&run.ID, &started)
		if err == nil {
			run.Scope, run.RuleSet, run.Started, resumed = scope, ruleset, time.Unix(0, started), true
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if abandoned, err = abandon(ctx, tx, scope, now); err != nil {
			return err
		}
		run = Run{ID: id, Scope: scope, RuleSet: ruleset, Started: now}
		_, err = tx.ExecContext(ctx, `INSERT INTO runs (id, scope, ruleset, started) VALUES (?, ?, ?, ?)`,
			id, scope, ruleset, now.UnixNano())
		return err
	})
	if err != nil {
		return run, false, nil, fmt.Errorf("open run: %w", err)
	}
	return run, resumed, abandoned, nil
}

// abandon closes the open runs of a scope and returns their ids.
func abandon(ctx context.Context, tx *sql.Tx, scope string, now time.Time) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `UPDATE runs SET finished = ? WHERE scope = ? AND finished IS NULL RETURNING id`, now.UnixNano(), scope)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// FinishRun closes a run with its summary.
func (s *Store) FinishRun(ctx context.Context, id string, summary any, now time.Time) error {
	data, err := json.Marshal(summary)
	if err != nil {
		return fmt.Errorf("finish run %q: %w", id, err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE runs SET finished = ?, summary = ? WHERE id = ?`, now.UnixNano(), string(data), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return ErrNoRun
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("finish run %q: %w", id, err)
	}
	return nil
}

// Sink returns a sink that records what becomes of each URL of a run; a later
// record of the same URL replaces the earlier one. Results are kept for the
// next nights too, see History.
func (s *Store) Sink(run string) pipeline.Sink { return sink{s, run} }

type sink struct {
	store *Store
	run   string
}

// Write implements pipeline.Sink: page and history in one transaction.
func (k sink) Write(ctx context.Context, rec pipeline.Record) error {
	var result sql.NullString
	verdict := ""
	if rec.Result != nil {
		data, err := json.Marshal(rec.Result)
		if err != nil {
			return fmt.Errorf("record %q: %w", rec.URL, err)
		}
		result = sql.NullString{String: string(data), Valid: true}
		verdict = string(rec.Result.Verdict)
	}
	err := k.store.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO pages (run, url, site, outcome, reason, detail, referrer, class, verdict, result)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, k.run, rec.URL, rec.Site, string(rec.Outcome), string(rec.Reason),
			rec.Detail, rec.Referrer, string(rec.Class), verdict, result)
		if err != nil || rec.Outcome != pipeline.Screened {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO history (url, site, ruleset, gone, past, result) VALUES (?, ?, ?, 0, '', ?)
			ON CONFLICT (url) DO UPDATE SET ruleset = excluded.ruleset, result = excluded.result`,
			rec.URL, rec.Site, rec.Result.RuleSet, result)
		return err
	})
	if err != nil {
		return fmt.Errorf("record %q: %w", rec.URL, err)
	}
	return nil
}

// Records calls yield for every URL of a run, by URL, until it returns an
// error.
func (s *Store) Records(ctx context.Context, run string, yield func(pipeline.Record) error) error {
	rows, err := s.db.QueryContext(ctx, `SELECT url, site, outcome, reason, detail, referrer, class, result FROM pages WHERE run = ? ORDER BY url`, run)
	if err != nil {
		return fmt.Errorf("read pages of run %q: %w", run, err)
	}
	defer rows.Close()
	for rows.Next() {
		var rec pipeline.Record
		var result sql.NullString
		if err := rows.Scan(&rec.URL, &rec.Site, &rec.Outcome, &rec.Reason, &rec.Detail, &rec.Referrer, &rec.Class, &result); err != nil {
			return fmt.Errorf("read pages of run %q: %w", run, err)
		}
		if rec.Result, err = decodeResult(result); err != nil {
			return fmt.Errorf("read page %q: %w", rec.URL, err)
		}
		if err := yield(rec); err != nil {
			return err
		}
	}
	return rows.Err()
}

func decodeResult(s sql.NullString) (*pipeline.Result, error) {
	if !s.Valid {
		return nil, nil
	}
	var r pipeline.Result
	if err := json.Unmarshal([]byte(s.String), &r); err != nil {
		return nil, err
	}
	return &r, nil
}
