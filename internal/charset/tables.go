package charset

import (
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// cost is how unlikely a character is in text, in eighths of a nat: the
// negative logarithm of its probability. Costs of a whole text add up, so the
// readings of the same bytes in two encodings can be compared.
type cost = int

const (
	costUnit = 8 // per nat

	costUnlisted = 25 * costUnit / 2 // a character of the standard's first level
	costRare     = 14 * costUnit     // … of its second level
	costExotic   = 31 * costUnit / 2 // … of an extension
	costSymbol   = 12 * costUnit
	costBad      = 20 * costUnit // what cannot be decoded
)

// costOfRank is the cost of the character that is the r-th most frequent.
func costOfRank(r int) cost {
	// Counted shares: 3 % at rank 1, 0.6 % at 10, 0.2 % at 100, 1.6e-4 at
	// 1000, 1e-5 at 3000; straight lines between them on a log-log scale.
	points := [...]struct{ rank, nats float64 }{{1, 3.4}, {10, 5.1}, {100, 6.3}, {1000, 8.7}, {2000, 10.2}, {3000, 11.5}}
	x := math.Log(float64(r + 1))
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if float64(r+1) <= b.rank || i == len(points)-1 {
			la, lb := math.Log(a.rank), math.Log(b.rank)
			return cost((a.nats + (b.nats-a.nats)*(x-la)/(lb-la)) * costUnit)
		}
	}
	return costUnlisted
}

const (
	pairRows  = 126 // lead bytes 0x81 to 0xFE
	gbCols    = 191 // trail bytes 0x40 to 0xFE
	lowLead   = 0x81
	lowTrail  = 0x40
	highTrail = 0xFE
)

// pairs is a two-byte encoding: what every pair of bytes stands for and how
// likely it is.
type pairs struct {
	name  string
	runes [pairRows * gbCols]rune // 0: not assigned
	costs [pairRows * gbCols]uint8
}

func pairIndex(lead, trail byte) int { return int(lead-lowLead)*gbCols + int(trail-lowTrail) }

// The tables are worked out from x/text at the first use, in a few
// milliseconds; a process that sees only UTF-8 never pays for them.
var (
	gbPairs   = sync.OnceValue(func() *pairs { return newPairs("gb18030", simplifiedchinese.GB18030, commonSimplified, gbFloor) })
	big5Pairs = sync.OnceValue(func() *pairs { return newPairs("big5", traditionalchinese.Big5, commonTraditional, big5Floor) })
	runeCosts = sync.OnceValue(newRuneCosts)
)

func newPairs(name string, enc encoding.Encoding, common string, floor func(lead, trail byte) cost) *pairs {
	p := &pairs{name: name}
	src := make([]byte, 0, pairRows*gbCols*3)
	for lead := lowLead; lead <= 0xFE; lead++ {
		for trail := lowTrail; trail <= highTrail; trail++ {
			src = append(src, byte(lead), byte(trail), '\n')
		}
	}
	out, err := enc.NewDecoder().Bytes(src)
	if err != nil {
		out = nil // cannot happen: decoders replace; every pair then reads as unassigned
	}
	i := 0
	byRune := make(map[rune]int, pairRows*gbCols)
	for line := range strings.SplitSeq(string(out), "\n") {
		if i == len(p.runes) {
			break
		}
		r, size := utf8.DecodeRuneInString(line)
		if r == utf8.RuneError && name == "gb18030" {
			lead, trail := byte(lowLead+i/gbCols), byte(lowTrail+i%gbCols)
			if r = gb2022[[2]byte{lead, trail}]; r == 0 {
				r = privateUse(lead, trail)
			}
			if r != 0 {
				size = len(line)
			}
		}
		if size == len(line) && r != utf8.RuneError && r != 0 {
			p.runes[i] = r
			if _, ok := byRune[r]; !ok {
				byRune[r] = i
			}
		}
		p.costs[i] = uint8(costBad)
		if p.runes[i] != 0 {
			p.costs[i] = uint8(floor(byte(lowLead+i/gbCols), byte(lowTrail+i%gbCols)))
		}
		i++
	}
	p.favour(byRune, common, 0)
	if name == "gb18030" {
		p.favour(byRune, commonTraditional, 3*costUnit) // GBK has both scripts
	}
	return p
}

// favour gives the characters of common, the most frequent first, their cost.
func (p *pairs) favour(byRune map[rune]int, common string, extra cost) {
	rank := 0
	for _, r := range common {
		if k, ok := byRune[r]; ok {
			p.costs[k] = uint8(min(costOfRank(rank)+extra, int(p.costs[k])))
		}
		rank++
	}
}

// gb2022 are the pairs that GB 18030-2022 gave characters of their own and
// x/text does not know yet.
var gb2022 = map[[2]byte]rune{
	{0xA6, 0xD9}: 0xFE10, {0xA6, 0xDA}: 0xFE12, {0xA6, 0xDB}: 0xFE11, {0xA6, 0xDC}: 0xFE13, {0xA6, 0xDD}: 0xFE14,
	{0xA6, 0xDE}: 0xFE15, {0xA6, 0xDF}: 0xFE16, {0xA6, 0xEC}: 0xFE17, {0xA6, 0xED}: 0xFE18, {0xA6, 0xF3}: 0xFE19,
	{0xA8, 0xBC}: 0x1E3F, {0xFE, 0x59}: 0x9FB4, {0xFE, 0x61}: 0x9FB5, {0xFE, 0x66}: 0x9FB6, {0xFE, 0x67}: 0x9FB7,
	{0xFE, 0x6D}: 0x9FB8, {0xFE, 0x7E}: 0x9FB9, {0xFE, 0x90}: 0x9FBA, {0xFE, 0xA0}: 0x9FBB,
}

// privateUse maps the areas GBK leaves to its users, 0 outside them.
func privateUse(lead, trail byte) rune {
	switch {
	case trail == 0x7F:
	case lead >= 0xAA && lead <= 0xAF && trail >= 0xA1:
		return 0xE000 + rune(lead-0xAA)*94 + rune(trail-0xA1)
	case lead >= 0xF8 && trail >= 0xA1:
		return 0xE234 + rune(lead-0xF8)*94 + rune(trail-0xA1)
	case lead >= 0xA1 && lead <= 0xA7 && trail <= 0xA0:
		col := rune(trail - 0x40)
		if trail > 0x7F {
			col--
		}
		return 0xE4C6 + rune(lead-0xA1)*96 + col
	}
	return 0
}

// gbFloor is the cost of a pair of GBK that is not among the common ones.
func gbFloor(lead, trail byte) cost {
	switch {
	case privateUse(lead, trail) != 0:
		return 18 * costUnit
	case lead == 0xA1 && trail == 0xA1: // ideographic space
		return 5 * costUnit
	case trail < 0xA1 || lead < 0xA1:
		return costExotic
	case lead == 0xA3: // full-width ASCII
		return 9 * costUnit
	case lead <= 0xA9:
		return costSymbol
	case lead >= 0xB0 && lead <= 0xD7:
		return costUnlisted
	case lead >= 0xD8 && lead <= 0xF7:
		return costRare
	}
	return costExotic + 2*costUnit
}

// big5Floor is the cost of a pair of Big5 that is not among the common ones.
func big5Floor(lead, trail byte) cost {
	switch {
	case lead == 0xA1 && trail == 0x40:
		return 5 * costUnit
	case lead < 0xA1 || lead > 0xF9:
		return costExotic + costUnit
	case lead <= 0xA3:
		return costSymbol
	case lead <= 0xC6:
		return costUnlisted
	case lead <= 0xC8:
		return costExotic
	}
	return costRare
}

// newRuneCosts is the cost of every character of the basic plane in Chinese
// text of either script, for the encodings of Unicode.
func newRuneCosts() *[1 << 16]uint8 {
	t := new([1 << 16]uint8)
	for r := range t {
		t[r] = uint8(runeFloor(rune(r)))
	}
	for _, common := range [...]string{commonTraditional, commonSimplified} {
		rank := 0
		for _, r := range common {
			if c := costOfRank(rank); c < int(t[r&0xFFFF]) {
				t[r&0xFFFF] = uint8(c)
			}
			rank++
		}
	}
	return t
}

// runeFloor is the cost of a character that is not among the common ones.
func runeFloor(r rune) cost {
	switch {
	case r == '\n', r == '\r', r == '\t', r == ' ':
		return 4 * costUnit
	case r < 0x20, r == 0x7F:
		return 15 * costUnit
	case r < 0x80:
		return 5 * costUnit
	case r == 0x3000:
		return 5 * costUnit
	case r == 0xA0, r == 0xA9, r == 0xAE, r == 0xB0, r == 0xB7, r == 0xD7, r == 0xAB, r == 0xBB, r == 0xB1:
		return 6 * costUnit
	case r < 0xA0:
		return 15 * costUnit
	case r < 0xC0:
		return 10 * costUnit
	case r < 0x100:
		return 6 * costUnit
	case r < 0x250:
		return 11 * costUnit
	case r >= 0x391 && r <= 0x3C9, r >= 0x410 && r <= 0x44F:
		return 8 * costUnit
	case r < 0x2000:
		return 13 * costUnit
	case r < 0x2070:
		return 9 * costUnit
	case r < 0x2E80:
		return costSymbol
	case r >= 0x3040 && r <= 0x30FF:
		return 7 * costUnit
	case r >= 0x4E00 && r <= 0x9FFF:
		return costUnlisted + costUnit
	case r >= 0xAC00 && r <= 0xD7A3:
		return 13 * costUnit
	case r >= 0xD800 && r <= 0xDFFF, r == utf8.RuneError:
		return costBad
	case r >= 0xE000 && r <= 0xF8FF:
		return 18 * costUnit
	case r >= 0xFF00 && r <= 0xFF5E:
		return 9 * costUnit
	}
	return costRare
}
