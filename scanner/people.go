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

// namePartsOf reads the parts of names that have no surname, by their first
// character.
func namePartsOf(data []byte) map[rune][]string {
	m := map[rune][]string{}
	eachRow(data, func(col []string) {
		r, _ := utf8.DecodeRuneInString(col[0])
		m[r] = append(m[r], col[0])
	})
	return m
}

// composedName returns the length in bytes of the name made of two or more
// parts that s begins with, 0 where there is none: 卓玛央金.
func (sc *scan) composedName(s string) int {
	end := 0
	for n := 0; ; n++ {
		r, _ := utf8.DecodeRuneInString(s[end:])
		longest := 0
		for _, p := range sc.s.prog.nameParts[r] {
			if len(p) > longest && strings.HasPrefix(s[end:], p) {
				longest = len(p)
			}
		}
		if longest == 0 && n < 2 {
			return 0
		}
		if longest == 0 {
			return end
		}
		end += longest
	}
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
	if n := sc.composedName(text); n > 0 {
		return n
	}
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
		if sc.nameToken(s, n) {
			return true
		}
		s = s[n:]
	}
	return false
}

// isNameCell reports a cell that holds a name and nothing else.
func (sc *scan) isNameCell(s string) bool {
	n := strings.IndexFunc(s, func(r rune) bool { return !isHan(r) })
	if n < 0 {
		return sc.isName(s)
	}
	return isDottedName(s, n)
}

// recordRun is the longest run of Chinese characters in a line that is a record
// of a person rather than a sentence.
const recordRun = 14

// recordCell is the longest cell of a list of persons, in bytes: longer ones
// belong to tables that only lay out a page.
const recordCell = 120

// longestHan returns the length in characters of the longest run of Chinese
// characters in s.
func longestHan(s string) int {
	best, run := 0, 0
	for i := 0; i < len(s); {
		if len(s)-i >= 3 && plainHan(s[i:]) && s[i] > 0xE4 {
			run++
			i += 3
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		i += w
		if isHan(r) {
			run++
			continue
		}
		best, run = max(best, run), 0
	}
	return max(best, run)
}

// nameLabels stand before a name without anything between, nameTails after it.
var (
	nameLabels = []string{
		"我叫", "名叫", "姓名", "学生", "村民", "户主", "申请人", "患者", "业主", "家长", "监护人", "车主", "驾驶人", "驾驶员", "当事人", "持证人", "被执行人", "住户",
		"党员", "学员", "职工", "教师", "员工", "老人", "儿童", "幼儿", "受害人", "被害人", "举报人", "信访人", "原告", "被告", "嫌疑人", "男子", "女子", "居民", "市民", "网民",
		"网友", "房东", "租户", "承租人", "借款人", "担保人", "产妇", "孕妇", "病人", "死者", "伤者", "考生", "低保户", "贫困户", "脱贫户", "农户", "五保户", "残疾人", "退役军人",
		"失主", "报失人", "房主", "来电人", "肇事司机", "司机", "病休教师", "未成年人", "小学生", "中学生", "大学生", "学生家长", "应聘者", "应聘人员", "求职者", "捐献者", "受捐者", "志愿者", "预备党员", "退伍军人", "烈属", "军属", "民警", "辅警", "保安", "护工", "商户", "摊主", "店主", "老板", "会员", "客户", "储户", "顾客", "乘客", "旅客", "受访者", "密接", "确诊者", "感染者", "死亡者", "伤员", "目击者", "见证人", "代理人", "委托人", "贷款人", "抵押人", "受让人", "转让人", "买受人", "竞买人", "中签人", "确诊患者", "被鉴定人", "受伤职工", "受伤害职工", "被征收人", "被拆迁人", "出租人", "求助人", "求租人",
		"养父", "养母", "养子", "养女", "原名", "曾用名", "生父", "生母", "证人", "机主", "登记所有人", "所有人", "受送达人", "收养人", "送养人", "紧急联系人", "联系人", "租客", "保姆", "舅舅", "叔叔", "姑姑", "爷爷", "奶奶", "外公", "外婆",
		"女婴", "男婴", "配偶", "丈夫", "妻子", "父亲", "母亲", "儿子", "女儿", "同学", "选手", "社员", "户名", "收款人", "领款人", "报案人", "报警人", "投诉人", "来信人", "上访人",
	}
	nameTails = []string{"名下车辆", "名下", "同志", "本人", "家属", "等人", "等", "家", "户"}
)

// unlabelled returns what is left of a word without a label before it and a
// tail behind it, empty where there is neither.
func unlabelled(token string) string {
	if len(token) > 10*len("名") {
		return ""
	}
	for _, l := range nameLabels {
		if rest, ok := strings.CutPrefix(token, l); ok {
			return rest
		}
	}
	for _, t := range nameTails {
		if rest, ok := strings.CutSuffix(token, t); ok {
			return rest
		}
	}
	return ""
}

// isDottedName reports a name of several parts, as minorities and foreigners
// have them: Chinese characters, a dot, Chinese characters. The first part has
// n bytes.
func isDottedName(s string, n int) bool {
	if chars := utf8.RuneCountInString(s[:n]); chars < 2 || chars > 6 {
		return false
	}
	r, w := utf8.DecodeRuneInString(s[n:])
	if r != '·' && r != '•' && r != '・' && r != '‧' {
		return false
	}
	rest := s[n+w:]
	m := strings.IndexFunc(rest, func(r rune) bool { return !isHan(r) })
	if m < 0 {
		m = len(rest)
	}
	chars := utf8.RuneCountInString(rest[:m])
	return chars >= 2 && chars <= 6 && n+m >= 5*len("艾")
}

// nameToken reports whether the Chinese characters s[:n], between others, are a
// name, labelled or not.
func (sc *scan) nameToken(s string, n int) bool {
	return sc.isName(s[:n]) || isDottedName(s, n) || sc.isName(unlabelled(s[:n]))
}

// hasEntry reports a name that stands by itself at the beginning of s, behind a
// space, a colon, a bracket or an ordinal: a word between two commas is easily
// taken for a name.
func (sc *scan) hasEntry(s string) bool {
	for at := 0; ; {
		i := strings.IndexFunc(s[at:], isHan)
		if i < 0 {
			return false
		}
		i += at
		n := strings.IndexFunc(s[i:], func(r rune) bool { return !isHan(r) })
		if n < 0 {
			n = len(s) - i
		}
		prev, w := utf8.DecodeLastRuneInString(s[:i])
		numbered := strings.ContainsRune("、.．", prev) && i > w && s[i-w-1]-'0' <= 9
		if (i == 0 || numbered || isSpace(prev) || strings.ContainsRune("：:|｜（(【[=>*-—·", prev)) && sc.nameToken(s[i:], n) {
			return true
		}
		at = i + n
	}
}

// isName reports whether a whole token looks like a personal name.
func (sc *scan) isName(token string) bool {
	if sc.composedName(token) == len(token) && token != "" {
		return true
	}
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

// mayBeRecord reports whether the candidate's line or cell is one of a list or
// a form as far as its length tells.
func (sc *scan) mayBeRecord(k *candidate) bool {
	seg := &sc.doc.Segments[k.seg]
	if seg.Table > 0 && len(seg.Text) > recordCell {
		return false
	}
	if f := sc.facts(k.seg); f.single {
		return f.longest(seg.Text) <= recordRun
	}
	from, to := lineAround(seg.Text, k.start, k.end)
	return longestHan(seg.Text[from:to]) <= recordRun
}

// recordName reports a name that stands by itself on the candidate's line or
// in its row, as it does in lists and forms and hardly ever in sentences.
func (sc *scan) recordName(k *candidate) bool {
	if !sc.mayBeRecord(k) {
		return false
	}
	seg := &sc.doc.Segments[k.seg]
	from, to := lineAround(seg.Text, k.start, k.end)
	before := strings.TrimRightFunc(seg.Text[from:k.start], isHan) // what touches the candidate is part of a sentence
	after := strings.TrimLeftFunc(seg.Text[k.end:to], isHan)
	if sc.hasEntry(tail(before, 60)) || sc.hasEntry(first(after, 30)) {
		return true
	}
	if seg.Table == 0 {
		return false
	}
	for i, c := range sc.grid().rowOf(seg.Table, seg.Row) {
		if i == 64 {
			break
		}
		if int(c.seg) != k.seg && sc.isNameCell(strings.TrimFunc(sc.doc.Segments[c.seg].Text, isSpace)) {
			return true
		}
	}
	return false
}

// segmenterName asks the segmenter's tags for a name inside text[from:to] that
// does not touch the candidate.
func (sc *scan) segmenterName(k *candidate, from, to int) bool {
	if sc.s.cfg.Words == nil {
		return false
	}
	text := sc.doc.Segments[k.seg].Text
	if !strings.ContainsFunc(text[from:to], isHan) {
		return false
	}
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
	return sc.windowOrRow(cd, k, 60, func(text string) bool { return sc.anyNumber(text, cd.numbers) })
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
