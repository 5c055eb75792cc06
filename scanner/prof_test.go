package scanner

import (
	"context"
	"testing"
)

func TestProf(t *testing.T) {
	s, err := New(shippedSet(t), Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.cfg.Words.Preload()
	p := s.NewProfile()
	n := map[string]int{}
	for _, d := range officialText(t) {
		for _, f := range p.Scan(context.Background(), d, nil) {
			n[f.Rule]++
			if n[f.Rule] < 4 {
				t.Log(f.Rule, f.Severity, f.Confidence, f.Excerpt)
			}
		}
	}
	d, b, tot := p.Totals()
	t.Log(d, b, tot)
	for i, r := range p.Rules() {
		if i < 30 {
			t.Logf("%+v", r)
		}
	}
}
