package sitemap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The XML reader is our own because lists in the wild are seldom well-formed:
// a bare & in one URL must not cost the other forty thousand. It knows tags,
// attributes, CDATA, comments and the five entities, and ignores the rest.

// maxDepth bounds the stack of open elements; lists need five.
const maxDepth = 64

type xmlState struct {
	*parser
	stack []string // local names of open elements
	text  []byte   // since the last tag
	item  item
	root  bool
	gb    bool // declared to be in GB2312, GBK or GB18030
	done  bool // the root was closed
}

func (p *parser) xml(in *bufio.Reader) error {
	x := &xmlState{parser: p}
	for {
		err := x.readText(in)
		if err == nil {
			err = x.markup(in)
		}
		if err == io.EOF {
			return x.end(nil)
		}
		if err != nil {
			return err
		}
	}
}

// end hands over what is at hand and says how the file ended; err is one of
// the input.
func (x *xmlState) end(err error) error {
	if e := x.flush(); e != nil {
		return e
	}
	switch {
	case err != nil:
		return damaged(err)
	case !x.root:
		return fmt.Errorf("no element in it: %w", ErrFormat)
	case !x.done:
		return fmt.Errorf("ends inside <%s>: %w", x.stack[len(x.stack)-1], ErrDamaged)
	}
	return nil
}

// readText collects up to the next tag.
func (x *xmlState) readText(in *bufio.Reader) error {
	for {
		part, err := in.ReadSlice('<')
		n := len(part)
		if err == nil {
			n--
		}
		if len(x.text) < maxLoc {
			x.text = append(x.text, part[:n]...)
		}
		switch err {
		case nil:
			return nil
		case bufio.ErrBufferFull:
		case io.EOF:
			return io.EOF
		default:
			return x.end(err)
		}
	}
}

func (x *xmlState) markup(in *bufio.Reader) error {
	head, _ := in.Peek(8)
	switch {
	case strings.HasPrefix(string(head), "!--"):
		return x.skipPast(in, "-->", nil)
	case string(head) == "![CDATA[":
		if _, err := in.Discard(8); err != nil {
			return x.end(err)
		}
		return x.skipPast(in, "]]>", &x.text)
	case len(head) > 0 && head[0] == '?':
		return x.declaration(in)
	case len(head) > 0 && head[0] == '!':
		return x.doctype(in)
	}
	tag, err := x.readTag(in)
	if err != nil {
		if err == io.EOF {
			return io.EOF
		}
		return x.end(err)
	}
	if name, ok := strings.CutPrefix(tag, "/"); ok {
		return x.closeTag(local(strings.TrimSpace(name)))
	}
	return x.openTag(tag)
}

// skipPast reads through the end mark; into, if given, takes what is before it.
func (x *xmlState) skipPast(in *bufio.Reader, mark string, into *[]byte) error {
	var tail []byte
	for {
		c, err := in.ReadByte()
		if err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return x.end(err)
		}
		tail = append(tail, c)
		if len(tail) > len(mark) {
			if into != nil && len(*into) < maxLoc {
				*into = append(*into, tail[0])
			}
			copy(tail, tail[1:])
			tail = tail[:len(mark)]
		}
		if string(tail) == mark {
			return nil
		}
	}
}

// declaration reads an XML declaration or skips another instruction.
func (x *xmlState) declaration(in *bufio.Reader) error {
	var text []byte
	err := x.skipPast(in, "?>", &text)
	if _, encoding, ok := strings.Cut(strings.ToLower(string(text)), "encoding"); ok && !x.root {
		x.gb = strings.HasPrefix(strings.TrimLeft(encoding, " \t\r\n=\"'"), "gb")
	}
	return err
}

// doctype skips a declaration with its internal subset: no entity defined
// there is ever expanded.
func (x *xmlState) doctype(in *bufio.Reader) error {
	depth := 0
	for {
		c, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return io.EOF
		case err != nil:
			return x.end(err)
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			return nil
		}
	}
}

// readTag returns what stands between < and >, quoted > included.
func (x *xmlState) readTag(in *bufio.Reader) (string, error) {
	var tag []byte
	var quote byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return toUTF8(tag, x.gb), nil
		}
		if tag = append(tag, c); len(tag) > maxLoc {
			return "", fmt.Errorf("a tag of more than %d bytes", maxLoc)
		}
	}
}

// local cuts a namespace prefix: <sm:loc> is <loc>.
func local(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, ':')+1:])
}

func (x *xmlState) parent() string {
	if len(x.stack) < 2 {
		return ""
	}
	return x.stack[len(x.stack)-2]
}

func (x *xmlState) openTag(tag string) error {
	tag, selfClosed := strings.CutSuffix(tag, "/")
	name, rest := tag, ""
	if i := strings.IndexAny(tag, " \t\r\n"); i >= 0 {
		name, rest = tag[:i], tag[i:]
	}
	name = local(name)
	x.text = x.text[:0]
	if !x.root {
		x.root = true
		if err := x.setFormat(name); err != nil {
			return err
		}
	}
	switch name {
	case "url", "item", "entry":
		if err := x.begin(Page); err != nil {
			return err
		}
	case "sitemap":
		if err := x.begin(Sitemap); err != nil {
			return err
		}
	case "link", "enclosure", "content":
		if err := x.link(name, attributes(rest)); err != nil {
			return err
		}
	}
	if selfClosed {
		x.done = x.done || len(x.stack) == 0
		return nil
	}
	if len(x.stack) >= maxDepth {
		return fmt.Errorf("elements nested deeper than %d: %w", maxDepth, ErrDamaged)
	}
	x.stack = append(x.stack, name)
	return nil
}

// attributes parses name="value" pairs; names lose their prefix.
func attributes(s string) map[string]string {
	attr := make(map[string]string)
	for {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			return attr
		}
		name = local(strings.TrimSpace(name))
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return attr
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return attr
		}
		attr[name] = strings.TrimSpace(unescape(value))
		s = after
	}
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// unescape knows XML's entities only: HTML's would turn "&copy=1", a bare
// ampersand before a parameter, into a sign.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s, ';')
		r := ""
		if end > 0 && end < 12 {
			r = entity(s[1:end])
		}
		if r == "" {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(r)
		s = s[end+1:]
	}
}

func entity(name string) string {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return entities[name]
	}
	base := 10
	if digits != "" && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	if err != nil || n == 0 {
		return ""
	}
	return string(rune(n))
}
