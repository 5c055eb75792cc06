package scanner

import (
	"strings"
	"unicode/utf8"
)

// Numbers that letters or words give away are found by the matcher: plates by
// province and letter, military cards by 字第.
const (
	provinceSigns = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
	plateLetters  = "ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// gatedTerms returns the literals that give a kind of number away.
func gatedTerms(k numberKind) []string {
	switch k {
	case numPlate:
		var out []string
		for _, p := range provinceSigns {
			for _, l := range plateLetters {
				out = append(out, string(p)+string(l))
			}
		}
		return out
	case numMilitary:
		return []string{"字第"}
	}
	return nil
}

// gatedNumber looks around a literal for a number of its kind.
func (sc *scan) gatedNumber(k *candidate, kind numberKind) {
	text := sc.doc.Segments[k.seg].Text
	ok := false
	switch kind {
	case numPlate:
		k.end, ok = plateEnd(text, k.end)
	case numMilitary:
		k.start, k.end, ok = military(text, k.start, k.end)
	}
	if !ok {
		return
	}
	k.kind, k.number = kind, true
	sc.candidate(k)
}

// plateEnd reads what follows province and letter: five characters, six for
// new energy, or four and 警学港澳领使挂.
func plateEnd(text string, i int) (int, bool) {
	for n := 0; n < 3 && i < len(text); n++ {
		r, w := utf8.DecodeRuneInString(text[i:])
		if !isSpace(r) && !strings.ContainsRune("·.•・-", r) || r == '\n' {
			break
		}
		i += w
	}
	n, digits := 0, 0
	for i < len(text) && n < 7 {
		b := upper(text[i])
		if b-'0' <= 9 {
			digits++
		} else if !isLatin(b) || b == 'I' || b == 'O' {
			break
		}
		i++
		n++
	}
	if digits < 2 {
		return i, false
	}
	if n == 4 {
		r, w := utf8.DecodeRuneInString(text[i:])
		if strings.ContainsRune("警学港澳领使挂", r) && w > 0 {
			return i + w, true
		}
		return i, false
	}
	return i, n == 5 || n == 6
}

// military reads 军字第1234567号 around 字第.
func military(text string, start, end int) (from, to int, ok bool) {
	r, w := utf8.DecodeLastRuneInString(text[:start])
	if w == 0 || !strings.ContainsRune("军武文士参政后装空海北沈兰济南广成联边森交黄警预消老退", r) {
		return 0, 0, false
	}
	from = start - w
	i := end
	for i < len(text) && text[i] == ' ' && i < end+3 {
		i++
	}
	_, n := digitsAt(text, i, 10)
	if n < 6 || n > 8 {
		return 0, 0, false
	}
	i += n
	if strings.HasPrefix(text[i:], "号") {
		i += len("号")
	}
	return from, i, true
}

// styleReach is how far behind its label a number in unusual digits may begin,
// and how long it may be, in characters.
const (
	styleGap   = 10
	styleReach = 48
)

// styled looks behind a label for a number in Chinese numerals, or with
// letters that a reader of images took for digits.
func (sc *scan) styled(k *candidate) {
	r := k.rule
	text := sc.doc.Segments[k.seg].Text
	for i, n := k.end, 0; i < len(text) && n < styleGap; n++ {
		c, w := utf8.DecodeRuneInString(text[i:])
		if v, ok := oddDigit(c, r.number); ok && v <= 9 {
			sc.styledAt(k, i, ahead(text, k.end, styleGap+styleReach))
			return
		}
		i += w
	}
}

func (sc *scan) styledAt(k *candidate, i, to int) {
	text := sc.doc.Segments[k.seg].Text
	var vals [24]uint8
	n, odd, start, end := 0, 0, i, i
	for i < to && n < len(vals) {
		c, w := utf8.DecodeRuneInString(text[i:])
		v, ok := oddDigit(c, k.rule.number)
		if !ok {
			if (isSpace(c) || isInvisible(c) || c == '-') && c != '\n' {
				i += w
				continue
			}
			break
		}
		if !anyDigit(c) && v != unitX { // plain digits are the walk's business
			odd++
		}
		vals[n] = v
		n++
		i += w
		end = i
	}
	if odd == 0 || i < to && i < len(text) && isAlnum(text[i]) {
		return
	}
	t := sc.s.prog.tables
	kind, ok := numID18, false
	switch {
	case n == 18:
		kind, ok = t.identity18(vals[:18])
	case n == 15 && k.rule.number.kinds.has(numID15):
		kind, ok = numID15, t.identity15(vals[:15])
	case n == 11:
		kind, ok = numMobile, t.mobile(vals[:11])
	case n >= 15 && n <= 19:
		kind, ok = numBankCard, t.bankCard(vals[:n])
	}
	if !ok || !k.rule.number.kinds.has(kind) {
		return
	}
	var b strings.Builder
	for _, v := range vals[:n] {
		b.WriteByte("0123456789X"[v])
	}
	sc.candidate(&candidate{rule: k.rule, seg: k.seg, start: start, end: end, kind: kind, number: true, pair: -1, extra: "=" + b.String()})
}

// oddDigit reads a digit, a Chinese numeral, or a letter that looks like a
// digit, as far as the rule asks for them.
func oddDigit(c rune, n *numberRule) (uint8, bool) {
	if c >= '0' && c <= '9' {
		return uint8(c - '0'), true
	}
	if c >= '０' && c <= '９' {
		return uint8(c - '０'), true
	}
	if c == 'X' || c == 'x' || likeX(c) {
		return unitX, true
	}
	if n.ocr {
		switch c {
		case 'O', 'o', 'Q', 'D', '〇', '○':
			return 0, true
		case 'l', 'I', 'i', '|', '丨', '!':
			return 1, true
		case 'Z', 'z':
			return 2, true
		case 'S', 's':
			return 5, true
		case 'b':
			return 6, true
		case 'B':
			return 8, true
		case 'g', 'q':
			return 9, true
		}
	}
	if n.chinese {
		return chineseDigit(c)
	}
	return 0, false
}

func chineseDigit(c rune) (uint8, bool) {
	switch c {
	case '〇', '零', '○':
		return 0, true
	case '一', '壹', '幺':
		return 1, true
	case '二', '贰', '两':
		return 2, true
	case '三', '叁':
		return 3, true
	case '四', '肆':
		return 4, true
	case '五', '伍':
		return 5, true
	case '六', '陆':
		return 6, true
	case '七', '柒':
		return 7, true
	case '八', '捌':
		return 8, true
	case '九', '玖':
		return 9, true
	}
	return 0, false
}
