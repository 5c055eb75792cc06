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
func (r *pdfReader) hiddenTexts(page requests.Page, tp references.FPDF_TEXTPAGE, whole string) []string {
	count, err := r.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return nil
	}
	h := pdfHidden{r: r}
	if size, err := r.pdf.GetPageSize(&requests.GetPageSize{Page: page}); err == nil {
		h.width, h.height = size.Width, size.Height
		// Asking every text where it is costs too much when all are inside.
		in, err := r.pdf.FPDFText_GetBoundedText(&requests.FPDFText_GetBoundedText{TextPage: tp, Top: h.height, Right: h.width})
		h.beside = err != nil || visibleRunes(in.Text) < visibleRunes(whole)
	}
	for i := range min(count.Count, pdfMaxObjects) {
		got, err := r.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		typ, err := r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: got.PageObject})
		if err != nil {
			continue
		}
		h.see(got.PageObject, typ.Type, tp)
	}
	if h.invisible*2 > h.all {
		return nil
	}
	return h.out
}

// pdfHidden looks at the objects of one page in the order they are drawn.
type pdfHidden struct {
	r             *pdfReader
	width, height float64
	beside        bool // some text is beside the page
	painted       []references.FPDF_PAGEOBJECT
	dark          []pdfBox // of painted, once needed
	all           int
	invisible     int
	out           []string
	last          *pdfBox // of the hidden text before
}

func (h *pdfHidden) see(obj references.FPDF_PAGEOBJECT, typ enums.FPDF_PAGEOBJ, tp references.FPDF_TEXTPAGE) {
	r := h.r
	switch typ {
	case enums.FPDF_PAGEOBJ_IMAGE, enums.FPDF_PAGEOBJ_SHADING, enums.FPDF_PAGEOBJ_PATH:
		h.painted = append(h.painted, obj) // what a picture shows is not known
		return
	case enums.FPDF_PAGEOBJ_TEXT:
	default:
		return
	}
	h.all++
	mode, err := r.pdf.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: obj})
	ghost := err == nil && mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE
	if ghost {
		h.invisible++
	}
	white := !ghost && r.isWhiteFill(obj)
	if !ghost && !white && !h.beside {
		h.last = nil
		return
	}
	box := r.bounds(obj)
	off := h.beside && (box.right < 0 || box.left > h.width || box.top < 0 || box.bottom > h.height)
	if !ghost && !off && (!white || h.covered(box)) {
		h.last = nil
		return
	}
	text, err := r.pdf.FPDFTextObj_GetText(&requests.FPDFTextObj_GetText{PageObject: obj, TextPage: tp})
	if err != nil || isBlank(text.Text) {
		return
	}
	clean := strings.TrimSpace(strings.Map(pdfRune, text.Text))
	if h.last != nil && math.Abs(h.last.bottom-box.bottom) < 4 && box.left-h.last.right < 20 {
		h.out[len(h.out)-1] += clean
	} else {
		h.out = append(h.out, clean)
	}
	h.last = &box
}

// covered reports whether something was painted below the middle of box that
// is not white.
func (h *pdfHidden) covered(box pdfBox) bool {
	for _, obj := range h.painted {
		typ, err := h.r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: obj})
		if err == nil && typ.Type == enums.FPDF_PAGEOBJ_PATH && (!h.r.isFilled(obj) || h.r.isWhiteFill(obj)) {
			continue
		}
		h.dark = append(h.dark, h.r.bounds(obj))
	}
	h.painted = h.painted[:0]
	return covered(box, h.dark)
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
