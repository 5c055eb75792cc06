package document

import (
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// readODF reads an OpenDocument file (ISO/IEC 26300): text, spreadsheet or
// presentation, with the objects inside it.
func readODF(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the file is damaged, its parts were searched for")
	}
	p := newPackage(f, members)
	if encrypted, err := p.odfEncrypted(); err != nil || encrypted {
		if err == nil {
			err = failf(scanner.StatusEncrypted, "encrypted, needs a password")
		}
		return err
	}
	o := &odfReader{f: f, styles: map[string]odfStyle{}}
	for _, name := range []string{"meta.xml", "styles.xml", "content.xml"} {
		if err := p.walk(name, o.run); err != nil {
			return err
		}
	}
	for _, part := range p.parts {
		if err := p.readODFPart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// readFlatODF reads an OpenDocument file that is one XML document.
func readFlatODF(_ context.Context, f *file) error {
	o := &odfReader{f: f, styles: map[string]odfStyle{}}
	x := newXMLLexer(f.reader())
	if err := o.run(x); err != nil {
		return err
	}
	return flatEnd(f, x)
}

// flatEnd reports what was wrong with a document of one XML part.
func flatEnd(f *file, x *xmlLexer) error {
	if x.readErr != nil {
		return x.readErr
	}
	if x.broken {
		f.problem(scanner.StatusPartial, "not well-formed, read as far as possible")
	}
	return nil
}

func (p *ooxml) odfEncrypted() (bool, error) {
	encrypted := false
	err := p.walk("META-INF/manifest.xml", func(x *xmlLexer) error {
		for x.next() {
			if x.kind == xmlStart && string(x.name) == "encryption-data" {
				encrypted = true
			}
		}
		return nil
	})
	return encrypted, err
}

// readODFPart reads the parts of embedded objects, and files of other kinds.
func (p *ooxml) readODFPart(ctx context.Context, part ooxmlPart) error {
	lower := strings.ToLower(part.name)
	if p.done[lower] {
		return nil
	}
	p.done[lower] = true
	base := path.Base(lower)
	switch {
	case base == "mimetype", base == "manifest.xml", base == "manifest.rdf", base == "settings.xml",
		strings.HasPrefix(lower, "configurations"), strings.HasPrefix(lower, "thumbnails/"), strings.HasPrefix(lower, "layout-cache"),
		strings.HasPrefix(lower, "fonts/"), strings.HasPrefix(lower, "objectreplacements/"), strings.HasPrefix(lower, "pictures/tablepreview"), mediaExt(path.Ext(lower)):
		return nil
	case base == "content.xml", base == "styles.xml", base == "meta.xml":
		delete(p.done, lower)
		o := &odfReader{f: p.f, styles: map[string]odfStyle{}}
		return p.walk(part.name, o.run)
	case path.Ext(base) == ".xml" || path.Ext(base) == ".xlb" || path.Ext(base) == ".xlc" || path.Ext(base) == ".rdf":
		return p.readXMLPart(part.name)
	}
	r, err := part.member.open()
	if err != nil {
		return p.partFault(part.name, err)
	}
	return p.f.child(ctx, part.name, r)
}

// odfStyle is what a reader of text needs to know of a style.
type odfStyle struct {
	parent string
	hidden bool   // text, section, sheet or slide is not shown, or too small to be seen
	color  string // RRGGBB of the text and below it, "" where nothing is said
	fill   string
}

// unseen reports whether text of this style cannot be seen.
func (s odfStyle) unseen() bool {
	return s.hidden || sameHex(s.color, cmp.Or(s.fill, paper))
}

// odfReader walks the parts of one document; styles are learnt on the way.
type odfReader struct {
	f      *file
	styles map[string]odfStyle
	style  string // style being defined

	paras  []*odfPara
	kinds  []odfFlow // what the text of the open elements is
	spans  []bool    // hidden, for every open span
	tables []*odfTable
	block  int
	page   int

	width, height float64 // of a slide, cm
	creator       bool    // text is the name of a commenter
	change        string  // id of the tracked change being defined
	inserted      map[string]bool
	ins           int
	ruby          int
	meta          int
	label         string
	spreadsheet   bool
	authors       map[string]bool
}

// odfFlow is a stretch of the document with a kind of its own.
type odfFlow struct {
	element string
	kind    scanner.Kind
	hidden  bool
}

type odfPara struct {
	body  strings.Builder
	plain bool
	extra []wordPiece
	kind  scanner.Kind
}

type odfTable struct {
	id, row, col int
	name         string
	sheet        bool
	hidden       bool
	rowHidden    bool
	cols         []colRange
	colAt        int
	header       bool
	repeat       int
	value        string // of the current cell, as a number or date
	cells        sheetTable
	text         []string
	inCell       bool
	flow         int // open elements with a kind of their own when it began
}

func (o *odfReader) run(x *xmlLexer) error {
	if o.authors == nil {
		o.authors, o.inserted = map[string]bool{}, map[string]bool{}
	}
	for x.next() {
		var err error
		switch x.kind {
		case xmlStart:
			err = o.start(x)
		case xmlText:
			o.text(x)
		case xmlEnd:
			err = o.end(string(x.name), string(x.space))
		}
		if err != nil {
			return err
		}
	}
	for len(o.paras) > 0 {
		if err := o.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (o *odfReader) flow() odfFlow {
	if len(o.kinds) == 0 {
		return odfFlow{kind: scanner.KindBody}
	}
	return o.kinds[len(o.kinds)-1]
}

func (o *odfReader) push(element string, kind scanner.Kind, hidden bool) {
	o.kinds = append(o.kinds, odfFlow{element, kind, hidden || o.flow().hidden})
}

func (o *odfReader) para() *odfPara {
	if len(o.paras) == 0 {
		return nil
	}
	return o.paras[len(o.paras)-1]
}

func (o *odfReader) table() *odfTable {
	if len(o.tables) == 0 {
		return nil
	}
	return o.tables[len(o.tables)-1]
}

func (o *odfReader) lookup(name string) odfStyle {
	var out odfStyle
	for range 16 {
		s, ok := o.styles[name]
		if !ok {
			return out
		}
		out.hidden = out.hidden || s.hidden
		out.color, out.fill = cmp.Or(out.color, s.color), cmp.Or(out.fill, s.fill)
		name = s.parent
	}
	return out
}

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
