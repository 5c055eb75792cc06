package evidence

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func TestRotate(t *testing.T) {
	dir, first := filepath.Join(t.TempDir(), "evidence"), testKey(t)
	keyPath := filepath.Join(filepath.Dir(dir), "evidence.key")
	long := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w, err := New(Config{Dir: dir, Recipient: first.Recipient(), Now: func() time.Time { return long }})
	if err != nil {
		t.Fatal(err)
	}
	name, err := w.Keep(testPage("a page"), Note{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	keys := func(want int) []*age.X25519Identity {
		t.Helper()
		ids, err := LoadKeys(keyPath)
		if err != nil || len(ids) != want {
			t.Fatalf("%d keys, want %d (%v)", len(ids), want, err)
		}
		return ids
	}
	reads := func(key *age.X25519Identity) bool {
		r, err := Open(path, key)
		if err != nil {
			return false
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		return err == nil && strings.Contains(string(data), "a page")
	}
	keys(0)
	if n, err := Rotate(t.Context(), dir, keyPath, first); n != 1 || err != nil {
		t.Fatalf("%d files, %v", n, err)
	}
	second := keys(1)[0]
	if reads(first) || !reads(second) {
		t.Error("the file is not encrypted to the new key alone")
	}
	info, err := os.Stat(path)
	if err != nil || !info.ModTime().Equal(long) || info.Mode().Perm() != 0o600 {
		t.Errorf("time %v, mode %v: its retention must go on", info.ModTime(), info.Mode())
	}
	if info, err := os.Stat(keyPath); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is readable by others: %v", info.Mode())
	}

	// A file that cannot be opened keeps the old key, and the next call goes on.
	bad := filepath.Join(dir, "bad"+suffix)
	if err := os.WriteFile(bad, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(t.Context(), dir, keyPath, first); err == nil || !strings.Contains(err.Error(), "bad"+suffix) {
		t.Errorf("a damaged file: %v", err)
	}
	under := keys(2)
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	if n, err := Rotate(t.Context(), dir, keyPath, first); n != 0 || err != nil {
		t.Errorf("gone on with: %d files, %v", n, err)
	}
	if got := keys(1)[0]; got.String() != under[0].String() || !reads(got) || reads(second) {
		t.Error("the rotation went on with another key")
	}
	if err := os.WriteFile(keyPath, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(keyPath); err == nil {
		t.Error("a damaged key file is taken")
	}
}
