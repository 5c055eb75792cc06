package document

import "strings"

// SniffMarkup reports whether text is a piece of HTML rather than plain text:
// it holds a tag of HTML, a comment or a numeric entity.
func SniffMarkup(text string) bool {
	for rest := text; ; {
		i := strings.IndexAny(rest, "<&")
		if i < 0 || i+2 >= len(rest) {
			return false
		}
		rest = rest[i:]
		if rest[0] == '&' {
			if isNumericEntity(rest) || strings.HasPrefix(rest, "&nbsp;") && strings.IndexByte(text, '\n') < 0 {
				return true
			}
		} else if isHTMLTag(rest) {
			return true
		}
		rest = rest[1:]
	}
}

// isNumericEntity reports whether s starts with &#123; or &#x1F;.
func isNumericEntity(s string) bool {
	if len(s) < 4 || s[1] != '#' {
		return false
	}
	digits := s[2:]
	hex := digits[0] == 'x' || digits[0] == 'X'
	if hex {
		digits = digits[1:]
	}
	for i := range min(len(digits), 8) {
		c := digits[i]
		if c == ';' {
			return i > 0
		}
		if !(c >= '0' && c <= '9') && !(hex && c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return false
}

// isHTMLTag reports whether s starts with a comment, a doctype, or a start or
// end tag of a known element.
func isHTMLTag(s string) bool {
	if strings.HasPrefix(s, "<!--") || len(s) >= 9 && strings.EqualFold(s[:9], "<!doctype") {
		return true
	}
	i := 1
	if len(s) > 1 && s[1] == '/' {
		i = 2
	}
	start := i
	for i < len(s) && i-start < 12 && (isLetter(s[i]) || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i == start || i == len(s) {
		return false
	}
	switch s[i] {
	case ' ', '\t', '\n', '\r', '\f', '>', '/':
		return isElement(strings.ToLower(s[start:i]))
	}
	return false
}

// isElement reports whether name is an element of HTML that people paste.
func isElement(name string) bool {
	switch name {
	case "html", "head", "body", "title", "meta", "link", "style", "script", "div", "span", "p", "br", "hr",
		"a", "img", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "col", "colgroup",
		"ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "b", "i", "u", "s", "em",
		"strong", "small", "font", "center", "big", "sub", "sup", "del", "ins", "mark", "label", "form",
		"input", "select", "option", "textarea", "button", "iframe", "frame", "frameset", "object", "embed",
		"section", "article", "header", "footer", "nav", "aside", "main", "figure", "figcaption", "pre", "code",
		"blockquote", "noscript", "template", "ruby", "rt", "rp", "rb", "wbr", "nobr", "bdo", "bdi", "q", "cite", "abbr", "address", "time",
		"strike", "tt", "fieldset", "legend", "details", "summary", "picture", "svg", "video", "audio", "source", "area", "map", "base", "marquee":
		return true
	}
	return false
}
