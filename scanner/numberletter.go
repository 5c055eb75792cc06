package scanner

import "strings"

// lettered looks at the first group of a run behind Latin letters, and
// returns how many groups it took.
func (w *walker) lettered(prefix string, suffix bool) int {
	s := w.groups[0]
	vals, odd := w.digitsOf(w.vals[:0], s)
	letters := strings.ToUpper(prefix)
	n := len(vals)
	start := w.units[s.from].start - int32(len(prefix))
	emit := func(k numberKind) {
		if w.need.has(k) {
			w.found = append(w.found, number{k, 0, start, w.units[s.to-1].end})
		}
	}
	if letters == "G" || letters == "L" || letters == "J" {
		if w.student(letters[0], vals, odd) {
			emit(numStudent)
			return 1
		}
	}
	if w.alnum(s) || odd > 0 || suffix {
		return 1
	}
	switch {
	case passport(letters, vals):
		emit(numPassport)
	case (letters == "C" || letters == "W" || letters == "H" || letters == "M") && (n == 8 || letters > "G" && n == 10):
		emit(numHMTPermit)
	case len(letters) == 2 && letters[0] == 'C' && n == 7:
		emit(numHMTPermit)
	case (letters == "L" || letters == "T") && n == 8:
		emit(numTaiwanPermit)
	case len(letters) == 3 && n == 12:
		emit(numIDForeign)
	}
	if len(letters) == 1 && n == 9 && taiwanID(letters[0], vals) {
		emit(numTWID)
	}
	if len(letters) <= 2 && n == 6 {
		w.hongKong(letters, vals, start)
	}
	return 1
}

// student tells registration numbers: G and an ID, L or J and 18 digits that
// begin with a region.
func (w *walker) student(letter byte, vals []uint8, odd int) bool {
	if len(vals) != 18 || odd > 1 || odd == 1 && vals[17] != unitX {
		return false
	}
	if letter == 'G' {
		k, ok := w.tables.identity18(vals)
		return ok && k == numID18
	}
	return w.tables.region(vals, 0) != regionUnknown
}

// passport tells ordinary passports, those of officials, and those of Hong
// Kong and Macao.
func passport(letters string, vals []uint8) bool {
	n := len(vals)
	switch letters {
	case "E", "G", "D", "S", "P", "K":
		return n == 8 || n == 7 && letters != "E" && letters != "G" && letters != "K"
	case "PE", "SE", "DE", "MA", "KJ", "MB":
		return n == 7
	}
	return len(letters) == 2 && letters[0] == 'E' && letters[1] != 'I' && letters[1] != 'O' && n == 7
}

// taiwanID checks the identity number of Taiwan: a letter for the place,
// nine digits, weights 1 9 8 7 6 5 4 3 2 1 1 over the letter's two digits.
func taiwanID(letter byte, vals []uint8) bool {
	const order = "ABCDEFGHJKLMNPQRSTUVXYWZIO" // 10, 11, … 35
	at := strings.IndexByte(order, letter)
	if at < 0 || len(vals) != 9 || vals[0] != 1 && vals[0] != 2 {
		return false
	}
	code := at + 10
	sum := code/10 + code%10*9
	for i, v := range vals[:8] {
		sum += int(v) * (8 - i)
	}
	return (sum+int(vals[8]))%10 == 0
}

// hongKong looks for A123456(3): the check digit in brackets must be right.
func (w *walker) hongKong(letters string, vals []uint8, start int32) {
	rest := w.text[w.units[w.groups[0].to-1].end:]
	open := ""
	for _, o := range []string{"(", "（"} {
		if strings.HasPrefix(rest, o) {
			open = o
		}
	}
	rest = rest[len(open):]
	if open == "" || len(rest) < 2 || !strings.HasPrefix(rest[1:], ")") && !strings.HasPrefix(rest[1:], "）") {
		return
	}
	check := 11
	switch c := rest[0]; {
	case c >= '0' && c <= '9':
		check = int(c - '0')
	case c == 'A' || c == 'a':
		check = 10
	}
	if !hongKongID(letters, vals, check) || !w.need.has(numHKID) {
		return
	}
	end := len(w.text) - len(rest) + 1
	_, size := closing(w.text[end:])
	w.found = append(w.found, number{numHKID, 0, start, int32(end + size)})
}

func closing(s string) (ok bool, size int) {
	for _, c := range []string{")", "）"} {
		if strings.HasPrefix(s, c) {
			return true, len(c)
		}
	}
	return false, 0
}

// hongKongID checks the identity number of Hong Kong: weights 9 to 2 over one
// or two letters (A is 10, a missing one 36) and six digits, modulo 11.
func hongKongID(letters string, vals []uint8, check int) bool {
	if len(vals) != 6 || check > 10 {
		return false
	}
	sum := 9 * 36
	if len(letters) == 2 {
		sum = 9 * int(letters[0]-'A'+10)
	}
	sum += 8 * int(letters[len(letters)-1]-'A'+10)
	for i, v := range vals {
		sum += int(v) * (7 - i)
	}
	return (sum+check)%11 == 0
}

// alnum looks at the letters and digits around a group as one code. It
// reports whether they are a unified social credit code.
func (w *walker) alnum(s group) bool {
	from, to := int(w.units[s.from].start), int(w.units[s.to-1].end)
	for from > 0 && to-from < 19 && isAlnum(w.text[from-1]) {
		from--
	}
	for to < len(w.text) && to-from < 19 && isAlnum(w.text[to]) {
		to++
	}
	if to-from != 18 || !creditCode(w.text[from:to]) {
		return false
	}
	if n := len(w.found); n > 0 && w.found[n-1].kind == numUSCC && int(w.found[n-1].start) == from {
		return true // its other digits have led here already
	}
	if w.need.has(numUSCC) {
		w.found = append(w.found, number{numUSCC, 0, int32(from), int32(to)})
	}
	return true
}

func isAlnum(b byte) bool { return isLatin(b) || b-'0' <= 9 }

// creditCode checks a unified social credit code by GB 32100-2015: 18
// characters without I, O, S, V, Z, weights 3^i modulo 31.
func creditCode(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 18 {
		v := strings.IndexByte(alphabet, upper(s[i]))
		if v < 0 {
			return false
		}
		if i == 17 {
			return v == (31-sum%31)%31
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return false
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 32
	}
	return b
}
