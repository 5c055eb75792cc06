package crawler

import (
	"context"
	"errors"
	"io"

	"prescreen/crawler/sitemap"
)

// readSitemap turns a sitemap or feed into links. What is neither is a page
// like any other.
func (j *job) readSitemap(ctx context.Context, page *Page, out Outcome) Outcome {
	if page.Body == nil {
		return j.merge(out, Outcome{Result: ResultAuxiliary})
	}
	j.links = &linker{c: j.c, ctx: ctx, parent: &j.task, page: j.site}
	links := j.links
	_, err := sitemap.Parse(io.NewSectionReader(page.Body, 0, page.Body.Size()), sitemap.Limits{}, func(e sitemap.Entry) error {
		var class Class
		if e.Kind == sitemap.Sitemap {
			class = ClassSitemap
		}
		if class == "" || j.task.Depth < maxSitemapDepth {
			links.add(resolveURL(j.task.URL, e.Loc), "sitemap", j.task.Depth+1, 0, class)
		}
		return ctx.Err()
	})
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
		j.report(ctx, ReasonVisit, "sitemap: "+err.Error())
	}
	out.Result, out.Links = ResultAuxiliary, links.tasks
	return out
}

// maxSitemapDepth is how deep sitemap indexes may nest; the protocol knows one
// level.
const maxSitemapDepth = 5
