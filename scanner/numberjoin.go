package scanner

import "strings"

// joinedNumbers looks for identity numbers whose digits are spread over
// neighbouring segments: cells of one row, or lines that a layout cut apart.
func (sc *scan) joinedNumbers() {
	if !sc.s.prog.numbers.has(numID18) {
		return
	}
	segs := sc.doc.Segments
	for i := 0; i+1 < len(segs); i++ {
		text := segs[i].Text
		if text == "" || text[len(text)-1] > '9' && text[len(text)-1] != 0x80 || text[len(text)-1] == '\n' && len(text) < 2 {
			continue
		}
		end := len(strings.TrimRight(text, " \t\r\n\u3000"))
		start := end
		for start > 0 && end-start < 18 && text[start-1]-'0' <= 9 {
			start--
		}
		if n := end - start; n == 0 || n > 17 || start > 0 && isAlnum(text[start-1]) {
			continue
		}
		if rest, ok := sc.restOfID(i, text[start:end]); ok {
			sc.number(i, number{numID18, 0, int32(start), int32(end)}, rest)
		}
	}
}

// restOfID collects digits of the segments after i until there are 18 of them.
func (sc *scan) restOfID(i int, head string) (rest string, ok bool) {
	segs := sc.doc.Segments
	var vals [18]uint8
	n := 0
	for k := range len(head) {
		vals[n] = head[k] - '0'
		n++
	}
	var buf [18]byte
	for j := i + 1; j < len(segs) && n < 18; j++ {
		a, b := &segs[j-1], &segs[j]
		if a.Place.Kind != b.Place.Kind || a.Place.File != b.Place.File || a.Table != b.Table || a.Table > 0 && a.Row != b.Row {
			return "", false
		}
		t := strings.TrimLeft(b.Text, " \t\r\n\u3000")
		k := 0
		for k < len(t) && n < 18 && (t[k]-'0' <= 9 || n == 17 && upper(t[k]) == 'X') {
			vals[n] = t[k] - '0'
			if t[k] > '9' {
				vals[n] = unitX
			}
			buf[n] = upper(t[k])
			n++
			k++
		}
		whole := strings.TrimRight(t[k:], " \t\r\n\u3000") == ""
		if k == 0 || n < 18 && !whole || n == 18 && k < len(t) && isAlnum(t[k]) {
			return "", false
		}
	}
	if n < 18 {
		return "", false
	}
	if kind, valid := sc.s.prog.tables.identity18(vals[:]); !valid || kind != numID18 {
		return "", false
	}
	return string(buf[len(head):]), true
}
