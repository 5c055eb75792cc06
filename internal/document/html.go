package document

import (
	"context"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

const (
	maxOpen      = 4096 // open elements remembered; what is nested deeper is still read
	maxSearch    = 512  // open elements looked at for the start of an end tag
	maxNesting   = 8    // markup within markup: srcdoc, comments, scripts
	maxLinkLabel = 300  // bytes of anchor text kept
)

// readHTML reads a page or a fragment: text and links in one pass.
func readHTML(ctx context.Context, f *file) error {
	if f.size > textWhole {
		f.problem(scanner.StatusPartial, "a page of more than 64 MB is read as plain text")
		return readText(ctx, f)
	}
	data, readErr := f.bytes(textWhole)
	if len(data) == 0 && readErr != nil {
		return readErr
	}
	src, cs := charset.Decode(data, charset.Hint{ContentType: f.contentType, HTML: true})
	f.setCharset(cs, len(src))
	if err := f.readMarkup(ctx, src); err != nil {
		return err
	}
	return readErr
}

// readMarkup reads HTML that is already decoded.
func (f *file) readMarkup(ctx context.Context, src string) error {
	pg := &page{ctx: ctx, f: f, sheet: collectStyles(src), links: make([]rawLink, 0, min(len(src)/256+4, 1024))}
	p := htmlParser{page: pg, tokenizer: tokenizer{src: src}}
	err := p.run()
	p.flushGathered()
	if err == nil {
		err = p.err
	}
	pg.resolveLinks()
	return err
}

// page is what the parsers of one page share: the page itself and the markup
// found in its comments, scripts and srcdoc attributes.
type page struct {
	ctx     context.Context
	f       *file
	sheet   styleSheet
	styles  map[string]style // parsed style attributes
	links   []rawLink
	base    string
	hasBase bool
	block   int // ordinal of the last block
	inline  int // ordinal of the last data: address
	paging  int // links made up from paging scripts
	arena
	gathered
}

// elem is one open element.
type elem struct {
	tag    tag
	hide   hiding // inherited reasons included
	hidden bool   // text directly inside is not shown
	dead   bool   // a formatting element whose end tag came early
	kind   scanner.Kind
	fg, bg rgb
	name   string
	id     string
	nth    uint16 // ordinal among siblings of its name, 0 unknown
	kids   [6]kid
}

// kid counts the children of one name, for the paths. The hash stands for the
// name: a collision costs no more than a wrong ordinal.
type kid struct {
	hash uint32
	n    uint16
}

// htmlParser reads one piece of markup. It keeps a stack of open elements,
// not a tree: depth and size of a page cost no memory.
type htmlParser struct {
	*page
	tokenizer
	force  scanner.Kind // kind of all text, "" by context
	prefix string       // path of the markup's place in the page
	level  int          // of nesting in other markup
	xml    bool         // inside svg or math

	stack    []elem
	open     [numTags]int // open elements by tag
	skipped  [numTags]int // open elements that were not pushed
	tables   []table
	shown    run // text of the current block
	masked   run // text of the current hidden element
	anchor   int // index+1 of the link whose text is being read
	anchorAt int
	err      error
}

// run reads the markup to its end.
func (p *htmlParser) run() error {
	for p.pos < len(p.src) && p.err == nil {
		if p.src[p.pos] != '<' || !p.markup() {
			if t := p.text(); t != "" {
				p.addText(t)
			}
		}
	}
	p.popTo(0)
	p.flush()
	for len(p.tables) > 0 { // of cells without a table
		p.endRow()
		p.tables = p.tables[:len(p.tables)-1]
	}
	return p.err
}

// markup reads the tag or declaration at pos, false if "<" is just text.
func (p *htmlParser) markup() bool {
	if p.pos+1 >= len(p.src) {
		return false
	}
	switch c := p.src[p.pos+1]; {
	case isLetter(c):
		at := p.pos
		p.begin(p.startTag(), at)
		if p.dropped > 0 {
			p.dropped = 0
			p.f.problem(scanner.StatusLimit, "a tag has more attributes than are read")
		}
	case c == '/':
		if p.pos+2 >= len(p.src) || !isLetter(p.src[p.pos+2]) && p.src[p.pos+2] != '>' {
			return false
		}
		at := p.pos
		name, t := p.endTag()
		p.end(name, t, at)
	case c == '!' || c == '?':
		content, cdata := p.declaration()
		switch {
		case cdata:
			p.addRaw(content)
		case c == '!' || !strings.HasPrefix(content, "xml"):
			p.comment(content) // <?php … ?> too, when a server sends its source
		}
	default:
		return false
	}
	return true
}

// begin handles a start tag.
func (p *htmlParser) begin(t startTag, at int) {
	pr := tagProps[t.tag]
	p.implyEnds(t.tag, pr, at)
	if pr&propBlock != 0 || t.tag == tagOther && isDataElement(t.name) {
		p.flush()
	}
	if !p.push(t, pr) {
		p.attributes(t)
		return
	}
	p.attributes(t)
	switch {
	case pr&propVoid != 0:
		p.void(t.tag)
		p.drop()
	case t.selfClosing && (t.tag == tagOther || p.xml):
		p.drop()
	default:
		p.content(t)
	}
}

// isDataElement tells the elements of XML that office programs put into pages,
// properties and the like: each holds a value of its own. Those within running
// text, as o:p and the smart tags st1, are not among them.
func isDataElement(name string) bool {
	prefix, local, ok := strings.Cut(name, ":")
	return ok && local != "p" && !strings.HasPrefix(prefix, "st")
}

// push opens an element; beyond maxOpen it is only counted.
func (p *htmlParser) push(t startTag, pr props) bool {
	if len(p.stack) >= maxOpen {
		if pr&propVoid == 0 {
			p.skipped[t.tag]++
		}
		return false
	}
	e := elem{tag: t.tag, name: t.name}
	if n := len(p.stack); n > 0 {
		parent := &p.stack[n-1]
		e.hide, e.hidden, e.fg, e.bg, e.kind = parent.hide, parent.hidden, parent.fg, parent.bg, parent.kind
		e.nth = parent.count(t.name)
	}
	switch t.tag {
	case tagH1:
		e.kind = scanner.KindHeading
	case tagOption:
		e.kind = scanner.KindForm
	case tagOther:
		if t.name == "rt" || t.name == "rp" {
			e.kind, e.hidden = scanner.KindNote, true // beside the line, not part of it
		}
	}
	if cap(p.stack) == 0 {
		p.stack = make([]elem, 0, 24>>p.level)
	}
	p.stack = append(p.stack, e)
	p.open[t.tag]++
	return true
}

// count returns the ordinal of the next child called name.
func (e *elem) count(name string) uint16 {
	hash := uint32(0)
	for i := range len(name) {
		hash = hash*31 + uint32(name[i])
	}
	for i := range e.kids {
		k := &e.kids[i]
		if k.n == 0 {
			k.hash = hash
		}
		if k.hash == hash {
			if k.n == 65535 {
				return 0
			}
			k.n++
			return k.n
		}
	}
	return 0
}

// drop closes the innermost element, which has no content.
func (p *htmlParser) drop() {
	n := len(p.stack) - 1
	p.open[p.stack[n].tag]--
	p.stack = p.stack[:n]
}

// void acts on elements without content.
func (p *htmlParser) void(t tag) {
	switch t {
	case tagBr:
		p.current().newline()
	case tagInput:
		p.current().space()
	}
}

// content reads what belongs to an element whose content is not markup, and
// begins tables.
func (p *htmlParser) content(t startTag) {
	switch t.tag {
	case tagScript:
		p.f.res.Scripts++
		p.scriptElement(p.rawText("script"))
		p.drop()
	case tagStyle:
		p.styleElement(p.rawText("style"))
		p.drop()
	case tagTitle:
		if p.xml || p.level > 0 {
			return
		}
		text := p.tidy(p.rawText("title"))
		p.f.title(text)
		p.segment(scanner.KindTitle, text, p.path())
		p.drop()
	case tagTextarea:
		p.segment(p.kindOr(scanner.KindForm), trimSpace(unescape(p.rawText("textarea"), false)), p.path())
		p.drop()
	case tagIframe, tagRawText:
		path := p.path()
		content := p.rawText(t.name)
		p.drop()
		if t.name == "xmp" {
			p.addText(content)
			return
		}
		p.nested(content, p.kindOr(scanner.KindHidden), path)
	case tagPlaintext:
		p.addRaw(p.src[p.pos:])
		p.pos = len(p.src)
	case tagSVG, tagMath:
		p.xml = true
	case tagTable:
		p.tables = append(p.tables, table{ordinal: p.f.nextTable(), depth: len(p.stack)})
	case tagTHead:
		if tb := p.table(); tb != nil {
			tb.inHead = true
		}
	case tagTR:
		p.beginRow()
	case tagTD, tagTH:
		p.beginCell(t.tag == tagTH)
	case tagNoscript, tagTemplate:
		p.top().kind, p.top().hidden = scanner.KindHidden, true
	case tagSelect, tagDatalist:
		p.top().kind = scanner.KindForm
	case tagDialog:
		if _, ok := p.attr("open"); !ok {
			p.top().hide |= hideFull
			p.top().hidden = true
		}
	}
}

func (p *htmlParser) top() *elem { return &p.stack[len(p.stack)-1] }

// attr returns the value of an attribute of the tag just read.
func (p *htmlParser) attr(name string) (string, bool) {
	for i := range p.attrs {
		if strings.EqualFold(p.attrs[i].name, name) {
			return p.attrs[i].value, true
		}
	}
	return "", false
}
