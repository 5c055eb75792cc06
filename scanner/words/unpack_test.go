package words

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	paths, err := unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files() {
		if filepath.Base(paths[i]) != f.name || filepath.Dir(filepath.Dir(paths[i])) != dir {
			t.Errorf("path %d = %q", i, paths[i])
		}
		want, err := f.data()
		if err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(paths[i]); err != nil || string(have) != string(want) {
			t.Errorf("%s: %d bytes, %v, want %d", f.name, len(have), err, len(want))
		}
	}
}

func TestUnpackRepairs(t *testing.T) {
	dir := t.TempDir()
	paths, err := unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(paths[0], 1000); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths[1], []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(paths[4]); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(dir); err != nil {
		t.Fatal(err)
	}
	for i, f := range files() {
		have, err := os.ReadFile(paths[i])
		want, _ := f.data()
		if err != nil || string(have) != string(want) {
			t.Errorf("%s is not repaired: %d bytes, %v", f.name, len(have), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files stay: %q, %v", left, err)
	}
}

func TestUnpackFallsBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	for _, dir := range []string{"", filepath.Join(file, "below a file")} {
		paths, err := unpack(dir)
		if err != nil {
			t.Errorf("%q: %v", dir, err)
		} else if _, err := os.Stat(paths[0]); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(file, "neither"))
	if _, err := unpack(""); err == nil {
		t.Error("no folder can be written, and no error")
	}
}

// TestUnpackAtOnce: several processes start with one empty folder.
func TestUnpackAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := unpack(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestNoSegmenterIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(file, "none"))
	seg := New(Config{})
	if err := seg.Preload(); err == nil {
		t.Error("no folder can be written, and no error")
	}
	if _, err := seg.Names(nil, "王小明"); err == nil {
		t.Error("names without a segmenter, and no error")
	}
	// The boundary gate needs no files.
	cur := seg.Cursor()
	cur.Reset("本市内参保人员")
	if whole, err := cur.Whole(len("本市"), len("本市内参")); whole || err != nil {
		t.Errorf("whole %v, %v", whole, err)
	}
}
