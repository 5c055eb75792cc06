package document

import (
	"math"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
)

// pdfMatrix maps one system of coordinates to another.
type pdfMatrix structs.FPDF_FS_MATRIX

// then returns the matrix that applies m first.
func (m pdfMatrix) then(n pdfMatrix) pdfMatrix {
	return pdfMatrix{
		A: m.A*n.A + m.B*n.C, B: m.A*n.B + m.B*n.D,
		C: m.C*n.A + m.D*n.C, D: m.C*n.B + m.D*n.D,
		E: m.E*n.A + m.F*n.C + n.E, F: m.E*n.B + m.F*n.D + n.F,
	}
}

func (m pdfMatrix) at(x, y float64) (float64, float64) {
	return x*float64(m.A) + y*float64(m.C) + float64(m.E), x*float64(m.B) + y*float64(m.D) + float64(m.F)
}

// box returns the box around b under the matrix.
func (m pdfMatrix) box(b pageBox) pageBox {
	out := pageBox{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, p := range [4][2]float64{{b.left, b.bottom}, {b.left, b.top}, {b.right, b.bottom}, {b.right, b.top}} {
		x, y := m.at(p[0], p[1])
		out = pageBox{min(out.left, x), max(out.right, x), min(out.bottom, y), max(out.top, y)}
	}
	return out
}

func sameRGB(a, b uint32) bool {
	for shift := 0; shift < 24; shift += 8 {
		if d := int(a>>shift&0xFF) - int(b>>shift&0xFF); d < -6 || d > 6 {
			return false
		}
	}
	return true
}

func (r *pdfReader) bounds(obj references.FPDF_PAGEOBJECT) pageBox {
	b, err := r.pdf.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: obj})
	if err != nil {
		return pageBox{}
	}
	return pageBox{float64(b.Left), float64(b.Right), float64(b.Bottom), float64(b.Top)}
}

// fill returns the colour an object is filled with, RRGGBB, and how opaque it
// is, to 255. What is not known is taken for black.
func (r *pdfReader) fill(obj references.FPDF_PAGEOBJECT) (rgb uint32, alpha uint) {
	c, err := r.pdf.FPDFPageObj_GetFillColor(&requests.FPDFPageObj_GetFillColor{PageObject: obj})
	if err != nil {
		return 0, 255
	}
	f := c.FillColor
	return uint32(f.R&0xFF)<<16 | uint32(f.G&0xFF)<<8 | uint32(f.B&0xFF), f.A
}

// isFilled reports whether a path is filled rather than only drawn along.
func (r *pdfReader) isFilled(obj references.FPDF_PAGEOBJECT) bool {
	mode, err := r.pdf.FPDFPath_GetDrawMode(&requests.FPDFPath_GetDrawMode{PageObject: obj})
	return err != nil || mode.FillMode != enums.FPDF_FILLMODE_NONE
}

// isSpeck reports whether a text is too small to be seen.
func (r *pdfReader) isSpeck(obj references.FPDF_PAGEOBJECT, m pdfMatrix) bool {
	size, err := r.pdf.FPDFTextObj_GetFontSize(&requests.FPDFTextObj_GetFontSize{PageObject: obj})
	if err != nil {
		return false
	}
	own, err := r.pdf.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: obj})
	if err != nil {
		return false
	}
	m = pdfMatrix(own.Matrix).then(m)
	return float64(size.FontSize)*math.Max(math.Hypot(float64(m.A), float64(m.B)), math.Hypot(float64(m.C), float64(m.D))) < pdfTiny
}

// inOffLayer reports whether an object belongs to a layer that is switched off.
func (r *pdfReader) inOffLayer(obj references.FPDF_PAGEOBJECT) bool {
	if len(r.survey.off) == 0 {
		return false
	}
	count, err := r.pdf.FPDFPageObj_CountMarks(&requests.FPDFPageObj_CountMarks{PageObject: obj})
	if err != nil {
		return false
	}
	for i := range min(count.Count, 16) {
		mark, err := r.pdf.FPDFPageObj_GetMark(&requests.FPDFPageObj_GetMark{PageObject: obj, Index: uint64(i)})
		if err != nil {
			continue
		}
		// The string call of the engine's wrapper loses all but ASCII.
		name, err := r.pdf.FPDFPageObjMark_GetParamBlobValue(&requests.FPDFPageObjMark_GetParamBlobValue{PageObjectMark: mark.Mark, Key: "Name"})
		if err == nil && r.survey.off[pdfTextString(name.Value)] {
			return true
		}
	}
	return false
}
