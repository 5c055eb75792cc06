package scanner

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// around is how many characters of context an excerpt shows on either side.
const around = 18

// maxShownPerson is the longest value about a person that is shown whole.
const maxShownPerson = 12

// excerpt shows a finding in its place without giving it away: values of
// persons and secrets are masked, and so are long numbers and names beside
// them.
func (sc *scan) excerpt(k *candidate) string {
	if k.secret {
		if sc.s.cfg.Lang == "en" {
			return "(term of an encrypted list)"
		}
		return "（加密词表中的词，不予显示）"
	}
	text := sc.doc.Segments[k.seg].Text
	from, to := back(text, k.start, around), ahead(text, k.end, around)
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	sc.maskContext(&b, sc.beside(k.seg, from, k.start), k)
	b.WriteString("【")
	b.WriteString(sc.shown(k))
	b.WriteString("】")
	sc.maskContext(&b, sc.beside(k.seg, k.end, to), k)
	if to < len(text) {
		b.WriteString("…")
	}
	return b.String()
}

// withoutSecrets is text[from:to] with stars for terms of encrypted lists: no
// excerpt shows them, whichever rule it is of.
func (sc *scan) withoutSecrets(text string, from, to int) string {
	return starred(text, from, to, sc.secrets(nil, text, from, to))
}

// beside is text[from:to] of a segment, near a finding, with stars for terms of
// encrypted lists and for what other findings say of persons and credentials.
func (sc *scan) beside(seg, from, to int) string {
	text := sc.doc.Segments[seg].Text
	return starred(text, from, to, sc.secrets(sc.tally.privateIn(seg, from, to), text, from, to))
}

// secrets appends where terms of encrypted lists stand in or over text[from:to].
func (sc *scan) secrets(dst []place, text string, from, to int) []place {
	reach := sc.s.prog.hiddenReach
	if reach == 0 {
		return dst
	}
	start := back(text, from, reach)
	for _, h := range sc.s.prog.hidden.Append(nil, text[start:ahead(text, to, reach)]) {
		dst = append(dst, place{start: start + h.Start, end: start + h.End})
	}
	return dst
}

// starred is text[from:to] with stars for the places.
func starred(text string, from, to int, places []place) string {
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	at := from
	for _, p := range places {
		first, end := max(p.start, at), min(p.end, to)
		if first >= end {
			continue
		}
		b.WriteString(text[at:first] + "***")
		at = end
	}
	return b.String() + text[at:to]
}

// shown is the value as people may see it.
func (sc *scan) shown(k *candidate) string {
	if k.secret {
		return "***"
	}
	value := sc.withoutSecrets(sc.doc.Segments[k.seg].Text, k.start, k.end)
	switch {
	case k.number:
		return oneLine(maskNumber(value))
	case k.rule.Category == "credential":
		return oneLine(maskSecret(value))
	case k.rule.Category == "pii":
		var b strings.Builder
		n := utf8.RuneCountInString(value)
		switch {
		case n > maxShownPerson: // an address, not the name of an illness
			value = value[:ahead(value, 0, maxShownPerson/2)]
		case k.cells > 0: // a cell of a column that rules call private
			value = value[:ahead(value, 0, (n+1)/3)]
		case n > 4: // longer than an illness: likely with a name, 受害人某某某
			value = value[:ahead(value, 0, n/2)]
		default:
			sc.maskContext(&b, value, k)
			return b.String()
		}
		sc.maskContext(&b, value, k)
		return b.String() + "***"
	}
	return oneLine(clip(sc.beside(k.seg, k.start, k.end), 60))
}

func clip(s string, n int) string {
	if end := ahead(s, 0, n); end < len(s) {
		return s[:end] + "…"
	}
	return s
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// maskNumber keeps the first and last characters of a value and hides at
// least half of it: 34**************77, 139****1234.
func maskNumber(s string) string {
	n := 0
	for _, r := range s {
		if !hiddenSeparator(r) {
			n++
		}
	}
	head, tail := n/6, n/6
	if n == 11 {
		head, tail = 3, 4
	}
	var b strings.Builder
	i := 0
	for _, r := range s {
		switch {
		case hiddenSeparator(r):
			continue
		case i < head || i >= n-tail:
			b.WriteRune(r)
		default:
			b.WriteByte('*')
		}
		i++
	}
	return b.String()
}

func hiddenSeparator(r rune) bool {
	return isSpace(r) || isInvisible(r) || r == '-' || r == '–' || r == '—'
}

// maskSecret shows the first two characters of a credential and no length.
func maskSecret(s string) string {
	return s[:ahead(s, 0, 2)] + "******"
}

// maskContext writes text beside a value: digits of numbers with five or more
// are hidden, and names in findings about persons keep their surname only.
func (sc *scan) maskContext(b *strings.Builder, text string, k *candidate) {
	person := k.rule.Category == "pii"
	for text != "" {
		r, w := utf8.DecodeRuneInString(text)
		switch {
		case anyDigit(r):
			n := strings.IndexFunc(text, func(r rune) bool { return !anyDigit(r) && r != 'X' && r != 'x' })
			if n < 0 {
				n = len(text)
			}
			if utf8.RuneCountInString(text[:n]) >= 5 || k.rule.Category == "credential" {
				b.WriteString("****")
			} else {
				b.WriteString(text[:n])
			}
			text = text[n:]
		case isHan(r):
			n := strings.IndexFunc(text, func(r rune) bool { return !isHan(r) })
			if n < 0 {
				n = len(text)
			}
			if person && sc.isName(text[:n]) {
				b.WriteString(text[:w])
				b.WriteString("**")
			} else {
				b.WriteString(text[:n])
			}
			text = text[n:]
		case k.rule.Category == "credential" && isLatin(text[0]):
			n := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || !isAlnum(byte(r)) })
			if n < 0 {
				n = len(text)
			}
			if n > 12 {
				b.WriteString("****")
			} else {
				b.WriteString(text[:n])
			}
			text = text[n:]
		default:
			b.WriteString(oneLine(text[:w]))
			text = text[w:]
		}
	}
}
