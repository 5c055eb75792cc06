package crawler

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// job carries one task from its lease to its outcome.
type job struct {
	c     *Crawler
	lease Lease
	task  Task
	site  *siteScope
	past  *Past
	code  int             // status of the answer
	why   string          // of the last report
	links *linker         // of the page; remembered once they are enqueued
	run   context.Context // of the crawl, to tell its end from that of the task
}

// handle does all there is to do for a task but telling the frontier. What
// goes wrong in it costs this task only.
func (j *job) handle(ctx context.Context) (out Outcome) {
	defer func() {
		if p := recover(); p != nil {
			j.c.log.Error("panic", "url", j.task.URL, "panic", p, "stack", string(debug.Stack()))
			out = j.fail(ctx, ReasonVisit, fmt.Sprintf("panic: %v", p))
			out.Duration = time.Nanosecond // a request may have been made
		}
	}()
	j.run = ctx
	if j.lease.Cut != "" {
		return j.skip(ctx, j.lease.Cut, "")
	}
	if j.site = j.c.scope.byName[j.task.Site]; j.site == nil {
		return j.skip(ctx, ReasonScope, fmt.Sprintf("site %q is no longer configured", j.task.Site))
	}
	ctx, cancel := context.WithTimeout(ctx, j.c.cfg.TaskTimeout)
	defer cancel()
	if j.task.Class == ClassRobots {
		return j.fetchRobots(ctx)
	}
	if out, ok := j.checkRobots(ctx); !ok {
		return out
	}
	if out, ok := j.checkHistory(ctx); !ok {
		return out
	}
	return j.fetch(ctx)
}

// remember keeps what is only true once the frontier has the links.
func (j *job) remember() {
	if j.links != nil {
		j.c.enqueued(j.links, j.lease.Epoch)
	}
}

// skip reports the task and ends it with a reason.
func (j *job) skip(ctx context.Context, reason Reason, detail string) Outcome {
	if reason.Failed() {
		return j.fail(ctx, reason, detail)
	}
	j.report(ctx, reason, detail)
	return Outcome{Result: ResultSkipped, Reason: reason}
}

func (j *job) fail(ctx context.Context, reason Reason, detail string) Outcome {
	j.report(ctx, reason, detail)
	return Outcome{Result: ResultFailed, Reason: reason}
}

// report tells the visitor. A robots.txt or a guessed sitemap that could not
// be read is no URL anyone waits for.
func (j *job) report(ctx context.Context, reason Reason, detail string) {
	j.why = detail
	if j.task.Class == ClassRobots || j.task.Class == ClassSitemap && (j.task.Via == viaGuess || !reason.Unread()) {
		return
	}
	j.c.Visitor.Skip(context.WithoutCancel(ctx), j.task, reason, detail)
	if reason != ReasonNotDue {
		j.noteUnread(ctx)
	}
}

// fetch fetches the page and deals with what comes back.
func (j *job) fetch(ctx context.Context) Outcome {
	req := Request{Task: j.task}
	if j.past != nil && !j.past.Stale {
		req.Prior = j.past.Validators
	}
	page, out := j.get(ctx, req)
	if page == nil {
		return out
	}
	if page.Body != nil {
		defer page.Body.Close()
		out.Bytes = page.Body.Size()
	}
	j.code = page.Status
	switch code := page.Status; {
	case page.NotModified || code == http.StatusNotModified:
		if j.past == nil {
			return j.merge(out, j.fail(ctx, ReasonStatus, "304 without a condition"))
		}
		page.NotModified = true
		return j.visit(ctx, page, out)
	case code >= 300 && code < 400 && page.Location != "":
		return j.redirect(ctx, page, out)
	case code == http.StatusNoContent || code == http.StatusResetContent:
		return j.merge(out, j.skip(ctx, ReasonMissing, status(code)))
	case code >= 200 && code < 300:
		if retryTruncated(page) && j.task.Attempt+1 < j.c.cfg.MaxAttempts {
			return j.retry(out)
		}
		if j.task.Class == ClassSitemap {
			return j.readSitemap(ctx, page, out)
		}
		return j.visit(ctx, page, out)
	}
	return j.badStatus(ctx, page, out)
}

// get makes the request; without a page the outcome is final.
func (j *job) get(ctx context.Context, req Request) (*Page, Outcome) {
	if j.c.held.expired(j.lease) { // this process stood still: somebody else may be at it
		return nil, Outcome{Result: ResultDefer}
	}
	begun := j.c.Now()
	page, err := j.c.Fetcher.Fetch(ctx, req)
	took := max(j.c.Now().Sub(begun), time.Nanosecond)
	if err == nil && page == nil {
		err = errors.New("fetcher returned neither a page nor an error")
	}
	if err != nil {
		return nil, j.fetchFailed(ctx, err, took)
	}
	if page.Duration > 0 {
		took = page.Duration // without what a renderer did beside it
	}
	out := Outcome{Duration: took}
	if page.RemoteAddr != "" {
		out.Address = page.RemoteAddr
		if host, _, err := net.SplitHostPort(page.RemoteAddr); err == nil {
			out.Address = host
		}
	}
	return page, out
}

func retryTruncated(page *Page) bool {
	return strings.HasPrefix(page.Truncated, TruncatedNetwork) || strings.HasPrefix(page.Truncated, TruncatedIdle)
}

// merge puts how a task ended into the outcome of its request.
func (j *job) merge(out, end Outcome) Outcome {
	out.Result, out.Reason, out.Links = end.Result, end.Reason, end.Links
	return out
}

// visit hands the page over and collects its links.
func (j *job) visit(ctx context.Context, page *Page, out Outcome) Outcome {
	page.Task, page.Past = j.task, j.past
	if page.Body == nil && !page.NotModified {
		page.Body = emptyBody{}
	}
	page.Unchanged = j.past != nil && !j.past.Stale && (page.NotModified || page.Truncated == "" && page.Hash == j.past.Hash && j.past.read())
	if page.Unchanged && j.c.History != nil {
		next := j.next(page, j.past.Attachments)
		page.Next = &next
	}
	seen, err := j.c.Visitor.Visit(ctx, page)
	if err != nil {
		if j.run.Err() != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return j.merge(out, Outcome{Result: ResultDefer})
		}
		return j.merge(out, j.fail(ctx, ReasonVisit, err.Error()))
	}
	j.c.pages.Add(1)
	out.Result = ResultVisited
	if page.Unchanged {
		out.Result = ResultUnchanged
	}
	out.Incomplete = seen.Incomplete || page.Truncated != ""
	j.links = &linker{c: j.c, ctx: ctx, parent: &j.task, page: j.site, unusual: seen.NearDuplicate || seen.SoftMissing}
	if j.links.unusual {
		j.links.shape = shapeOf(j.task.URL)
	}
	for _, link := range headerLinks(page.Header) {
		j.links.add(resolveURL(j.task.URL, link), "header", j.task.Depth+1, 0, "")
	}
	for i := range seen.Links {
		j.links.add(seen.Links[i].URL, seen.Links[i].Via, j.task.Depth+1, 0, "")
	}
	if isFeed(page) {
		_ = j.readEntries(ctx, page) // what is no feed was screened as what it is
	}
	if page.Unchanged {
		j.linkPast(ctx)
	}
	out.Links = j.links.tasks
	switch {
	case out.Incomplete:
		j.noteUnread(ctx)
	case j.c.History != nil && !seen.Put:
		j.store(ctx, j.next(page, j.links.attachments))
	}
	return out
}

// redirect makes a link of the target: scope, robots.txt and politeness apply
// to it as to any other.
func (j *job) redirect(ctx context.Context, page *Page, out Outcome) Outcome {
	t := &j.task
	if t.Hops >= j.c.cfg.MaxRedirects {
		return j.merge(out, j.fail(ctx, ReasonRedirLoop, fmt.Sprintf("more than %d redirects in a row", t.Hops)))
	}
	url, host, site, why := j.c.scope.locate(resolveURL(t.URL, page.Location), j.site)
	j.links = &linker{c: j.c, ctx: ctx, parent: t, page: j.site}
	if why != "" {
		j.links.leave(why)
		if t.Via == "seed" {
			return j.merge(out, j.skip(ctx, ReasonScope, fmt.Sprintf("a seed leads out of scope (%s): %s", why, page.Location)))
		}
		return j.merge(out, j.skip(ctx, ReasonRedirect, fmt.Sprintf("leads out of scope (%s): %s", why, page.Location)))
	}
	if url == t.URL {
		// Back to itself: a cookie was set, and the next answer is the page.
		if t.Attempt+1 < j.c.cfg.MaxAttempts {
			return j.merge(out, Outcome{Result: ResultRetry})
		}
		return j.merge(out, j.fail(ctx, ReasonRedirLoop, "redirects to itself"))
	}
	trail := redirectTrail(t)
	passed := strings.Count(trail, " "+shortHash(url))
	if passed >= 2 {
		return j.merge(out, j.fail(ctx, ReasonRedirLoop, "redirects in a ring, again and again to "+url))
	}
	next := j.links.enqueue(url, host, site, trail, t.Depth, t.Hops+1, "")
	next.Again = passed == 1 // a cookie may have been set on the way
	next.Cost = max(next.Cost, t.Cost)
	end := j.skip(ctx, ReasonRedirect, "to "+url)
	end.Links = j.links.tasks
	return j.merge(out, end)
}

// redirectTrail is the Via of what t redirects to: the addresses of the chain
// so far as short hashes, by which a ring is known when it closes.
func redirectTrail(t *Task) string {
	trail := t.Via
	if !strings.HasPrefix(trail, viaRedirect) {
		trail = viaRedirect
	}
	return trail + " " + shortHash(t.URL)
}

func shortHash(url string) string {
	h := fnv.New32a()
	h.Write([]byte(url))
	return fmt.Sprintf("%08x", h.Sum32())
}

const (
	viaRedirect = "redirect"
	viaGuess    = "guess"
	viaRobots   = "robots"
)

// emptyBody is that of a page without one.
type emptyBody struct{}

func (emptyBody) ReadAt([]byte, int64) (int, error) { return 0, errEOF }
func (emptyBody) Close() error                      { return nil }
func (emptyBody) Size() int64                       { return 0 }
func (emptyBody) Bytes() ([]byte, error)            { return nil, nil }
