package document

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// What belongs to the whole of a PDF file: properties, bookmarks, scripts,
// attachments.

func (r *pdfReader) properties() error {
	meta, err := r.pdf.GetMetaData(&requests.GetMetaData{Document: r.doc})
	if err != nil {
		return nil // a file without an information dictionary
	}
	for _, tag := range meta.Tags {
		switch tag.Tag {
		case "CreationDate", "ModDate", "Trapped", "Producer", "Creator":
			if isASCII(tag.Value) {
				continue
			}
		}
		value := pdfString(tag.Value)
		if tag.Tag == "Title" {
			r.f.title(value)
		}
		if err := r.say(scanner.KindProperty, 0, value); err != nil {
			return err
		}
	}
	return nil
}

// say gives a text that stands beside the text of the pages: once for every
// page, and without a page only when no page has it.
func (r *pdfReader) say(kind scanner.Kind, page int, text string) error {
	if visibleRunes(text) == 0 {
		return nil
	}
	key := text
	if page > 0 {
		key = strconv.Itoa(page) + "\x00" + text
	}
	if r.said[key] {
		return nil
	}
	r.said[key], r.said[text] = true, true
	return r.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: page}, Text: text})
}

// pdfString re-reads strings that some Chinese writers store as raw GBK where
// the format says Latin-1: "ÄÚ²¿" is 内部.
func pdfString(s string) string {
	s = strings.TrimRight(s, "\x00")
	high := 0
	for _, r := range s {
		if r > 0xFF {
			return s
		}
		if r >= 0x80 {
			high++
		}
	}
	if high < 2 {
		return s
	}
	text, _ := charset.Decode(latin1Bytes(s), charset.Hint{})
	if countHan(text)*2 >= high/2 && countHan(text) > 0 {
		return text
	}
	return s
}

func (r *pdfReader) address(uri *string, page int) error {
	if uri == nil || *uri == "" {
		return nil
	}
	text := *uri
	if strings.HasPrefix(text, "\xFE\xFF") || strings.HasPrefix(text, "\xFF\xFE") {
		text = pdfTextString([]byte(text)) // an address is ASCII by the standard, not by some writers
	}
	if r.said[text] {
		return nil
	}
	r.f.link(Link{URL: text, Via: "a"})
	return r.say(scanner.KindLink, page, text)
}

// extras reads what belongs to the whole document: scripts and attachments.
func (r *pdfReader) extras(ctx context.Context) error {
	if js, err := r.pdf.GetJavaScriptActions(&requests.GetJavaScriptActions{Document: r.doc}); err == nil {
		for _, a := range js.JavaScriptActions {
			if err := r.say(scanner.KindScript, 0, a.Script); err != nil {
				return err
			}
		}
	}
	att, err := r.pdf.GetAttachments(&requests.GetAttachments{Document: r.doc})
	if err != nil {
		if ctx.Err() == nil && !strings.Contains(err.Error(), "attachment count") {
			r.f.problem(scanner.StatusPartial, "an attachment could not be read")
		}
		return r.beside(ctx)
	}
	for _, a := range att.Attachments {
		for _, v := range a.Values {
			if strings.Contains(v.Key, "Date") || v.Key == "CheckSum" || v.Key == "Size" {
				continue
			}
			if err := r.say(scanner.KindProperty, 0, pdfString(v.StringValue)); err != nil {
				return err
			}
		}
		r.said["file "+pdfString(a.Name)] = true
		err := r.apart(func() error { return r.f.child(ctx, pdfString(a.Name), bytes.NewReader(a.Content)) })
		if err != nil {
			return err
		}
	}
	return r.beside(ctx)
}
