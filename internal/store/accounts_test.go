package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/accounts"
	"prescreen/internal/checks"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

func testAccounts(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx, now := t.Context(), time.Unix(1_800_000_000, 0)
	first := accounts.User{Name: "li", Display: "李\x00明", Role: accounts.Officer, Password: "hash", Created: now}
	id, err := s.AddFirstUser(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddFirstUser(ctx, accounts.User{Name: "second", Role: accounts.Admin, Created: now}); !errors.Is(err, accounts.ErrTaken) {
		t.Errorf("a second first user: %v", err)
	}
	if _, err := s.AddUser(ctx, first); !errors.Is(err, accounts.ErrTaken) {
		t.Errorf("the name again: %v", err)
	}
	other, err := s.AddUser(ctx, accounts.User{Name: "wang", Role: accounts.Editor, Subject: "https://idp 7", Created: now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddUser(ctx, accounts.User{Name: "wang2", Role: accounts.Editor, Subject: "https://idp 7", Created: now}); !errors.Is(err, accounts.ErrTaken) {
		t.Errorf("the subject again: %v", err)
	}
	u, err := s.UserBySubject(ctx, "https://idp 7")
	if err != nil || u.ID != other {
		t.Errorf("%+v, %v", u, err)
	}
	for _, subject := range []string{"", "nobody"} {
		if _, err := s.UserBySubject(ctx, subject); !errors.Is(err, accounts.ErrNotFound) {
			t.Errorf("subject %q: %v", subject, err)
		}
	}
	for n := 1; n <= 6; n++ {
		if err := s.LoginFailed(ctx, id, 5, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if u, _ := s.UserByName(ctx, "li"); u.Failed != n || u.Locked.IsZero() != (n < 5) {
			t.Errorf("after %d failures: %d, locked %v", n, u.Failed, u.Locked)
		}
	}
	if err := s.LoginDone(ctx, id, now); err != nil {
		t.Fatal(err)
	}
	u, err = s.User(ctx, id)
	want := first
	want.ID, want.LastSeen, want.Display = id, now, "李\uFFFD明"
	if diff := cmp.Diff(want, u); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	u.Role, u.Disabled = accounts.Auditor, true
	if err := s.UpdateUser(ctx, u); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Users(ctx); err != nil || len(list) != 2 || list[0].Role != accounts.Auditor || !list[0].Disabled {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.UpdateUser(ctx, accounts.User{ID: 99, Role: accounts.Admin}); !errors.Is(err, accounts.ErrNotFound) {
		t.Errorf("a user that is not there: %v", err)
	}
	testSessions(t, s, id, now)
	testTokens(t, s, id, now)
}

func testSessions(t *testing.T, s *Store, user int64, now time.Time) {
	ctx := t.Context()
	v := accounts.Session{Hash: "h1", User: user, Created: now, Seen: now, Expires: now.Add(time.Hour), Address: "127.0.0.1"}
	old := v
	old.Hash, old.Expires = "h0", now.Add(-time.Hour)
	for _, x := range []accounts.Session{old, v} {
		if err := s.AddSession(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.SessionByHash(ctx, "h0"); !errors.Is(err, accounts.ErrNotFound) {
		t.Errorf("an expired session stays: %v", err)
	}
	if err := s.TouchSession(ctx, "h1", now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	got, u, err := s.SessionByHash(ctx, "h1")
	v.Seen = now.Add(time.Minute)
	if diff := cmp.Diff(v, got); err != nil || diff != "" || u.ID != user {
		t.Errorf("%v, user %d\n%s", err, u.ID, diff)
	}
	if err := s.EndSessions(ctx, user); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SessionByHash(ctx, "h1"); !errors.Is(err, accounts.ErrNotFound) {
		t.Errorf("an ended session: %v", err)
	}
}

func testTokens(t *testing.T, s *Store, user int64, now time.Time) {
	ctx := t.Context()
	v := accounts.Token{Name: "cms", Hash: "t1", User: user, Scopes: []accounts.Scope{accounts.Check, accounts.RulesRead}, Created: now, Expires: now.Add(time.Hour)}
	id, err := s.AddToken(ctx, v)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.TouchToken(ctx, id, now); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(ctx, id); err != nil {
		t.Fatal(err)
	}
	v.ID, v.Used, v.Revoked = id, now, true
	got, u, err := s.TokenByHash(ctx, "t1")
	if diff := cmp.Diff(v, got); err != nil || diff != "" || u.ID != user {
		t.Errorf("%v\n%s", err, diff)
	}
	for owner, want := range map[int64]int{0: 1, user: 1, 99: 0} {
		if list, err := s.Tokens(ctx, owner); err != nil || len(list) != want {
			t.Errorf("tokens of %d: %d, %v", owner, len(list), err)
		}
	}
	if err := s.RevokeToken(ctx, 99); !errors.Is(err, accounts.ErrNotFound) {
		t.Errorf("a token that is not there: %v", err)
	}
}

func testChecks(t *testing.T, db database) {
	s := db.open(t, Options{})
	ctx, now := t.Context(), time.Unix(1_800_000_000, 0)
	begin := func(id string, owner int64, key, request string) *checks.Record {
		t.Helper()
		earlier, err := s.BeginCheck(ctx, checks.Record{ID: id, Owner: owner, Kind: checks.File, Label: "名单.xlsx", Created: now}, "here", key, request)
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		return earlier
	}
	begin("a", 1, "k", "r")
	if e := begin("b", 1, "k", "r"); e == nil || e.ID != "a" || e.State != checks.Running {
		t.Errorf("the key again: %+v", e)
	}
	if _, err := s.BeginCheck(ctx, checks.Record{ID: "c", Owner: 1, Created: now}, "here", "k", "other"); !errors.Is(err, checks.ErrKeyReused) {
		t.Errorf("the key for something else: %v", err)
	}
	if e := begin("d", 2, "k", "other"); e != nil {
		t.Errorf("the key of somebody else: %+v", e)
	}
	res := &pipeline.Result{ID: "a", Verdict: scanner.VerdictPass, Findings: []scanner.Finding{}, Errors: []scanner.Problem{}}
	done := checks.Record{ID: "a", Owner: 1, Kind: checks.File, Label: "名单.xlsx", State: checks.Done, Created: time.Unix(1_800_000_000, 0), Ended: now, Verdict: "pass", Result: res}
	if err := s.EndCheck(ctx, done); err != nil {
		t.Fatal(err)
	}
	if got, err := s.CheckByID(ctx, 1, "a"); err != nil || cmp.Diff(done, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(done, got))
	}
	for _, c := range []struct {
		owner int64
		id    string
	}{{2, "a"}, {1, "none"}} {
		if _, err := s.CheckByID(ctx, c.owner, c.id); !errors.Is(err, checks.ErrNotFound) {
			t.Errorf("check %s of %d: %v", c.id, c.owner, err)
		}
	}
	begin("e", 1, "", "")
	begin("f", 1, "", "")
	if n, err := s.LoseChecks(ctx, "elsewhere", time.Unix(0, 0)); err != nil || n != 0 {
		t.Errorf("another process loses %d, %v", n, err)
	}
	if n, err := s.LoseChecks(ctx, "here", time.Unix(0, 0)); err != nil || n != 3 {
		t.Errorf("lost %d, %v", n, err)
	}
	// A lost check does not keep its key.
	begin("g", 2, "k", "other")
	list, err := s.Checks(ctx, 1, "", 2)
	if err != nil || len(list) != 2 || list[0].ID != "f" || list[1].ID != "e" || list[0].State != checks.Lost {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err = s.Checks(ctx, 1, "e", 2); err != nil || len(list) != 1 || list[0].ID != "a" || list[0].Result != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func testLatestAudit(t *testing.T, db database) {
	s := db.open(t, Options{})
	for _, e := range [][3]string{{"li", "view", "case 1"}, {"li", "view", "case 12"}, {"wu", "login", "user wu"}, {"li", "login", "user li_%"}} {
		if err := s.Audit(t.Context(), e[0], e[1], e[2], map[string]any{"from": "::1"}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		f    AuditFilter
		want []int64
	}{
		"all": {AuditFilter{}, []int64{4, 3, 2, 1}}, "actor": {AuditFilter{Actor: "li"}, []int64{4, 2, 1}}, "action": {AuditFilter{Action: "login"}, []int64{4, 3}},
		"object": {AuditFilter{Object: "case 1"}, []int64{2, 1}}, "wild": {AuditFilter{Object: "user li_%"}, []int64{4}}, "not wild": {AuditFilter{Object: "%"}, nil},
		"before": {AuditFilter{Before: 3, Limit: 1}, []int64{2}},
	} {
		list, err := s.LatestAudit(t.Context(), c.f)
		var got []int64
		for _, e := range list {
			got = append(got, e.Seq)
		}
		if err != nil || cmp.Diff(c.want, got) != "" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
