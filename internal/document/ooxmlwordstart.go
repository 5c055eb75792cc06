package document

import (
	"cmp"
	"strings"

	"prescreen/scanner"
)

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
