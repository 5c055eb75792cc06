package crawler

import (
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"time"

	"prescreen/crawler/robots"
	"prescreen/crawler/weburl"
)

// The note of a host, kept by the frontier for all workers, is what is known
// of its robots.txt: one of these bytes, when it was asked (8 bytes, Unix
// seconds), then the text or why there is none.
const (
	noteRules       = 'R' // the text follows
	noteAllow       = 'A' // there is none: everything is allowed
	noteUnreachable = 'U' // nothing is allowed; the cause follows
	noteSame        = 'S' // that of the host whose key follows
)

const (
	noteHead  = 9
	robotsAge = 24 * time.Hour // RFC 9309, 2.4: asked again after that
)

func (j *job) note(kind byte, text string) []byte {
	b := binary.BigEndian.AppendUint64([]byte{kind}, uint64(j.c.Now().Unix()))
	return append(b, text...)
}

// hostRules is a note made ready.
type hostRules struct {
	version uint64
	kind    byte
	group   *robots.Group
	text    string // cause, or host
	at      time.Time
	asked   int // how often another host's rules were waited for
}

type robotsCache struct {
	mu sync.Mutex
	m  map[string]*hostRules
}

func (r *robotsCache) clear() {
	r.mu.Lock()
	clear(r.m)
	r.mu.Unlock()
}

// robotsTask is the task that must come before any other of a host.
func robotsTask(url, host, site, address string) Task {
	root := strings.TrimSuffix(url, pathOf(url))
	return Task{URL: root + "/robots.txt", Site: site, Host: host, Address: address, Class: ClassRobots, Via: viaRobots}
}

// rules returns what robots.txt of a host says; nil: it was not asked yet.
// With version 0 what was said some time ago will do.
func (c *Crawler) rules(ctx context.Context, host string, version uint64) (*hostRules, error) {
	c.robots.mu.Lock()
	r := c.robots.m[host]
	c.robots.mu.Unlock()
	if r != nil && (r.version == version || version == 0) {
		return r, nil
	}
	note, err := c.Frontier.Note(ctx, host)
	if err != nil || len(note) < noteHead {
		return nil, err
	}
	r = &hostRules{version: version, kind: note[0], at: time.Unix(int64(binary.BigEndian.Uint64(note[1:])), 0)}
	switch r.kind {
	case noteRules:
		r.group = robots.Parse(note[noteHead:]).Agent(c.agent)
	default:
		r.text = string(note[noteHead:])
	}
	c.robots.mu.Lock()
	c.robots.m[host] = r
	c.robots.mu.Unlock()
	return r, nil
}

// waitForOther is how long and how often a host waits for the robots.txt of
// the host that its own redirects to.
const (
	waitForOther  = 2 * time.Second
	waitsForOther = 30
)

// checkRobots says whether the task may be fetched; otherwise how it ends.
func (j *job) checkRobots(ctx context.Context) (out Outcome, ok bool) {
	if j.task.Class == ClassSitemap && j.task.Via == viaRobots || j.site.Robots == RobotsDelayOnly {
		return Outcome{}, true // robots.txt itself names it; or the site's owner has decided
	}
	r, err := j.c.rules(ctx, j.task.Host, j.lease.NoteVersion)
	if err != nil {
		return Outcome{Result: ResultDefer, TaskDelay: time.Second}, false
	}
	if r == nil || j.c.Now().Sub(r.at) > robotsAge {
		again := robotsTask(j.task.URL, j.task.Host, j.task.Site, j.task.Address)
		again.Again = true
		return Outcome{Result: ResultDefer, Links: []Task{again}}, false
	}
	if r.kind == noteSame {
		if r, out = j.otherRules(ctx, r); r == nil {
			return out, false
		}
	}
	switch {
	case r.kind == noteUnreachable:
		return j.skip(ctx, ReasonRobotsUnreachable, r.text), false
	case r.kind == noteRules && !r.group.Allowed(pathOf(j.task.URL)):
		return j.skip(ctx, ReasonRobots, "disallowed for "+j.c.agent), false
	}
	return Outcome{}, true
}

// otherRules returns the rules of the host that the robots.txt of this one
// redirects to; nil: they are not known yet, and the task waits.
func (j *job) otherRules(ctx context.Context, own *hostRules) (*hostRules, Outcome) {
	r := own
	for hop := 0; r.kind == noteSame; hop++ {
		if hop == robots.MaxRedirects {
			return &hostRules{kind: noteAllow}, Outcome{}
		}
		other, err := j.c.rules(ctx, r.text, 0)
		if err != nil {
			return nil, Outcome{Result: ResultDefer, TaskDelay: time.Second}
		}
		if other == nil {
			j.c.robots.mu.Lock()
			own.asked++
			asked := own.asked
			j.c.robots.mu.Unlock()
			if asked < waitsForOther {
				return nil, Outcome{Result: ResultDefer, RetryAfter: waitForOther, Why: "waiting for robots.txt of " + r.text}
			}
			return &hostRules{kind: noteUnreachable, text: "robots.txt of " + r.text + ", where it redirects to, was not read"}, Outcome{}
		}
		r = other
	}
	return r, Outcome{}
}

// fetchRobots fetches robots.txt and leaves its text as the host's note.
func (j *job) fetchRobots(ctx context.Context) Outcome {
	page, out := j.get(ctx, Request{Task: j.task})
	if page == nil {
		if out.Result == ResultFailed {
			out.Result, out.Reason = ResultAuxiliary, ""
			out.Note = j.note(noteUnreachable, "robots.txt could not be fetched: "+j.why)
		}
		return out
	}
	if page.Body != nil {
		defer page.Body.Close()
		out.Bytes = page.Body.Size()
	}
	out.Result = ResultAuxiliary
	j.links = &linker{c: j.c, ctx: ctx, parent: &j.task, page: j.site}
	if page.Status >= 300 && page.Status < 400 && page.Location != "" {
		j.redirectRobots(page, &out)
		out.Links = j.links.tasks
		return out
	}
	switch robots.Decide(page.Status) {
	case robots.Wait:
		return j.hostFault(ctx, out, ReasonStatus, "robots.txt answered "+status(page.Status), retryAfter(page.Header.Get("Retry-After"), j.c.Now()), false)
	case robots.AllowAll:
		out.Note = j.note(noteAllow, "")
		j.guessSitemap()
	default:
		if retryTruncated(page) && j.task.Attempt+1 < j.c.cfg.MaxAttempts {
			return j.retry(out)
		}
		if err := j.readRobots(page, &out); err != nil {
			j.links = nil
			j.c.log.Warn("robots.txt not read, trying again", "url", j.task.URL, "error", err)
			return Outcome{Result: ResultDefer, Duration: out.Duration, TaskDelay: 10 * time.Second}
		}
	}
	out.Links = j.links.tasks
	return out
}

func (j *job) readRobots(page *Page, out *Outcome) error {
	var body []byte
	if page.Body != nil {
		body = make([]byte, min(page.Body.Size(), robots.MaxSize+1))
		if n, err := page.Body.ReadAt(body, 0); n < len(body) && err != nil {
			return err
		}
	}
	file := robots.Parse(body)
	out.Note = j.note(noteRules, string(body))
	if d, ok := file.Agent(j.c.agent).Delay(); ok {
		out.MinDelay = min(d, j.site.MaxCrawlDelay)
	}
	if j.site.NoSitemaps {
		return nil
	}
	for _, u := range file.Sitemaps {
		j.links.add(resolveURL(j.task.URL, u), viaRobots, 0, 0, ClassSitemap)
	}
	if len(file.Sitemaps) == 0 {
		j.guessSitemap()
	}
	return nil
}

func (j *job) guessSitemap() {
	if !j.site.NoSitemaps {
		j.links.add(resolveURL(j.task.URL, "/sitemap.xml"), viaGuess, 0, 0, ClassSitemap)
	}
}

// redirectRobots follows a redirect of robots.txt: on the same host as another
// request of its own; to another host in scope by taking over what that one's
// says. Beyond scope it counts as absent.
func (j *job) redirectRobots(page *Page, out *Outcome) {
	target := resolveURL(j.task.URL, page.Location)
	u, err := weburl.Parse(target)
	switch {
	case j.task.Hops >= robots.MaxRedirects || err != nil:
		out.Note = j.note(noteAllow, "")
	case u.HostPort() == j.task.Host:
		next := j.task
		next.URL, next.Hops, next.Again, next.Attempt = u.WithoutFragment(), j.task.Hops+1, true, 0
		j.links.tasks = append(j.links.tasks, next)
	default:
		site := j.c.scope.find(u.HostPort())
		if site == nil {
			out.Note = j.note(noteAllow, "")
			return
		}
		out.Note = j.note(noteSame, u.HostPort())
		info := j.c.hostInfo(j.links.ctx, u.HostPort())
		j.links.hosts = append(j.links.hosts, u.HostPort())
		j.links.tasks = append(j.links.tasks, robotsTask(target, u.HostPort(), site.Name, info.address))
	}
}
