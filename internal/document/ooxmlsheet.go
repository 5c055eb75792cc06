package document

import (
	"context"
	"fmt"
	"path"
	"strings"

	"prescreen/scanner"
)

// workbook is what the cells of a workbook are understood by.
type workbook struct {
	shared  sharedStrings
	formats []cellFormat // by style index
	date    dateSystem
	sheets  []sheetRef
	persons map[string]string
}

type sheetRef struct {
	name   string
	part   string
	hidden bool
}

// cellFormat is what is left of a cell style for a reader of text.
type cellFormat struct {
	number numberFormat
	white  bool // cannot be told from its ground, or is too small to be seen
}

// sharedStrings keeps the string table of a workbook in one block of memory
// and knows which strings no cell has asked for.
type sharedStrings struct {
	data []byte
	ends []int
	used []bool
}

func (s *sharedStrings) get(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	start := 0
	if i > 0 {
		start = s.ends[i-1]
	}
	s.used[i] = true
	return string(s.data[start:s.ends[i]]), true
}

// add appends a string.
func (s *sharedStrings) add(text []byte) {
	s.data = append(s.data, text...)
	s.ends = append(s.ends, len(s.data))
	s.used = append(s.used, false)
}

// readWorkbook reads a spreadsheet package: the tables cells refer to, then
// the sheets in their order, each with its comments and drawings.
func (p *ooxml) readWorkbook(context.Context) error {
	p.sheets = &workbook{persons: map[string]string{}}
	ext := ".xml"
	if p.f.typ == "xlsb" {
		ext = ".bin"
	}
	main := p.mainPart("xl/workbook" + ext)
	err := p.walkEither(main, func(x *xmlLexer) error { return p.readWorkbookPart(main, x) }, func(b *binRecords) error { return p.readBinWorkbook(main, b) })
	if err != nil {
		return err
	}
	p.addLostSheets(ext)
	shared := append(p.targets(main, "sharedStrings"), "xl/sharedStrings"+ext)
	err = p.walkEither(shared[0], func(x *xmlLexer) error { return p.sheets.shared.read(p, x) }, p.readBinStrings)
	if err != nil {
		return err
	}
	styles := append(p.targets(main, "styles"), "xl/styles"+ext)
	err = p.walkEither(styles[0], func(x *xmlLexer) error { p.sheets.formats = readCellFormats(x); return nil }, p.readBinStyles)
	if err != nil {
		return err
	}
	for _, t := range p.targets(main, "person") {
		if err := p.walk(t, p.readPersons); err != nil {
			return err
		}
	}
	for _, ref := range p.sheets.sheets {
		if err := p.readSheetTree(ref); err != nil {
			return err
		}
	}
	return p.unusedStrings()
}

func (p *ooxml) readWorkbookPart(main string, x *xmlLexer) error {
	defined := false
	for x.next() {
		switch x.kind {
		case xmlStart:
			defined = false
			switch string(x.name) {
			case "workbookPr":
				if v := x.attr("date1904"); v == "1" || v == "true" {
					p.sheets.date = dates1904
				}
			case "sheet":
				ref := sheetRef{name: x.attr("name"), hidden: x.attr("state") != "" && x.attr("state") != "visible"}
				if ref.part = p.target(main, x.attrIn("r", "id")); ref.part == "" {
					ref.part = p.target(main, x.attr("id"))
				}
				p.sheets.sheets = append(p.sheets.sheets, ref)
			case "definedName":
				defined = true
				for _, s := range []string{definedName(x.attr("name")), x.attr("comment"), x.attr("description")} {
					if err := p.f.text(scanner.KindProperty, s); err != nil {
						return err
					}
				}
			case "fileSharing", "workbookProtection":
				if err := p.author(x.attr("userName")); err != nil {
					return err
				}
			}
		case xmlText:
			if text := string(x.text); defined && tellingFormula(text) {
				if err := p.f.text(scanner.KindProperty, text); err != nil {
					return err
				}
			}
		case xmlEnd:
			defined = false
		}
	}
	return nil
}

// definedName drops the names the program itself defines.
func definedName(s string) string {
	if strings.HasPrefix(s, "_xlnm.") || strings.HasPrefix(s, "_FilterDatabase") {
		return ""
	}
	return s
}

// addLostSheets appends the worksheets the workbook part does not name: of a
// damaged workbook, or taken out of it by hand.
func (p *ooxml) addLostSheets(ext string) {
	known := map[string]bool{}
	for _, s := range p.sheets.sheets {
		known[strings.ToLower(s.part)] = true
	}
	for _, part := range p.parts {
		lower := strings.ToLower(part.name)
		if !known[lower] && strings.HasPrefix(lower, "xl/worksheets/") && path.Dir(lower) == "xl/worksheets" && path.Ext(lower) == ext &&
			!strings.Contains(lower, "binaryindex") {
			p.sheets.sheets = append(p.sheets.sheets, sheetRef{
				name: strings.TrimSuffix(path.Base(part.name), ext), part: part.name, hidden: len(known) > 0,
			})
		}
	}
}

func (s *sharedStrings) read(p *ooxml, x *xmlLexer) error {
	take, phonetic := false, 0
	var guide []byte // how to pronounce the string
	for x.next() {
		switch x.kind {
		case xmlStart:
			switch string(x.name) {
			case "t":
				take = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xmlText:
			switch {
			case take:
				s.data = append(s.data, x.text...)
			case phonetic > 0:
				guide = append(guide, x.text...)
			}
		case xmlEnd:
			switch string(x.name) {
			case "t":
				take = false
			case "rPh":
				phonetic--
			case "si":
				if err := p.f.text(scanner.KindAttribute, string(guide)); err != nil {
					return err
				}
				guide = guide[:0]
				s.ends = append(s.ends, len(s.data))
				if len(s.ends)%1024 == 0 {
					if err := p.f.budget.ctx.Err(); err != nil {
						return err
					}
				}
			}
		}
	}
	s.used = make([]bool, len(s.ends))
	return nil
}

// unusedStrings gives what is left in the string table of cells that were
// deleted.
func (p *ooxml) unusedStrings() error {
	for i, used := range p.sheets.shared.used {
		if used {
			continue
		}
		text, _ := p.sheets.shared.get(i)
		if err := p.f.text(scanner.KindHidden, text); err != nil {
			return err
		}
	}
	return nil
}

func (p *ooxml) readPersons(x *xmlLexer) error {
	for x.next() {
		if x.kind == xmlStart && string(x.name) == "person" {
			p.sheets.persons[x.attr("id")] = x.attr("displayName")
			if err := p.author(x.attr("displayName")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *ooxml) readSheetTree(ref sheetRef) error {
	kind := scanner.KindHeading
	if ref.hidden {
		kind = scanner.KindHidden
	}
	err := p.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: ref.name}, Text: ref.name})
	if err != nil {
		return err
	}
	if ref.part == "" {
		p.f.problem(scanner.StatusPartial, fmt.Sprintf("worksheet %d has no part", len(p.sheets.sheets)))
		return nil
	}
	err = p.walkEither(ref.part, func(x *xmlLexer) error { return p.readSheet(ref, x) }, func(b *binRecords) error { return p.readBinSheet(ref, b) })
	if err != nil {
		return err
	}
	for _, kind := range []string{"comments", "threadedComment"} {
		for _, t := range p.targets(ref.part, kind) {
			err := p.walkEither(t, func(x *xmlLexer) error { return p.readSheetComments(ref, x) }, func(b *binRecords) error { return p.readBinComments(ref, b) })
			if err != nil {
				return err
			}
		}
	}
	return p.readSheetDrawings(ref)
}

func (p *ooxml) readSheetDrawings(ref sheetRef) error {
	at := drawingPlace{kind: scanner.KindBody, sheet: ref.name}
	if ref.hidden {
		at.kind = scanner.KindHidden
	}
	for _, t := range p.targets(ref.part, "drawing") {
		parts := append([]string{t}, p.targets(t, "chart")...)
		parts = append(parts, p.targets(t, "diagramData")...)
		for _, name := range parts {
			if err := p.walk(name, func(x *xmlLexer) error { return p.readDrawing(at, name, x) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSheetComments reads notes and threaded comments of one sheet.
func (p *ooxml) readSheetComments(ref sheetRef, x *xmlLexer) error {
	var text strings.Builder
	cell, take, threaded := "", false, false
	for x.next() {
		switch x.kind {
		case xmlStart:
			switch string(x.name) {
			case "comment", "threadedComment":
				cell, threaded = x.attr("ref"), string(x.name) == "threadedComment"
				text.Reset()
				if err := p.named(scanner.KindComment, p.sheets.persons[x.attr("personId")]); err != nil {
					return err
				}
			case "author", "t":
				take = true
			case "text":
				take = threaded
			case "rPh":
				skipElement(x)
			}
		case xmlText:
			if take {
				text.Write(x.text)
			}
		case xmlEnd:
			switch string(x.name) {
			case "author":
				take = false
				if err := p.named(scanner.KindComment, strings.TrimSpace(text.String())); err != nil {
					return err
				}
				text.Reset()
			case "t":
				take = false
			case "comment", "threadedComment":
				take = false
				err := p.f.emit(scanner.Segment{
					Place: scanner.Place{Kind: scanner.KindComment, Sheet: ref.name, Cell: cell},
					Text:  strings.TrimSpace(text.String()),
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}
