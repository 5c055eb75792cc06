package document

import (
	"strings"
)

// attr is one attribute as written: the name not lower-cased, the value with
// its entities.
type attr struct {
	name, value string
	role        attrRole // filled in by htmlParser.attributes
}

// startTag is a start tag the tokenizer has read.
type startTag struct {
	tag         tag
	name        string // lower case
	selfClosing bool
}

// maxAttrs bounds the attributes kept of one tag.
const maxAttrs = 20_000

// tokenizer reads HTML the way browsers do, from a string, without copying.
// It is lenient where browsers drop text: an attribute whose quote never
// closes ends with its tag, and a tag cut off by the end of the page counts.
// Every search that can fail is made once, so that it is linear on anything.
type tokenizer struct {
	src   string
	pos   int
	attrs []attr // of the last start tag, reused
	lower [16]byte

	dropped int // attributes beyond maxAttrs

	// Set once a search to the end of src found none.
	noDouble, noSingle, noCommentEnd bool
}

// text returns the run of text up to the next markup and moves to it.
func (z *tokenizer) text() string {
	start := z.pos
	for {
		i := strings.IndexByte(z.src[z.pos:], '<')
		if i < 0 {
			z.pos = len(z.src)
			return z.src[start:]
		}
		z.pos += i
		if z.pos+1 < len(z.src) {
			switch c := z.src[z.pos+1]; {
			case isLetter(c), c == '!', c == '?':
				return z.src[start:z.pos]
			case c == '/':
				if z.pos+2 < len(z.src) && (isLetter(z.src[z.pos+2]) || z.src[z.pos+2] == '>') {
					return z.src[start:z.pos]
				}
			}
		}
		z.pos++
	}
}

// tagName reads a name at pos and returns it in lower case with its tag.
func (z *tokenizer) tagName() (string, tag) {
	start := z.pos
	upper := false
	for z.pos < len(z.src) {
		c := z.src[z.pos]
		if c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') || c == '/' || c == '>' {
			break
		}
		if c == '<' && z.pos > start {
			break // a tag that never closed: browsers would swallow the next one
		}
		upper = upper || c >= 'A' && c <= 'Z'
		z.pos++
	}
	name := shortName(z.src[start:z.pos])
	if !upper {
		t, _ := tagIndex.get(name)
		return name, t
	}
	if len(name) > len(z.lower) {
		return strings.ToLower(name), tagOther
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		z.lower[i] = c
	}
	t, ok := tagIndex.get(string(z.lower[:len(name)]))
	if ok && tagNames[t] != "" {
		return tagNames[t], t // without a copy
	}
	return string(z.lower[:len(name)]), t
}

// shortName bounds a name that goes into the path of every segment.
func shortName(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "")
}

// startTag reads the tag at pos, which stands on "<" before a letter.
func (z *tokenizer) startTag() startTag {
	z.pos++
	var t startTag
	t.name, t.tag = z.tagName()
	z.attrs = z.attrs[:0]
	for {
		z.skipSpace()
		if z.pos >= len(z.src) {
			return t
		}
		switch z.src[z.pos] {
		case '>':
			z.pos++
			return t
		case '/':
			z.pos++
			if z.pos < len(z.src) && z.src[z.pos] == '>' {
				z.pos++
				t.selfClosing = true
				return t
			}
			continue
		case '<':
			if z.pos+1 < len(z.src) && (isLetter(z.src[z.pos+1]) || z.src[z.pos+1] == '/' || z.src[z.pos+1] == '!') {
				return t // the tag was never closed
			}
		}
		z.attribute()
	}
}

// attribute reads one attribute at pos.
func (z *tokenizer) attribute() {
	start := z.pos
	z.pos++ // the first byte belongs to the name whatever it is
	for z.pos < len(z.src) {
		c := z.src[z.pos]
		if c <= ' ' || c == '/' || c == '>' || c == '=' {
			break
		}
		z.pos++
	}
	a := attr{name: z.src[start:z.pos]}
	mark := z.pos
	z.skipSpace()
	if z.pos < len(z.src) && z.src[z.pos] == '=' {
		z.pos++
		z.skipSpace()
		a.value = z.attributeValue()
	} else {
		z.pos = mark
	}
	if len(z.attrs) == maxAttrs {
		z.dropped++
		return
	}
	z.attrs = append(z.attrs, a)
}

func (z *tokenizer) attributeValue() string {
	if z.pos >= len(z.src) {
		return ""
	}
	switch quote := z.src[z.pos]; quote {
	case '"', '\'':
		none := &z.noDouble
		if quote == '\'' {
			none = &z.noSingle
		}
		if !*none {
			if i := strings.IndexByte(z.src[z.pos+1:], quote); i >= 0 {
				v := z.src[z.pos+1 : z.pos+1+i]
				z.pos += i + 2
				return v
			}
			*none = true
		}
		z.pos++
		return z.until('>')
	}
	start := z.pos
	for z.pos < len(z.src) {
		c := z.src[z.pos]
		if c == '>' || c <= ' ' {
			break
		}
		z.pos++
	}
	return z.src[start:z.pos]
}

// until returns src from pos up to the next c, or to the end.
func (z *tokenizer) until(c byte) string {
	rest := z.src[z.pos:]
	if i := strings.IndexByte(rest, c); i >= 0 {
		rest = rest[:i]
	}
	z.pos += len(rest)
	return rest
}

func (z *tokenizer) skipSpace() {
	for z.pos < len(z.src) {
		switch z.src[z.pos] {
		case ' ', '\t', '\n', '\r', '\f':
			z.pos++
		default:
			return
		}
	}
}

// endTag reads the tag at pos, which stands on "</".
func (z *tokenizer) endTag() (string, tag) {
	z.pos += 2
	name, t := z.tagName()
	z.until('>')
	if z.pos < len(z.src) {
		z.pos++
	}
	return name, t
}

// declaration reads what starts with "<!" or "<?" at pos: it returns the
// content of a comment or a CDATA section, "" for a doctype of sane length.
func (z *tokenizer) declaration() (content string, cdata bool) {
	rest := z.src[z.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		z.pos += 4
		return z.comment(), false
	case strings.HasPrefix(rest, "<![CDATA["):
		z.pos += 9
		if i := strings.Index(rest[9:], "]]>"); i >= 0 {
			z.pos += i + 3
			return rest[9 : 9+i], true
		}
	case len(rest) >= 9 && strings.EqualFold(rest[:9], "<!doctype"):
		content = z.until('>')
		z.pos = min(z.pos+1, len(z.src))
		if len(content) < 512 {
			content = ""
		}
		return content, false
	default:
		z.pos += 2
	}
	content = z.until('>')
	z.pos = min(z.pos+1, len(z.src))
	return content, false
}

// comment returns the content of the comment whose "<!--" was just read.
func (z *tokenizer) comment() string {
	rest := z.src[z.pos:]
	switch {
	case strings.HasPrefix(rest, ">"):
		z.pos++
		return ""
	case strings.HasPrefix(rest, "->"):
		z.pos += 2
		return ""
	}
	if !z.noCommentEnd {
		for from := 0; ; {
			i := strings.Index(rest[from:], "--")
			if i < 0 {
				break
			}
			end := from + i
			after := rest[end+2:]
			if strings.HasPrefix(after, ">") {
				z.pos += end + 3
				return rest[:end]
			}
			if strings.HasPrefix(after, "!>") {
				z.pos += end + 4
				return rest[:end]
			}
			from = end + 1
		}
		z.noCommentEnd = true
	}
	z.pos = len(z.src)
	return rest
}

// rawText returns the content up to the end tag of name and moves behind it.
// Without an end tag it is the rest of the page.
func (z *tokenizer) rawText(name string) string {
	start := z.pos
	for {
		i := strings.Index(z.src[z.pos:], "</")
		if i < 0 {
			z.pos = len(z.src)
			return z.src[start:]
		}
		z.pos += i
		after := z.src[z.pos+2:]
		if len(after) >= len(name) && strings.EqualFold(after[:len(name)], name) {
			if len(after) == len(name) || after[len(name)] <= ' ' || after[len(name)] == '>' || after[len(name)] == '/' {
				content := z.src[start:z.pos]
				z.endTag()
				return content
			}
		}
		z.pos += 2
	}
}
