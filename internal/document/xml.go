package document

import (
	"context"
	"errors"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// readXML reads XML of no particular format, feeds and data files: elements
// without children and attributes as the values of their names, comments, and
// the addresses. It forgives what is not well-formed.
func readXML(ctx context.Context, f *file) error {
	if f.size > textWhole {
		return readText(ctx, f) // too long to take apart, not too long to read
	}
	data, readErr := f.bytes(textWhole)
	if len(data) == 0 {
		return readErr
	}
	src, cs := charset.Decode(data, charset.Hint{ContentType: f.contentType, HTML: true})
	f.setCharset(cs, len(src))
	x := xmlReader{tokenizer: tokenizer{src: src}, out: newKeyed(ctx, f)}
	err := x.run()
	x.out.page.resolveLinks()
	return errors.Join(err, readErr)
}

// xmlElem is one open element.
type xmlElem struct {
	name   string
	table  *keyedTable // of its children and attributes, nil until one comes
	row    int
	plain  int // length of the path before it
	parent bool
	root   int // index of the element that gathers the text, itself or one around it
	text   []byte
}

type xmlReader struct {
	tokenizer
	out   *keyed
	stack []xmlElem
	plain []byte // path of the innermost element
	count int    // of elements
}

func (x *xmlReader) run() error {
	for x.pos < len(x.src) {
		if err := x.step(); err != nil {
			return err
		}
		if x.count > textCells {
			f := x.out.page.f
			return f.readRest(x.src[x.pos:], 1+countLines(x.src[:x.pos]))
		}
	}
	for len(x.stack) > 0 {
		if err := x.end(); err != nil {
			return err
		}
	}
	return nil
}

func (x *xmlReader) step() error {
	if x.src[x.pos] != '<' || x.pos+1 == len(x.src) {
		x.addText(unescape(x.xmlText(), false))
		return nil
	}
	switch c := x.src[x.pos+1]; {
	case c == '!' || c == '?':
		content, cdata := x.declaration()
		if cdata {
			x.addText(content)
		} else if c == '!' && !isBlank(content) && (!strings.HasPrefix(strings.ToUpper(content[:min(len(content), 7)]), "DOCTYPE") || strings.Contains(content, "<!ENTITY")) {
			return x.out.value(nil, 0, "", strings.TrimSpace(content), x.place("comment()"), scanner.KindComment)
		}
		return nil
	case c == '/':
		start := x.pos + 2
		x.endTag()
		return x.close(x.src[start:x.pos])
	case isLetter(c) || c == '_' || c >= 0x80:
		start := x.pos + 1
		t := x.startTag()
		return x.begin(shortName(x.src[start:min(len(x.src), start+len(t.name))]), t.selfClosing)
	}
	x.pos++
	x.addText("<")
	return nil
}

// xmlText returns the text up to the next "<".
func (x *xmlReader) xmlText() string {
	start := x.pos
	i := strings.IndexByte(x.src[x.pos+1:], '<')
	if i < 0 {
		x.pos = len(x.src)
	} else {
		x.pos += 1 + i
	}
	return x.src[start:x.pos]
}

// addText gives text to the innermost element, or to the one around it whose
// text it is part of.
func (x *xmlReader) addText(s string) {
	n := len(x.stack)
	if n == 0 {
		return
	}
	e := &x.stack[x.stack[n-1].root]
	if len(e.text) == 0 && isBlank(s) {
		return
	}
	e.text = append(e.text, s...)
}

func (x *xmlReader) begin(name string, empty bool) error {
	if len(x.stack) >= maxOpen {
		return nil // its text goes to the innermost one kept
	}
	x.count++
	e := xmlElem{name: name, plain: len(x.plain), root: len(x.stack)}
	if n := len(x.stack); n > 0 {
		up := &x.stack[n-1]
		up.parent = true
		if len(up.text) > 0 || up.root < n-1 {
			e.root = up.root // text with markup in it is one text
		}
	}
	x.plain = appendStep(x.plain, "/", name)
	x.stack = append(x.stack, e)
	if err := x.attributes(); err != nil {
		return err
	}
	if empty {
		return x.end()
	}
	return nil
}

func (x *xmlReader) attributes() error {
	for _, a := range x.attrs {
		if strings.HasPrefix(a.name, "xmlns") || strings.HasPrefix(a.name, "xsi:") || a.value == "" {
			continue
		}
		e := &x.stack[len(x.stack)-1]
		if e.table == nil {
			e.table, e.row = x.out.record(string(x.plain))
		}
		name := shortName(a.name)
		err := x.out.value(e.table, e.row, name, strings.TrimSpace(unescape(a.value, true)), x.place("@"+name), scanner.KindAttribute)
		if err != nil {
			return err
		}
	}
	return nil
}

// place is the path of a part of the innermost element.
func (x *xmlReader) place(part string) string {
	b := append(append([]byte(nil), x.plain...), '/')
	return x.out.arena.keep(append(b, part...))
}

// close handles an end tag: it closes the innermost element of that name and
// what is open inside it.
func (x *xmlReader) close(tag string) error {
	name := shortName(strings.TrimRight(strings.TrimSuffix(tag, ">"), " \t\r\n"))
	for i, stop := len(x.stack)-1, max(len(x.stack)-maxSearch, 0); i >= stop; i-- {
		if x.stack[i].name != name {
			continue
		}
		for len(x.stack) > i {
			if err := x.end(); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// end closes the innermost element and emits its text.
func (x *xmlReader) end() error {
	n := len(x.stack) - 1
	e := x.stack[n]
	text := strings.TrimSpace(string(e.text))
	var err error
	switch {
	case text == "":
	case n == 0 || e.parent:
		err = x.out.value(nil, 0, "", text, string(x.plain), scanner.KindBody)
	default:
		up := &x.stack[n-1]
		if up.table == nil {
			up.table, up.row = x.out.record(string(x.plain[:e.plain]))
		}
		err = x.out.value(up.table, up.row, e.name, text, x.out.arena.keep(x.plain), scanner.KindBody)
	}
	x.stack = x.stack[:n]
	x.plain = x.plain[:e.plain]
	return err
}
