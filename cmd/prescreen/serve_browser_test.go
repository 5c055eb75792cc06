package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// tab is a browser window that somebody works in. Every step is counted and
// named, so that a failure says where it was.
type tab struct {
	t     *testing.T
	ctx   context.Context
	url   string
	steps int
	shots string // folder for pictures, "" for none
}

// openBrowser starts a headless Chromium; the test is skipped without one.
func openBrowser(t *testing.T, url string) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium: scripts/deps installs it")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900), chromedp.Flag("accept-lang", "zh-CN"), chromedp.Env("LC_ALL=C.UTF-8"))
	alloc, stopAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		stop()
		stopAlloc()
	})
	if err := chromedp.Do(ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	return &tab{t: t, ctx: ctx, url: url, shots: os.Getenv("PRESCREEN_SCREENSHOTS")}
}

// do takes one step.
func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.steps++
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		look, end := context.WithTimeout(b.ctx, 10*time.Second)
		defer end()
		where, _ := chromedp.Run(look, chromedp.Location())
		body, _ := chromedp.Run(look, chromedp.Evaluate[string](`document.body.innerText`))
		b.t.Fatalf("step %d, %s: %v\nat %s:\n%.1500s", b.steps, what, err, where, body)
	}
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.url+path), chromedp.WaitReady("#main"))
}

// press clicks and waits for the page that follows.
func (b *tab) press(what, selector string) {
	b.t.Helper()
	b.do(what, script(`document.documentElement.dataset.old = 1`), chromedp.Click(selector),
		chromedp.WaitNotPresent(`html[data-old]`), chromedp.WaitReady("#main"))
}

func (b *tab) fill(selector, value string) {
	b.t.Helper()
	b.do("fill in "+selector, chromedp.WaitVisible(selector), chromedp.SetValue(selector, value))
}

// see requires words on the page.
func (b *tab) see(words ...string) {
	b.t.Helper()
	text := b.text("#main")
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("step %d: the page lacks %q:\n%.1500s", b.steps, w, text)
		}
	}
}

func (b *tab) miss(words ...string) {
	b.t.Helper()
	text := b.text("html")
	for _, w := range words {
		if strings.Contains(text, w) {
			b.t.Errorf("step %d: the page shows %q", b.steps, w)
		}
	}
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return read(b, "read "+selector, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).innerText`, selector)))
}

// read takes one step that has a value.
func read[T any](b *tab, what string, action chromedp.Action[T]) (v T) {
	b.t.Helper()
	b.do(what, func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		v, err = action(ctx, t)
		return none, err
	})
	return v
}

// script runs something in the page.
func script(src string) chromedp.Action[chromedp.Void] { return chromedp.Evaluate[chromedp.Void](src) }

// scheme has the browser prefer light or dark colours.
func scheme(v string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v}},
		})
		return err
	})
}

func (b *tab) login(name string) {
	b.t.Helper()
	b.do("forget who was logged in", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
	b.open("/login")
	b.fill("#name", name)
	b.fill("#password", testPassword)
	b.press("log in as "+name, ".card button.primary")
}

// picture keeps the page as seen on a desk, on a phone and in the dark, where
// pictures are wanted.
func (b *tab) picture(name string) {
	b.t.Helper()
	if b.shots == "" {
		return
	}
	for _, v := range []struct {
		suffix        string
		width, height int64
		scheme        string
	}{{"", 1280, 900, "light"}, {"-phone", 390, 844, "light"}, {"-dark", 1280, 900, "dark"}} {
		b.do("look at "+name, chromedp.EmulateViewport(v.width, v.height), scheme(v.scheme), chromedp.Sleep(200*time.Millisecond))
		png := read(b, "picture of "+name, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(b.shots, name+v.suffix+".png"), png, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.do("back to the desk", chromedp.EmulateViewport(1280, 900), scheme("light"))
}

// axe looks for what keeps people with disabilities from using the page
// (axe-core, serious and critical rules of WCAG 2.1 A and AA).
func (b *tab) axe(name string) {
	b.t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", ".cache", "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return // TestServeBrowser says so, once
	}
	type violation struct {
		ID     string              `json:"id"`
		Impact string              `json:"impact"`
		Help   string              `json:"help"`
		Nodes  []map[string]string `json:"nodes"`
	}
	for _, colours := range []string{"light", "dark"} {
		b.do("axe on "+name+", "+colours, scheme(colours), chromedp.Sleep(250*time.Millisecond), script(string(src)))
		found := read(b, "run axe on "+name, chromedp.Evaluate[[]violation](`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(r => r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map(n => ({html: n.html}))})))`, chromedp.EvalAwaitPromise))
		for _, v := range found {
			line := fmt.Sprintf("%s, %s: %s (%s): %s: %.300v", name, colours, v.ID, v.Impact, v.Help, v.Nodes)
			if v.Impact == "serious" || v.Impact == "critical" {
				b.t.Error("axe: " + line)
			} else {
				b.t.Log("axe: " + line)
			}
		}
	}
	b.do("back to light", scheme("light"))
}
