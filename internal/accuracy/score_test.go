package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCounts(t *testing.T) {
	var c counts
	for _, x := range []struct{ leak, detected bool }{{true, true}, {true, true}, {true, true}, {true, false}, {false, true}, {false, false}} {
		c.add(x.leak, x.detected)
	}
	if c != (counts{tp: 3, fp: 1, fn: 1, tn: 1}) {
		t.Fatalf("counts %+v", c)
	}
	if p, r := c.precision(), c.recall(); p != 0.75 || r != 0.75 {
		t.Errorf("precision %v recall %v, want 0.75 both", p, r)
	}
	c.fn = 5 // F2 = 5·3 / (5·3 + 4·5 + 1)
	if got := c.f2(); math.Abs(got-15.0/36) > 1e-9 {
		t.Errorf("F2 %v, want %v", got, 15.0/36)
	}
	if got := (counts{tn: 3}).recall(); got != 1 {
		t.Errorf("recall without leaks %v, want 1", got)
	}
}

func TestScoreNamesEveryMistake(t *testing.T) {
	rows := []labelled{
		{ID: "a", Text: "one", Label: "leak", Category: "X"},
		{ID: "b", Text: "two", Label: "clean", Category: "X"},
	}
	results := []result{{ID: "1", Verdict: "pass"}, {ID: "2", Verdict: "review"}}
	tally, err := score(rows, results)
	if err != nil {
		t.Fatal(err)
	}
	if len(tally.misses) != 1 || !strings.HasPrefix(tally.misses[0], "a X") {
		t.Errorf("misses %q", tally.misses)
	}
	if len(tally.alarms) != 1 || !strings.HasPrefix(tally.alarms[0], "b X") {
		t.Errorf("alarms %q", tally.alarms)
	}
	results[0].ID, results[1].ID = "2", "1"
	if _, err := score(rows, results); err == nil {
		t.Error("results out of order were accepted")
	}
}

func TestReadCasesNamesTheLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.jsonl")
	for _, c := range []struct{ data, want string }{
		{`{"id":"a","text":"x","label":"leak"}` + "\n" + `{"id":`, ":2: not a labelled case"},
		{`{"id":"a","text":"x","label":"maybe"}`, `:1: label "maybe"`},
		{"\n\n", "no cases"},
	} {
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCases(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.data, err, c.want)
		}
	}
}
