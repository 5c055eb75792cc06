package document

import (
	"strconv"
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

const (
	maxPagingLinks  = 300 // pages ahead of the current one that are linked
	maxPagingScript = 1 << 20
)

// pagingLinks reads the calls by which the content management systems of
// Chinese portals build the links to further pages of a list: TRS WCM's
// createPageHTML(pages, current, "index", "html") and its countPage variable.
func (p *htmlParser) pagingLinks(src string) {
	if len(src) > maxPagingScript {
		return
	}
	for rest := src; ; {
		i := indexFold(rest, "createpage")
		if i < 0 {
			break
		}
		rest = rest[i+len("createpage"):]
		open := strings.IndexByte(rest, '(')
		if open < 0 || open > 12 {
			continue
		}
		if end := strings.IndexByte(rest, ')'); end > open {
			p.pagingCall(rest[open+1 : end])
		}
	}
	if n := scriptNumber(src, "countPage"); n > 1 {
		p.pageSeries(n, max(scriptNumber(src, "currentPage"), 0), "", "")
	}
}

// pagingCall reads the arguments of one call.
func (p *htmlParser) pagingCall(args string) {
	var numbers []int
	var words []string
	for arg := range strings.SplitSeq(args, ",") {
		arg = strings.TrimSpace(arg)
		quoted := len(arg) >= 2 && (arg[0] == '"' || arg[0] == '\'')
		arg = strings.Trim(arg, `"' `)
		if n, err := strconv.Atoi(arg); err == nil {
			numbers = append(numbers, n)
		} else if quoted {
			words = append(words, arg)
		}
	}
	if len(numbers) == 0 || numbers[0] < 2 {
		return
	}
	current := 0
	if len(numbers) > 1 {
		current = numbers[1]
	}
	for i := len(words) - 1; i >= 1; i-- {
		if isPageExt(words[i]) {
			p.pageSeries(numbers[0], current, words[i-1], words[i])
			return
		}
	}
	p.pageSeries(numbers[0], current, "", "")
}

// pageSeries links the pages name_1.ext … name_(n-1).ext that lie ahead of
// the current one, and the one before it.
func (p *htmlParser) pageSeries(n, current int, name, ext string) {
	if name == "" {
		name, ext = "index", "html"
		if file := FileName(p.f.url, ""); file != "" {
			stem, e, ok := strings.Cut(file, ".")
			if ok && isPageExt(e) {
				if i := strings.LastIndexByte(stem, '_'); i > 0 && allDigits(stem[i+1:]) {
					stem = stem[:i]
				}
				name, ext = stem, e
			}
		}
	}
	if current < 0 || current >= n {
		current = 0
	}
	if current > 0 {
		p.addLink(name+"."+ext, "paging")
	}
	for i := max(1, current-1); i < n && i <= current+maxPagingLinks && p.paging < 4*maxPagingLinks; i++ {
		p.paging++
		p.addLink(name+"_"+strconv.Itoa(i)+"."+ext, "paging")
	}
}

// scriptNumber returns the number assigned to a variable, -1 for none.
func scriptNumber(src, name string) int {
	i := strings.Index(src, name)
	if i < 0 {
		return -1
	}
	rest := strings.TrimLeft(src[i+len(name):min(len(src), i+len(name)+20)], " \t")
	if !strings.HasPrefix(rest, "=") {
		return -1
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	end := 0
	for end < len(rest) && end < 7 && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return -1
	}
	return n
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// indexFold is strings.Index without regard to the case of ASCII; sep is
// lower case.
func indexFold(s, sep string) int {
	for i := 0; i+len(sep) <= len(s); {
		j := strings.IndexAny(s[i:len(s)-len(sep)+1], string([]byte{sep[0], sep[0] - 0x20}))
		if j < 0 {
			return -1
		}
		i += j
		if strings.EqualFold(s[i:i+len(sep)], sep) {
			return i
		}
		i++
	}
	return -1
}
