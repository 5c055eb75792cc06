package scanner

import (
	"strings"
)

// maxMasked is how many masked identity numbers of a document are compared.
const maxMasked = 300

// maskedID is a masked identity number as it stands in a document.
type maskedID struct {
	vals       [18]uint8
	hidden     int
	seg        int
	start, end int
	name       string // of the person beside it, empty if none was found
}

// noteMasked keeps a masked number for the comparison with others.
func (sc *scan) noteMasked(seg int, n number) {
	if len(sc.masked) == maxMasked {
		return
	}
	m := maskedID{hidden: int(n.hidden), seg: seg, start: int(n.start), end: int(n.end)}
	w := &sc.nearWalk
	w.walk(sc.doc.Segments[seg].Text[m.start:m.end], 1<<numID18, true)
	if len(w.units) != 18 {
		return
	}
	vals, _ := w.digitsOf(m.vals[:0], group{0, 18})
	spread(vals)
	m.name = sc.nameBeside(seg, m.start, m.end)
	sc.masked = append(sc.masked, m)
}

// nameBeside returns the personal name nearest before a place, or after it,
// or in the row.
func (sc *scan) nameBeside(seg, start, end int) string {
	s := &sc.doc.Segments[seg]
	if name := sc.lastName(s.Text[back(s.Text, start, 16):start]); name != "" {
		return name
	}
	if name := sc.lastName(s.Text[end:ahead(s.Text, end, 8)]); name != "" {
		return name
	}
	if s.Table > 0 {
		for _, c := range sc.grid().rowOf(s.Table, s.Row) {
			if name := sc.lastName(first(sc.doc.Segments[c.seg].Text, 20)); int(c.seg) != seg && name != "" {
				return name
			}
		}
	}
	return ""
}

// lastName returns the last token of s that is a name.
func (sc *scan) lastName(s string) string {
	name := ""
	for _, token := range strings.FieldsFunc(s, func(r rune) bool { return !isHan(r) }) {
		if sc.isName(token) {
			name = token
		}
	}
	return name
}

// unions looks for two copies of one person's number that were masked in
// different places, so that together they hide next to nothing.
func (sc *scan) unions() {
	for i := range sc.masked {
		for j := range i {
			a, b := &sc.masked[j], &sc.masked[i]
			vals, hidden, ok := join(a, b)
			if !ok || a.name != b.name || a.name == "" && len(sc.masked) > 2 {
				continue
			}
			var text strings.Builder
			text.WriteByte('~')
			for _, v := range vals {
				text.WriteByte("0123456789X*"[v])
			}
			for _, r := range sc.s.prog.union {
				if r.number.kinds.has(numID18) && hidden <= r.number.maxHidden {
					k := &sc.scratch.number
					*k = candidate{rule: r, seg: b.seg, start: b.start, end: b.end, kind: numID18, number: true, hidden: hidden, pair: -1, extra: text.String()}
					sc.candidate(k)
				}
			}
		}
	}
}

// join lays two masked numbers over each other. They can be one person's if
// no visible digit contradicts, at least four agree, and each shows what the
// other hides.
func join(a, b *maskedID) (vals [18]uint8, hidden int, ok bool) {
	agree := 0
	for i := range vals {
		x, y := a.vals[i], b.vals[i]
		switch {
		case x == unitMask:
			vals[i] = y
		case y == unitMask || x == y:
			vals[i] = x
			if x == y {
				agree++
			}
		default:
			return vals, 0, false
		}
		if vals[i] == unitMask {
			hidden++
		}
	}
	return vals, hidden, agree >= 4 && hidden < a.hidden && hidden < b.hidden
}
