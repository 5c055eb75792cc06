package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A unit is what the engine compares: a folded character of the Basic
// Multilingual Plane as itself, others as a hash in the range of the
// surrogates, which no text can contain. The last units of that range are
// signals.
const (
	unitAstral  = 0xD800 // first of the hashed units
	astralUnits = 0x7F0  // how many there are
	unitSkip    = 0xDFF0 // drop the character
	unitMany    = 0xDFF1 // look the folded form up
	unitBad     = 0xDFF2 // a byte that is not valid UTF-8; matches nothing
	unitPad     = 0xDFF3 // beyond the text; matches nothing
)

// folder folds under one Fold.
type folder struct {
	fold  Fold
	units [1<<16 + 1]uint16 // units of the characters, unitBad where there are none; one more, so that they can be read by twos
	many  map[rune]form     // of the characters that have no unit of their own there
}

// form is the folded form of a character, empty where it is skipped.
type form struct {
	runes [maxForm]rune
	units [maxForm]uint16
	n     uint8
}

// maxForm is the greatest number of characters in a folded form.
const maxForm = 4

// classes lists the tables of the classes in the order of preference when
// two of them know a character.
func classes() [8]struct {
	fold  Fold
	table string
} {
	return [...]struct {
		fold  Fold
		table string
	}{
		{Width, widthTable},
		{Digits, digitTable},
		{Compat, compatTable},
		{ZeroWidth, markTable},
		{Traditional, traditionalTable},
		{Case, caseTable},
		{Stars, starTable},
		{ChineseDigits, chineseDigitTable},
	}
}

const (
	stars     = "*★☆✩✪✫✬✭✮✯✰⋆⭐⭑⭒🌟✦✧✱✲✳✴✵✶✷✸✹✺✻✼✽❉❊❋∗⁎﹡＊٭※●▲◆"
	starTable = "★1*☆1*✩1*✪1*✫1*✬1*✭1*✮1*✯1*✰1*⋆1*⭐1*⭑1*⭒1*🌟1*✦1*✧1*✱1*✲1*✳1*✴1*✵1*✶1*✷1*✸1*✹1*✺1*✻1*✼1*✽1*❉1*❊1*❋1*∗1*⁎1*﹡1*＊1*٭1*※1*●1*▲1*◆1*"

	chineseDigitTable = "〇10○10零10一11壹11弌11二12贰12貳12弍12三13叁13叄13弎13四14肆14五15伍15六16陆16陸16七17柒17八18捌18九19玖19"

	spaces  = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
	breaks  = "\n\r\v\f\u0085\u2028\u2029"
	fillers = "\u115f\u1160\u3164\uffa0" // blank letters of Hangul
	noise   = `*/.-_|~^+=#@\&` + "`'" + `"$%` + "·•・‧∙⋅․。．／＊－＿｜～＾＋＝＃＠＼＆｀＇＂＄％–—―‐‑‒−﹣﹘﹍﹎﹏¦│┃║ˉ…‥◎◯■□◇△▼▽►▶◀♦♠♣♥❤❖◈" + stars
)

// skipClass says which foldings skip r.
func skipClass(r rune) Fold {
	var f Fold
	if r < 0x80 && r > ' ' && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') || r >= 0x4E00 && r <= 0x9FFF {
		return 0
	}
	switch {
	case strings.ContainsRune(spaces, r):
		f = InnerSpace
	case strings.ContainsRune(breaks, r):
		f = LineBreak
	case strings.ContainsRune(noise, r):
		f = Noise
	}
	if invisible(r) {
		f |= ZeroWidth
	}
	return f
}

func invisible(r rune) bool {
	return r >= 0xAD && (unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || strings.ContainsRune(fillers, r))
}

// skippable calls f for every character that some of the foldings in by
// skips.
func skippable(by Fold, f func(r rune)) {
	for _, c := range []struct {
		fold  Fold
		chars string
	}{{InnerSpace, spaces}, {LineBreak, breaks}, {Noise, noise}, {ZeroWidth, fillers}} {
		if c.fold&by != 0 {
			for _, r := range c.chars {
				f(r)
			}
		}
	}
	if by&ZeroWidth == 0 {
		return
	}
	for _, t := range []*unicode.RangeTable{unicode.Mn, unicode.Me, unicode.Cf} {
		for _, rg := range t.R16 {
			for r := rune(rg.Lo); r <= rune(rg.Hi); r += rune(rg.Stride) {
				f(r)
			}
		}
		for _, rg := range t.R32 {
			for r := rune(rg.Lo); r <= rune(rg.Hi); r += rune(rg.Stride) {
				f(r)
			}
		}
	}
}

// entries calls f for each entry of a fold table.
func entries(table string, f func(from rune, to string)) {
	for len(table) > 0 {
		from, n := utf8.DecodeRuneInString(table)
		k := int(table[n] - '0')
		table = table[n+1:]
		end := 0
		for range k {
			_, w := utf8.DecodeRuneInString(table[end:])
			end += w
		}
		f(from, table[:end])
		table = table[end:]
	}
}

// newFolder makes the folder of f; Split and Pinyin are none of its business.
func newFolder(f Fold) *folder {
	fd := &folder{fold: f, many: make(map[rune]form, 1<<11)}
	for i := range fd.units {
		fd.units[i] = uint16(i)
	}
	for i := 0xD800; i < 0xE000; i++ {
		fd.units[i] = unitBad
	}
	// One step of each class, the preferred ones last so that they stay; then
	// what is skipped; then steps until nothing changes.
	var changed []rune
	list := classes()
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].fold&f != 0 {
			entries(list[i].table, func(from rune, to string) {
				var buf [maxForm]rune
				n := 0
				for _, r := range to {
					buf[n] = r
					n++
				}
				fd.set(from, buf[:n])
				changed = append(changed, from)
			})
		}
	}
	skippable(f, func(r rune) { fd.set(r, nil) })
	for _, r := range changed {
		fd.settle(r)
	}
	return fd
}

// settle folds the folded form of r again until nothing changes.
func (fd *folder) settle(r rune) {
	var now, next [2 * maxForm]rune
	form := fd.appendRunes(now[:0], r)
	for steps := 0; steps < 8; steps++ {
		again := next[:0]
		for _, t := range form {
			again = fd.appendRunes(again, t)
		}
		if slices.Equal(again, form) {
			break
		}
		fd.set(r, again)
		form = append(now[:0], again...)
	}
}

func (fd *folder) set(r rune, to []rune) {
	switch {
	case r <= 0xFFFF && len(to) == 0:
		fd.units[r] = unitSkip
	case r <= 0xFFFF && len(to) == 1 && to[0] <= 0xFFFF:
		fd.units[r] = uint16(to[0])
	default:
		if r <= 0xFFFF {
			fd.units[r] = unitMany
		}
		f := form{n: uint8(len(to))}
		for i, t := range to {
			f.runes[i], f.units[i] = t, unitOf(t)
		}
		fd.many[r] = f
	}
}

func (f form) append(dst []rune) []rune { return append(dst, f.runes[:f.n]...) }

// unitOf is the unit of a character that is folded already.
func unitOf(r rune) uint16 {
	if r <= 0xFFFF {
		return uint16(r)
	}
	return uint16(unitAstral + uint32(r)*2654435761>>8%astralUnits)
}

// appendRunes appends the folded form of r: nothing when r is skipped.
func (fd *folder) appendRunes(dst []rune, r rune) []rune {
	if r <= 0xFFFF {
		switch u := fd.units[r]; u {
		case unitSkip:
			return dst
		case unitMany:
			return fd.many[r].append(dst)
		default:
			return append(dst, rune(u))
		}
	}
	if f, ok := fd.many[r]; ok {
		return f.append(dst)
	}
	return append(dst, r)
}

// skips reports whether the folder drops r.
func (fd *folder) skips(r rune) bool {
	if r <= 0xFFFF {
		if u := fd.units[r]; u != unitMany {
			return u == unitSkip
		}
	}
	f, ok := fd.many[r]
	return ok && f.n == 0
}

func (fd *folder) bytes() int { return 1<<17 + 96*len(fd.many) }

// containsNoise reports whether s has a character that Noise would skip.
func containsNoise(s string) bool {
	for _, r := range s {
		if skipClass(r)&Noise != 0 {
			return true
		}
	}
	return false
}

// empty reports whether nothing is left of s after folding.
func (fd *folder) empty(s string) bool {
	for _, r := range s {
		if !fd.skips(r) {
			return false
		}
	}
	return true
}

// folderSet makes each folder once.
type folderSet map[Fold]*folder

func (s folderSet) of(f Fold) *folder {
	fd := s[f]
	if fd == nil {
		fd = newFolder(f)
		s[f] = fd
	}
	return fd
}
