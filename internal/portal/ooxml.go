package portal

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// part is one member of a package, in the order it is written.
type part struct {
	name, body string
}

// writeZip packs parts with a fixed time, so that the bytes never change.
func writeZip(parts []part) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		if err := addMember(w, p.name, false, []byte(p.body)); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func addMember(w *zip.Writer, name string, gbkName bool, body []byte) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	if gbkName {
		raw, err := simplifiedchinese.GBK.NewEncoder().String(name)
		if err != nil {
			return fmt.Errorf("member name %q: %w", name, err)
		}
		h.Name, h.NonUTF8 = raw, true
	}
	f, err := w.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return err
}

func makeZip(members []zipPart) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		body, _, err := m.Kind.make()
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", m.Name, err)
		}
		if err := addMember(w, m.Name, m.GBKName, body); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// propsSpec are the document properties of an office file.
type propsSpec struct {
	Title, Subject, Creator, Keywords, Description string
	Custom                                         map[string]string
}

// relation is one entry of a .rels part.
type relation struct {
	kind, target string // kind is the last part of the relationship type
}

const (
	relBase     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	relCore     = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
	relsNS      = "http://schemas.openxmlformats.org/package/2006/relationships"
	contentType = "http://schemas.openxmlformats.org/package/2006/content-types"
)

func rels(list []relation) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="` + relsNS + `">`)
	for i, r := range list {
		kind := relBase + r.kind
		if r.kind == "core-properties" {
			kind = relCore
		}
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s" Target="%s"/>`, i+1, kind, r.target)
	}
	b.WriteString("</Relationships>")
	return b.String()
}

// contentTypes lists name → type pairs in the order given.
func contentTypes(overrides [][2]string) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Types xmlns="` + contentType + `">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`)
	for _, o := range overrides {
		fmt.Fprintf(&b, `<Override PartName="%s" ContentType="%s"/>`, o[0], o[1])
	}
	b.WriteString("</Types>")
	return b.String()
}

const (
	typeCore   = "application/vnd.openxmlformats-package.core-properties+xml"
	typeCustom = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
)

func (p propsSpec) core() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`)
	for _, f := range [][2]string{
		{"dc:title", p.Title}, {"dc:subject", p.Subject}, {"dc:creator", p.Creator},
		{"cp:keywords", p.Keywords}, {"dc:description", p.Description},
	} {
		if f[1] != "" {
			b.WriteString("<" + f[0] + ">" + esc(f[1]) + "</" + f[0] + ">")
		}
	}
	b.WriteString(`<dcterms:created xsi:type="dcterms:W3CDTF">2026-03-02T09:00:00Z</dcterms:created></cp:coreProperties>`)
	return b.String()
}

func (p propsSpec) custom() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"` +
		` xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">`)
	pid := 2
	for _, name := range sortedKeys(p.Custom) {
		fmt.Fprintf(&b, `<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%s"><vt:lpwstr>%s</vt:lpwstr></property>`,
			pid, esc(name), esc(p.Custom[name]))
		pid++
	}
	b.WriteString("</Properties>")
	return b.String()
}

// esc escapes text for XML content and attributes.
func esc(s string) string {
	var b strings.Builder
	// EscapeText fails only when its writer does, which a Builder never does.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
