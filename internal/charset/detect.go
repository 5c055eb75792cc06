package charset

import (
	"unicode/utf8"
)

const (
	sampleSize = 6 << 10 // bytes beyond ASCII that decide about a document
	unitWindow = 1 << 10 // bytes looked at for UTF-16 without a mark
)

// Priors, as costs: what portals serve. The declared encoding gets a bonus on
// top.
const (
	priorGB      = 1 * costUnit
	priorBig5    = 4 * costUnit
	priorUTF16   = 8 * costUnit
	priorLatin   = 6 * costUnit
	priorForeign = 10 * costUnit // EUC-TW, Japanese, Korean
	declaredGain = 6 * costUnit
)

// reading is how a text reads in one encoding.
type reading struct {
	name  string
	cost  cost
	ascii cost // the part of cost that is due to ASCII
	chars int  // characters beyond it
	bad   int
}

// perChar is the average cost of a character beyond ASCII in nats, 0 without
// any.
func (r reading) perChar() int {
	if r.chars == 0 {
		return 0
	}
	return (r.cost - r.ascii) / r.chars / costUnit
}

// detect returns the encoding in which data, which is not plain ASCII, reads
// best. declared is the name that was declared, "" for none.
func detect(data []byte, declared string) reading {
	s := sample(data)
	best := utf8Reading(s)
	consider := func(r reading, prior cost) {
		r.cost += prior
		if r.name == declared {
			r.cost -= declaredGain
		}
		if r.cost < best.cost {
			best = r
		}
	}
	if declared == "utf-8" {
		best.cost -= declaredGain
	}
	consider(gbPairs().reading(s), priorGB)
	consider(big5Pairs().reading(s), priorBig5)
	consider(latinReading(s), priorLatin)
	if best.perChar() >= 9 || best.name == "windows-1252" {
		for _, r := range foreignReadings(s) {
			consider(r, priorForeign)
		}
	}
	return best
}

// sample collects the parts of data that are not ASCII, with the letters
// around them, up to sampleSize.
func sample(data []byte) []byte {
	if len(data) <= sampleSize {
		return data
	}
	out := make([]byte, 0, sampleSize+64)
	for i := 0; i < len(data) && len(out) < sampleSize; {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		start := i
		for start > 0 && data[start-1] >= 0x40 && i-start < 16 {
			start--
		}
		for i < len(data) && (data[i] >= 0x40 || data[i] >= '0' && data[i] <= '9') && i-start < 512 {
			i++
		}
		out = append(out, data[start:i]...)
		out = append(out, '\n')
	}
	return out
}

// addASCII accounts for an ASCII character.
func (r *reading) addASCII(c byte) {
	v := 4 * costUnit
	if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
		v = 15 * costUnit
	}
	r.cost += v
	r.ascii += v
}

func utf8Reading(s []byte) reading {
	r := reading{name: "utf-8"}
	costs := runeCosts()
	latin := false
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			r.addASCII(s[i])
			latin = false
			i++
			continue
		}
		c, n := utf8.DecodeRune(s[i:])
		i += n
		r.chars++
		switch {
		case c == utf8.RuneError && n == 1:
			if i == len(s) || !utf8.FullRune(s[i-1:]) {
				r.chars-- // cut off at the end
				return r
			}
			r.bad++
			r.cost += costBad
		case c > 0xFFFF:
			r.cost += costExotic
		default:
			r.cost += int(costs[c])
			if c < 0x250 {
				if latin {
					r.cost += 4 * costUnit // accented letters do not come in rows
				}
				latin = true
				continue
			}
		}
		latin = false
	}
	return r
}

func (p *pairs) reading(s []byte) reading {
	r := reading{name: p.name}
	four := p.name == "gb18030"
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			r.addASCII(c)
			i++
			continue
		}
		if i+1 == len(s) {
			return r // cut off at the end
		}
		r.chars++
		if c < lowLead || c > 0xFE {
			r.bad++
			r.cost += costBad
			i++
			continue
		}
		t := s[i+1]
		switch {
		case t >= lowTrail && t <= highTrail && p.runes[pairIndex(c, t)] != 0:
			r.cost += int(p.costs[pairIndex(c, t)])
			i += 2
		case four && t >= '0' && t <= '9' && i+3 < len(s) && s[i+2] >= lowLead && s[i+3] >= '0' && s[i+3] <= '9':
			r.cost += costExotic + 3*costUnit
			i += 4
		default:
			r.bad++
			r.cost += costBad
			if i++; t >= utf8.RuneSelf {
				i++
			}
		}
	}
	return r
}

// latinReading is windows-1252: accented letters among ASCII letters.
func latinReading(s []byte) reading {
	r := reading{name: "windows-1252"}
	letter := func(i int) bool { return i >= 0 && i < len(s) && isAlpha(s[i]) }
	for i, c := range s {
		switch {
		case c < utf8.RuneSelf:
			r.addASCII(c)
			continue
		case (c == 0x92 || c == 0x91) && letter(i-1) && letter(i+1): // an apostrophe
			r.cost += 4 * costUnit
		case c >= 0xC0 && (letter(i-1) || letter(i+1)):
			r.cost += 6 * costUnit
		case c >= 0xA0 && c < 0xC0 || c >= 0x91 && c <= 0x97 || c == 0x85:
			r.cost += 9 * costUnit
		case c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D:
			r.cost += costBad
			r.bad++
		default:
			r.cost += 11 * costUnit
		}
		r.chars++
	}
	return r
}

// utf16Reading reads the start of data as UTF-16 of one byte order.
func utf16Reading(data []byte, name string, hi int) reading {
	r := reading{name: name, cost: priorUTF16}
	costs := runeCosts()
	if len(data)%2 != 0 {
		r.cost += 4 * costUnit
	}
	for i := 0; i+1 < len(data); i += 2 {
		u := uint16(data[i+hi])<<8 | uint16(data[i+1-hi])
		r.cost += int(costs[u])
		if u >= 0x80 {
			r.chars++
		}
		if costs[u] >= costBad {
			r.bad++
		}
	}
	return r
}

// detectUnits tells UTF-16 and UTF-32 without a byte order mark from text in
// bytes, "" for the latter.
func detectUnits(data []byte) string {
	w := data[:min(len(data), unitWindow)]
	if len(w) < 4 {
		return ""
	}
	control, nuls := 0, 0
	for _, c := range w {
		if c == 0 {
			nuls++
		} else if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1B && c != 0x0C {
			control++
		}
	}
	if nuls*2 >= len(w) {
		if name := detectUTF32(data); name != "" {
			return name
		}
	}
	if nuls == 0 && control == 0 && len(data) > 2*unitWindow {
		return "" // that much of UTF-16 has one or the other
	}
	le, be := utf16Reading(w, "utf-16le", 1), utf16Reading(w, "utf-16be", 0)
	if be.cost < le.cost {
		le = be
	}
	if le.bad*10 > len(w)/2 {
		return ""
	}
	for _, r := range [...]reading{utf8Reading(w), gbPairs().reading(w), big5Pairs().reading(w), latinReading(w)} {
		if r.cost <= le.cost {
			return ""
		}
	}
	return le.name
}

// detectUTF32 looks for the zero bytes that every character has.
func detectUTF32(data []byte) string {
	w := data[:min(len(data), unitWindow)&^3]
	le, be := 0, 0
	for i := 0; i+3 < len(w); i += 4 {
		if w[i+3] == 0 && w[i+2] <= 0x10 && (w[i]|w[i+1]) != 0 {
			le++
		}
		if w[i] == 0 && w[i+1] <= 0x10 && (w[i+2]|w[i+3]) != 0 {
			be++
		}
	}
	switch n := len(w) / 4; {
	case n == 0:
		return ""
	case le*20 >= n*19 && le >= be:
		return "utf-32le"
	case be*20 >= n*19:
		return "utf-32be"
	}
	return ""
}
