package document

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// maxScriptSegment is the length, in bytes, from which script text is cut at
// the next end of a line or statement.
const maxScriptSegment = 32 << 10

// nested reads markup found inside the page's markup: all of its text is of
// kind, "" by context. path is where it stood.
func (p *htmlParser) nested(src string, kind scanner.Kind, path string) {
	if isBlank(src) || p.err != nil {
		return
	}
	if p.level >= maxNesting {
		p.segment(p.kindOr(scanner.KindHidden), trimSpace(src), path)
		return
	}
	q := htmlParser{page: p.page, tokenizer: tokenizer{src: src}, force: kind, prefix: path, level: p.level + 1}
	if kind == scanner.KindComment {
		q.level = maxNesting // no scripts or frames run in a comment
	}
	p.err = q.run()
}

// comment reads a comment: its text, and that of markup in it.
func (p *htmlParser) comment(content string) {
	if isBlank(content) {
		return
	}
	text := content
	if strings.HasPrefix(text, "[if") || strings.HasPrefix(text, "[endif") || strings.HasPrefix(text, "<![endif") {
		if _, after, ok := strings.Cut(text, "]>"); ok {
			text = strings.TrimSuffix(after, "<![endif]")
		} else {
			return
		}
	}
	path := p.path() + "/comment()"
	if SniffMarkup(text) || strings.HasPrefix(trimSpace(text), "<") && strings.Contains(text, "</") {
		p.nested(text, scanner.KindComment, path)
		return
	}
	p.segment(p.kindOr(scanner.KindComment), trimSpace(text), path)
}

// styleElement reads the text of a style element: its comments and strings.
func (p *htmlParser) styleElement(css string) {
	if !isBlank(css) {
		p.scriptPieces(decodeCSS(css), p.path())
	}
}

// decodeCSS decodes the escapes of style sheets: content:"\673A\5BC6".
func decodeCSS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		n, v := 0, rune(0)
		if s[i] == '\\' {
			for n < 6 && i+1+n < len(s) && unhex(s[i+1+n]) >= 0 {
				v = v<<4 | rune(unhex(s[i+1+n]))
				n++
			}
		}
		if n == 0 || v < ' ' {
			b = append(b, s[i])
			continue
		}
		b = utf8.AppendRune(b, v)
		i += n
		if i+1 < len(s) && s[i+1] == ' ' {
			i++ // ends the escape
		}
	}
	return string(b)
}

// scriptElement reads the content of a script element by its type.
func (p *htmlParser) scriptElement(src string) {
	if isBlank(src) {
		return
	}
	kind, _ := p.attr("type")
	kind = strings.ToLower(kind)
	switch {
	case strings.Contains(kind, "html"), strings.Contains(kind, "template"):
		p.nested(src, p.kindOr(scanner.KindHidden), p.path())
		return
	case strings.Contains(kind, "xml"):
		// The lists of one content management system: records of HTML in
		// CDATA, shown page by page.
		p.nested(strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(src), p.force, p.path())
		return
	}
	p.scriptText(src, "script", p.path())
}

// scriptText reads JavaScript or JSON: its text for the scanner, the addresses
// in its strings as links, the markup in its strings as markup.
func (p *htmlParser) scriptText(src, via, path string) {
	if p.level >= maxNesting {
		p.scriptPieces(src, path)
		return
	}
	r := scriptReader{src: src}
	from := 0
	for {
		lit, ok := r.next()
		if !ok {
			break
		}
		if len(lit.value) < 2 {
			continue
		}
		if strings.IndexByte(lit.value, '<') >= 0 && holdsTag(lit.value) {
			p.scriptPieces(src[from:lit.start], path)
			from = lit.end
			p.nested(decodeScript(lit.value), p.kindOr(scanner.KindScript), path)
			continue
		}
		if p.force == scanner.KindComment {
			continue
		}
		if r.joined(&lit) {
			p.addLink(lit.value, via)
			continue
		}
		if ref := r.address(lit); ref != "" {
			p.addLink(decodeScript(ref), via)
		}
	}
	p.scriptPieces(src[from:], path)
	p.pagingLinks(src)
}

// holdsTag reports whether s has a tag of HTML in it.
func holdsTag(s string) bool {
	for i := strings.IndexByte(s, '<'); i >= 0; {
		if isHTMLTag(s[i:]) || strings.HasPrefix(s[i:], `<\/`) {
			return true
		}
		next := strings.IndexByte(s[i+1:], '<')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// scriptPieces emits script text, its escapes decoded, in pieces of bounded
// length.
func (p *htmlParser) scriptPieces(src, path string) {
	src = trimSpace(src)
	if strings.IndexFunc(src, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return // what is left between two strings
	}
	if strings.IndexByte(src, '\\') >= 0 || strings.IndexByte(src, '%') >= 0 {
		src = decodeScript(src)
	}
	if strings.Contains(src, "fromCharCode(") {
		src = decodeCharCodes(src)
	}
	for src != "" {
		n := len(src)
		if n > maxScriptSegment {
			if i := strings.IndexAny(src[maxScriptSegment:min(n, 2*maxScriptSegment)], "\n;}"); i >= 0 {
				n = maxScriptSegment + i + 1
			} else {
				n = cutText(src, maxScriptSegment)
			}
		}
		p.segment(p.kindOr(scanner.KindScript), src[:n], path)
		src = src[n:]
	}
}

// decodeScript decodes the escapes of JavaScript and JSON strings, and those
// of the old escape function (%u673A).
func decodeScript(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c == '%' && i+5 < len(s) {
			if s[i+1] == 'u' {
				if v := hex4(s[i+2:]); v >= 0 {
					b, i = appendUnit(b, s, i+6, v, "%u")
					continue
				}
			} else if r, n := percentRune(s[i:]); n > 0 {
				b = utf8.AppendRune(b, r)
				i += n
				continue
			}
		}
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			i++
			continue
		}
		b, i = appendEscape(b, s, i)
	}
	return string(b)
}

// percentRune decodes a character beyond ASCII that is written as the percent
// escapes of its UTF-8, and returns how many bytes of s it took.
func percentRune(s string) (rune, int) {
	var b [4]byte
	n := 0
	for n < len(b) && len(s) >= 3*n+3 && s[3*n] == '%' {
		hi, lo := unhex(s[3*n+1]), unhex(s[3*n+2])
		if hi < 8 || lo < 0 {
			break
		}
		b[n] = byte(hi<<4 | lo)
		n++
	}
	r, size := utf8.DecodeRune(b[:n])
	if r == utf8.RuneError || size < 2 {
		return 0, 0
	}
	return r, 3 * size
}

// decodeCharCodes replaces String.fromCharCode(26426,23494) by what it makes.
func decodeCharCodes(s string) string {
	const call = "fromCharCode("
	var b strings.Builder
	for {
		i := strings.Index(s, call)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+len(call)])
		s = s[i+len(call):]
		end := strings.IndexByte(s, ')')
		if end < 0 || end > 64<<10 {
			continue
		}
		var units []uint16
		for arg := range strings.SplitSeq(s[:end], ",") {
			v, err := strconv.ParseUint(strings.TrimSpace(arg), 0, 16)
			if err != nil {
				units = nil
				break
			}
			units = append(units, uint16(v))
		}
		if len(units) > 0 {
			b.WriteString(string(utf16.Decode(units)))
			s = s[end:]
		}
	}
}

// appendEscape decodes the backslash escape at s[i].
func appendEscape(b []byte, s string, i int) ([]byte, int) {
	switch s[i+1] {
	case 'u':
		if v := hex4(s[i+2:]); v >= 0 {
			return appendUnit(b, s, i+6, v, `\u`)
		}
		if i+2 < len(s) && s[i+2] == '{' {
			if j := strings.IndexByte(s[i+3:min(len(s), i+11)], '}'); j > 0 {
				v := rune(0)
				for _, c := range []byte(s[i+3 : i+3+j]) {
					h := unhex(c)
					if h < 0 {
						return append(b, '\\'), i + 1
					}
					v = v<<4 | rune(h)
				}
				return utf8.AppendRune(b, v), i + 4 + j
			}
		}
	case 'x':
		if i+3 < len(s) {
			if hi, lo := unhex(s[i+2]), unhex(s[i+3]); hi >= 0 && lo >= 0 {
				return utf8.AppendRune(b, rune(hi<<4|lo)), i + 4
			}
		}
	case 'n', 'r':
		return append(b, '\n'), i + 2
	case 't':
		return append(b, '\t'), i + 2
	case '/', '"', '\'', '\\':
		return append(b, s[i+1]), i + 2
	}
	return append(b, '\\'), i + 1
}

// appendUnit appends the UTF-16 unit v, joined with a low surrogate after it.
func appendUnit(b []byte, s string, next int, v int, prefix string) ([]byte, int) {
	r := rune(v)
	if utf16.IsSurrogate(r) && strings.HasPrefix(s[next:], prefix) {
		if low := hex4(s[next+2:]); low >= 0 {
			if full := utf16.DecodeRune(r, rune(low)); full != utf8.RuneError {
				return utf8.AppendRune(b, full), next + 6
			}
		}
	}
	return utf8.AppendRune(b, r), next // a lone surrogate becomes U+FFFD
}

func hex4(s string) int {
	if len(s) < 4 {
		return -1
	}
	v := 0
	for i := range 4 {
		h := unhex(s[i])
		if h < 0 {
			return -1
		}
		v = v<<4 | h
	}
	return v
}

// dataURI reads what an address carries in itself. Small pictures are icons.
func (p *htmlParser) dataURI(ref string) {
	head, body, ok := strings.Cut(ref[len("data:"):], ",")
	if !ok || p.err != nil {
		return
	}
	head = strings.ToLower(head)
	var data []byte
	if strings.HasSuffix(head, ";base64") {
		body = decodePercent(body)
		clean := strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, strings.TrimRight(body, "= \n\r\t"))
		enc := base64.RawStdEncoding
		if strings.ContainsAny(clean, "-_") {
			enc = base64.RawURLEncoding
		}
		data, _ = enc.DecodeString(clean) // what decodes before an error is read
		head = strings.TrimSuffix(head, ";base64")
	} else {
		data = []byte(decodePercent(body))
	}
	if strings.HasPrefix(head, "image/svg") || strings.HasPrefix(head, "text/html") {
		text, _ := charset.Decode(data, charset.Hint{ContentType: head, HTML: true})
		p.nested(text, p.force, p.elementPath(len(p.stack)))
		return
	}
	const icon = 8 << 10
	if len(data) == 0 || strings.HasPrefix(head, "image/") && len(data) < icon || bytes.HasPrefix(data, []byte("wOF")) {
		return
	}
	p.inline++
	p.err = p.f.childBytes(p.ctx, fmt.Sprintf("data-%d", p.inline), head, data)
}
