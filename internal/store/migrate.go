package store

import (
	"context"
	"embed"
	"fmt"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies what is missing of the numbered files in migrations, in one
// transaction. Of many processes that start at once one does it, the others
// wait.
func (s *Store) migrate(ctx context.Context) error {
	names, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	return s.again(ctx, func(t *tx) error {
		have, err := t.version(ctx)
		if err != nil {
			return err
		}
		if have > len(names) {
			return fmt.Errorf("%w (schema %d, this program knows %d)", ErrNewer, have, len(names))
		}
		for i, entry := range names[have:] {
			src, err := migrations.ReadFile("migrations/" + entry.Name())
			if err != nil {
				return err
			}
			if _, err := t.ExecContext(ctx, t.d.schema(string(src))); err != nil {
				return fmt.Errorf("migration %s: %w", entry.Name(), err)
			}
			if err := t.setVersion(ctx, have+i+1); err != nil {
				return err
			}
		}
		return nil
	})
}

// migrationLock is the advisory lock under which PostgreSQL is migrated.
const migrationLock = 0x70726573 // "pres"

// version returns how many migrations have been applied. SQLite keeps the
// number in its header, PostgreSQL in a table.
func (t *tx) version(ctx context.Context) (have int, err error) {
	if t.d == sqlite {
		err = t.row(ctx, "PRAGMA user_version").Scan(&have)
		return have, err
	}
	if _, err := t.exec(ctx, "SELECT pg_advisory_xact_lock(?)", migrationLock); err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"); err != nil {
		return 0, err
	}
	err = t.row(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_version").Scan(&have)
	return have, err
}

func (t *tx) setVersion(ctx context.Context, n int) error {
	if t.d == sqlite {
		_, err := t.exec(ctx, fmt.Sprintf("PRAGMA user_version = %d", n))
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO schema_version (version) VALUES (?)", n)
	return err
}
