package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A template is a DOCX file (ECMA-376) with fields such as {{.Unit}} in its
// text, in headers and footers too. A table row with fields of a list, such as
// {{.Finding.URL}}, is repeated for each entry of the list. A paragraph that is
// nothing but a field is repeated for each line of its value. A field may be
// cut into pieces by the word processor; it is read across them.

// record is what one copy of the text is filled with.
type record struct {
	fields map[string]string
	lists  map[string][]map[string]string
}

// maxPart bounds a part of a template.
const maxPart = 32 << 20

// fillTemplate writes the template with its text filled in: once per record,
// each on a page of its own. Headers and footers take their fields from first.
func fillTemplate(w io.Writer, name string, template []byte, first record, records iter.Seq[record]) error {
	zr, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	if err != nil {
		return fmt.Errorf("template %q: not a DOCX file: %w", name, err)
	}
	if !slices.ContainsFunc(zr.File, func(f *zip.File) bool { return f.Name == documentPart }) {
		return fmt.Errorf("template %q: not a DOCX file: there is no %s", name, documentPart)
	}
	zw := zip.NewWriter(w)
	for _, f := range zr.File {
		raw, err := readPart(f)
		if err != nil {
			return fmt.Errorf("template %q, part %s: %w", name, f.Name, err)
		}
		out, err := zw.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if !filledPart(f.Name) {
			if _, err := out.Write(raw); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
			continue
		}
		p, err := parsePart(raw)
		if err == nil {
			err = p.checkFields(p.root, first, false)
		}
		if err != nil {
			return fmt.Errorf("template %q, part %s: %w", name, f.Name, err)
		}
		if f.Name == documentPart {
			err = p.writeBody(out, records)
		} else {
			err = p.write(out, p.root, first, nil)
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

const documentPart = "word/document.xml"

func filledPart(name string) bool {
	base, ok := strings.CutPrefix(name, "word/")
	return ok && strings.HasSuffix(base, ".xml") &&
		(base == "document.xml" || strings.HasPrefix(base, "header") || strings.HasPrefix(base, "footer"))
}

func readPart(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > maxPart {
		return nil, fmt.Errorf("%d MB is more than a template may have", f.UncompressedSize64>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxPart+1))
	if err == nil && len(raw) > maxPart {
		err = errors.New("larger than a template may be")
	}
	return raw, err
}

// The kinds of element that matter for filling in.
const (
	spanRoot = iota
	spanRow  // w:tr
	spanPara // w:p
	spanText // w:t
)

// span is an element as a range of bytes of the part.
type span struct {
	kind       int
	start, end int // of the element, tags included
	text       string
	children   []*span
}

// part is a parsed part of the template.
type part struct {
	raw                []byte
	root               *span
	bodyStart, bodyEnd int // of what is repeated per record
}

// parsePart finds rows, paragraphs and texts. Everything else stays bytes.
func parsePart(raw []byte) (*part, error) {
	p := &part{raw: raw, root: &span{kind: spanRoot, end: len(raw)}}
	kinds := map[string]int{"tr": spanRow, "p": spanPara, "t": spanText}
	stack := []*span{p.root}
	dec := xml.NewDecoder(bytes.NewReader(raw))
	bodyDepth := -1
	var open []xml.Name // RawToken does not check what closes what
	for {
		start := int(dec.InputOffset())
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("damaged XML: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			open = append(open, tok.Name)
			if tok.Name.Space != "w" {
				continue
			}
			switch kind, ok := kinds[tok.Name.Local]; {
			case ok:
				stack = append(stack, &span{kind: kind, start: start})
			case tok.Name.Local == "body":
				bodyDepth, p.bodyStart = len(open), int(dec.InputOffset())
			case tok.Name.Local == "sectPr" && len(open) == bodyDepth+1:
				p.bodyEnd = start
			}
		case xml.CharData:
			if top := stack[len(stack)-1]; top.kind == spanText {
				top.text += string(tok)
			}
		case xml.EndElement:
			if tok.Name.Space == "w" && tok.Name.Local == "body" && p.bodyEnd == 0 {
				p.bodyEnd = start
			}
			if len(open) == 0 || open[len(open)-1] != tok.Name {
				return nil, fmt.Errorf("damaged XML: </%s> closes nothing", tok.Name.Local)
			}
			open = open[:len(open)-1]
			top := stack[len(stack)-1]
			if _, ok := kinds[tok.Name.Local]; tok.Name.Space != "w" || !ok {
				continue
			}
			top.end = int(dec.InputOffset())
			stack = stack[:len(stack)-1]
			parent := stack[len(stack)-1]
			parent.children = append(parent.children, top)
		}
	}
	if p.bodyEnd == 0 { // no document, but a header or footer
		p.bodyEnd = len(raw)
	}
	if len(open) > 0 {
		return nil, errors.New("damaged XML: an element is not closed")
	}
	return p, nil
}

// field is one {{.Name}} or {{.List.Name}} in a text.
type field struct {
	name       string
	start, end int
}

// fieldsIn finds the fields of a text. One that is not closed has end 0.
func fieldsIn(s string) []field {
	var out []field
	for at := 0; ; {
		i := strings.Index(s[at:], "{{")
		if i < 0 {
			return out
		}
		start := at + i
		j := strings.Index(s[start:], "}}")
		if j < 0 {
			return append(out, field{start: start})
		}
		at = start + j + 2
		name := strings.TrimPrefix(strings.TrimSpace(s[start+2:start+j]), ".")
		out = append(out, field{name, start, at})
	}
}

// texts returns the text elements of a paragraph, without those of text boxes
// inside it.
func (s *span) texts() (list []*span, joined string) {
	var b strings.Builder
	for _, c := range s.children {
		if c.kind == spanText {
			list = append(list, c)
			b.WriteString(c.text)
		}
	}
	return list, b.String()
}

// checkFields reports the first field that there is not, before anything is
// written.
func (p *part) checkFields(s *span, r record, inRow bool) error {
	if s.kind == spanPara {
		_, text := s.texts()
		for _, f := range fieldsIn(text) {
			switch {
			case f.end == 0:
				return fmt.Errorf("a field is not closed by }}: %.60q", text[f.start:])
			case !r.knows(f.name):
				return fmt.Errorf("unknown field {{.%s}}; the fields of this form are %s", f.name, strings.Join(r.names(), ", "))
			case strings.Contains(f.name, ".") && !inRow:
				return fmt.Errorf("the field {{.%s}} belongs in a table row, which is repeated for each entry", f.name)
			}
		}
	}
	for _, c := range s.children {
		if err := p.checkFields(c, r, inRow || s.kind == spanRow); err != nil {
			return err
		}
	}
	return nil
}

func (r record) knows(name string) bool {
	if list, field, ok := strings.Cut(name, "."); ok {
		return slices.Contains(listFields()[list], field)
	}
	_, ok := r.fields[name]
	return ok
}

func (r record) names() []string {
	out := slices.Sorted(maps.Keys(r.fields))
	for _, list := range slices.Sorted(maps.Keys(listFields())) {
		for _, f := range listFields()[list] {
			out = append(out, list+"."+f)
		}
	}
	return out
}

func (r record) value(name string, entry map[string]string) string {
	if _, field, ok := strings.Cut(name, "."); ok {
		return entry[field]
	}
	return r.fields[name]
}

// pageBreak stands between two records.
const pageBreak = `<w:p><w:r><w:br w:type="page"/></w:r></w:p>`

// writeBody writes the document with its body repeated for each record.
func (p *part) writeBody(w io.Writer, records iter.Seq[record]) error {
	body := &span{kind: spanRoot, start: p.bodyStart, end: p.bodyEnd}
	for _, c := range p.root.children {
		if c.start >= p.bodyStart && c.end <= p.bodyEnd {
			body.children = append(body.children, c)
		}
	}
	if _, err := w.Write(p.raw[:p.bodyStart]); err != nil {
		return err
	}
	begun := false
	for r := range records {
		if begun {
			if _, err := io.WriteString(w, pageBreak); err != nil {
				return err
			}
		}
		begun = true
		if err := p.write(w, body, r, nil); err != nil {
			return err
		}
	}
	_, err := w.Write(p.raw[p.bodyEnd:])
	return err
}

// write copies a span, filled in. entry is the entry of the list of the row
// that the span is in.
func (p *part) write(w io.Writer, s *span, r record, entry map[string]string) error {
	switch s.kind {
	case spanRow:
		if list := s.list(); list != "" && entry == nil {
			for _, e := range r.lists[list] {
				if err := p.copy(w, s, r, e); err != nil {
					return err
				}
			}
			return nil
		}
	case spanPara:
		return p.writePara(w, s, r, entry)
	}
	return p.copy(w, s, r, entry)
}

// copy writes the bytes of s and its children filled in.
func (p *part) copy(w io.Writer, s *span, r record, entry map[string]string) error {
	at := s.start
	for _, c := range s.children {
		if _, err := w.Write(p.raw[at:c.start]); err != nil {
			return err
		}
		if err := p.write(w, c, r, entry); err != nil {
			return err
		}
		at = c.end
	}
	_, err := w.Write(p.raw[at:s.end])
	return err
}

// list names the list whose fields stand in a row, rows of nested tables
// aside.
func (s *span) list() string {
	for _, c := range s.children {
		if c.kind != spanPara {
			continue
		}
		_, text := c.texts()
		for _, f := range fieldsIn(text) {
			if list, _, ok := strings.Cut(f.name, "."); ok {
				return list
			}
		}
	}
	return ""
}

// writePara writes a paragraph; one that is nothing but a field with several
// lines, several times.
func (p *part) writePara(w io.Writer, s *span, r record, entry map[string]string) error {
	texts, joined := s.texts()
	if !strings.Contains(joined, "{{") {
		return p.copy(w, s, r, entry)
	}
	if f := fieldsIn(joined); len(f) == 1 && strings.TrimSpace(joined[:f[0].start]+joined[f[0].end:]) == "" {
		for _, line := range strings.Split(r.value(f[0].name, entry), "\n") {
			if err := p.copyPara(w, s, texts, fillTexts(texts, func(string) string { return line }), r, entry); err != nil {
				return err
			}
		}
		return nil
	}
	return p.copyPara(w, s, texts, fillTexts(texts, func(name string) string { return r.value(name, entry) }), r, entry)
}

// copyPara writes a paragraph with new texts in place of the old.
func (p *part) copyPara(w io.Writer, s *span, texts []*span, filled []string, r record, entry map[string]string) error {
	at := s.start
	for _, c := range s.children {
		if _, err := w.Write(p.raw[at:c.start]); err != nil {
			return err
		}
		var err error
		if i := slices.Index(texts, c); i >= 0 {
			_, err = io.WriteString(w, textElement(filled[i]))
		} else {
			err = p.write(w, c, r, entry)
		}
		if err != nil {
			return err
		}
		at = c.end
	}
	_, err := w.Write(p.raw[at:s.end])
	return err
}

// fillTexts returns the texts with the fields replaced; a value goes where its
// field begins.
func fillTexts(texts []*span, value func(name string) string) []string {
	var joined strings.Builder
	var owner []int // of each byte
	for i, t := range texts {
		joined.WriteString(t.text)
		for range len(t.text) {
			owner = append(owner, i)
		}
	}
	all := joined.String()
	out := make([]strings.Builder, len(texts))
	plain := func(from, to int) {
		for i := from; i < to; i++ {
			out[owner[i]].WriteByte(all[i])
		}
	}
	at := 0
	for _, f := range fieldsIn(all) {
		plain(at, f.start)
		out[owner[f.start]].WriteString(value(f.name))
		at = f.end
	}
	plain(at, len(all))
	filled := make([]string, len(texts))
	for i := range out {
		filled[i] = out[i].String()
	}
	return filled
}

// textElement writes a text as w:t elements, lines broken by w:br.
func textElement(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString(`<w:br/>`)
		}
		b.WriteString(`<w:t xml:space="preserve">`)
		b.WriteString(escaped(xmlText(line)))
		b.WriteString(`</w:t>`)
	}
	return b.String()
}
