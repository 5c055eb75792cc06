package document

import (
	"strings"

	"prescreen/scanner"
)

func (o *odfReader) text(x *xmlLexer) {
	switch {
	case o.creator || o.meta > 0:
		o.label += "\x00" + string(x.text)
	case o.para() != nil:
		o.write(string(x.text))
	}
}

func (o *odfReader) write(s string) {
	p := o.para()
	if p == nil {
		return
	}
	hidden := o.flow().hidden || len(o.spans) > 0 && o.spans[len(o.spans)-1]
	switch {
	case o.ruby > 0:
		p.extra = append(p.extra, wordPiece{kind: p.kind, text: []byte(s)})
	case hidden && p.kind == scanner.KindBody || hidden && p.kind == scanner.KindHeading || hidden && p.kind == scanner.KindTitle:
		p.extra = addPiece(p.extra, scanner.KindHidden, 'h', s)
	default:
		if o.ins > 0 {
			p.extra = addPiece(p.extra, scanner.KindRevision, 'i', s)
		} else {
			p.plain = p.plain || !isBlank(s)
			closePiece(p.extra)
		}
		p.body.WriteString(s)
	}
}

func (o *odfReader) end(name, space string) error {
	switch name {
	case "p", "h":
		if space == "text" || space == "" {
			return o.flush()
		}
	case "title", "desc":
		if space == "svg" || space == "table" {
			return o.flush()
		}
		return o.metaValue(name)
	case "header-decl", "footer-decl":
		return o.flush()
	case "span":
		if len(o.spans) > len(o.paras) {
			o.spans = o.spans[:len(o.spans)-1]
		}
	case "ruby-text":
		o.ruby = max(0, o.ruby-1)
	case "creator":
		o.creator = false
		return o.creatorName()
	case "changed-region":
		o.change = ""
	case "meta":
		o.meta = max(0, o.meta-1)
	case "table":
		return o.endTable()
	case "table-row":
		if t := o.table(); t != nil {
			return t.endRow()
		}
	case "table-cell", "covered-table-cell":
		if t := o.table(); t != nil {
			return t.endCell()
		}
	case "table-header-rows":
		if t := o.table(); t != nil {
			t.header = false
		}
	case "style", "page-layout":
		o.style = ""
	default:
		if o.meta > 0 {
			if err := o.metaValue(name); err != nil {
				return err
			}
		}
	}
	if n := len(o.kinds); n > 0 && o.kinds[n-1].element == name {
		o.kinds = o.kinds[:n-1]
	}
	return nil
}

// metaValue gives a value of the document's description.
func (o *odfReader) metaValue(name string) error {
	label, value, _ := strings.Cut(o.label, "\x00")
	value = strings.TrimSpace(strings.ReplaceAll(value, "\x00", ""))
	o.label = ""
	switch name {
	case "generator", "creation-date", "date", "editing-cycles", "editing-duration", "print-date", "document-statistic", "language":
		return nil
	case "title":
		o.f.title(value)
	}
	if err := o.f.text(scanner.KindProperty, label); err != nil {
		return err
	}
	return o.f.text(scanner.KindProperty, value)
}

// creatorName gives who commented, changed or wrote, once each.
func (o *odfReader) creatorName() error {
	name := strings.TrimSpace(strings.ReplaceAll(o.label, "\x00", ""))
	o.label = ""
	kind := scanner.KindProperty
	if o.flow().element == "annotation" {
		kind = scanner.KindComment
	}
	key := string(kind) + name
	if o.authors[key] {
		return nil
	}
	o.authors[key] = true
	return o.f.text(kind, name)
}

// flush gives the innermost open paragraph.
func (o *odfReader) flush() error {
	p := o.para()
	if p == nil {
		return nil
	}
	o.paras = o.paras[:len(o.paras)-1]
	o.spans = o.spans[:min(len(o.spans), len(o.paras))]
	o.block++
	if t := o.table(); t != nil && t.sheet && t.inCell && p.kind == scanner.KindBody && !o.inShape() {
		// The text of a spreadsheet cell is given with the cell.
		t.text = append(t.text, p.body.String())
		for i := range p.extra {
			if p.extra[i].kind == scanner.KindHidden {
				t.text = append(t.text, string(p.extra[i].text))
				if p.body.Len() == 0 && !strings.HasPrefix(t.value, "\x00") {
					t.value = "\x00" + t.value
				}
				continue
			}
			if err := o.emit(p.extra[i].kind, string(p.extra[i].text)); err != nil {
				return err
			}
		}
		return nil
	}
	if p.plain {
		if p.kind == scanner.KindTitle {
			o.f.title(p.body.String())
		}
		if err := o.emit(p.kind, p.body.String()); err != nil {
			return err
		}
	}
	for i := range p.extra {
		if err := o.emit(p.extra[i].kind, string(p.extra[i].text)); err != nil {
			return err
		}
	}
	return nil
}

// inShape reports whether a drawing or a comment is open inside the current
// table.
func (o *odfReader) inShape() bool {
	for _, k := range o.kinds[min(o.table().flow, len(o.kinds)):] {
		switch k.element {
		case "frame", "custom-shape", "rect", "ellipse", "text-box", "g", "caption", "annotation":
			return true
		}
	}
	return false
}

func (o *odfReader) emit(kind scanner.Kind, text string) error {
	s := scanner.Segment{
		Place: scanner.Place{Kind: kind, Line: o.block, Page: o.page},
		Text:  strings.TrimSpace(text),
	}
	if t := o.table(); t != nil && t.inCell {
		if t.sheet {
			s.Place.Sheet, s.Place.Cell, s.Place.Line = t.name, cellName(t.row, t.col), 0
			if t.hidden && kind == scanner.KindBody {
				s.Place.Kind = scanner.KindHidden
			}
		} else if !o.inShape() {
			s.Table, s.Row, s.Col, s.Header = t.id, t.row, t.col, t.header
		}
	} else if t != nil && t.sheet {
		s.Place.Sheet, s.Place.Line = t.name, 0
	}
	return o.f.emit(s)
}
