package match

import (
	"testing"
	"time"
)

func slices64(text string) []string {
	var out []string
	for len(text) > 1<<16 {
		n := 1 << 16
		for text[n]&0xC0 == 0x80 {
			n++
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

func sumMin(parts []string, rounds int, f func(string)) float64 {
	least := make([]time.Duration, len(parts))
	for r := range rounds {
		for i, p := range parts {
			a := time.Now()
			f(p)
			if d := time.Since(a); r == 0 || d < least[i] {
				least[i] = d
			}
		}
	}
	var sum time.Duration
	for _, d := range least {
		sum += d
	}
	return float64(sum)
}

func TestSpeed(t *testing.T) {
	text := lawText(t, 4<<20)
	parts := slices64(text)
	size, units := 0, 0.0
	for _, p := range parts {
		size += len(p)
		units += float64(len([]rune(p)))
	}
	for _, c := range []struct {
		name string
		n    int
		f    Fold
	}{{"plain", 20000, Plain}, {"plain", 1000, Plain}, {"plain", 150000, Plain}, {"default", 20000, Default}, {"all", 20000, Default | Stars | InnerSpace | LineBreak | Noise}} {
		m := mustNew(t, listTerms(t, c.n, c.f))
		e := m.engines[0]
		s := e.get()
		var hits []Hit
		total := sumMin(parts, 40, func(p string) { hits = m.Append(hits[:0], p) })
		fill := sumMin(parts, 20, func(p string) {
			s.n = 0
			for i := 0; i < len(p); {
				i = e.fill(s, p, i, blockUnits)
				s.n = 0
			}
		})
		e.fill(s, text[1<<20:], 0, blockUnits)
		coarse1 := sumMin(parts, 20, func(p string) {
			for i := 0; i < len(p); {
				s.n = 0
				i = e.fill(s, p, i, blockUnits)
				coarse(s.cands, s.units, s.n, e.gate.cells, e.gate.shift, e.gate.ones)
			}
		}) - fill
		fine := sumMin(parts, 20, func(p string) {
			for i := 0; i < len(p); {
				s.n = 0
				i = e.fill(s, p, i, blockUnits)
				e.gate.pass(s.cands, s.units, s.n)
			}
		}) - fill - coarse1
		t.Logf("%s %d: %.0f MB/s, per unit %.2f ns: fill %.2f coarse %.2f fine %.2f", c.name, c.n, float64(size)/1e6/(total/1e9), total/units, fill/units, coarse1/units, fine/units)
		if e.raw != nil {
			var nc, nf int
			pass := sumMin(parts, 20, func(p string) {
				for i := 0; i < len(p); {
					_, i = e.raw.pass(s.cands, p, i, min(len(p), i+rawBytes))
				}
			})
			fine := sumMin(parts, 20, func(p string) {
				for i := 0; i < len(p); {
					n, next := e.raw.pass(s.cands, p, i, min(len(p), i+rawBytes))
					nc += n
					nf += len(e.rawFine(s.cands[:n], p, i))
					i = next
				}
			}) - pass
			t.Logf("   raw pass %.2f fine %.2f rest %.2f cands %.1f%% fine %.1f%%", pass/units, fine/units, (total-pass-fine)/units, 5*float64(nc)/units, 5*float64(nf)/units)
		}
	}
}
