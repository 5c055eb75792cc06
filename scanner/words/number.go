package words

import "strings"

const (
	digits     = "0123456789一二三四五六七八九零〇○两廿卅"
	magnitudes = "十百千万亿"

	chineseDigits = "一二三四五六七八九"
)

// number decides about terms at the edge of numbers, which no word list knows.
// It splits 26[万元], 十[一月] and 第[一个]; 千米 and its like are no numbers.
// Behind a number 多 and 余 count as words of their own (20|多|年): some gold
// segmentations have it so, others do not. 第四 is whole: the word list would
// rather find 四周 in 第四周.
func (l *lattice) number(from, to int) (whole, decided bool) {
	before, first, last, after := l.at(from-1), l.at(from), l.at(to-1), l.at(to)
	switch {
	case in(before, digits, magnitudes, "上数") && in(first, "多余"):
		return true, true
	case first == '第' && to-from > 1 && allIn(l.runes[from+1:to], chineseDigits, magnitudes):
		return true, true
	case first == '千' && in(l.at(from+1), "瓦米克卡伏"):
		return false, false
	case in(before, "0123456789二三四五六七八九第", magnitudes) && in(first, magnitudes),
		in(before, "十百千万第") && in(first, chineseDigits),
		in(last, chineseDigits, "十百") && in(after, magnitudes),
		in(last, "十百千") && in(after, chineseDigits):
		return false, true
	}
	return false, false
}

// in reports whether one of the sets has a character.
func in(r rune, sets ...string) bool {
	for _, s := range sets {
		if strings.ContainsRune(s, r) {
			return true
		}
	}
	return false
}

func allIn(runes []rune, sets ...string) bool {
	for _, r := range runes {
		if !in(r, sets...) {
			return false
		}
	}
	return true
}
