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
	if next != nil && p.several() && next.several() {
		if a, b := p.first(), next.first(); a != "" && sameRunning(a, b) {
			p.header, next.header = true, true
		}
		if a, b := p.last(), next.last(); a != "" && sameRunning(a, b) {
			p.footer, next.footer = true, true
		}
	}
	line, footer := 1, ""
	if p.header && p.first() != "" {
		if err := r.line(scanner.KindHeader, p.number, 1, p.first()); err != nil {
			return err
		}
		p.parts[0].lines = p.parts[0].lines[1:]
		line++
	}
	if p.footer && p.last() != "" {
		last := &p.parts[len(p.parts)-1]
		footer = p.last()
		last.lines = last.lines[:len(last.lines)-1]
	}
	line, err := r.body(p, line, next != nil)
	if err != nil || footer == "" {
		return err
	}
	return r.line(scanner.KindFooter, p.number, line, footer)
}

// several reports whether a page has more than one line.
func (p *pdfPage) several() bool {
	return len(p.parts) > 1 || len(p.parts) == 1 && len(p.parts[0].lines) > 1
}

// first returns the line a page begins with, "" when it is none.
func (p *pdfPage) first() string {
	if len(p.parts) == 0 || len(p.parts[0].lines) == 0 {
		return ""
	}
	return p.parts[0].lines[0]
}

// last returns the line a page ends with, "" when it is none.
func (p *pdfPage) last() string {
	if len(p.parts) == 0 {
		return ""
	}
	lines := p.parts[len(p.parts)-1].lines
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// body gives the paragraphs and tables of a page, and returns the number of the
// line behind them; line is that of the first one.
func (r *pdfReader) body(p *pdfPage, line int, more bool) (int, error) {
	width := 0
	for _, part := range p.parts {
		width = max(width, widest(part.lines))
	}
	for i, part := range p.parts {
		if part.table != nil {
			if err := r.flushCarry(); err != nil {
				return line, err
			}
			if err := r.tabled.emit(r.f, part.table, p.number, line); err != nil {
				return line, err
			}
			line += part.table.rows
			continue
		}
		if err := r.paragraphs(part.lines, pdfSetting{p.number, line, width, i == 0, more && i == len(p.parts)-1}); err != nil {
			return line, err
		}
		line += len(part.lines)
		r.tabled.apart = r.tabled.apart || len(part.lines) > 0
	}
	return line, nil
}

// pdfSetting is where lines stand.
type pdfSetting struct {
	page, line  int
	width       int  // of the text of the page
	first, last bool // they begin the page; they end it, and there is a next one
}

// paragraphs gives the paragraphs of some lines. One that the end of the page
// cuts waits for the rest of it.
func (r *pdfReader) paragraphs(lines []string, at pdfSetting) error {
	for i := 0; i < len(lines); {
		n := paragraph(lines[i:])
		para := pdfParagraph{strings.Join(lines[i:i+n], "\n"), at.page, at.line + i}
		if c := r.carry; c.text != "" {
			r.carry = pdfParagraph{}
			if at.first && i == 0 && !startsItem(lines[i]) && !tabular(lines[i]) {
				para = pdfParagraph{c.text + "\n" + para.text, c.page, c.line}
			} else if err := r.line(scanner.KindBody, c.page, c.line, c.text); err != nil {
				return err
			}
		}
		i += n
		if end := lines[i-1]; i == len(lines) && at.last && filled(end, at.width) && !endsSentence(end) && !tabular(end) && len(para.text) < 4096 {
			r.carry = para
			return nil
		}
		if err := r.line(scanner.KindBody, para.page, para.line, para.text); err != nil {
			return err
		}
	}
	return nil
}

// flushCarry gives the paragraph that waits for its rest.
func (r *pdfReader) flushCarry() error {
	c := r.carry
	r.carry = pdfParagraph{}
	if c.text == "" {
		return nil
	}
	return r.line(scanner.KindBody, c.page, c.line, c.text)
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
