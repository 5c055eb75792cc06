package match

import (
	"slices"
	"unicode/utf8"
)

// naive is the definition of what matches, written for plainness: fold the
// whole text for each spelling, compare at every unit.
type naive struct {
	forms map[Fold]map[rune]string
}

type naiveUnit struct {
	r          rune
	start, end int
	gap        int // spaces, breaks and noise skipped since the unit before
}

const naiveBad = -1

func (nv *naive) form(r rune, f Fold) string {
	if nv.forms == nil {
		nv.forms = map[Fold]map[rune]string{}
	}
	direct := nv.forms[f]
	if direct == nil {
		direct = map[rune]string{}
		list := classes()
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].fold&f != 0 {
				entries(list[i].table, func(from rune, to string) { direct[from] = to })
			}
		}
		nv.forms[f] = direct
	}
	s := string(r)
	for range 8 {
		next := ""
		for _, c := range s {
			if skipClass(c)&f != 0 {
				continue
			}
			if to, ok := direct[c]; ok {
				next += to
			} else {
				next += string(c)
			}
		}
		if next == s {
			break
		}
		s = next
	}
	return s
}

func (nv *naive) view(text string, f Fold) []naiveUnit {
	var out []naiveUnit
	gap := 0
	for i := 0; i < len(text); {
		r, w := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && w == 1 {
			out = append(out, naiveUnit{naiveBad, i, i + 1, gap})
			gap = 0
			i++
			continue
		}
		form := nv.form(r, f)
		if form == "" && skipClass(r)&f&(InnerSpace|LineBreak|Noise) != 0 {
			gap++
		}
		for _, c := range form {
			out = append(out, naiveUnit{c, i, i + w, gap})
			gap = 0
		}
		i += w
	}
	return out
}

func (nv *naive) find(terms []Term, text string) []Hit {
	var hits []Hit
	views := map[Fold][]naiveUnit{}
	var spell speller
	for _, t := range terms {
		f := t.Fold &^ (Split | Pinyin)
		for _, r := range t.Text {
			if skipClass(r)&Noise != 0 {
				f &^= Noise
			}
		}
		pats := []pattern{{text: t.Text, id: t.ID, fold: f}}
		if t.Fold&(Split|Pinyin) != 0 {
			pats = spell.appendVariants(pats, t, f)
		}
		for _, p := range pats {
			view, ok := views[p.fold]
			if !ok {
				view = nv.view(text, p.fold)
				views[p.fold] = view
			}
			hits = append(hits, nv.occurrences(p, view)...)
		}
	}
	slices.SortFunc(hits, Hit.compare)
	return slices.Compact(hits)
}

func (nv *naive) occurrences(p pattern, view []naiveUnit) []Hit {
	var hits []Hit
	want := nv.view(p.text, p.fold)
	for i := range view {
		if len(view)-i < len(want) {
			break
		}
		ok := true
		for k := range want {
			u := view[i+k]
			if u.r != want[k].r || k > 0 && u.gap > MaxGap {
				ok = false
				break
			}
		}
		last := i + len(want) - 1
		if ok && p.latin {
			ok = !nv.goesOn(view, i, -1) && !nv.goesOn(view, last, 1)
		}
		if ok {
			hits = append(hits, Hit{p.id, view[i].start, view[last].end})
		}
	}
	return hits
}

// goesOn reports whether the Latin letter at view[i] has a Latin letter right
// beside it in the text.
func (nv *naive) goesOn(view []naiveUnit, i, step int) bool {
	latin := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	if !latin(view[i].r) {
		return false
	}
	edge := view[i]
	// The units of the neighbouring character, which stands directly beside.
	for k := i + step; k >= 0 && k < len(view); k += step {
		n := view[k]
		if n.start == edge.start {
			continue
		}
		if step < 0 && n.end != edge.start || step > 0 && n.start != edge.end {
			return false
		}
		for m := k; m >= 0 && m < len(view) && view[m].start == n.start; m += step {
			if latin(view[m].r) {
				return true
			}
		}
		return false
	}
	return false
}
