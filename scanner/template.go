package scanner

import (
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/dictionaries"
)

// template is a compiled template: what stands before its anchor, the anchor
// that the matcher finds, and what stands after it.
type template struct {
	before, after []step
	reach         int // most characters before the anchor
	anchorTexts   []string
}

// step is one element of a template.
type step struct {
	slot     string
	texts    []string // of a literal, an own slot or {level}
	literals [][]rune // the same, folded
	firsts   runeFilter
	optional bool
	min, max int
}

// runeFilter is a set of characters that errs by taking others for members.
type runeFilter [4]uint64

func (f *runeFilter) add(r rune) { f[r>>6&3] |= 1 << (r & 63) }

func (f *runeFilter) has(r rune) bool { return f[r>>6&3]>>(r&63)&1 != 0 }

// maxSteps bounds the work for one candidate, so that no text can make a
// template slow.
const maxSteps = 4000

var levelTexts = []string{"绝密", "机密", "秘密"}

func (c *compiler) template(r *rule, text string) (template, error) {
	elements, err := dictionaries.ParseTemplate(text, r.Match.Slots)
	if err != nil {
		return template{}, err
	}
	var t template
	anchor, weight := -1, 0
	for i, e := range elements {
		if !e.Anchored() {
			continue
		}
		if w := anchorWeight(r, e); w > weight {
			anchor, weight = i, w
		}
	}
	for i, e := range elements {
		if i == anchor {
			t.anchorTexts = literalsOf(r, e)
			continue
		}
		s := step{slot: e.Slot, optional: e.Optional, min: e.Min, max: e.Max}
		if e.Slot == "" || e.Own || e.Slot == "level" {
			s.texts = literalsOf(r, e)
			s.literals = r.folder.all(s.texts)
			s.slot = ""
			for _, l := range s.literals {
				s.firsts.add(l[0])
			}
		}
		if i < anchor {
			t.before = append(t.before, s)
			t.reach += s.longest()
		} else {
			t.after = append(t.after, s)
		}
	}
	return t, nil
}

func literalsOf(r *rule, e dictionaries.Element) []string {
	switch {
	case e.Slot == "":
		return []string{strings.TrimSpace(e.Text)}
	case e.Own:
		return r.Match.Slots[e.Slot]
	}
	return levelTexts
}

// anchorWeight prefers what is rare: the element whose shortest literal is
// longest, and the level where others are no longer.
func anchorWeight(r *rule, e dictionaries.Element) int {
	shortest := 1 << 10
	for _, s := range literalsOf(r, e) {
		shortest = min(shortest, utf8.RuneCountInString(s))
	}
	if e.Slot == "level" {
		return 2*shortest + 1
	}
	return 2 * shortest
}

// longest returns the most characters a step can take, spaces included.
func (s step) longest() int {
	if s.literals != nil {
		n := 0
		for _, l := range s.literals {
			n = max(n, len(l))
		}
		return 2 * n
	}
	switch s.slot {
	case "gap":
		return max(s.max, 3)
	case "star", "docno", "date":
		return 16
	case "term":
		return 24
	case "any", "cjk":
		return max(s.max, 12)
	case "digits", "num":
		return 2 * max(s.max, 8)
	}
	return 8
}

// run matches the template around the anchor at text[start:end].
func (t *template) run(sc *scan, f *folder, text string, start, end int) (from, to int, ok bool) {
	m := templateRun{sc: sc, f: f, text: text, target: -1}
	to = m.match(t.after, end)
	if to < 0 {
		return 0, 0, false
	}
	from = start
	if len(t.before) == 0 {
		return from, to, true
	}
	// The earliest start from which the steps before the anchor end exactly
	// at it.
	p, starts := start, 0
	m.target = start
	from = -1
	for ; starts <= t.reach; starts++ {
		if m.mayBegin(&t.before[0], p) && m.match(t.before, p) == start {
			from = p
		}
		if p == 0 {
			break
		}
		_, n := utf8.DecodeLastRuneInString(text[:p])
		p -= n
	}
	return from, to, from >= 0
}

// templateRun matches steps with backtracking.
type templateRun struct {
	sc     *scan
	f      *folder
	text   string
	target int // where the steps must end, -1 anywhere
	work   int
}

// match returns the end of the first way to match the steps at i, the longest
// choices first, or -1.
func (m *templateRun) match(steps []step, i int) int {
	if len(steps) == 0 {
		if m.target >= 0 && i != m.target {
			return -1
		}
		return i
	}
	if m.work++; m.work > maxSteps {
		return -1
	}
	s := &steps[0]
	var room [72]int
	ends := m.ends(room[:0], s, i)
	for k := len(ends) - 1; k >= 0; k-- {
		if m.target >= 0 && ends[k] > m.target || len(steps) > 1 && !m.mayBegin(&steps[1], ends[k]) {
			continue
		}
		if end := m.match(steps[1:], ends[k]); end >= 0 {
			return end
		}
	}
	if s.optional {
		return m.match(steps[1:], i)
	}
	return -1
}

// ends appends where a step that begins at i may end, shortest first.
func (m *templateRun) ends(dst []int, s *step, i int) []int {
	if s.literals != nil {
		j := m.skipSpaces(i)
		if j >= len(m.text) {
			return dst
		}
		if r, _ := m.f.next(m.text, j); r >= 0 && !s.firsts.has(r) {
			return dst
		}
		for _, lit := range s.literals {
			if e := m.f.literal(m.text, j, lit); e >= 0 {
				dst = append(dst, e)
			}
		}
		slices.Sort(dst)
		return dst
	}
	switch s.slot {
	case "gap":
		return m.charEnds(dst, i, s.min, maxOr(s.max, 3), isGap)
	case "any":
		return m.charEnds(dst, i, s.min, maxOr(s.max, 12), notBreak)
	case "cjk":
		return m.charEnds(dst, i, max(s.min, 1), maxOr(s.max, 12), isHan)
	case "digits":
		return m.charEnds(dst, i, max(s.min, 1), maxOr(s.max, 8), isDigitRune)
	}
	if e := m.single(s.slot, i); e >= 0 {
		dst = append(dst, e)
	}
	return dst
}

func maxOr(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// charEnds appends the ends of lo to hi characters that ok accepts. Characters
// that the fold drops are passed over.
func (m *templateRun) charEnds(dst []int, i, lo, hi int, ok func(rune) bool) []int {
	for n, dropped := 0, 0; ; {
		if n >= lo && (len(dst) == 0 || dst[len(dst)-1] != i) {
			dst = append(dst, i)
		}
		if n == hi || i >= len(m.text) || dropped > 64 {
			return dst
		}
		r, w := m.f.next(m.text, i)
		if r == -1 {
			if raw, _ := utf8.DecodeRuneInString(m.text[i:]); isSpace(raw) {
				r = raw
			} else {
				i += w
				dropped++
				continue
			}
		}
		if !ok(r) {
			return dst
		}
		i += w
		n++
	}
}

// mayBegin reports whether a step may begin at i. It judges literals before
// Chinese characters only.
func (m *templateRun) mayBegin(s *step, i int) bool {
	if s.literals == nil || s.optional || len(m.text)-i < 3 || m.text[i] < 0xE4 || m.text[i] > 0xE9 {
		return true
	}
	r, _ := m.f.next(m.text, i)
	return r < 0 || s.firsts.has(r)
}

func (m *templateRun) skipSpaces(i int) int {
	if i < len(m.text) && m.text[i] >= 0xE4 && m.text[i] <= 0xE9 {
		return i // a Chinese character, most of the time
	}
	for n := 0; i < len(m.text) && n < 8; n++ {
		r, w := utf8.DecodeRuneInString(m.text[i:])
		if !isSpace(r) && !isInvisible(r) || r == '\n' || r == '\r' {
			break
		}
		i += w
	}
	return i
}

func isGap(r rune) bool {
	return isSpace(r) && r != '\n' && r != '\r' || strings.ContainsRune("·.,:：、,，_-—|/()（）[]【】", r)
}

func notBreak(r rune) bool { return r != '\n' && r != '\r' }

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x3FFFF || r == 0x3007
}

func isDigitRune(r rune) bool { return r >= '0' && r <= '9' }
