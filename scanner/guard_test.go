package scanner

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"prescreen/scanner/match"
)

// exampleTexts returns the examples of the shipped rules.
func exampleTexts(t testing.TB) []string {
	var texts []string
	for _, r := range shippedSet(t).Rules() {
		for _, e := range slices.Concat(r.Tests.Hit, r.Tests.Miss) {
			if e.Text != "" {
				texts = append(texts, e.Text)
			}
		}
	}
	return texts
}

// mixer makes texts of pieces of others, some noise between them.
type mixer struct {
	rng   *rand.Rand
	texts []string
}

func (m *mixer) text(pieces int) string {
	noise := []string{"", "", "", "", " ", "　", "、", "，", "\u200b", "★", "\n", "\xff", "為"}
	var b strings.Builder
	for range pieces {
		piece := m.texts[m.rng.IntN(len(m.texts))]
		if m.rng.IntN(2) == 0 {
			runes := []rune(piece)
			from := m.rng.IntN(len(runes))
			piece = string(runes[from : from+1+m.rng.IntN(len(runes)-from)])
		}
		if m.rng.IntN(4) == 0 {
			at := m.rng.IntN(len(piece))
			for !utf8.RuneStart(piece[at]) {
				at--
			}
			piece = piece[:at] + noise[m.rng.IntN(len(noise))] + piece[at:]
		}
		b.WriteString(piece)
		b.WriteString(noise[m.rng.IntN(len(noise))])
	}
	return b.String()
}

// TestGuardsDenyNothing: where the guard of an anchor says no, its template
// does not match; where no witness of an expression is seen, it does not
// match.
func TestGuardsDenyNothing(t *testing.T) {
	s, err := New(shippedSet(t), Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	sc := newScan(s)
	m := mixer{rand.New(rand.NewPCG(3, 4)), exampleTexts(t)}
	denied, matched := 0, 0
	for range 1000 {
		text := m.text(1 + m.rng.IntN(6))
		sc.doc = body(text)
		sc.words.begin()
		hits, seen := s.prog.matcher.Append(nil, text), 0
		at := spot{text: text, parts: ^partMask(0)}
		for _, h := range hits {
			seen = sc.words.upTo(s.prog, hits, seen, h.End+witnessReach)
			for _, u := range s.prog.terms[h.ID].jobs {
				if u.role != roleAnchor {
					continue
				}
				r := s.prog.rules[u.rule]
				_, _, ok := r.templates[u.arg].run(sc, r.folder, text, h.Start, h.End)
				passes := sc.passes(u.guard, &at, h, runeBefore(text, h.Start), runeAfter(text, h.End))
				if ok && !passes {
					t.Fatalf("the guard of %s, template %q, denies its match at %d in %q", r.ID, r.Match.Templates[u.arg], h.Start, text)
				}
				if ok {
					matched++
				} else if !passes {
					denied++
				}
			}
		}
		for _, r := range s.prog.rules {
			if r.regex != nil && !sc.words.has(r.witness, 0) && r.regex.MatchString(text) {
				t.Fatalf("%s has no witness of its match in %q", r.ID, text)
			}
		}
	}
	if matched < 300 || denied < matched {
		t.Errorf("%d anchors matched, %d were denied: too few to tell", matched, denied)
	}
}

// TestRequiredLiterals: every match holds a literal of every list.
func TestRequiredLiterals(t *testing.T) {
	fold := match.NewFolder(match.Default)
	rarities := newRarities()
	q := requirer{fold.Rune, func(l literals) float64 { return rarities.share(l.texts) }}
	patterns := []string{`a?b*cd`, `(?i)token\s`, `(?i)ſtraße|K`, `(?:甲乙|丙丁){2,3}`, `(?:甲|)乙`, `[甲乙]丙?丁`, `(?:甲+|乙丙)丁*`, `x(?:y|z(?:1|2))+`, `甲{0,2}乙丙`}
	texts := append(exampleTexts(t), "acd", "TOKEN ", "STRASSE straſſe ſtraße", "k", "K", "甲乙丙丁甲乙", "乙", "甲丁", "乙丙丁", "甲甲", "xy", "xz1z2", "甲乙丙")
	for _, r := range shippedSet(t).Rules() {
		if r.Match.Regex != nil {
			patterns = append(patterns, r.Match.Regex.Pattern)
		}
	}
	lists, matches := 0, 0
	for _, p := range patterns {
		re := regexp.MustCompile("(?m)" + p)
		re2, err := syntax.Parse("(?m)"+p, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range q.of(re2.Simplify()).all() {
			lists++
			list := slices.Clone(l.texts)
			for i, text := range list {
				list[i] = string(fold.Append(nil, text))
			}
			for _, text := range texts {
				for _, found := range re.FindAllString(text, -1) {
					matches++
					folded := string(fold.Append(nil, found))
					if !slices.ContainsFunc(list, func(text string) bool {
						i := strings.Index(folded, text)
						return i >= 0 && utf8.RuneCountInString(folded[:i]) <= l.before
					}) {
						t.Fatalf("%s matches %q, which holds none of %q behind %d characters or less", p, found, list, l.before)
					}
				}
			}
		}
	}
	if lists < len(patterns) || matches < 100 {
		t.Errorf("%d lists of %d expressions, %d matches: too few to tell", lists, len(patterns), matches)
	}
}
