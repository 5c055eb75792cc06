package document

import (
	"context"
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
