package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/scanner"
)

// flushPage gives the page before next, now that next can tell which of its
// first and last lines repeat.
func (r *pdfReader) flushPage(next *pdfPage) error {
	p := r.prev
	r.prev = next
	if p == nil {
		return nil
	}
	if next != nil && len(p.lines) > 1 && len(next.lines) > 1 {
		if a, b := p.lines[0], next.lines[0]; sameRunning(a, b) {
			p.header, next.header = true, true
		}
		if a, b := p.lines[len(p.lines)-1], next.lines[len(next.lines)-1]; sameRunning(a, b) {
			p.footer, next.footer = true, true
		}
	}
	first, last := 0, len(p.lines)
	if p.header && last > 0 {
		if err := r.line(scanner.KindHeader, p.number, 1, p.lines[0]); err != nil {
			return err
		}
		first = 1
	}
	if p.footer && last > first {
		last--
	}
	if err := r.body(p, first, last, next != nil); err != nil {
		return err
	}
	if last < len(p.lines) {
		return r.line(scanner.KindFooter, p.number, last+1, p.lines[last])
	}
	return nil
}

// body gives the paragraphs of a page. One that the end of the page cuts waits
// for the rest of it.
func (r *pdfReader) body(p *pdfPage, first, last int, more bool) error {
	width := widest(p.lines[first:last])
	for i := first; i < last; {
		n := paragraph(p.lines[i:last])
		para := pdfParagraph{strings.Join(p.lines[i:i+n], "\n"), p.number, i + 1}
		if c := r.carry; c.text != "" {
			r.carry = pdfParagraph{}
			if i == first && !startsItem(p.lines[i]) && !tabular(p.lines[i]) {
				para = pdfParagraph{c.text + "\n" + para.text, c.page, c.line}
			} else if err := r.line(scanner.KindBody, c.page, c.line, c.text); err != nil {
				return err
			}
		}
		i += n
		if end := p.lines[i-1]; i == last && more && filled(end, width) && !endsSentence(end) && !tabular(end) && len(para.text) < 4096 {
			r.carry = para
			return nil
		}
		if err := r.line(scanner.KindBody, para.page, para.line, para.text); err != nil {
			return err
		}
	}
	return nil
}

// pdfParagraph is a paragraph with the page and line it begins at.
type pdfParagraph struct {
	text       string
	page, line int
}

func (r *pdfReader) line(kind scanner.Kind, page, line int, text string) error {
	return r.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: page, Line: line}, Text: text})
}

// sameRunning reports whether two lines differ in nothing but numbers.
func sameRunning(a, b string) bool {
	digits := func(r rune) rune {
		if unicode.IsDigit(r) || r == ' ' {
			return -1
		}
		return r
	}
	return strings.Map(digits, a) == strings.Map(digits, b)
}

// paragraph returns how many of lines, from the first on, are one paragraph:
// lines filled to the margin go on in the next one.
func paragraph(lines []string) int {
	width := widest(lines)
	n := 1
	for n < len(lines) && n < 40 {
		last := lines[n-1]
		before := last
		if n > 1 {
			before = lines[n-2]
		}
		if !filled(last, width) && !runsOn(before, last, lines[n]) || endsSentence(last) || startsItem(lines[n]) || tabular(last) || tabular(lines[n]) {
			break
		}
		n++
	}
	return n
}

// widest returns the width of the widest of the next lines.
func widest(lines []string) int {
	width := 0
	for _, l := range lines[:min(len(lines), 60)] {
		width = max(width, textWidth(l))
	}
	return width
}

// filled reports whether a line reaches the margin of a text of this width.
func filled(line string, width int) bool { return width >= 40 && textWidth(line)*100 >= width*85 }

// runsOn reports whether a line goes on in the next one as those of a narrow
// column do: as wide as the one before it and no narrower than the next, in the
// middle of Chinese text, without gaps.
func runsOn(before, line, next string) bool {
	w := textWidth(line)
	end, _ := utf8.DecodeLastRuneInString(line)
	start, _ := utf8.DecodeRuneInString(next)
	return w >= 24 && w*100 >= textWidth(before)*85 && textWidth(next) <= w+6 &&
		unicode.Is(unicode.Han, end) && unicode.Is(unicode.Han, start) &&
		len(strings.Fields(line)) < 3 && len(strings.Fields(next)) < 3
}

// textWidth counts columns: a wide character takes two.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}

func endsSentence(s string) bool {
	for _, end := range []string{"。", "！", "？", "：", "；", ".", ":", ";", "!", "?"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// startsItem reports whether a line begins a numbered item or a clause.
func startsItem(s string) bool {
	rest := strings.TrimLeft(s, "第（(一二三四五六七八九十百0123456789１２３４５６７８９０")
	if len(rest) == len(s) {
		return false
	}
	for _, mark := range []string{"、", "．", "条", "）", ")", "章", "."} {
		if strings.HasPrefix(rest, mark) {
			return true
		}
	}
	return false
}

// tabular reports whether a line is a row of a table: several columns with
// gaps between them, and little running text.
func tabular(s string) bool {
	return strings.Contains(s, "\t") || len(strings.Fields(s)) >= 3 && countHan(s)*2 < visibleRunes(s)
}
