package document

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"prescreen/scanner"
)

// run is text being gathered. While it is one piece of the page it is a
// substring of it; only joined or decoded text is copied.
type run struct {
	one    string
	buf    []byte
	joined bool // buf is in use
	gap    bool // white space is due before the next character
}

func (r *run) empty() bool { return r.one == "" && !r.joined }

// add appends a piece as it stands in the page.
func (r *run) add(s string) {
	if r.empty() {
		r.one = s
		return
	}
	r.join()
	r.collapse(s)
}

// join turns the single piece into buffered text.
func (r *run) join() {
	if !r.joined {
		r.joined = true
		r.buf = r.buf[:0]
		r.gap = false
		one := r.one
		r.one = ""
		r.collapse(one)
	}
}

// collapse appends s with its entities decoded and white space collapsed.
func (r *run) collapse(s string) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isSpace[c]:
			r.gap = true
			i++
			continue
		case r.gap:
			r.gap = false
			if n := len(r.buf); n > 0 && r.buf[n-1] != '\n' && r.buf[n-1] != ' ' {
				r.buf = append(r.buf, ' ')
			}
		}
		if c == '&' {
			var n int
			r.buf, n = appendHTMLEntity(r.buf, s[i:], false)
			i += n
			continue
		}
		start := i
		for i < len(s) && s[i] != '&' && !isSpace[s[i]] {
			i++
		}
		r.buf = append(r.buf, s[start:i]...)
	}
}

// raw appends s as it is: preformatted text.
func (r *run) raw(s string) {
	r.join()
	r.buf = append(r.buf, s...)
}

// newline ends a line within the block.
func (r *run) newline() {
	if r.empty() {
		return
	}
	r.join()
	r.gap = false
	if len(r.buf) > 0 {
		r.buf = append(r.buf, '\n')
	}
}

// space separates what stands side by side without belonging together.
func (r *run) space() {
	if !r.empty() {
		r.join()
		r.gap = true
	}
}

var isSpace = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '\f': true, 0: true}

// current is the run that text at this place belongs to.
func (p *htmlParser) current() *run {
	if n := len(p.stack); n > 0 && p.stack[n-1].hidden {
		return &p.masked
	}
	return &p.shown
}

// addText takes a run of text of the page.
func (p *htmlParser) addText(s string) {
	r := p.current()
	if r.empty() {
		i := 0
		for i < len(s) && isSpace[s[i]] {
			i++
		}
		if i == len(s) {
			return
		}
	}
	if p.open[tagPre] > 0 {
		r.raw(unescape(s, false))
		return
	}
	r.add(s)
}

// addRaw takes text without entities.
func (p *htmlParser) addRaw(s string) {
	if !isBlank(s) {
		p.current().raw(s)
	}
}

// flush ends the current block: its text becomes a segment.
func (p *htmlParser) flush() {
	if !p.masked.empty() {
		p.flushMasked()
	}
	if p.shown.empty() {
		return
	}
	text := p.take(&p.shown)
	if text == "" {
		return
	}
	if strings.Contains(text, "http") {
		p.textLinks(text)
	}
	kind := scanner.KindBody
	if n := len(p.stack); n > 0 && p.stack[n-1].kind != "" {
		kind = p.stack[n-1].kind
	}
	p.cellSegment(p.kindOr(kind), text)
}

// flushMasked ends the current hidden element.
func (p *htmlParser) flushMasked() {
	if p.masked.empty() {
		return
	}
	text := p.take(&p.masked)
	if text == "" {
		return
	}
	kind := scanner.KindHidden
	if n := len(p.stack); n > 0 && (p.stack[n-1].kind == scanner.KindForm || p.stack[n-1].kind == scanner.KindNote) {
		kind = p.stack[n-1].kind
	}
	p.cellSegment(p.kindOr(kind), text)
}

// take empties r and returns its text, trimmed.
func (p *htmlParser) take(r *run) string {
	if !r.joined {
		s := trimSpace(r.one)
		if isTidy(s) {
			r.one = ""
			return s
		}
		r.join()
	}
	s := p.keep(trimBytes(r.buf))
	r.buf, r.joined, r.gap, r.one = r.buf[:0], false, false, ""
	return s
}

// isTidy reports whether s needs neither decoding nor collapsing.
func isTidy(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '&' || c == ' ' && isSpace[s[i+1]] { // s is trimmed: i+1 is inside
			return false
		}
	}
	return true
}

// tidy decodes and collapses s, an element's whole text.
func (p *htmlParser) tidy(s string) string {
	s = trimSpace(s)
	if isTidy(s) {
		return s
	}
	var r run
	r.joined = true
	r.collapse(s)
	return p.keep(trimBytes(r.buf))
}

// arena copies short texts with few allocations.
type arena struct{ b strings.Builder }

// keep returns b as a string of its own.
func (a *arena) keep(b []byte) string {
	const chunk = 8 << 10
	if len(b) == 0 {
		return ""
	}
	if len(b) > chunk/2 {
		return string(b)
	}
	if a.b.Cap()-a.b.Len() < len(b) {
		a.b = strings.Builder{}
		a.b.Grow(chunk)
	}
	start := a.b.Len()
	a.b.Write(b)
	return a.b.String()[start:]
}

func trimSpace(s string) string {
	for s != "" && isSpace[s[0]] {
		s = s[1:]
	}
	for s != "" && isSpace[s[len(s)-1]] {
		s = s[:len(s)-1]
	}
	if s != "" && (s[0] >= 0x80 || s[len(s)-1] >= 0x80) {
		return strings.TrimFunc(s, unicode.IsSpace)
	}
	return s
}

func trimBytes(b []byte) []byte {
	start, end := 0, len(b)
	for start < end && isSpace[b[start]] {
		start++
	}
	for end > start && isSpace[b[end-1]] {
		end--
	}
	b = b[start:end]
	if len(b) > 0 && (b[0] >= 0x80 || b[len(b)-1] >= 0x80) {
		return bytes.TrimFunc(b, unicode.IsSpace)
	}
	return b
}

// kindOr returns the kind that the whole piece of markup is of, or kind.
func (p *htmlParser) kindOr(kind scanner.Kind) scanner.Kind {
	if p.force != "" {
		return p.force
	}
	return kind
}

// cellSegment emits a block, as part of a table cell where it stands in one.
func (p *htmlParser) cellSegment(kind scanner.Kind, text string) {
	p.block++
	tb := p.table()
	inCell := tb != nil && tb.inCell
	if p.block > manyBlocks && (!inCell || p.block > manyCells) {
		p.gather(kind, text)
		return
	}
	s := scanner.Segment{Place: scanner.Place{Kind: kind, Line: p.block, XPath: p.path()}, Text: text}
	if inCell {
		s.Table, s.Row, s.Col, s.Header = tb.ordinal, tb.row, tb.col, tb.header
		if tb.hold(s) {
			return
		}
	}
	p.emitNow(s)
}

// A page with more blocks than manyBlocks is no page but an accident or an
// attack. Its further blocks are joined, one to a line, so that they do not
// cost a segment each.
const (
	manyBlocks   = 50_000
	manyCells    = 300_000 // of tables
	gatheredSize = 8 << 10
)

// gathered are blocks on their way to be one segment.
type gathered struct {
	kind scanner.Kind
	line int
	text []byte
}

func (p *htmlParser) gather(kind scanner.Kind, text string) {
	g := &p.page.gathered
	if g.kind != kind || len(g.text) >= gatheredSize {
		p.flushGathered()
		g.kind, g.line = kind, p.block
	}
	g.text = append(append(g.text, text...), '\n')
}

func (p *htmlParser) flushGathered() {
	g := &p.page.gathered
	if len(g.text) > 0 {
		p.emitNow(scanner.Segment{Place: scanner.Place{Kind: g.kind, Line: g.line}, Text: string(g.text[:len(g.text)-1])})
	}
	g.text = g.text[:0]
}

// segment emits text that is not part of the running text.
func (p *htmlParser) segment(kind scanner.Kind, text, path string) {
	if isBlank(text) {
		return
	}
	p.emitNow(scanner.Segment{Place: scanner.Place{Kind: kind, Line: p.block, XPath: path}, Text: text})
}

func (p *htmlParser) emitNow(s scanner.Segment) {
	if p.level == 0 && isShown(s.Place.Kind) {
		p.f.aboutText(s.Text)
	}
	if p.err == nil {
		p.err = p.f.emitValid(s)
	}
}

// path is the XPath of the innermost block, from the nearest element with an
// id or from the root.
func (p *htmlParser) path() string {
	n := len(p.stack)
	for n > 1 && (tagProps[p.stack[n-1].tag]&propFormatting != 0 || p.stack[n-1].tag == tagSpan) {
		n--
	}
	return p.elementPath(n)
}

// elementPath is the path of the element at the top of a stack of n.
func (p *htmlParser) elementPath(n int) string {
	if n == 0 {
		return p.prefix
	}
	from := n - 1
	for from > 0 && p.stack[from].id == "" {
		from--
	}
	if n-from > 40 {
		from = n - 40 // deeper than anybody would follow
	}
	var space [256]byte
	b := append(space[:0], p.prefix...)
	if id := p.stack[from].id; id != "" {
		b = append(b, `//*[@id="`...)
		b = append(b, id...)
		b = append(b, `"]`...)
		from++
	} else if from > 0 {
		b = append(b, '/')
	}
	for i := from; i < n; i++ {
		e := &p.stack[i]
		if e.tag == tagTR && i > 0 && p.stack[i-1].tag == tagTable {
			b = append(b, "/tbody"...) // browsers imply it
		}
		b = append(b, '/')
		b = append(b, e.name...)
		if e.nth > 1 || e.nth == 1 && indexed(e.tag) {
			b = append(b, '[')
			b = strconv.AppendUint(b, uint64(e.nth), 10)
			b = append(b, ']')
		}
	}
	return p.keep(b)
}

// indexed tells the elements whose ordinal is always shown.
func indexed(t tag) bool {
	switch t {
	case tagTable, tagTR, tagTD, tagTH, tagP, tagLi:
		return true
	}
	return false
}
