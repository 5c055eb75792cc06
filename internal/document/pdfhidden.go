package document

import (
	"math"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	pdfMaxObjects = 4000 // objects of a page that are looked at one by one
	pdfFormDepth  = 3    // forms in forms that are looked into
)

// hiddenTexts returns the texts of a page nobody sees: drawn in no colour, in
// the colour of what is below them, under an area painted later, beside the
// page, too small, or in a layer that is switched off. A page with a picture
// where most text is drawn in no colour is a scan with its recognised text,
// which counts as seen.
//
// On the way it takes note of the lines that may be those of a table, and of
// whether the page is such a scan.
func (r *pdfReader) hiddenTexts(page requests.Page, tp references.FPDF_TEXTPAGE, whole string, suspect pdfSuspicion, turn pdfMatrix) (texts []string, rules []pageRule, scan bool) {
	h := pdfHidden{r: r, tp: tp, suspect: suspect, turn: turn}
	// The box is in the coordinates of the texts: its size may be turned, and
	// its corner elsewhere than at 0.
	if b, err := r.pdf.FPDF_GetPageBoundingBox(&requests.FPDF_GetPageBoundingBox{Page: page}); err == nil {
		h.page = pageBox{float64(b.Rect.Left), float64(b.Rect.Right), float64(b.Rect.Bottom), float64(b.Rect.Top)}
		// Asking every text where it is costs too much when all are inside.
		in, err := r.pdf.FPDFText_GetBoundedText(&requests.FPDFText_GetBoundedText{TextPage: tp, Left: h.page.left, Top: h.page.top, Right: h.page.right, Bottom: h.page.bottom})
		h.beside = err != nil || visibleRunes(in.Text) < visibleRunes(whole)
	}
	if !h.beside && h.suspect == 0 && len(r.survey.off) == 0 {
		return nil, nil, false
	}
	count, err := r.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return nil, nil, false
	}
	for i := range min(count.Count, pdfMaxObjects) {
		if got, err := r.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i}); err == nil {
			h.see(got.PageObject, pdfUpright, 0)
		}
	}
	return h.texts(), h.rules, h.scan()
}

// pdfHidden looks at the objects of one page in the order they are drawn.
type pdfHidden struct {
	r       *pdfReader
	tp      references.FPDF_TEXTPAGE
	page    pageBox
	beside  bool         // some text is beside the page
	suspect pdfSuspicion // how text of the page may be hidden
	turn    pdfMatrix    // to the way the page is shown

	rules   []pageRule // turned
	painted []pdfPaint
	drawn   []pdfDrawn
	picture bool
}

// pdfPaint is an area that was painted.
type pdfPaint struct {
	box   pageBox
	color uint32
	known bool // color is known: it is no picture, shading or half transparent
}

// pdfDrawn is a text that was drawn.
type pdfDrawn struct {
	obj   references.FPDF_PAGEOBJECT
	form  pdfMatrix // of the form it stands in
	place *pageBox  // once it was asked for
	ghost bool      // drawn in no colour
	gone  bool      // not seen for another reason
}

func (h *pdfHidden) see(obj references.FPDF_PAGEOBJECT, m pdfMatrix, depth int) {
	r := h.r
	typ, err := r.pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: obj})
	if err != nil {
		return
	}
	switch typ.Type {
	case enums.FPDF_PAGEOBJ_IMAGE, enums.FPDF_PAGEOBJ_SHADING:
		h.picture = h.picture || typ.Type == enums.FPDF_PAGEOBJ_IMAGE
		h.painted = append(h.painted, pdfPaint{box: m.box(r.bounds(obj))})
	case enums.FPDF_PAGEOBJ_PATH:
		if h.suspect&pdfRules != 0 {
			h.rule(obj, m)
		}
		h.path(obj, m)
	case enums.FPDF_PAGEOBJ_TEXT:
		h.text(obj, m)
	case enums.FPDF_PAGEOBJ_FORM:
		if depth < pdfFormDepth {
			h.form(obj, m, depth)
		}
	}
}

// form looks at the objects inside a form. Their places are the form's own.
func (h *pdfHidden) form(obj references.FPDF_PAGEOBJECT, m pdfMatrix, depth int) {
	r := h.r
	count, err := r.pdf.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: obj})
	if err != nil {
		return
	}
	if own, err := r.pdf.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: obj}); err == nil {
		m = pdfMatrix(own.Matrix).then(m)
	}
	first := len(h.drawn)
	for i := range min(count.Count, pdfMaxObjects) {
		if got, err := r.pdf.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: obj, Index: uint64(i)}); err == nil {
			h.see(got.PageObject, m, depth+1)
		}
	}
	if r.inOffLayer(obj) {
		for i := first; i < len(h.drawn); i++ {
			h.drawn[i].gone = true
		}
	}
}

// path notes a filled area, and the texts it covers.
func (h *pdfHidden) path(obj references.FPDF_PAGEOBJECT, m pdfMatrix) {
	r := h.r
	if h.suspect&(pdfCovers|pdfColours) == 0 || !r.isFilled(obj) || r.inOffLayer(obj) {
		return
	}
	color, alpha := r.fill(obj)
	if alpha == 0 {
		return
	}
	paint := pdfPaint{box: m.box(r.bounds(obj)), color: color, known: alpha == 255}
	if paint.box.top-paint.box.bottom < 3 || paint.box.right-paint.box.left < 3 {
		return // a rule, which hides nothing and nothing stands on
	}
	through, err := r.pdf.FPDFPageObj_HasTransparency(&requests.FPDFPageObj_HasTransparency{PageObject: obj})
	paint.known = paint.known && err == nil && !through.HasTransparency
	h.painted = append(h.painted, paint)
	if !paint.known {
		return
	}
	if h.suspect&pdfCovers == 0 {
		return
	}
	for i := range h.drawn {
		if d := &h.drawn[i]; !d.gone && h.box(d).within(paint.box) {
			d.gone = true
		}
	}
}

// box returns where a text stands.
func (h *pdfHidden) box(d *pdfDrawn) pageBox {
	if d.place == nil {
		b := d.form.box(h.r.bounds(d.obj))
		d.place = &b
	}
	return *d.place
}

// text notes a text and whether it can be seen when it is drawn. Only what
// there is reason for is asked.
func (h *pdfHidden) text(obj references.FPDF_PAGEOBJECT, m pdfMatrix) {
	r := h.r
	d := pdfDrawn{obj: obj, form: m}
	strokes := false
	if h.suspect&(pdfGhosts|pdfColours) != 0 {
		if mode, err := r.pdf.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: obj}); err == nil {
			switch mode.TextRenderMode {
			case enums.FPDF_TEXTRENDERMODE_INVISIBLE, enums.FPDF_TEXTRENDERMODE_CLIP:
				d.ghost = true
			case enums.FPDF_TEXTRENDERMODE_STROKE, enums.FPDF_TEXTRENDERMODE_FILL_STROKE:
				strokes = true
			}
		}
	}
	if h.suspect&(pdfColours|pdfGlass) != 0 && !strokes {
		color, alpha := r.fill(obj)
		d.gone = float64(alpha) < pdfClear*255 || h.asGround(&d, color)
	}
	d.gone = d.gone || h.beside && !h.box(&d).touches(h.page) ||
		h.suspect&pdfSpecks != 0 && r.isSpeck(obj, m) || r.inOffLayer(obj)
	h.drawn = append(h.drawn, d)
}

// asGround reports whether a text has the colour of what is below its middle.
func (h *pdfHidden) asGround(d *pdfDrawn, color uint32) bool {
	possible := sameRGB(color, paperRGB)
	for i := range h.painted {
		possible = possible || h.painted[i].known && sameRGB(color, h.painted[i].color)
	}
	if !possible {
		return false
	}
	ground, known := h.ground(h.box(d))
	return known && sameRGB(color, ground)
}

const paperRGB = 0xFFFFFF

// ground returns the colour below the middle of box.
func (h *pdfHidden) ground(box pageBox) (color uint32, known bool) {
	x, y := (box.left+box.right)/2, (box.bottom+box.top)/2
	for i := len(h.painted) - 1; i >= 0; i-- {
		if b := h.painted[i].box; x >= b.left && x <= b.right && y >= b.bottom && y <= b.top {
			return h.painted[i].color, h.painted[i].known
		}
	}
	return paperRGB, true
}

// scan reports whether the page is a scan with its recognised text.
func (h *pdfHidden) scan() bool {
	ghosts := 0
	for i := range h.drawn {
		if h.drawn[i].ghost {
			ghosts++
		}
	}
	return h.picture && ghosts*2 > len(h.drawn)
}

// texts returns the text of what is not seen; neighbours of a line are put
// together.
func (h *pdfHidden) texts() []string {
	scan := h.scan()
	var out []string
	var last *pageBox // of the hidden text before
	for i := range h.drawn {
		d := &h.drawn[i]
		if !d.gone && (!d.ghost || scan) {
			last = nil
			continue
		}
		text, err := h.r.pdf.FPDFTextObj_GetText(&requests.FPDFTextObj_GetText{PageObject: d.obj, TextPage: h.tp})
		if err != nil || isBlank(text.Text) {
			continue
		}
		clean := strings.TrimSpace(strings.Map(pdfRune, text.Text))
		box := h.box(d)
		if last != nil && math.Abs(last.bottom-box.bottom) < 4 && box.left-last.right < 20 {
			out[len(out)-1] += clean
		} else {
			out = append(out, clean)
		}
		last = &box
	}
	return out
}

// withoutHidden takes hidden texts out of the lines and cells they were read in.
func withoutHidden(parts []pagePart, hidden []string) {
	if len(hidden) == 0 {
		return
	}
	for i := range parts {
		p := &parts[i]
		p.lines = linesWithout(p.lines, hidden)
		if p.table != nil {
			p.table.without(hidden)
		}
	}
}

// linesWithout takes hidden texts out of lines.
func linesWithout(lines, hidden []string) []string {
	for _, h := range hidden {
		if visibleRunes(h) < 2 {
			continue // the line may have another one
		}
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
