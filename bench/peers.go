package bench

import (
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	bobusumisu "github.com/BobuSumisu/aho-corasick"
	anknown "github.com/anknown/ahocorasick"
	cloudflare "github.com/cloudflare/ahocorasick"
	"github.com/importcjj/sensitive"
	petar "github.com/petar-dambovaliev/aho-corasick"

	"prescreen/scanner/match"
)

// Finds says what a peer can report.
type Finds int

// What peers report: every occurrence with its position, or which terms
// occur, without positions or counts.
const (
	Occurrences Finds = iota
	Distinct
)

// Span is an occurrence, in bytes.
type Span struct{ Start, End int }

// Peer is one library with one setting.
type Peer struct {
	Name  string
	Finds Finds
	Pure  bool // a Go library without cgo, other than ours
	Ours  bool
	Max   int // terms it is asked to load at most; 0: any number

	// Build compiles terms to a search. Called with a nil visit the search
	// returns how many occurrences (or distinct terms) it found, in the way
	// the library itself hands them over; otherwise visit sees each of them.
	// Peers of kind Distinct give spans whose ends are 0 and the term.
	Build func(terms []string) (search func(text string, visit func(Span, string)) int, err error)
}

// Peers lists all peers that are compiled in.
func Peers() []Peer {
	return append([]Peer{
		ours("prescreen plain", match.Plain),
		ours("prescreen default folding", match.Default),
		ours("prescreen all folding", match.Default|match.Stars|match.InnerSpace|match.LineBreak|match.Noise|match.ChineseDigits),
		{Name: "anknown", Pure: true, Build: buildAnknown},
		{Name: "petar-dambovaliev NFA", Pure: true, Build: buildPetar(false)},
		{Name: "petar-dambovaliev DFA", Pure: true, Build: buildPetar(true), Max: 64000},
		{Name: "BobuSumisu", Pure: true, Build: buildBobuSumisu, Max: 64000},
		{Name: "cloudflare", Pure: true, Finds: Distinct, Build: buildCloudflare, Max: 20000},
		{Name: "importcjj", Pure: true, Finds: Distinct, Build: buildImportcjj},
	}, cgoPeers()...)
}

func ours(name string, fold match.Fold) Peer {
	return Peer{Name: name, Ours: true, Build: func(terms []string) (func(string, func(Span, string)) int, error) {
		list := make([]match.Term, len(terms))
		for i, t := range terms {
			list[i] = match.Term{Text: t, ID: int32(i), Fold: fold}
		}
		m, err := match.New(list)
		if err != nil {
			return nil, err
		}
		var hits []match.Hit
		return func(text string, visit func(Span, string)) int {
			hits = m.Append(hits[:0], text)
			if visit != nil {
				for _, h := range hits {
					visit(Span{h.Start, h.End}, terms[h.ID])
				}
			}
			return len(hits)
		}, nil
	}}
}

func buildAnknown(terms []string) (func(string, func(Span, string)) int, error) {
	list := make([][]rune, len(terms))
	for i, t := range terms {
		list[i] = []rune(t)
	}
	m := new(anknown.Machine)
	if err := m.Build(list); err != nil {
		return nil, err
	}
	return func(text string, visit func(Span, string)) int {
		runes := []rune(text)
		found := m.MultiPatternSearch(runes, false)
		if visit != nil {
			at := make([]int, 0, len(runes)+1)
			for i := range text {
				at = append(at, i)
			}
			at = append(at, len(text))
			for _, f := range found {
				visit(Span{at[f.Pos], at[f.Pos+len(f.Word)]}, string(f.Word))
			}
		}
		return len(found)
	}, nil
}

func buildPetar(dfa bool) func([]string) (func(string, func(Span, string)) int, error) {
	return func(terms []string) (func(string, func(Span, string)) int, error) {
		b := petar.NewAhoCorasickBuilder(petar.Opts{MatchKind: petar.StandardMatch, DFA: dfa})
		ac := b.Build(terms)
		return func(text string, visit func(Span, string)) int {
			n := 0
			for it := ac.IterOverlapping(text); ; {
				m := it.Next()
				if m == nil {
					return n
				}
				n++
				if visit != nil {
					visit(Span{m.Start(), m.End()}, terms[m.Pattern()])
				}
			}
		}, nil
	}
}

func buildBobuSumisu(terms []string) (func(string, func(Span, string)) int, error) {
	trie := bobusumisu.NewTrieBuilder().AddStrings(terms).Build()
	return func(text string, visit func(Span, string)) int {
		n := 0
		trie.Walk(asBytes(text), func(end, size, pattern int64) bool {
			n++
			if visit != nil {
				visit(Span{int(end - size + 1), int(end + 1)}, terms[pattern])
			}
			return true
		})
		return n
	}, nil
}

func buildCloudflare(terms []string) (func(string, func(Span, string)) int, error) {
	m := cloudflare.NewStringMatcher(terms)
	return func(text string, visit func(Span, string)) int {
		ids := m.MatchThreadSafe(asBytes(text))
		if visit != nil {
			for _, id := range ids {
				visit(Span{}, terms[id])
			}
		}
		return len(ids)
	}, nil
}

func buildImportcjj(terms []string) (func(string, func(Span, string)) int, error) {
	f := sensitive.New()
	f.AddWord(terms...)
	return func(text string, visit func(Span, string)) int {
		words := f.FindAll(text)
		if visit != nil {
			for _, w := range words {
				visit(Span{}, w)
			}
		}
		return len(words)
	}, nil
}

// Collect runs search once and returns what it finds in order: occurrences
// as spans, and the distinct terms.
func Collect(search func(string, func(Span, string)) int, text string) (spans []Span, distinct []string) {
	seen := map[string]bool{}
	search(text, func(s Span, term string) {
		spans = append(spans, s)
		if !seen[term] {
			seen[term] = true
			distinct = append(distinct, strings.Clone(term))
		}
	})
	slices.SortFunc(spans, func(a, b Span) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	slices.Sort(distinct)
	return spans, distinct
}

// Cut cuts text into pieces of about size bytes, at characters.
func Cut(text string, size int) []string {
	var out []string
	for len(text) > size {
		end := size
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end++
		}
		out = append(out, text[:end])
		text = text[end:]
	}
	return append(out, text)
}

// Short cuts text into n pieces of 120 characters, the size of a comment.
func Short(text string, n int) []string {
	var out []string
	for len(out) < n && len(text) > 0 {
		end := 0
		for range 120 {
			_, w := utf8.DecodeRuneInString(text[end:])
			end += w
		}
		out = append(out, text[:end])
		text = text[end:]
	}
	return out
}

// asBytes spares the peers that want bytes the copy; none of them writes.
func asBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
