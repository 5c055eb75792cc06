package document

import (
	"strconv"
	"strings"
)

// hiding is why an element is not shown, as a set.
type hiding uint8

const (
	hideFull   hiding = 1 << iota // display:none and its likes: nothing inside can show again
	hideVis                       // visibility:hidden, which a child may lift
	hideFont                      // a font too small to read
	hideIndent                    // text moved off the screen
	hideClear                     // text of transparent colour
)

// rgb is 0xRRGGBB with colorSet; 0 is none given.
type rgb uint32

const (
	colorSet     rgb = 1 << 24
	colorUnknown rgb = 1 << 25 // a picture, a gradient: cannot be compared
	colorWhite       = colorSet | 0xFFFFFF
)

// style is what a style attribute or rule says about being seen.
type style struct {
	hide, show hiding // reasons it adds and lifts
	fg, bg     rgb
}

// over returns st with t applied on top of it.
func (st style) over(t style) style {
	st.hide = st.hide&^t.show | t.hide
	st.show = st.show&^t.hide | t.show
	if t.fg != 0 {
		st.fg = t.fg
	}
	if t.bg != 0 {
		st.bg = t.bg
	}
	return st
}

// styleSheet holds the simple rules of a page's style elements: one class,
// one id or one element as selector.
type styleSheet map[string]style // ".name", "#name", "p"

// hiddenClasses are class names that hide by convention in the frameworks
// portals use, whose style sheets are not read.
var hiddenClasses = map[string]bool{
	"hidden": true, "hide": true, "d-none": true, "sr-only": true, "visually-hidden": true, "invisible": true,
	"layui-hide": true, "is-hidden": true, "display-none": true, "dn": true, "ng-hide": true, "hidden-xs-up": true,
}

// collectStyles reads all style elements of src before the text is read:
// a rule may stand behind the element it hides.
func collectStyles(src string) styleSheet {
	var sheet styleSheet
	for pos := 0; ; {
		i := strings.IndexByte(src[pos:], '<')
		if i < 0 {
			return sheet
		}
		pos += i + 1
		if len(src)-pos < 6 || src[pos]|0x20 != 's' || !strings.EqualFold(src[pos:pos+5], "style") || isLetter(src[pos+5]) {
			continue
		}
		end := strings.IndexByte(src[pos:], '>')
		if end < 0 {
			return sheet
		}
		pos += end + 1
		z := tokenizer{src: src, pos: pos}
		css := z.rawText("style")
		pos = z.pos
		if sheet == nil {
			sheet = styleSheet{}
		}
		sheet.add(css, 0)
	}
}

// add takes the rules of css that show or hide something.
func (sheet styleSheet) add(css string, depth int) {
	const most = 5000 // rules; enough for any page, not for an attack
	for css != "" && len(sheet) < most {
		css = skipCSSComments(css)
		open := strings.IndexAny(css, "{;")
		if open < 0 {
			return
		}
		selector := strings.TrimSpace(css[:open])
		if css[open] == ';' { // @import …;
			css = css[open+1:]
			continue
		}
		css = css[open+1:]
		end := closingBrace(css)
		body := css[:end]
		css = css[min(end+1, len(css)):]
		if strings.HasPrefix(selector, "@") {
			if depth < 4 && (strings.HasPrefix(selector, "@media") || strings.HasPrefix(selector, "@supports")) &&
				!strings.Contains(selector, "print") && !strings.Contains(selector, "width") {
				sheet.add(body, depth+1)
			}
			continue
		}
		st := parseStyle(body)
		if st == (style{}) {
			continue
		}
		for one := range strings.SplitSeq(selector, ",") {
			if one = strings.TrimSpace(one); isSimpleSelector(one) {
				if i := strings.IndexAny(one, ".#"); i > 0 {
					one = one[i:] // p.note: the class is what matters
				}
				sheet[one] = sheet[one].over(st)
			}
		}
	}
}

func skipCSSComments(css string) string {
	for {
		css = strings.TrimLeft(css, " \t\r\n\f}")
		css = strings.TrimPrefix(css, "<!--")
		css = strings.TrimPrefix(css, "-->")
		if !strings.HasPrefix(css, "/*") {
			return css
		}
		_, after, ok := strings.Cut(css[2:], "*/")
		if !ok {
			return ""
		}
		css = after
	}
}

// closingBrace returns the index of the brace that closes css, or its length.
func closingBrace(css string) int {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css)
}

// isSimpleSelector reports whether s is an element, a class or an id, the
// latter two after an element or not.
func isSimpleSelector(s string) bool {
	if s == "" {
		return false
	}
	marks := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' || c == '#':
			marks++
		case isLetter(c), c >= '0' && c <= '9', c == '-', c == '_', c >= 0x80:
		default:
			return false
		}
	}
	return marks <= 1
}

// parseStyle reads the declarations that decide whether text is seen.
func parseStyle(css string) style {
	var st style
	var d declarations
	for css != "" {
		decl := css
		if i := strings.IndexByte(css, ';'); i >= 0 {
			decl, css = css[:i], css[i+1:]
		} else {
			css = ""
		}
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name = strings.TrimSpace(name)
		if i := strings.LastIndex(name, "*/"); i >= 0 {
			name = strings.TrimSpace(name[i+2:])
		}
		if !d.interesting(name) {
			continue
		}
		value, _, _ = strings.Cut(value, "!")
		d.apply(&st, strings.ToLower(name), strings.ToLower(strings.TrimSpace(value)))
	}
	d.combine(&st)
	return st
}

// declarations gathers what hides only in combination.
type declarations struct {
	tiny, clipped, moved, placed bool
}

// interesting tells the properties that can hide text by their first letters.
func (*declarations) interesting(name string) bool {
	if len(name) < 3 {
		return false
	}
	switch name[0] | 0x20 {
	case 'd', 'v', 'o', 'f', 'c', 'b', 't', 'l', 'm', 'w', 'h', 'p', 'r':
		return true
	}
	return false
}

func (d *declarations) apply(st *style, name, value string) {
	switch name {
	case "display":
		if value == "none" {
			st.hide |= hideFull
		} else {
			st.hide &^= hideFull
			st.show |= hideFull
		}
	case "visibility":
		st.set(hideVis, value == "hidden" || value == "collapse")
	case "content-visibility", "mso-hide":
		if value == "hidden" || value == "all" {
			st.hide |= hideFull
		}
	case "opacity":
		if v, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64); err == nil && v < 0.02 {
			st.hide |= hideFull
		}
	case "filter":
		if strings.Contains(value, "opacity=0)") || strings.Contains(value, "opacity(0") {
			st.hide |= hideFull
		}
	case "font-size":
		px, ok := pixels(value)
		st.set(hideFont, ok && px <= 1)
	case "font":
		st.set(hideFont, strings.HasPrefix(value, "0px") || strings.HasPrefix(value, "0/") || strings.Contains(value, " 0px") || strings.Contains(value, " 0/"))
	case "text-indent":
		px, ok := pixels(value)
		st.set(hideIndent, ok && px <= -300)
	case "color":
		st.fg = parseColor(value)
		st.set(hideClear, value == "transparent" || strings.HasPrefix(value, "rgba(") && strings.HasSuffix(strings.ReplaceAll(value, " ", ""), ",0)"))
	case "background", "background-color":
		st.bg = parseColor(value)
	case "background-image":
		if value != "none" {
			st.bg = colorUnknown
		}
	case "overflow", "overflow-x", "overflow-y":
		d.clipped = d.clipped || value == "hidden" || value == "clip"
	case "width", "height", "max-width", "max-height":
		if px, ok := pixels(value); ok && px <= 1 {
			d.tiny = true
		}
	case "clip":
		if strings.HasPrefix(strings.ReplaceAll(value, "1px", "0"), "rect(0") && !strings.Contains(value, "auto") {
			st.hide |= hideFull
		}
	case "clip-path":
		if strings.HasPrefix(value, "inset(50%") || strings.HasPrefix(value, "inset(100%") || strings.HasPrefix(value, "circle(0") {
			st.hide |= hideFull
		}
	case "transform":
		if strings.HasPrefix(value, "scale(0)") || strings.HasPrefix(value, "scale(0,") || strings.Contains(value, "translatex(-9") {
			st.hide |= hideFull
		}
	case "position":
		d.placed = value == "absolute" || value == "fixed" || value == "relative"
	case "left", "top", "right", "bottom":
		if px, ok := pixels(value); ok && px <= -500 {
			d.moved = true
		}
	case "margin-left", "margin-top", "margin":
		first, _, _ := strings.Cut(value, " ")
		if px, ok := pixels(first); ok && px <= -500 {
			st.hide |= hideFull
		}
	}
}

func (d *declarations) combine(st *style) {
	if d.tiny && d.clipped || d.moved && d.placed {
		st.hide |= hideFull
	}
}

func (st *style) set(h hiding, on bool) {
	if on {
		st.hide |= h
		st.show &^= h
	} else {
		st.show |= h
		st.hide &^= h
	}
}
