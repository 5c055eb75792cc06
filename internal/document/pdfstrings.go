package document

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/scanner"
)

// pdfSurvey is what a look through the objects of a file has told.
type pdfSurvey struct {
	texts   []pdfFound
	files   []pdfFile
	off     map[string]bool // names of the layers that are switched off
	signed  bool            // there are fields for signatures
	suspect pdfSuspicion    // of the file
	pages   []pdfSuspicion  // of each page, nil when that is not known
}

type pdfFound struct {
	kind scanner.Kind
	text string
}

// pdfFile is an embedded file, wherever it is referred to.
type pdfFile struct {
	name string
	data []byte
}

// lookThrough goes through the objects of the file. Of an encrypted one it is the
// copy the engine writes without its encryption.
func (r *pdfReader) lookThrough(ctx context.Context) (*pdfSurvey, error) {
	s := &pdfSurvey{off: map[string]bool{}, suspect: pdfAll}
	if r.f.size > pdfObjectsMax {
		r.f.problem(scanner.StatusLimit, fmt.Sprintf("larger than %d MB: only its pages were read, not the data beside them", pdfObjectsMax>>20))
		return s, nil
	}
	data, err := r.f.bytes(pdfObjectsMax)
	if err != nil {
		return s, nil // the pages tell
	}
	if bytes.Contains(data, []byte("/Encrypt")) {
		var plain bytes.Buffer
		if _, err := r.pdf.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: r.doc, Flags: requests.SaveFlagRemoveSecurity, FileWriter: &plain}); err != nil {
			return s, ctx.Err()
		}
		data = plain.Bytes()
	}
	w := newPDFSurveyor(r.f, s)
	s.suspect = 0
	if err := r.apart(func() error { return eachPDFObject(ctx, r.f, data, w.see) }); err != nil {
		return s, err
	}
	w.finish()
	s.pages = w.tree.pages(s.suspect)
	return s, nil
}

// pdfSurveyor collects what the objects tell.
type pdfSurveyor struct {
	f       *file
	out     *pdfSurvey
	layers  map[string]string // reference → name of the layer
	off     []string          // references of layers switched off
	scripts map[string]bool   // references of streams that are scripts
	streams map[string]*pdfDict
	specs   []pdfSpec
	tree    *pdfTree
}

func newPDFSurveyor(f *file, out *pdfSurvey) *pdfSurveyor {
	return &pdfSurveyor{f: f, out: out, layers: map[string]string{}, scripts: map[string]bool{}, streams: map[string]*pdfDict{}, tree: newPDFTree()}
}

// pdfSpec is a file specification with the stream of its content.
type pdfSpec struct{ name, ref string }

func (w *pdfSurveyor) see(d *pdfDict) {
	ref := fmt.Sprintf("%d 0 R", d.id)
	w.tree.see(ref, d)
	if d.stream != nil {
		w.stream(ref, d)
	}
	w.out.signed = w.out.signed || d.is("Sig")
	if d.clear {
		w.out.suspect |= pdfGlass
	}
	if d.is("OCG") {
		for _, e := range d.strings {
			if e.key == "Name" {
				w.layers[ref] = e.text
			}
		}
	}
	if off := d.refs["OFF"]; off != "" {
		w.off = append(w.off, pdfRefs(off)...)
	}
	for _, js := range pdfRefs(d.refs["JS"]) {
		w.scripts[js] = true
	}
	if d.is("Filespec") || d.refs["EF"] != "" || strings.Contains(d.refs["F"], "R") && hasKey(d, "UF") {
		w.specs = append(w.specs, pdfSpec{fileLabel(d), d.refs["F"]})
	}
	for i := range d.strings {
		if kind := entryKind(d, &d.strings[i]); kind != "" {
			w.out.texts = append(w.out.texts, pdfFound{kind, d.strings[i].text})
		}
	}
}

func hasKey(d *pdfDict, key string) bool {
	for i := range d.strings {
		if d.strings[i].key == key {
			return true
		}
	}
	return false
}

func fileLabel(d *pdfDict) string {
	label := ""
	for i := range d.strings {
		switch e := &d.strings[i]; e.key {
		case "UF":
			return e.text
		case "F":
			label = e.text
		}
	}
	return label
}

// stream looks into a stream: page contents for text that may be hidden,
// metadata for its text; scripts and embedded files wait until all references
// to them are known.
func (w *pdfSurveyor) stream(ref string, d *pdfDict) {
	switch {
	case d.is("Metadata"):
		if text := w.inflated(d, 4<<20); len(text) > 0 {
			w.metadata(text)
		}
	case d.is("Image"), d.is("XRef"), d.is("FontFile"), d.is("CIDFontType0C"), d.is("Type1C"), d.is("OpenType"), hasRef(d, "Length1"):
	default:
		w.streams[ref] = d
		if w.out.suspect != pdfAll && !d.is("EmbeddedFile") && looksContent(d) {
			content := w.inflated(d, pdfContentMax)
			suspect := suspectContent(content)
			w.out.suspect |= suspect
			if standsAlone(content) {
				w.tree.own[ref] = suspect
			}
		}
	}
}

func hasRef(d *pdfDict, key string) bool { return d.refs[key] != "" }

// pdfContentMax bounds what is looked through of one content stream, in bytes.
const pdfContentMax = 8 << 20

// looksContent reports whether a stream can be the content of a page or of a
// form: those say no type, or say Form.
func looksContent(d *pdfDict) bool { return len(d.types) == 0 || d.is("Form") || d.is("Pattern") }

// inflated returns a stream without its compression, as far as it is whole;
// nil for filters other than Flate.
func (w *pdfSurveyor) inflated(d *pdfDict, max int64) []byte {
	switch d.filter {
	case "":
		return d.stream[:min(int64(len(d.stream)), max)]
	case "FlateDecode", "Fl":
		return inflate(w.f, d.stream, max)
	}
	return nil
}

// metadata takes the texts of an XMP packet (ISO 16684).
func (w *pdfSurveyor) metadata(packet []byte) {
	x := newXMLLexer(bytes.NewReader(packet))
	var text strings.Builder
	for x.next() {
		switch x.kind {
		case xmlText:
			text.Write(x.text)
		case xmlStart:
			text.Reset()
			for i := range x.attrs {
				if v := tellingName(string(x.attrs[i].value)); countHan(v) > 0 {
					w.out.texts = append(w.out.texts, pdfFound{scanner.KindProperty, v})
				}
			}
		case xmlEnd:
			if v := strings.TrimSpace(text.String()); !boringXMP(string(x.name), v) {
				w.out.texts = append(w.out.texts, pdfFound{scanner.KindProperty, v})
			}
			text.Reset()
		}
	}
}

// boringXMP reports whether a value is one programs fill in.
func boringXMP(name, value string) bool {
	switch name {
	case "CreatorTool", "Producer", "CreateDate", "ModifyDate", "MetadataDate", "DocumentID", "InstanceID", "OriginalDocumentID",
		"format", "part", "conformance", "PDFVersion", "Trapped", "RenditionClass", "VersionID", "when", "changed", "softwareAgent", "action":
		return true
	}
	return isASCII(value) && (strings.HasPrefix(value, "uuid:") || strings.HasPrefix(value, "xmp.") || len(value) < 3)
}

// finish resolves what needed all objects.
func (w *pdfSurveyor) finish() {
	for _, ref := range w.off {
		if name := w.layers[ref]; name != "" {
			w.out.off[name] = true
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(w.layers)) {
		w.out.texts = append(w.out.texts, pdfFound{scanner.KindProperty, w.layers[ref]})
	}
	for _, ref := range slices.Sorted(maps.Keys(w.scripts)) {
		if d := w.streams[ref]; d != nil {
			w.out.texts = append(w.out.texts, pdfFound{scanner.KindScript, strings.TrimSpace(pdfTextString(w.inflated(d, 4<<20)))})
		}
	}
	for _, spec := range w.specs {
		for _, ref := range pdfRefs(spec.ref) {
			if d := w.streams[ref]; d != nil {
				if data := w.inflated(d, pdfObjectsMax); len(data) > 0 {
					w.out.files = append(w.out.files, pdfFile{spec.name, data})
				}
			}
		}
	}
}

// pdfRefs splits "1 0 R 2 0 R".
func pdfRefs(s string) []string {
	var out []string
	words := strings.Fields(s)
	for i := 0; i+2 < len(words); i += 3 {
		out = append(out, strings.Join(words[i:i+3], " "))
	}
	return out
}

// entryKind says what kind of place a string of a dictionary is, "" when it is
// none of a person's.
func entryKind(d *pdfDict, e *pdfEntry) scanner.Kind {
	if isBlank(e.text) || binaryText(e.text) {
		return ""
	}
	switch e.key {
	case "JS":
		return scanner.KindScript
	case "Alt", "ActualText", "E":
		return personal(scanner.KindAttribute, e.text)
	case "URI":
		return scanner.KindLink
	case "OverlayText", "Contents", "RC", "Subj":
		if !d.is("Sig") {
			return scanner.KindComment
		}
		return ""
	case "V", "DV", "TU", "CA", "Opt":
		if !d.is("Tx") && !d.is("Ch") && !d.is("Btn") && !d.is("Widget") {
			return personal(scanner.KindProperty, e.text)
		}
		return scanner.KindForm
	case "F", "UF":
		if d.is("Launch") || d.is("GoToR") || d.is("SubmitForm") || d.is("ImportData") {
			return scanner.KindLink
		}
		return personal(scanner.KindAttribute, e.text)
	case "Author", "Title", "Subject", "Keywords", "Desc", "Reason", "Location", "ContactInfo":
		return scanner.KindProperty
	}
	return personal(scanner.KindProperty, e.text)
}

// personal is kind for a text a person wrote, "" for what programs write.
func personal(kind scanner.Kind, text string) scanner.Kind {
	if countHan(text) >= 2 && nameScore(text) >= countHan(text) || longestDigits(text) >= 11 && !strings.HasPrefix(text, "D:") {
		return kind
	}
	return ""
}

// binaryText reports whether a string holds bytes that are no text.
func binaryText(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// beside gives what the objects hold beside the pages and was not given yet.
func (r *pdfReader) beside(ctx context.Context) error {
	for _, t := range r.survey.texts {
		if t.kind == scanner.KindLink {
			if err := r.address(&t.text, 0); err != nil {
				return err
			}
			continue
		}
		if t.kind == scanner.KindComment {
			t.text = stripTags(t.text)
		}
		if err := r.say(t.kind, 0, t.text); err != nil {
			return err
		}
	}
	if err := r.xfa(); err != nil {
		return err
	}
	for _, file := range r.survey.files {
		if r.said["file "+file.name] {
			continue
		}
		r.said["file "+file.name] = true
		err := r.apart(func() error { return r.f.child(ctx, file.name, bytes.NewReader(file.data)) })
		if err != nil {
			return err
		}
	}
	return nil
}

// xfa gives the data and the texts of an XFA form.
func (r *pdfReader) xfa() error {
	count, err := r.pdf.FPDF_GetXFAPacketCount(&requests.FPDF_GetXFAPacketCount{Document: r.doc})
	if err != nil {
		return nil // no form of this kind
	}
	for i := range min(count.Count, 64) {
		name, err := r.pdf.FPDF_GetXFAPacketName(&requests.FPDF_GetXFAPacketName{Document: r.doc, Index: i})
		if err != nil || name.Name != "datasets" && name.Name != "template" {
			continue
		}
		packet, err := r.pdf.FPDF_GetXFAPacketContent(&requests.FPDF_GetXFAPacketContent{Document: r.doc, Index: i})
		if err != nil {
			continue
		}
		x := newXMLLexer(bytes.NewReader(packet.Content))
		for x.next() {
			if x.kind != xmlText {
				continue
			}
			if err := r.say(scanner.KindForm, 0, strings.TrimSpace(string(x.text))); err != nil {
				return err
			}
		}
	}
	return nil
}
