package document

import (
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"golang.org/x/text/unicode/norm"

	"prescreen/scanner"
)

// pdfPage is the text of one page, kept until the next page is known: lines
// that repeat from page to page are headers and footers.
type pdfPage struct {
	number int
	lines  []string
	header bool // the first line repeats the one of the page before
	footer bool
}

// page reads one page; index counts from 0.
func (r *pdfReader) page(ctx context.Context, index int) error {
	loaded, err := r.pdf.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: r.doc, Index: index})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if fatalPDF(err) {
			return err
		}
		r.lost = append(r.lost, index+1)
		return nil
	}
	page := requests.Page{ByReference: &loaded.Page}
	defer r.pdf.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	text, err := r.pageText(page, r.pageSuspicion(index))
	if err != nil {
		if fatalPDF(err) || ctx.Err() != nil {
			return err
		}
		r.lost = append(r.lost, index+1)
	}
	r.remember(text)
	if err := r.flushPage(&pdfPage{number: index + 1, lines: text.lines}); err != nil {
		return err
	}
	for _, h := range text.hidden {
		if err := r.line(scanner.KindHidden, index+1, 0, h); err != nil {
			return err
		}
	}
	if text.visible < 20 || text.garbled {
		if err := r.recognise(ctx, page, index+1, text); err != nil {
			return err
		}
	}
	found, err := r.annotations(page, index+1)
	if err != nil {
		return err
	}
	switch {
	case found.drawn:
		// The engine draws nothing any more once it has looked at a form;
		// fields give their values all the same, see annotation and beside.
		return r.appearances(index, text)
	case found.fields:
		return r.form(page, index+1)
	}
	return nil
}

// pdfAnnotations says which kinds of annotations a page has.
type pdfAnnotations struct {
	fields bool // of a form
	drawn  bool // some may show text that no string of theirs says
}

// pdfText is the text of a page.
type pdfText struct {
	lines   []string // in the order they are drawn in
	hidden  []string // texts nobody sees, taken out of lines
	visible int      // characters
	garbled bool     // the fonts do not say which characters they show
}

func (r *pdfReader) pageText(page requests.Page, suspect pdfSuspicion) (text pdfText, err error) {
	tp, err := r.pdf.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return text, err
	}
	defer r.pdf.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: tp.TextPage})
	count, err := r.pdf.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: tp.TextPage})
	if err != nil || count.Count == 0 {
		return text, err
	}
	got, err := r.pdf.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: tp.TextPage, Count: count.Count})
	if err != nil {
		return text, err
	}
	if err := r.f.budget.unpack(int64(len(got.Text))); err != nil {
		return pdfText{lines: pdfLines(got.Text)}, err
	}
	text.hidden = r.hiddenTexts(page, tp.TextPage, got.Text, suspect)
	text.lines = withoutHidden(r.joinWraps(tp.TextPage, got.Text), text.hidden)
	text.visible = visibleRunes(got.Text)
	text.garbled = r.garbled(tp.TextPage, count.Count) || mojibake(got.Text) || patchy(got.Text)
	return text, nil
}

// garbled samples the characters of a page for those the font gives no
// Unicode for.
func (r *pdfReader) garbled(tp references.FPDF_TEXTPAGE, count int) bool {
	const samples = 40
	step := max(1, count/samples)
	bad, all := 0, 0
	for i := 0; i < count; i += step {
		res, err := r.pdf.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: tp, Index: i})
		if err != nil {
			return false
		}
		all++
		if res.HasUnicodeMapError {
			bad++
		}
	}
	return bad*3 > all
}

// mojibake reports whether a text is Latin letters with accents and signs
// almost throughout: the bytes of Chinese characters taken for such letters, by
// a font with a wrong map to Unicode. No language is written like that.
func mojibake(text string) bool {
	odd, all := 0, 0
	for _, r := range text {
		switch {
		case r <= ' ' || r >= '0' && r <= '9':
			continue
		case r >= 0x80 && r <= 0xFF, r < ' ', r >= 0x2010 && r <= 0x2044, r == 0x0152 || r == 0x0153 || r == 0x0160 || r == 0x0161 || r == 0x0178 || r == 0x017D || r == 0x017E || r == 0x0192 || r == 0x02C6 || r == 0x02DC || r == 0x2122:
			odd++
		}
		all++
	}
	return all >= 8 && odd*2 > all
}

// patchy reports whether Chinese text has characters in it that no text has, by
// a font whose map to Unicode is right in most places only: 公开ÿ公正ÿ.
func patchy(text string) bool {
	odd, before := 0, rune(0)
	for _, r := range text {
		switch {
		case r >= 0x80 && r <= 0x9F, r == 0xFF, r == 0xFE, r == 0xAC, r == 0xAF:
			if unicode.Is(unicode.Han, before) {
				odd++
			}
		}
		before = r
	}
	return odd >= 3
}

// pdfLines splits the text of a page into lines.
func pdfLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.Map(pdfRune, line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// pdfRune maps the presentation forms vertical fonts give to the characters
// people type, and drops marks that are no characters.
func pdfRune(r rune) rune {
	switch {
	case r < 0x20 && r != '\t', r == 0xFFFE, r == 0xFFFF, r == 0xFEFF, r == 0x7F:
		return -1
	case r >= 0x2E80 && r <= 0x2EF3:
		return radical(r)
	case r >= 0x2F00 && r <= 0x2FD5, r >= 0xF900 && r <= 0xFAFF:
		// Fonts that share a glyph among characters name the radical, or the
		// compatibility form, where the text has the character: ⼋ for 八.
		if c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r))); c != utf8.RuneError {
			return c
		}
		return r
	case r < 0xFE10 || r > 0xFE48:
		return r
	case r <= 0xFE19:
		return []rune("，、。：；！？〖〗…")[r-0xFE10]
	case r >= 0xFE30 && r <= 0xFE34:
		return []rune("‥—–_﹏")[r-0xFE30]
	case r >= 0xFE35 && r <= 0xFE44:
		return []rune("（）｛｝〔〕【】《》〈〉「」『』")[r-0xFE35]
	case r == 0xFE47:
		return '['
	case r == 0xFE48:
		return ']'
	}
	return r
}

// radicals are the characters the radicals from U+2E80 on stand for, as far as
// they are characters of their own (Unicode's EquivalentUnifiedIdeograph).
const radicals = "冫厂乛乚乙亻冂几刀刂卜㔾小小兀尣尢⺑巳幺彑彐忄㣺扌攵⺚旡日月歺母民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟罓罒⺳⺴⺵羊羊羊耂肀聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶邑钅長镸长门阜阝雨青韦页风飞食食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"

// radical returns the character a radical stands for: fonts that share a glyph
// name the radical where the text has the character.
func radical(r rune) rune {
	c, _ := utf8.DecodeRuneInString(radicals[3*(r-0x2E80):]) // each has three bytes
	return c
}

func visibleRunes(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && r != 0xFFFE && r != unicode.ReplacementChar {
			n++
		}
	}
	return n
}

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

// annotations reads notes, stamps, links and the like.
func (r *pdfReader) annotations(page requests.Page, number int) (found pdfAnnotations, err error) {
	count, err := r.pdf.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return found, nil // a page without annotations
	}
	for i := range min(count.Count, 10000) {
		a, err := r.pdf.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
		if err != nil {
			continue
		}
		subtype, err := r.pdf.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: a.Annotation})
		if err == nil {
			switch subtype.Subtype {
			case enums.FPDF_ANNOT_SUBTYPE_LINK, enums.FPDF_ANNOT_SUBTYPE_POPUP, enums.FPDF_ANNOT_SUBTYPE_HIGHLIGHT, enums.FPDF_ANNOT_SUBTYPE_TEXT:
			case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
				found.fields = true
			default:
				found.drawn = true
			}
			err = r.annotation(a.Annotation, subtype, number)
		}
		r.pdf.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: a.Annotation})
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

func (r *pdfReader) annotation(a references.FPDF_ANNOTATION, subtype *responses.FPDFAnnot_GetSubtype, page int) error {
	kind := scanner.KindComment
	keys := []string{"Contents", "T", "Subj", "RC"}
	switch subtype.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_POPUP:
		return nil
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		kind, keys = scanner.KindForm, []string{"V", "TU", "DV"}
	case enums.FPDF_ANNOT_SUBTYPE_LINK:
		if err := r.linkOf(a, page); err != nil {
			return err
		}
	}
	first := ""
	for _, key := range keys {
		v, err := r.pdf.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: a, Key: key})
		if err != nil || v.Value == "" {
			continue
		}
		text := pdfString(v.Value)
		if key == "RC" {
			text = stripTags(text)
		}
		if text == first {
			continue
		}
		if first == "" {
			first = text
		}
		if err := r.say(kind, page, text); err != nil {
			return err
		}
	}
	return nil
}

// stripTags takes the markup out of a rich-text value.
func stripTags(s string) string {
	x := newXMLLexer(strings.NewReader(s))
	var out strings.Builder
	for x.next() {
		if x.kind == xmlText {
			out.Write(x.text)
		}
	}
	return strings.TrimSpace(out.String())
}

func (r *pdfReader) linkOf(a references.FPDF_ANNOTATION, page int) error {
	link, err := r.pdf.FPDFAnnot_GetLink(&requests.FPDFAnnot_GetLink{Annotation: a})
	if err != nil {
		return nil // a link within the document
	}
	action, err := r.pdf.FPDFLink_GetAction(&requests.FPDFLink_GetAction{Link: link.Link})
	if err != nil || action.Action == nil {
		return nil
	}
	if uri, err := r.pdf.FPDFAction_GetURIPath(&requests.FPDFAction_GetURIPath{Document: r.doc, Action: *action.Action}); err == nil {
		return r.address(uri.URIPath, page)
	}
	return nil
}

// form reads the values and options of form fields.
func (r *pdfReader) form(page requests.Page, number int) error {
	form, err := r.pdf.GetForm(&requests.GetForm{Page: page})
	if err != nil {
		return nil // a page without a form
	}
	for _, field := range form.Fields {
		texts := append([]string{field.ToolTip}, field.Options...)
		texts = append(texts, field.Values...)
		if field.Value != nil {
			texts = append(texts, *field.Value)
		}
		for _, t := range texts {
			if err := r.say(scanner.KindForm, number, pdfString(t)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recognise handles a page without usable text: it is drawn and given to the
// recogniser as a picture.
func (r *pdfReader) recognise(ctx context.Context, page requests.Page, number int, text pdfText) error {
	if !r.hasImage(page) && (!text.garbled || text.visible == 0) {
		return nil // an empty or a short page, no scan
	}
	dpi := ocrDPI
	if size, err := r.pdf.GetPageSize(&requests.GetPageSize{Page: page}); err == nil {
		if pixels := size.Width * size.Height / 72 / 72 * ocrDPI * ocrDPI; pixels > ocrPagePixels {
			dpi = max(20, int(ocrDPI*math.Sqrt(ocrPagePixels/pixels)))
		}
	}
	drawn, err := r.pdf.RenderPageInDPI(&requests.RenderPageInDPI{Page: page, DPI: dpi})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if fatalPDF(err) {
			return err
		}
		r.scanned = append(r.scanned, number)
		return nil
	}
	defer drawn.CleanupFunc()
	return r.apart(func() error { return r.f.recognise(ctx, drawn.Result.RenderedImage, nil, number) })
}

const (
	ocrDPI        = 200
	ocrPagePixels = 12e6 // larger pages are drawn smaller
)

// hasImage reports whether the page shows a picture.
func (r *pdfReader) hasImage(page requests.Page) bool {
	count, err := r.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return false
	}
	for i := range min(count.Count, 2000) {
		obj, err := r.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		typ, err := r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: obj.PageObject})
		if err == nil && (typ.Type == enums.FPDF_PAGEOBJ_IMAGE || typ.Type == enums.FPDF_PAGEOBJ_FORM) {
			return true
		}
	}
	return false
}
