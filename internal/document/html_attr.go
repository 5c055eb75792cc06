package document

import (
	"strings"
	"unicode"

	"prescreen/scanner"
)

// attrRole says what an attribute is for.
type attrRole uint8

const (
	roleOther attrRole = iota // shown to nobody; read when it holds something
	roleSkip                  // layout and plumbing
	roleText                  // read by people
	roleStyle
	roleClass
	roleID
	roleHidden
	roleColor
	roleBackground
	roleHref
	roleSrc
	roleSrcset
	roleContent
	roleValue
	roleSrcdoc
	roleAction
	roleData // an address on object, data-href and the like
	roleLazy // the address of a picture
	rolePing // addresses nobody follows
)

// attrRoles maps names of attributes, lower case, to roles.
var attrRoles = map[string]attrRole{
	"alt": roleText, "title": roleText, "placeholder": roleText, "aria-label": roleText, "aria-description": roleText,
	"summary": roleText, "label": roleText, "abbr": roleText, "prompt": roleText, "standby": roleText,
	"aria-roledescription": roleText, "aria-valuetext": roleText, "aria-placeholder": roleText, "download": roleText,
	"style": roleStyle, "class": roleClass, "id": roleID, "hidden": roleHidden, "color": roleColor, "text": roleColor,
	"bgcolor": roleBackground, "background": roleBackground,
	"href": roleHref, "xlink:href": roleHref, "src": roleSrc, "srcset": roleSrcset, "data-srcset": roleSrcset, "imagesrcset": roleSrcset,
	"content": roleContent, "value": roleValue, "srcdoc": roleSrcdoc, "action": roleAction, "formaction": roleAction,
	"data": roleData, "data-href": roleData, "data-url": roleData, "data-link": roleData, "data-src": roleLazy,
	"data-original": roleLazy, "data-lazy-src": roleLazy, "data-uri": roleData, "data-file": roleData, "data-path": roleData,
	"longdesc": roleData, "poster": roleLazy, "cite": roleData, "lowsrc": roleLazy, "dynsrc": roleLazy, "data-target-url": roleData,
	"data-action": roleData, "data-iframe": roleData, "data-pdf": roleData, "data-download": roleData, "codebase": roleData, "implementation": roleData,
	"ping": rolePing, "archive": roleData, "profile": roleSkip, "manifest": roleSkip, "usemap": roleSkip,

	"width": roleSkip, "height": roleSkip, "type": roleSkip, "rel": roleSkip, "target": roleSkip, "name": roleSkip,
	"for": roleSkip, "method": roleSkip, "align": roleSkip, "valign": roleSkip, "border": roleSkip, "cellpadding": roleSkip,
	"cellspacing": roleSkip, "colspan": roleSkip, "rowspan": roleSkip, "face": roleSkip, "size": roleSkip, "lang": roleSkip,
	"xml:lang": roleSkip, "xmlns": roleSkip, "charset": roleSkip, "http-equiv": roleSkip, "media": roleSkip, "async": roleSkip,
	"defer": roleSkip, "role": roleSkip, "tabindex": roleSkip, "language": roleSkip, "maxlength": roleSkip, "cols": roleSkip,
	"rows": roleSkip, "nowrap": roleSkip, "frameborder": roleSkip, "scrolling": roleSkip, "allowfullscreen": roleSkip,
	"d": roleSkip, "points": roleSkip, "viewbox": roleSkip, "transform": roleSkip, "fill": roleSkip, "stroke": roleSkip,
	"x": roleSkip, "y": roleSkip, "integrity": roleSkip, "crossorigin": roleSkip, "loading": roleSkip, "sizes": roleSkip,
	"hspace": roleSkip, "vspace": roleSkip, "enctype": roleSkip, "autocomplete": roleSkip, "checked": roleSkip,
	"selected": roleSkip, "disabled": roleSkip, "readonly": roleSkip, "property": roleSkip, "itemprop": roleSkip,
	"datetime": roleSkip, "dir": roleSkip, "accesskey": roleSkip, "bordercolor": roleSkip, "clear": roleSkip, "shape": roleSkip,
	"coords": roleSkip, "classid": roleSkip, "quality": roleSkip, "scheme": roleSkip, "headers": roleSkip, "scope": roleSkip,
}

// role returns the role of an attribute name as written.
func (p *htmlParser) role(name string) attrRole {
	if r, ok := attrIndex.get(name); ok {
		return r
	}
	var space [24]byte
	if len(name) > len(space) {
		return roleOther
	}
	upper := false
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
			upper = true
		}
		space[i] = c
	}
	if !upper {
		return roleOther
	}
	r, _ := attrIndex.get(string(space[:len(name)]))
	return r
}

// attributes reads the attributes of the tag just pushed: what they say about
// hiding, the text they hold and the links.
func (p *htmlParser) attributes(t startTag) {
	pushed := len(p.stack) > 0 && p.top().tag == t.tag
	e := &elem{}
	if pushed {
		e = p.top()
	}
	if p.sheet != nil && pushed {
		if st, ok := p.sheet[t.name]; ok {
			p.restyle(e, st)
		}
	}
	var styled style
	for i := range p.attrs {
		a := &p.attrs[i]
		a.role = p.role(a.name)
		switch a.role {
		case roleSkip:
		case roleClass:
			p.classes(e, a.value)
		case roleID:
			if !strings.ContainsAny(a.value, "\"<>&\n") && a.value != "" && len(a.value) < 80 {
				e.id = a.value
			}
			if p.sheet != nil {
				if st, ok := p.sheet["#"+a.value]; ok {
					p.restyle(e, st)
				}
			}
		case roleHidden:
			if t.tag != tagEmbed && !strings.EqualFold(a.value, "until-found") {
				styled.hide |= hideFull
			}
		case roleStyle:
			styled = styled.over(p.styleOf(a.value))
		case roleColor:
			styled.fg = parseColor(a.value)
		case roleBackground:
			p.background(&styled, a)
		}
	}
	if styled != (style{}) {
		p.restyle(e, styled)
	}
	for i := range p.attrs {
		a := &p.attrs[i]
		if a.value != "" {
			p.attribute(t, a, a.role)
		}
		if a.role == roleOther && !isASCII(a.name) {
			p.segment(p.kindOr(scanner.KindAttribute), a.name, p.elementPath(len(p.stack))) // text in a broken tag
		}
	}
}

// background takes bgcolor, or background with a picture.
func (p *htmlParser) background(st *style, a *attr) {
	if len(a.name) == len("bgcolor") {
		st.bg = parseColor(a.value)
	} else if st.bg == 0 {
		st.bg = colorUnknown
	}
}

func (p *htmlParser) classes(e *elem, classes string) {
	if p.sheet == nil && !strings.Contains(classes, "hid") && !strings.Contains(classes, "none") &&
		!strings.Contains(classes, "sr-only") && !strings.Contains(classes, "invisible") && classes != "dn" {
		return
	}
	for class := range strings.FieldsSeq(classes) {
		st, ok := p.sheet["."+class]
		if !ok && hiddenClasses[class] {
			st, ok = style{hide: hideFull}, true
		}
		if ok {
			p.restyle(e, st)
		}
	}
}

// styleOf parses a style attribute, each different one once.
func (pg *page) styleOf(css string) style {
	st, ok := pg.styles[css]
	if !ok {
		st = parseStyle(unescape(css, true))
		if pg.styles == nil {
			pg.styles = make(map[string]style)
		}
		if len(pg.styles) < 2000 {
			pg.styles[css] = st
		}
	}
	return st
}

// restyle applies st to e and works out whether its text is shown.
func (p *htmlParser) restyle(e *elem, st style) {
	inherited := hiding(0)
	if n := len(p.stack); n > 1 {
		inherited = p.stack[n-2].hide & hideFull // no child lifts that
	}
	e.hide = e.hide&^(st.show&^inherited) | st.hide
	if st.fg != 0 {
		e.fg = st.fg
	}
	if st.bg != 0 {
		e.bg = st.bg
	}
	forced := e.kind == scanner.KindHidden // inside noscript or template
	e.hidden = forced || e.hide != 0 || sameColor(e.fg, e.bg)
}

// attribute reads the text and the link an attribute holds.
func (p *htmlParser) attribute(t startTag, a *attr, role attrRole) {
	switch role {
	case roleSkip, roleStyle, roleClass, roleHidden, roleColor, rolePing:
	case roleID:
		if !isASCII(a.value) {
			p.attrText(t, a, scanner.KindAttribute)
		}
	case roleBackground:
		if len(a.name) != len("bgcolor") {
			p.addLink(a.value, "img")
		}
	case roleHref, roleSrc, roleAction, roleData, roleLazy, roleSrcset:
		p.address(t, a, role)
	case roleText:
		p.attrText(t, a, scanner.KindAttribute)
	case roleValue:
		p.inputValue(t, a)
	case roleContent:
		if t.tag == tagMeta {
			p.meta(a)
		} else {
			p.attrText(t, a, scanner.KindAttribute)
		}
	case roleSrcdoc:
		p.nested(unescape(a.value, true), p.force, p.attrPath("srcdoc"))
	default:
		if len(a.name) > 2 && a.name[0]|0x20 == 'o' && a.name[1]|0x20 == 'n' && isLetter(a.name[2]) {
			p.scriptText(unescape(a.value, true), "onclick", p.attrPath(a.name))
			return
		}
		if telling(a.value) {
			p.attrText(t, a, scanner.KindAttribute)
		}
		if looksLikeAddress(a.value) {
			p.addLink(a.value, "data")
		}
	}
}

// telling reports whether the value of an attribute of no known meaning may
// hold something: characters beyond ASCII, an entity, a longer number, an
// assignment, or simply a longer text.
func telling(s string) bool {
	if len(s) >= 20 || strings.IndexByte(s, '=') >= 0 {
		return true
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80, c == '&', c == '@':
			return true
		case c >= '0' && c <= '9':
			if digits++; digits >= 6 {
				return true
			}
		case c != ' ' && c != '-':
			digits = 0
		}
	}
	return false
}

// attrText emits the value of an attribute.
func (p *htmlParser) attrText(t startTag, a *attr, kind scanner.Kind) {
	text := p.tidyAttr(a.value)
	if text == "" {
		return
	}
	p.segment(p.kindOr(kind), text, p.attrPath(a.name))
}

// attrPath is the path of an attribute of the element just pushed.
func (p *htmlParser) attrPath(name string) string {
	n := len(p.stack)
	if n == 0 {
		return ""
	}
	path := p.elementPath(n)
	name = shortName(name)
	var space [256]byte
	b := append(space[:0], path...)
	b = append(b, "/@"...)
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return p.keep(b)
}

// tidyAttr decodes the value of an attribute; its line breaks stay.
func (p *htmlParser) tidyAttr(v string) string {
	v = trimSpace(v)
	if strings.IndexByte(v, '&') < 0 {
		return v
	}
	return trimSpace(unescape(v, true))
}

// inputValue reads a value attribute: what a form field holds.
func (p *htmlParser) inputValue(t startTag, a *attr) {
	switch t.tag {
	case tagInput:
		kind, _ := p.attr("type")
		switch strings.ToLower(kind) {
		case "submit", "button", "reset":
			p.attrText(t, a, scanner.KindAttribute)
			return
		}
		p.attrText(t, a, scanner.KindForm)
	case tagOption, tagParam, tagButton, tagOther:
		if telling(a.value) {
			p.attrText(t, a, scanner.KindForm)
		}
		if t.tag != tagButton && looksLikeAddress(a.value) {
			p.addLink(a.value, "option")
		}
	default:
		if telling(a.value) {
			p.attrText(t, a, scanner.KindAttribute)
		}
	}
}

// meta reads the content of a meta element.
func (p *htmlParser) meta(a *attr) {
	equiv, ok := p.attr("http-equiv")
	if ok && strings.EqualFold(strings.TrimSpace(equiv), "refresh") {
		if target := refreshTarget(p.tidyAttr(a.value)); target != "" {
			p.addLink(target, "meta-refresh")
		}
		return
	}
	name, _ := p.attr("name")
	if name == "" {
		name, _ = p.attr("property")
	}
	if isMetaPlumbing(name) || name == "" && equiv != "" {
		return
	}
	text := p.tidyAttr(a.value)
	if text == "" {
		return
	}
	if p.level == 0 {
		p.f.aboutMeta(name, text)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		text = name + "：" + text // a field of a form, which means nothing without its name
	}
	path := p.elementPath(len(p.stack))
	if i := strings.LastIndex(path, "/meta"); i >= 0 && name != "" && len(name) < 80 && !strings.ContainsAny(name, "\"<>") {
		path = path[:i] + `/meta[@name="` + name + `"]`
	}
	p.segment(p.kindOr(scanner.KindProperty), text, path)
	if strings.EqualFold(name, "og:url") {
		p.addLink(a.value, "canonical")
	}
}

func isMetaPlumbing(name string) bool {
	switch strings.ToLower(name) {
	case "viewport", "renderer", "robots", "format-detection", "theme-color", "generator", "progid", "force-rendering",
		"apple-mobile-web-app-capable", "apple-mobile-web-app-status-bar-style", "screen-orientation", "x5-orientation":
		return true
	}
	return false
}

// refreshTarget reads the address of a meta refresh: "0; url='next.html'".
func refreshTarget(s string) string {
	i := strings.IndexAny(s, ";,")
	if i < 0 {
		return ""
	}
	s = strings.TrimSpace(s[i+1:])
	if len(s) >= 3 && strings.EqualFold(s[:3], "url") {
		if rest := strings.TrimSpace(s[3:]); strings.HasPrefix(rest, "=") {
			s = strings.TrimSpace(rest[1:])
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		quote := s[0]
		s = s[1:]
		if j := strings.IndexByte(s, quote); j >= 0 {
			s = s[:j]
		}
	}
	return strings.TrimSpace(s)
}
