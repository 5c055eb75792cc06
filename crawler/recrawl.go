package crawler

import (
	"context"
	"net/http"
	"time"
)

// noteUnread makes sure that the next run knows of a URL that this one has
// not read: the page that links to it may be unchanged then.
func (j *job) noteUnread(ctx context.Context) {
	if j.c.History == nil || j.task.Auxiliary() || j.past != nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if past, err := j.c.History.Get(ctx, j.task.URL); err != nil || past != nil {
		return
	}
	now := j.c.Now()
	j.store(ctx, Past{
		URL: j.task.URL, Site: j.task.Site, Class: j.task.Class, Depth: j.task.Depth, Status: j.code, Fetched: now, Changed: now,
		Referrer: j.task.Referrer, Via: j.task.origin(),
	})
}

// checkHistory looks up what is known of the page; ok: fetch it.
func (j *job) checkHistory(ctx context.Context) (out Outcome, ok bool) {
	if j.c.History == nil || j.task.Auxiliary() {
		return Outcome{}, true
	}
	past, err := j.c.History.Get(ctx, j.task.URL)
	if err != nil {
		if ctx.Err() != nil {
			return Outcome{Result: ResultDefer}, false
		}
		j.c.log.Warn("history not read; the page is fetched as a new one", "url", j.task.URL, "error", err)
		return Outcome{}, true
	}
	j.past = past
	if past != nil && (!past.Stale || past.Waits) && past.Interval > 0 {
		// A tenth early, so that a nightly run does not miss it by minutes.
		due := past.Fetched.Add(past.Interval - past.Interval/10)
		if j.c.Now().Before(due) {
			out := j.skip(ctx, ReasonNotDue, "due "+due.Format(time.DateOnly))
			j.linkPast(ctx)
			out.Links = j.links.tasks
			return out, false
		}
	}
	return Outcome{}, true
}

// linkPast follows the attachments that a page linked when it was last read,
// as it has not changed since.
func (j *job) linkPast(ctx context.Context) {
	if j.links == nil {
		j.links = &linker{c: j.c, ctx: ctx, parent: &j.task, page: j.site}
	}
	for _, url := range j.past.Attachments {
		j.links.add(url, "a", j.task.Depth+1, 0, "")
	}
}

// next is what the next run needs to know of the page.
func (j *job) next(page *Page, attachments []string) Past {
	now := j.c.Now()
	past := Past{
		URL: j.task.URL, Site: j.task.Site, Class: j.task.Class, Depth: j.task.Depth, Status: page.Status,
		Validators: page.Validators, Hash: page.Hash, Fetched: now, Changed: now, Referrer: j.task.Referrer, Via: j.task.origin(),
		Attachments: attachments,
	}
	switch {
	case j.past != nil && j.past.read() && (page.Unchanged || page.Hash == j.past.Hash):
		past.Changed = j.past.Changed
		if page.NotModified {
			past.Status, past.Hash = j.past.Status, j.past.Hash
			if past.Validators == (Validators{}) {
				past.Validators = j.past.Validators
			}
		}
	case j.past == nil || !j.past.read():
		if t, err := http.ParseTime(page.Validators.LastModified); err == nil && t.Before(now) {
			past.Changed = t
		}
	}
	past.Interval = j.c.cfg.Recrawl.interval(now.Sub(past.Changed))
	return past
}

func (j *job) store(ctx context.Context, past Past) {
	if err := j.c.History.Put(context.WithoutCancel(ctx), past); err != nil {
		j.c.log.Warn("history not written; the page will be fetched as a new one", "url", j.task.URL, "error", err)
	}
}

// interval is a tenth of the time a page did not change, within the bounds.
func (r Recrawl) interval(unchanged time.Duration) time.Duration {
	return min(max(unchanged/10, r.Min), r.Max)
}
