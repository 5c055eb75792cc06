package document

import (
	"context"
	"path"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// presentation is what slides are understood by.
type presentation struct {
	width, height int64 // of a slide, in EMU; 0 when unknown
	authors       map[string]string
}

// readPresentation reads a presentation in the order of its slides, each with
// its notes and comments.
func (p *ooxml) readPresentation(context.Context) error {
	p.slides = &presentation{authors: map[string]string{}}
	main := p.mainPart("ppt/presentation.xml")
	var order []string
	err := p.walk(main, func(x *xmlLexer) error {
		for x.next() {
			if x.kind != xmlStart {
				continue
			}
			switch string(x.name) {
			case "sldId":
				order = append(order, p.target(main, x.attrIn("r", "id")))
			case "sldSz":
				p.slides.width, p.slides.height = atoi64(x.attr("cx")), atoi64(x.attr("cy"))
			case "section", "custShow":
				if err := p.f.text(scanner.KindProperty, tellingName(x.attr("name"))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, kind := range []string{"commentAuthors", "authors"} {
		for _, t := range p.targets(main, kind) {
			if err := p.walk(t, p.readAuthors); err != nil {
				return err
			}
		}
	}
	for i, slide := range order {
		if err := p.readSlideTree(slide, i+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *ooxml) readSlideTree(slide string, page int) error {
	parts := []string{slide}
	for _, kind := range []string{"notesSlide", "chart", "diagramData", "comments", "tags"} {
		parts = append(parts, p.targets(slide, kind)...)
	}
	for _, name := range parts {
		err := p.walk(name, func(x *xmlLexer) error {
			for x.next() {
				if x.kind == xmlStart {
					return p.readSlide(name, string(x.name), page, x)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readSlide walks a part of a presentation whose root has just been read.
func (p *ooxml) readSlide(name, root string, page int, x *xmlLexer) error {
	at := drawingPlace{kind: scanner.KindBody, page: page}
	switch root {
	case "sld":
		if v := x.attr("show"); v == "0" || v == "false" {
			at.kind = scanner.KindHidden
		}
		at.slide = true
	case "notes", "notesMaster", "handoutMaster":
		at.kind = scanner.KindNote
		at.master = root != "notes"
	case "sldMaster", "sldLayout":
		at.master = true
	case "cmLst":
		at.kind = scanner.KindComment
	case "tagLst":
		at.kind = scanner.KindProperty
	case "chartSpace", "dataModel":
	default:
		return p.readUnknown(x, root)
	}
	return p.readDrawing(at, name, x)
}

// drawingPlace is where the text of a DrawingML part stands.
type drawingPlace struct {
	kind   scanner.Kind
	page   int
	sheet  string
	slide  bool // shapes can lie off the slide
	master bool // placeholders hold prompts
}

// drawingWalker turns DrawingML into segments: paragraphs of shapes, cells of
// tables, texts and cached values of charts, nodes of diagrams, comments.
type drawingWalker struct {
	p    *ooxml
	at   drawingPlace
	part string

	para   []byte
	inPara int
	take   bool // character data counts
	block  int
	shape  []drawingShape
	seen   map[string]bool
	anchor string // cell a drawing of a sheet is fixed to
	from   bool
	num    string // element whose number is being read
	table  int
	trow   int
	tcol   int
	cached bool // in a chart: cached values count
	faint  bool // the run is white, or transparent
	unseen []byte
	ground bool // the slide has a ground of its own

	choice   map[string]bool // texts of the modern form of the last drawing
	fallback int
	diagram  string // which diagram this is a part of, "" for none
}

type drawingShape struct {
	hidden, off   bool
	group, placed bool
	holder        string // type of the placeholder
	filled        bool   // text stands on a colour or a picture of the shape's own
}

// readDrawing walks a part whose root has just been read.
func (p *ooxml) readDrawing(at drawingPlace, name string, x *xmlLexer) error {
	d := &drawingWalker{p: p, at: at, part: name, seen: map[string]bool{}}
	if base := path.Base(name); strings.Contains(strings.ToLower(name), "diagrams/") {
		d.diagram = strings.TrimLeft(base, "abcdefghijklmnopqrstuvwxyz") // data1.xml and drawing1.xml are one
	}
	for x.next() {
		var err error
		switch x.kind {
		case xmlStart:
			err = d.start(x)
		case xmlText:
			if d.take && d.faint && d.unseenHere() {
				d.unseen = append(d.unseen, x.text...)
			} else if d.take {
				d.para = append(d.para, x.text...)
			} else if d.num != "" {
				d.number(string(x.text))
			}
		case xmlEnd:
			err = d.end(string(x.name))
		}
		if err != nil {
			return err
		}
	}
	return d.flush()
}

func (d *drawingWalker) start(x *xmlLexer) error {
	switch string(x.name) {
	case "p":
		d.inPara++
		d.para = d.para[:0]
	case "t", "text":
		d.take = true
	case "rPr", "endParaRPr":
		d.runLook(x)
	case "r", "fld":
		d.faint = false
	case "bg":
		d.ground = true
	case "solidFill", "gradFill", "blipFill", "pattFill":
		if s := d.top(); s != nil && d.inPara == 0 && !s.filled {
			s.filled = string(x.name) != "solidFill" || !whitePaint(x, "solidFill")
		}
	case "br":
		d.para = append(d.para, '\n')
	case "tab":
		if d.inPara > 0 && string(x.space) == "a" && len(x.attrs) == 0 {
			d.para = append(d.para, '\t')
		}
	case "sp", "pic", "graphicFrame", "cxnSp", "contentPart":
		d.shape = append(d.shape, drawingShape{})
	case "grpSp":
		d.shape = append(d.shape, drawingShape{group: true})
	case "cNvPr", "docPr":
		return d.names(x)
	case "ph":
		if s := d.top(); s != nil {
			s.holder = x.attr("type")
			if s.holder == "" {
				s.holder = "body"
			}
		}
	case "off":
		d.offset(x)
	case "tbl":
		d.table, d.trow = d.p.f.nextTable(), 0
	case "tr":
		d.trow, d.tcol = d.trow+1, 0
	case "tc":
		d.tcol++
	case "timing", "style", "lstStyle", "ln":
		skipElement(x)
	default:
		return d.startMore(x)
	}
	return nil
}

func (d *drawingWalker) startMore(x *xmlLexer) error {
	switch string(x.name) {
	case "hlinkClick", "hlinkHover":
		return d.emit(scanner.KindAttribute, x.attr("tooltip"))
	case "cm", "reply":
		return d.p.named(scanner.KindComment, d.p.slides.author(x.attr("authorId")))
	case "tag":
		if err := d.emit(scanner.KindProperty, tellingName(x.attr("name"))); err != nil {
			return err
		}
		return d.emit(scanner.KindProperty, tellingName(x.attr("val")))
	case "v":
		d.take = d.cached || d.inPara > 0
	case "strCache", "numCache", "strLit", "numLit", "tx", "cat", "val", "xVal", "yVal":
		d.cached = true
	case "from":
		d.from = true
	case "col", "row":
		if d.from {
			d.num = string(x.name)
		}
	case "Choice":
		d.choice = map[string]bool{}
	case "Fallback":
		d.fallback++
	case "cSld":
		return d.emit(scanner.KindAttribute, tellingName(x.attr("name")))
	}
	return nil
}

func (p *ooxml) readAuthors(x *xmlLexer) error {
	for x.next() {
		if x.kind == xmlStart && x.hasAttr("id") {
			p.slides.authors[x.attr("id")] = x.attr("name")
			if err := p.named(scanner.KindComment, x.attr("name")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *presentation) author(id string) string {
	if p == nil {
		return ""
	}
	return p.authors[id]
}

func (d *drawingWalker) top() *drawingShape {
	if len(d.shape) == 0 {
		return nil
	}
	return &d.shape[len(d.shape)-1]
}

// names reads what a shape is called and described as.
func (d *drawingWalker) names(x *xmlLexer) error {
	if s := d.top(); s != nil {
		if v := x.attr("hidden"); v == "1" || v == "true" {
			s.hidden = true
		}
	}
	descr := x.attr("descr")
	for i, text := range []string{descr, x.attr("title"), tellingName(x.attr("name"))} {
		if i > 0 && text == descr {
			continue
		}
		if err := d.emit(scanner.KindAttribute, text); err != nil {
			return err
		}
	}
	return nil
}

// offset tells shapes that lie beside the slide. Members of a group are left
// alone: their coordinates are the group's own.
func (d *drawingWalker) offset(x *xmlLexer) {
	s := d.top()
	if s == nil || s.placed || !d.at.slide || d.p.slides == nil || d.p.slides.width == 0 {
		return
	}
	s.placed = true
	for i := range d.shape[:len(d.shape)-1] {
		if d.shape[i].group {
			return
		}
	}
	left, top := atoi64(x.attr("x")), atoi64(x.attr("y"))
	s.off = left >= d.p.slides.width || top >= d.p.slides.height
	if left >= 0 && top >= 0 {
		return
	}
	for x.next() {
		if x.kind == xmlStart && string(x.name) == "ext" {
			s.off = s.off || left+atoi64(x.attr("cx")) <= 0 || top+atoi64(x.attr("cy")) <= 0
		}
		if x.kind == xmlStart || string(x.name) != "off" {
			return
		}
	}
}

func (d *drawingWalker) number(s string) {
	n := atoi(strings.TrimSpace(s))
	if d.num == "col" {
		d.anchor = columnName(n + 1)
	} else if d.anchor != "" {
		d.anchor = strings.TrimRight(d.anchor, "0123456789") + strconv.Itoa(n+1)
	}
}

func (d *drawingWalker) end(name string) error {
	switch name {
	case "p":
		d.inPara = max(0, d.inPara-1)
		return d.flush()
	case "t", "text", "v":
		d.take = false
		if d.inPara == 0 {
			return d.flush()
		}
	case "sp", "pic", "graphicFrame", "cxnSp", "contentPart", "grpSp":
		if len(d.shape) > 0 {
			d.shape = d.shape[:len(d.shape)-1]
		}
	case "tbl":
		d.table, d.trow, d.tcol = 0, 0, 0
	case "Fallback":
		d.fallback--
	case "from":
		d.from = false
	case "col", "row":
		d.num = ""
	case "strCache", "numCache", "strLit", "numLit":
		d.cached = false
	}
	return nil
}

// runLook reads how a run looks: whether it can be seen.
func (d *drawingWalker) runLook(x *xmlLexer) {
	name := string(x.name)
	size := atoi(x.attr("sz")) // hundredths of a point
	d.faint = size > 0 && size < 200
	for depth := 1; depth > 0 && x.next(); {
		switch x.kind {
		case xmlStart:
			depth++
			switch string(x.name) {
			case "solidFill":
				d.faint = d.faint || whitePaint(x, "solidFill")
				depth--
			case "ln", "effectLst", "uFill", "highlight":
				skipElement(x)
				depth--
			case "hlinkClick", "hlinkHover":
				_ = d.emit(scanner.KindAttribute, x.attr("tooltip")) // the same error meets the next segment
			}
		case xmlEnd:
			depth--
		}
	}
	if name == "endParaRPr" {
		d.faint = false
	}
}

// whitePaint reads a fill to its end and reports whether it cannot be told
// from white paper, or lets everything through.
func whitePaint(x *xmlLexer, name string) bool {
	white := false
	for depth := 1; depth > 0 && x.next(); {
		switch x.kind {
		case xmlStart:
			depth++
			switch string(x.name) {
			case "srgbClr":
				white = sameHex(x.attr("val"), paper)
			case "schemeClr":
				white = x.attr("val") == "bg1" || x.attr("val") == "lt1"
			case "sysClr":
				white = sameHex(x.attr("lastClr"), paper)
			case "prstClr":
				white = x.attr("val") == "white"
			case "alpha":
				v := x.attr("val")
				white = white || v == "0" || v == "0%"
			case "lumMod", "shade", "lumOff":
				white = false
			}
		case xmlEnd:
			depth--
		}
	}
	return white
}

// unseenHere reports whether white text has nothing darker below it that is
// known of.
func (d *drawingWalker) unseenHere() bool {
	if d.ground || d.at.master || !d.at.slide || d.table > 0 {
		return false
	}
	for i := range d.shape {
		if d.shape[i].filled {
			return false
		}
	}
	return true
}

func (d *drawingWalker) flush() error {
	unseen := strings.TrimSpace(string(d.unseen))
	d.unseen = d.unseen[:0]
	if err := d.emit(scanner.KindHidden, unseen); err != nil {
		return err
	}
	text := strings.TrimSpace(string(d.para))
	d.para = d.para[:0]
	if text == "" {
		return nil
	}
	d.block++
	kind := d.kindNow()
	if kind == scanner.KindTitle {
		d.p.f.title(text)
	}
	return d.emit(kind, text)
}

// kindNow says what the text of the current shape is.
func (d *drawingWalker) kindNow() scanner.Kind {
	for i := range d.shape {
		if d.shape[i].hidden || d.shape[i].off {
			return scanner.KindHidden
		}
	}
	s := d.top()
	if s != nil {
		switch s.holder {
		case "ftr":
			return scanner.KindFooter
		case "hdr":
			return scanner.KindHeader
		}
	}
	if d.at.kind != scanner.KindBody || s == nil || s.holder == "" {
		return d.at.kind
	}
	if d.at.master {
		return scanner.KindHidden // the prompt of an empty placeholder
	}
	switch s.holder {
	case "title", "ctrTitle":
		return scanner.KindTitle
	}
	return d.at.kind
}

func (d *drawingWalker) emit(kind scanner.Kind, text string) error {
	if isBlank(text) {
		return nil
	}
	if kind == scanner.KindAttribute {
		if d.seen[text] {
			return nil
		}
		d.seen[text] = true
	}
	if d.fallback > 0 && d.choice[text] {
		return nil // said by the modern form
	}
	if d.diagram != "" {
		if d.p.nodes[d.diagram+text] {
			return nil // the nodes of a diagram, and the shapes drawn for them
		}
		d.p.nodes[d.diagram+text] = true
	}
	if d.choice != nil {
		d.choice[text] = true
	}
	s := scanner.Segment{
		Place: scanner.Place{Kind: kind, Page: d.at.page, Sheet: d.at.sheet, Line: d.block},
		Text:  text,
	}
	if d.at.sheet != "" {
		s.Place.Cell, s.Place.Line = d.anchor, 0
	}
	if d.table > 0 {
		s.Table, s.Row, s.Col = d.table, max(d.trow, 1), max(d.tcol, 1)
		s.Header = d.trow == 1
	}
	return d.p.f.emit(s)
}

// readVML reads the legacy drawing language: text boxes, alternative texts,
// the strings of WordArt.
func (p *ooxml) readVML(x *xmlLexer, kind scanner.Kind) error {
	var text strings.Builder
	box := 0
	for x.next() {
		switch x.kind {
		case xmlStart:
			switch string(x.name) {
			case "ClientData", "shapelayout", "stroke", "formulas":
				skipElement(x)
				continue
			case "textbox":
				box++
			}
			for _, name := range []string{"alt", "string"} {
				if err := p.f.text(scanner.KindAttribute, x.attr(name)); err != nil {
					return err
				}
			}
			if err := p.f.text(scanner.KindAttribute, tellingName(x.attrIn("o", "title"))); err != nil {
				return err
			}
		case xmlText:
			if box > 0 {
				text.Write(x.text)
			}
		case xmlEnd:
			if string(x.name) == "textbox" {
				box--
				if err := p.f.text(kind, strings.TrimSpace(text.String())); err != nil {
					return err
				}
				text.Reset()
			}
		}
	}
	return nil
}
