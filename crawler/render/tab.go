package render

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"sync"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"prescreen/crawler"
)

// document serialises what is shown, open shadow roots included: they hold the
// text of pages made of web components.
const document = `(() => {
  const roots = [];
  const walk = n => { for (const e of n.querySelectorAll('*')) if (e.shadowRoot) { roots.push(e.shadowRoot); walk(e.shadowRoot); } };
  walk(document);
  const e = document.documentElement;
  if (!e) return '';
  return '<!DOCTYPE html>' + (e.getHTML && roots.length ? e.cloneNode(false).outerHTML.replace(/<\/html>$/i, '') + e.getHTML({shadowRoots: roots}) + '</html>' : e.outerHTML);
})()`

// tab renders one page.
type tab struct {
	r     *Renderer
	page  *crawler.Page
	body  []byte // of the document
	still bool   // for a picture: images, no scripts

	mu      sync.Mutex
	queue   []*fetch.EventRequestPaused
	wake    chan struct{}
	busy    int             // requests that are not answered yet
	last    time.Time       // when busy became 0
	moves   []string        // where scripts wanted to navigate
	refused int             // requests that are not GET
	failed  int             // requests in scope that could not be answered
	foreign map[string]bool // hosts out of scope

	// Only for the goroutine that answers.
	count int         // requests sent
	frame cdp.FrameID // the tab's own, once its document was handed over
}

// render returns the document as shown, and what is missing from it.
func (r *Renderer) render(ctx context.Context, p *crawler.Page, body []byte) (out []byte, incomplete string, err error) {
	t := r.newTab(p, body)
	err = r.visit(ctx, t, func(readCtx context.Context, late bool) error {
		text, err := chromedp.Run(readCtx, chromedp.Evaluate[string](document))
		if err != nil {
			return fmt.Errorf("read the document: %w", err)
		}
		if len(text) > r.cfg.MaxHTML {
			return fmt.Errorf("the document has %d bytes, %d are allowed", len(text), r.cfg.MaxHTML)
		}
		out = t.withMoves(text)
		incomplete = t.missing(out, late)
		return nil
	})
	return out, incomplete, err
}

// The size of a screenshot in CSS pixels; a longer page is cut off.
const (
	shotWidth  = 1280
	maxShotTop = 10000
)

// Screenshot returns a PNG of a page that Fetch returned, with its images and
// styles but without running scripts again: it shows what was screened.
func (r *Renderer) Screenshot(ctx context.Context, p *crawler.Page) (png []byte, err error) {
	if p.Body == nil || !isHTML(p) {
		return nil, fmt.Errorf("screenshot of %q: not an HTML page", p.Task.URL)
	}
	body, err := p.Body.Bytes()
	if err != nil {
		return nil, fmt.Errorf("screenshot of %q: %w", p.Task.URL, err)
	}
	t := r.newTab(p, body)
	t.still = true
	err = r.visit(ctx, t, func(ctx context.Context, _ bool) error {
		size, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		clip := &page.Viewport{Width: shotWidth, Height: 720, Scale: 1}
		if size.CSSContentSize != nil {
			clip.Height = min(max(size.CSSContentSize.Height, 1), maxShotTop)
		}
		beyond := true
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: clip, CaptureBeyondViewport: &beyond})
		png = shot.Data
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("screenshot of %q: %w", p.Task.URL, err)
	}
	return png, nil
}

func (r *Renderer) newTab(p *crawler.Page, body []byte) *tab {
	return &tab{r: r, page: p, body: body, wake: make(chan struct{}, 1), last: time.Now(), foreign: map[string]bool{}}
}

// visit opens a tab, loads the page, waits until it is still or time is up,
// and lets read look at it.
func (r *Renderer) visit(ctx context.Context, t *tab, read func(ctx context.Context, late bool) error) (err error) {
	select {
	case r.tabs <- struct{}{}:
		defer func() { <-r.tabs }()
	case <-ctx.Done():
		return ctx.Err()
	}
	b, err := r.acquire()
	if err != nil {
		return err
	}
	defer func() { r.release(b, err != nil && ctx.Err() == nil) }()

	tabCtx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.event))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	// The tab lives as long as the context it is opened with: not the one
	// with the time limit.
	if err := chromedp.Do(tabCtx); err != nil {
		return fmt.Errorf("open a tab: %w", err)
	}
	var wg sync.WaitGroup
	serveCtx, stopServing := context.WithCancel(tabCtx)
	wg.Go(func() { t.serve(serveCtx) })
	defer wg.Wait()
	defer stopServing()

	late, err := t.load(tabCtx)
	if err != nil {
		return fmt.Errorf("load page: %w", err)
	}
	readCtx, cancelRead := context.WithTimeout(tabCtx, min(r.cfg.Timeout, 10*time.Second))
	defer cancelRead()
	return read(readCtx, late)
}

// load reports a page that was not still in time: what there is by then is
// better than nothing.
func (t *tab) load(tabCtx context.Context) (late bool, err error) {
	ctx, cancel := context.WithTimeout(tabCtx, t.r.cfg.Timeout)
	defer cancel()
	err = chromedp.Do(ctx, chromedp.Func(t.prepare), chromedp.Navigate(t.page.Task.URL))
	if err == nil {
		err = t.settle(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) && tabCtx.Err() == nil {
		return true, nil
	}
	return false, err
}

func (t *tab) prepare(ctx context.Context, _ *chromedp.Target) error {
	if _, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: t.still}); err != nil {
		return err
	}
	_, err := chromedp.CallBrowser(ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
	})
	return err
}

// event is called on the goroutine that reads the browser's messages: it must
// not wait.
func (t *tab) event(ev any) {
	switch ev := ev.(type) {
	case *fetch.EventRequestPaused:
		t.mu.Lock()
		t.queue = append(t.queue, ev)
		t.busy++
		t.mu.Unlock()
	case *page.EventJavascriptDialogOpening:
		t.mu.Lock()
		t.queue = append(t.queue, nil)
		t.mu.Unlock()
	default:
		return
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// serve answers the browser's requests one after the other.
func (t *tab) serve(ctx context.Context) {
	for {
		t.mu.Lock()
		var ev *fetch.EventRequestPaused
		got := len(t.queue) > 0
		if got {
			ev, t.queue = t.queue[0], t.queue[1:]
		}
		t.mu.Unlock()
		switch {
		case !got:
			select {
			case <-t.wake:
			case <-ctx.Done():
				return
			}
		case ev == nil:
			// alert(), confirm(): dismissed, or the page stands still.
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		default:
			t.answer(ctx, ev)
			t.mu.Lock()
			t.busy--
			t.last = time.Now()
			t.mu.Unlock()
		}
	}
}

// settle waits until no request has been open for a while.
func (t *tab) settle(ctx context.Context) error {
	for {
		t.mu.Lock()
		quiet := time.Since(t.last)
		idle := t.busy == 0
		t.mu.Unlock()
		wait := t.r.cfg.Settle
		if idle {
			if wait -= quiet; wait <= 0 {
				return nil
			}
		}
		if err := sleep(ctx, min(wait, 100*time.Millisecond)); err != nil {
			return err
		}
	}
}

// withMoves adds the places scripts wanted to go to as links, for the crawler
// to go there.
func (t *tab) withMoves(text string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	// A shadow root is shown: it must not read like a template, which is not.
	text = strings.ReplaceAll(text, "<template shadowrootmode=", "<div data-shadowroot=")
	var b strings.Builder
	b.WriteString(text)
	for _, m := range t.moves {
		fmt.Fprintf(&b, "\n<a href=\"%s\"></a>", html.EscapeString(m))
	}
	return []byte(b.String())
}

// missing names what keeps the document from being the whole page.
func (t *tab) missing(out []byte, late bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var why []string
	if late {
		why = append(why, fmt.Sprintf("the page was still loading after %v", t.r.cfg.Timeout))
	}
	if t.refused > 0 {
		why = append(why, fmt.Sprintf("%d requests other than GET were not sent", t.refused))
	}
	if t.failed > 0 {
		why = append(why, fmt.Sprintf("%d requests failed", t.failed))
	}
	// Scripts of other hosts are mostly counters. They matter where nothing is shown.
	if len(t.foreign) > 0 && len(t.moves) == 0 && look(out, enoughText).letters < enoughText {
		why = append(why, "there is still no text; scripts of hosts out of scope were not loaded: "+joinSorted(t.foreign))
	}
	return strings.Join(why, "; ")
}
