package document

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/scanner"
)

// readPDF reads a PDF file: properties, bookmarks, then page by page the
// text, annotations and form values, then the attachments.
func readPDF(ctx context.Context, f *file) error {
	r := newPDFReader(f)
	earlier := pdfEarlier(f)
	if len(earlier) > 0 {
		r.lines = map[uint64]bool{}
	}
	err := r.read(ctx)
	if err == nil {
		return readEarlier(ctx, f, earlier, r.lines)
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

// pdfReader reads one PDF document, perhaps in several engines one after the
// other: a page that breaks one costs that page.
type pdfReader struct {
	f *file

	engine *pdfEngine
	pdf    pdfium.Pdfium
	doc    references.FPDF_DOCUMENT
	rest   func() // ends the watch over the engine

	pages   int
	at      int   // next to read: a page from 0, before them pdfHead, behind them the extras
	breaks  int   // engines lost
	scanned []int // pages without readable text that nobody recognised
	lost    []int // pages that could not be read
	late    []int // pages that were not read in time
	prev    *pdfPage
	carry   pdfParagraph    // goes on on the next page
	tabled  pageTables      // tables given so far
	said    map[string]bool // texts beside the pages that were given
	survey  *pdfSurvey
	lines   map[uint64]bool // hashes of the lines of all pages; nil when nobody asks
}

// pdfHead is the place before the first page.
const pdfHead = -1

func newPDFReader(f *file) *pdfReader {
	return &pdfReader{f: f, at: pdfHead, said: map[string]bool{}, rest: func() {}}
}

// pdfBreaks is how many engines one file may cost.
const pdfBreaks = 8

// read reads the document to its end, past what breaks an engine.
func (r *pdfReader) read(ctx context.Context) error {
	for {
		err := r.use(ctx, func() error { return r.goOn(ctx) })
		var broken *pdfBreak
		if !errors.As(err, &broken) {
			return r.cut(err)
		}
		if r.pages == 0 {
			return failf(broken.status(), "the PDF engine gave up on it, %v", broken)
		}
		if r.breaks++; r.breaks == pdfBreaks && r.at < r.limit() {
			r.f.problem(broken.status(), fmt.Sprintf("the PDF engine gave up on %d of its pages: those from page %d on were not read", r.breaks, r.at+2))
			return r.giveUp(broken)
		}
		if r.skip(broken) {
			return r.giveUp(broken)
		}
	}
}

// cut gives and reports what there is of a document that err ended.
func (r *pdfReader) cut(err error) error {
	if err == nil || r.f.sinkErr != nil || r.pages == 0 {
		return err
	}
	if r.at < r.limit() {
		status, _ := statusOf(err, true)
		r.f.problem(status, fmt.Sprintf("pages from %d on were not read", max(r.at, 0)+1))
	}
	if ferr := r.flush(); ferr != nil {
		return ferr
	}
	r.report()
	return err
}

// skip steps over what broke the engine, and reports whether that was the end.
func (r *pdfReader) skip(broken *pdfBreak) (end bool) {
	switch {
	case r.at == pdfHead:
		r.f.problem(broken.status(), "its properties and bookmarks were not read: "+broken.Error())
	case r.at >= r.limit():
		r.f.problem(broken.status(), "its scripts and attachments were not all read: "+broken.Error())
		return true
	default:
		r.mark(broken)
	}
	r.at++
	return false
}

// mark notes the page that broke the engine.
func (r *pdfReader) mark(broken *pdfBreak) {
	if broken.late {
		r.late = append(r.late, r.at+1)
	} else {
		r.lost = append(r.lost, r.at+1)
	}
}

// giveUp gives what is still held back and reports the pages.
func (r *pdfReader) giveUp(broken *pdfBreak) error {
	if r.at < r.limit() {
		r.mark(broken)
	}
	if err := r.flush(); err != nil {
		return err
	}
	r.report()
	return nil
}

// limit is how many pages are read.
func (r *pdfReader) limit() int { return min(r.pages, r.f.budget.limits.Pages) }

// goOn reads on from where the reader stands.
func (r *pdfReader) goOn(ctx context.Context) error {
	count, err := r.pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	if err != nil {
		return err
	}
	r.pages = count.PageCount
	if r.at == pdfHead {
		if err := r.head(ctx); err != nil {
			return err
		}
		r.at++
	}
	for ; r.at < r.limit(); r.at++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.watch()
		if err := r.page(ctx, r.at); err != nil {
			return err
		}
		if r.engine.late.Load() {
			return &pdfBreak{late: true}
		}
	}
	if err := r.flush(); err != nil {
		return err
	}
	r.watch()
	if err := r.extras(ctx); err != nil {
		return err
	}
	r.report()
	return nil
}

// head reads what comes before the pages.
func (r *pdfReader) head(ctx context.Context) (err error) {
	if r.survey == nil {
		r.survey = &pdfSurvey{suspect: pdfAll} // where the look through the file breaks the engine
		if r.survey, err = r.lookThrough(ctx); err != nil {
			return err
		}
	}
	r.watch()
	if err := r.properties(); err != nil {
		return err
	}
	return r.bookmarks()
}

// flush gives what was held back until the next page.
func (r *pdfReader) flush() error {
	if err := r.flushPage(nil); err != nil {
		return err
	}
	return r.flushCarry()
}

// report says which pages were not read.
func (r *pdfReader) report() {
	if limit := r.limit(); r.pages > limit {
		r.f.problem(scanner.StatusLimit, fmt.Sprintf("pages %d to %d were not read, the limit is %d pages", limit+1, r.pages, limit))
	}
	if len(r.lost) > 0 {
		r.f.problem(scanner.StatusPartial, "damaged pages: "+pageList(r.lost))
	}
	if len(r.late) > 0 {
		r.f.problem(scanner.StatusTimeout, "pages not read within their time: "+pageList(r.late))
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
