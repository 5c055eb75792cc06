package scanner

import (
	"strconv"
	"strings"
	"time"

	"prescreen/dictionaries"
)

// numberTables hold the facts that numbers are checked against.
type numberTables struct {
	regions   map[uint32]period
	provinces [100]bool
	issuers   map[uint64]uint32 // prefix length and prefix → set of card lengths
	longest   int               // digits of the longest issuer prefix
	today     func() time.Time
}

// period is when a region code was in force, in years; to 0 means it still is.
type period struct{ from, to int16 }

// regionState says what is known of a region code.
type regionState uint8

const (
	regionUnknown regionState = iota
	regionRetired             // abolished before the year asked for
	regionValid
)

// newNumberTables reads regions.tsv (code, from, to, name) and bankbins.tsv
// (prefix, length, name) of the shipped data.
func newNumberTables(set *dictionaries.Set) *numberTables {
	t := &numberTables{regions: map[uint32]period{}, issuers: map[uint64]uint32{}}
	eachRow(set.Data("regions.tsv"), func(col []string) {
		code, err := strconv.ParseUint(col[0], 10, 32)
		if err != nil || len(col[0]) != 6 {
			return
		}
		var s period
		if len(col) > 1 {
			s.from = year(col[1])
		}
		if len(col) > 2 {
			s.to = year(col[2])
		}
		t.regions[uint32(code)] = s
		t.provinces[code/10000] = true
	})
	eachRow(set.Data("bankbins.tsv"), func(col []string) {
		prefix, err := strconv.ParseUint(col[0], 10, 40)
		if err != nil || len(col) < 2 {
			return
		}
		n, err := strconv.Atoi(col[1])
		if err != nil || n < 12 || n > 30 {
			return
		}
		t.issuers[issuerKey(len(col[0]), prefix)] |= 1 << n
		t.longest = max(t.longest, len(col[0]))
	})
	return t
}

func year(s string) int16 {
	n, _ := strconv.Atoi(s)
	return int16(n)
}

func issuerKey(digits int, prefix uint64) uint64 { return uint64(digits)<<48 | prefix }

// eachRow calls f with the columns of each line that is not blank and no
// comment.
func eachRow(data []byte, f func(col []string)) {
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			f(strings.Split(line, "\t"))
		}
	}
}

// region looks up the first six digits; birth is a year, 0 for any.
func (t *numberTables) region(v []uint8, birth int) regionState {
	code := uint32(0)
	for _, d := range v[:6] {
		if d > 9 {
			return regionUnknown
		}
		code = code*10 + uint32(d)
	}
	s, ok := t.regions[code]
	switch {
	case !ok:
		return regionUnknown
	case s.to != 0 && birth != 0 && birth > int(s.to):
		return regionRetired
	}
	return regionValid
}

// checkCharacter is MOD 11-2 of ISO 7064 as GB 11643-1999 uses it: 10 stands
// for X.
func checkCharacter(v []uint8) uint8 {
	sum := 0
	for i, d := range v[:17] {
		sum += int(d) * idWeights[i]
	}
	return uint8((12 - sum%11) % 11)
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// identity18 tells what kind of 18-character identity number v is. An ID whose
// check character is wrong, or whose region is unknown or was abolished before
// the birth while the check character is right, is numIDBadCheck.
func (t *numberTables) identity18(v []uint8) (numberKind, bool) {
	for _, d := range v[:17] {
		if d > 9 {
			return 0, false
		}
	}
	if v[17] > unitX || v[0] == 0 {
		return 0, false
	}
	birth := number4(v[6:10])
	if !t.birthDate(birth, int(v[10])*10+int(v[11]), int(v[12])*10+int(v[13])) {
		return 0, false
	}
	right := checkCharacter(v) == v[17]
	if v[0] == 9 { // foreign permanent residence, since 2023
		return numIDForeign, right
	}
	if v[0] == 8 && v[1] <= 3 && v[1] >= 1 && v[2]|v[3]|v[4]|v[5] == 0 {
		return numIDHMT, right
	}
	state := t.region(v, birth)
	switch {
	case state == regionValid && right:
		return numID18, true
	case state == regionValid:
		return numIDBadCheck, true
	case right && t.provinces[v[0]*10+v[1]]:
		return numIDBadCheck, true
	}
	return 0, false
}

// identity15 checks the number of the first generation: region, six digits of
// birth date in 1900–1999, three digits of sequence, no check character.
func (t *numberTables) identity15(v []uint8) bool {
	for _, d := range v {
		if d > 9 {
			return false
		}
	}
	birth := 1900 + int(v[6])*10 + int(v[7])
	if v[12] == 9 && v[13] == 9 && v[14] >= 6 { // 996–999: born before 1900
		birth -= 100
	}
	return calendarDay(birth, int(v[8])*10+int(v[9]), int(v[10])*10+int(v[11])) && t.region(v, birth) != regionUnknown
}

// birthDate reports a real day, not in the future and at most 130 years ago.
func (t *numberTables) birthDate(y, m, d int) bool {
	if y < 1800 || !calendarDay(y, m, d) {
		return false
	}
	now := t.today()
	if y < now.Year()-130 {
		return false
	}
	return !time.Date(y, time.Month(m), d, 0, 0, 0, 0, now.Location()).After(now)
}

// calendarDay reports whether the day exists.
func calendarDay(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	n := days[m-1]
	if m == 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		n = 29
	}
	return d <= n
}

func number4(v []uint8) int {
	return int(v[0])*1000 + int(v[1])*100 + int(v[2])*10 + int(v[3])
}

// mobile checks the 11 digits of a mobile number. Prefixes that were never
// given to people's phones are left out (142–144, 154; 140, 141 and 146–149
// carry machines).
func (t *numberTables) mobile(v []uint8) bool {
	if v[0] != 1 || v[1] < 3 {
		return false
	}
	switch int(v[1])*10 + int(v[2]) {
	case 42, 43, 44, 54, 40, 41, 46, 48, 49:
		return false
	}
	return true
}

// bankCard checks issuer prefix, length and the Luhn digit (ISO/IEC 7812).
// Any prefix 62 is taken, since UnionPay assigns new ones all the time.
func (t *numberTables) bankCard(v []uint8) bool {
	if !luhn(v) {
		return false
	}
	if v[0] == 6 && v[1] == 2 && len(v) >= 16 {
		return true
	}
	prefix := uint64(0)
	for i, d := range v {
		if i == t.longest {
			break
		}
		prefix = prefix*10 + uint64(d)
		if t.issuers[issuerKey(i+1, prefix)]>>len(v)&1 != 0 {
			return true
		}
	}
	return false
}

// luhn checks the last digit by ISO/IEC 7812-1 annex B.
func luhn(v []uint8) bool {
	sum := 0
	for i := range v {
		d := int(v[len(v)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
