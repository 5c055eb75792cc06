package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"

	"prescreen/internal/cases"
)

// Errors that callers decide on.
var (
	// ErrNewer says that the database was written by a newer version of
	// prescreen.
	ErrNewer = errors.New("the database was written by a newer version of prescreen: install that version, or restore a backup")
	// ErrNoRun says that there is no such run.
	ErrNoRun = errors.New("no such run")
	// ErrRunOver says that a run has ended, so that nobody can change it.
	ErrRunOver = errors.New("the run is over")
	// ErrUnknown says that the connection was lost in the midst of a change,
	// so that it may or may not have been made.
	ErrUnknown = errors.New("the connection to the database was lost; look whether the change was made before repeating it")
)

// Options of a Store. The zero value works.
type Options struct {
	Deadlines cases.Deadlines
	// Sites tell the unit and the columns of new cases.
	Sites []cases.Site
	// ExceptionFor is how long a dismissal holds where no day is given; 0: 365
	// days.
	ExceptionFor time.Duration
	// RetryFor is how long a PostgreSQL that does not answer is waited for; 0:
	// two minutes.
	RetryFor time.Duration
	// Connections is the most connections to PostgreSQL; 0: 8.
	Connections int
	Logger      *slog.Logger     // nil is silent
	Now         func() time.Time // nil: time.Now
}

// Store is one database. It is safe for concurrent use, by many processes
// too.
type Store struct {
	db      *sql.DB
	dialect dialect
	opt     Options
	name    string // for messages: path, or address without password
	sites   map[string]cases.Site
	// write serialises the writers of this process: SQLite has one writer at a
	// time, and waiting here is cheaper than its busy handler.
	write sync.Mutex
	ready map[string]*sql.Stmt // by text; see prepare
	// writer is the one connection of SQLite that writes. What a page needs is
	// read there too: what any other connection has in its cache is stale with
	// every page that is written.
	writer *sql.Conn
}

// Open opens the database at where, a path of an SQLite file, which is created
// readable by its owner only, or a postgres:// URL, and brings it to the
// present schema.
func Open(ctx context.Context, where string, opt Options) (*Store, error) {
	if opt.ExceptionFor <= 0 {
		opt.ExceptionFor = 365 * 24 * time.Hour
	}
	if opt.RetryFor <= 0 {
		opt.RetryFor = 2 * time.Minute
	}
	if opt.Connections <= 0 {
		opt.Connections = 8
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Store{opt: opt, sites: map[string]cases.Site{}}
	for _, site := range opt.Sites {
		s.sites[site.Name] = site
	}
	if err := s.connect(where); err != nil {
		return nil, err
	}
	err := s.migrate(ctx)
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		s.db.Close()
		return nil, fmt.Errorf("open database %s: %w", s.name, explain(err))
	}
	return s, nil
}

// IsPostgres reports whether where names a PostgreSQL database rather than a
// file.
func IsPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

func (s *Store) connect(where string) error {
	if IsPostgres(where) {
		return s.connectPostgres(where)
	}
	if scheme, _, ok := strings.Cut(where, "://"); ok {
		return fmt.Errorf("open database: %s:// is not a database of prescreen: use a path or postgres://", scheme)
	}
	s.name = fmt.Sprintf("%q", where)
	if err := os.MkdirAll(filepath.Dir(where), 0o700); err != nil {
		return fmt.Errorf("create data folder: %w", err)
	}
	f, err := os.OpenFile(where, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	f.Close()
	// A write lost with the power is fetched again, because the frontier is
	// behind it; so commits need not wait for the disk.
	dsn := "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(where) +
		"?_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=10000&_foreign_keys=on&_txlock=immediate&_cache_size=-4000"
	if s.db, err = sql.Open("sqlite3", dsn); err != nil {
		return fmt.Errorf("open database %s: %w", s.name, err)
	}
	s.db.SetMaxIdleConns(s.opt.Connections)
	return nil
}

func (s *Store) connectPostgres(where string) error {
	u, err := url.Parse(where)
	if err != nil { // its text would show the password
		return errors.New("open database: the postgres:// URL is not well-formed; special characters in a password are written as %XX")
	}
	s.name, s.dialect = u.Redacted(), postgres
	if s.db, err = sql.Open("pgx", where); err != nil {
		return fmt.Errorf("open database %s: the URL is not understood", s.name)
	}
	s.db.SetMaxOpenConns(s.opt.Connections)
	s.db.SetMaxIdleConns(s.opt.Connections)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("database %s: %w", s.name, explain(err))
	}
	return nil
}

// site returns the unit and columns of a site.
func (s *Store) site(name string) cases.Site {
	if site, ok := s.sites[name]; ok {
		return site
	}
	return cases.Site{Name: name}
}

// nanos keeps a time in the database; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
