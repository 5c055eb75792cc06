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
	earlier := pdfEarlier(f)
	var now map[uint64]bool // lines of the file as it is
	err := usePDF(ctx, f, func(r *pdfReader) error {
		if len(earlier) > 0 {
			r.lines = map[uint64]bool{}
			now = r.lines
		}
		return r.read(ctx)
	})
	if err == nil {
		return readEarlier(ctx, f, earlier, now)
	}
	if ctx.Err() != nil || f.sinkErr != nil {
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
	carry   pdfParagraph    // goes on on the next page
	said    map[string]bool // texts beside the pages that were given
	survey  *pdfSurvey
	lines   map[uint64]bool // hashes of the lines of all pages; nil when nobody asks
}

func (r *pdfReader) read(ctx context.Context) error {
	count, err := r.pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	if err != nil {
		return err
	}
	r.pages = count.PageCount
	r.said = map[string]bool{}
	if r.survey, err = r.lookThrough(ctx); err != nil {
		return err
	}
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
		if err := r.say(scanner.KindProperty, 0, value); err != nil {
			return err
		}
	}
	return nil
}

// say gives a text that stands beside the text of the pages: once for every
// page, and without a page only when no page has it.
func (r *pdfReader) say(kind scanner.Kind, page int, text string) error {
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
		page := 0
		if b.DestInfo != nil {
			page = b.DestInfo.PageIndex + 1
		}
		if err := r.say(scanner.KindHeading, page, pdfString(b.Title)); err != nil {
			return err
		}
		if a := b.ActionInfo; a != nil {
			if err := r.address(a.URIPath, page); err != nil {
				return err
			}
			if err := r.address(a.FilePath, page); err != nil {
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
		if err := r.f.child(ctx, pdfString(a.Name), bytes.NewReader(a.Content)); err != nil {
			return err
		}
	}
	return r.beside(ctx)
}
