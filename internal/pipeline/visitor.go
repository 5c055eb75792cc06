package pipeline

import (
	"context"
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"prescreen/crawler"
)

// Outcome of a URL in a run.
type Outcome string

// The outcomes.
const (
	Screened  Outcome = "screened"
	Unchanged Outcome = "unchanged" // same content, same rules: the earlier result stands
	Skipped   Outcome = "skipped"
	Failed    Outcome = "failed"
)

// Record is what became of one URL in a run.
type Record struct {
	URL, Site string
	Class     crawler.Class
	Outcome   Outcome
	Reason    crawler.Reason // of Skipped and Failed
	Detail    string
	Referrer  string  // the page that linked it
	Result    *Result // of Screened and Unchanged
	// Past is what the history shall know of an Unchanged page from now on.
	Past *crawler.Past
}

// Sink receives the records of a run. It is called by many workers at once.
// An error fails the page, which is tried again or reported.
type Sink interface {
	Write(ctx context.Context, rec Record) error
}

// Earlier remembers the results of earlier runs.
type Earlier interface {
	// Result returns the last result of a URL made with the rules in force;
	// nil: none.
	Result(ctx context.Context, url string) (*Result, error)
}

// Evidence keeps copies of pages with findings.
type Evidence interface {
	// Keep stores a page and returns the name it is found under.
	Keep(ctx context.Context, page *crawler.Page, fingerprints []string) (string, error)
}

// VisitorConfig of a Visitor.
type VisitorConfig struct {
	Checker *Checker
	Earlier Earlier // nil: no earlier runs
	// Sinks get every record, in order, before the page counts as done.
	Sinks []Sink
	// PutsPast says that one of the sinks stores Record.Past.
	PutsPast bool
	// Pictures makes the pictures inside pages links of their own. Pictures
	// that a page links to are always followed.
	Pictures bool
	Evidence Evidence // nil: none is kept
}

// Visitor checks the pages of a crawl. It implements crawler.Visitor.
type Visitor struct {
	checker  *Checker
	earlier  Earlier
	sinks    []Sink
	putsPast bool
	pictures bool
	evidence Evidence
	similar  nearDuplicates
}

// NewVisitor returns a Visitor.
func NewVisitor(cfg VisitorConfig) *Visitor {
	return &Visitor{checker: cfg.Checker, earlier: cfg.Earlier, sinks: cfg.Sinks, putsPast: cfg.PutsPast, pictures: cfg.Pictures, evidence: cfg.Evidence}
}

// Visit checks one page and returns its links. A page in whose midst ctx ends
// is not done: whatever came of it, the error is that of ctx.
func (v *Visitor) Visit(ctx context.Context, page *crawler.Page) (crawler.Visited, error) {
	visited, err := v.visit(ctx, page)
	if ctx.Err() != nil {
		return crawler.Visited{}, ctx.Err()
	}
	return visited, err
}

func (v *Visitor) visit(ctx context.Context, page *crawler.Page) (crawler.Visited, error) {
	rec := Record{URL: page.Task.URL, Site: page.Task.Site, Referrer: page.Task.Referrer}
	if page.Unchanged && v.earlier != nil {
		r, err := v.earlier.Result(ctx, rec.URL)
		if err != nil {
			return crawler.Visited{}, err
		}
		if r != nil {
			rec.Outcome, rec.Result, rec.Class = Unchanged, r, classOf(r)
			r.Orphan = orphan(&page.Task)
			seen := crawler.Visited{Incomplete: r.Incomplete()}
			if seen.Put = v.putsPast && page.Next != nil && !seen.Incomplete; seen.Put {
				rec.Past = page.Next
			}
			return seen, v.write(ctx, rec)
		}
	}
	if page.Body == nil {
		return crawler.Visited{}, fmt.Errorf("visit %q: status %d without a body", rec.URL, page.Status)
	}
	r := v.checker.CheckPage(ctx, rec.URL, rec.URL, page)
	if ctx.Err() != nil { // half a page is not recorded
		return crawler.Visited{}, ctx.Err()
	}
	r.Orphan = orphan(&page.Task)
	if softMissing(page, &r) {
		rec.Outcome, rec.Reason, rec.Detail = Skipped, crawler.ReasonMissing, fmt.Sprintf("an error page with status %d (soft 404)", page.Status)
		return crawler.Visited{SoftMissing: true}, v.write(ctx, rec)
	}
	rec.Outcome, rec.Result, rec.Class = Screened, &r, classOf(&r)
	if err := v.keep(ctx, page, &r); err != nil {
		return crawler.Visited{}, err
	}
	visited := crawler.Visited{
		Links:         v.links(&r),
		NearDuplicate: v.similar.seen(rec.Site, r.TextHash),
		Incomplete:    r.Incomplete(),
	}
	return visited, v.write(ctx, rec)
}

// keep stores evidence of a page with findings.
func (v *Visitor) keep(ctx context.Context, page *crawler.Page, r *Result) (err error) {
	if v.evidence == nil || len(r.Findings) == 0 {
		return nil
	}
	var fingerprints []string
	for i := range r.Findings {
		fingerprints = append(fingerprints, r.Findings[i].Fingerprint)
	}
	r.Evidence, err = v.evidence.Keep(ctx, page, fingerprints)
	return err
}

// orphan reports an attachment that no page links to any more, and that can
// still be had by whoever knows its address.
func orphan(task *crawler.Task) bool {
	return task.Class == crawler.ClassAttachment && task.Via == crawler.ViaHistory
}

// links returns what the crawler shall follow, and counts the pictures left
// out.
func (v *Visitor) links(r *Result) []crawler.Link {
	out := make([]crawler.Link, 0, len(r.Links))
	for _, l := range r.Links {
		switch l.Via {
		case "script-src", "stylesheet", "icon", "resource": // how a page looks, not what it says
			continue
		case "img", "srcset":
			if !v.pictures {
				r.Pictures++
				continue
			}
		}
		out = append(out, crawler.Link{URL: l.URL, Via: l.Via})
	}
	return out
}

// Skip records a URL that was not visited. One that was read on an earlier
// night and is not due again keeps its result.
func (v *Visitor) Skip(ctx context.Context, task crawler.Task, reason crawler.Reason, detail string) {
	rec := Record{
		URL: task.URL, Site: task.Site, Class: task.Class, Outcome: Skipped,
		Reason: reason, Detail: detail, Referrer: task.Referrer,
	}
	switch {
	case reason.Failed():
		rec.Outcome = Failed
	case reason == crawler.ReasonNotDue && v.earlier != nil:
		r, err := v.earlier.Result(ctx, task.URL)
		if err != nil {
			v.checker.cfg.Logger.Error("an earlier result could not be read", "url", task.URL, "err", err)
		}
		if r != nil {
			rec.Outcome, rec.Result, rec.Class = Unchanged, r, classOf(r)
		}
	}
	if err := v.write(ctx, rec); err != nil {
		v.checker.cfg.Logger.Error("a skipped page could not be recorded", "url", task.URL, "err", err)
	}
}

func (v *Visitor) write(ctx context.Context, rec Record) error {
	for _, s := range v.sinks {
		if err := s.Write(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

// classOf tells pages from attachments by what they turned out to be.
func classOf(r *Result) crawler.Class {
	if r.Type == "html" {
		return crawler.ClassPage
	}
	return crawler.ClassAttachment
}

// softMissing recognises an error page that is served with status 200: its
// title says so and there is little else.
func softMissing(page *crawler.Page, r *Result) bool {
	if page.Status != 200 || r.Type != "html" || page.Body.Size() > 64<<10 || len(r.Findings) > 0 {
		return false
	}
	title := strings.ToLower(r.Title)
	for _, s := range []string{"404", "页面不存在", "页面未找到", "找不到页面", "您访问的页面", "not found"} {
		if strings.Contains(title, s) {
			return true
		}
	}
	return false
}

// nearDuplicates remembers the text hashes of the last pages of each site.
type nearDuplicates struct {
	mu    sync.Mutex
	sites map[string][]uint64
}

const (
	similarBits = 3   // of 64, the usual threshold for pages (Manku et al. 2007)
	similarKept = 128 // a trap's pages come one after the other
)

// seen reports whether h is close to that of an earlier page of the site.
func (n *nearDuplicates) seen(site string, h uint64) bool {
	if h == 0 {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sites == nil {
		n.sites = map[string][]uint64{}
	}
	recent := n.sites[site]
	for _, old := range recent {
		if bits.OnesCount64(old^h) <= similarBits {
			return true
		}
	}
	if len(recent) == similarKept {
		copy(recent, recent[1:])
		recent = recent[:similarKept-1]
	}
	n.sites[site] = append(recent, h)
	return false
}
