package document

import (
	"strconv"
	"strings"

	"prescreen/scanner"
)

func (o *odfReader) start(x *xmlLexer) error {
	switch string(x.name) {
	case "p", "h":
		if string(x.space) != "text" && string(x.space) != "" {
			return nil
		}
		kind := o.flow().kind
		if string(x.name) == "h" && kind == scanner.KindBody {
			kind = scanner.KindHeading
		}
		st := o.lookup(x.attr("style-name"))
		o.paras = append(o.paras, &odfPara{kind: kind})
		o.spans = append(o.spans, st.unseen())
	case "span":
		st := o.lookup(x.attr("style-name"))
		o.spans = append(o.spans, len(o.spans) > 0 && o.spans[len(o.spans)-1] || st.unseen())
	case "s":
		o.write(strings.Repeat(" ", max(1, min(atoi(x.attr("c")), 1000))))
	case "tab":
		o.write("\t")
	case "line-break":
		o.write("\n")
	case "a":
		if err := o.aside(scanner.KindAttribute, x.attr("title")); err != nil {
			return err
		}
		return o.link(x.attr("href"))
	case "note":
		o.push("note", scanner.KindNote, false)
	case "note-citation", "binary-data":
		skipElement(x)
	case "script":
		return o.script(x)
	case "bookmark", "bookmark-start":
		return o.aside(scanner.KindAttribute, tellingName(x.attr("name")))
	case "annotation":
		o.push("annotation", scanner.KindComment, false)
	case "creator":
		o.creator = true
	case "date":
		if o.flow().element == "annotation" || o.change != "" {
			skipElement(x)
		}
	case "ruby-text":
		o.ruby++
	default:
		return o.startFlow(x)
	}
	return nil
}

func (o *odfReader) startFlow(x *xmlLexer) error {
	switch string(x.name) {
	case "header", "header-left", "header-first":
		if string(x.space) == "style" {
			o.push(string(x.name), scanner.KindHeader, false)
		}
	case "header-decl":
		o.paras = append(o.paras, &odfPara{kind: scanner.KindHeader})
		o.spans = append(o.spans, false)
	case "footer-decl":
		o.paras = append(o.paras, &odfPara{kind: scanner.KindFooter})
		o.spans = append(o.spans, false)
	case "footer", "footer-left", "footer-first":
		if string(x.space) == "style" {
			o.push(string(x.name), scanner.KindFooter, false)
		} else if string(x.space) == "presentation" {
			o.push("footer", scanner.KindFooter, false)
		}
	case "notes":
		o.push("notes", scanner.KindNote, false)
	case "section":
		hidden := x.attr("display") == "none" || x.attr("is-hidden") == "true" || o.lookup(x.attr("style-name")).hidden
		o.push("section", o.flow().kind, hidden)
		return o.aside(scanner.KindAttribute, tellingName(x.attr("name")))
	case "hidden-paragraph":
		if x.attr("is-hidden") == "true" && o.para() != nil && len(o.spans) > 0 {
			o.spans[len(o.spans)-1] = true
		}
	case "hidden-text":
		return o.aside(scanner.KindHidden, x.attr("string-value"))
	case "conditional-text":
		if err := o.aside(scanner.KindHidden, x.attr("string-value-if-true")); err != nil {
			return err
		}
		return o.aside(scanner.KindHidden, x.attr("string-value-if-false"))
	case "page":
		if string(x.space) == "draw" {
			o.page++
			o.push("page", scanner.KindBody, o.lookup(x.attr("style-name")).hidden)
			return o.aside(scanner.KindAttribute, tellingName(x.attr("name")))
		}
	case "frame", "custom-shape", "rect", "ellipse", "line", "path", "polygon", "g", "connector", "caption", "text-box":
		return o.shape(x)
	case "title", "desc":
		if string(x.space) == "svg" || string(x.space) == "table" {
			o.paras = append(o.paras, &odfPara{kind: scanner.KindAttribute, plain: true})
			o.spans = append(o.spans, false)
		}
	case "changed-region":
		o.change = x.attr("id")
	case "insertion":
		o.inserted[o.change] = true
	case "deletion", "previous":
		o.push(string(x.name), scanner.KindRevision, false)
	case "change-start":
		if o.inserted[x.attr("change-id")] {
			o.ins++
		}
	case "change-end":
		if o.inserted[x.attr("change-id")] {
			o.ins = max(0, o.ins-1)
		}
	case "meta":
		o.meta++
	case "spreadsheet":
		o.spreadsheet = true
	default:
		if o.meta > 0 && string(x.name) == "user-defined" {
			o.label = x.attr("name")
		}
		return o.startTable(x)
	}
	return nil
}

func (o *odfReader) startTable(x *xmlLexer) error {
	t := o.table()
	switch string(x.name) {
	case "table":
		return o.beginTable(x)
	case "table-header-rows":
		if t != nil {
			t.header = true
		}
	case "table-column":
		if t != nil {
			n := max(1, min(atoi(x.attr("number-columns-repeated")), 1<<14))
			if v := x.attr("visibility"); v == "collapse" || v == "filter" {
				t.cols = append(t.cols, colRange{t.colAt + 1, t.colAt + n})
			}
			t.colAt += n
		}
	case "table-row":
		if t != nil {
			t.row++
			t.col, t.repeat = 0, 1
			v := x.attr("visibility")
			t.rowHidden = v == "collapse" || v == "filter"
			t.text = append(t.text[:0], x.attr("number-rows-repeated"))
		}
	case "table-cell", "covered-table-cell":
		if t != nil {
			t.beginCell(x, o.lookup(x.attr("style-name")))
			return o.formula(x.attr("formula"))
		}
	case "content-validation":
		return o.aside(scanner.KindForm, strings.Join(quoted(x.attr("condition")), "\n"))
	case "help-message", "error-message":
		o.push(string(x.name), scanner.KindForm, false)
		return o.aside(scanner.KindForm, x.attr("title"))
	default:
		return o.startOther(x)
	}
	return nil
}

func (o *odfReader) formula(s string) error {
	if !tellingFormula(s) {
		return nil
	}
	t := o.table()
	return o.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindHidden, Sheet: t.name, Cell: cellName(t.row, t.col)}, Text: s})
}

func (o *odfReader) startOther(x *xmlLexer) error {
	switch string(x.name) {
	case "style", "page-layout":
		o.style = x.attr("name")
		o.styles[o.style] = odfStyle{parent: x.attr("parent-style-name")}
	case "default-style":
		o.style = ""
	case "text-properties", "table-properties", "drawing-page-properties", "table-cell-properties", "paragraph-properties",
		"section-properties", "graphic-properties", "page-layout-properties":
		o.styleProperties(x)
	case "user-field-decl", "variable-decl", "sequence-decl", "user-field-get", "variable-set", "text-input", "placeholder":
		if v := x.attr("string-value"); string(x.name) == "user-field-decl" || string(x.name) == "variable-set" {
			if err := o.aside(scanner.KindProperty, v); err != nil {
				return err
			}
		}
		return o.aside(scanner.KindAttribute, x.attr("description"))
	case "text", "textarea", "password", "combobox", "listbox", "option", "item", "button", "checkbox", "radio", "fixed-text", "formatted-text", "value-range":
		if string(x.space) == "form" {
			for _, name := range []string{"value", "current-value", "label", "title"} {
				if err := o.aside(scanner.KindForm, x.attr(name)); err != nil {
					return err
				}
			}
		}
	case "named-range", "named-expression", "database-range":
		if err := o.aside(scanner.KindProperty, tellingName(x.attr("name"))); err != nil {
			return err
		}
		if s := x.attr("expression"); tellingFormula(s) {
			return o.aside(scanner.KindProperty, s)
		}
	case "filter-condition", "filter-set-item":
		return o.aside(scanner.KindProperty, tellingName(x.attr("value")))
	case "property":
		return o.aside(scanner.KindForm, tellingName(x.attr("string-value")))
	case "template", "auto-reload":
		return o.link(x.attr("href"))
	}
	return nil
}

// styleProperties takes what hides text out of the style being defined.
func (o *odfReader) styleProperties(x *xmlLexer) {
	s := o.styles[o.style]
	if x.attr("display") == "none" && string(x.name) != "paragraph-properties" ||
		x.attr("display") == "false" || x.attr("visibility") == "hidden" {
		s.hidden = true
	}
	if c, ok := strings.CutPrefix(x.attrIn("fo", "color"), "#"); ok {
		s.color = c
	}
	for _, name := range []string{"background-color", "fill-color"} {
		if c, ok := strings.CutPrefix(x.attr(name), "#"); ok {
			s.fill = c
		}
	}
	if size := centimetres(x.attr("font-size")); size > 0 && size < 2*2.54/72 {
		s.hidden = true
	}
	if string(x.name) == "page-layout-properties" && x.hasAttr("page-width") {
		if w, h := centimetres(x.attr("page-width")), centimetres(x.attr("page-height")); w > o.width {
			o.width, o.height = w, h
		}
	}
	if o.style != "" {
		o.styles[o.style] = s
	}
}

// centimetres reads a length with its unit.
func centimetres(s string) float64 {
	for _, u := range []struct {
		unit string
		cm   float64
	}{{"cm", 1}, {"mm", 0.1}, {"in", 2.54}, {"pt", 2.54 / 72}, {"px", 2.54 / 96}} {
		if num, ok := strings.CutSuffix(s, u.unit); ok {
			v, _ := strconv.ParseFloat(num, 64) // 0 for what is no number
			return v * u.cm
		}
	}
	return 0
}

// shape enters a drawing object.
func (o *odfReader) shape(x *xmlLexer) error {
	kind, hidden := o.flow().kind, false
	if o.page > 0 && kind == scanner.KindBody && x.attr("class") == "title" {
		kind = scanner.KindTitle
	}
	if x.attr("placeholder") == "true" {
		hidden = true
	}
	if o.page > 0 && o.width > 0 && x.hasAttr("width") {
		left, top := centimetres(x.attr("x")), centimetres(x.attr("y"))
		w, h := centimetres(x.attr("width")), centimetres(x.attr("height"))
		hidden = hidden || left >= o.width || top >= o.height || left+w <= 0 || top+h <= 0
	}
	if x.attr("display") == "none" || x.attr("visible") == "false" {
		hidden = true
	}
	o.push(string(x.name), kind, hidden)
	return o.aside(scanner.KindAttribute, tellingName(x.attrIn("draw", "name")))
}

func (o *odfReader) link(href string) error {
	if href == "" || strings.HasPrefix(href, "#") {
		return nil
	}
	o.f.link(Link{URL: href, Via: "a"})
	return o.aside(scanner.KindLink, href)
}

// script gives the script a text holds.
func (o *odfReader) script(x *xmlLexer) error {
	var text strings.Builder
	for depth := 1; depth > 0 && x.next(); {
		switch x.kind {
		case xmlStart:
			depth++
		case xmlEnd:
			depth--
		case xmlText:
			text.Write(x.text)
		}
	}
	return o.aside(scanner.KindScript, text.String())
}

// aside gives a text beside the line of the open paragraph.
func (o *odfReader) aside(kind scanner.Kind, s string) error {
	if isBlank(s) {
		return nil
	}
	if p := o.para(); p != nil {
		p.extra = append(p.extra, wordPiece{kind: kind, text: []byte(s)})
		return nil
	}
	return o.emit(kind, s)
}
