package scanner

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// TestAutomatonNeverDeniesAMatch compares the automata of the shipped
// expressions and of some awkward ones with package regexp.
func TestAutomatonNeverDeniesAMatch(t *testing.T) {
	patterns := []string{`a?b*c`, `(?i)token\s`, `(?i)ſtraße`, `(?s)秘.{0,3}密`, `秘.密`, `^\s*\x{FFFD}`, `[^😀-😂]x`, `(?:甲|乙\d){2,5}丙`, `\bid\b`, `x$`}
	var texts []string
	for _, r := range shippedSet(t).Rules() {
		if r.Match.Regex != nil {
			patterns = append(patterns, r.Match.Regex.Pattern)
		}
		for _, c := range append(r.Tests.Hit, r.Tests.Miss...) {
			texts = append(texts, c.Text)
		}
	}
	texts = append(texts, "aac", "TOKEN ", "STRASSE straſſe", "秘\n密", "秘\xff密", "\xff", "😁x", "😃x", "甲乙3丙", "an id.", "x\ny")
	rng := rand.New(rand.NewPCG(8, 9))
	denied, matched := 0, 0
	for _, p := range patterns {
		re := regexp.MustCompile("(?m)" + p)
		a, err := newAutomaton("(?m)" + p)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		x, here := newExplorer(a, false), newExplorer(a, true)
		for range 300 {
			var b strings.Builder
			for range 1 + rng.IntN(3) {
				b.WriteString(texts[rng.IntN(len(texts))])
			}
			text := b.String()
			if n := rng.IntN(4); n > 0 {
				text = text[rng.IntN(len(text)+1):]
			}
			if here.mayMatch(text, false) {
				if !x.mayMatch(text, false) {
					t.Fatalf("%s may match at the beginning of %q, but nowhere", p, text)
				}
			} else if at := re.FindStringIndex(text); at != nil && at[0] == 0 {
				t.Fatalf("%s denies its match at the beginning of %q", p, text)
			}
			may, does := x.mayMatch(text, false), re.MatchString(text)
			if does && !may {
				t.Fatalf("%s denies its match in %q", p, text)
			}
			if does {
				matched++
			} else if !may {
				denied++
			}
		}
	}
	if matched == 0 || denied < 100*matched/10 {
		t.Errorf("%d texts matched, %d without a match were told apart", matched, denied)
	}
}

// TestExplorerIsBounded feeds an expression that has a state for every history
// of its last twenty characters.
func TestExplorerIsBounded(t *testing.T) {
	a, err := newAutomaton(`a.{20}b`)
	if err != nil {
		t.Fatal(err)
	}
	x := newExplorer(a, false)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		text := make([]byte, 4000)
		for i := range text {
			text[i] = "ac"[rng.IntN(2)]
		}
		x.mayMatch(string(text), false)
		if len(x.next) > maxTransitions+len(a.matches) {
			t.Fatalf("%d transitions", len(x.next))
		}
	}
	if !x.mayMatch("cca"+strings.Repeat("c", 20)+"bc", false) {
		t.Error("a match denied after all that")
	}
}
