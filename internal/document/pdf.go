package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// readPDF reads a PDF file: properties, bookmarks, then page by page the
// text, annotations and form values, then the attachments.
func readPDF(ctx context.Context, f *file) error {
	err := usePDF(ctx, f, func(r *pdfReader) error { return r.read(ctx) })
	if err == nil || ctx.Err() != nil || f.sinkErr != nil {
		return err
	}
	var flt *fault
	if errors.As(err, &flt) {
		return err
	}
	return recoverPDF(ctx, f, err)
}

// usePDF opens f in an engine and hands it to fn. The deadline of ctx stops
// the engine in the middle of whatever it is doing.
func usePDF(ctx context.Context, f *file, fn func(*pdfReader) error) (err error) {
	engines := f.parser.pdf
	engine, err := engines.take()
	if err != nil {
		return failf(scanner.StatusPartial, "%v", err)
	}
	broken := true
	defer func() { engines.put(engine, broken) }()
	instance, err := engine.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return failf(scanner.StatusPartial, "%v: %v", errNoEngine, err)
	}
	stop := context.AfterFunc(ctx, engine.cancel)
	defer stop()
	doc, err := instance.FPDF_LoadCustomDocument(&requests.FPDF_LoadCustomDocument{Reader: f.reader(), Size: f.size})
	if err == nil {
		err = fn(&pdfReader{f: f, pdf: instance, doc: doc.Document})
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
	case errors.Is(err, pdferrors.ErrPassword):
		err = failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case errors.Is(err, pdferrors.ErrSecurity):
		err = failf(scanner.StatusEncrypted, "encrypted in a way that is not read")
	case strings.Contains(err.Error(), "panic occurred"), strings.Contains(err.Error(), "wasm error"):
		return failf(pdfBroken(f), "the PDF engine gave up on it, out of memory or confused")
	}
	broken = instance.Close() != nil
	return err
}

func pdfBroken(f *file) scanner.Status {
	if f.emitted {
		return scanner.StatusPartial
	}
	return scanner.StatusDamaged
}

// pdfReader reads one open PDF document.
type pdfReader struct {
	f   *file
	pdf pdfium.Pdfium
	doc references.FPDF_DOCUMENT

	pages   int
	scanned []int // pages without readable text that nobody recognised
	lost    []int // pages that could not be opened
	prev    *pdfPage
	carry   pdfParagraph // goes on on the next page
	seen    map[string]bool
}

func (r *pdfReader) read(ctx context.Context) error {
	count, err := r.pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	if err != nil {
		return err
	}
	r.pages = count.PageCount
	r.seen = map[string]bool{}
	if err := r.properties(); err != nil {
		return err
	}
	if err := r.bookmarks(); err != nil {
		return err
	}
	limit := min(r.pages, r.f.budget.limits.Pages)
	for i := range limit {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.page(ctx, i); err != nil {
			return err
		}
	}
	if err := r.flushPage(nil); err != nil {
		return err
	}
	if c := r.carry; c.text != "" {
		if err := r.line(scanner.KindBody, c.page, c.line, c.text); err != nil {
			return err
		}
	}
	if err := r.extras(ctx); err != nil {
		return err
	}
	r.report(limit)
	return nil
}

// report says which pages were not read.
func (r *pdfReader) report(limit int) {
	if r.pages > limit {
		r.f.problem(scanner.StatusLimit, fmt.Sprintf("pages %d to %d were not read, the limit is %d pages", limit+1, r.pages, limit))
	}
	if len(r.lost) > 0 {
		r.f.problem(scanner.StatusPartial, "damaged pages: "+pageList(r.lost))
	}
	if len(r.scanned) > 0 {
		r.f.problem(scanner.StatusPartial, "pages without readable text, not recognised: "+pageList(r.scanned))
	}
}

// pageList prints page numbers as 1-3, 7.
func pageList(pages []int) string {
	var out strings.Builder
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		if out.Len() > 0 {
			out.WriteString(", ")
		}
		out.WriteString(strconv.Itoa(pages[i]))
		if j > i {
			out.WriteString("-" + strconv.Itoa(pages[j]))
		}
		i = j + 1
	}
	return out.String()
}

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
		if err := r.f.text(scanner.KindProperty, value); err != nil {
			return err
		}
	}
	return nil
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

func (r *pdfReader) bookmarks() error {
	marks, err := r.pdf.GetBookmarks(&requests.GetBookmarks{Document: r.doc})
	if err != nil {
		return nil // a file without an outline
	}
	return r.bookmarkTree(marks.Bookmarks, 0)
}

func (r *pdfReader) bookmarkTree(marks []responses.GetBookmarksBookmark, depth int) error {
	for i := range marks {
		b := &marks[i]
		s := scanner.Segment{Place: scanner.Place{Kind: scanner.KindHeading}, Text: pdfString(b.Title)}
		if b.DestInfo != nil {
			s.Place.Page = b.DestInfo.PageIndex + 1
		}
		if err := r.f.emit(s); err != nil {
			return err
		}
		if a := b.ActionInfo; a != nil {
			if err := r.address(a.URIPath, s.Place.Page); err != nil {
				return err
			}
			if err := r.address(a.FilePath, s.Place.Page); err != nil {
				return err
			}
		}
		if depth < 64 {
			if err := r.bookmarkTree(b.Children, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *pdfReader) address(uri *string, page int) error {
	if uri == nil || *uri == "" || r.seen["uri "+*uri] {
		return nil
	}
	r.seen["uri "+*uri] = true
	r.f.link(Link{URL: *uri, Via: "a"})
	return r.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindLink, Page: page}, Text: *uri})
}

// extras reads what belongs to the whole document: scripts and attachments.
func (r *pdfReader) extras(ctx context.Context) error {
	if js, err := r.pdf.GetJavaScriptActions(&requests.GetJavaScriptActions{Document: r.doc}); err == nil {
		for _, a := range js.JavaScriptActions {
			if err := r.f.text(scanner.KindScript, a.Script); err != nil {
				return err
			}
		}
	}
	att, err := r.pdf.GetAttachments(&requests.GetAttachments{Document: r.doc})
	if err != nil {
		if ctx.Err() == nil && !strings.Contains(err.Error(), "attachment count") {
			r.f.problem(scanner.StatusPartial, "an attachment could not be read")
		}
		return nil
	}
	for _, a := range att.Attachments {
		for _, v := range a.Values {
			if strings.Contains(v.Key, "Date") || v.Key == "CheckSum" || v.Key == "Size" {
				continue
			}
			if err := r.f.text(scanner.KindProperty, pdfString(v.StringValue)); err != nil {
				return err
			}
		}
		if err := r.f.child(ctx, pdfString(a.Name), bytes.NewReader(a.Content)); err != nil {
			return err
		}
	}
	return nil
}
