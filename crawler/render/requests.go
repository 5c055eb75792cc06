package render

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"prescreen/crawler"
)

// maxMoves is how many places a page's scripts can navigate to.
const maxMoves = 20

// answer answers one request of the browser.
func (t *tab) answer(ctx context.Context, ev *fetch.EventRequestPaused) {
	target, _, _ := strings.Cut(ev.Request.URL, "#")
	switch {
	case ev.ResourceType == network.ResourceTypeDocument && t.frame == "":
		t.frame = ev.FrameID
		t.fulfill(ctx, ev, http.StatusOK, http.Header{"Content-Type": t.page.Header["Content-Type"]}, t.body)
	case ev.ResourceType == network.ResourceTypeDocument && t.frame == ev.FrameID:
		// The page goes elsewhere; an iframe's document is part of the page.
		t.note(func() {
			if len(t.moves) < maxMoves && target != t.page.Task.URL && !slices.Contains(t.moves, target) {
				t.moves = append(t.moves, target)
			}
		})
		t.fail(ctx, ev, network.ErrorReasonAborted)
	case !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "https://"):
		// data: and blob: need no network.
		_, _ = chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
	case !t.wantedType(ev.ResourceType):
		t.fail(ctx, ev, network.ErrorReasonBlockedByClient)
	case !t.r.cfg.InScope(t.page.Task, target):
		t.note(func() { t.foreign[hostOf(target)] = true })
		t.fail(ctx, ev, network.ErrorReasonBlockedByClient)
	case ev.Request.Method != http.MethodGet:
		t.note(func() { t.refused++ })
		t.fail(ctx, ev, network.ErrorReasonBlockedByClient)
	default:
		t.fetch(ctx, ev, target)
	}
}

func (t *tab) note(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

// wantedType are the requests that can bring text, or for a picture what is
// seen in it.
func (t *tab) wantedType(rt network.ResourceType) bool {
	switch rt {
	case network.ResourceTypeDocument, network.ResourceTypeStylesheet:
		return true
	case network.ResourceTypeScript, network.ResourceTypeXHR, network.ResourceTypeFetch:
		return !t.still
	case network.ResourceTypeImage, network.ResourceTypeFont:
		return t.still
	}
	return false
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "?"
	}
	return u.Host
}

// fetch fetches what the browser asks for, or takes it from the cache.
func (t *tab) fetch(ctx context.Context, ev *fetch.EventRequestPaused, target string) {
	shared := ev.ResourceType == network.ResourceTypeScript || ev.ResourceType == network.ResourceTypeStylesheet
	if shared {
		if c, ok := t.r.cache.get(target); ok {
			t.fulfill(ctx, ev, http.StatusOK, c.header, c.body)
			return
		}
	}
	if t.count++; t.count > t.r.cfg.MaxRequests {
		t.note(func() { t.failed++ })
		t.fail(ctx, ev, network.ErrorReasonBlockedByClient)
		return
	}
	task := crawler.Task{
		URL: target, Site: t.page.Task.Site, Host: hostOf(target), Class: crawler.ClassAttachment,
		Referrer: t.page.Task.URL, Via: "render",
	}
	if t.r.cfg.Pause(ctx, task) != nil {
		return
	}
	p, err := t.r.inner.Fetch(ctx, crawler.Request{Task: task})
	if err != nil {
		t.note(func() { t.failed++ })
		t.fail(ctx, ev, network.ErrorReasonFailed)
		return
	}
	header := http.Header{}
	for _, name := range []string{"Content-Type", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
		if v := p.Header.Get(name); v != "" {
			header.Set(name, v)
		}
	}
	var body []byte
	if p.Location != "" {
		header.Set("Location", p.Location) // the browser asks again, and scope is checked again
	}
	if p.Body != nil {
		body, err = p.Body.Bytes()
		body = bytes.Clone(body)
		_ = p.Body.Close()
	}
	if err != nil || p.Truncated != "" || p.Status >= 500 {
		t.note(func() { t.failed++ })
	}
	if shared && p.Status == http.StatusOK && p.Truncated == "" {
		t.r.cache.put(target, cached{header, body})
	}
	t.fulfill(ctx, ev, p.Status, header, body)
}

func (t *tab) fulfill(ctx context.Context, ev *fetch.EventRequestPaused, status int, header http.Header, body []byte) {
	params := fetch.FulfillRequestParams{RequestID: ev.RequestID, ResponseCode: int64(status), Body: body}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, v := range header[name] {
			params.ResponseHeaders = append(params.ResponseHeaders, &fetch.HeaderEntry{Name: name, Value: strings.ToValidUTF8(v, "?")})
		}
	}
	if _, err := chromedp.Call(ctx, fetch.FulfillRequest, params); err != nil && ctx.Err() == nil {
		t.r.cfg.Logger.Debug("browser did not take a response", "url", ev.Request.URL, "err", err)
	}
}

// fail ends a request without an answer. An error means that the browser has
// lost interest in it.
func (t *tab) fail(ctx context.Context, ev *fetch.EventRequestPaused, why network.ErrorReason) {
	_, _ = chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: why})
}

// scriptCache keeps what the pages of a portal share, so that rendering a page
// costs its host a request or two and not thirty.
type scriptCache struct {
	mu    sync.Mutex
	items map[string]cached
	size  int
}

type cached struct {
	header http.Header
	body   []byte
}

const (
	maxCached     = 64 << 20
	maxCachedItem = 4 << 20
)

func (c *scriptCache) get(url string) (cached, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	item, ok := c.items[url]
	return item, ok
}

func (c *scriptCache) put(url string, item cached) {
	if len(item.body) > maxCachedItem {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items == nil || c.size+len(item.body) > maxCached {
		c.items, c.size = make(map[string]cached), 0
	}
	if _, ok := c.items[url]; !ok {
		c.items[url] = item
		c.size += len(item.body)
	}
}

func joinSorted(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
