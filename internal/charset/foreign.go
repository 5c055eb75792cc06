package charset

import (
	"strings"
	"unicode/utf8"
)

// commonHangul are the syllables most used in Korean text.
const commonHangul = "이다는을가에고의하지로기사은한도를자리어시인서나대과해들일그있아수라정전제보부니스게여장주상만면동성구국조우비까요거모세원안소러었으된것"

// foreignReadings reads s as EUC-TW, Japanese and Korean. A reading only counts
// where the bytes leave no doubt: kana, common syllables, common characters.
func foreignReadings(s []byte) []reading {
	var out []reading
	if r := eucTWReading(s); r.bad == 0 && r.chars >= 16 && r.perChar() <= 10 {
		out = append(out, r)
	}
	if r, kana := eucJPReading(s); kana >= 4 && kana*5 >= r.chars {
		out = append(out, r)
	}
	if r, kana := shiftJISReading(s); kana >= 4 && kana*5 >= r.chars || r.bad == 0 && r.chars >= 6 {
		out = append(out, r)
	}
	if r, common := eucKRReading(s); common >= 4 && common*4 >= r.chars {
		out = append(out, r)
	}
	return out
}

func eucJPReading(s []byte) (reading, int) {
	r, kana := reading{name: "euc-jp"}, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < utf8.RuneSelf {
			r.addASCII(c)
			continue
		}
		if i+1 == len(s) {
			break
		}
		r.chars++
		t := s[i+1]
		if t < 0xA1 {
			r.cost += costBad
			continue
		}
		i++
		switch {
		case c == 0xA4 || c == 0xA5:
			kana++
			r.cost += 6 * costUnit
		case c == 0xA1:
			r.cost += 6 * costUnit
		case c >= 0xB0 && c <= 0xCF:
			r.cost += 10 * costUnit
		case c >= 0xD0 && c <= 0xF4:
			r.cost += costRare
		case c == 0x8E, c == 0x8F, c == 0xA2, c == 0xA3:
			r.cost += costSymbol
		default:
			r.cost += costBad
		}
	}
	return r, kana
}

func shiftJISReading(s []byte) (reading, int) {
	r, kana := reading{name: "shift_jis"}, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < utf8.RuneSelf:
			r.addASCII(c)
			continue
		case c >= 0xA1 && c <= 0xDF:
			r.chars++
			r.cost += 9 * costUnit
			continue
		}
		if i+1 == len(s) {
			break
		}
		r.chars++
		t := s[i+1]
		if t < 0x40 || t == 0x7F || t > 0xFC || c == 0x80 || c == 0xA0 || c > 0xFC {
			r.bad++
			r.cost += costBad
			continue
		}
		i++
		switch {
		case c == 0x82 && t >= 0x9F && t <= 0xF1, c == 0x83 && t <= 0x96:
			kana++
			r.cost += 6 * costUnit
		case c == 0x81:
			r.cost += 6 * costUnit
		case c >= 0x88 && c <= 0x97:
			r.cost += 10 * costUnit
		default:
			r.cost += costRare
		}
	}
	return r, kana
}

func eucKRReading(s []byte) (reading, int) {
	r, common := reading{name: "euc-kr"}, 0
	dec := byName("euc-kr").NewDecoder()
	out, err := dec.Bytes(s)
	if err != nil {
		return r, 0
	}
	for _, c := range string(out) {
		switch {
		case c < utf8.RuneSelf:
			r.addASCII(byte(c))
			continue
		case c == utf8.RuneError:
			r.bad++
			r.cost += costBad
		case c >= 0xAC00 && c <= 0xD7A3:
			if strings.ContainsRune(commonHangul, c) {
				common++
				r.cost += 5 * costUnit
			} else {
				r.cost += 9 * costUnit
			}
		default:
			r.cost += costSymbol
		}
		r.chars++
	}
	return r, common
}
