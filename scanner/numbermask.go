package scanner

// masked looks at a group with mask characters as an 18-character ID of which
// some characters are hidden. It reports whether it was one.
func (w *walker) masked(s group, vals []uint8) bool {
	if len(vals) != 18 {
		return false
	}
	hidden := spread(vals)
	if hidden == 0 || !w.tables.maskedID(vals) {
		return false
	}
	if w.weak && hidden < 18 {
		w.emit(numID18, s.from, s.to, hidden)
	}
	return true
}

// spread turns every X that is part of a mask into unitMask and returns the
// number of hidden characters. Only a last X that stands behind a clear digit
// is a check character.
func spread(vals []uint8) int {
	n := 0
	for i, v := range vals {
		if v == unitX && (i < len(vals)-1 || vals[i-1] == unitMask && vals[i-2] == unitMask) {
			vals[i] = unitMask
		}
		if vals[i] == unitMask {
			n++
		}
	}
	return n
}

// maskedID reports whether what is visible of v can be part of an ID.
func (t *numberTables) maskedID(v []uint8) bool {
	if !t.maskedProvince(v) {
		return false
	}
	if !hides(v[:6]) && t.region(v, 0) == regionUnknown {
		return false
	}
	if v[6] != unitMask && v[6] != 1 && v[6] != 2 {
		return false
	}
	for _, u := range v[:17] {
		if u == unitX {
			return false
		}
	}
	if month := v[10:12]; !hides(month) && (month[0]*10+month[1] < 1 || month[0]*10+month[1] > 12) {
		return false
	}
	if day := v[12:14]; !hides(day) && (day[0]*10+day[1] < 1 || day[0]*10+day[1] > 31) {
		return false
	}
	if !hides(v[6:14]) {
		return t.birthDate(number4(v[6:10]), int(v[10])*10+int(v[11]), int(v[12])*10+int(v[13]))
	}
	return true
}

// maskedProvince reports whether the first two characters can be a province.
// They may be hidden themselves where little else is.
func (t *numberTables) maskedProvince(v []uint8) bool {
	if v[0] != unitMask && v[1] != unitMask {
		return t.provinces[v[0]*10+v[1]]
	}
	hidden := 0
	for _, u := range v {
		if u == unitMask {
			hidden++
		}
	}
	if hidden > 5 {
		return false
	}
	for p, known := range t.provinces {
		if known && fits(v[:2], int(p)) {
			return true
		}
	}
	return false
}

func hides(v []uint8) bool {
	for _, u := range v {
		if u == unitMask {
			return true
		}
	}
	return false
}

// candidates counts the IDs that fit the visible characters of v: real birth
// dates, any region digits, and the check character by MOD 11-2.
func (t *numberTables) candidates(v []uint8) int {
	// ways[r] is the number of ways to fill everything but the birth date so
	// that the weighted sum is r modulo 11.
	var ways [11]int
	ways[0] = 1
	for i, u := range v {
		weight := 1
		switch {
		case i >= 6 && i < 14:
			continue
		case i < 17:
			weight = idWeights[i]
		}
		var next [11]int
		for r, n := range ways {
			if n == 0 {
				continue
			}
			lo, hi := int(u), int(u)
			if u == unitMask {
				lo, hi = 0, 9
				if i == 17 {
					hi = 10
				}
			}
			for d := lo; d <= hi; d++ {
				next[(r+d*weight)%11] += n
			}
		}
		ways = next
	}
	total := 0
	t.eachBirth(v[6:14], func(date [8]uint8) {
		sum := 0
		for i, d := range date {
			sum += int(d) * idWeights[6+i]
		}
		total += ways[((1-sum)%11+11)%11] // a valid ID sums to 1
	})
	return total
}

// eachBirth calls f with the digits of every possible birth date that fits
// the visible ones.
func (t *numberTables) eachBirth(v []uint8, f func([8]uint8)) {
	now := t.today().Year()
	for y := now - 110; y <= now; y++ {
		if !fits(v[:4], y) {
			continue
		}
		for m := 1; m <= 12; m++ {
			if !fits(v[4:6], m) {
				continue
			}
			for d := 1; d <= 31; d++ {
				if !fits(v[6:8], d) || !t.birthDate(y, m, d) {
					continue
				}
				f([8]uint8{uint8(y / 1000), uint8(y / 100 % 10), uint8(y / 10 % 10), uint8(y % 10), uint8(m / 10), uint8(m % 10), uint8(d / 10), uint8(d % 10)})
			}
		}
	}
}

// fits reports whether n, written with len(v) digits, agrees with the visible
// digits of v.
func fits(v []uint8, n int) bool {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i] != unitMask && int(v[i]) != n%10 {
			return false
		}
		n /= 10
	}
	return true
}

// completedBeside reports whether a date beside a masked number, in the window
// or in the row, is the birth date that it hides: with it, the number has a
// right check character.
func (sc *scan) completedBeside(cd *cond, k *candidate) bool {
	seg := &sc.doc.Segments[k.seg]
	w := &sc.nearWalk
	w.walk(seg.Text[k.start:k.end], 1<<numID18, true)
	if len(w.units) != 18 {
		return false
	}
	var room [18]uint8
	vals, _ := w.digitsOf(room[:0], group{0, 18})
	spread(vals)
	if hides(vals[:6]) || hides(vals[14:]) || !hides(vals[6:14]) {
		return false
	}
	return sc.windowOrRow(cd, k, 40, func(text string) bool { return sc.s.prog.tables.completes(vals, text) })
}

// completes reports whether a date in text makes a whole number of v: 1990年1月1日,
// 1990-01-01, 1990.1.1, 19900101.
func (t *numberTables) completes(v []uint8, text string) bool {
	for i := 0; i < len(text); {
		y, n := digitsAt(text, i, 9)
		if n == 0 {
			i++
			continue
		}
		i += n
		month, day := 0, 0
		switch n {
		case 8:
			y, month, day = y/10000, y/100%100, y%100
		case 4:
			j := afterMark(text, i, "年", "-", ".", "/")
			m, k := digitsAt(text, max(j, 0), 2)
			l := afterMark(text, max(j, 0)+k, "月", "-", ".", "/")
			if j == 0 || k == 0 || l == 0 {
				continue
			}
			month = m
			day, _ = digitsAt(text, l, 2)
		default:
			continue
		}
		if !fits(v[6:10], y) || !fits(v[10:12], month) || !fits(v[12:14], day) || !t.birthDate(y, month, day) {
			continue
		}
		var whole [18]uint8
		copy(whole[:], v)
		for p, d := range [...]int{y / 1000, y / 100 % 10, y / 10 % 10, y % 10, month / 10, month % 10, day / 10, day % 10} {
			whole[6+p] = uint8(d)
		}
		if checkCharacter(whole[:]) == whole[17] {
			return true
		}
	}
	return false
}
