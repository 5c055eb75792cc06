package charset

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A stretch is a run of bytes that belong to one encoding: it starts with a
// byte beyond ASCII and ends before the next byte below 0x40, which no
// two-byte character contains. Pages in mixed encodings change between
// stretches.

// stretchEnd returns where the stretch that starts at i ends.
func stretchEnd(data []byte, i int) int {
	j := i
	for j < len(data) {
		c := data[j]
		if c >= 0x40 {
			j++
			continue
		}
		// The digits inside a four-byte character of GB 18030.
		if c >= '0' && c <= '9' && j > i && data[j-1] >= lowLead && j+2 < len(data) && data[j+1] >= lowLead &&
			data[j+2] >= '0' && data[j+2] <= '9' {
			j += 3
			continue
		}
		break
	}
	return j
}

// decodeUTF8 decodes UTF-8 that is not valid throughout: stretches that read
// better as GB 18030 are taken for that.
func decodeUTF8(data []byte) (string, int) {
	out := make([]byte, 0, len(data)+len(data)/8)
	bad := 0
	for i := 0; i < len(data); {
		n := asciiPrefix(data[i:])
		out = append(out, data[i:i+n]...)
		if i += n; i == len(data) {
			break
		}
		end := stretchEnd(data, i)
		s := data[i:end]
		i = end
		if utf8.Valid(s) {
			out = append(out, s...)
			continue
		}
		last := end == len(data)
		if own := utf8Reading(clip(s)); own.cost > gbPairs().reading(clip(s)).cost+priorGB {
			b := 0
			out, b = gbPairs().appendStretch(out, s, last)
			bad += b
			continue
		}
		var b int
		out, b = appendUTF8(out, s, last)
		bad += b
	}
	return string(out), bad
}

// clip bounds how much of a stretch is weighed.
func clip(s []byte) []byte { return s[:min(len(s), 512)] }

func asciiPrefix(data []byte) int {
	i := 0
	for i+8 <= len(data) {
		d := data[i : i+8 : i+8]
		if (d[0]|d[1]|d[2]|d[3]|d[4]|d[5]|d[6]|d[7])&0x80 != 0 {
			break
		}
		i += 8
	}
	for i < len(data) && data[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// appendUTF8 appends s with U+FFFD for what is invalid.
func appendUTF8(out, s []byte, last bool) ([]byte, int) {
	bad := 0
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			if last && !utf8.FullRune(s) {
				return out, bad // cut off by the end
			}
			bad++
		}
		out = utf8.AppendRune(out, r)
		s = s[n:]
	}
	return out, bad
}

// decodePairs decodes GB 18030 or Big5; stretches that read better as UTF-8
// are taken for that.
func decodePairs(p *pairs, data []byte) (string, int) {
	out := make([]byte, 0, len(data)+len(data)/2)
	bad := 0
	for i := 0; i < len(data); {
		n := asciiPrefix(data[i:])
		out = append(out, data[i:i+n]...)
		if i += n; i == len(data) {
			break
		}
		end := stretchEnd(data, i)
		s := data[i:end]
		last := end == len(data)
		i = end
		if r, n := utf8.DecodeRune(s); n > 1 && r != utf8.RuneError && p.readsAsUTF8(s) {
			out = append(out, s...)
			continue
		}
		var b int
		out, b = p.appendStretch(out, s, last)
		bad += b
	}
	return string(out), bad
}

// readsAsUTF8 reports whether s is valid UTF-8 and better so than in p.
func (p *pairs) readsAsUTF8(s []byte) bool {
	if !utf8.Valid(s) || !slices.ContainsFunc(s, func(c byte) bool { return c >= 0xE0 }) {
		return false // two-byte characters of UTF-8 are common pairs by chance
	}
	u := utf8Reading(clip(s))
	return u.cost+declaredGain/2 < p.reading(clip(s)).cost
}

// appendStretch appends s decoded. Where a byte is missing or too many, as in
// titles cut in the middle of a character, the reading that costs least is
// taken instead of letting the mistake run on.
func (p *pairs) appendStretch(out, s []byte, last bool) ([]byte, int) {
	start := len(out)
	bad := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			out = append(out, c)
			i++
			continue
		}
		n := 0
		if out, n = p.appendChar(out, s[i:]); n > 0 {
			i += n
			continue
		}
		if last && i+1 == len(s) {
			return out, bad // cut off by the end
		}
		if bad == 0 && len(s) <= maxRealign {
			return p.realign(out[:start], s)
		}
		bad++
		out = append(out, "\uFFFD"...)
		if i++; i < len(s) && s[i] >= utf8.RuneSelf {
			i++
		}
	}
	return out, bad
}

// appendChar appends the character at the start of s and returns its length,
// 0 when there is none.
func (p *pairs) appendChar(out, s []byte) ([]byte, int) {
	c := s[0]
	if len(s) < 2 || c < lowLead || c > 0xFE {
		if c == 0x80 && p.name == "gb18030" {
			return append(out, "€"...), 1
		}
		return out, 0
	}
	t := s[1]
	if t >= lowTrail && t <= highTrail {
		if r := p.runes[pairIndex(c, t)]; r != 0 {
			return utf8.AppendRune(out, r), 2
		}
		if p.name == "big5" && c == 0x88 {
			if two := big5Sequences[t]; two != "" {
				return append(out, two...), 2
			}
		}
		return out, 0
	}
	if p.name == "gb18030" && len(s) >= 4 && t >= '0' && t <= '9' && s[2] >= lowLead && s[3] >= '0' && s[3] <= '9' {
		return appendFourBytes(out, s[:4])
	}
	return out, 0
}

// big5Sequences are the pairs with lead byte 0x88 that stand for a letter and
// a combining mark.
var big5Sequences = map[byte]string{0x62: "Ê̄", 0x64: "Ê̌", 0xA3: "ê̄", 0xA5: "ê̌"}

// appendFourBytes decodes a four-byte character of GB 18030.
func appendFourBytes(out, s []byte) ([]byte, int) {
	linear := ((int(s[0]-0x81)*10+int(s[1]-'0'))*126+int(s[2]-0x81))*10 + int(s[3]-'0')
	if linear >= 189000 {
		if r := rune(linear - 189000 + 0x10000); r <= utf8.MaxRune {
			return utf8.AppendRune(out, r), 4
		}
		return out, 0
	}
	b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(s)
	if err != nil || bytes.Contains(b, []byte("\uFFFD")) {
		return out, 0
	}
	return append(out, b...), 4
}

// maxRealign is the longest stretch whose cheapest reading is looked for.
const maxRealign = 4096

// realign decodes s, which has a byte missing or too many, along the cheapest
// way through it: any byte may be skipped at the price of a bad character.
func (p *pairs) realign(out, s []byte) ([]byte, int) {
	n := len(s)
	costs := make([]int32, n+1) // from i to the end
	steps := make([]uint8, n)   // bytes taken at i; 0 skips one
	for i := n - 1; i >= 0; i-- {
		c := s[i]
		if c < utf8.RuneSelf {
			costs[i], steps[i] = costs[i+1]+4*costUnit, 1
			continue
		}
		costs[i], steps[i] = costs[i+1]+costBad, 0
		if i+1 < n && c >= lowLead && c <= 0xFE && s[i+1] >= lowTrail && s[i+1] <= highTrail {
			k := pairIndex(c, s[i+1])
			if v := costs[i+2] + int32(p.costs[k]); p.runes[k] != 0 && v < costs[i] {
				costs[i], steps[i] = v, 2
			}
		}
		if i+3 < n && p.name == "gb18030" && s[i+1] >= '0' && s[i+1] <= '9' && s[i+2] >= lowLead && s[i+3] >= '0' && s[i+3] <= '9' {
			if v := costs[i+4] + costExotic; v < costs[i] {
				costs[i], steps[i] = v, 4
			}
		}
	}
	bad := 0
	out = slices.Grow(out, n)
	for i := 0; i < n; {
		switch steps[i] {
		case 1:
			out = append(out, s[i])
			i++
		case 0:
			bad++
			out = append(out, "\uFFFD"...)
			i++
		default:
			var took int
			out, took = p.appendChar(out, s[i:])
			if took == 0 {
				bad++
				out = append(out, "\uFFFD"...)
				took = 1
			}
			i += took
		}
	}
	return out, bad
}
