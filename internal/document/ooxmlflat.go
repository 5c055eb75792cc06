package document

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"strings"

	"prescreen/scanner"
)

// readWordML reads Word 2003 XML: the elements are those of DOCX in one file,
// with headers, notes and comments where they are referred to.
func readWordML(_ context.Context, f *file) error {
	p := newPackage(f, nil)
	x := newXMLLexer(f.reader())
	w := &wordWalker{p: p, f: f, base: scanner.KindBody, flat: true}
	if err := w.run(x); err != nil {
		return err
	}
	return flatEnd(f, x)
}

// readFlatOPC reads an Office document saved as one XML file: its parts are
// cut out and read as those of a package.
func readFlatOPC(ctx context.Context, f *file) error {
	data, err := f.bytes(oleMaxStream)
	if err != nil && len(data) == 0 {
		return err
	}
	var members []zipMember
	for {
		i := bytes.Index(data, []byte("<pkg:part"))
		if i < 0 {
			break
		}
		data = data[i+9:]
		part := data
		if end := bytes.Index(data, []byte("</pkg:part>")); end >= 0 {
			part, data = data[:end], data[end:]
		}
		name := tagAttr(part, "pkg:name")
		m := zipMember{name: name}
		if xml := between(part, "<pkg:xmlData", "</pkg:xmlData>"); xml != nil {
			m.open = func() (io.Reader, error) { return bytes.NewReader(xml), nil }
		} else {
			raw := between(part, "<pkg:binaryData", "</pkg:binaryData>")
			m.open = func() (io.Reader, error) {
				return base64.NewDecoder(base64.StdEncoding, bytes.NewReader(bytes.Join(bytes.Fields(raw), nil))), nil
			}
		}
		if strings.Contains(name, "/word/") {
			f.setType("docx")
		} else if strings.Contains(name, "/xl/") {
			f.setType("xlsx")
		} else if strings.Contains(name, "/ppt/") {
			f.setType("pptx")
		}
		members = append(members, m)
	}
	if rerr := newPackage(f, members).read(ctx); rerr != nil {
		return rerr
	}
	return err
}

func tagAttr(tag []byte, name string) string {
	_, rest, ok := bytes.Cut(tag, []byte(name+`="`))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// between returns what stands between an element's start and end tag.
func between(b []byte, start, end string) []byte {
	_, rest, ok := bytes.Cut(b, []byte(start))
	if !ok {
		return nil
	}
	_, rest, ok = bytes.Cut(rest, []byte(">"))
	if !ok {
		return nil
	}
	inner, _, _ := bytes.Cut(rest, []byte(end))
	return inner
}

// excelML reads an Excel 2003 XML spreadsheet.
type excelML struct {
	f      *file
	tab    sheetTable
	sheet  string
	hidden bool
	row    int
	col    int
	rowOff bool
	cols   []colRange
	colAt  int
	text   strings.Builder
	into   string // element whose text is being collected
	typ    string
	props  int
	opened bool
	buf    []sheetCell
}

func readExcelML(_ context.Context, f *file) error {
	e := &excelML{f: f}
	x := newXMLLexer(f.reader())
	for x.next() {
		var err error
		switch x.kind {
		case xmlStart:
			err = e.start(x)
		case xmlText:
			if e.into != "" {
				e.text.Write(x.text)
			}
		case xmlEnd:
			err = e.end(string(x.name))
		}
		if err != nil {
			return err
		}
	}
	if err := e.endSheet(); err != nil {
		return err
	}
	return flatEnd(f, x)
}

func (e *excelML) start(x *xmlLexer) error {
	switch name := string(x.name); name {
	case "DocumentProperties", "CustomDocumentProperties":
		e.props++
	case "Worksheet":
		e.sheet, e.hidden, e.opened = x.attr("Name"), false, true
		e.row, e.cols, e.colAt = 0, nil, 0
		e.tab = sheetTable{f: e.f, sheet: e.sheet, id: e.f.nextTable()}
	case "Column":
		if i := atoi(x.attr("Index")); i > 0 {
			e.colAt = i - 1
		}
		n := 1 + atoi(x.attr("Span"))
		if isOn(x.attr("Hidden")) || x.attr("Width") == "0" {
			e.cols = append(e.cols, colRange{e.colAt + 1, e.colAt + n})
		}
		e.colAt += n
	case "Row":
		e.row++
		if i := atoi(x.attr("Index")); i > 0 {
			e.row = i
		}
		e.col, e.rowOff = 0, isOn(x.attr("Hidden"))
	case "Cell":
		e.col++
		if i := atoi(x.attr("Index")); i > 0 {
			e.col = i
		}
		if href := x.attr("HRef"); href != "" {
			e.f.link(Link{URL: href, Via: "a"})
			return e.aside(scanner.KindLink, href)
		}
	case "Data", "Visible":
		e.into, e.typ = name, x.attr("Type")
		e.text.Reset()
	case "Comment":
		return e.aside(scanner.KindComment, x.attr("Author"))
	case "Header", "Footer":
		kind := scanner.KindHeader
		if name == "Footer" {
			kind = scanner.KindFooter
		}
		return e.aside(kind, headerText(x.attr("Data")))
	case "NamedRange":
		return e.aside(scanner.KindProperty, x.attr("Name"))
	default:
		if e.props > 0 {
			e.into = name
			e.text.Reset()
		}
	}
	return nil
}

func (e *excelML) aside(kind scanner.Kind, s string) error {
	place := scanner.Place{Kind: kind, Sheet: e.sheet}
	if e.col > 0 && e.row > 0 && kind != scanner.KindHeader && kind != scanner.KindFooter {
		place.Cell = cellName(e.row, e.col)
	}
	return e.f.emit(scanner.Segment{Place: place, Text: strings.TrimSpace(s)})
}

func (e *excelML) end(name string) error {
	switch {
	case name == "Data" && e.into == "Data":
		e.into = ""
		text := e.text.String()
		switch e.typ {
		case "Number":
			text = numberFormat{}.text(strings.TrimSpace(text), dates1900)
		case "DateTime":
			text = strings.TrimSuffix(strings.Replace(strings.TrimSuffix(text, ".000"), "T", " ", 1), " 00:00:00")
		case "":
			return e.aside(scanner.KindComment, text)
		}
		hidden := e.rowOff
		for _, c := range e.cols {
			hidden = hidden || e.col >= c.from && e.col <= c.to
		}
		// Whether the sheet is hidden is said after its cells.
		e.buf = append(e.buf, sheetCell{e.row, e.col, text, hidden})
	case name == "Visible" && e.into == "Visible":
		e.into = ""
		e.hidden = e.hidden || strings.Contains(e.text.String(), "Hidden")
	case name == "Worksheet":
		return e.endSheet()
	case name == "DocumentProperties" || name == "CustomDocumentProperties":
		e.props = max(0, e.props-1)
	case e.props > 0 && e.into == name:
		e.into = ""
		value := strings.TrimSpace(e.text.String())
		if name == "Title" {
			e.f.title(value)
		}
		if boringProperty(name) || name == "Created" || name == "LastSaved" || name == "Version" {
			return nil
		}
		return e.f.text(scanner.KindProperty, value)
	}
	return nil
}

func (e *excelML) endSheet() error {
	if !e.opened {
		return nil
	}
	e.opened = false
	kind := scanner.KindHeading
	if e.hidden {
		kind = scanner.KindHidden
	}
	if err := e.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: e.sheet}, Text: e.sheet}); err != nil {
		return err
	}
	e.tab.hidden = e.hidden
	for _, c := range e.buf {
		if err := e.tab.add(c.row, c.col, c.text, c.hidden); err != nil {
			return err
		}
	}
	e.buf, e.row, e.col = nil, 0, 0
	return e.tab.flush()
}
