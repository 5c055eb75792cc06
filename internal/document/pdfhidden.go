package document

import (
	"math"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// pdfMaxObjects bounds the objects of a page that are looked at one by one.
const pdfMaxObjects = 4000

// hiddenTexts returns the texts of a page nobody sees: drawn white on nothing
// darker, drawn in no colour, or beside the page. A page where most text is
// drawn in no colour is a scan with its recognised text, which counts as seen.
func (r *pdfReader) hiddenTexts(page requests.Page, tp references.FPDF_TEXTPAGE) []string {
	count, err := r.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return nil
	}
	width, height := 0.0, 0.0
	if size, err := r.pdf.GetPageSize(&requests.GetPageSize{Page: page}); err == nil {
		width, height = size.Width, size.Height
	}
	var dark []pdfBox
	var out []string
	all, invisible := 0, 0
	var last *pdfBox // of the hidden text before
	for i := range min(count.Count, pdfMaxObjects) {
		got, err := r.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		obj := got.PageObject
		typ, err := r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: obj})
		if err != nil {
			continue
		}
		switch typ.Type {
		case enums.FPDF_PAGEOBJ_IMAGE, enums.FPDF_PAGEOBJ_SHADING:
			dark = append(dark, r.bounds(obj)) // what it shows is not known
		case enums.FPDF_PAGEOBJ_PATH:
			if r.isFilled(obj) && !r.isWhiteFill(obj) {
				dark = append(dark, r.bounds(obj))
			}
		case enums.FPDF_PAGEOBJ_TEXT:
			all++
			box := r.bounds(obj)
			mode, err := r.pdf.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: obj})
			ghost := err == nil && mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE
			if ghost {
				invisible++
			}
			off := width > 0 && (box.right < 0 || box.left > width || box.top < 0 || box.bottom > height)
			if !ghost && !off && (!r.isWhiteFill(obj) || covered(box, dark)) {
				last = nil
				continue
			}
			text, err := r.pdf.FPDFTextObj_GetText(&requests.FPDFTextObj_GetText{PageObject: obj, TextPage: tp})
			if err != nil || isBlank(text.Text) {
				continue
			}
			clean := strings.TrimSpace(strings.Map(pdfRune, text.Text))
			if last != nil && math.Abs(last.bottom-box.bottom) < 4 && box.left-last.right < 20 {
				out[len(out)-1] += clean
			} else {
				out = append(out, clean)
			}
			last = &box
		}
	}
	if invisible*2 > all {
		return nil
	}
	return out
}

func covered(box pdfBox, by []pdfBox) bool {
	x, y := (box.left+box.right)/2, (box.bottom+box.top)/2
	for _, b := range by {
		if x >= b.left && x <= b.right && y >= b.bottom && y <= b.top {
			return true
		}
	}
	return false
}

func (r *pdfReader) bounds(obj references.FPDF_PAGEOBJECT) pdfBox {
	b, err := r.pdf.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: obj})
	if err != nil {
		return pdfBox{}
	}
	return pdfBox{float64(b.Left), float64(b.Right), float64(b.Bottom), float64(b.Top)}
}

// isWhiteFill reports whether an object is filled white or not at all.
func (r *pdfReader) isWhiteFill(obj references.FPDF_PAGEOBJECT) bool {
	c, err := r.pdf.FPDFPageObj_GetFillColor(&requests.FPDFPageObj_GetFillColor{PageObject: obj})
	if err != nil {
		return false
	}
	f := c.FillColor
	return f.A == 0 || f.R >= 250 && f.G >= 250 && f.B >= 250
}

// isFilled reports whether a path is filled rather than only drawn along.
func (r *pdfReader) isFilled(obj references.FPDF_PAGEOBJECT) bool {
	mode, err := r.pdf.FPDFPath_GetDrawMode(&requests.FPDFPath_GetDrawMode{PageObject: obj})
	return err != nil || mode.FillMode != enums.FPDF_FILLMODE_NONE
}

// withoutHidden takes hidden texts out of the lines they were read in.
func withoutHidden(lines, hidden []string) []string {
	for _, h := range hidden {
		for i, l := range lines {
			if before, after, ok := strings.Cut(l, h); ok {
				lines[i] = strings.TrimSpace(before + after)
				break
			}
		}
	}
	kept := lines[:0]
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	return kept
}
