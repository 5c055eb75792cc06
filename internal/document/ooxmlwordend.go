package document

import (
	"cmp"
	"slices"
	"strings"

	"prescreen/scanner"
)

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
