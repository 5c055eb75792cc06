package match

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// gapsOK reports whether no gap in s, which begins and ends with a unit, is
// wider than MaxGap.
func (c *check) gapsOK(s string) bool {
	gap := 0
	for _, r := range s {
		switch {
		case !c.fd.skips(r):
			gap = 0
		case skipClass(r)&c.fd.fold&gapping != 0:
			if gap++; gap > MaxGap {
				return false
			}
		}
	}
	return true
}

// mayBe reports whether something was skipped wherever c needs it, among
// the units from j on, or may be hidden in the forms of the characters there.
func (c *check) mayBe(s *scratch, text string, j int) bool {
	missing := c.need &^ s.gapsAt(j)
	if missing&c.sure != 0 {
		return false
	}
	for ; missing != 0; missing &= missing - 1 {
		k := j + bits.TrailingZeros64(missing)
		before := k > j && c.composite(text[s.base+int(s.offs[k-1]):])
		if !before && (k == s.n || !c.composite(text[s.base+int(s.offs[k]):])) {
			return false
		}
	}
	return true
}

// composite reports whether the character at the head of s, which has a unit,
// has a form of several.
func (c *check) composite(s string) bool {
	if s[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return (r > 0xFFFF || c.fd.units[r] == unitMany) && c.fd.many[r].n > 1
}

// append appends the occurrences where the character at h.Start gives the
// first unit that the engine sees.
func (c *check) append(dst []Hit, s *scratch, text string, h Hit) []Hit {
	p := h.Start
	dst = c.appendAt(dst, s, text, p, h)
	// What comes first may be skipped under the engine's Fold but not under
	// this one: then the occurrence begins at one of the few characters before
	// p that give units.
	for q, seen := p, 0; q > 0 && seen < c.lead; {
		r, w := utf8.DecodeLastRuneInString(text[:q])
		if q -= w; !c.fd.skips(r) {
			seen++
			h.Start = q
			dst = c.appendAt(dst, s, text, p, h)
		}
	}
	return dst
}

// appendAt appends the occurrences that begin with the character at h.Start
// and whose unit after the leading ones comes from the character at p. There
// can be several where that character has several units.
func (c *check) appendAt(dst []Hit, s *scratch, text string, p int, h Hit) []Hit {
	var buf [maxForm]rune
	r, w := utf8.DecodeRuneInString(text[h.Start:])
	if r == utf8.RuneError && w == 1 {
		return dst
	}
	form := c.fd.appendRunes(buf[:0], r)
	for k := range form {
		if h.End = c.run(text, h.Start, w, p, form[k:]); h.End > 0 && c.edgesOK(text, h.Start, h.End) {
			dst = s.put(dst, h)
		}
	}
	return dst
}

// run compares from the character at q, which gives form and is w bytes
// long, and returns where the occurrence ends, or 0.
func (c *check) run(text string, q, w, p int, form []rune) int {
	var buf [maxForm]rune
	gap := 0
	for k := 0; ; {
		for _, f := range form {
			if f != c.runes[k] || k == c.lead && q != p {
				return 0
			}
			if k++; k == len(c.runes) {
				return q + w
			}
		}
		if len(form) > 0 {
			gap = 0
		}
		q += w
		if q == len(text) {
			return 0
		}
		var r rune
		r, w = utf8.DecodeRuneInString(text[q:])
		if r == utf8.RuneError && w == 1 {
			return 0
		}
		if form = c.fd.appendRunes(buf[:0], r); len(form) == 0 && skipClass(r)&c.fd.fold&gapping != 0 {
			if gap++; gap > MaxGap {
				return 0
			}
		}
	}
}

// edgesOK reports whether a Latin end of a pinyin spelling does not go on.
func (c *check) edgesOK(text string, start, end int) bool {
	if !c.latin {
		return true
	}
	if c.latinRune(c.runes[0]) {
		if r, _ := utf8.DecodeLastRuneInString(text[:start]); c.latinText(r) {
			return false
		}
	}
	if c.latinRune(c.runes[len(c.runes)-1]) {
		if r, _ := utf8.DecodeRuneInString(text[end:]); c.latinText(r) {
			return false
		}
	}
	return true
}

func (c *check) latinRune(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// latinText reports whether r folds to something with a Latin letter.
func (c *check) latinText(r rune) bool {
	var buf [maxForm]rune
	return slices.ContainsFunc(c.fd.appendRunes(buf[:0], r), c.latinRune)
}
