package document

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// xmlLexer reads XML the way a leak scanner has to: it never refuses. Broken
// markup, a missing end or a stray end tag is repaired and noted in broken,
// so that everything before and after the damage is still read. Start and end
// tokens always balance. Bytes are only valid until the next call.
//
// encoding/xml is not used because it stops at the first fault and is about
// four times slower on large worksheets.
type xmlLexer struct {
	r        io.Reader
	buf      []byte
	pos, end int
	eof      bool

	kind  xmlToken
	name  []byte // local name of the start or end tag
	space []byte // prefix of the tag, without the colon
	text  []byte
	attrs []xmlAttr

	broken  bool  // the markup was repaired somewhere
	readErr error // the stream ended by an error instead of its end

	stack   []byte // full names of open elements
	marks   []int  // where each of them starts in stack
	pending int    // end tokens still to be given before the next token
	selfEnd bool
	scratch []byte
}

type xmlToken uint8

const (
	xmlStart xmlToken = iota + 1
	xmlEnd
	xmlText
)

// xmlAttr is one attribute; name is local, without the prefix.
type xmlAttr struct {
	name, space, value []byte
}

const (
	xmlTextChunk = 64 << 10 // longer texts are given in pieces
	xmlTagLimit  = 4 << 20  // a longer tag is cut
	xmlMaxOpen   = 20000    // deeper nesting is flattened
)

func newXMLLexer(r io.Reader) *xmlLexer {
	x := &xmlLexer{r: r, buf: make([]byte, 32<<10)}
	x.fill()
	x.decode()
	return x
}

// decode looks at the byte order mark and the XML declaration and puts a
// decoder in front of the reader when the part is not UTF-8.
func (x *xmlLexer) decode() {
	for x.end < 200 && x.fill() {
	}
	head := x.buf[:x.end]
	var dec transform.Transformer
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		x.pos = 3
		return
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{'<', 0}):
		dec = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0, '<'}):
		dec = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	default:
		if i := bytes.Index(head, []byte("?>")); i > 0 && bytes.HasPrefix(head, []byte("<?xml")) {
			if e, err := htmlindex.Get(declaredEncoding(head[:i])); err == nil {
				if n, _ := htmlindex.Name(e); n != "utf-8" {
					dec = e.NewDecoder()
				}
			}
		}
	}
	if dec == nil {
		return
	}
	rest := append([]byte(nil), head...)
	x.r = transform.NewReader(io.MultiReader(bytes.NewReader(rest), x.r), dec)
	x.pos, x.end, x.eof = 0, 0, false
	x.fill()
}

func declaredEncoding(decl []byte) string {
	_, after, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, " \t\r\n=")
	if len(after) < 2 || (after[0] != '"' && after[0] != '\'') {
		return ""
	}
	name, _, _ := bytes.Cut(after[1:], after[:1])
	return strings.ToLower(string(name))
}

// fill reads more behind pos, keeping what is unread; false at the end.
func (x *xmlLexer) fill() bool {
	if x.eof {
		return false
	}
	if x.pos > 0 {
		copy(x.buf, x.buf[x.pos:x.end])
		x.end -= x.pos
		x.pos = 0
	}
	if x.end == len(x.buf) {
		grown := make([]byte, 2*len(x.buf))
		copy(grown, x.buf[:x.end])
		x.buf = grown
	}
	for tries := 0; tries < 100; tries++ {
		n, err := x.r.Read(x.buf[x.end:])
		x.end += n
		if err != nil {
			x.eof = true
			if err != io.EOF {
				x.readErr = err
			}
		}
		if n > 0 {
			return true
		}
		if x.eof {
			return false
		}
	}
	x.eof, x.readErr = true, io.ErrNoProgress
	return false
}

// until returns the offset from pos of the byte after the first occurrence of
// mark, reading on as needed; at the limit or the end it returns what there is.
func (x *xmlLexer) until(mark string, from, limit int) (int, bool) {
	for {
		if i := bytes.Index(x.buf[x.pos+from:x.end], []byte(mark)); i >= 0 {
			return from + i + len(mark), true
		}
		from = max(from, x.end-x.pos-len(mark)+1)
		if x.end-x.pos > limit || !x.fill() {
			return x.end - x.pos, false
		}
	}
}

// next moves to the next token; false at the end of the input.
func (x *xmlLexer) next() bool {
	if x.pending > 0 {
		x.pending--
		return x.pop()
	}
	if x.selfEnd {
		x.selfEnd = false
		return x.pop()
	}
	for {
		if x.pos == x.end && !x.fill() {
			if len(x.marks) == 0 {
				return false
			}
			x.broken = true
			return x.pop()
		}
		if x.buf[x.pos] != '<' {
			if x.readText() {
				return true
			}
			continue
		}
		if x.end-x.pos < 12 {
			x.fill()
		}
		if done := x.readMarkup(); done {
			return true
		}
	}
}

// pop gives the end token of the innermost open element.
func (x *xmlLexer) pop() bool {
	last := len(x.marks) - 1
	full := x.stack[x.marks[last]:]
	x.stack, x.marks = x.stack[:x.marks[last]], x.marks[:last]
	x.kind = xmlEnd
	x.space, x.name = splitName(full)
	return true
}

func splitName(full []byte) (space, local []byte) {
	if i := bytes.IndexByte(full, ':'); i >= 0 {
		return full[:i], full[i+1:]
	}
	return nil, full
}

func (x *xmlLexer) readText() bool {
	i := bytes.IndexByte(x.buf[x.pos:x.end], '<')
	for from := 0; i < 0; {
		if from = x.end - x.pos; from >= xmlTextChunk || !x.fill() {
			break
		}
		if i = bytes.IndexByte(x.buf[x.pos+from:x.end], '<'); i >= 0 {
			i += from
		}
	}
	n := i
	if i < 0 {
		n = x.end - x.pos
		if !x.eof {
			n = safeCut(x.buf[x.pos:x.end])
		}
	}
	raw := x.buf[x.pos : x.pos+n]
	x.pos += n
	x.kind = xmlText
	x.text = x.unescape(raw)
	return len(x.text) > 0
}

// safeCut returns a length at which text can be split without breaking a
// character or an entity.
func safeCut(b []byte) int {
	n := len(b)
	if i := bytes.LastIndexByte(b[max(0, n-12):], '&'); i >= 0 {
		n = max(0, n-12) + i
	}
	for k := 0; k < 3 && n > 0 && !utf8.RuneStart(b[n-1]); k++ {
		n--
	}
	if n > 0 && b[n-1] >= utf8.RuneSelf && utf8.RuneStart(b[n-1]) {
		n--
	}
	if n <= 0 {
		return len(b)
	}
	return n
}

// readMarkup handles what follows a "<"; false means: nothing to give, go on.
func (x *xmlLexer) readMarkup() bool {
	b := x.buf[x.pos:x.end]
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		n, ok := x.until("-->", 4, xmlTagLimit)
		x.broken = x.broken || !ok
		x.pos += n
		return false
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		n, ok := x.until("]]>", 9, xmlTagLimit)
		x.text = x.buf[x.pos+9 : x.pos+n]
		if ok {
			x.text = x.text[:len(x.text)-3]
		}
		x.broken = x.broken || !ok
		x.pos += n
		x.kind = xmlText
		return len(x.text) > 0
	case len(b) > 1 && b[1] == '?':
		n, ok := x.until(">", 2, xmlTagLimit)
		x.broken = x.broken || !ok
		x.pos += n
		return false
	case len(b) > 1 && b[1] == '!':
		n, ok := x.until(">", 2, xmlTagLimit)
		if i := bytes.IndexByte(x.buf[x.pos:x.pos+n], '['); i >= 0 {
			n, ok = x.until("]", i, xmlTagLimit)
			if ok {
				n, ok = x.until(">", n, xmlTagLimit)
			}
		}
		x.broken = x.broken || !ok
		x.pos += n
		return false
	case len(b) > 1 && b[1] == '/':
		return x.readEnd()
	case len(b) > 1 && nameByte(b[1]):
		return x.readStart()
	}
	// A lone "<" is text.
	x.broken = true
	x.kind, x.text = xmlText, b[:1]
	x.pos++
	return true
}

func nameByte(c byte) bool {
	return c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (x *xmlLexer) readEnd() bool {
	n, ok := x.until(">", 2, xmlTagLimit)
	full := x.buf[x.pos+2 : x.pos+n]
	if ok {
		full = full[:len(full)-1]
	} else {
		x.broken = true
	}
	full = bytes.TrimSpace(full)
	x.pos += n
	for k := len(x.marks) - 1; k >= 0 && k >= len(x.marks)-64; k-- {
		stop := len(x.stack)
		if k+1 < len(x.marks) {
			stop = x.marks[k+1]
		}
		if bytes.Equal(x.stack[x.marks[k]:stop], full) {
			x.pending = len(x.marks) - 1 - k
			x.broken = x.broken || x.pending > 0
			return x.pop()
		}
	}
	x.broken = true
	return false
}

func (x *xmlLexer) readStart() bool {
	n, ok := x.tagEnd()
	tag := x.buf[x.pos+1 : x.pos+n]
	x.pos += n
	if ok {
		tag = tag[:len(tag)-1]
	} else {
		x.broken = true
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		tag = tag[:len(tag)-1]
		x.selfEnd = true
	}
	i := 0
	for i < len(tag) && !spaceByte(tag[i]) {
		i++
	}
	full := tag[:i]
	if len(x.marks) >= xmlMaxOpen {
		x.broken, x.selfEnd = true, false
		return false
	}
	x.marks = append(x.marks, len(x.stack))
	x.stack = append(x.stack, full...)
	x.kind = xmlStart
	x.space, x.name = splitName(full)
	x.scratch = x.scratch[:0]
	x.readAttrs(tag[i:])
	return true
}

// tagEnd finds the ">" of a start tag outside quotes. A "<" inside a quoted
// value is where a lost quote shows: the tag is taken to end there.
func (x *xmlLexer) tagEnd() (int, bool) {
	i, quote := 1, byte(0)
	for {
		for ; x.pos+i < x.end; i++ {
			switch c := x.buf[x.pos+i]; {
			case c == '<':
				return i, false
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				return i + 1, true
			}
		}
		if i > xmlTagLimit || !x.fill() {
			return x.end - x.pos, false
		}
	}
}

func spaceByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (x *xmlLexer) readAttrs(b []byte) {
	x.attrs = x.attrs[:0]
	for {
		for len(b) > 0 && (spaceByte(b[0]) || b[0] == '/') {
			b = b[1:]
		}
		eq := bytes.IndexByte(b, '=')
		if eq <= 0 {
			return
		}
		name := bytes.TrimSpace(b[:eq])
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) == 0 {
			return
		}
		var value []byte
		if q := b[0]; q == '"' || q == '\'' {
			i := bytes.IndexByte(b[1:], q)
			if i < 0 {
				value, b = b[1:], nil
			} else {
				value, b = b[1:1+i], b[i+2:]
			}
		} else {
			i := bytes.IndexAny(b, " \t\r\n")
			if i < 0 {
				i = len(b)
			}
			value, b = b[:i], b[i:]
		}
		space, local := splitName(name)
		x.attrs = append(x.attrs, xmlAttr{local, space, x.unescape(value)})
	}
}

// attr returns the value of the attribute with this local name, "" without it.
func (x *xmlLexer) attr(local string) string {
	for i := range x.attrs {
		if string(x.attrs[i].name) == local {
			return string(x.attrs[i].value)
		}
	}
	return ""
}

// attrIn is attr for a name that occurs both with and without a prefix.
func (x *xmlLexer) attrIn(space, local string) string {
	for i := range x.attrs {
		if string(x.attrs[i].name) == local && string(x.attrs[i].space) == space {
			return string(x.attrs[i].value)
		}
	}
	return ""
}

// hasAttr reports whether an attribute of this local name is there.
func (x *xmlLexer) hasAttr(local string) bool {
	for i := range x.attrs {
		if string(x.attrs[i].name) == local {
			return true
		}
	}
	return false
}

// flag reads an on/off property element: present without a value means on.
func (x *xmlLexer) flag() bool {
	switch x.attr("val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// unescape resolves entities. Without any it returns b itself.
func (x *xmlLexer) unescape(b []byte) []byte {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b
	}
	// Values are appended to scratch so that the attributes of one tag do not
	// overwrite each other; texts start it anew.
	if x.kind == xmlText {
		x.scratch = x.scratch[:0]
	}
	start := len(x.scratch)
	for amp >= 0 {
		x.scratch = append(x.scratch, b[:amp]...)
		b = b[amp:]
		semi := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if semi < 0 {
			x.scratch = append(x.scratch, '&')
			b = b[1:]
		} else {
			x.scratch = appendXMLEntity(x.scratch, b[:semi+1])
			b = b[semi+1:]
		}
		amp = bytes.IndexByte(b, '&')
	}
	x.scratch = append(x.scratch, b...)
	return x.scratch[start:]
}

func appendXMLEntity(dst, ent []byte) []byte {
	name := string(ent[1 : len(ent)-1])
	switch name {
	case "amp":
		return append(dst, '&')
	case "lt":
		return append(dst, '<')
	case "gt":
		return append(dst, '>')
	case "quot":
		return append(dst, '"')
	case "apos":
		return append(dst, '\'')
	case "nbsp":
		return append(dst, "\u00a0"...)
	}
	if strings.HasPrefix(name, "#") {
		num, base := name[1:], 10
		if strings.HasPrefix(num, "x") || strings.HasPrefix(num, "X") {
			num, base = num[1:], 16
		}
		if v, err := strconv.ParseUint(num, base, 32); err == nil && v > 0 && v <= utf8.MaxRune && !utf16.IsSurrogate(rune(v)) {
			return utf8.AppendRune(dst, rune(v))
		}
	}
	return append(dst, ent...)
}
