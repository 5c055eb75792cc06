package scanner

import (
	"slices"
	"strings"
)

// analyse looks for values in the run of units. final is false when the run
// goes on after the units.
func (w *walker) analyse(final bool) {
	w.groups = w.groups[:0]
	from := 0
	for i := 1; i <= len(w.units); i++ {
		if i == len(w.units) || w.units[i].sep != sepNone {
			w.groups = append(w.groups, group{from, i})
			from = i
		}
	}
	prefix := w.prefix()
	end := int(w.units[len(w.units)-1].end)
	suffix := final && latinAt(w.text, end) && !labelPrefix(latinWord(w.text[end:]))
	for g := 0; g < len(w.groups); {
		switch {
		case g == 0 && len(prefix) == 1 && strings.Contains("NESWnesw", prefix) && w.decimal(g):
			g += 2
		case g == 0 && prefix != "" && !labelPrefix(prefix):
			g += w.lettered(prefix, suffix && len(w.groups) == 1)
		case g == len(w.groups)-1 && suffix:
			if !w.alnum(w.groups[g]) {
				w.reissued(w.groups[g])
			}
			g++
		default:
			g += w.clear(g)
		}
	}
}

// prefix returns the Latin letters right before the run, at most 8.
func (w *walker) prefix() string {
	end := int(w.units[0].start)
	i := end
	for i > 0 && end-i < 8 && isLatin(w.text[i-1]) {
		i--
	}
	return w.text[i:end]
}

// latinWord returns the Latin letters that s begins with.
func latinWord(s string) string {
	n := 0
	for n < len(s) && isLatin(s[n]) {
		n++
	}
	return s[:n]
}

func isLatin(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func latinAt(text string, i int) bool { return i < len(text) && isLatin(text[i]) }

// labelPrefix reports letters that name a number rather than belong to it.
func labelPrefix(s string) bool {
	switch strings.ToLower(s) {
	case "id", "no", "tel", "mob", "mobile", "phone", "sfz", "sfzh", "card", "cardno", "idcard", "idno", "qq", "wx", "vx", "wechat":
		return true
	}
	return false
}

func (w *walker) emit(k numberKind, from, to, hidden int) bool {
	if !w.need.has(k) || hidden > 0 && !w.weak {
		return false
	}
	w.found = append(w.found, number{k, uint8(hidden), w.units[from].start, w.units[to-1].end})
	return true
}

// clear looks for values that begin with group g and returns how many groups
// they took, at least one.
func (w *walker) clear(g int) int {
	one := w.groups[g]
	if w.single(g, one) {
		return 1
	}
	total := one.to - one.from
	for h := g + 1; h < len(w.groups) && total < 19; h++ {
		next := w.groups[h]
		total += next.to - next.from
		if total > 19 {
			break // longer than all that is written in groups
		}
		if total >= 10 && w.several(g, h) {
			return h - g + 1
		}
	}
	return 1
}

// attached reports whether the groups [g, h] hang on others by hyphens or
// dots, as parts of longer codes do.
func (w *walker) attached(g, h int) bool {
	glued := func(sep uint8) bool { return sep == sepHyphen || sep == sepDot }
	return g > 0 && glued(w.units[w.groups[g].from].sep) ||
		h+1 < len(w.groups) && glued(w.units[w.groups[h+1].from].sep)
}

// amongMobiles reports whether the group hangs on others of eleven digits: two
// mobiles with a stroke between.
func (w *walker) amongMobiles(g int) bool {
	for _, k := range [...]int{g - 1, g + 1} {
		if k >= 0 && k < len(w.groups) && w.groups[k].to-w.groups[k].from != 11 {
			return false
		}
	}
	return true
}

// trim leaves out one or two mask characters at the edges, which are
// footnote marks or bullets where the rest is a whole value.
func (w *walker) trim(s group) group {
	for n := 0; n < 2 && s.from < s.to && w.units[s.from].val == unitMask; n++ {
		s.from++
	}
	for n := 0; n < 2 && s.from < s.to && w.units[s.to-1].val == unitMask; n++ {
		s.to--
	}
	return s
}

// digitsOf returns the values of the units, and how many are not digits.
func (w *walker) digitsOf(dst []uint8, s group) (vals []uint8, odd int) {
	for _, u := range w.units[s.from:s.to] {
		dst = append(dst, u.val)
		if u.val > 9 {
			odd++
		}
	}
	return dst, odd
}

// single looks at one group by itself.
func (w *walker) single(g int, s group) bool {
	vals, odd := w.digitsOf(w.vals[:0], s)
	if odd > 0 && w.masked(s, vals) {
		return true
	}
	if t := w.trim(s); odd > 0 && t != s {
		s = t
		vals, odd = w.digitsOf(w.vals[:0], s)
	}
	if w.identity(s, vals) {
		return true
	}
	n := len(vals)
	if n > 18 && n <= 60 && !slices.Contains(vals, unitMask) && w.joined(s, vals) {
		return true
	}
	if odd > 0 || n == 0 {
		return false
	}
	if n == 11 && w.tables.mobile(vals) && w.amongMobiles(g) {
		w.emit(numMobile, s.from, s.to, 0)
		return true
	}
	if w.attached(g, g) {
		return w.ipv4(g) || w.decimal(g) || w.accountLike(s, vals)
	}
	if rest := afterCountry(vals); len(rest) == 11 && w.tables.mobile(rest) {
		w.emit(numMobile, s.from, s.to, 0)
		return true
	}
	if vals[0] == 0 && n >= 10 && n <= 12 && vals[1] != 0 {
		w.emit(numLandline, s.from, s.to, 0)
	}
	if (n == 7 || n == 8) && vals[0] > 1 && w.areaBefore(s) {
		w.emit(numLandline, s.from, s.to, 0)
		return true
	}
	if n >= 15 && n <= 19 && w.tables.bankCard(vals) && w.emit(numBankCard, s.from, s.to, 0) {
		return true
	}
	if n == 8 || n == 10 { // with the number of issue
		w.emit(numTaiwanPermit, s.from, s.to, 0)
	}
	if n == 9 && vals[0] == 1 && (vals[1] == 4 || vals[1] == 5) {
		w.emit(numPassport, s.from, s.to, 0)
	}
	return w.accountLike(s, vals)
}

func (w *walker) accountLike(s group, vals []uint8) bool {
	if len(vals) >= 9 && len(vals) <= 30 {
		w.emit(numAccount, s.from, s.to, 0)
	}
	return false
}

// identity looks for the numbers that carry a region, a date and a check
// character.
func (w *walker) identity(s group, vals []uint8) bool {
	switch len(vals) {
	case 18:
		k, ok := w.tables.identity18(vals)
		return ok && (w.emit(k, s.from, s.to, 0) || k != numIDBadCheck)
	case 20:
		if k, ok := w.tables.identity18(vals[:18]); ok && k == numID18 && isDisability(vals[18:]) {
			return w.emit(numDisability, s.from, s.to, 0) || w.emit(numID18, s.from, s.from+18, 0)
		}
	case 15:
		if w.tables.identity15(vals) {
			w.emit(numID15, s.from, s.to, 0)
		}
	}
	return false
}

// reissued looks for a disability number with the mark of a new issue, B1.
func (w *walker) reissued(s group) {
	vals, _ := w.digitsOf(w.vals[:0], s)
	end := int(w.units[s.to-1].end)
	rest := w.text[end:]
	if len(vals) != 20 || len(rest) < 2 || upper(rest[0]) != 'B' || rest[1]-'0' > 9 || len(rest) > 2 && isAlnum(rest[2]) {
		return
	}
	if k, ok := w.tables.identity18(vals[:18]); ok && k == numID18 && isDisability(vals[18:]) && w.need.has(numDisability) {
		w.found = append(w.found, number{numDisability, 0, w.units[s.from].start, int32(end + 2)})
	}
}

// isDisability tells category 1–7 and grade 1–4 behind the ID.
func isDisability(v []uint8) bool { return v[0] >= 1 && v[0] <= 7 && v[1] >= 1 && v[1] <= 4 }

// mayBeIdentity reports whether a value may be an identity number at a glance:
// by its length, its first digit and its month of birth.
func (w *walker) mayBeIdentity(s group) bool {
	v := w.units[s.from:s.to]
	at := 10
	switch len(v) {
	case 18:
	case 15:
		at = 8
	default:
		return false
	}
	month := int(v[at].val)*10 + int(v[at+1].val)
	return v[0].val > 0 && month >= 1 && month <= 12
}

// several looks at the groups g to h, at least two and of 10 to 19 digits, as
// one value.
func (w *walker) several(g, h int) bool {
	s := group{w.groups[g].from, w.groups[h].to}
	n := s.to - s.from
	spread := n == 11 && h-g == 10 && g == 0 && h == len(w.groups)-1
	if n == 14 || h-g > 4 && !spread && !w.mayBeIdentity(s) {
		return false // the length of nothing that is written in groups
	}
	vals, odd := w.digitsOf(w.vals[:0], s)
	breaks, uniform := 0, true
	sep := w.units[w.groups[g+1].from].sep
	for k := g + 1; k <= h; k++ {
		at := w.units[w.groups[k].from].sep
		uniform = uniform && at == sep
		if at == sepBreak {
			breaks++
		}
	}
	if n == 18 && breaks <= 2 {
		if k, ok := w.tables.identity18(vals); ok && k != numIDBadCheck && w.emit(k, s.from, s.to, 0) {
			return true
		}
	}
	if odd > 0 || breaks > 0 {
		return false
	}
	if n == 15 && h-g >= 1 && w.tables.identity15(vals) && !w.attached(g, h) {
		w.emit(numID15, s.from, s.to, 0)
	}
	if spread {
		return uniform && w.tables.mobile(vals) && w.emit(numMobile, s.from, s.to, 0)
	}
	return w.phone(g, h, s, vals, uniform) || w.card(g, h, s, vals, uniform)
}

// afterCountry returns the digits behind the country code, 86 or 0086.
func afterCountry(vals []uint8) []uint8 {
	rest := vals
	if len(vals) == 15 && vals[0] == 0 && vals[1] == 0 {
		rest = vals[2:]
	}
	if len(rest) == 13 && rest[0] == 8 && rest[1] == 6 {
		return rest[2:]
	}
	return vals
}

func (w *walker) sizes(dst []int, g, h int) []int {
	for k := g; k <= h; k++ {
		dst = append(dst, w.groups[k].to-w.groups[k].from)
	}
	return dst
}

// phone looks for grouped mobiles and for landlines.
func (w *walker) phone(g, h int, s group, vals []uint8, uniform bool) bool {
	if h-g > 3 || w.attached(g, h) {
		return false
	}
	var room [4]int
	sizes := w.sizes(room[:0], g, h)
	if rest := afterCountry(vals); len(rest) == 11 && sizes[0] == len(vals)-11 { // +86 139…, 0086-139…
		vals, sizes = rest, sizes[1:]
		uniform = uniform || len(sizes) == 1
	}
	grouped := len(sizes) == 1 || len(sizes) == 2 && (sizes[0] == 7 && sizes[1] == 4 || sizes[0] == 3 && sizes[1] == 8) || len(sizes) == 3 && (sizes[0] == 3 && (sizes[1] == 4 && sizes[2] == 4 || sizes[1] == 3 && sizes[2] == 5) || sizes[0] == 4 && sizes[1] == 4 && sizes[2] == 3)
	if len(vals) == 11 && grouped && (uniform || len(sizes) == 3) && w.tables.mobile(vals) {
		w.emit(numMobile, s.from, s.to, 0)
		return true
	}
	if h == g+1 && vals[0] == 0 && vals[1] != 0 && (sizes[0] == 3 || sizes[0] == 4) && (sizes[1] == 7 || sizes[1] == 8) {
		w.emit(numLandline, s.from, s.to, 0)
		return true
	}
	return false
}

// card looks for card numbers written in groups of four.
func (w *walker) card(g, h int, s group, vals []uint8, uniform bool) bool {
	n := len(vals)
	if h-g < 3 || !uniform || n < 15 || n > 19 || h+1 < len(w.groups) && w.units[w.groups[h+1].from].sep == w.units[w.groups[h].from].sep && w.groups[h].to-w.groups[h].from == 4 && n < 19 && w.groups[h+1].to-w.groups[h+1].from <= 3 {
		return false
	}
	for k := g; k < h; k++ {
		if w.groups[k].to-w.groups[k].from != 4 {
			return false
		}
	}
	if w.tables.bankCard(vals) && w.emit(numBankCard, s.from, s.to, 0) {
		return true
	}
	w.emit(numAccount, s.from, s.to, 0)
	return false
}

// areaBefore reports an area code in brackets before the group: (0564)…
func (w *walker) areaBefore(s group) bool {
	text := w.text[:w.units[s.from].start]
	text, ok := strings.CutSuffix(text, ")")
	if !ok {
		if text, ok = strings.CutSuffix(text, "）"); !ok {
			return false
		}
	}
	n := 0
	for n < 4 && n < len(text) && text[len(text)-1-n]-'0' <= 9 {
		n++
	}
	return n >= 3 && text[len(text)-n] == '0'
}

// ipv4 looks for the private address of a host (RFC 1918) that begins with
// group g: not for that of a network, nor what routers for the home are
// delivered with, which stands in every manual.
func (w *walker) ipv4(g int) bool {
	if !w.need.has(numIPv4Private) || g+3 >= len(w.groups) || g > 0 && w.units[w.groups[g].from].sep == sepDot ||
		g+4 < len(w.groups) && w.units[w.groups[g+4].from].sep == sepDot {
		return false
	}
	var part [4]int
	for k := range 4 {
		s := w.groups[g+k]
		if s.to-s.from > 3 || k > 0 && w.units[s.from].sep != sepDot {
			return false
		}
		for _, u := range w.units[s.from:s.to] {
			if u.val > 9 {
				return false
			}
			part[k] = part[k]*10 + int(u.val)
		}
		if part[k] > 255 {
			return false
		}
	}
	private := part[0] == 10 || part[0] == 172 && part[1] >= 16 && part[1] <= 31 || part[0] == 192 && part[1] == 168
	factory := part[0] == 192 && part[2] <= 1 && part[3] == 1
	if private && part[3] != 0 && !factory {
		w.emit(numIPv4Private, w.groups[g].from, w.groups[g+3].to, 0)
	}
	return false
}

// decimal looks for degrees with four or more decimals that begin with group
// g and lie in China.
func (w *walker) decimal(g int) bool {
	if !w.need.has(numCoordinates) || g+1 >= len(w.groups) || w.units[w.groups[g+1].from].sep != sepDot {
		return false
	}
	s, frac := w.groups[g], w.groups[g+1]
	if s.to-s.from > 3 || frac.to-frac.from < 4 || frac.to-frac.from > 12 || g+2 < len(w.groups) && w.units[w.groups[g+2].from].sep == sepDot {
		return false
	}
	v := 0
	for _, u := range w.units[s.from:s.to] {
		v = v*10 + int(u.val)
	}
	return (v >= 3 && v <= 54 || v >= 73 && v <= 135) && w.emit(numCoordinates, s.from, frac.to, 0)
}

// part is a value inside a group that holds several.
type part struct {
	kind     numberKind
	from, to int
}

// joined looks for values written without anything between them: a mobile
// and an ID, two IDs. The whole group must be explained, and an ID be in it.
func (w *walker) joined(s group, vals []uint8) bool {
	w.parts = w.parts[:0]
	if !w.explain(vals, 0, 0, false) {
		return false
	}
	for _, p := range w.parts {
		w.emit(p.kind, s.from+p.from, s.from+p.to, 0)
	}
	return true
}

// explain appends the parts that make up vals[i:], at most four in all.
func (w *walker) explain(vals []uint8, i, depth int, id bool) bool {
	if i == len(vals) {
		return id
	}
	if depth == 4 {
		return false
	}
	try := func(k numberKind, n int) bool {
		w.parts = append(w.parts, part{k, i, i + n})
		if w.explain(vals, i+n, depth+1, id || k == numID18) {
			return true
		}
		w.parts = w.parts[:len(w.parts)-1]
		return false
	}
	left := len(vals) - i
	if left >= 18 {
		if k, ok := w.tables.identity18(vals[i : i+18]); ok && k == numID18 && try(k, 18) {
			return true
		}
	}
	if left >= 11 && allDigits(vals[i:i+11]) && w.tables.mobile(vals[i:i+11]) && try(numMobile, 11) {
		return true
	}
	for n := 19; n >= 16; n-- {
		if left >= n && allDigits(vals[i:i+n]) && w.tables.bankCard(vals[i:i+n]) && try(numBankCard, n) {
			return true
		}
	}
	return false
}

func allDigits(vals []uint8) bool {
	return !slices.ContainsFunc(vals, func(v uint8) bool { return v > 9 })
}
