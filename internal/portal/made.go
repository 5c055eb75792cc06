package portal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
)

// madeSpec is a small file in a format of its own: a title, some lines, and a
// text in a place of the format that readers do not see, or overlook:
//
//	doc wps wordml  a hidden run          pptx ppt dps     the notes of a slide
//	xls et ods      a hidden sheet        odp              a hidden slide
//	odt             a tracked deletion    ofd pdf-note     an annotation
//	pdf-layer       a layer switched off  pdf-file eml msg an attachment
//	mht             a comment             tar.gz 7z rar    a member
//	qr              a code                scan             a picture of text
//
// zip-locked and pdf-locked are encrypted: nobody can read what is in them.
type madeSpec struct {
	Format string
	Title  string
	Body   []string
	Hidden string
}

// madeMember is the name of what is attached to, or packed in, such a file.
const madeMember = "附.txt"

// makers are the writers of the formats with the type they are served as.
func makers() map[string]struct {
	ctype string
	make  func(*madeSpec) ([]byte, error)
} {
	const office, open = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
	plain := func(f func(*madeSpec) []byte) func(*madeSpec) ([]byte, error) {
		return func(m *madeSpec) ([]byte, error) { return f(m), nil }
	}
	return map[string]struct {
		ctype string
		make  func(*madeSpec) ([]byte, error)
	}{
		"doc": {"application/msword", plain((*madeSpec).wordFile)}, "wps": {"application/vnd.ms-works", plain((*madeSpec).wordFile)},
		"xls": {"application/vnd.ms-excel", plain((*madeSpec).workbookFile)}, "et": {"application/octet-stream", plain((*madeSpec).workbookFile)},
		"ppt": {"application/vnd.ms-powerpoint", plain((*madeSpec).slideShow)}, "dps": {"application/octet-stream", plain((*madeSpec).slideShow)},
		"msg": {"application/vnd.ms-outlook", plain((*madeSpec).message)}, "wordml": {"text/xml", plain((*madeSpec).wordML)},
		"pptx": {office + "presentationml.presentation", (*madeSpec).pptx},
		"odt":  {open + "text", (*madeSpec).odt}, "ods": {open + "spreadsheet", (*madeSpec).ods}, "odp": {open + "presentation", (*madeSpec).odp},
		"ofd": {"application/ofd", (*madeSpec).ofd}, "mht": {"multipart/related", plain((*madeSpec).mht)}, "eml": {"message/rfc822", plain((*madeSpec).eml)},
		"pdf-note": {"application/pdf", (*madeSpec).notedPDF}, "pdf-file": {"application/pdf", (*madeSpec).attachedPDF},
		"pdf-layer": {"application/pdf", (*madeSpec).layeredPDF}, "pdf-locked": {"application/pdf", (*madeSpec).lockedPDF},
		"tar.gz": {"application/gzip", (*madeSpec).tarball}, "7z": {"application/x-7z-compressed", plain((*madeSpec).sevenZip)},
		"rar": {"application/vnd.rar", plain((*madeSpec).rar)}, "zip-locked": {"application/zip", (*madeSpec).lockedZip},
		"qr": {"image/png", (*madeSpec).qr}, "scan": {"image/png", (*madeSpec).scan},
	}
}

func (m *madeSpec) make() ([]byte, string, error) {
	w, ok := makers()[m.Format]
	if !ok {
		return nil, "", fmt.Errorf("no format %q, known are %s", m.Format, strings.Join(slices.Sorted(maps.Keys(makers())), ", "))
	}
	body, err := w.make(m)
	return body, w.ctype, err
}

// each writes every line of the body by a format with one verb.
func (m *madeSpec) each(format string) string {
	var b strings.Builder
	for _, line := range m.Body {
		fmt.Fprintf(&b, format, esc(line))
	}
	return b.String()
}

func (m *madeSpec) wordML() []byte {
	paragraph := func(s string) string { return "<w:p><w:r><w:t>" + esc(s) + "</w:t></w:r></w:p>" }
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body>` + paragraph(m.Title))
	for _, line := range m.Body {
		b.WriteString(paragraph(line))
	}
	b.WriteString("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>" + esc(m.Hidden) + "</w:t></w:r></w:p></w:body></w:wordDocument>")
	return []byte(b.String())
}

const slideNS = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
	` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

func (m *madeSpec) pptx() ([]byte, error) {
	const kind = "application/vnd.openxmlformats-officedocument.presentationml."
	tree := func(placeholder, paragraphs string) string {
		return `<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>` +
			`<p:sp><p:nvSpPr><p:cNvPr id="2" name=""/><p:cNvSpPr/><p:nvPr>` + placeholder + `</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>` + paragraphs + `</p:txBody></p:sp></p:spTree></p:cSld>`
	}
	const line = "<a:p><a:r><a:t>%s</a:t></a:r></a:p>"
	return writeZip([]part{
		{"[Content_Types].xml", contentTypes([][2]string{
			{"/ppt/presentation.xml", kind + "presentation.main+xml"}, {"/ppt/slides/slide1.xml", kind + "slide+xml"},
			{"/ppt/notesSlides/notesSlide1.xml", kind + "notesSlide+xml"},
		})},
		{"_rels/.rels", rels([]relation{{"officeDocument", "ppt/presentation.xml"}})},
		{"ppt/presentation.xml", xmlHead + "<p:presentation " + slideNS + `><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`},
		{"ppt/_rels/presentation.xml.rels", rels([]relation{{"slide", "slides/slide1.xml"}})},
		{"ppt/slides/slide1.xml", xmlHead + "<p:sld " + slideNS + ">" + tree("", fmt.Sprintf(line, esc(m.Title))+m.each(line)) + "</p:sld>"},
		{"ppt/slides/_rels/slide1.xml.rels", rels([]relation{{"notesSlide", "../notesSlides/notesSlide1.xml"}})},
		{"ppt/notesSlides/notesSlide1.xml", xmlHead + "<p:notes " + slideNS + ">" + tree(`<p:ph type="body" idx="1"/>`, fmt.Sprintf(line, esc(m.Hidden))) + "</p:notes>"},
		{"ppt/notesSlides/_rels/notesSlide1.xml.rels", rels([]relation{{"slide", "../slides/slide1.xml"}})},
	})
}

// openDocument packs the content of an OpenDocument file (ISO/IEC 26300).
func openDocument(kind, styles, body string) ([]byte, error) {
	ns := ""
	for _, n := range []string{"office", "text", "table", "style", "presentation", "draw"} {
		uri := n
		if n == "draw" {
			uri = "drawing"
		}
		ns += fmt.Sprintf(` xmlns:%s="urn:oasis:names:tc:opendocument:xmlns:%s:1.0"`, n, uri)
	}
	mime := "application/vnd.oasis.opendocument." + kind
	return writeZip([]part{
		{"mimetype", mime},
		{"META-INF/manifest.xml", xmlHead + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">` +
			`<manifest:file-entry manifest:full-path="/" manifest:media-type="` + mime + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`},
		{"content.xml", xmlHead + "<office:document-content" + ns + ` xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.2"><office:automatic-styles>` + styles +
			"</office:automatic-styles><office:body><office:" + kind + ">" + body + "</office:" + kind + "></office:body></office:document-content>"},
	})
}

func (m *madeSpec) odt() ([]byte, error) {
	return openDocument("text", "", `<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info><dc:creator>办公室</dc:creator>`+
		`<dc:date>2026-03-02T09:00:00</dc:date></office:change-info><text:p>`+esc(m.Hidden)+`</text:p></text:deletion></text:changed-region></text:tracked-changes>`+
		`<text:h text:outline-level="1">`+esc(m.Title)+`</text:h><text:p><text:change text:change-id="c1"/></text:p>`+m.each("<text:p>%s</text:p>"))
}

func (m *madeSpec) ods() ([]byte, error) {
	cell := func(s string) string {
		return `<table:table-row><table:table-cell office:value-type="string"><text:p>` + esc(s) + "</text:p></table:table-cell></table:table-row>"
	}
	rows := ""
	for _, line := range m.Body {
		rows += cell(line)
	}
	return openDocument("spreadsheet", `<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>`,
		`<table:table table:name="`+esc(m.Title)+`">`+rows+`</table:table><table:table table:name="底册" table:style-name="ta2">`+cell(m.Hidden)+"</table:table>")
}

func (m *madeSpec) odp() ([]byte, error) {
	page := func(name, style, lines string) string {
		return `<draw:page draw:name="` + name + `" draw:style-name="` + style + `"><draw:frame><draw:text-box>` + lines + "</draw:text-box></draw:frame></draw:page>"
	}
	return openDocument("presentation", `<style:style style:name="dp1" style:family="drawing-page"/>`+
		`<style:style style:name="dp2" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>`,
		page("page1", "dp1", "<text:p>"+esc(m.Title)+"</text:p>"+m.each("<text:p>%s</text:p>"))+page("page2", "dp2", "<text:p>"+esc(m.Hidden)+"</text:p>"))
}

// ofd writes a fixed-layout document (GB/T 33190).
func (m *madeSpec) ofd() ([]byte, error) {
	const ns = `xmlns:ofd="http://www.ofdspec.org/2016"`
	var lines strings.Builder
	for i, line := range append([]string{m.Title}, m.Body...) {
		fmt.Fprintf(&lines, `<ofd:TextObject ID="%d" Boundary="20 %d 170 6" Font="2" Size="5"><ofd:TextCode X="0" Y="5">%s</ofd:TextCode></ofd:TextObject>`, 10+i, 20+10*i, esc(line))
	}
	return writeZip([]part{
		{"OFD.xml", xmlHead + "<ofd:OFD " + ns + ` Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`},
		{"Doc_0/Document.xml", xmlHead + "<ofd:Document " + ns + `><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>` +
			`<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations></ofd:Document>`},
		{"Doc_0/PublicRes.xml", xmlHead + "<ofd:Res " + ns + ` BaseLoc="Res"><ofd:Fonts><ofd:Font ID="2" FontName="宋体"/></ofd:Fonts></ofd:Res>`},
		{"Doc_0/Pages/Page_0/Content.xml", xmlHead + "<ofd:Page " + ns + `><ofd:Content><ofd:Layer ID="3">` + lines.String() + "</ofd:Layer></ofd:Content></ofd:Page>"},
		{"Doc_0/Annots/Annotations.xml", xmlHead + "<ofd:Annotations " + ns + `><ofd:Page PageID="1"><ofd:FileLoc>Annot_0.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`},
		{"Doc_0/Annots/Annot_0.xml", xmlHead + "<ofd:PageAnnot " + ns + `><ofd:Annot ID="50" Type="Highlight" Creator="办公室" LastModDate="2026-03-02"><ofd:Remark>` + esc(m.Hidden) + "</ofd:Remark></ofd:Annot></ofd:PageAnnot>"},
	})
}

func (m *madeSpec) mht() []byte {
	page := "<html><head><title>" + esc(m.Title) + "</title></head><body>" + m.each("<p>%s</p>") + "<!-- " + m.Hidden + " --></body></html>"
	return []byte(mailHead(m.Title) + "Content-Type: multipart/related; boundary=\"=_p\"; type=\"text/html\"\r\n\r\n" +
		"--=_p\r\nContent-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\nContent-Location: http://www.yunling.example/old.html\r\n\r\n" +
		base64Lines(page) + "--=_p--\r\n")
}

func (m *madeSpec) eml() []byte {
	return []byte(mailHead(m.Title) + "Content-Type: multipart/mixed; boundary=\"=_p\"\r\n\r\n" +
		"--=_p\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines(strings.Join(m.Body, "\r\n")) +
		"--=_p\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"" +
		mime.BEncoding.Encode("utf-8", madeMember) + "\"\r\n\r\n" + base64Lines(m.Hidden) + "--=_p--\r\n")
}

func mailHead(subject string) string {
	return "From: <bgs@yunling.example>\r\nTo: <dag@yunling.example>\r\nSubject: " + mime.BEncoding.Encode("utf-8", subject) +
		"\r\nDate: Mon, 02 Mar 2026 09:00:00 +0800\r\nMIME-Version: 1.0\r\n"
}

func base64Lines(s string) string {
	var b bytes.Buffer
	raw := base64.StdEncoding.EncodeToString([]byte(s))
	for len(raw) > 76 {
		b.WriteString(raw[:76] + "\r\n")
		raw = raw[76:]
	}
	b.WriteString(raw + "\r\n")
	return b.String()
}
