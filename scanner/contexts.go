package scanner

import (
	"strings"
	"unicode/utf8"
)

// contextMask is a set of ways in which a candidate can be a mention.
type contextMask uint16

const (
	ctxQuoted contextMask = 1 << iota
	ctxWorkTitle
	ctxBracketed
	ctxQuiz
	ctxExample
	ctxOption
	ctxNegated
	ctxPlaceholder
	ctxDefinition
)

var contextWords = []string{"quoted", "work_title", "bracketed", "quiz", "example", "option", "negated", "placeholder", "definition"}

func contextsOf(names []string) contextMask {
	var m contextMask
	for _, n := range names {
		for i, w := range contextWords {
			if n == w {
				m |= 1 << i
			}
		}
	}
	return m
}

// contextOf returns those of the wanted contexts that the candidate stands in.
func (sc *scan) contextOf(k *candidate, want contextMask) contextMask {
	seg := &sc.doc.Segments[k.seg]
	text := seg.Text
	if seg.Place.Kind == KindScript { // everything is quoted there
		want &^= ctxQuoted
	}
	from, to := lineAround(text, k.start, k.end)
	before, after := text[from:k.start], text[k.end:to]
	var m contextMask
	for i := range contextWords {
		c := contextMask(1) << i
		if want&c == 0 {
			continue
		}
		if c == ctxQuiz && sc.asks(k, from, to) || inContext(c, before, after) {
			m |= c
		}
	}
	return m
}

func inContext(c contextMask, before, after string) bool {
	switch c {
	case ctxQuoted:
		return enclosed(before, after, "“「『‘", "”」』’") || evenQuotes(before, after, '"') || evenQuotes(before, after, '\'')
	case ctxWorkTitle:
		return enclosed(before, after, "《〈", "》〉")
	case ctxBracketed:
		return enclosed(before, after, "(（[【〔", ")）]】〕")
	case ctxQuiz:
		return isQuiz(before)
	case ctxExample:
		return isExample(before, after)
	case ctxOption:
		return isOption(before, after)
	case ctxNegated:
		return hasAny(tail(before, 8), "不", "无", "未", "非", "没有", "严禁", "禁止", "杜绝", "防止")
	case ctxPlaceholder:
		return hasAny(tail(before, 8), "XX", "xx", "××", "**", "__", "示例", "样例", "某某", "例:", "例：") || hasAny(first(after, 8), "XX", "xx", "××", "示例", "样例", "某某")
	case ctxDefinition:
		return hasAny(tail(before, 40), "是指", "系指", "指的是", "所称", "下列用语") || hasAny(first(after, 6), "是指", "系指", "的含义", "的定义")
	}
	return false
}

// tail and first return the last and first n characters of s.
func tail(s string, n int) string  { return s[back(s, len(s), n):] }
func first(s string, n int) string { return s[:ahead(s, 0, n)] }

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// enclosed reports whether a pair of different marks, at most 60 characters
// away, encloses the place between before and after.
func enclosed(before, after, opening, closing string) bool {
	depth := 0
	for n := 0; n < 60 && before != ""; n++ {
		if i := len(before) - 3; i >= 0 && plainHan(before[i:]) {
			before = before[:i]
			continue
		}
		r, w := utf8.DecodeLastRuneInString(before)
		before = before[:len(before)-w]
		if isHan(r) {
			continue
		}
		if strings.ContainsRune(closing, r) {
			depth++
		}
		if strings.ContainsRune(opening, r) {
			if depth--; depth < 0 {
				break
			}
		}
	}
	if depth >= 0 {
		return false
	}
	for n := 0; n < 60 && after != ""; n++ {
		if len(after) >= 3 && plainHan(after) {
			after = after[3:]
			continue
		}
		r, w := utf8.DecodeRuneInString(after)
		after = after[w:]
		if isHan(r) {
			continue
		}
		if strings.ContainsRune(opening, r) {
			depth--
		}
		if strings.ContainsRune(closing, r) {
			if depth++; depth == 0 {
				return true
			}
		}
	}
	return false
}

// plainHan reports that s, of three bytes or more, begins with a character like
// most in Chinese text.
func plainHan(s string) bool {
	return s[0]-0xE4 < 6 && s[1]&0xC0 == 0x80 && s[2]&0xC0 == 0x80
}

// evenQuotes does the same for marks that look alike on both sides: an odd
// number of them stand before the place on its line.
func evenQuotes(before, after string, mark byte) bool {
	if strings.Count(before, string(mark))%2 == 0 || strings.IndexByte(first(after, 60), mark) < 0 {
		return false
	}
	opening := strings.TrimRight(before[:strings.LastIndexByte(before, mark)], " ")
	return !strings.HasSuffix(opening, "=") && !strings.HasSuffix(opening, `":`) // a string of a program
}

// isQuiz reports an option of a question: A. or (B) right before.
func isQuiz(before string) bool {
	b := strings.TrimRight(before, " \t　.．、:：)）")
	if b != strings.TrimRight(before, " \t　") && b != "" {
		last := b[len(b)-1]
		prev, _ := utf8.DecodeLastRuneInString(b[:len(b)-1])
		if (last >= 'A' && last <= 'H' || last >= 'a' && last <= 'h') && !(prev < utf8.RuneSelf && isAlnum(byte(prev))) {
			return true
		}
	}
	return false
}

// quizWords tell a line that asks questions.
var quizWords = []string{"单选", "多选", "判断题", "选择题", "填空", "正确的是", "错误的是", "下列", "下面哪", "以下哪", "哪一项", "哪项", "（ ）", "( )", "（　）", "（  ）", "竞赛题", "题库", "是否正确", "对还是错"}

// asks reports such a word on the candidate's line.
func (sc *scan) asks(k *candidate, from, to int) bool {
	text := sc.doc.Segments[k.seg].Text
	return sc.inWindow(sc.s.prog.quiz, k, max(from, back(text, k.start, 120)), min(to, ahead(text, k.end, 60)))
}

// isExample reports words right before that introduce an example or a form,
// or right after that call it a wording.
func isExample(before, after string) bool {
	b := strings.TrimRight(tail(before, 16), " \t　“\"‘「『：:,，(（")
	for _, w := range []string{"如", "例", "譬如", "标注", "标注为", "标识为", "标明", "标有", "注明", "写明", "印有", "盖有", "加盖", "写成", "写作", "称为", "字样"} {
		if strings.HasSuffix(b, w) {
			return true
		}
	}
	for _, w := range []string{"形式", "格式", "样式", "标志", "标识", "示例", "写法"} { // the form is …
		for _, is := range []string{"为", "是", "有", "分为", "区分为", "包括"} {
			if strings.HasSuffix(b, w+is) {
				return true
			}
		}
	}
	a := strings.TrimLeft(first(after, 8), " \t　”\"’」』)）")
	return strings.HasPrefix(a, "字样") || strings.HasPrefix(a, "等字样") || strings.HasPrefix(a, "标志") || strings.HasPrefix(a, "标识") || strings.HasPrefix(a, "的标志") || strings.HasPrefix(a, "的字样")
}

const (
	emptyBoxes = "□☐○◯〇❑❒▢口"
	tickedBox  = "☑☒√✓✔■●◉⊙"
)

// isOption reports a choice that is not ticked: an empty box right before, or
// after it.
func isOption(before, after string) bool {
	b := strings.TrimRight(tail(before, 3), " \t　")
	r, _ := utf8.DecodeLastRuneInString(b)
	if strings.ContainsRune(tickedBox, r) {
		return false
	}
	if b != "" && strings.ContainsRune(emptyBoxes, r) && r != '口' {
		return true
	}
	a := strings.TrimLeft(first(after, 3), " \t　")
	r, _ = utf8.DecodeRuneInString(a)
	return a != "" && strings.ContainsRune("□☐❑❒▢", r) && !hasAny(tail(before, 20), "□", "☐", "☑", "√")
}
