package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"prescreen/internal/accounts"
)

const userColumns = `u.id, u.name, u.display, u.role, u.password, u.subject, u.disabled, u.created, u.last_seen, u.failed, u.locked`

type rowScanner interface{ Scan(dst ...any) error }

// userFields returns where the columns of a user are scanned to, and what
// turns them into the user afterwards.
func userFields(u *accounts.User) (dst []any, done func()) {
	var disabled, created, seen, locked int64
	return []any{&u.ID, &u.Name, &u.Display, &u.Role, &u.Password, &u.Subject, &disabled, &created, &seen, &u.Failed, &locked}, func() {
		u.Disabled = disabled != 0
		u.Created, u.LastSeen, u.Locked = fromNanos(created), fromNanos(seen), fromNanos(locked)
	}
}

// Users returns all users by name.
func (s *Store) Users(ctx context.Context) ([]accounts.User, error) {
	var out []accounts.User
	err := s.rows(ctx, func(r *sql.Rows) error {
		var u accounts.User
		dst, done := userFields(&u)
		if err := r.Scan(dst...); err != nil {
			return err
		}
		done()
		out = append(out, u)
		return nil
	}, `SELECT `+userColumns+` FROM users u ORDER BY u.name`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return out, nil
}

// User returns a user by number, UserByName and UserBySubject by what their
// names say; accounts.ErrNotFound where there is none.
func (s *Store) User(ctx context.Context, id int64) (accounts.User, error) {
	return s.user(ctx, `u.id = ?`, id)
}

// UserByName is explained at User.
func (s *Store) UserByName(ctx context.Context, name string) (accounts.User, error) {
	return s.user(ctx, `u.name = ?`, text(name))
}

// UserBySubject is explained at User.
func (s *Store) UserBySubject(ctx context.Context, subject string) (accounts.User, error) {
	if subject == "" {
		return accounts.User{}, accounts.ErrNotFound
	}
	return s.user(ctx, `u.subject = ?`, text(subject))
}

func (s *Store) user(ctx context.Context, where string, arg any) (u accounts.User, err error) {
	dst, done := userFields(&u)
	if err := s.row(ctx, `SELECT `+userColumns+` FROM users u WHERE `+where, []any{arg}, dst...); err != nil {
		return accounts.User{}, accountError("read user", err)
	}
	done()
	return u, nil
}

func accountError(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return accounts.ErrNotFound
	}
	return fmt.Errorf("%s: %w", what, err)
}

// AddUser adds a user and returns the number; accounts.ErrTaken where the name
// or the subject is another's.
func (s *Store) AddUser(ctx context.Context, u accounts.User) (id int64, err error) {
	err = s.once(ctx, func(t *tx) error {
		id, err = addUser(ctx, t, u)
		return err
	})
	return id, err
}

// AddFirstUser is AddUser for an empty table; with anybody in it, the name
// counts as taken.
func (s *Store) AddFirstUser(ctx context.Context, u accounts.User) (id int64, err error) {
	err = s.once(ctx, func(t *tx) error {
		var n int
		if err := t.row(ctx, `SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return accounts.ErrTaken
		}
		id, err = addUser(ctx, t, u)
		return err
	})
	return id, err
}

func addUser(ctx context.Context, t *tx, u accounts.User) (id int64, err error) {
	var taken int
	err = t.row(ctx, `SELECT COUNT(*) FROM users WHERE name = ? OR (subject <> '' AND subject = ?)`, text(u.Name), text(u.Subject)).Scan(&taken)
	if err != nil {
		return 0, fmt.Errorf("add user: %w", err)
	}
	if taken > 0 {
		return 0, accounts.ErrTaken
	}
	err = t.row(ctx, `INSERT INTO users (name, display, role, password, subject, disabled, created) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		text(u.Name), text(u.Display), string(u.Role), u.Password, text(u.Subject), flag(u.Disabled), u.Created.UnixNano()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add user: %w", err)
	}
	return id, nil
}

// UpdateUser replaces display name, role, password, subject and whether the
// user is disabled, and ends the count of wrong passwords.
func (s *Store) UpdateUser(ctx context.Context, u accounts.User) error {
	return s.change(ctx, "update user", accounts.ErrNotFound, `UPDATE users SET display = ?, role = ?, password = ?, subject = ?, disabled = ?,
		failed = 0, locked = 0 WHERE id = ?`,
		text(u.Display), string(u.Role), u.Password, text(u.Subject), flag(u.Disabled), u.ID)
}

// LoginFailed counts a wrong password; each max-th in a row locks the user.
func (s *Store) LoginFailed(ctx context.Context, user int64, max int, until time.Time) error {
	return s.change(ctx, "count wrong password", nil, `UPDATE users SET failed = failed + 1,
		locked = CASE WHEN (failed + 1) % ? = 0 THEN ? ELSE locked END WHERE id = ?`, max, until.UnixNano(), user)
}

// LoginDone records a login.
func (s *Store) LoginDone(ctx context.Context, user int64, now time.Time) error {
	return s.change(ctx, "record login", nil, `UPDATE users SET failed = 0, locked = 0, last_seen = ? WHERE id = ?`, now.UnixNano(), user)
}

// change runs one statement. none is the error where it changes nothing; nil:
// that is all right.
func (s *Store) change(ctx context.Context, what string, none error, q string, args ...any) error {
	err := s.again(ctx, func(t *tx) error {
		res, err := t.exec(ctx, q, args...)
		if err != nil || none == nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return none
		}
		return nil
	})
	if err != nil && !errors.Is(err, accounts.ErrNotFound) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// AddSession adds a session, and drops those that have expired.
func (s *Store) AddSession(ctx context.Context, v accounts.Session) error {
	err := s.again(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE expires < ?`, v.Created.UnixNano()); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO sessions (hash, user_id, created, seen, expires, address) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (hash) DO NOTHING`,
			v.Hash, v.User, v.Created.UnixNano(), v.Seen.UnixNano(), v.Expires.UnixNano(), text(v.Address))
		return err
	})
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// SessionByHash returns a session with its user, expired or not.
func (s *Store) SessionByHash(ctx context.Context, hash string) (v accounts.Session, u accounts.User, err error) {
	var created, seen, expires int64
	dst, done := userFields(&u)
	err = s.row(ctx, `SELECT s.hash, s.user_id, s.created, s.seen, s.expires, s.address, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = ?`, []any{hash},
		append([]any{&v.Hash, &v.User, &created, &seen, &expires, &v.Address}, dst...)...)
	if err != nil {
		return v, u, accountError("read session", err)
	}
	done()
	v.Created, v.Seen, v.Expires = fromNanos(created), fromNanos(seen), fromNanos(expires)
	return v, u, nil
}

// TouchSession records the use of a session.
func (s *Store) TouchSession(ctx context.Context, hash string, now time.Time) error {
	return s.change(ctx, "touch session", nil, `UPDATE sessions SET seen = ? WHERE hash = ?`, now.UnixNano(), hash)
}

// EndSession ends a session, EndSessions all of a user.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.change(ctx, "end session", nil, `DELETE FROM sessions WHERE hash = ?`, hash)
}

// EndSessions is explained at EndSession.
func (s *Store) EndSessions(ctx context.Context, user int64) error {
	return s.change(ctx, "end sessions", nil, `DELETE FROM sessions WHERE user_id = ?`, user)
}

const tokenColumns = `t.id, t.name, t.hash, t.user_id, t.scopes, t.created, t.expires, t.used, t.revoked`

func tokenFields(t *accounts.Token) (dst []any, done func()) {
	var scopes string
	var created, expires, used, revoked int64
	return []any{&t.ID, &t.Name, &t.Hash, &t.User, &scopes, &created, &expires, &used, &revoked}, func() {
		for f := range strings.FieldsSeq(scopes) {
			t.Scopes = append(t.Scopes, accounts.Scope(f))
		}
		t.Created, t.Expires, t.Used, t.Revoked = fromNanos(created), fromNanos(expires), fromNanos(used), revoked != 0
	}
}

// AddToken adds a token and returns its number.
func (s *Store) AddToken(ctx context.Context, v accounts.Token) (id int64, err error) {
	var scopes []string
	for _, sc := range v.Scopes {
		scopes = append(scopes, string(sc))
	}
	err = s.once(ctx, func(t *tx) error {
		return t.row(ctx, `INSERT INTO tokens (name, hash, user_id, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
			text(v.Name), v.Hash, v.User, strings.Join(scopes, " "), v.Created.UnixNano(), v.Expires.UnixNano()).Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("add token: %w", err)
	}
	return id, nil
}

// Tokens returns the tokens of a user, newest first; of everybody for 0.
func (s *Store) Tokens(ctx context.Context, user int64) ([]accounts.Token, error) {
	var out []accounts.Token
	err := s.rows(ctx, func(r *sql.Rows) error {
		var v accounts.Token
		dst, done := tokenFields(&v)
		if err := r.Scan(dst...); err != nil {
			return err
		}
		done()
		out = append(out, v)
		return nil
	}, `SELECT `+tokenColumns+` FROM tokens t WHERE ? = 0 OR t.user_id = ? ORDER BY t.id DESC`, user, user)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// TokenByHash returns a token with its user, whether it is good or not.
func (s *Store) TokenByHash(ctx context.Context, hash string) (v accounts.Token, u accounts.User, err error) {
	tdst, tdone := tokenFields(&v)
	udst, udone := userFields(&u)
	err = s.row(ctx, `SELECT `+tokenColumns+`, `+userColumns+` FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?`,
		[]any{hash}, append(tdst, udst...)...)
	if err != nil {
		return v, u, accountError("read token", err)
	}
	tdone()
	udone()
	return v, u, nil
}

// TouchToken records the use of a token.
func (s *Store) TouchToken(ctx context.Context, id int64, now time.Time) error {
	return s.change(ctx, "touch token", nil, `UPDATE tokens SET used = ? WHERE id = ?`, now.UnixNano(), id)
}

// RevokeToken makes a token useless for good.
func (s *Store) RevokeToken(ctx context.Context, id int64) error {
	return s.change(ctx, "revoke token", accounts.ErrNotFound, `UPDATE tokens SET revoked = 1 WHERE id = ?`, id)
}

// flag is how a truth is kept: 0 or 1.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
