package document

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"prescreen/scanner"
)

// readWord reads a word processing package in reading order.
func (p *ooxml) readWord(context.Context) error {
	main := p.mainPart("word/document.xml")
	for _, t := range p.targets(main, "styles") {
		if err := p.walk(t, func(x *xmlLexer) error { p.word = readWordStyles(x); return nil }); err != nil {
			return err
		}
	}
	parts := []string{main}
	for _, kind := range []string{"header", "footer", "footnotes", "endnotes", "comments"} {
		parts = append(parts, p.targets(main, kind)...)
	}
	for _, name := range parts {
		err := p.walk(name, func(x *xmlLexer) error {
			for x.next() {
				if x.kind == xmlStart {
					return p.readWordPart(name, string(x.name), x)
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

// readWordPart walks a WordprocessingML part whose root has just been read.
func (p *ooxml) readWordPart(name, root string, x *xmlLexer) error {
	kind := scanner.KindBody
	switch root {
	case "hdr":
		kind = scanner.KindHeader
	case "ftr":
		kind = scanner.KindFooter
	case "footnotes", "endnotes":
		kind = scanner.KindNote
	case "comments":
		kind = scanner.KindComment
	case "glossaryDocument":
		kind = scanner.KindHidden
	}
	w := &wordWalker{p: p, f: p.f, part: name, base: kind, styles: p.word}
	return w.run(x)
}

// readWordSettings reads what people leave in settings, numbering and style
// parts: document variables, mail-merge sources, literal list texts.
func (p *ooxml) readWordSettings(x *xmlLexer) error {
	for x.next() {
		if x.kind != xmlStart {
			continue
		}
		var text string
		switch string(x.name) {
		case "docVar":
			if err := p.f.text(scanner.KindProperty, x.attr("name")); err != nil {
				return err
			}
			text = x.attr("val")
		case "query", "connectString", "udl", "dataSource", "addressFieldName", "mailSubject":
			text = x.attr("val")
		case "lvlText":
			if text = x.attr("val"); countHan(text) < 3 {
				continue
			}
		default:
			continue
		}
		if err := p.f.text(scanner.KindProperty, text); err != nil {
			return err
		}
	}
	return nil
}

func countHan(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0x3400 && r <= 0x9FFF || r >= 0x20000 && r <= 0x3FFFF {
			n++
		}
	}
	return n
}

// wordWalker turns WordprocessingML into segments. One paragraph gives the
// text a reader sees, tracked insertions accepted and deletions gone; hidden,
// inserted and deleted runs are segments of their own.
type wordWalker struct {
	p      *ooxml
	f      *file
	part   string
	base   scanner.Kind
	styles *wordStyles

	paras  []*wordPara
	tables []*wordTable
	block  int

	ins, del, mark int // depth of tracked insertions, deletions, paragraph mark properties
	style          wordRun
	inRun          int
	field          []*wordField
	forms          int
	inRow          bool   // within row properties
	drawings       []bool // open drawings: whether they are not shown
	ruby           int
	flat           bool // Word 2003 XML: everything is in one part
	flows          []wordFlow
	alternate      []map[string]bool // text given by the choice of each AlternateContent
	fallback       int
	collect        byte // text of an element that is not paragraph text goes here: 'i' field code
}

// wordFlow is what a header, note or comment inside the text restores when it
// ends.
type wordFlow struct {
	element  string
	base     scanner.Kind
	ins, del int
}

type wordRun struct {
	hidden      bool
	color, fill string // RRGGBB of the text and below it; "" where nothing is said
}

type wordTable struct {
	id, row, col, span int
	header             bool
	fill               string // of the cell
	hidden             bool   // the row is not shown
	ins, del           bool   // the row was inserted or deleted
}

type wordField struct {
	code   strings.Builder
	result bool
}

type wordPara struct {
	kind  scanner.Kind
	style wordStyle
	fill  string
	body  strings.Builder
	plain bool // body has text that is not an insertion
	extra []wordPiece
	aside strings.Builder // phonetic guide
}

func (w *wordWalker) run(x *xmlLexer) error {
	for x.next() {
		var err error
		switch x.kind {
		case xmlText:
			w.text(x)
		case xmlStart:
			err = w.start(x)
		case xmlEnd:
			err = w.end(string(x.name))
		}
		if err != nil {
			return err
		}
	}
	for len(w.paras) > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

// skip reads past the element that has just begun.
func skipElement(x *xmlLexer) {
	for depth := 1; depth > 0 && x.next(); {
		switch x.kind {
		case xmlStart:
			depth++
		case xmlEnd:
			depth--
		}
	}
}

func (w *wordWalker) start(x *xmlLexer) error {
	switch string(x.name) {
	case "p":
		w.paras = append(w.paras, &wordPara{kind: w.base})
		w.inRun = 0
	case "r":
		w.inRun++
		w.style = wordRun{}
	case "pPrChange", "rPrChange", "tblPrChange", "tcPrChange", "trPrChange", "sectPrChange", "tblGridChange", "numberingChange":
		author := x.attr("author")
		skipElement(x)
		return w.p.author(author)
	case "ins", "moveTo":
		w.ins++
		w.changedRow(func(t *wordTable) { t.ins = true })
		return w.p.author(x.attr("author"))
	case "del", "moveFrom":
		w.del++
		w.changedRow(func(t *wordTable) { t.del = true })
		return w.p.author(x.attr("author"))
	case "comment":
		if err := w.p.named(scanner.KindComment, tellingName(x.attr("initials"))); err != nil {
			return err
		}
		return w.p.named(scanner.KindComment, x.attr("author"))
	case "AlternateContent":
		w.alternate = append(w.alternate, map[string]bool{})
	case "Fallback":
		w.fallback++
	case "t", "delText", "instrText", "delInstrText":
		w.collect = x.name[0]
	case "tab", "ptab":
		if w.inRun > 0 {
			w.write("\t")
		}
	case "br", "cr":
		w.write("\n")
	case "noBreakHyphen":
		w.write("-")
	case "fldChar":
		w.fieldChar(x.attr("fldCharType"))
		return nil
	case "rt":
		w.ruby++
	default:
		return w.startMore(x)
	}
	return nil
}

func (w *wordWalker) startMore(x *xmlLexer) error {
	switch string(x.name) {
	case "pPr":
		w.mark++
	case "pStyle":
		if p := w.para(); p != nil && w.mark > 0 {
			p.style = w.styles.lookup(x.attr("val"))
		}
	case "rStyle":
		st := w.styles.lookup(x.attr("val"))
		w.style.hidden = w.style.hidden || st.hidden
		w.style.color, w.style.fill = cmp.Or(w.style.color, st.color), cmp.Or(w.style.fill, st.fill)
	case "outlineLvl":
		if p := w.para(); p != nil && w.mark > 0 && x.attr("val") != "9" && p.style.kind == "" {
			p.style.kind = scanner.KindHeading
		}
	case "vanish":
		if w.mark == 0 {
			w.style.hidden = x.flag()
		}
	case "color":
		if w.mark == 0 {
			w.style.color = x.attr("val")
		}
	case "sz":
		if w.mark == 0 {
			w.style.hidden = w.style.hidden || isTiny(x.attr("val"))
		}
	case "shd":
		w.shade(shadeFill(x))
	case "highlight":
		if w.mark == 0 {
			w.style.fill = highlights[x.attr("val")]
		}
	case "trPr":
		w.inRow = true
	case "hidden":
		if x.flag() {
			w.changedRow(func(t *wordTable) { t.hidden = true })
		}
	case "tbl":
		w.tables = append(w.tables, &wordTable{id: w.f.nextTable()})
	case "tr":
		if t := w.table(); t != nil {
			t.row++
			*t = wordTable{id: t.id, row: t.row, span: 1}
		}
	case "tblHeader":
		if t := w.table(); t != nil {
			t.header = x.flag()
		}
	case "tc":
		if t := w.table(); t != nil {
			t.col += max(t.span, 1)
			t.span, t.fill = 1, ""
		}
	case "gridSpan":
		if t := w.table(); t != nil {
			t.span = max(1, min(atoi(x.attr("val")), 1000))
		}
	case "hyperlink":
		if tip := x.attr("tooltip"); tip != "" {
			return w.aside(scanner.KindAttribute, tip)
		}
	default:
		return w.startObject(x)
	}
	return nil
}

// startObject handles drawings, form fields and other things set in text.
func (w *wordWalker) startObject(x *xmlLexer) error {
	switch string(x.name) {
	case "cNvPr":
		return w.shapeNames(x)
	case "drawing", "pict", "object":
		w.drawings = append(w.drawings, false)
	case "shape", "rect", "oval", "roundrect", "line":
		if strings.Contains(strings.ReplaceAll(x.attr("style"), " ", ""), "visibility:hidden") {
			w.conceal()
		}
		if href := x.attr("href"); href != "" {
			if err := w.aside(scanner.KindLink, href); err != nil {
				return err
			}
		}
		return w.aside(scanner.KindAttribute, x.attr("alt"))
	case "hlinkClick", "hlinkHover":
		return w.aside(scanner.KindAttribute, x.attr("tooltip"))
	case "tblCaption", "tblDescription":
		return w.aside(scanner.KindAttribute, x.attr("val"))
	case "bookmarkStart":
		return w.aside(scanner.KindAttribute, tellingName(x.attr("name")))
	case "attr", "placeholder":
		return w.aside(scanner.KindAttribute, tellingName(x.attr("val")))
	case "name":
		if w.base == scanner.KindHidden { // of a building block
			return w.aside(scanner.KindHidden, tellingName(x.attr("val")))
		}
	case "imagedata":
		return w.aside(scanner.KindAttribute, tellingName(x.attr("title")))
	case "textpath":
		return w.aside(w.base, x.attr("string"))
	case "alias", "tag", "statusText", "helpText", "listEntry", "placeholderText":
		return w.aside(scanner.KindForm, tellingName(x.attr("val")))
	case "default":
		if w.forms > 0 {
			return w.aside(scanner.KindForm, tellingName(x.attr("val")))
		}
	case "listItem":
		if err := w.aside(scanner.KindForm, x.attr("displayText")); err != nil {
			return err
		}
		if v := x.attr("value"); v != x.attr("displayText") {
			return w.aside(scanner.KindForm, v)
		}
	case "ffData":
		w.forms++
	case "txbxContent":
		w.inRun, w.collect = 0, 0
	case "fldSimple":
		return w.fieldCode(x.attr("instr"))
	case "chart", "relIds", "wsp", "altChunk":
	case "hdr", "ftr", "footnote", "endnote", "annotation", "binData", "hlink", "DocumentProperties", "CustomDocumentProperties", "styles", "docPr":
		if w.flat {
			return w.startFlat(x)
		}
		if string(x.name) == "docPr" {
			return w.shapeNames(x)
		}
	case "sym":
		if r := symRune(x.attr("char")); r != 0 {
			w.write(string(r))
		}
	case "datastoreItem", "latentStyles", "rsids", "sectPr":
		if string(x.name) != "sectPr" {
			skipElement(x)
		}
	}
	return nil
}

// symRune maps a symbol-font character to Unicode where it is one: the
// private area of Wingdings says nothing.
func symRune(hex string) rune {
	v := parseHex(hex)
	if v >= 0xF020 && v <= 0xF0FF || v == 0 || v > 0x10FFFF {
		return 0
	}
	return rune(v)
}

func (w *wordWalker) shade(fill string) {
	p, t := w.para(), w.table()
	switch {
	case fill == "":
	case w.inRun > 0 && w.mark == 0:
		w.style.fill = fill
	case p != nil && w.mark > 0:
		p.fill = fill
	case t != nil:
		t.fill = fill
	}
}

// changedRow applies what row properties say to the row they belong to.
func (w *wordWalker) changedRow(set func(*wordTable)) {
	if t := w.table(); t != nil && w.inRow {
		set(t)
	}
}

// conceal notes that the innermost drawing is not shown.
func (w *wordWalker) conceal() {
	if n := len(w.drawings); n > 0 {
		w.drawings[n-1] = true
	}
}

func (w *wordWalker) shapeNames(x *xmlLexer) error {
	if isOn(x.attr("hidden")) {
		w.conceal()
	}
	descr, title, name := x.attr("descr"), x.attr("title"), tellingName(x.attr("name"))
	kind := scanner.KindAttribute
	for i, s := range []string{descr, title, name} {
		if s == "" || i > 0 && s == descr {
			continue
		}
		if err := w.once(kind, s); err != nil {
			return err
		}
	}
	return nil
}

// once is aside for texts that a drawing repeats in its inner picture.
func (w *wordWalker) once(kind scanner.Kind, s string) error {
	if p := w.para(); p != nil {
		for i := range p.extra {
			if p.extra[i].kind == kind && string(p.extra[i].text) == s {
				return nil
			}
		}
	}
	return w.aside(kind, s)
}

// tellingName returns s when it looks like something a person wrote rather
// than a generated label such as "Picture 3".
func tellingName(s string) string {
	trimmed := strings.TrimRight(s, " 0123456789")
	switch strings.ToLower(trimmed) {
	case "", "图片", "图形", "文本框", "矩形", "直线", "组合", "对象", "表格", "图表", "picture", "text box", "textbox", "rectangle", "group",
		"shape", "image", "object", "frame", "straight connector", "chart", "table", "标题", "内容占位符", "文本占位符", "直接连接符", "副标题",
		"title", "subtitle", "content placeholder", "text placeholder", "placeholder", "文本占位", "自选图形", "形状", "备注占位符",
		"幻灯片图像占位符", "灯片编号占位符", "日期占位符", "页脚占位符", "slide number placeholder", "date placeholder", "footer placeholder":
		return ""
	}
	if strings.ContainsAny(s, `.\/:@`) || countHan(s) >= 2 || longestDigits(s) >= 6 {
		return s
	}
	return ""
}

// startFlat handles what Word 2003 XML keeps inside the text.
func (w *wordWalker) startFlat(x *xmlLexer) error {
	name := string(x.name)
	switch name {
	case "styles":
		w.styles = readWordStyles(x)
		return nil
	case "binData", "docPr":
		skipElement(x)
		return nil
	case "hlink":
		if dest := x.attr("dest"); dest != "" {
			w.f.link(Link{URL: dest, Via: "a"})
			return w.aside(scanner.KindLink, dest)
		}
		return nil
	}
	w.flows = append(w.flows, wordFlow{name, w.base, w.ins, w.del})
	switch name {
	case "hdr":
		w.base = scanner.KindHeader
	case "ftr":
		w.base = scanner.KindFooter
	case "footnote", "endnote":
		w.base = scanner.KindNote
	case "DocumentProperties", "CustomDocumentProperties":
		w.base = scanner.KindProperty
	case "annotation":
		switch x.attr("type") {
		case "Word.Comment":
			w.base = scanner.KindComment
			return w.p.named(scanner.KindComment, x.attr("author"))
		case "Word.Insertion":
			w.ins++
			return w.p.author(x.attr("author"))
		case "Word.Deletion":
			w.del++
			return w.p.author(x.attr("author"))
		}
	}
	return nil
}

func (w *wordWalker) end(name string) error {
	if n := len(w.flows); n > 0 && w.flows[n-1].element == name {
		fl := w.flows[n-1]
		w.flows = w.flows[:n-1]
		w.base, w.ins, w.del = fl.base, fl.ins, fl.del
	}
	switch name {
	case "p":
		return w.flush()
	case "r":
		w.inRun = max(0, w.inRun-1)
		w.style = wordRun{}
	case "t", "delText", "instrText", "delInstrText":
		w.collect = 0
	case "ins", "moveTo":
		w.ins = max(0, w.ins-1)
	case "del", "moveFrom":
		w.del = max(0, w.del-1)
	case "pPr":
		w.mark = max(0, w.mark-1)
	case "rt":
		w.ruby = max(0, w.ruby-1)
	case "tbl":
		if len(w.tables) > 0 {
			w.tables = w.tables[:len(w.tables)-1]
		}
	case "ffData":
		w.forms = max(0, w.forms-1)
	case "trPr":
		w.inRow = false
	case "drawing", "pict", "object":
		if n := len(w.drawings); n > 0 {
			w.drawings = w.drawings[:n-1]
		}
	case "Fallback":
		w.fallback = max(0, w.fallback-1)
	case "AlternateContent":
		if len(w.alternate) > 0 {
			w.alternate = w.alternate[:len(w.alternate)-1]
		}
	}
	return nil
}

func (w *wordWalker) para() *wordPara {
	if len(w.paras) == 0 {
		return nil
	}
	return w.paras[len(w.paras)-1]
}

func (w *wordWalker) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

// text takes character data. Outside w:t it is white space of the markup, or
// text of a damaged file, which is worth keeping.
func (w *wordWalker) text(x *xmlLexer) {
	if w.collect == 'i' {
		if len(w.field) == 0 {
			w.fieldChar("begin")
		}
		w.field[len(w.field)-1].code.Write(x.text)
		return
	}
	if w.base == scanner.KindProperty {
		// Values of the description stand in elements of their own.
		if err := w.emit(scanner.KindProperty, string(x.text)); err != nil {
			return // the same error meets the next segment
		}
		return
	}
	if w.collect == 0 && (isBlank(string(x.text)) || !x.broken) {
		return
	}
	w.write(string(x.text))
}

func (w *wordWalker) write(s string) {
	p := w.para()
	if p == nil {
		p = &wordPara{kind: w.base}
		w.paras = append(w.paras, p)
	}
	switch {
	case w.ruby > 0:
		p.aside.WriteString(s)
	case w.del > 0 || w.collect == 'd' || w.rowChanged(func(t *wordTable) bool { return t.del }):
		p.extra = addPiece(p.extra, scanner.KindRevision, 'd', s)
	case w.hidden(p):
		p.extra = addPiece(p.extra, scanner.KindHidden, 'h', s)
	default:
		if w.ins > 0 || w.rowChanged(func(t *wordTable) bool { return t.ins }) {
			p.extra = addPiece(p.extra, scanner.KindRevision, 'i', s)
		} else {
			p.plain = p.plain || !isBlank(s)
			closePiece(p.extra)
		}
		p.body.WriteString(s)
	}
}

func (w *wordWalker) rowChanged(how func(*wordTable) bool) bool {
	return slices.ContainsFunc(w.tables, how)
}

func (w *wordWalker) hidden(p *wordPara) bool {
	if w.style.hidden || p.style.hidden || slices.Contains(w.drawings, true) {
		return true
	}
	ground := cmp.Or(w.style.fill, p.fill, p.style.fill)
	for i := len(w.tables) - 1; i >= 0; i-- {
		if w.tables[i].hidden {
			return true
		}
		ground = cmp.Or(ground, w.tables[i].fill)
	}
	return sameHex(cmp.Or(w.style.color, p.style.color), cmp.Or(ground, paper))
}

// aside adds a text that belongs to the paragraph but not to its line.
func (w *wordWalker) aside(kind scanner.Kind, s string) error {
	if isBlank(s) {
		return nil
	}
	if p := w.para(); p != nil {
		p.extra = append(p.extra, wordPiece{kind: kind, text: []byte(s)})
		return nil
	}
	return w.emit(kind, s)
}

func (w *wordWalker) fieldChar(typ string) {
	switch typ {
	case "begin":
		w.field = append(w.field, &wordField{})
	case "separate", "end":
		if n := len(w.field); n > 0 {
			fl := w.field[n-1]
			if !fl.result {
				fl.result = true
				_ = w.fieldCode(fl.code.String()) // aside into the open paragraph, cannot fail
			}
			if typ == "end" {
				w.field = w.field[:n-1]
			}
		}
	}
}

// fieldCode gives what a field instruction says.
func (w *wordWalker) fieldCode(code string) error {
	for _, t := range fieldTexts(w.f, code) {
		if w.para() == nil {
			w.paras = append(w.paras, &wordPara{kind: w.base})
		}
		if err := w.aside(t.kind, string(t.text)); err != nil {
			return err
		}
	}
	return nil
}

// flush gives the segments of the innermost open paragraph.
func (w *wordWalker) flush() error {
	p := w.para()
	if p == nil {
		return nil
	}
	w.paras = w.paras[:len(w.paras)-1]
	w.inRun = len(w.paras)
	w.style = wordRun{}
	w.block++
	kind := p.kind
	if kind == scanner.KindBody && p.style.kind != "" {
		kind = p.style.kind
	}
	if p.plain {
		if err := w.emit(kind, p.body.String()); err != nil {
			return err
		}
	}
	if kind == scanner.KindTitle {
		w.f.title(p.body.String())
	}
	for i := range p.extra {
		if err := w.emit(p.extra[i].kind, string(p.extra[i].text)); err != nil {
			return err
		}
	}
	return w.emit(kind, p.aside.String())
}

func (w *wordWalker) emit(kind scanner.Kind, text string) error {
	text = strings.Trim(text, " \t\r\n")
	if text == "" || w.repeated(kind, text) {
		return nil
	}
	s := scanner.Segment{Place: scanner.Place{Kind: kind, Line: w.block}, Text: text}
	if t := w.table(); t != nil {
		s.Table, s.Row, s.Col, s.Header = t.id, t.row, max(t.col, 1), t.header
	}
	return w.f.emit(s)
}

// repeated keeps the fallback of a drawing from saying again what its modern
// form has said; what only the fallback says is given.
func (w *wordWalker) repeated(kind scanner.Kind, text string) bool {
	if len(w.alternate) == 0 {
		return false
	}
	seen := w.alternate[len(w.alternate)-1]
	key := string(kind) + "\x00" + text
	if w.fallback > 0 {
		return seen[key]
	}
	seen[key] = true
	return false
}
