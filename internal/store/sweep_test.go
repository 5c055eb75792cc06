package store

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/checks"
)

func testSweep(t *testing.T, db database) {
	ctx, now := t.Context(), time.Unix(1_800_000_000, 0)
	s := db.open(t, Options{Now: func() time.Time { return now }})
	user, err := s.AddUser(ctx, accounts.User{Name: "wang", Role: accounts.Editor, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	add := func(id, key string, age time.Duration, done bool) {
		t.Helper()
		r := checks.Record{ID: id, Owner: user, Kind: checks.Text, Label: "–", Created: now.Add(-age)}
		if _, err := s.BeginCheck(ctx, r, "here", key, "request"); err != nil {
			t.Fatal(err)
		}
		if r.State, r.Ended = checks.Done, r.Created; done {
			if err := s.EndCheck(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	day := 24 * time.Hour
	add("old", "k1", 100*day, true)
	add("yesterday", "k2", 2*day, true)
	add("new", "k3", time.Hour, true)
	add("hangs", "k4", time.Hour, false)
	add("runs", "k5", time.Second, false)
	// A login removes what has expired, so that one comes last.
	for _, ses := range []accounts.Session{{Hash: "here", Expires: now.Add(time.Hour)}, {Hash: "gone", Expires: now.Add(-time.Second)}} {
		ses.User, ses.Created, ses.Seen = user, now, now
		if err := s.AddSession(ctx, ses); err != nil {
			t.Fatal(err)
		}
	}
	keep := Keep{Checks: 90 * day, Keys: day, Running: 10 * time.Minute}
	if none, err := s.Sweep(ctx, Keep{}, true); err != nil || none != (Swept{Sessions: 1}) {
		t.Errorf("kept for good: %+v, %v", none, err)
	}
	if dry, err := s.Sweep(ctx, keep, true); err != nil || dry != (Swept{Checks: 1, Keys: 1, Sessions: 1, Lost: 1}) {
		t.Errorf("dry: %+v, %v", dry, err)
	}
	if list, err := s.Checks(ctx, user, "", 10); err != nil || len(list) != 5 {
		t.Errorf("a dry run leaves %d checks, %v", len(list), err)
	}
	want := Swept{Checks: 1, Keys: 1, Sessions: 1, Lost: 1}
	if got, err := s.Sweep(ctx, keep, false); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if again, err := s.Sweep(ctx, keep, false); err != nil || again != (Swept{}) {
		t.Errorf("again: %+v, %v", again, err)
	}
	states := map[string]checks.State{}
	list, err := s.Checks(ctx, user, "", 10)
	for _, r := range list {
		states[r.ID] = r.State
	}
	if err != nil || len(states) != 4 || states["hangs"] != checks.Lost || states["runs"] != checks.Running || states["yesterday"] != checks.Done {
		t.Errorf("left: %v, %v", states, err)
	}
	if _, _, err := s.SessionByHash(ctx, "gone"); !errors.Is(err, accounts.ErrNotFound) {
		t.Errorf("the expired session: %v", err)
	}
	if _, _, err := s.SessionByHash(ctx, "here"); err != nil {
		t.Error(err)
	}
	// The key of yesterday is free, that of an hour ago is not.
	for key, taken := range map[string]bool{"k2": false, "k3": true} {
		earlier, err := s.BeginCheck(ctx, checks.Record{ID: "again " + key, Owner: user, Kind: checks.Text, Created: now}, "here", key, "request")
		if err != nil || (earlier != nil) != taken {
			t.Errorf("key %s again: %v, %v", key, earlier, err)
		}
	}
	log, err := s.LatestAudit(ctx, AuditFilter{Action: "swept"})
	var told Swept
	if err != nil || len(log) != 1 || json.Unmarshal(log[0].Detail, &told) != nil || told != want {
		t.Errorf("audit log: %+v, %v", log, err)
	}
}
