package document

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
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
