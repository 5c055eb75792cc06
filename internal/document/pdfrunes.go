package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// pdfLines splits the text of a page into lines.
func pdfLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.Map(pdfRune, line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// pdfRune maps the presentation forms vertical fonts give to the characters
// people type, and drops marks that are no characters.
func pdfRune(r rune) rune {
	switch {
	case r < 0x20 && r != '\t', r == 0xFFFE, r == 0xFFFF, r == 0xFEFF, r == 0x7F:
		return -1
	case r >= 0x2E80 && r <= 0x2EF3:
		return radical(r)
	case r >= 0x2F00 && r <= 0x2FD5, r >= 0xF900 && r <= 0xFAFF:
		// Fonts that share a glyph among characters name the radical, or the
		// compatibility form, where the text has the character: ⼋ for 八.
		if c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r))); c != utf8.RuneError {
			return c
		}
		return r
	case r < 0xFE10 || r > 0xFE48:
		return r
	case r <= 0xFE19:
		return []rune("，、。：；！？〖〗…")[r-0xFE10]
	case r >= 0xFE30 && r <= 0xFE34:
		return []rune("‥—–_﹏")[r-0xFE30]
	case r >= 0xFE35 && r <= 0xFE44:
		return []rune("（）｛｝〔〕【】《》〈〉「」『』")[r-0xFE35]
	case r == 0xFE47:
		return '['
	case r == 0xFE48:
		return ']'
	}
	return r
}

// radicals are the characters the radicals from U+2E80 on stand for, as far as
// they are characters of their own (Unicode's EquivalentUnifiedIdeograph).
const radicals = "冫厂乛乚乙亻冂几刀刂卜㔾小小兀尣尢⺑巳幺彑彐忄㣺扌攵⺚旡日月歺母民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟罓罒⺳⺴⺵羊羊羊耂肀聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶邑钅長镸长门阜阝雨青韦页风飞食食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"

// radical returns the character a radical stands for: fonts that share a glyph
// name the radical where the text has the character.
func radical(r rune) rune {
	c, _ := utf8.DecodeRuneInString(radicals[3*(r-0x2E80):]) // each has three bytes
	return c
}

func visibleRunes(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && r != 0xFFFE && r != unicode.ReplacementChar {
			n++
		}
	}
	return n
}

// spreadOut reports whether almost every character of a text has a space behind
// it, as that of fonts which say that their characters are narrower than they are.
func spreadOut(text string) bool {
	alone, all := 0, 0
	for word := range strings.FieldsSeq(text) {
		if all++; utf8.RuneCountInString(word) == 1 {
			alone++
		}
	}
	return all >= 12 && alone*10 >= all*9
}

// drawTogether takes the single spaces between the characters of such a line
// away.
func drawTogether(line string) string {
	var out strings.Builder
	short := false // the word before is one character
	for word := range strings.SplitSeq(line, " ") {
		alone := utf8.RuneCountInString(word) == 1
		if out.Len() > 0 && !(short && alone) {
			out.WriteByte(' ')
		}
		out.WriteString(word)
		short = alone
	}
	return out.String()
}
