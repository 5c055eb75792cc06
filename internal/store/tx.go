package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"prescreen/internal/tracing"
)

// tx is a transaction that speaks the dialect of its database.
type tx struct {
	*sql.Tx
	d dialect
	s *Store
}

func (t *tx) exec(ctx context.Context, q string, args ...any) (sql.Result, error) {
	if st := t.s.ready[q]; st != nil {
		return st.ExecContext(ctx, args...) // on the connection of t
	}
	return t.ExecContext(ctx, t.d.query(q), args...)
}

func (t *tx) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return t.QueryContext(ctx, t.d.query(q), args...)
}

func (t *tx) row(ctx context.Context, q string, args ...any) *sql.Row {
	return t.QueryRowContext(ctx, t.d.query(q), args...)
}

// again runs a transaction that may be repeated: it does the same when it was
// done already.
func (s *Store) again(ctx context.Context, do func(*tx) error) error {
	return s.retry(ctx, func() error { return s.try(ctx, do) })
}

// once runs a transaction that must not be repeated after it may have been
// committed.
func (s *Store) once(ctx context.Context, do func(*tx) error) error {
	return s.retry(ctx, func() error {
		err := s.try(ctx, do)
		var c *commitError
		if errors.As(err, &c) && lost(c.err) {
			return fmt.Errorf("%w (%v)", ErrUnknown, c.err)
		}
		return err
	})
}

// begin begins a transaction; of SQLite on the connection of the writers.
func (s *Store) begin(ctx context.Context) (*sql.Tx, error) {
	if s.writer != nil {
		return s.writer.BeginTx(ctx, nil)
	}
	return s.db.BeginTx(ctx, nil)
}

type commitError struct{ err error }

func (e *commitError) Error() string { return "commit: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

func (s *Store) try(ctx context.Context, do func(*tx) error) error {
	ctx, err := s.brief(ctx)
	if err != nil {
		return err
	}
	if s.dialect == sqlite {
		s.write.Lock()
		defer s.write.Unlock()
	}
	t, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer t.Rollback() // without effect after Commit
	if err := do(&tx{t, s.dialect, s}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return &commitError{err}
	}
	return nil
}

// brief returns the context for what SQLite does in no time. For one that can
// be cancelled its driver starts a goroutine for each statement and each row,
// and that costs more than the statement.
func (s *Store) brief(ctx context.Context) (context.Context, error) {
	if s.dialect == sqlite {
		return context.WithoutCancel(ctx), ctx.Err()
	}
	return ctx, nil
}

// rows runs a query and calls scan for every row of it.
func (s *Store) rows(ctx context.Context, scan func(*sql.Rows) error, q string, args ...any) error {
	var rows *sql.Rows
	err := s.retry(ctx, func() error {
		ctx, err := s.brief(ctx)
		if err == nil {
			rows, err = s.db.QueryContext(ctx, s.dialect.query(q), args...)
		}
		return err
	})
	if err != nil {
		return err
	}
	return each(rows, func(rows *sql.Rows) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return scan(rows)
	})
}

// each calls scan for every row and closes rows.
func each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// row reads one row; sql.ErrNoRows where there is none.
func (s *Store) row(ctx context.Context, q string, args []any, dst ...any) error {
	return s.retry(ctx, func() error {
		ctx, err := s.brief(ctx)
		if err != nil {
			return err
		}
		if st := s.ready[q]; st != nil {
			s.write.Lock()
			defer s.write.Unlock()
			return st.QueryRowContext(ctx, args...).Scan(dst...)
		}
		return s.db.QueryRowContext(ctx, s.dialect.query(q), args...).Scan(dst...)
	})
}

const (
	backoffMin = 50 * time.Millisecond
	backoffMax = 5 * time.Second
)

// retry repeats what failed because the server was away or chose it as the
// victim of a deadlock, with pauses that grow, for Options.RetryFor.
func (s *Store) retry(ctx context.Context, do func() error) (err error) {
	_, span := tracing.Start(ctx, "store", tracing.String("db.system.name", strings.ToLower(s.dialect.String())))
	defer func() {
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			span.Fail("database")
		}
		span.End()
	}()
	err = do()
	if err == nil || !transient(err) {
		return explain(err)
	}
	deadline, pause := time.Now().Add(s.opt.RetryFor), backoffMin
	s.opt.Logger.Warn("the database does not answer; trying again", "database", s.name, "for", s.opt.RetryFor, "err", explain(err))
	for time.Now().Before(deadline) {
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), explain(err))
		case <-time.After(pause):
		}
		if err = do(); err == nil || !transient(err) {
			return explain(err)
		}
		pause = min(2*pause, backoffMax)
	}
	return fmt.Errorf("gave up after %v: %w", s.opt.RetryFor, explain(err))
}

// lost reports whether the connection to the server is gone.
func lost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03": // shutting down, crashed, starting up
			return true
		}
		return len(pg.Code) == 5 && pg.Code[:2] == "08"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &connect) && !refused(err) || errors.As(err, &network) && !timeout(err)
}

// refused reports a server that answered, and does not let us in.
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg)
}

// timeout reports that the caller's own time was up.
func timeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// transient reports whether the same may succeed if it is tried again.
func transient(err error) bool {
	if timeout(err) || errors.Is(err, ErrUnknown) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "53300") { // serialisation, deadlock, too many connections
		return true
	}
	return lost(err) || pgconn.SafeToRetry(err)
}

// explain says what to do about an error of SQLite that people meet.
func explain(err error) error {
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return err
	}
	hint := ""
	switch lite.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		hint = "another program holds the database: end it, or wait until it is done"
	case sqlite3.ErrFull:
		hint = "the disk is full: free some space; nothing that was recorded before is lost"
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		hint = "the file is damaged or no database of prescreen: restore a backup, or move it away to begin anew"
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		hint = "the file and its folder must be writable for this user"
	case sqlite3.ErrIoErr:
		hint = "the disk could not be read or written"
	default:
		return err
	}
	return fmt.Errorf("%s (%w)", hint, err)
}
