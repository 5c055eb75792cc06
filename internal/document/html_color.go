package document

import (
	"strconv"
	"strings"
)

// pixels reads a length; relative units count as 16 pixels, per cent as none.
func pixels(s string) (float64, bool) {
	i := 0
	for i < len(s) && (s[i] == '-' || s[i] == '+' || s[i] == '.' || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	v, err := strconv.ParseFloat(s[:i], 64)
	if err != nil {
		return 0, false
	}
	switch strings.TrimSpace(s[i:]) {
	case "", "px", "pt":
		return v, true
	case "em", "rem", "ex", "ch", "vw", "vh":
		return v * 16, true
	case "in", "cm", "pc":
		return v * 38, true
	case "%":
		return v * 10, v == 0 || v < 0
	}
	return 0, false
}

// parseColor reads a colour, alone or inside a background value.
func parseColor(s string) rgb {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "url(") || strings.Contains(s, "gradient") {
		return colorUnknown
	}
	if i := strings.IndexByte(s, '#'); i >= 0 {
		end := i + 1
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] >= 'a' && s[end] <= 'f') {
			end++
		}
		return hexColor(s[i+1 : end])
	}
	if i := strings.Index(s, "rgb"); i >= 0 {
		return rgbColor(s[i:])
	}
	first, _, _ := strings.Cut(s, " ")
	switch first {
	case "white":
		return colorWhite
	case "black":
		return colorSet
	case "red":
		return colorSet | 0xFF0000
	case "blue":
		return colorSet | 0x0000FF
	case "gray", "grey":
		return colorSet | 0x808080
	case "yellow":
		return colorSet | 0xFFFF00
	case "green":
		return colorSet | 0x008000
	}
	if len(first) == 6 && strings.Trim(first, "0123456789abcdef") == "" {
		return hexColor(first) // <font color=ffffff>
	}
	return 0
}

func hexColor(h string) rgb {
	if len(h) == 3 || len(h) == 4 {
		h = string([]byte{h[0], h[0], h[1], h[1], h[2], h[2]})
	}
	if len(h) < 6 {
		return 0
	}
	v, err := strconv.ParseUint(h[:6], 16, 32)
	if err != nil {
		return 0
	}
	return colorSet | rgb(v)
}

// rgbColor reads rgb(1, 2, 3) and rgba(1 2 3 / 50%).
func rgbColor(s string) rgb {
	_, args, ok := strings.Cut(s, "(")
	if !ok {
		return 0
	}
	args, _, _ = strings.Cut(args, ")")
	var v rgb
	n := 0
	for _, part := range strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == ' ' || r == '/' }) {
		if n == 3 {
			break
		}
		x, err := strconv.ParseFloat(strings.TrimSuffix(part, "%"), 64)
		if err != nil {
			return 0
		}
		if strings.HasSuffix(part, "%") {
			x = x * 255 / 100
		}
		v = v<<8 | rgb(min(max(int(x), 0), 255))
		n++
	}
	if n < 3 {
		return 0
	}
	return colorSet | v
}

// sameColor reports whether text of colour fg cannot be told from bg.
func sameColor(fg, bg rgb) bool {
	if fg&colorSet == 0 || bg&colorUnknown != 0 {
		return false
	}
	if bg&colorSet == 0 {
		bg = colorWhite
	}
	for shift := 0; shift < 24; shift += 8 {
		d := int(fg>>shift&0xFF) - int(bg>>shift&0xFF)
		if d < -12 || d > 12 {
			return false
		}
	}
	return true
}
