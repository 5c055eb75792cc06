package document

import (
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// sheetRecord handles what stands beside the cells of a sheet.
func (x *xlsReader) sheetRecord(typ int, r *byteReader) error {
	switch typ {
	case xlsHeader, xlsFooter:
		if len(r.data) == 0 {
			return nil
		}
		kind := scanner.KindHeader
		if typ == xlsFooter {
			kind = scanner.KindFooter
		}
		return x.misc(kind, headerText(x.text(r, true)))
	case xlsObj:
		x.note = false
		if r.u16() == 0x15 && r.u16() >= 18 {
			x.note = r.u16() == 0x19
			x.object = r.u16()
		}
	case xlsTXO:
		return x.textObject(r)
	case xlsNote:
		return x.comment(r)
	case xlsDrawing:
		return artTexts(x.f, r.data, x.sheet.name)
	case xlsHLink:
		return x.hyperlink(r)
	case xlsDV:
		r.pos = 4
		for range 4 {
			if err := x.misc(scanner.KindForm, strings.Trim(x.text(r, true), "\x00")); err != nil {
				return err
			}
		}
		return x.literals(scanner.KindForm, "", r.data[r.pos:])
	case xlsCondFormat:
		return x.literals(scanner.KindProperty, "", r.data)
	case xlsHeaderMore:
		return x.moreHeaders(r)
	}
	return nil
}

// moreHeaders reads the headers and footers of even pages and of the first.
func (x *xlsReader) moreHeaders(r *byteReader) error {
	r.pos = 12 + 16 + 2
	for range 4 {
		r.u16() // lengths, which the strings say again
	}
	for _, kind := range []scanner.Kind{scanner.KindHeader, scanner.KindFooter, scanner.KindHeader, scanner.KindFooter} {
		if r.pos >= len(r.data) {
			break
		}
		if err := x.misc(kind, headerText(x.text(r, true))); err != nil {
			return err
		}
	}
	return nil
}

// literals gives the texts a formula holds that say something. The formula is
// not parsed: a text in it stands behind its mark, with its length.
func (x *xlsReader) literals(kind scanner.Kind, cell string, formula []byte) error {
	const mark = 0x17
	for i := 0; i+3 < len(formula); i++ {
		if formula[i] != mark || formula[i+1] == 0 {
			continue
		}
		r := &byteReader{data: formula, pos: i + 1}
		n := r.u8()
		if x.biff5 && r.pos+n > len(formula) || !x.biff5 && (formula[r.pos] > 1 || r.pos+1+n*(1+int(formula[r.pos])) > len(formula)) {
			continue
		}
		r.pos = i + 1
		text := strings.ReplaceAll(x.text(r, false), "\x00", ",")
		if !tellingLiteral(text) {
			continue
		}
		place := scanner.Place{Kind: kind, Cell: cell}
		if x.sheet != nil {
			place.Sheet = x.sheet.name
		}
		if err := x.f.emit(scanner.Segment{Place: place, Text: text}); err != nil {
			return err
		}
		i = r.pos - 1
	}
	return nil
}

// tellingLiteral reports whether what may be a text in a formula says
// something, and is one.
func tellingLiteral(text string) bool {
	if binaryText(text) {
		return false
	}
	return strings.Contains(text, "://") || countHan(text) >= 2 && nameScore(text) >= countHan(text) || longestDigits(text) >= 6
}

// textObject reads the text of a comment or a text box, which stands in the
// records that follow.
func (x *xlsReader) textObject(r *byteReader) error {
	r.pos = 10
	n := r.u16()
	var text strings.Builder
	for _, body := range x.continued() {
		if n <= 0 || len(body) < 2 {
			break
		}
		if body[0]&1 != 0 {
			chars := min(n, (len(body)-1)/2)
			text.WriteString(utf16String(body[1 : 1+2*chars]))
			n -= chars
		} else {
			chars := min(n, len(body)-1)
			text.WriteString(latin1String(body[1 : 1+chars]))
			n -= chars
		}
	}
	if s := strings.TrimSpace(text.String()); s != "" && len(x.objects) < 1<<20 {
		x.objects[x.object] = s
	}
	return nil
}

func (x *xlsReader) comment(r *byteReader) error {
	row, col := r.u16(), r.u16()
	r.u16()
	id := r.u16()
	if x.biff5 {
		// BIFF5 keeps the text in the record itself, id is its length.
		return x.f.emit(scanner.Segment{
			Place: scanner.Place{Kind: scanner.KindComment, Sheet: x.sheet.name, Cell: cellName(row+1, col+1)},
			Text:  codepageString(r.take(min(id, len(r.data)-r.pos)), x.codepage),
		})
	}
	author := x.text(r, true)
	if author != "" && !x.author["c "+author] {
		x.author["c "+author] = true
		if err := x.misc(scanner.KindComment, author); err != nil {
			return err
		}
	}
	text := x.objects[id]
	delete(x.objects, id)
	return x.f.emit(scanner.Segment{
		Place: scanner.Place{Kind: scanner.KindComment, Sheet: x.sheet.name, Cell: cellName(row+1, col+1)},
		Text:  text,
	})
}

// hyperlink reads the addresses out of a link record ([MS-OSHARED] 2.3.7).
func (x *xlsReader) hyperlink(r *byteReader) error {
	row, _, col := r.u16(), r.u16(), r.u16()
	r.pos = 8 + 16 + 4
	flags := r.u32()
	cell := cellName(row+1, col+1)
	emit := func(kind scanner.Kind, text string) error {
		return x.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Sheet: x.sheet.name, Cell: cell}, Text: trimNul(text)})
	}
	wide := func() string { return trimNul(r.utf16(min(int(r.u32()), len(r.data)/2))) }
	if flags&0x10 != 0 {
		if err := emit(scanner.KindAttribute, wide()); err != nil {
			return err
		}
	}
	if flags&0x80 != 0 {
		if err := emit(scanner.KindAttribute, wide()); err != nil {
			return err
		}
	}
	if flags&1 == 0 || r.short {
		return nil
	}
	url := ""
	switch {
	case flags&0x100 != 0:
		url = wide()
	case strings.HasPrefix(string(r.take(16)), "\xE0\xC9\xEA\x79"):
		url = utf16String(r.take(min(int(r.u32()), len(r.data)-r.pos)))
		url, _, _ = strings.Cut(url, "\x00")
	default:
		r.u16()
		url, _ = charset.Decode([]byte(trimNul(string(r.take(min(int(r.u32()), len(r.data)-r.pos))))), charset.Hint{})
	}
	if url != "" {
		x.f.link(Link{URL: url, Via: "a"})
	}
	return emit(scanner.KindLink, url)
}

func (x *xlsReader) definedName(r *byteReader) error {
	flags := r.u16()
	r.u8()
	n := r.u8()
	r.pos = 14
	if flags&0x20 != 0 || x.biff5 {
		return nil // the program's own
	}
	if err := x.misc(scanner.KindProperty, x.chars(r, n)); err != nil {
		return err
	}
	return x.literals(scanner.KindProperty, "", r.data[min(r.pos, len(r.data)):])
}

func (x *xlsReader) leftStrings() error {
	for i, used := range x.shared.used {
		if used {
			continue
		}
		text, _ := x.shared.get(i)
		if err := x.f.text(scanner.KindHidden, text); err != nil {
			return err
		}
	}
	return nil
}

// pivotCache gives the strings a pivot table remembers of its source, which
// may no longer be in the workbook.
func (x *xlsReader) pivotCache(data []byte) error {
	c := &xlsReader{f: x.f, data: data, codepage: x.codepage, biff5: x.biff5}
	for {
		typ, body, ok := c.record()
		if !ok {
			return nil
		}
		if typ == xlsSXString {
			if err := x.f.text(scanner.KindHidden, c.text(&byteReader{data: body}, true)); err != nil {
				return err
			}
		}
	}
}
