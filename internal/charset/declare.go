package charset

import (
	"mime"
	"strings"
)

// metaWindow is how far into a page its declaration is looked for. Browsers
// stop at 1,024 bytes; pages glued together from includes declare later.
const metaWindow = 16 << 10

// headerLabel returns the charset a Content-Type header names, or the value
// itself when it is a bare label.
func headerLabel(contentType string) string {
	if contentType == "" {
		return ""
	}
	if !strings.ContainsAny(contentType, "/;=") {
		return contentType
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["charset"]
	}
	return labelIn(contentType) // malformed, as servers send it
}

// labelIn finds charset=… in s, as the content of a meta element has it.
func labelIn(s string) string {
	// Not strings.ToLower: it changes the length of some characters, and the
	// places found would be wrong in s.
	s = strings.ToValidUTF8(s, "?")
	lower := strings.Map(asciiLower, s)
	for from := 0; ; {
		i := strings.Index(lower[from:], "charset")
		if i < 0 {
			return ""
		}
		from += i + len("charset")
		rest := strings.TrimLeft(s[from:], " \t\r\n\f")
		if !strings.HasPrefix(rest, "=") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n\f")
		if rest == "" {
			return ""
		}
		if q := rest[0]; q == '"' || q == '\'' {
			if end := strings.IndexByte(rest[1:], q); end >= 0 {
				return rest[1 : 1+end]
			}
			return ""
		}
		if end := strings.IndexAny(rest, " \t\r\n\f;\"'>"); end >= 0 {
			return rest[:end]
		}
		return rest
	}
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}

// metaLabel looks for the charset a page or an XML file declares in its bytes,
// by the prescan of the HTML standard: comments and other tags are skipped
// properly, so that a meta inside them does not count.
func metaLabel(data []byte) string {
	if len(data) > metaWindow {
		data = data[:metaWindow]
	}
	s := string(data)
	if strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "<?xml") {
		if end := strings.Index(s, "?>"); end >= 0 {
			if _, after, ok := strings.Cut(s[:end], "encoding"); ok {
				if label := strings.Trim(strings.TrimLeft(after, " \t\r\n="), " \t\r\n"); label != "" && (label[0] == '"' || label[0] == '\'') {
					label, _, _ = strings.Cut(label[1:], label[:1])
					if _, ok := Lookup(label); ok {
						return label
					}
				}
			}
		}
	}
	p := prescan{s: s}
	unknown := ""
	for p.pos < len(p.s) {
		i := strings.IndexByte(p.s[p.pos:], '<')
		if i < 0 {
			break
		}
		p.pos += i
		if label := p.tag(); label != "" {
			if _, ok := Lookup(label); ok {
				return label
			}
			unknown = label
		}
	}
	return unknown
}

// prescan reads just enough of HTML to find a declaration.
type prescan struct {
	s   string
	pos int
}

// tag reads the tag at pos and returns the label it declares.
func (p *prescan) tag() string {
	rest := p.s[p.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		if end := strings.Index(rest[2:], "-->"); end >= 0 {
			p.pos += 2 + end + 3
		} else {
			p.pos = len(p.s)
		}
		return ""
	case len(rest) > 5 && strings.EqualFold(rest[:5], "<meta") && (isSpace(rest[5]) || rest[5] == '/'):
		p.pos += 5
		return p.meta()
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'), len(rest) > 2 && rest[1] == '/' && !isAlpha(rest[2]):
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			p.pos += end + 1
		} else {
			p.pos = len(p.s)
		}
		return ""
	case len(rest) > 1 && isAlpha(rest[1]), len(rest) > 2 && rest[1] == '/':
		end := strings.IndexAny(rest, " \t\r\n\f>")
		if end < 0 {
			p.pos = len(p.s)
			return ""
		}
		p.pos += end
		for {
			if name, _ := p.attribute(); name == "" {
				return ""
			}
		}
	}
	p.pos++
	return ""
}

// meta reads the attributes of a meta element.
func (p *prescan) meta() string {
	var charset, content string
	pragma := false
	for {
		name, value := p.attribute()
		switch name {
		case "":
			if p.pos >= len(p.s) {
				return "" // cut off: nothing of it counts
			}
			if charset != "" {
				return charset
			}
			if pragma {
				return labelIn(content)
			}
			return ""
		case "charset":
			if charset == "" {
				charset = strings.TrimSpace(value)
			}
		case "content":
			if content == "" {
				content = value
			}
		case "http-equiv":
			pragma = pragma || strings.EqualFold(strings.TrimSpace(value), "content-type")
		}
	}
}

// attribute reads the next attribute, "" at the end of the tag.
func (p *prescan) attribute() (name, value string) {
	for p.pos < len(p.s) && (isSpace(p.s[p.pos]) || p.s[p.pos] == '/') {
		p.pos++
	}
	if p.pos >= len(p.s) || p.s[p.pos] == '>' {
		return "", ""
	}
	start := p.pos
	for p.pos < len(p.s) && (p.s[p.pos] != '=' || p.pos == start) && !isSpace(p.s[p.pos]) && p.s[p.pos] != '/' && p.s[p.pos] != '>' {
		p.pos++
	}
	name = strings.ToLower(p.s[start:p.pos])
	mark := p.pos
	for p.pos < len(p.s) && isSpace(p.s[p.pos]) {
		p.pos++
	}
	if p.pos >= len(p.s) || p.s[p.pos] != '=' {
		p.pos = mark
		return name, ""
	}
	p.pos++
	for p.pos < len(p.s) && isSpace(p.s[p.pos]) {
		p.pos++
	}
	if p.pos >= len(p.s) {
		return name, ""
	}
	if q := p.s[p.pos]; q == '"' || q == '\'' {
		rest := p.s[p.pos+1:]
		end := strings.IndexByte(rest, q)
		if end < 0 {
			p.pos = len(p.s)
			return "", ""
		}
		p.pos += end + 2
		return name, rest[:end]
	}
	start = p.pos
	for p.pos < len(p.s) && !isSpace(p.s[p.pos]) && p.s[p.pos] != '>' {
		p.pos++
	}
	return name, p.s[start:p.pos]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
