package document

import (
	"context"
	"math"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// recognise handles a page without usable text: it is drawn and given to the
// recogniser as a picture.
func (r *pdfReader) recognise(ctx context.Context, page requests.Page, number int, text pdfText) error {
	if (!text.garbled || text.visible == 0) && !r.showsMore(page, text.visible) {
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

// pdfOutlines is how many pieces of lines a page has that shows text as shapes,
// at the least: a few characters.
const pdfOutlines = 250

// showsMore reports whether the page shows more than its characters: a picture,
// text the fonts say nothing about, or text that was turned into shapes.
func (r *pdfReader) showsMore(page requests.Page, visible int) bool {
	count, err := r.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return false
	}
	pieces := 0
	for i := range min(count.Count, 2000) {
		obj, err := r.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		typ, err := r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: obj.PageObject})
		if err != nil {
			continue
		}
		switch typ.Type {
		case enums.FPDF_PAGEOBJ_IMAGE, enums.FPDF_PAGEOBJ_FORM:
			return true
		case enums.FPDF_PAGEOBJ_TEXT:
			if visible == 0 && r.marks(obj.PageObject) {
				return true
			}
		case enums.FPDF_PAGEOBJ_PATH:
			if n, err := r.pdf.FPDFPath_CountSegments(&requests.FPDFPath_CountSegments{PageObject: obj.PageObject}); err == nil && n.Count > pdfPathSimple {
				pieces += n.Count
			}
		}
	}
	return pieces >= pdfOutlines
}

// marks reports whether a text may leave a mark on the page: it is drawn in
// some colour.
func (r *pdfReader) marks(obj references.FPDF_PAGEOBJECT) bool {
	mode, err := r.pdf.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: obj})
	return err != nil || mode.TextRenderMode != enums.FPDF_TEXTRENDERMODE_INVISIBLE && mode.TextRenderMode != enums.FPDF_TEXTRENDERMODE_CLIP
}
