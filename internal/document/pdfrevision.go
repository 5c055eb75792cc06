package document

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"strings"

	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/scanner"
)

// Programs that change a PDF file may append what is new and leave the rest as
// it was (ISO 32000-1, 7.5.6): the file up to an earlier end mark is the
// document as it was then, with everything that was deleted since.

const (
	pdfEarlierMax   = 5   // earlier states of a file that are read
	pdfEarlierPages = 200 // pages of each
)

// pdfEarlier returns the sizes of the earlier states of a file, the oldest
// first.
func pdfEarlier(f *file) []int64 {
	if f.size > pdfObjectsMax {
		return nil // reported by lookThrough
	}
	data, err := f.bytes(pdfObjectsMax)
	if err != nil {
		return nil // the pages tell
	}
	mark := []byte("%%EOF")
	last := bytes.LastIndex(data, mark)
	var ends []int64
	for at := 0; len(ends) < pdfEarlierMax; {
		i := bytes.Index(data[at:], mark)
		if i < 0 || at+i >= last {
			break
		}
		at += i + len(mark)
		// Files made for the web have a mark at their beginning, behind a
		// part that is no document.
		if bytes.Contains(data[max(0, at-2048):at], []byte("startxref")) && !bytes.Contains(data[max(0, at-64):at], []byte("startxref\n0\n")) && !bytes.Contains(data[max(0, at-64):at], []byte("startxref\r\n0\r\n")) {
			ends = append(ends, int64(at))
		}
	}
	return ends
}

// readEarlier gives the lines of the earlier states that the file as it is
// does not have.
func readEarlier(ctx context.Context, f *file, ends []int64, now map[uint64]bool) error {
	for _, end := range ends {
		old := *f
		old.data, old.size = io.NewSectionReader(f.data, 0, end), end
		r := newPDFReader(&old)
		err := r.use(ctx, func() error { return r.earlier(ctx, now) })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.sinkErr != nil {
			return f.sinkErr
		}
		if err != nil {
			f.parser.cfg.Logger.Debug("earlier state of a PDF file not read", "error", err) // no state but a piece of the file
		}
		f.emitted = f.emitted || old.emitted
	}
	return nil
}

// earlier gives the lines of all pages that are not in now, and adds them.
func (r *pdfReader) earlier(ctx context.Context, now map[uint64]bool) error {
	count, err := r.pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	if err != nil {
		return err
	}
	r.survey = &pdfSurvey{}
	for i := range min(count.PageCount, pdfEarlierPages) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.watch()
		lines, err := r.plainLines(i)
		if err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
		for _, line := range lines {
			if h := lineHash(line); !now[h] {
				now[h] = true
				if err := r.line(scanner.KindRevision, i+1, 0, line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// plainLines returns the lines of a page; index counts from 0.
func (r *pdfReader) plainLines(index int) ([]string, error) {
	loaded, err := r.pdf.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: r.doc, Index: index})
	if err != nil {
		return nil, err
	}
	defer r.pdf.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	text, err := r.pageText(requests.Page{ByReference: &loaded.Page}, r.survey.suspect)
	return text.lines, err
}

// remember notes the lines of a page, so that earlier states of the file can
// be compared.
func (r *pdfReader) remember(text pdfText) {
	if r.lines == nil {
		return
	}
	for _, list := range [][]string{text.lines, text.hidden} {
		for _, line := range list {
			r.lines[lineHash(line)] = true
		}
	}
}

// lineHash is the same for lines that differ in nothing but white space.
func lineHash(line string) uint64 {
	h := fnv.New64a()
	for _, word := range strings.Fields(line) {
		io.WriteString(h, word) // a hash takes everything
	}
	return h.Sum64()
}

// appearances gives what the annotations of a page show beyond what they say:
// they are drawn into the page, and the lines that were not there before are
// theirs.
func (r *pdfReader) appearances(index int, before pdfText) error {
	loaded, err := r.pdf.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: r.doc, Index: index})
	if err != nil {
		return nil // the page itself has been read
	}
	_, err = r.pdf.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: requests.Page{ByReference: &loaded.Page}, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
	r.pdf.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	if err != nil {
		return nil // nothing to draw
	}
	lines, err := r.plainLines(index)
	if err != nil {
		if fatalPDF(err) {
			return err
		}
		return nil // the page itself has been read
	}
	known := map[uint64]bool{}
	for _, list := range [][]string{before.lines, before.hidden} {
		for _, line := range list {
			known[lineHash(line)] = true
		}
	}
	for _, line := range lines {
		if known[lineHash(line)] {
			continue
		}
		if err := r.say(scanner.KindComment, index+1, line); err != nil {
			return err
		}
	}
	return nil
}
