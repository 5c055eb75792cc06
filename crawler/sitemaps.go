package crawler

import (
	"context"
	"errors"
	"io"
	"mime"

	"prescreen/crawler/sitemap"
)

// readSitemap turns a sitemap or feed into links. What is neither is a page
// like any other.
func (j *job) readSitemap(ctx context.Context, page *Page, out Outcome) Outcome {
	if page.Body == nil {
		return j.merge(out, Outcome{Result: ResultAuxiliary})
	}
	j.links = &linker{c: j.c, ctx: ctx, parent: &j.task, page: j.site}
	err := j.readEntries(ctx, page)
	switch {
	case errors.Is(err, sitemap.ErrFormat):
		if j.task.Via == viaGuess {
			return j.merge(out, Outcome{Result: ResultAuxiliary}) // an error page in the place of a guess
		}
		return j.visit(ctx, page, out)
	case ctx.Err() != nil:
		j.links = nil
		return j.merge(out, Outcome{Result: ResultDefer})
	case err != nil:
		// What it held up to there counts; the rest nobody knows.
		j.c.Visitor.Skip(context.WithoutCancel(ctx), j.task, ReasonVisit, "sitemap: "+err.Error())
		return j.merge(out, Outcome{Result: ResultFailed, Reason: ReasonVisit, Links: j.links.tasks})
	}
	return j.merge(out, Outcome{Result: ResultAuxiliary, Links: j.links.tasks})
}

// readEntries adds the URLs of a sitemap or feed to the links.
func (j *job) readEntries(ctx context.Context, page *Page) error {
	_, err := sitemap.Parse(io.NewSectionReader(page.Body, 0, page.Body.Size()), sitemap.Limits{}, func(e sitemap.Entry) error {
		var class Class
		if e.Kind == sitemap.Sitemap {
			class = ClassSitemap
		}
		if class == "" || j.task.Depth < maxSitemapDepth {
			j.links.add(resolveURL(j.task.URL, e.Loc), "sitemap", j.task.Depth+1, 0, class)
		}
		return ctx.Err()
	})
	return err
}

// isFeed says that a page may be a feed or a sitemap that was linked like any
// page: it is screened, and its entries are links as well.
func isFeed(page *Page) bool {
	if page.Body == nil || page.NotModified || page.Header == nil {
		return false
	}
	media, _, _ := mime.ParseMediaType(page.Header.Get("Content-Type"))
	switch media {
	case "application/rss+xml", "application/atom+xml", "application/xml", "text/xml":
		return true
	}
	return false
}

// maxSitemapDepth is how deep sitemap indexes may nest; the protocol knows one
// level.
const maxSitemapDepth = 5
