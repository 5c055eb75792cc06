package document

import (
	"strings"
	"unicode"
)

// scriptReader finds the string literals of a script. It is a lexer that
// knows comments, strings and regular expressions, nothing else.
type scriptReader struct {
	src  string
	pos  int
	prev byte // last significant character

	noCommentEnd bool // a comment was found that never closes
}

// literal is one string literal: src[start:end] with its quotes.
type literal struct {
	start, end int
	value      string
}

// next returns the next string literal. Comments are passed over.
func (r *scriptReader) next() (literal, bool) {
	src := r.src
	for r.pos < len(src) {
		c := src[r.pos]
		switch {
		case c <= ' ':
			r.pos++
		case c == '"' || c == '\'' || c == '`':
			l := r.quoted(c)
			r.prev = c
			return l, true
		case c == '/' && r.pos+1 < len(src):
			r.slash()
		default:
			r.prev = c
			r.pos++
		}
	}
	return literal{}, false
}

// slash passes a comment, a regular expression or a division.
func (r *scriptReader) slash() {
	rest := r.src[r.pos:]
	switch rest[1] {
	case '/':
		if i := strings.IndexAny(rest, "\n\r"); i >= 0 {
			r.pos += i + 1
		} else {
			r.pos = len(r.src)
		}
		return
	case '*':
		if !r.noCommentEnd {
			if i := strings.Index(rest[2:], "*/"); i >= 0 {
				r.pos += i + 4
				return
			}
			r.noCommentEnd = true
		}
		r.pos += 2 // never closed: read on, nothing is lost
		return
	}
	if strings.IndexByte("(,=:[!&|?{};+-*%~^<>", r.prev) >= 0 && r.prev != 0 {
		class := false
		for i := 1; i < len(rest) && i < 2000 && rest[i] != '\n' && rest[i] != '\r'; i++ {
			switch c := rest[i]; {
			case c == '\\':
				i++
			case c == '[':
				class = true
			case c == ']':
				class = false
			case c == '/' && !class:
				r.pos += i + 1
				r.prev = '/'
				return
			}
		}
	}
	r.prev = '/'
	r.pos++
}

// quoted reads the literal at pos. One that does not close on its line ends
// there, as it does for browsers.
func (r *scriptReader) quoted(quote byte) literal {
	l := literal{start: r.pos}
	i := r.pos + 1
	for ; i < len(r.src); i++ {
		c := r.src[i]
		if c == '\\' {
			i++
			continue
		}
		if c == quote || (c == '\n' || c == '\r') && quote != '`' {
			break
		}
	}
	end := min(i, len(r.src))
	l.value = r.src[l.start+1 : end]
	l.end = min(end+1, len(r.src))
	r.pos = l.end
	return l
}

// joined reports whether l is the first of literals that the script joins
// with "+" to an address; l becomes that address, and the others are passed.
func (r *scriptReader) joined(l *literal) bool {
	whole := l.value
	at := *r
	for range 16 {
		rest := strings.TrimLeft(at.src[at.pos:], " \t\r\n")
		if !strings.HasPrefix(rest, "+") {
			break
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		if rest == "" || strings.IndexByte("\"'`", rest[0]) < 0 {
			return false
		}
		at.pos = len(at.src) - len(rest)
		whole += at.quoted(rest[0]).value
	}
	if len(whole) == len(l.value) || !looksLikeAddress(whole) {
		return false
	}
	l.value = whole
	*r = at
	return true
}

// address returns the address a literal holds, "" for none: because it looks
// like one, or because the script goes there.
func (r *scriptReader) address(l literal) string {
	v := strings.TrimSpace(l.value)
	if v == "" || len(v) > 2000 || !addressBytes(v) {
		return ""
	}
	after := strings.TrimLeft(r.src[l.end:min(len(r.src), l.end+8)], " \t\r\n")
	if strings.HasPrefix(after, "+") && !strings.HasPrefix(after, "+=") {
		return "" // only the beginning of an address
	}
	before := strings.TrimRight(r.src[max(0, l.start-48):l.start], " \t\r\n")
	if strings.HasSuffix(before, "+") {
		root := strings.TrimRight(before[:len(before)-1], " \t\r\n")
		root = strings.TrimRightFunc(root, func(r rune) bool {
			return r == '_' || r == '$' || r == '.' || r == ')' || r == '(' || unicode.IsLetter(r) || unicode.IsDigit(r)
		})
		if v[0] != '/' || !goesThere(root) {
			return "" // only the end of one
		}
		return v // location.href = root + "/index.html"
	}
	if looksLikeAddress(v) || goesThere(before) && v != "_blank" && v != "about:blank" {
		return v
	}
	return ""
}

// goesThere reports whether the script before a literal opens it as a page.
func goesThere(before string) bool {
	var space [32]byte
	n := len(space)
	for i := len(before) - 1; i >= 0 && n > 0; i-- {
		c := before[i]
		if c <= ' ' {
			continue
		}
		if n == len(space) && c != '=' && c != '(' && c != ':' {
			return false
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		n--
		space[n] = c
	}
	s := string(space[n:])
	for _, end := range opensPage {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// opensPage are the ends of script text, lower case and without white space,
// after which a string is an address.
var opensPage = [...]string{
	"location.href=", "location=", "location.replace(", "location.assign(", "window.open(", ".navigate(",
	".src=", ".href=", `"url":`, "'url':", "{url:", ",url:", `"href":`, "{href:", ",href:", `"link":`, "{link:", ",link:",
	`"linkurl":`, `"filepath":`, `"fileurl":`, `"docpuburl":`,
}

// addressBytes reports whether s has only characters an address may have.
func addressBytes(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == ' ' && i < len(s)-1, c == '<', c == '>', c == '"', c == '\'', c == '`', c == '{', c == '}', c == '|', c == '^', c == '*':
			return false
		}
	}
	return true
}

// looksLikeAddress reports whether s is the address of a page or file: an
// absolute one, or a relative one with an ending that portals use.
func looksLikeAddress(s string) bool {
	if len(s) < 3 || len(s) > 2000 || !addressBytes(s) {
		return false
	}
	lower := s
	if len(s) > 8 {
		lower = s[:8]
	}
	lower = strings.ToLower(lower)
	absolute := strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
	p := s
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		p = p[:i]
	}
	last := p[strings.LastIndexByte(p, '/')+1:]
	ext := ""
	if i := strings.LastIndexByte(last, '.'); i > 0 {
		ext = strings.ToLower(last[i+1:])
	}
	switch ext {
	case "js", "css", "png", "gif", "jpg", "jpeg", "ico", "svg", "woff", "woff2", "ttf", "eot", "swf", "map", "mp3", "webp", "bmp":
		return false
	}
	if absolute {
		return len(s) > 10 && !strings.HasSuffix(s, "://") && !strings.Contains(s, "w3.org/") && !strings.Contains(s, "schema.org")
	}
	switch {
	case strings.HasPrefix(s, "//"):
		return strings.IndexByte(s[2:], '.') > 0 && isHostByte(s[2])
	case strings.HasPrefix(s, "/"), strings.HasPrefix(s, "./"), strings.HasPrefix(s, "../"):
		return isPathStart(strings.TrimLeft(s, "./"))
	}
	if strings.HasSuffix(p, "/") && strings.Count(p, "/") >= 2 {
		return isPathStart(p)
	}
	return isPageExt(ext) && isPathStart(p) && schemeOf(p) == ""
}

func isHostByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

// isPathStart reports whether s starts like a path rather than like a regular
// expression or a number.
func isPathStart(s string) bool {
	if s == "" {
		return false
	}
	letters := false
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), c >= 0x80:
			letters = true
		case c == '(', c == ')', c == '[', c == ']', c == '\\', c == '$', c == ',', c == ';':
			if i := strings.IndexByte(s, '?'); i < 0 {
				return false
			}
		}
	}
	return letters
}

// isPageExt reports whether a file with this ending is a page or a document.
func isPageExt(ext string) bool {
	switch ext {
	case "htm", "html", "shtml", "shtm", "xhtml", "jhtml", "phtml", "jsp", "jspx", "asp", "aspx", "php", "do", "action", "cgi", "found",
		"doc", "docx", "xls", "xlsx", "ppt", "pptx", "pdf", "ofd", "wps", "et", "dps", "rtf", "csv", "zip", "rar", "7z",
		"xml", "json", "txt":
		return true
	}
	return false
}
