package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/lang"
)

// filled renders a template whose body is given.
func filled(t *testing.T, body string, records ...record) (string, error) {
	t.Helper()
	template, err := packDocx(body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := fillTemplate(&b, "自定义.docx", template, records[0], slices.Values(records)); err != nil {
		return "", err
	}
	doc := partOf(t, b.Bytes(), documentPart)
	if err := wellFormed([]byte(doc)); err != nil {
		t.Errorf("not well-formed: %v\n%s", err, doc)
	}
	return doc, nil
}

func sampleRecord() record {
	return record{
		fields: map[string]string{"Unit": "县民政局 <&>", "Problems": "第一段\n第二段"},
		lists:  map[string][]map[string]string{"Finding": {{"URL": "http://a/"}, {"URL": "http://b/"}}},
	}
}

func TestFillTemplate(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"field":  {`<w:p><w:r><w:t>致{{.Unit}}：</w:t></w:r></w:p>`, "致县民政局 &lt;&amp;&gt;："},
		"spaces": {`<w:p><w:r><w:t>{{ Unit }}！</w:t></w:r></w:p>`, "县民政局 &lt;&amp;&gt;！"},
		// As a word processor cuts it when somebody corrects a letter.
		"cut into runs": {`<w:p><w:r><w:t>致{{.U</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t>ni</w:t></w:r><w:r><w:t>t}}：</w:t></w:r></w:p>`, "致县民政局 &lt;&amp;&gt;："},
		"row":           {`<w:tbl><w:tr><w:tc><w:p><w:r><w:t>网址</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>{{.Finding.URL}}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "网址http://a/http://b/"},
		"text box":      {`<w:p><w:r><w:txbxContent><w:p><w:r><w:t>盒{{.Unit}}</w:t></w:r></w:p></w:txbxContent></w:r><w:r><w:t>外{{.Unit}}</w:t></w:r></w:p>`, "盒县民政局 &lt;&amp;&gt;外县民政局 &lt;&amp;&gt;"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc, err := filled(t, test.in, sampleRecord())
			if err != nil {
				t.Fatal(err)
			}
			if got := visible(doc); got != test.want {
				t.Errorf("got %q in %s", got, doc)
			}
		})
	}
	doc, err := filled(t, `<w:p><w:pPr><w:pStyle w:val="Body"/></w:pPr><w:r><w:t>{{.Problems}}</w:t></w:r></w:p><w:p><w:r><w:t>另：{{.Problems}}</w:t></w:r></w:p>`, sampleRecord())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(doc, `<w:pStyle w:val="Body"/>`); n != 2 {
		t.Errorf("a field of two lines alone in its paragraph gave %d paragraphs", n)
	}
	if n := strings.Count(doc, `<w:br/>`); n != 1 {
		t.Errorf("a field of two lines within a sentence gave %d line breaks", n)
	}
}

// visible joins the texts of a document as they stand in its XML.
func visible(doc string) string {
	var b strings.Builder
	for _, p := range strings.Split(doc, "<w:t")[1:] {
		if strings.HasPrefix(p, ">") || strings.HasPrefix(p, " xml:space") {
			b.WriteString(p[strings.Index(p, ">")+1 : strings.Index(p, "<")])
		}
	}
	return b.String()
}

func TestSeveralRecords(t *testing.T) {
	doc, err := filled(t, `<w:p><w:r><w:t>{{.Unit}};</w:t></w:r></w:p><w:sectPr/>`, sampleRecord(), record{fields: map[string]string{"Unit": "乙"}}, record{fields: map[string]string{"Unit": "丙"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := visible(doc); got != "县民政局 &lt;&amp;&gt;;乙;丙;" {
		t.Errorf("got %q", got)
	}
	if strings.Count(doc, `w:type="page"`) != 2 || strings.Count(doc, "<w:sectPr/>") != 1 {
		t.Errorf("two page breaks and one section wanted: %s", doc)
	}
}

func TestBadTemplates(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"unknown field":      {`<w:p><w:r><w:t>{{.Unti}}</w:t></w:r></w:p>`, `template "自定义.docx", part word/document.xml: unknown field {{.Unti}}; the fields of this form are`},
		"unknown list field": {`<w:tr><w:p><w:r><w:t>{{.Finding.Secret}}</w:t></w:r></w:p></w:tr>`, `unknown field {{.Finding.Secret}}`},
		"outside a row":      {`<w:p><w:r><w:t>{{.Finding.URL}}</w:t></w:r></w:p>`, `belongs in a table row`},
		"not closed":         {`<w:p><w:r><w:t>{{.Unit</w:t></w:r></w:p>`, `a field is not closed`},
		"damaged":            {`<w:p><w:r></w:p>`, `damaged XML`},
	} {
		if _, err := filled(t, test.body, sampleRecord()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, data := range []string{"", "{\\rtf1}"} {
		err := fillTemplate(&bytes.Buffer{}, "a.docx", []byte(data), sampleRecord(), slices.Values([]record{sampleRecord()}))
		if err == nil || !strings.Contains(err.Error(), `template "a.docx": not a DOCX file`) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// The templates of the program hold no field that there is not, in either
// language.
func TestBuiltinTemplates(t *testing.T) {
	for _, f := range Forms() {
		for _, l := range []lang.Lang{lang.Chinese, lang.English} {
			var b bytes.Buffer
			if err := RenderForm(&b, generated(100, 12), FormOptions{Options: generatedOptions(l), Form: f, Unit: "县民政局"}); err != nil {
				t.Errorf("%s %s: %v", f, l, err)
			}
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`<w:p><w:r><w:t>{{.Unit}}</w:t></w:r></w:p>`)
	f.Add(`<w:tr><w:tr><w:p><w:r><w:t>{{.Finding.URL}}</w:t></w:r></w:p></w:tr></w:tr><w:sectPr/>`)
	f.Add(`<w:p><w:t>{{</w:t><w:t>.Unit}</w:t><w:t>}</w:t></w:p>`)
	f.Fuzz(func(t *testing.T, body string) {
		p, err := parsePart([]byte(`<w:document xmlns:w="x"><w:body>` + body + `</w:body></w:document>`))
		if err != nil || p.checkFields(p.root, sampleRecord(), false) != nil {
			return
		}
		var b bytes.Buffer
		if err := p.writeBody(&b, slices.Values([]record{sampleRecord(), sampleRecord()})); err != nil {
			t.Error(err)
		}
	})
}
