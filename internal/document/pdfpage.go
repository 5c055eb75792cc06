package document

import (
	"context"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/scanner"
)

// pdfPage is the text of one page, kept until the next page is known: lines
// that repeat from page to page are headers and footers.
type pdfPage struct {
	number int
	parts  []pagePart // lines come first and last, perhaps none
	header bool       // the first line repeats the one of the page before
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
	if err := r.flushPage(&pdfPage{number: index + 1, parts: text.parts}); err != nil {
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

// pdfText is the text of a page.
type pdfText struct {
	parts   []pagePart // in the order they are drawn in
	lines   []string   // all of them, those in tables too
	hidden  []string   // texts nobody sees, taken out of the others
	visible int        // characters
	garbled bool       // the fonts do not say which characters they show
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
		lines := pdfLines(got.Text)
		return pdfText{lines: lines, parts: []pagePart{{lines: lines}}}, err
	}
	turn := r.turned(page)
	hidden, rules, scan := r.hiddenTexts(page, tp.TextPage, got.Text, suspect, turn)
	text.hidden = hidden
	text.lines = linesWithout(r.joinWraps(tp.TextPage, got.Text, 0, turn), hidden)
	text.parts = []pagePart{{lines: text.lines}}
	if tables, outside := r.tables(tp.TextPage, got.Text, count.Count, rules, turn); len(tables) > 0 {
		text.parts = r.parts(tp.TextPage, outside, tables, turn)
		withoutHidden(text.parts, hidden)
	}
	text.visible = visibleRunes(got.Text)
	text.garbled = r.garbled(tp.TextPage, count.Count) || mojibake(got.Text) || patchy(got.Text) || scan && countHan(got.Text) == 0 // recognised as another language, as likely as not
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
