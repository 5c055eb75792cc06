package document

import (
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
	white  bool
	shaded bool
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
		out.white = out.white || st.white
		out.shaded = out.shaded || st.shaded
		if out.kind == "" {
			out.kind = st.kind
		}
		id = st.based
	}
	return out
}

func readWordStyles(x *xmlLexer) *wordStyles {
	s := &wordStyles{byID: map[string]wordStyle{}}
	var id string
	var cur wordStyle
	for x.next() {
		name := string(x.name)
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
			cur.white = isWhite(x.attr("val"))
		case "shd":
			cur.shaded = isShade(x.attr("fill"))
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

// isWhite reports whether a colour cannot be told from white paper.
func isWhite(rgb string) bool {
	if len(rgb) != 6 {
		return false
	}
	for i := 0; i < 6; i += 2 {
		if c := rgb[i]; c != 'F' && c != 'f' {
			return false
		}
	}
	return true
}

// isShade reports whether a fill gives white text something to stand on.
func isShade(fill string) bool { return len(fill) == 6 && !isWhite(fill) }
