package match

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSteps measures the steps of a block one by one, at each level the
// processor has: the sum over all blocks of the least time of each.
func BenchmarkSteps(b *testing.B) {
	text := lawText(b, 4<<20)
	const all = Default | Stars | InnerSpace | LineBreak | Noise | ChineseDigits
	for _, n := range []int{1000, 20000, 64000} {
		for _, f := range []Fold{Plain, Default, all} {
			m := mustNew(b, listTerms(b, n, f))
			for l := simd(); l >= plainGo; l-- {
				b.Run(fmt.Sprintf("terms=%d/fold=%x/level=%d", n, f, l), func(b *testing.B) {
					e := m.engines[0]
					e.gate.level = l
					defer func() { e.gate.level = simd() }()
					var t stepTimes
					for range b.N {
						t.text(e, text)
					}
					t.report(b)
				})
			}
		}
	}
}

// stepTimes are the times of the steps for each block.
type stepTimes struct {
	least [4][]time.Duration
	chars int
}

// text does what engine.append does, and stops the time of each step.
func (t *stepTimes) text(e *engine, text string) {
	s := e.get()
	defer e.scratch.Put(s)
	s.begin()
	t.chars = 0
	var dst []Hit
	for block := 0; s.next < len(text); block++ {
		var at [5]time.Time
		at[0] = time.Now()
		s.next = e.fill(s, text, s.next, len(s.units)-pad-step)
		s.end()
		done := s.n
		if s.next < len(text) {
			done -= e.longest
		}
		at[1] = time.Now()
		n := e.gate.coarsely(s.cands, s.units, done)
		at[2] = time.Now()
		n = e.gate.finely(s.cands, n, s.units)
		at[3] = time.Now()
		dst = e.verify(dst[:0], s, text, s.cands[:n])
		at[4] = time.Now()
		t.chars += done
		s.keep(done)
		for i := range t.least {
			d := at[i+1].Sub(at[i])
			if block == len(t.least[i]) {
				t.least[i] = append(t.least[i], d)
			}
			t.least[i][block] = min(t.least[i][block], d)
		}
	}
}

func (t *stepTimes) report(b *testing.B) {
	var total float64
	for i, name := range []string{"fold", "coarse", "fine", "verify"} {
		var sum time.Duration
		for _, d := range t.least[i] {
			sum += d
		}
		ns := float64(sum) / float64(t.chars)
		total += ns
		b.ReportMetric(ns, name+"-ns/unit")
	}
	b.ReportMetric(total, "all-ns/unit")
}
