package document

import (
	"fmt"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"

	"prescreen/scanner"
)

// What is looked at of the outline of a document: it may lead back into itself.
const (
	pdfBookmarkMax   = 10_000
	pdfBookmarkDepth = 64
)

// bookmarks gives the outline of the document. The engine's own walk, which
// alone knows the pages bookmarks lead to, is asked first, unless it would not
// end; it gives nothing at all when one bookmark is broken.
func (r *pdfReader) bookmarks() error {
	first, err := r.pdf.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: r.doc})
	if err != nil || first.Bookmark == nil {
		return nil // a file without an outline
	}
	left := pdfBookmarkMax
	if err := r.eachBookmark(first.Bookmark, 0, &left, func(references.FPDF_BOOKMARK) error { return nil }); err != nil {
		return err
	}
	if left == 0 {
		r.f.problem(scanner.StatusLimit, fmt.Sprintf("more than %d bookmarks, or an outline that leads back into itself", pdfBookmarkMax))
	} else if all, err := r.pdf.GetBookmarks(&requests.GetBookmarks{Document: r.doc}); err == nil {
		return r.bookmarkTree(all.Bookmarks)
	}
	left = pdfBookmarkMax
	return r.eachBookmark(first.Bookmark, 0, &left, r.bookmark)
}

func (r *pdfReader) bookmarkTree(marks []responses.GetBookmarksBookmark) error {
	for i := range marks {
		b := &marks[i]
		page := 0
		if b.DestInfo != nil {
			page = max(0, b.DestInfo.PageIndex+1)
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
		if err := r.bookmarkTree(b.Children); err != nil {
			return err
		}
	}
	return nil
}

// eachBookmark calls fn for a bookmark, its siblings behind it, and all below
// them, until none are left to look at.
func (r *pdfReader) eachBookmark(mark *references.FPDF_BOOKMARK, depth int, left *int, fn func(references.FPDF_BOOKMARK) error) error {
	for mark != nil && *left > 0 {
		*left--
		if err := fn(*mark); err != nil {
			return err
		}
		if child, err := r.pdf.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: r.doc, Bookmark: mark}); err == nil {
			if depth == pdfBookmarkDepth && child.Bookmark != nil {
				*left = 0 // deeper than any outline
				return nil
			}
			if err := r.eachBookmark(child.Bookmark, depth+1, left, fn); err != nil {
				return err
			}
		}
		next, err := r.pdf.FPDFBookmark_GetNextSibling(&requests.FPDFBookmark_GetNextSibling{Document: r.doc, Bookmark: *mark})
		if err != nil {
			return nil // the last of them
		}
		mark = next.Bookmark
	}
	return nil
}

// bookmark gives one bookmark: its title, and the address it leads to.
func (r *pdfReader) bookmark(mark references.FPDF_BOOKMARK) error {
	if title, err := r.pdf.FPDFBookmark_GetTitle(&requests.FPDFBookmark_GetTitle{Bookmark: mark}); err == nil {
		if err := r.say(scanner.KindHeading, 0, pdfString(title.Title)); err != nil {
			return err
		}
	}
	action, err := r.pdf.FPDFBookmark_GetAction(&requests.FPDFBookmark_GetAction{Bookmark: mark})
	if err != nil || action.Action == nil {
		return nil // it leads nowhere but to its page
	}
	if uri, err := r.pdf.FPDFAction_GetURIPath(&requests.FPDFAction_GetURIPath{Document: r.doc, Action: *action.Action}); err == nil {
		if err := r.address(uri.URIPath, 0); err != nil {
			return err
		}
	}
	if path, err := r.pdf.FPDFAction_GetFilePath(&requests.FPDFAction_GetFilePath{Action: *action.Action}); err == nil {
		return r.address(path.FilePath, 0)
	}
	return nil
}
