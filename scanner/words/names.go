package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is a personal name at byte offsets [Start, End) of the text given to
// Names.
type Name struct{ Start, End int }

// Surnames that hardly begin an ordinary word, and those that often do. The
// segmenter's own tag for names is of little use by itself: its dictionary
// calls 明白, 文明 and 陈述 names.
const (
	clearSurnames = "王李张刘陈杨黄赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖董潘袁蔡蒋余杜叶程魏苏吕丁任卢姚沈姜崔谭陆范汪廖石贾夏付邹熊孟秦邱侯江尹薛闫雷段陶贺毛郝顾龚邵覃武钱戴严莫孔汤易乔赖施柯柳欧凌童温牛詹庄季鲁葛岳齐梅管祝左涂纪倪甘辛鲍冉褚卫冷兰翁阮靳裴滕翟骆邢娄匡宁卓蒲虞闵柴俞卜屈路霍喻申苗查耿焦仇聂曲"
	faintSurnames = "高马金田钟方白龙史万向常康文洪尚安于单成章关连满时水明平华云全包车费席米应项解麦沙国游习翁巫权阳"

	// Characters of given names, and ranks among siblings, that make two
	// characters a name even where the dictionary knows them as a word.
	givenNames = "伟芳娜敏静强磊军洋勇艳杰娟涛明超霞刚桂鹏辉玲斌宇浩凯健俊帆雪婷丽建华鑫萍燕飞宁梅兰琴芬英莹三四五六七八"
)

// doubleSurnames are the common surnames of two characters.
const doubleSurnames = "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐司徒夏侯轩辕端木百里南宫独孤长孙宇文闻人"

func isDoubleSurname(r []rune) bool {
	i := strings.Index(doubleSurnames, string(r))
	return len(r) == 2 && i >= 0 && i%len("欧阳") == 0
}

// firstOfName holds the characters that a name tagged by the dictionary, or a
// double surname, begins with.
var firstOfName = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range clearSurnames {
		m[r] = true
	}
	for i, r := range []rune(doubleSurnames) {
		if i%2 == 0 {
			m[r] = true
		}
	}
	return m
}()

// BeginsName reports whether a name that the dictionary knows may begin with r.
func BeginsName(r rune) bool { return firstOfName[r] }

// likelyName reports whether a word that the dictionary tags as a name is
// likely to be that of a person of today.
func likelyName(word []rune) bool {
	switch {
	case len(word) > 2 && isDoubleSurname(word[:2]):
		return len(word) <= 4
	case len(word) == 2:
		switch string(word) {
		case "苏军", "赵军", "朱红", "余宁", "何英", "石英", "江宁", "武英", "柳江", "林芬", "陆军", "孔明":
			return false
		}
		return strings.ContainsRune(clearSurnames, word[0]) && strings.ContainsRune(givenNames, word[1])
	case len(word) == 3:
		return strings.ContainsRune(clearSurnames, word[0])
	}
	return false
}

// couldBeName reports whether characters that are no word of the dictionary
// can be a name.
func couldBeName(r []rune) bool {
	switch {
	case len(r) < 2 || strings.ContainsRune(string(r), '某'):
		return false
	case len(r) > 2 && isDoubleSurname(r[:2]):
		return len(r) <= 4
	case strings.ContainsRune(clearSurnames, r[0]):
		return len(r) <= 3
	}
	return len(r) == 3 && strings.ContainsRune(faintSurnames, r[0])
}

// Names appends the personal names in a short text, a sentence or a row of a
// table: words that gojieba tags as names and that look like one, and
// unknown words that it puts together and that begin with a surname. It is
// approximate: use it as evidence.
func (s *Segmenter) Names(dst []Name, text string) ([]Name, error) {
	j, err := s.jieba()
	if err != nil {
		return dst, err
	}
	text = sanitise(text)
	at := 0
	for _, tagged := range j.Tag(text) {
		i := strings.LastIndexByte(tagged, '/')
		if i < 0 {
			continue
		}
		word, tag := tagged[:i], tagged[i+1:]
		n := strings.Index(text[at:], word)
		if n < 0 {
			continue
		}
		at += n
		if r := []rune(word); len(r) >= 2 && len(r) <= 4 && (strings.HasPrefix(tag, "nr") && likelyName(r) || tag == "x" && unicode.Is(unicode.Han, r[0]) && couldBeName(r)) {
			dst = append(dst, Name{at, at + len(word)})
		}
		at += len(word)
	}
	return dst, nil
}

// MayHoldName reports whether a short text can hold a personal name at all: a
// word that is a name, or a surname that stands by itself before characters
// that do. It is a hundred times cheaper than Names, which then decides.
func (c *Cursor) MayHoldName(text string, surname func(rune) bool) bool {
	lex, err := c.seg.lexicon()
	if err != nil {
		return false
	}
	l := c.latticeOf(text, lex, 1<<30)
	found, afterSurname := false, false
	l.path(func(from, to int) bool {
		first := l.runes[from]
		switch {
		case to-from > 1:
			found = lex.isName(l.runes[from:to]) || afterSurname && to-from == 2 && unicode.Is(unicode.Han, first)
			afterSurname = to-from == 2 && isDoubleSurname(l.runes[from:to])
		case afterSurname && unicode.Is(unicode.Han, first):
			found = true
		default:
			afterSurname = surname(first)
		}
		return !found
	})
	return found
}

// NameAt returns the length in bytes of the personal name that text begins
// with, 0 where there is none: a word that is a name, or a surname that stands
// by itself with one or two characters that no longer word claims.
func (c *Cursor) NameAt(text string, surname func(rune) bool) int {
	lex, err := c.seg.lexicon()
	if err != nil {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(text); !surname(c.seg.fold(r)) && !firstOfName[c.seg.fold(r)] {
		return 0
	}
	l := c.latticeOf(text, lex, 10)
	chars, double := 0, len(l.runes) > 2 && isDoubleSurname(l.runes[:2])
	l.path(func(from, to int) bool {
		switch {
		case from == 0 && lex.isName(l.runes[:to]):
			chars = to
			return false
		case from == 0 && (to == 1 && surname(l.runes[0]) || to == 2 && double):
			chars = to
			return true
		case from == 0 || to > 4 || to == 4 && !double:
			return false
		}
		chars = to
		return to < 3 || double && to < 4
	})
	if chars < 2 || chars == 2 && double || strings.ContainsRune(string(l.runes[:chars]), '某') {
		return 0
	}
	bytes := 0
	for range chars {
		_, n := utf8.DecodeRuneInString(text[bytes:])
		bytes += n
	}
	return bytes
}

// latticeOf builds the lattice of a text for names, of its Chinese beginning
// only where limit says so.
func (c *Cursor) latticeOf(text string, lex *lexicon, limit int) *lattice {
	if c.names == nil {
		c.names = &lattice{}
	}
	l := c.names
	l.runes = l.runes[:0]
	for _, r := range text {
		if len(l.runes) == limit || limit < 100 && !unicode.Is(unicode.Han, r) {
			break
		}
		l.runes = append(l.runes, c.seg.fold(r))
	}
	l.build(lex)
	return l
}

// sanitise replaces what the segmenter's C strings cannot carry, byte by byte,
// so that offsets stay: a NUL byte would end the text, invalid UTF-8 would
// empty it.
func sanitise(text string) string {
	clean := true
	for i, r := range text {
		if r == 0 || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	b := []byte(text)
	for i, r := range text {
		if r == 0 || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			b[i] = ' '
		}
	}
	return string(b)
}
