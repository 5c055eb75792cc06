package scanner

import (
	"strings"
	"unicode/utf8"
)

// single returns the end of a slot that has one way to match at i, or -1.
func (m *templateRun) single(slot string, i int) int {
	switch slot {
	case "star":
		return m.stars(i)
	case "term":
		return m.term(i)
	case "num":
		j, n := m.number(m.skipSpaces(i))
		if n == 0 || n > 8 {
			return -1
		}
		return j
	case "year":
		return m.year(m.skipSpaces(i))
	case "date":
		return m.date(m.skipSpaces(i))
	case "docno":
		return m.docno(m.skipSpaces(i))
	case "name":
		i = m.skipSpaces(i)
		if n := m.sc.nameAt(m.text[i:]); n > 0 {
			return i + n
		}
		return -1
	case "line":
		return m.lineBreak(i)
	case "colon":
		return m.oneOf(m.skipSpaces(i), colonSet, true)
	case "open":
		return m.oneOf(m.skipSpaces(i), openSet, false)
	case "close":
		return m.oneOf(m.skipSpaces(i), closeSet, false)
	}
	return -1
}

// What the slots of one character match.
const (
	colonSet   = ":：=＝﹕∶是为"
	openSet    = "(（[【〔〈<"
	numeralSet = "〇零一二三四五六七八九十百两廿卅壹贰叁肆伍陆柒捌玖拾"
	closeSet   = ")）]】〕〉>"
)

const starSet = "★☆✩✪✫✬✭✮✯✰⋆⭐⭑⭒🌟✦✧✱✲✳✴✵✶✷✸✹✺✻✼✽❉❊❋∗⁎﹡＊٭※●▲◆*"

// stars matches one to eight star-like characters with spaces between.
func (m *templateRun) stars(i int) int {
	end, n := -1, 0
	for n < 8 {
		i = m.skipSpaces(i)
		if i >= len(m.text) {
			break
		}
		r, w := utf8.DecodeRuneInString(m.text[i:])
		if r == 0xFE0F || r == 0xFE0E { // variation selectors of ⭐
			i += w
			continue
		}
		if !strings.ContainsRune(starSet, r) {
			break
		}
		i += w
		n++
		end = i
	}
	return end
}

// number matches digits, Arabic or Chinese, spaces between allowed, and
// returns how many there were. O, l and I count, as readers of images take
// them for digits, where no other letter follows.
func (m *templateRun) number(i int) (end, n int) {
	end = i
	for n < 9 {
		j := i
		if n > 0 {
			j = m.skipSpaces(i)
		}
		if j >= len(m.text) {
			break
		}
		r, w := m.f.next(m.text, j)
		if r == -1 {
			i = j + w
			continue
		}
		misread := strings.ContainsRune("oOlI", r) && !latinAt(m.text, j+w)
		if !isDigitRune(r) && !misread && !strings.ContainsRune(numeralSet, r) {
			break
		}
		n++
		i = j + w
		end = i
	}
	return end, n
}

// word matches a literal at i, spaces before it allowed.
func (m *templateRun) word(i int, words ...string) int {
	i = m.skipSpaces(i)
	for _, w := range words {
		if strings.HasPrefix(m.text[i:], w) {
			return i + len(w)
		}
	}
	return -1
}

// term matches a term of secrecy: N年, N个月, N天, 长期, a date, or a condition
// such as 启用前 or 考试结束前.
func (m *templateRun) term(i int) int {
	i = m.skipSpaces(i)
	if e := m.word(i, "保密至", "至", "期限"); e >= 0 {
		i = m.skipSpaces(e)
	}
	if end, n := m.number(i); n > 0 && n <= 4 {
		for end < len(m.text) && (m.text[end] == '.' || m.text[end] == '/' || m.text[end] == '-') && m.unitOfTime(end+1) >= 0 {
			end++ // 3.年
		}
		if e := m.unitOfTime(end); e >= 0 {
			if d := m.date(i); d > e {
				return d
			}
			return e
		}
	}
	if e := m.date(i); e >= 0 {
		return e
	}
	for _, w := range [...][]rune{{'长', '期'}, {'永', '久'}} {
		if j := m.skipSpaces(i); j < len(m.text) {
			if e := m.f.literal(m.text, j, w); e >= 0 {
				return e
			}
		}
	}
	return m.condition(i)
}

// condition matches up to 14 Chinese characters that end in 前, 后 or 为止.
func (m *templateRun) condition(i int) int {
	for n := 0; n < 14 && i < len(m.text); n++ {
		r, w := m.f.next(m.text, i)
		if r != -1 && !isHan(r) && !isDigitRune(r) {
			return -1
		}
		i += w
		if n >= 2 && (r == '前' || r == '后' || r == '止') {
			return i
		}
	}
	return -1
}

func (m *templateRun) unitOfTime(i int) int {
	for n := 0; n < 3 && i < len(m.text); n++ { // 3_年
		r, w := m.f.next(m.text, i)
		if r >= 0 {
			break
		}
		i += w
	}
	return m.word(i, "个月", "個月", "年", "月", "天", "日")
}

func (m *templateRun) year(i int) int {
	end, n := m.number(i)
	if n != 4 {
		return -1
	}
	return end
}

// date matches 2026年1月2日, 2026-01-02, 2026.1.2, 2026/1/2 and 2026年1月.
func (m *templateRun) date(i int) int {
	i = m.year(i)
	if i < 0 {
		return -1
	}
	i = m.word(i, "年", "-", ".", "/", "－", "．")
	if i < 0 {
		return -1
	}
	j, n := m.number(m.skipSpaces(i))
	if n == 0 || n > 3 {
		return -1
	}
	k := m.word(j, "月", "-", ".", "/", "－", "．")
	if k < 0 {
		return -1
	}
	l, n := m.number(m.skipSpaces(k))
	if n == 0 || n > 3 {
		return k
	}
	if e := m.word(l, "日", "号"); e >= 0 {
		return e
	}
	return l
}

// docno matches 〔2026〕15号, (2026)第15号, [2026] 15 and 2026年第15号.
func (m *templateRun) docno(i int) int {
	i = m.oneOf(i, "〔[【（(﹝［", true)
	if i < 0 {
		return -1
	}
	i = m.year(i)
	if i < 0 {
		return -1
	}
	i = m.oneOf(m.skipSpaces(i), "〕]】）)﹞］", true)
	if i < 0 {
		return -1
	}
	if e := m.word(i, "第"); e >= 0 {
		i = e
	}
	i, n := m.number(m.skipSpaces(i))
	if n == 0 {
		return -1
	}
	if e := m.word(i, "号", "號"); e >= 0 {
		return e
	}
	return i
}

// oneOf matches one character of a set; with spaces, those after it too.
func (m *templateRun) oneOf(i int, set string, spaces bool) int {
	if i >= len(m.text) {
		return -1
	}
	r, w := utf8.DecodeRuneInString(m.text[i:])
	if !strings.ContainsRune(set, r) {
		return -1
	}
	if spaces {
		return m.skipSpaces(i + w)
	}
	return i + w
}

func (m *templateRun) lineBreak(i int) int {
	i = m.skipSpaces(i)
	if i >= len(m.text) || m.text[i] != '\n' && m.text[i] != '\r' {
		return -1
	}
	for n := 0; i < len(m.text) && n < 16; n++ {
		r, w := utf8.DecodeRuneInString(m.text[i:])
		if !isSpace(r) {
			break
		}
		i += w
	}
	return i
}
