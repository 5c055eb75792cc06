package scanner

import (
	"strings"
	"unicode/utf8"
)

func surnameSet(data []byte) map[string]bool {
	m := map[string]bool{}
	eachRow(data, func(col []string) { m[strings.TrimSpace(col[0])] = true })
	return m
}

// nameWindow remembers the names that the segmenter found in a stretch of a
// segment.
type nameWindow struct{ seg, from, to, ahead int }

// nameGrid is the stretch of text that is segmented for names at a time, at most.
const nameGrid = 768

// nameNear looks for a personal name where the condition says.
func (sc *scan) nameNear(cd *cond, k *candidate) bool {
	seg := &sc.doc.Segments[k.seg]
	from, to := sc.window(cd, k)
	if from < k.start && sc.hasName(seg.Text[from:k.start]) || k.end < to && sc.hasName(seg.Text[k.end:to]) {
		return true
	}
	if seg.Table > 0 && (cd.sameRow || cd.header) {
		row := sc.grid().rowOf(seg.Table, seg.Row)
		for i, c := range row {
			if i == 64 {
				break
			}
			if int(c.seg) != k.seg && sc.hasName(first(sc.doc.Segments[c.seg].Text, 40)) {
				return true
			}
		}
	}
	return (from < k.start || k.end < to) && sc.segmenterName(k, from, to)
}

func (sc *scan) isSurname(r rune) bool { return sc.s.prog.surnameRunes[r] }

// nameAt returns the length in bytes of the name that text begins with.
func (sc *scan) nameAt(text string) int {
	if sc.cursor != nil {
		return sc.cursor.NameAt(text, sc.isSurname)
	}
	for chars := 3; chars >= 2; chars-- {
		if n := ahead(text, 0, chars); sc.isName(text[:n]) {
			return n
		}
	}
	return 0
}

// hasName reports a name that stands by itself in s: two to four Chinese
// characters that begin with a surname, between other characters.
func (sc *scan) hasName(s string) bool {
	for s != "" {
		i := strings.IndexFunc(s, isHan)
		if i < 0 {
			return false
		}
		s = s[i:]
		n := strings.IndexFunc(s, func(r rune) bool { return !isHan(r) })
		if n < 0 {
			n = len(s)
		}
		if sc.isName(s[:n]) {
			return true
		}
		s = s[n:]
	}
	return false
}

// isName reports whether a whole token looks like a personal name.
func (sc *scan) isName(token string) bool {
	n := utf8.RuneCountInString(token)
	if n < 2 || n > 4 || strings.Contains(token, "某") {
		return false
	}
	if sc.cursor != nil {
		return sc.cursor.NameAt(token, sc.isSurname) == len(token)
	}
	_, w := utf8.DecodeRuneInString(token)
	_, w2 := utf8.DecodeRuneInString(token[w:])
	double := n > 2 && sc.s.prog.surnames[token[:w+w2]]
	return double || n < 4 && sc.s.prog.surnames[token[:w]]
}

// segmenterName asks the segmenter's tags for a name inside text[from:to] that
// does not touch the candidate.
func (sc *scan) segmenterName(k *candidate, from, to int) bool {
	if sc.s.cfg.Words == nil {
		return false
	}
	text := sc.doc.Segments[k.seg].Text
	w := &sc.nameWindow
	if w.seg != k.seg || from < w.from || to > w.to {
		if !sc.cursor.MayHoldName(text[from:to], sc.isSurname) {
			return false
		}
		// Many candidates in one segment are worth a longer look ahead.
		if w.seg == k.seg {
			w.ahead = min(2*w.ahead, nameGrid)
		} else {
			w.ahead = 48
		}
		w.seg = k.seg
		w.from, w.to = runeStart(text, max(from-48, 0)), runeStart(text, min(to+w.ahead, len(text)))
		names, err := sc.s.cfg.Words.Names(sc.nameBuf[:0], text[w.from:w.to])
		if err != nil {
			names = names[:0]
		}
		sc.nameBuf = names
	}
	for _, n := range sc.nameBuf {
		a, b := w.from+n.Start, w.from+n.End
		if a < from || b > to || a < k.end && b > k.start {
			continue
		}
		return true
	}
	return false
}

// numberNear looks for a number of one of the condition's kinds in the window
// or in the row.
func (sc *scan) numberNear(cd *cond, k *candidate) bool {
	seg := &sc.doc.Segments[k.seg]
	from, to := sc.window(cd, k)
	if from < k.start && sc.anyNumber(seg.Text[from:k.start], cd.numbers) || k.end < to && sc.anyNumber(seg.Text[k.end:to], cd.numbers) {
		return true
	}
	if seg.Table == 0 || !cd.sameRow {
		return false
	}
	for i, c := range sc.grid().rowOf(seg.Table, seg.Row) {
		if i == 64 {
			break
		}
		if int(c.seg) != k.seg && sc.anyNumber(first(sc.doc.Segments[c.seg].Text, 60), cd.numbers) {
			return true
		}
	}
	return false
}

func (sc *scan) anyNumber(text string, kinds numberMask) bool {
	sc.nearWalk.walk(text, kinds, false)
	for _, n := range sc.nearWalk.found {
		if kinds.has(n.kind) {
			return true
		}
	}
	return false
}

// dateNear compares the latest date or year around the candidate with today:
// negative for past, positive for future, zero where there is none.
func (sc *scan) dateNear(cd *cond, k *candidate) int {
	seg := &sc.doc.Segments[k.seg]
	from, to := sc.window(cd, k)
	latest := latestDate(seg.Text[from:to])
	if cd.document || cd.head {
		for i := range sc.doc.Segments {
			if i < 40 && running(sc.doc.Segments[i].Place.Kind) {
				latest = max(latest, latestDate(headText(sc.doc.Segments[i].Text, 20)))
			}
		}
	}
	if latest == 0 {
		return 0
	}
	now := sc.now()
	today := (now.Year()*13+int(now.Month()))*32 + now.Day()
	if latest < today {
		return -1
	}
	return 1
}

// latestDate returns the latest date in s as (year*13+month)*32+day, 0 for
// none. A year alone counts as its last day, a month likewise.
func latestDate(s string) int {
	latest := 0
	for i := 0; i+4 <= len(s); {
		y, n := digitsAt(s, i, 5)
		if n == 0 {
			i++
			continue
		}
		i += n
		if n != 4 || y < 1949 || y > 2100 {
			continue
		}
		month, day := 12, 31
		if j := afterMark(s, i, "年", "-", ".", "/"); j > 0 {
			if m, n := digitsAt(s, j, 2); n > 0 && m >= 1 && m <= 12 {
				month = m
				if l := afterMark(s, j+n, "月", "-", ".", "/"); l > 0 {
					if d, n := digitsAt(s, l, 2); n > 0 && d >= 1 && d <= 31 {
						day = d
					}
				}
			}
		}
		latest = max(latest, (y*13+month)*32+day)
	}
	return latest
}

// digitsAt reads up to limit ASCII digits.
func digitsAt(s string, i, limit int) (val, n int) {
	for n < limit && i+n < len(s) && s[i+n]-'0' <= 9 {
		val = val*10 + int(s[i+n]-'0')
		n++
	}
	return val, n
}

func afterMark(s string, i int, marks ...string) int {
	for _, m := range marks {
		if strings.HasPrefix(s[i:], m) {
			i += len(m)
			for i < len(s) && s[i] == ' ' {
				i++
			}
			return i
		}
	}
	return 0
}
