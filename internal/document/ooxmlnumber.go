package document

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is how a cell shows its number, as far as a reader of text
// cares: dates and times, percentages, leading zeros.
type numberFormat struct {
	date, clock bool
	percent     bool
	pad         int  // digits to pad with zeros to
	hides       bool // ;;; shows nothing
}

// dateSystem is the day number 0 of a workbook.
type dateSystem int

const (
	dates1900 dateSystem = iota
	dates1904
)

// builtinFormat returns the format of the ids every spreadsheet knows without
// defining them, the East Asian ones included (ECMA-376 part 1, 18.8.30).
func builtinFormat(id int) numberFormat {
	switch {
	case id == 9 || id == 10:
		return numberFormat{percent: true}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numberFormat{date: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return numberFormat{clock: true}
	case id == 22:
		return numberFormat{date: true, clock: true}
	}
	return numberFormat{}
}

// parseFormat reads a number format code.
func parseFormat(code string) numberFormat {
	var f numberFormat
	if strings.Trim(code, " ") == ";;;" {
		return numberFormat{hides: true}
	}
	first, _, _ := strings.Cut(code, ";")
	bare := bareFormat(first)
	if bare == "" || strings.EqualFold(bare, "general") || bare == "@" {
		return f
	}
	lower := strings.ToLower(bare)
	if !strings.ContainsAny(lower, "#0?") || strings.Contains(lower, "ss.0") {
		f.date = strings.ContainsAny(lower, "yd") || strings.Contains(lower, "m") && !strings.ContainsAny(lower, "hs")
		f.clock = strings.ContainsAny(lower, "hs")
	}
	if f.date || f.clock {
		return f
	}
	f.percent = strings.Contains(bare, "%")
	if len(bare) > 1 && strings.Trim(bare, "0") == "" {
		f.pad = min(len(bare), 64)
	}
	return f
}

// bareFormat drops quoted text, escapes, colours, conditions and padding from
// a format code. Elapsed time such as [h] keeps its letter.
func bareFormat(code string) string {
	var out strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			} else {
				i = len(code)
			}
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return out.String()
			}
			if in := strings.ToLower(code[i+1 : i+end]); in != "" && strings.Trim(in, "hms") == "" {
				out.WriteString(in)
			}
			i += end
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// text returns the number raw as people read it. Whole numbers keep every
// digit the file holds: an ID typed as a number is never shortened to 1.3E+17.
func (f numberFormat) text(raw string, sys dateSystem) string {
	if isDigits(raw) && !f.date && !f.clock && !f.percent {
		return strings.Repeat("0", max(0, f.pad-len(raw))) + raw
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	return f.number(v, sys)
}

func (f numberFormat) number(v float64, sys dateSystem) string {
	switch {
	case (f.date || f.clock) && v >= 0 && v < 2958466:
		return serialDate(v, f, sys)
	case f.percent:
		return plainNumber(v*100) + "%"
	}
	s := plainNumber(v)
	if f.pad > len(s) && isDigits(s) {
		s = strings.Repeat("0", f.pad-len(s)) + s
	}
	return s
}

// plainNumber prints v with the 15 digits a spreadsheet shows and no exponent.
func plainNumber(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	if math.Abs(v) >= 1e30 || v != 0 && math.Abs(v) < 1e-15 {
		return strconv.FormatFloat(v, 'g', 15, 64)
	}
	if r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 14, 64), 64); err == nil {
		v = r
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// serialDate prints a day number as 2026-03-05, with the time of day where the
// format or the number has one.
func serialDate(v float64, f numberFormat, sys dateSystem) string {
	seconds := math.Round((v - math.Floor(v)) * 86400)
	days := math.Floor(v)
	if !f.date && days < 366 { // a longer time is a date that shows its hours only
		total := int64(days)*86400 + int64(seconds)
		return clockText(total)
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if sys == dates1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 60 {
		epoch = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC) // the calendar has a 29 February 1900
	}
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	if f.clock || seconds != 0 {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02")
}

func clockText(seconds int64) string {
	pad := func(n int64) string {
		if n < 10 {
			return "0" + strconv.FormatInt(n, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	return pad(seconds/3600) + ":" + pad(seconds/60%60) + ":" + pad(seconds%60)
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// cellLooks are the fonts and fills of styles.xml as far as they hide text.
type cellLooks struct {
	colors []string // of the fonts, RRGGBB; "" is automatic
	tiny   []bool   // fonts too small to be seen
	fills  []string // RRGGBB, "" is none, "?" is some colour or pattern
}

// readCellFormats reads styles.xml down to one cellFormat per style index.
func readCellFormats(x *xmlLexer) []cellFormat {
	custom := map[int]numberFormat{}
	var looks cellLooks
	var out []cellFormat
	section := ""
	for x.next() {
		if x.kind == xmlEnd {
			if string(x.name) == section {
				section = ""
			}
			continue
		}
		if x.kind != xmlStart {
			continue
		}
		switch name := string(x.name); name {
		case "fonts", "fills", "cellXfs", "cellStyleXfs", "dxfs", "borders":
			section = name
		case "numFmt":
			if section == "" {
				custom[atoi(x.attr("numFmtId"))] = parseFormat(x.attr("formatCode"))
			}
		case "xf":
			if section == "cellXfs" {
				out = append(out, looks.format(atoi(x.attr("numFmtId")), atoi(x.attr("fontId")), atoi(x.attr("fillId")), custom))
			}
		default:
			looks.read(section, name, x)
		}
	}
	return out
}

// read takes one element of the fonts or fills.
func (l *cellLooks) read(section, name string, x *xmlLexer) {
	font, fill := len(l.colors)-1, len(l.fills)-1
	switch section {
	case "fonts":
		switch {
		case name == "font":
			l.colors, l.tiny = append(l.colors, ""), append(l.tiny, false)
		case font < 0:
		case name == "color":
			l.colors[font] = cellColor(x)
		case name == "sz":
			size, err := strconv.ParseFloat(x.attr("val"), 64)
			l.tiny[font] = err == nil && size < 2
		}
	case "fills":
		switch {
		case name == "fill":
			l.fills = append(l.fills, "")
		case fill < 0:
		case name == "gradientFill":
			l.fills[fill] = "?"
		case name == "patternFill":
			if t := x.attr("patternType"); t != "none" && t != "" {
				l.fills[fill] = "?"
			}
		case name == "fgColor" && l.fills[fill] == "?":
			l.fills[fill] = cmp.Or(cellColor(x), "?")
		}
	}
}

// cellColor reads a colour element as RRGGBB: given so, as one of the theme's
// first two colours, or by the fixed part of the palette; "" when it is none
// of these.
func cellColor(x *xmlLexer) string {
	if rgb := x.attr("rgb"); len(rgb) == 8 {
		return rgb[2:]
	}
	if x.hasAttr("tint") {
		return ""
	}
	switch {
	case x.hasAttr("theme"):
		return themeColor(atoi(x.attr("theme")))
	case x.hasAttr("indexed"):
		return indexedColor(atoi(x.attr("indexed")))
	}
	return ""
}

func themeColor(i int) string {
	if i > 1 {
		return ""
	}
	return [...]string{paper, "000000"}[i]
}

func indexedColor(i int) string {
	if i >= 16 {
		return ""
	}
	return [...]string{"000000", paper, "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF"}[i%8]
}

// format is what a cell looks like, by the numbers of its number format, font
// and fill.
func (l *cellLooks) format(number, font, fill int, custom map[int]numberFormat) cellFormat {
	var c cellFormat
	f, ok := custom[number]
	if !ok {
		f = builtinFormat(number)
	}
	c.number = f
	if font < len(l.colors) {
		ground := paper
		if fill < len(l.fills) {
			ground = cmp.Or(l.fills[fill], paper)
		}
		c.white = l.tiny[font] || sameHex(l.colors[font], ground)
	}
	return c
}

// longestDigits returns the length of the longest run of ASCII digits in s.
func longestDigits(s string) int {
	best, n := 0, 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
			best = max(best, n)
		} else {
			n = 0
		}
	}
	return best
}
