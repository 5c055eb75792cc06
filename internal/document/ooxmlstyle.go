package document

import (
	"cmp"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// wordStyles is what a reader of text needs to know of styles.xml.
type wordStyles struct {
	byID map[string]wordStyle
}

type wordStyle struct {
	based  string
	hidden bool
	color  string       // of the text, "" where the style says nothing
	fill   string       // below the text
	kind   scanner.Kind // heading, title; "" otherwise
}

// lookup follows basedOn; the nearest style that says something wins.
func (s *wordStyles) lookup(id string) wordStyle {
	var out wordStyle
	if s == nil {
		return out
	}
	for range 16 {
		st, ok := s.byID[id]
		if !ok {
			return out
		}
		out.hidden = out.hidden || st.hidden
		out.color = cmp.Or(out.color, st.color)
		out.fill = cmp.Or(out.fill, st.fill)
		if out.kind == "" {
			out.kind = st.kind
		}
		id = st.based
	}
	return out
}

// readWordStyles reads a w:styles element to its end.
func readWordStyles(x *xmlLexer) *wordStyles {
	s := &wordStyles{byID: map[string]wordStyle{}}
	var id string
	var cur wordStyle
	for x.next() {
		name := string(x.name)
		if x.kind == xmlEnd && name == "styles" {
			break
		}
		if x.kind == xmlEnd && name == "style" && id != "" {
			s.byID[id] = cur
			id = ""
		}
		if x.kind != xmlStart {
			continue
		}
		switch name {
		case "style":
			id, cur = x.attr("styleId"), wordStyle{}
		case "name":
			cur.kind = styleKind(x.attr("val"))
		case "outlineLvl":
			if v := x.attr("val"); cur.kind == "" && v != "9" && v != "" {
				cur.kind = scanner.KindHeading
			}
		case "basedOn":
			cur.based = x.attr("val")
		case "vanish":
			cur.hidden = x.flag()
		case "color":
			cur.color = x.attr("val")
		case "shd":
			cur.fill = shadeFill(x)
		case "sz":
			cur.hidden = cur.hidden || isTiny(x.attr("val"))
		}
	}
	return s
}

func styleKind(name string) scanner.Kind {
	n := strings.ToLower(name)
	switch {
	case n == "title" || n == "标题" || n == "subtitle":
		return scanner.KindTitle
	case strings.HasPrefix(n, "heading ") || strings.HasPrefix(n, "标题 "):
		return scanner.KindHeading
	}
	return ""
}

// paper is the colour text stands on where nothing else is said.
const paper = "FFFFFF"

// sameHex reports whether text of one colour cannot be told from the other,
// both as RRGGBB. "auto" and names of themes are never the same: the program
// picks a colour that shows.
func sameHex(text, ground string) bool {
	if len(text) != 6 || len(ground) != 6 {
		return false
	}
	a, errA := strconv.ParseUint(text, 16, 32)
	b, errB := strconv.ParseUint(ground, 16, 32)
	if errA != nil || errB != nil {
		return false
	}
	for shift := 0; shift < 24; shift += 8 {
		d := int(a>>shift&0xFF) - int(b>>shift&0xFF)
		if d < -15 || d > 15 {
			return false
		}
	}
	return true
}

// shadeFill returns the colour of a w:shd element, "" where it shows none.
func shadeFill(x *xmlLexer) string {
	fill := x.attr("fill")
	if x.attr("val") == "solid" {
		fill = cmp.Or(x.attr("color"), fill) // the pattern covers all of the ground
	}
	if fill == "auto" {
		return ""
	}
	return fill
}

// isTiny reports whether a size in half points is too small to be seen.
func isTiny(halfPoints string) bool {
	n := atoi(halfPoints)
	return n > 0 && n <= 3
}

// highlights are the colours of w:highlight.
var highlights = map[string]string{
	"black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
	"yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000",
	"darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0",
}
