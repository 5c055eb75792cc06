package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Entry is one line of the audit log: who did what to which object, when.
type Entry struct {
	Seq    int64           `json:"seq"` // 1, 2, 3 …
	Time   time.Time       `json:"time"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"` // case.confirmed, run.finished, login …
	Object string          `json:"object"` // case 17, run 2026…, user li
	Detail json.RawMessage `json:"detail,omitempty"`
	Hash   string          `json:"hash"` // of the entry and the hash before it
}

// chain returns the hash of an entry: SHA-256 over the netstrings (length,
// colon, bytes, comma) of the previous hash, number, time in unix
// nanoseconds, actor, action, object and detail.
func (e *Entry) chain(previous string) string {
	h := sha256.New()
	for _, field := range []string{
		previous, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.Time.UnixNano(), 10), e.Actor, e.Action, e.Object, string(e.Detail),
	} {
		fmt.Fprintf(h, "%d:%s,", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// auditLock is the advisory lock that orders the writers of the log on
// PostgreSQL; SQLite has one writer at a time anyway.
const auditLock = 0x61756474 // "audt"

// audit appends an entry. It comes last in its transaction, because it holds
// up everybody else's until the end of it.
func (t *tx) audit(ctx context.Context, now time.Time, actor, action, object string, detail any) error {
	e := Entry{Time: now, Actor: text(actor), Action: action, Object: text(object)}
	if detail != nil {
		data, err := json.Marshal(detail)
		if err != nil {
			return fmt.Errorf("write audit log: %w", err)
		}
		e.Detail = data
	}
	if t.d == postgres {
		if _, err := t.exec(ctx, `SELECT pg_advisory_xact_lock(?)`, auditLock); err != nil {
			return err
		}
	}
	var previous string
	err := t.row(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&e.Seq, &previous)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read audit log: %w", err)
	}
	e.Seq++
	_, err = t.exec(ctx, `INSERT INTO audit (seq, time, actor, action, object, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, nanos(e.Time), e.Actor, e.Action, e.Object, string(e.Detail), e.chain(previous))
	if err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	return nil
}

// Audit appends an entry that belongs to no other change: a login, a report
// that was fetched.
func (s *Store) Audit(ctx context.Context, actor, action, object string, detail any) error {
	now := s.opt.Now()
	return s.once(ctx, func(t *tx) error { return t.audit(ctx, now, actor, action, object, detail) })
}

const selectEntries = `SELECT seq, time, actor, action, object, detail, hash FROM audit`

// scanEntry reads a row of selectEntries.
func scanEntry(rows *sql.Rows) (e Entry, err error) {
	var at int64
	var detail string
	if err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object, &detail, &e.Hash); err != nil {
		return e, err
	}
	e.Time = time.Unix(0, at)
	if detail != "" {
		e.Detail = json.RawMessage(detail)
	}
	return e, nil
}

// AuditLog calls yield for the entries from number from on, oldest first,
// until it returns an error.
func (s *Store) AuditLog(ctx context.Context, from int64, yield func(Entry) error) error {
	err := s.rows(ctx, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		return yield(e)
	}, selectEntries+` WHERE seq >= ? ORDER BY seq`, from)
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	return nil
}

// Head names the last entry of the log: its number and hash. Kept elsewhere,
// it proves later that nothing up to it was taken away or changed.
type Head struct {
	Seq  int64
	Hash string
}

// String is the form that ParseHead reads: 17:9f86d0….
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// AuditHead returns the head of the log without verifying it.
func (s *Store) AuditHead(ctx context.Context) (h Head, err error) {
	err = s.row(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`, nil, &h.Seq, &h.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, fmt.Errorf("read audit log: %w", err)
	}
	return h, nil
}

// ParseHead reads what Head.String has written.
func ParseHead(text string) (h Head, err error) {
	seq, hash, ok := strings.Cut(strings.TrimSpace(text), ":")
	h.Hash = hash
	h.Seq, err = strconv.ParseInt(seq, 10, 64)
	if raw, bad := hex.DecodeString(hash); !ok || err != nil || bad != nil || len(raw) != sha256.Size {
		return h, fmt.Errorf("%q is no head of an audit log, such as `prescreen audit verify` prints: a number, a colon and 64 hexadecimal digits", text)
	}
	return h, nil
}

// BrokenError says where the audit log is not what it was written as.
type BrokenError struct {
	Seq int64 // of the first entry that does not fit
	Why string
}

func (e *BrokenError) Error() string { return fmt.Sprintf("audit log, entry %d: %s", e.Seq, e.Why) }

// VerifyAudit reads the whole log and returns its head, or a *BrokenError at
// the first entry that was changed, removed, inserted or moved. Entries cut
// off at the end leave a shorter log that fits in itself; so does a log that
// was written anew as a whole. Both are found only by a head that was kept
// elsewhere, given as kept; its zero value looks for neither.
func (s *Store) VerifyAudit(ctx context.Context, kept Head) (Head, error) {
	head, met := Head{}, kept == Head{}
	err := s.AuditLog(ctx, 0, func(e Entry) error {
		switch {
		case e.Seq != head.Seq+1:
			return &BrokenError{head.Seq + 1, fmt.Sprintf("is missing: entry %d follows entry %d", e.Seq, head.Seq)}
		case e.chain(head.Hash) != e.Hash:
			return &BrokenError{e.Seq, "was changed, or the one before it"}
		}
		head = Head{e.Seq, e.Hash}
		if e.Seq == kept.Seq {
			if e.Hash != kept.Hash {
				return &BrokenError{e.Seq, "has another hash than the one that was kept: the log was written anew"}
			}
			met = true
		}
		return nil
	})
	if err == nil && !met {
		err = &BrokenError{head.Seq + 1, fmt.Sprintf("is missing: the log was %d entries long when its head was kept", kept.Seq)}
	}
	return head, err
}
