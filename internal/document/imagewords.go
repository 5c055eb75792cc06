package document

import (
	"bufio"
	"bytes"
	"image"
	"regexp"
	"strconv"
	"strings"
)

// ocrWord is one word of the recogniser.
type ocrWord struct {
	text       string
	confidence float64
	box        image.Rectangle
	line       string // block, paragraph and line it is in
}

// readWords reads the table tesseract answers with.
func readWords(tsv []byte) []ocrWord {
	var words []ocrWord
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
		words = append(words, ocrWord{f[11], conf, image.Rect(left, top, left+w, top+h), strings.Join(f[1:5], ".")})
	}
	return words
}

// joinWords puts words together to lines.
func joinWords(words []ocrWord) []ocrLine {
	var lines []ocrLine
	var cur ocrLine
	var sum, n float64
	flush := func() {
		if text := strings.TrimSpace(polishOCR(cur.text)); text != "" && n > 0 {
			cur.text = text
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
		}
		cur.text += w.text
		cur.box = cur.box.Union(w.box)
		weight := float64(len([]rune(w.text)))
		sum += w.confidence * weight
		n += weight
	}
	flush()
	return lines
}

// doubtfulNumbers reports whether a number that may identify somebody was not
// read with certainty.
func doubtfulNumbers(words []ocrWord) bool {
	for _, w := range words {
		if longestDigits(w.text) >= 7 && w.confidence < 88 && !hasValidID(w.text) {
			return true
		}
	}
	return false
}

// betterNumbers takes over the numbers that a second pass has read better;
// its boxes are to be multiplied by scale.
func betterNumbers(words, again []ocrWord, scale float64) {
	for i := range words {
		w := &words[i]
		if longestDigits(w.text) < 4 {
			continue
		}
		for _, a := range again {
			box := image.Rect(int(float64(a.box.Min.X)*scale), int(float64(a.box.Min.Y)*scale), int(float64(a.box.Max.X)*scale), int(float64(a.box.Max.Y)*scale))
			common := w.box.Intersect(box)
			if longestDigits(a.text) < 4 || common.Dx()*10 < max(w.box.Dx(), box.Dx())*9 || common.Dy()*2 < min(w.box.Dy(), box.Dy()) {
				continue
			}
			valid, was := hasValidID(a.text), hasValidID(w.text)
			if valid && !was || valid == was && a.confidence > w.confidence+2 {
				w.text, w.confidence = a.text, a.confidence
			}
		}
	}
}

var idLike = regexp.MustCompile(`(\d{17})([\dXx又文×ⅩX乂])`)

// hasValidID reports whether text has an ID number whose check digit is right
// (GB 11643-1999).
func hasValidID(text string) bool {
	m := idLike.FindStringSubmatch(text)
	return m != nil && strings.EqualFold(m[2], checkDigit(m[1]))
}

// checkDigit is the last character of the ID number that starts with the 17
// digits of s.
func checkDigit(s string) string {
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	return string("10X98765432"[sum%11])
}

// repairID puts an X where the recogniser saw what looks like one and an ID
// number must end so.
func repairID(text string) string {
	return idLike.ReplaceAllStringFunc(text, func(id string) string {
		if checkDigit(id[:17]) == "X" && !isDigits(id[17:]) {
			return id[:17] + "X"
		}
		return id
	})
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
