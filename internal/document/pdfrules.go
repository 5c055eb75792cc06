package document

import (
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	pdfPathSegments = 4000 // of one path that are looked at
	pdfPathSimple   = 5    // segments of a path that is a rectangle, or less
)

// rule notes the straight lines of a path: tables are drawn with thin
// rectangles, with lines, or with many lines at once.
func (h *pdfHidden) rule(obj references.FPDF_PAGEOBJECT, m pdfMatrix) {
	r := h.r
	if len(h.rules) > ruleMost {
		return
	}
	box := h.turn.box(m.box(r.bounds(obj)))
	thin := box.width() <= ruleThin || box.height() <= ruleThin
	count, err := r.pdf.FPDFPath_CountSegments(&requests.FPDFPath_CountSegments{PageObject: obj})
	switch {
	case thin && (err != nil || count.Count <= pdfPathSimple):
		h.rules = boxRules(h.rules, box)
		return
	case err != nil || count.Count > pdfPathSegments:
		return
	case count.Count <= pdfPathSimple && r.isFilled(obj):
		return // the ground of something
	}
	if own, err := r.pdf.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: obj}); err == nil {
		m = pdfMatrix(own.Matrix).then(m)
	}
	h.segments(obj, m.then(h.turn), count.Count)
}

// segments notes the straight pieces of a path.
func (h *pdfHidden) segments(obj references.FPDF_PAGEOBJECT, m pdfMatrix, count int) {
	pdf := h.r.pdf
	var x0, y0, startX, startY float64
	for i := range count {
		seg, err := pdf.FPDFPath_GetPathSegment(&requests.FPDFPath_GetPathSegment{PageObject: obj, Index: i})
		if err != nil {
			return
		}
		typ, err := pdf.FPDFPathSegment_GetType(&requests.FPDFPathSegment_GetType{PathSegment: seg.PathSegment})
		if err != nil {
			return
		}
		at, err := pdf.FPDFPathSegment_GetPoint(&requests.FPDFPathSegment_GetPoint{PathSegment: seg.PathSegment})
		if err != nil {
			return
		}
		x, y := m.at(float64(at.X), float64(at.Y))
		switch typ.Type {
		case enums.FPDF_SEGMENT_MOVETO:
			startX, startY = x, y
		case enums.FPDF_SEGMENT_LINETO:
			if rule, ok := lineRule(x0, y0, x, y); ok {
				h.rules = append(h.rules, rule)
			}
		}
		if closing, err := pdf.FPDFPathSegment_GetClose(&requests.FPDFPathSegment_GetClose{PathSegment: seg.PathSegment}); err == nil && closing.IsClose {
			if rule, ok := lineRule(x, y, startX, startY); ok {
				h.rules = append(h.rules, rule)
			}
		}
		x0, y0 = x, y
	}
}

// turned returns the matrix that turns a page the way it is shown.
func (r *pdfReader) turned(page requests.Page) pdfMatrix {
	got, err := r.pdf.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: page})
	if err != nil {
		return pdfUpright
	}
	switch got.PageRotation {
	case enums.FPDF_PAGE_ROTATION_90_CW:
		return pdfMatrix{B: -1, C: 1}
	case enums.FPDF_PAGE_ROTATION_180_CW:
		return pdfMatrix{A: -1, D: -1}
	case enums.FPDF_PAGE_ROTATION_270_CW:
		return pdfMatrix{B: 1, C: -1}
	}
	return pdfUpright
}

var pdfUpright = pdfMatrix{A: 1, D: 1}
