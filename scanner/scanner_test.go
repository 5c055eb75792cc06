package scanner

import (
	"context"
	"testing"

	"prescreen/dictionaries"
	"prescreen/scanner/words"
)

// shippedSet loads the rules that ship.
func shippedSet(t testing.TB) *dictionaries.Set {
	t.Helper()
	set, err := dictionaries.Load(dictionaries.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestShippedRulesPassTheirOwnTests(t *testing.T) {
	set := shippedSet(t)
	failures, err := SelfTest(context.Background(), set, Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		t.Error(f)
	}
}

func testWords(t testing.TB) *words.Segmenter {
	return words.New(words.Config{CacheDir: t.TempDir()})
}
