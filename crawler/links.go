package crawler

import (
	"context"
	"hash/maphash"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// recentLinks remembers what became of references as they were written, so
// that navigation, which repeats on every page, is neither parsed nor looked
// up again. It is a cache that forgets; what it remembers is right but for
// collisions of 63 bits under a random seed.
type recentLinks struct {
	seed  maphash.Seed
	slots []atomic.Uint64
}

const (
	recentSize = 1 << 16
	// The lowest bit of a slot tells two fates apart.
	fateQueued = 0
	fateOut    = 1
)

func newRecentLinks() recentLinks {
	return recentLinks{maphash.MakeSeed(), make([]atomic.Uint64, recentSize)}
}

func (r *recentLinks) hash(raw string) uint64 { return maphash.String(r.seed, raw) &^ 1 }

func (r *recentLinks) get(h uint64) (fate uint64, ok bool) {
	v := r.slots[(h>>1)%recentSize].Load()
	return v & 1, v&^1 == h && v != 0
}

func (r *recentLinks) put(h, fate uint64) { r.slots[(h>>1)%recentSize].Store(h | fate) }

func (r *recentLinks) clear() {
	for i := range r.slots {
		r.slots[i].Store(0)
	}
}

// renew forgets what the frontier was told before a new epoch: pages whose end
// it lost are crawled again, and offer their links again.
func (c *Crawler) renew(epoch uint64) {
	c.hostsMu.Lock()
	defer c.hostsMu.Unlock()
	if c.epoch.Load() == epoch {
		return
	}
	for name, info := range c.hosts {
		info.queued = false
		c.hosts[name] = info
	}
	c.recent.clear()
	c.robots.clear()
	c.epoch.Store(epoch)
}

// linker turns the references of one page into tasks.
type linker struct {
	c           *Crawler
	ctx         context.Context
	parent      *Task
	page        *siteScope // of the parent
	tasks       []Task
	hashes      []uint64 // of references to remember once the tasks are enqueued
	hosts       []string // whose robots.txt is among the tasks
	out         map[string]int64
	attachments []string // among them; collected when there is a History
	unusual     bool     // the page is a near duplicate or an error page
	shape       string   // of the parent's URL, when unusual
}

// add considers one reference. depth and hops are those of the new task.
func (l *linker) add(raw, via string, depth, hops int, class Class) *Task {
	h := l.c.recent.hash(raw)
	brief := class == "" && !(l.c.History != nil && classOf(raw) == ClassAttachment)
	if fate, ok := l.c.recent.get(h); ok && brief {
		if fate == fateOut {
			l.leave(outHost)
		}
		return nil
	}
	url, host, site, why := l.c.scope.locate(raw, l.page)
	if why != "" {
		l.leave(why)
		if why == outHost {
			l.c.recent.put(h, fateOut)
		}
		return nil
	}
	l.hashes = append(l.hashes, h)
	if !brief && class == "" && !slices.Contains(l.attachments, url) {
		l.attachments = append(l.attachments, url)
	}
	return l.enqueue(url, host, site, via, depth, hops, class)
}

func (l *linker) leave(why string) {
	if l.out == nil {
		l.out = map[string]int64{}
	}
	l.out[why]++
}

// enqueue makes the task, after one for the robots.txt of a new host.
func (l *linker) enqueue(url, host string, site *siteScope, via string, depth, hops int, class Class) *Task {
	info := l.c.hostInfo(l.ctx, host)
	if !info.queued && !slices.Contains(l.hosts, host) {
		l.hosts = append(l.hosts, host)
		l.tasks = append(l.tasks, robotsTask(url, host, site.Name, info.address))
	}
	t := Task{URL: url, Site: site.Name, Host: host, Address: info.address, Class: class, Depth: depth, Hops: hops, Via: via}
	if l.parent != nil {
		t.Referrer = l.parent.URL
	}
	if class == "" {
		t.Class = classOf(url)
	}
	if !t.Auxiliary() {
		t.Cost = trapCost(url, l.c.Now())
		if l.unusual && shapeOf(url) == l.shape {
			t.Cost = max(t.Cost, l.parent.Cost+1)
		}
		if site.Budget.Depth > 0 && depth > site.Budget.Depth {
			t.Skip = ReasonDepth
		}
	}
	l.tasks = append(l.tasks, t)
	return &l.tasks[len(l.tasks)-1]
}

// enqueued remembers what a Frontier has taken in an epoch.
func (c *Crawler) enqueued(l *linker, epoch uint64) {
	c.hostsMu.Lock()
	if epoch == c.epoch.Load() {
		for _, h := range l.hashes {
			c.recent.put(h, fateQueued)
		}
		for _, h := range l.hosts {
			info := c.hosts[h]
			info.queued = true
			c.hosts[h] = info
		}
	}
	c.hostsMu.Unlock()
	if len(l.out) > 0 {
		c.outMu.Lock()
		for why, n := range l.out {
			c.out[why] += n
		}
		c.outMu.Unlock()
	}
}

func (c *Crawler) outOfScope() map[string]int64 {
	c.outMu.Lock()
	defer c.outMu.Unlock()
	return maps.Clone(c.out)
}

// headerLinks returns the references in response headers: Refresh and the
// relations of Link (RFC 8288) that lead to documents.
func headerLinks(h http.Header) (out []string) {
	for _, v := range h.Values("Refresh") {
		if _, url, ok := strings.Cut(v, "="); ok && strings.Contains(strings.ToLower(v), "url") {
			out = append(out, strings.Trim(url, " \t'\""))
		}
	}
	for _, v := range h.Values("Link") {
		for _, link := range strings.Split(v, ",") {
			target, params, _ := strings.Cut(link, ";")
			target = strings.TrimSpace(target)
			_, rel, ok := strings.Cut(strings.ToLower(params), "rel=")
			rel, _, _ = strings.Cut(rel, ";")
			switch strings.Trim(rel, " \"") {
			case "canonical", "next", "prev", "alternate", "describedby", "item", "section":
			default:
				ok = false
			}
			if ok && len(target) > 2 && target[0] == '<' && target[len(target)-1] == '>' {
				out = append(out, target[1:len(target)-1])
			}
		}
	}
	return out
}

// attachments are file name extensions of what is probably not a web page.
var attachments = []string{
	".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".dps", ".ofd", ".ceb", ".rtf", ".odt", ".ods", ".odp",
	".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".csv", ".txt", ".eml", ".msg", ".epub", ".xps",
	".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".mp3", ".mp4", ".avi", ".wmv", ".flv", ".mov",
}

func classOf(url string) Class {
	p, _, _ := strings.Cut(pathOf(url), "?")
	if ext := path.Ext(p); len(ext) > 2 && len(ext) < 6 && slices.Contains(attachments, strings.ToLower(ext)) {
		return ClassAttachment
	}
	return ClassPage
}
