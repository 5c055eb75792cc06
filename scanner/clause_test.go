package scanner

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestClausesDenyNoLine: where the clause around a word is said not to be made
// of the rule's words, neither the clause nor its line is.
func TestClausesDenyNoLine(t *testing.T) {
	s, err := New(shippedSet(t), Config{})
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range s.prog.rules {
		if r.lineOf != nil {
			for _, group := range r.Match.LineOf.Words {
				words = append(words, group...)
			}
		}
	}
	slices.Sort(words)
	sc, m := newScan(s), mixer{rand.New(rand.NewPCG(5, 6)), words}
	denied, made := 0, 0
	for range 12000 {
		text := m.text(1 + m.rng.IntN(9))
		sc.doc = body(text)
		for _, h := range s.prog.matcher.Append(nil, text) {
			for _, u := range s.prog.terms[h.ID].jobs {
				if u.role != roleLineOf {
					continue
				}
				r := s.prog.rules[u.rule]
				k := &candidate{rule: r, start: h.Start, end: h.End}
				sc.foreign.seg = -1
				may := sc.mayCover(k)
				from, to := lineAround(text, k.start, k.end)
				a, b := clauseAround(text, from, to, k.start, k.end, clauseMarks)
				does := r.lineOf.consists(&sc.cover, r.folder, text[from:to]) || r.lineOf.consists(&sc.cover, r.folder, text[a:b])
				if does && !may {
					t.Fatalf("%s: %q denies the line around %q", r.ID, text, text[k.start:k.end])
				}
				if does {
					made++
				} else if !may {
					denied++
				}
			}
		}
	}
	if made < 500 || denied < 1000 {
		t.Errorf("%d made of words, %d denied: the test says little", made, denied)
	}
}
