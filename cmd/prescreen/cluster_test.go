//go:build cluster

package main

import (
	"os"
	"path"
	"slices"
	"testing"

	"prescreen/internal/pipeline"
	"prescreen/internal/portal"
	"prescreen/internal/store"
)

// TestClusterStore is run by scripts/e2e-k8s inside its cluster: the run that
// three workers shared must have left exactly the planted leaks and an account
// of every address in the store at PRESCREEN_STORE, whatever was killed.
func TestClusterStore(t *testing.T) {
	db, err := store.Open(t.Context(), os.Getenv("PRESCREEN_STORE"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.Runs(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 1 || runs[0].Finished.IsZero() {
		t.Fatalf("runs %+v, want one that is finished", runs)
	}
	var results []pipeline.Result
	err = db.Records(t.Context(), runs[0].ID, func(rec pipeline.Record) error {
		results = append(results, resultOf(rec))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := portal.New(portal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	withoutOCR(exp)
	compareLeaks(t, exp, results)
	compareURLs(t, exp, results)
	t.Logf("run %s: %d addresses, %d planted leaks found, %v", runs[0].ID, len(results), len(exp.Leaks), runs[0].Finished.Sub(runs[0].Started))
}

// withoutOCR expects what an image without tesseract can do: it reports pictures
// as not read, and finds nothing but what a code in them says.
func withoutOCR(exp *portal.Expected) {
	const scan = "/files/kapian.png"
	exp.Leaks = slices.DeleteFunc(exp.Leaks, func(l portal.Leak) bool { return l.Path == scan })
	for i, u := range exp.URLs {
		if u.Class == "attachment" && path.Ext(u.Path) == ".png" {
			exp.URLs[i].Outcome, exp.URLs[i].Reason = portal.Failed, "truncated"
		}
	}
}
