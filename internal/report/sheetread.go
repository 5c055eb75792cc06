package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// The limits of a workbook that is read back. A list of 100,000 findings stays
// well below them.
const (
	maxSheetBytes  = 512 << 20
	maxSheetRows   = 200_000
	maxSheetFields = 60
)

// ErrNotXLSX says that a file is no XLSX workbook.
var ErrNotXLSX = errors.New("not an XLSX workbook (.xlsx)")

// sheetCell is a cell as it was read.
type sheetCell struct {
	text    string
	number  bool // text is a number as the file writes it
	formula bool
	err     string // an error value such as #REF!
}

// sheetFile is the first sheet of a workbook.
type sheetFile struct {
	name     string
	date1904 bool // days count from 1904
	zip      *zip.Reader
	part     string
}

func openSheet(r io.ReaderAt, size int64) (*sheetFile, error) {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotXLSX, err)
	}
	var book workbookXML
	if err := decodePart(zr, "xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	var rels relsXML
	if err := decodePart(zr, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return nil, err
	}
	if len(book.Sheets) == 0 {
		return nil, fmt.Errorf("%w: it has no sheet", ErrNotXLSX)
	}
	s := &sheetFile{name: book.Sheets[0].Name, zip: zr}
	s.date1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	for _, rel := range rels.Relations {
		if rel.ID == book.Sheets[0].Relation {
			s.part = path.Join("xl", rel.Target)
			if strings.HasPrefix(rel.Target, "/") {
				s.part = rel.Target[1:]
			}
		}
	}
	return s, nil
}

// rows calls yield for each row that has cells, which stand at their column.
func (s *sheetFile) rows(yield func(row int, cells []sheetCell) error) error {
	shared, err := sharedStrings(s.zip)
	if err != nil {
		return err
	}
	part, err := openPart(s.zip, s.part)
	if err != nil {
		return err
	}
	defer part.Close()
	return readRows(part, shared, yield)
}

type workbookXML struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name     string `xml:"name,attr"`
		Relation string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
	} `xml:"sheets>sheet"`
}

type relsXML struct {
	Relations []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

func openPart(zr *zip.Reader, name string) (io.ReadCloser, error) {
	for _, f := range zr.File {
		if f.Name != name {
			continue
		}
		if f.UncompressedSize64 > maxSheetBytes {
			return nil, fmt.Errorf("part %s has %d MB, more than is read", name, f.UncompressedSize64>>20)
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open part %s: %w", name, err)
		}
		return r, nil
	}
	return nil, fmt.Errorf("%w: part %q is missing", ErrNotXLSX, name)
}

func decodePart(zr *zip.Reader, name string, into any) error {
	r, err := openPart(zr, name)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxPart)).Decode(into); err != nil {
		return fmt.Errorf("read part %s: %w", name, err)
	}
	return nil
}

// sharedStrings reads the table of strings; a workbook may have none.
func sharedStrings(zr *zip.Reader) ([]string, error) {
	const name = "xl/sharedStrings.xml"
	r, err := openPart(zr, name)
	if errors.Is(err, ErrNotXLSX) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dec := xml.NewDecoder(io.LimitReader(r, maxSheetBytes))
	var out []string
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read part %s: %w", name, err)
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == "si" {
			s, err := richText(dec)
			if err != nil {
				return nil, fmt.Errorf("read part %s: %w", name, err)
			}
			out = append(out, s)
		}
	}
}

// richText joins the texts of an si or is element up to its end; phonetic
// guides are left out.
func richText(dec *xml.Decoder) (string, error) {
	var b strings.Builder
	depth, inText, phonetic := 1, false, 0
	for depth > 0 {
		tok, err := dec.Token()
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			inText = tok.Name.Local == "t"
			if tok.Name.Local == "rPh" {
				phonetic = depth
			}
		case xml.EndElement:
			if depth == phonetic {
				phonetic = 0
			}
			depth--
			inText = false
		case xml.CharData:
			if inText && phonetic == 0 {
				b.Write(tok)
			}
		}
	}
	return unescapeEscapes(b.String()), nil
}

// unescapeEscapes undoes escapeEscapes.
func unescapeEscapes(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], "_x") {
			if r, ok := escapeAt(s[i:]); ok {
				b.WriteRune(r)
				i += 7
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func readRows(r io.Reader, shared []string, yield func(row int, cells []sheetCell) error) error {
	dec := xml.NewDecoder(io.LimitReader(r, maxSheetBytes))
	row, rows := 0, 0
	var cells []sheetCell
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "row":
				row++
				if n, err := strconv.Atoi(attr(tok, "r")); err == nil {
					row = n
				}
				if rows++; rows > maxSheetRows {
					return fmt.Errorf("the sheet has more than %d rows", maxSheetRows)
				}
				cells = cells[:0]
			case "c":
				col := columnAt(attr(tok, "r"), len(cells))
				c, err := readCell(dec, attr(tok, "t"), shared)
				if err != nil {
					return fmt.Errorf("read cell %s: %w", attr(tok, "r"), err)
				}
				if col >= maxSheetFields {
					continue
				}
				for len(cells) <= col {
					cells = append(cells, sheetCell{})
				}
				cells[col] = c
			}
		case xml.EndElement:
			if tok.Name.Local == "row" && len(cells) > 0 {
				if err := yield(row, cells); err != nil {
					return err
				}
			}
			if tok.Name.Local == "sheetData" {
				return nil
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnAt is the column of a reference such as AB12, counted from 0; next
// where there is none.
func columnAt(ref string, next int) int {
	col := 0
	for _, r := range ref {
		if r < 'A' || r > 'Z' || col > 1<<16 {
			break
		}
		col = col*26 + int(r-'A') + 1
	}
	if col == 0 {
		return next
	}
	return col - 1
}

// readCell reads a c element of the given type up to its end.
func readCell(dec *xml.Decoder, kind string, shared []string) (sheetCell, error) {
	var c sheetCell
	var value bytes.Buffer
	inValue := false
	for {
		tok, err := dec.Token()
		if err != nil {
			return c, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "f":
				c.formula = true
			case "v":
				inValue = true
			case "is":
				if c.text, err = richText(dec); err != nil {
					return c, err
				}
			}
		case xml.CharData:
			if inValue {
				value.Write(tok)
			}
		case xml.EndElement:
			inValue = false
			if tok.Name.Local != "c" {
				continue
			}
			return c, c.set(kind, value.String(), shared)
		}
	}
}

func (c *sheetCell) set(kind, value string, shared []string) error {
	switch kind {
	case "inlineStr":
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(shared) {
			return fmt.Errorf("there is no shared string %q", value)
		}
		c.text = shared[i]
	case "e":
		c.err = value
	case "str", "d", "b":
		c.text = unescapeEscapes(value)
	default:
		c.text, c.number = strings.TrimSpace(value), strings.TrimSpace(value) != ""
	}
	return nil
}
