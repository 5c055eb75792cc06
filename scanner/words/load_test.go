package words

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestTable looks every word of the list up again, with its frequency.
func TestTable(t *testing.T) {
	dict, err := files()[0].data()
	if err != nil {
		t.Fatal(err)
	}
	table, err := buildTable(dict)
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(table); got != tableSum {
		t.Fatalf("the table has digest %s; if it was meant to change, write that into tableSum", got)
	}
	l := newLexicon(table)
	var total, words float64
	if err := eachWord(dict, func(w dictWord) error { total += float64(w.freq); return nil }); err != nil {
		t.Fatal(err)
	}
	err = eachWord(dict, func(w dictWord) error {
		words++
		h := uint64(hashSeed)
		for _, r := range w.runes {
			h = step(h, r)
		}
		want := float32(math.Log(float64(w.freq) / total))
		if score, pos, known := l.lookup(h); score != want || pos != w.tag || !known {
			t.Errorf("%s: score %v, tag %v, known %v, want %v and %v", string(w.runes), score, pos, known, want, w.tag)
		}
		if ok, isName := l.word(w.runes); !ok || isName != w.name {
			t.Errorf("%s: word %v, name %v, want %v", string(w.runes), ok, isName, w.name)
		}
		return nil
	})
	if err != nil || words < 300_000 {
		t.Errorf("%.0f words, %v", words, err)
	}
	if ok, _ := l.word([]rune("中华人民共和")); ok {
		t.Error("the beginning of a word counts as a word")
	}
}

// TestKeptTable: a table is kept, used, and replaced where it is damaged.
func TestKeptTable(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "lexicon-"+tableSum[:8])
	load := func() {
		t.Helper()
		l, err := loadLexicon(dir)
		if err != nil {
			t.Fatal(err)
		}
		if ok, _ := l.word([]rune("计算机")); !ok {
			t.Error("计算机 is no word")
		}
	}
	load()
	table, err := os.ReadFile(kept)
	if err != nil || digest(table) != tableSum {
		t.Fatalf("the table is not kept: %d bytes, %v", len(table), err)
	}
	load()
	if err := os.Truncate(kept, int64(len(table)/2)); err != nil {
		t.Fatal(err)
	}
	load()
	if got, err := os.ReadFile(kept); err != nil || !bytes.Equal(got, table) {
		t.Errorf("a damaged table is not replaced: %d bytes, %v", len(got), err)
	}
}

// TestTableUnkept: where nothing can be kept the list is read all the same.
func TestTableUnkept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadLexicon(filepath.Join(file, "no-folder")); err != nil {
		t.Error(err)
	}
}
