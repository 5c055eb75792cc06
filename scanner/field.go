package scanner

import (
	"strings"
	"unicode/utf8"
)

// field looks for the value behind the label k: on the same line, in the next
// cell of the row, below a header cell, or in the next segment.
func (sc *scan) field(k *candidate) {
	seg := &sc.doc.Segments[k.seg]
	text := seg.Text
	i, colon := sc.skipToValue(text, k.end)
	if i < len(text) {
		if colon || i > k.end && len(k.rule.values) > 0 && i-k.end <= 24 {
			sc.fieldValue(k, k.seg, i)
		}
		return
	}
	if !onlyEdge(text[:runeStart(text, min(k.start, 40))]) || k.start > 40 {
		if !colon {
			return
		}
	}
	if seg.Table == 0 {
		sc.standsAlone()
		if colon && k.seg+1 < len(sc.doc.Segments) {
			if next := &sc.doc.Segments[k.seg+1]; next.Table == 0 && next.Place.Kind == seg.Place.Kind && next.Place.File == seg.Place.File {
				j, _ := sc.skipToValue(next.Text, 0)
				sc.fieldValue(k, k.seg+1, j)
			}
		}
		return
	}
	sc.fieldCells(k, seg)
}

// fieldCells looks at the cells beside and below a label that fills its cell.
func (sc *scan) fieldCells(k *candidate, seg *Segment) {
	g := sc.grid()
	for _, c := range g.rowOf(seg.Table, seg.Row) {
		if int(c.col) <= seg.Col {
			continue
		}
		// Tables of label and value often call their first row a header: a
		// neighbour that is one of the values is believed all the same.
		if next := &sc.doc.Segments[c.seg]; !next.Header || len(k.rule.values) > 0 {
			j, _ := sc.skipToValue(next.Text, 0)
			if sc.fieldValue(k, int(c.seg), j) {
				return
			}
		}
		break
	}
	if !seg.Header && seg.Row > 1 {
		return
	}
	t := int32(seg.Table)
	for _, c := range between(g.cells, cell{t, int32(seg.Row) + 1, 0, -1}, cell{t + 1, 0, 0, -1}) {
		if int(c.col) == seg.Col {
			below := sc.doc.Segments[c.seg].Text
			j, _ := sc.skipToValue(below, 0)
			sc.fieldValue(k, int(c.seg), j)
		}
	}
}

// skipToValue passes over what may stand between a label and its value, and
// tells whether a colon or the like was there.
func (sc *scan) skipToValue(text string, i int) (at int, colon bool) {
	for n := 0; i < len(text) && n < 24; n++ {
		r, w := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == ':' || r == '：' || r == '=' || r == '＝' || r == '﹕' || r == '∶' || r == '|' || r == '｜':
			colon = true
		case isSpace(r) || isInvisible(r) || strings.ContainsRune(starSet, r):
		case strings.ContainsRune("\"'“”‘’[【（(「『《<", r) && colon, strings.ContainsRune("\"'”’」", r) && n == 0: // "label": value
		case (r == '】' || r == ']' || r == '〕') && n == 0: // 【label】value
			colon = true
		case (r == '为' || r == '是') && !colon && n < 2:
			colon = true
		default:
			return i, colon
		}
		i += w
	}
	return i, colon
}

// fieldValue makes a candidate of the value at text[i:] of a segment. It
// reports whether there was one.
func (sc *scan) fieldValue(label *candidate, seg, i int) bool {
	r := label.rule
	text := sc.doc.Segments[seg].Text
	if i >= len(text) || r.folder.longest(text, i, r.clean) >= 0 {
		return false
	}
	end := -1
	if len(r.values) > 0 {
		end = r.folder.longest(text, i, r.values)
	} else {
		end = freeValue(text, i, r.Match.Field.MinChars, r.Match.Field.MaxChars)
	}
	if end < 0 {
		return false
	}
	k := &sc.scratch.value
	*k = candidate{rule: r, seg: seg, start: i, end: end, pair: -1}
	sc.candidate(k)
	return true
}

// freeValue returns the end of a value of any content: up to a space, a line
// break or punctuation that ends a clause, or -1 where it is too short.
func freeValue(text string, i, lo, hi int) int {
	if hi == 0 {
		hi = 40
	}
	n := 0
	for i < len(text) && n < hi {
		r, w := utf8.DecodeRuneInString(text[i:])
		if isSpace(r) || strings.ContainsRune("，,；;。、)）]】》」』|", r) {
			break
		}
		i += w
		n++
	}
	last, _ := utf8.DecodeLastRuneInString(text[:i])
	if n < max(lo, 1) || last == ':' || last == '：' { // the next label
		return -1
	}
	return i
}
