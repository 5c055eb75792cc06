package document

import (
	"bufio"
	"bytes"
	"image"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ocrWord is one word of the recogniser.
type ocrWord struct {
	text       string
	confidence float64
	box        image.Rectangle
	line       string // block, paragraph and line it is in
}

// readWords reads the table tesseract answers with to a file of so many pages.
func readWords(tsv []byte, pages int) [][]ocrWord {
	words := make([][]ocrWord, pages)
	sc := bufio.NewScanner(bytes.NewReader(tsv))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		f := strings.SplitN(sc.Text(), "\t", 12)
		if len(f) < 12 || f[0] != "5" || strings.TrimSpace(f[11]) == "" {
			continue
		}
		conf, err := strconv.ParseFloat(f[10], 64)
		if err != nil || conf < 0 {
			continue
		}
		left, top, w, h := atoi(f[6]), atoi(f[7]), atoi(f[8]), atoi(f[9])
		if page := atoi(f[1]) - 1; page >= 0 && page < pages {
			words[page] = append(words[page], ocrWord{f[11], conf, image.Rect(left, top, left+w, top+h), strings.Join(f[2:5], ".")})
		}
	}
	return words
}

// joinWords puts words together to lines.
func joinWords(words []ocrWord) []ocrLine {
	var lines []ocrLine
	var cur ocrLine
	var sum, n float64
	flush := func() {
		if cur.finish(); cur.text != "" && n > 0 {
			cur.confidence = max(1, min(100, int(sum/n)))
			lines = append(lines, cur)
		}
		cur, sum, n = ocrLine{}, 0, 0
	}
	for i, w := range words {
		if i > 0 && w.line != words[i-1].line {
			flush()
		} else if i > 0 && needsSpace(cur.text, w.text, w.box.Min.X-words[i-1].box.Max.X, w.box.Dy()) {
			cur.text += " "
			cur.xs = append(cur.xs, w.box.Min.X)
		}
		cur.text += w.text
		cur.xs = appendPlaces(cur.xs, w)
		if cur.box = cur.box.Union(w.box); n == 0 || int(w.confidence) < cur.least {
			cur.least = int(w.confidence)
		}
		weight := float64(len([]rune(w.text)))
		sum += w.confidence * weight
		n += weight
	}
	flush()
	return lines
}

// finish polishes the text of a line and cuts the spaces around it off.
func (l *ocrLine) finish() {
	text := strings.TrimLeft(l.text, " \t")
	l.xs = l.xs[min(len(l.xs), len([]rune(l.text))-len([]rune(text))):]
	if at := strings.Index(text, "〔〔"); at >= 0 { // one bracket, seen twice
		text = text[:at] + text[at+len("〔"):]
		if n := utf8.RuneCountInString(text[:at]); n < len(l.xs) {
			l.xs = slices.Delete(l.xs, n, n+1)
		}
	}
	l.text = strings.TrimSpace(polishOCR(text))
}

// appendPlaces appends where each character of a word begins, as far as its box
// tells: Chinese characters are twice as wide as others.
func appendPlaces(xs []int, w ocrWord) []int {
	width := func(r rune) int {
		if r >= 0x2E80 {
			return 2
		}
		return 1
	}
	all, before := 0, 0
	for _, r := range w.text {
		all += width(r)
	}
	for _, r := range w.text {
		xs = append(xs, w.box.Min.X+w.box.Dx()*before/max(1, all))
		before += width(r)
	}
	return xs
}

// needsSpace reports whether two words of a line are apart: the recogniser
// splits Chinese text and long numbers at will.
func needsSpace(before, after string, gap, height int) bool {
	if before == "" {
		return false
	}
	a, b := before[len(before)-1], after[0]
	if a >= 0x80 || b >= 0x80 {
		return gap > height*3/2
	}
	if a >= '0' && a <= '9' && (b >= '0' && b <= '9' || b == 'X' || b == 'x') {
		return gap*3 > height*2
	}
	return true
}

// polishOCR gives Chinese text the punctuation it is printed with: the
// recogniser answers with the ASCII look-alikes.
func polishOCR(s string) string {
	r := []rune(s)
	wide := func(i int) bool { return i >= 0 && i < len(r) && r[i] >= 0x2E80 }
	for i, c := range r {
		full, ok := map[rune]rune{',': '，', ':': '：', ';': '；', '(': '（', ')': '）', '?': '？', '!': '！'}[c]
		if ok && (wide(i-1) || wide(i+1)) {
			r[i] = full
		}
		// The year of a document number: 〔2026〕 comes out as [2026] or half so.
		if strings.ContainsRune("[{〔【（(", c) && i+5 < len(r) && strings.ContainsRune("]}〕】", r[i+5]) && isDigits(string(r[i+1:i+5])) {
			r[i], r[i+5] = '〔', '〕'
		}
	}
	return repairID(string(r))
}
