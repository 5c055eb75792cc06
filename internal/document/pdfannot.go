package document

import (
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"

	"prescreen/scanner"
)

// pdfAnnotations says which kinds of annotations a page has.
type pdfAnnotations struct {
	fields bool // of a form
	drawn  bool // some may show text that no string of theirs says
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
				found.drawn = found.drawn || r.survey.signed // a signature shows who and when
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
