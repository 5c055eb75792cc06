package document

import (
	"regexp"
	"strings"
)

// doubtfulConfidence is what a line with a number has at most of which looks
// differ.
const doubtfulConfidence = 55

// sureDigits is the confidence from which a number needs no other reading.
const sureDigits = 85

var (
	idLike     = regexp.MustCompile(`(\d{17})([\dXx又文×ⅩX乂])`)
	onlyNumber = regexp.MustCompile(`^[\d., -]*\d[Xx]?$`)
	numberLike = regexp.MustCompile(`\d[\d -]{4,}[\dXx]`)
)

// bareNumber is a number without what divides it into groups.
func bareNumber(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }

// numbersOf are the places of the numbers in a text that may identify somebody.
func numbersOf(text string) [][]int {
	var out [][]int
	for _, at := range numberLike.FindAllStringIndex(text, -1) {
		if len(bareNumber(text[at[0]:at[1]])) >= 7 {
			out = append(out, at)
		}
	}
	return out
}

// numeric reports whether a line is a number and little else, or may be one that
// was taken for a sign.
func (l *ocrLine) numeric() bool {
	digits, all := 0, 0
	for _, r := range l.text {
		if all++; r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits*2 > all || all > 0 && all <= 2 && l.confidence < 90
}

// takeNumber takes a line that is a number as the model for digits has read it,
// if it did so with certainty.
func (l *ocrLine) takeNumber(exact []ocrLine) bool {
	if !l.numeric() {
		return false
	}
	for _, e := range exact {
		if e.confidence < sureDigits || !onlyNumber.MatchString(e.text) {
			continue
		}
		own, other := bareNumber(l.text), bareNumber(e.text)
		if own != other && (len(own) > 2 && !akin(own, other) || checks(own) && !checks(other)) {
			continue
		}
		if own != other {
			l.text, l.xs = e.text, e.xs
		}
		l.confidence = max(l.confidence, e.confidence)
		return true
	}
	return false
}

// settleNumbers takes each number in a line as the model for digits has read it,
// unless the check digit speaks for another reading. Nothing is calculated. Of a
// number that only one reading has, without certainty, the line is in doubt.
func (l *ocrLine) settleNumbers(readings, exact []ocrLine) {
	places := numbersOf(l.text)
	for k := len(places) - 1; k >= 0; k-- {
		at := places[k]
		own := l.text[at[0]:at[1]]
		best, sure := own, votes(own, readings) > 1 && l.least >= sureDigits
		for _, e := range exact {
			other := longestNumber(e.text)
			switch {
			case !akin(own, other) || checks(own) && !checks(other):
			case within(own, other):
				sure = true // its view was cut, or went over something else
			case votes(other, readings) > 0, e.confidence >= sureDigits:
				best, sure = other, true
			case !sure:
				best = other
			}
			if sure && (best != own || checks(own)) {
				break
			}
		}
		if bareNumber(best) != bareNumber(own) {
			l.text = l.text[:at[0]] + best + l.text[at[1]:]
		}
		l.doubt = l.doubt || !sure && !checks(best)
	}
	if l.doubt {
		l.confidence = min(l.confidence, doubtfulConfidence)
	}
}

// votes is how many readings have a number.
func votes(number string, readings []ocrLine) int {
	n := 0
	for _, r := range readings {
		for _, at := range numbersOf(r.text) {
			if bareNumber(r.text[at[0]:at[1]]) == bareNumber(number) {
				n++
				break
			}
		}
	}
	return n
}

func longestNumber(text string) string {
	longest := ""
	for _, at := range numbersOf(text) {
		if at[1]-at[0] > len(longest) {
			longest = text[at[0]:at[1]]
		}
	}
	return longest
}

// akin reports whether two numbers may be readings of one.
func akin(a, b string) bool {
	a, b = bareNumber(a), bareNumber(b)
	if d := len(a) - len(b); b == "" || d > 3 || d < -3 {
		return false
	}
	n := min(len(a), len(b)) / 2
	return within(a, b) || a[:n] == b[:n] || a[len(a)-n:] == b[len(b)-n:]
}

// within reports whether one number is a part of the other.
func within(a, b string) bool {
	a, b = bareNumber(a), bareNumber(b)
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// checks reports whether a number has a check digit, and a right one: that of
// an ID number, or of a bank card (ISO/IEC 7812-1).
func checks(number string) bool {
	s := bareNumber(number)
	switch {
	case len(s) == 18 && hasValidID(s):
		return true
	case len(s) < 16 || len(s) > 19 || !isDigits(s):
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

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
