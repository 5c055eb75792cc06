package scanner

import (
	"strings"
	"unicode/utf8"
)

// A unit is one character of a run of digits.
type unit struct {
	val        uint8 // 0–9, unitX or unitMask
	sep        uint8 // what stood before it: sepNone …
	start, end int32
}

const (
	unitX    = 10 // X, x, ×, Ｘ: check character, or a mask
	unitMask = 11
)

// Separators, from none to the least binding.
const (
	sepNone  = iota
	sepSpace // one or two spaces
	sepHyphen
	sepDot
	sepBreak // a line break, spaces around it
)

const (
	maxUnits = 128 // of one run that are looked at together
	overlap  = 24  // units kept when a long run is cut: more than any value has
)

// walker finds numbers in a text. It reuses its memory.
type walker struct {
	tables *numberTables
	text   string
	need   numberMask
	weak   bool // masked values are wanted as well
	units  []unit
	groups []group
	parts  []part
	found  []number
	longs  []span // runs with four or more digits, for the gates of expressions
	vals   [maxUnits]uint8
}

// group is a stretch of units without separators between them.
type group struct{ from, to int }

// walk finds the numbers of text: w.found.
func (w *walker) walk(text string, need numberMask, weak bool) {
	w.walkFrom(text, nextDigit(text, 0), need, weak)
}

// walkFrom does so where the first digit stands at text[i].
func (w *walker) walkFrom(text string, i int, need numberMask, weak bool) {
	w.text, w.need, w.weak = text, need, weak
	w.found, w.longs = w.found[:0], w.longs[:0]
	for ; i < len(text); i = nextDigit(text, i) {
		if b := text[i]; b-'0' <= 9 {
			if b == '3' && i > 0 && text[i-1] == '%' {
				if end := w.percent(i - 1); end > i {
					i = end
					continue
				}
			}
			j := i + 1
			for j < len(text) && text[j]-'0' <= 9 {
				j++
			}
			if j-i <= 3 && w.need.has(numCoordinates) && strings.HasPrefix(text[j:], "度") {
				w.units = append(w.units[:0], unit{start: int32(i), end: int32(j)})
				w.degrees(j, "度")
			}
			if j-i <= shortRun && endsRun(text, j) && (i == 0 || !isLatin(text[i-1]) && text[i-1] != '*') {
				if j-i >= 4 {
					w.longs = append(w.longs, span{start: i, end: j})
				}
				i = j
				continue
			}
		}
		i = w.run(i)
	}
}

// percent reads digits in the encoding of addresses, %33%34…, that begin with
// the % at i, and looks at them if they are many. It returns where they end.
func (w *walker) percent(i int) int {
	w.units = w.units[:0]
	for i+2 < len(w.text) && w.text[i] == '%' && len(w.units) < maxUnits-1 {
		val, hex := w.text[i+2]-'0', w.text[i+1]
		switch {
		case hex == '3' && val <= 9:
		case (hex == '5' || hex == '7') && val == 8:
			val = unitX
		default:
			hex = 0
		}
		if hex == 0 {
			break
		}
		w.units = append(w.units, unit{val, sepNone, int32(i), int32(i + 3)})
		i += 3
	}
	if len(w.units) >= 11 {
		w.analyse(true)
	}
	return i
}

// shortRun is the longest run of digits that is no value by itself: most
// numbers in prose, like years, are done with here.
const shortRun = 6

// endsRun reports whether what stands at text[i] surely ends a run of digits.
// It errs towards no.
func endsRun(text string, i int) bool {
	if i >= len(text) {
		return true
	}
	switch b := text[i]; {
	case b < utf8.RuneSelf:
		switch b {
		case ' ', '-', '_', '/', '.', 'X', 'x', '*', '#', '?', '"', '\n', '\r':
			return false
		}
		return true
	case b == 0xE3: // the ideographic space is the only separator of its block
		return i+2 < len(text) && (text[i+1] != 0x80 || text[i+2] != 0x80)
	case b == 0xEF: // full-width forms
		return i+2 < len(text) && text[i+1] == 0xBC && (text[i+2] < 0x8A || text[i+2] == 0x8C || text[i+2] >= 0x9A && text[i+2] < 0xB8)
	}
	return text[i] >= 0xE4 && text[i] <= 0xE9 // Chinese characters
}

// wideDigit decodes a digit that is not ASCII at text[i], n is 0 if there is
// none.
func wideDigit(text string, i int) (val uint8, n int) {
	s := text[i:]
	switch {
	case len(s) >= 3 && s[0] == 0xEF && s[1] == 0xBC && s[2] >= 0x90 && s[2] <= 0x99:
		return s[2] - 0x90, 3
	case len(s) >= 4 && s[0] == 0xF0 && s[1] == 0x9D && s[2] == 0x9F && s[3] >= 0x8E && s[3] <= 0xBF:
		return (s[3] - 0x8E) % 10, 4
	case len(s) >= 3 && s[0] == 0xE2 && s[1] == 0x91 && s[2] >= 0xA0 && s[2] <= 0xA8: // ①–⑨
		return s[2] - 0xA0 + 1, 3
	case len(s) >= 3 && s[0] == 0xE2 && s[1] == 0x93 && s[2] == 0xAA: // ⓪
		return 0, 3
	}
	switch {
	case len(s) >= 2 && s[0] == 0xD9 && s[1] >= 0xA0 && s[1] <= 0xA9:
		return s[1] - 0xA0, 2
	case len(s) >= 2 && s[0] == 0xDB && s[1] >= 0xB0 && s[1] <= 0xB9:
		return s[1] - 0xB0, 2
	}
	return 0, 0
}

// run reads the run that begins with the digit at i, looks at it, and returns
// where to go on.
func (w *walker) run(i int) int {
	w.units = w.units[:0]
	w.leadingMasks(i)
	digits, sep := 0, uint8(sepNone)
	next := i
	for {
		val, n := w.unitAt(next)
		if n == 0 || val == unitX && sep != sepNone && !w.spacedX(sep, next+n) {
			break
		}
		w.units = append(w.units, unit{val, sep, int32(next), int32(next + n)})
		if val < unitX {
			digits++
		}
		next += n
		if len(w.units) == maxUnits {
			return w.long()
		}
		sep, n = w.separator(next)
		if sep == sepNone && n == 0 {
			continue
		}
		if v, k := w.unitAt(next + n); k == 0 || v == unitX && sep != sepNone && !w.spacedX(sep, next+n+k) {
			break
		}
		next += n
	}
	if digits >= 4 {
		w.longs = append(w.longs, span{start: i, end: next})
		w.analyse(true)
	}
	if digits <= 4 && w.need.has(numCoordinates) && strings.HasPrefix(w.text[next:], "°") {
		w.degrees(next, "°")
	}
	return next
}

// joinsStrings reports the sign between two strings of a formula.
func joinsStrings(s string) bool {
	return strings.HasPrefix(s, `"&"`) || strings.HasPrefix(s, `"+"`)
}

// spacedX reports whether an X behind a separator, which ends at i, is the check
// character of a number written with that separator between all its digits.
func (w *walker) spacedX(sep uint8, i int) bool {
	n := len(w.units)
	return n >= 17 && w.units[n-1].sep == sep && w.units[n-2].sep == sep && (i >= len(w.text) || !isAlnum(w.text[i]))
}

// degrees looks for minutes behind the degrees that the run holds: 30°12′,
// 30度12分.
func (w *walker) degrees(i int, sign string) {
	i += len(sign)
	for i < len(w.text) && w.text[i] == ' ' {
		i++
	}
	_, n := digitsAt(w.text, i, 2)
	r, size := utf8.DecodeRuneInString(w.text[i+n:])
	if n > 0 && (r == '′' || r == '\'' || r == '’' || r == '分' || r == '.') {
		w.found = append(w.found, number{numCoordinates, 0, w.units[0].start, int32(i + n + size)})
	}
}

// long looks at a run that is longer than any value or list of values ought
// to be, and returns where to go on: at one of its last groups, so that
// nothing is cut, or behind it where it is one endless number.
func (w *walker) long() int {
	for k := len(w.units) - overlap; k > 0; k-- {
		if w.units[k].sep != sepNone {
			next := int(w.units[k].start)
			w.units = w.units[:k+overlap]
			w.longs = append(w.longs, span{start: int(w.units[0].start), end: next})
			w.analyse(false)
			return next
		}
	}
	next := int(w.units[len(w.units)-1].end)
	for {
		val, n := w.unitAt(next)
		if n == 0 || val == unitX {
			return next
		}
		next += n
	}
}

// leadingMasks takes the mask characters that stand right before the first
// digit into the run: ****1234.
func (w *walker) leadingMasks(i int) {
	first := i
	for n := 0; n < 20 && first > 0; n++ {
		r, size := utf8.DecodeLastRuneInString(w.text[:first])
		if !isMask(r) {
			break
		}
		first -= size
	}
	for first < i {
		_, n := utf8.DecodeRuneInString(w.text[first:])
		w.units = append(w.units, unit{unitMask, sepNone, int32(first), int32(first + n)})
		first += n
	}
}

// unitAt decodes a digit, an X or a mask character at text[i]; n is 0 where
// there is none. Zero-width characters before it are taken along.
func (w *walker) unitAt(i int) (val uint8, n int) {
	text := w.text
	skip := 0
	for i+skip < len(text) {
		b := text[i+skip]
		if b-'0' <= 9 {
			return b - '0', skip + 1
		}
		switch b {
		case 'X', 'x':
			return unitX, skip + 1
		case '*':
			return unitMask, skip + 1
		case '_':
			if len(w.units) >= 6 && i+skip > 0 && (text[i+skip-1] == '_' || i+skip+1 < len(text) && text[i+skip+1] == '_') {
				return unitMask, skip + 1
			}
			return 0, 0
		case '#', '?':
			if skip == 0 && len(w.units) >= 6 { // before digits they are other signs
				return unitMask, 1
			}
			return 0, 0
		}
		if b < utf8.RuneSelf {
			return 0, 0
		}
		if v, k := wideDigit(text, i+skip); k > 0 {
			return v, skip + k
		}
		r, k := utf8.DecodeRuneInString(text[i+skip:])
		switch {
		case likeX(r):
			return unitX, skip + k
		case isMask(r):
			return unitMask, skip + k
		case isInvisible(r) && skip < 32:
			skip += k
			continue
		}
		return 0, 0
	}
	return 0, 0
}

// likeX reports the characters that are written or read for the letter X:
// full-width, Greek, Cyrillic, Roman ten, and signs.
func likeX(r rune) bool {
	switch r {
	case 'Ｘ', 'ｘ', '×', 'Χ', 'χ', 'Х', 'х', 'Ⅹ', 'ⅹ', '✕', '✖', '╳', '☓', '⨯', '𝐗', '𝖷', '𝗫':
		return true
	}
	return false
}

func isMask(r rune) bool {
	switch r {
	case '*', '＊', '●', '•', '■', '█', '▇', '※', '✱', '∗', '◆', '○', '◯', '﹡', '□', '△', '◎', '＃', '？':
		return true
	}
	return false
}

func isInvisible(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r == 0xFEFF || r == 0xAD || r >= 0x2060 && r <= 0x2064 || r >= 0xFE00 && r <= 0xFE0F
}

// separator tells what stands between two units at text[i]: sepNone with n 0
// for nothing, or with a large n for what ends a run: more than two spaces,
// an empty line.
func (w *walker) separator(i int) (sep uint8, n int) {
	text := w.text
	spaces := 0
	for k := 0; k < 8 && i+n < len(text); k++ {
		b := text[i+n]
		size := 1
		switch {
		case b == ' ':
			spaces++
			sep = max(sep, sepSpace)
		case b == '_' && i+n+1 < len(text) && text[i+n+1] == '_':
			return sep, n // a blank, which hides characters
		case b == '-' || b == '_' || b == '/':
			sep = max(sep, sepHyphen)
		case b == '.':
			sep = max(sep, sepDot)
		case b == '\n' || b == '\r':
			if sep == sepBreak && b == '\n' && text[i+n-1] != '\r' {
				return sepNone, 1 << 20 // an empty line
			}
			sep = sepBreak
		case b == '"' && sep == sepNone && joinsStrings(text[i+n:]): // ="3401"&"23…"
			sep, size = sepHyphen, len(`"&"`)
		case b < utf8.RuneSelf:
			return sep, n
		default:
			r, k := utf8.DecodeRuneInString(text[i+n:])
			size = k
			switch {
			case r == 0xA0 || r == 0x3000 || r >= 0x2000 && r <= 0x200A || r == 0x202F:
				spaces++
				sep = max(sep, sepSpace)
			case r == '－' || r == '–' || r == '—' || r == '‐' || r == '‑' || r == '−':
				sep = max(sep, sepHyphen)
			case r == '·' || r == '．' || r == '・':
				sep = max(sep, sepDot)
			case isInvisible(r):
			default:
				return sep, n
			}
		}
		n += size
		if spaces > 2 && sep < sepBreak {
			return sepNone, 1 << 20 // columns of a table set with spaces
		}
	}
	return sep, n
}
