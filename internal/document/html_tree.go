package document

// end handles an end tag.
func (p *htmlParser) end(name string, t tag, at int) {
	if t == tagA {
		p.endAnchor(at)
		if next := p.src[p.pos:]; len(next) > 2 && next[0] == '<' && next[1]|0x20 == 'a' && isSpace[next[2]] {
			p.current().space() // links side by side are not one word
		}
	}
	if p.skipped[t] > 0 {
		p.skipped[t]--
		if tagProps[t]&propBlock != 0 {
			p.flush()
		}
		return
	}
	if t == tagP && p.open[tagP] == 0 || t == tagBr {
		p.current().newline() // </p> and </br> alone make an empty line
		return
	}
	if p.open[t] == 0 {
		return
	}
	pr := tagProps[t]
	for i, stop := len(p.stack)-1, max(len(p.stack)-maxSearch, 0); i >= stop; i-- {
		e := &p.stack[i]
		if e.tag == t && (e.name == name || t == tagH1) {
			p.popTo(i)
			return
		}
		own := tagProps[e.tag]
		if own&propScope != 0 && !closesAcross(t) {
			return
		}
		if own&propSpecial != 0 && pr&propSpecial == 0 {
			if pr&propFormatting != 0 {
				p.kill(i, t, name)
			}
			return
		}
	}
}

// closesAcross reports whether the end tag of t reaches across the scope of
// an inner table cell and the like.
func closesAcross(t tag) bool {
	switch t {
	case tagTable, tagTBody, tagTHead, tagTR, tagTD, tagTH, tagBody, tagHTML, tagTemplate, tagSVG, tagMath:
		return true
	}
	return false
}

// kill ends a formatting element below the block at index above, whose end
// tag overlaps that block: <font><p></font>. It stays open as an element but
// its style ends.
func (p *htmlParser) kill(above int, t tag, name string) {
	for i, stop := above-1, max(above-maxSearch, 0); i >= stop; i-- {
		e := &p.stack[i]
		if e.tag != t || e.name != name || e.dead {
			if tagProps[e.tag]&propScope != 0 {
				return
			}
			continue
		}
		e.dead = true
		var below elem
		if i > 0 {
			below = p.stack[i-1]
		}
		if e.hidden != below.hidden {
			p.flush()
			for j := i; j < len(p.stack); j++ {
				q := &p.stack[j]
				q.hide, q.hidden, q.fg, q.bg = below.hide, below.hidden, below.fg, below.bg
			}
		}
		return
	}
}

// popTo closes the elements from index i up.
func (p *htmlParser) popTo(i int) {
	for n := len(p.stack) - 1; n >= i; n-- {
		e := &p.stack[n]
		if tagProps[e.tag]&propBlock != 0 || e.tag == tagOther && isDataElement(e.name) {
			p.flush()
		} else if e.hidden && (n == 0 || !p.stack[n-1].hidden) {
			p.flushMasked()
		}
		p.open[e.tag]--
		tag := e.tag
		p.stack = p.stack[:n]
		p.closed(tag, n)
	}
}

// closed acts on the end of an element that stood at index n of the stack.
func (p *htmlParser) closed(t tag, n int) {
	switch t {
	case tagTable:
		p.endRow()
		if k := len(p.tables); k > 0 && p.tables[k-1].depth == n+1 {
			p.tables = p.tables[:k-1]
		}
	case tagTR:
		p.endRow()
	case tagTHead:
		if tb := p.table(); tb != nil {
			p.endRow()
			tb.inHead = false
		}
	case tagTD, tagTH:
		if tb := p.table(); tb != nil {
			tb.inCell = false
		}
	case tagSVG, tagMath:
		p.xml = p.open[tagSVG]+p.open[tagMath] > 0
	case tagButton:
		p.current().space()
	}
}

// implyEnds closes the elements that the start of t ends by the rules of HTML.
func (p *htmlParser) implyEnds(t tag, pr props, at int) {
	if pr&propClosesP != 0 && p.open[tagP] > 0 {
		p.closeWithin(tagP, 0)
	}
	switch t {
	case tagA:
		if p.open[tagA] > 0 {
			p.endAnchor(at)
			p.end("a", tagA, at)
		}
	case tagLi:
		if p.open[tagLi] > 0 {
			p.closeWithin(tagLi, tagUL)
		}
	case tagDD, tagDT:
		if p.open[tagDD] > 0 {
			p.closeWithin(tagDD, tagUL)
		}
		if p.open[tagDT] > 0 {
			p.closeWithin(tagDT, tagUL)
		}
	case tagOption, tagOptgroup:
		if p.open[tagOption] > 0 {
			p.closeWithin(tagOption, tagSelect)
		}
	case tagH1:
		if n := len(p.stack); n > 0 && p.stack[n-1].tag == tagH1 {
			p.popTo(n - 1)
		}
	case tagTR, tagTBody, tagTHead, tagCaption:
		p.implyTable(t)
	case tagTD, tagTH:
		p.implyTable(t)
	}
}

// closeWithin closes the innermost open t unless an element of tag fence or a
// scope stands in between.
func (p *htmlParser) closeWithin(t, fence tag) {
	for i, stop := len(p.stack)-1, max(len(p.stack)-maxSearch, 0); i >= stop; i-- {
		e := &p.stack[i]
		if e.tag == t {
			p.popTo(i)
			return
		}
		if tagProps[e.tag]&propScope != 0 || fence != 0 && e.tag == fence {
			return
		}
	}
}
