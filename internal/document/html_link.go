package document

import (
	"path"
	"strings"
	"unicode/utf8"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// rawLink is a reference as written, entities decoded, before its base is
// known: a base element may come after it.
type rawLink struct{ ref, via, text string }

// address takes an attribute that holds an address.
func (p *htmlParser) address(t startTag, a *attr, role attrRole) {
	switch role {
	case roleSrcset:
		for part := range strings.SplitSeq(a.value, ",") {
			ref, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if !strings.HasPrefix(ref, "data:") {
				p.addLink(ref, "srcset")
			}
		}
		return
	case roleAction:
		if t.tag == tagForm {
			if method, _ := p.attr("method"); method != "" && !strings.EqualFold(strings.TrimSpace(method), "get") {
				p.addressText(a.value, "action")
				return
			}
		}
		p.addLink(a.value, "form")
		return
	case roleLazy:
		p.addLink(a.value, "img")
		return
	case roleData:
		if t.tag == tagObject && len(a.name) == len("data") {
			p.addLink(a.value, "object")
			return
		}
		if telling(a.value) {
			p.attrText(t, a, scanner.KindAttribute)
		}
		if looksLikeAddress(a.value) {
			p.addLink(a.value, "data")
		}
		return
	}
	switch t.tag {
	case tagA:
		before := len(p.links)
		p.addLink(a.value, "a")
		if len(p.links) > before {
			p.anchor, p.anchorAt = len(p.links), p.pos
		}
		return
	case tagBase:
		if !p.hasBase && p.level == 0 {
			p.base, p.hasBase = strings.TrimSpace(unescape(a.value, true)), true
			p.links = append(p.links, rawLink{via: "base"})
		}
		return
	case tagLink:
		p.linkElement(a)
		return
	case tagParam, tagInput:
		p.addLink(a.value, "img")
		return
	}
	via := t.name
	switch t.tag {
	case tagScript:
		via = "script-src"
	case tagSVG, tagOther:
		if strings.HasPrefix(a.value, "#") {
			return
		}
		if role == roleHref && p.xml {
			via = "a"
		}
	}
	p.addLink(a.value, via)
}

// linkElement takes the href of a link element by its relation.
func (p *htmlParser) linkElement(a *attr) {
	rel, _ := p.attr("rel")
	via := "link"
	for word := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch word {
		case "stylesheet":
			via = "stylesheet"
		case "canonical":
			via = "canonical"
		case "icon", "apple-touch-icon", "mask-icon", "shortcut":
			via = "icon"
		case "dns-prefetch", "preconnect":
			return
		case "preload", "modulepreload", "manifest", "search", "pingback", "edituri", "wlwmanifest":
			via = "resource"
		}
	}
	p.addLink(a.value, via)
}

// addLink records a reference found in the page. What is no page or file, a
// script or a mailbox, is read for its text instead.
func (p *htmlParser) addLink(ref, via string) {
	ref = trimSpace(ref)
	if strings.IndexByte(ref, '&') >= 0 {
		ref = trimSpace(unescape(ref, true))
	}
	if ref == "" || ref[0] == '#' {
		return
	}
	if scheme := schemeOf(ref); scheme != "" {
		switch strings.ToLower(scheme) {
		case "http", "https":
		case "javascript", "vbscript":
			p.scriptText(decodePercent(ref[len(scheme)+1:]), "javascript", p.path())
			return
		case "data":
			p.dataURI(ref)
			return
		case "file", "ftp", "mailto", "tel", "sms":
			p.addressText(ref, via)
			return
		default:
			return
		}
	}
	p.addressText(ref, via)
	if p.force == scanner.KindComment {
		via = "comment"
	}
	p.links = append(p.links, rawLink{ref: ref, via: via})
}

// addressText emits the address itself where it says something: a file name
// in Chinese, the name of an attachment, a query.
func (p *htmlParser) addressText(ref, via string) {
	if !sayingAddress(ref) {
		return
	}
	text := ref
	if strings.IndexByte(ref, '%') >= 0 {
		text = decodePercent(ref)
	}
	p.segment(p.kindOr(scanner.KindLink), text, p.elementPath(len(p.stack)))
}

// textLinks records the addresses written out in running text.
func (p *htmlParser) textLinks(text string) {
	for rest := text; ; {
		i := strings.Index(rest, "http")
		if i < 0 {
			return
		}
		rest = rest[i:]
		end := 0
		for end < len(rest) && rest[end] > ' ' && rest[end] < utf8.RuneSelf && strings.IndexByte(`"'<>()[]{}|^`, rest[end]) < 0 {
			end++
		}
		ref := strings.TrimRight(rest[:end], ".,;:!?")
		rest = rest[max(end, 4):]
		if looksLikeAddress(ref) && strings.Contains(ref, "://") {
			p.links = append(p.links, rawLink{ref: ref, via: "text"})
		}
	}
}

// sayingAddress reports whether an address holds more than a path of a page.
func sayingAddress(ref string) bool {
	for i := range len(ref) {
		switch c := ref[i]; {
		case c >= 0x80, c == '%', c == '@', c == '?':
			return true
		}
	}
	return isAttachmentName(ref) || schemeOf(ref) != "" && !strings.HasPrefix(strings.ToLower(ref), "http")
}

func isAttachmentName(ref string) bool {
	if i := len(ref) - 6; i > 0 && !strings.Contains(ref[i:], ".") {
		return false
	}
	switch strings.ToLower(path.Ext(ref)) {
	case ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".ofd", ".wps", ".et", ".dps", ".rtf", ".csv", ".tsv",
		".txt", ".zip", ".rar", ".7z", ".gz", ".tar", ".eml", ".msg", ".odt", ".ods", ".odp", ".bak", ".sql", ".log", ".mht":
		return true
	}
	return false
}

// decodePercent decodes %XX leniently: what is malformed stays, and bytes
// that are no UTF-8 are read in the encoding they are in.
func decodePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	if utf8.Valid(b) {
		return string(b)
	}
	out, _ := charset.Decode(b, charset.Hint{})
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// schemeOf returns the scheme an address starts with, "" for a relative one.
func schemeOf(ref string) string {
	for i := range len(ref) {
		switch c := ref[i]; {
		case isLetter(c):
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':' && i > 0:
			return ref[:i]
		default:
			return ""
		}
	}
	return ""
}

// endAnchor gives the link of the anchor that ends at offset at its text.
func (p *htmlParser) endAnchor(at int) {
	if p.anchor == 0 {
		return
	}
	l := &p.links[p.anchor-1]
	p.anchor = 0
	if at < p.anchorAt {
		return
	}
	inner := trimSpace(p.src[p.anchorAt:at])
	if len(inner) > 8*maxLinkLabel {
		inner = inner[:8*maxLinkLabel]
	}
	if strings.IndexByte(inner, '<') >= 0 {
		inner = withoutTags(inner)
	}
	text := p.tidy(inner)
	if len(text) > maxLinkLabel {
		text = strings.ToValidUTF8(text[:maxLinkLabel], "")
	}
	l.text = text
}

// withoutTags removes the markup from a short piece of HTML.
func withoutTags(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			break
		}
		s = s[i+j+1:]
	}
	return b.String()
}
