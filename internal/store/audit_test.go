package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func testAudit(t *testing.T, db database) {
	s, second := db.open(t, Options{}), db.open(t, Options{})
	ctx := t.Context()
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			for i := range 10 {
				if err := []*Store{s, second}[w%2].Audit(ctx, fmt.Sprint("user", w), "login", "session", map[string]int{"n": i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	head, err := s.VerifyAudit(ctx, Head{})
	if err != nil || head.Seq != 60 {
		t.Fatalf("%v %v", head, err)
	}
	if again, err := ParseHead(head.String()); err != nil || again != head {
		t.Errorf("%v %v", again, err)
	}
	for _, bad := range []string{"", "7", "7:abc", "x:" + head.Hash, head.Hash} {
		if _, err := ParseHead(bad); err == nil {
			t.Errorf("%q is taken for a head", bad)
		}
	}
	for name, tt := range map[string]struct {
		sql  string
		seq  int64
		kept Head
	}{
		"edited actor":  {sql: `UPDATE audit SET actor = 'user9' WHERE seq = 17`, seq: 17},
		"edited detail": {sql: `UPDATE audit SET detail = '{"n":99}' WHERE seq = 1`, seq: 1},
		"edited time":   {sql: `UPDATE audit SET time = time + 1 WHERE seq = 60`, seq: 60},
		"edited hash":   {sql: `UPDATE audit SET hash = 'ff' WHERE seq = 60`, seq: 60},
		"removed":       {sql: `DELETE FROM audit WHERE seq = 30`, seq: 30},
		"first removed": {sql: `DELETE FROM audit WHERE seq = 1`, seq: 1},
		"moved":         {sql: `UPDATE audit SET seq = CASE seq WHEN 30 THEN -31 ELSE -30 END WHERE seq IN (30, 31); UPDATE audit SET seq = -seq WHERE seq < 0`, seq: 30},
		"renumbered":    {sql: `DELETE FROM audit WHERE seq = 60; UPDATE audit SET seq = 60 WHERE seq = 59`, seq: 59},
		"cut off":       {sql: `DELETE FROM audit WHERE seq > 50`, seq: 51, kept: head},
		"emptied":       {sql: `DELETE FROM audit`, seq: 1, kept: head},
	} {
		func() {
			saved := dumpAudit(t, s)
			defer restoreAudit(t, s, saved)
			if _, err := s.db.ExecContext(ctx, tt.sql); err != nil {
				t.Fatal(err)
			}
			_, err := s.VerifyAudit(ctx, tt.kept)
			var broken *BrokenError
			if !errors.As(err, &broken) || broken.Seq != tt.seq {
				t.Errorf("%s: %v, want it found at entry %d", name, err, tt.seq)
			}
		}()
	}
	if got, err := s.VerifyAudit(ctx, head); err != nil || got != head {
		t.Errorf("put back: %v %v", got, err)
	}
}

func dumpAudit(t *testing.T, s *Store) (all []Entry) {
	t.Helper()
	if err := s.AuditLog(t.Context(), 0, func(e Entry) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func restoreAudit(t *testing.T, s *Store, all []Entry) {
	t.Helper()
	q := []string{"DELETE FROM audit"}
	for _, e := range all {
		q = append(q, fmt.Sprintf("INSERT INTO audit (seq, time, actor, action, object, detail, hash) VALUES (%d, %d, '%s', '%s', '%s', '%s', '%s')",
			e.Seq, e.Time.UnixNano(), e.Actor, e.Action, e.Object, e.Detail, e.Hash))
	}
	if _, err := s.db.ExecContext(t.Context(), strings.Join(q, ";")); err != nil {
		t.Fatal(err)
	}
}
