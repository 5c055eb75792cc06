package bench

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Row is the result of one peer.
type Row struct {
	Peer    string
	Finds   Finds
	Pure    bool
	Ours    bool
	Terms   int
	Hits    int           // as the peer counts them
	Build   time.Duration // least of the builds made, one for slow peers
	Least   time.Duration // for all texts: the sum of the least time for each
	Memory  int64         // peak resident bytes of a process that builds and searches; 0: not measured
	Allocs  float64       // per search
	Problem string        // why there is no figure, or what the peer gets wrong
}

// entrant is a peer that is built and verified.
type entrant struct {
	row    *Row
	search func(string, func(Span, string)) int
	least  []time.Duration // by text
}

// Measure builds the peers for terms, checks that they find in texts what
// ours finds, and times rounds rounds over all texts, one peer after the
// other in each round, so that a busy machine is unfair to all alike. The
// least time of each text counts: texts should be so short that some rounds
// pass without an interruption, and so long that the clock does not matter.
func Measure(peers []Peer, terms, texts []string, rounds int, logf func(string, ...any)) []Row {
	rows := make([]Row, len(peers))
	var in []entrant
	var wantSpans [][]Span
	var wantTerms [][]string
	for i, p := range peers {
		rows[i] = Row{Peer: p.Name, Finds: p.Finds, Pure: p.Pure, Ours: p.Ours, Terms: len(terms)}
		row := &rows[i]
		if p.Max > 0 && len(terms) > p.Max {
			row.Problem = fmt.Sprintf("not asked to load more than %d terms", p.Max)
			continue
		}
		logf("build %s for %d terms", p.Name, len(terms))
		search, err := build(p, terms, row)
		if err != nil {
			row.Problem = err.Error()
			continue
		}
		for k, text := range texts {
			spans, distinct := Collect(search, text)
			if i == 0 {
				wantSpans, wantTerms = append(wantSpans, spans), append(wantTerms, distinct)
				continue
			}
			if p.Finds == Occurrences && !p.Ours && !slices.Equal(spans, wantSpans[k]) {
				row.Problem = fmt.Sprintf("finds %d occurrences where there are %d", len(spans), len(wantSpans[k]))
				break
			}
			if p.Finds == Distinct && !slices.Equal(distinct, wantTerms[k]) {
				row.Problem = fmt.Sprintf("finds %d terms where there are %d", len(distinct), len(wantTerms[k]))
				break
			}
		}
		in = append(in, entrant{row, search, make([]time.Duration, len(texts))})
	}
	for round := range rounds {
		for _, e := range in {
			e.round(texts, round == 0)
		}
		logf("round %d of %d", round+1, rounds)
	}
	for _, e := range in {
		e.row.Least = 0
		for _, d := range e.least {
			e.row.Least += d
		}
	}
	return rows
}

func build(p Peer, terms []string, row *Row) (func(string, func(Span, string)) int, error) {
	var search func(string, func(Span, string)) int
	for n := 0; n == 0 || n < 5 && row.Build < 200*time.Millisecond; n++ {
		runtime.GC()
		start := time.Now()
		s, err := p.Build(terms)
		if err != nil {
			return nil, err
		}
		if d := time.Since(start); n == 0 || d < row.Build {
			row.Build = d
		}
		search = s
	}
	return search, nil
}

func (e entrant) round(texts []string, first bool) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	hits := 0
	for i, t := range texts {
		start := time.Now()
		hits += e.search(t, nil)
		if d := time.Since(start); first || d < e.least[i] {
			e.least[i] = d
		}
	}
	runtime.ReadMemStats(&after)
	allocs := float64(after.Mallocs-before.Mallocs) / float64(len(texts))
	if first || allocs < e.row.Allocs {
		e.row.Allocs = allocs
	}
	e.row.Hits = hits
}
