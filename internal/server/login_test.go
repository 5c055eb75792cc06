package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/server"
)

func TestLogin(t *testing.T) {
	e := newEnv(t, nil)
	u := e.user(accounts.Editor)
	b := e.login("editor")
	if a := b.get("/"); a.Header.Get("Location") != "/check" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if a := b.get("/check"); a.StatusCode != 200 || !strings.Contains(a.body, "Check before publishing") {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if !e.logged("editor", "login", "user editor") {
		t.Error("the login is not in the log")
	}
	if a := b.post("/logout"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("logout: %d", a.StatusCode)
	}
	if a := b.get("/check"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after the logout: %d", a.StatusCode)
	}
	// A disabled user is out at once, session and token.
	b, token := e.login("editor"), e.token(u)
	admin := e.user(accounts.Admin)
	if a := e.session(admin).post("/users/1", "do", "disable"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.StatusCode, a.body)
	}
	if a := b.get("/check"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a disabled user: %d", a.StatusCode)
	}
	if a := e.call(token, "GET", "/api/v1/checks", nil); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the token of a disabled user: %d", a.StatusCode)
	}
}

// TestGuessing: wrong passwords lock the account, all refusals look alike,
// and an address may not try as often as it likes.
func TestGuessing(t *testing.T) {
	e := newEnv(t, nil)
	e.user(accounts.Editor)
	b := e.browser()
	try := func(name, pw string) answer {
		e.now.add(10 * time.Second)
		return b.post("/login", "name", name, "password", pw)
	}
	wrong := try("editor", "wrong")
	nobody := try("nobody", "wrong")
	if wrong.StatusCode != 401 || strings.ReplaceAll(nobody.body, "nobody", "editor") != wrong.body {
		t.Errorf("the answers tell users apart: %d", wrong.StatusCode)
	}
	for range 4 {
		try("editor", "wrong")
	}
	if a := try("editor", password); a.StatusCode != 401 {
		t.Errorf("the right password for a locked account: %d", a.StatusCode)
	}
	e.now.add(5 * time.Minute)
	if a := try("editor", password); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after the lock: %d", a.StatusCode)
	}
	if !e.logged("editor", "login.refused", "user editor") {
		t.Error("the refusals are not in the log")
	}
	limited := false
	for range 10 {
		a := e.browser().post("/login", "name", "nobody", "password", "x")
		limited = limited || a.StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("an address may guess without limit")
	}
}

func TestSessionEnds(t *testing.T) {
	e := newEnv(t, nil)
	u := e.user(accounts.Editor)
	b := e.login("editor")
	e.now.add(30 * time.Minute)
	if a := b.get("/check"); a.StatusCode != 200 {
		t.Errorf("after half an hour: %d", a.StatusCode)
	}
	e.now.add(61 * time.Minute)
	if a := b.get("/check"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("an hour idle: %d", a.StatusCode)
	}
	b = e.login("editor")
	for range 13 {
		e.now.add(55 * time.Minute)
		b.get("/check")
	}
	e.now.add(10 * time.Minute)
	if a := b.get("/check"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after twelve hours of use: %d", a.StatusCode)
	}
	token := e.token(u)
	e.now.add(25 * time.Hour)
	if a := e.call(token, "GET", "/api/v1/checks", nil); a.StatusCode != 401 {
		t.Errorf("an expired token: %d", a.StatusCode)
	}
}

// TestOtherSites: another site cannot act in a user's name.
func TestOtherSites(t *testing.T) {
	e := newEnv(t, func(c *server.Config) { c.PublicURL = "https://prescreen.example.cn" })
	b := e.session(e.user(accounts.Admin))
	for name, h := range map[string][2]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"}, "same site": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://evil.example"}, "null": {"Origin", "null"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", e.url+"/users", strings.NewReader("name=evil&role=admin"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(h[0], h[1])
		if a := e.do(b.client, req); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if users, err := e.store.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", "/\tx"} {
		if a := e.browser().post("/language", "lang", "zh", "next", to); a.Header.Get("Location") != "/" {
			t.Errorf("redirects to %q", a.Header.Get("Location"))
		}
	}
}

func TestHeaders(t *testing.T) {
	e := newEnv(t, func(c *server.Config) { c.Secure = true })
	e.user(accounts.Editor)
	a := e.browser().get("/login")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=", "Cache-Control": "no-store",
	} {
		if !strings.Contains(a.Header.Get(name), want) {
			t.Errorf("%s: %q", name, a.Header.Get(name))
		}
	}
	for _, bad := range []string{"<script>", "style=", "onclick=", "javascript:", "https://cdn"} {
		if strings.Contains(a.body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	l := e.browser().post("/login", "name", "editor", "password", password)
	if c := l.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-prescreen=") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "Secure") || !strings.Contains(c, "SameSite=Lax") {
		t.Errorf("cookie %q", c)
	}
}

func TestRateLimit(t *testing.T) {
	e := newEnv(t, func(c *server.Config) { c.Limits.TokenRate = 2 })
	token := e.token(e.user(accounts.Editor))
	codes := map[int]int{}
	for range 30 {
		codes[e.call(token, "GET", "/api/v1/checks", nil).StatusCode]++
	}
	if codes[200] != 8 || codes[429] != 22 {
		t.Errorf("%v", codes)
	}
	e.now.add(time.Second)
	if a := e.call(token, "GET", "/api/v1/checks", nil); a.StatusCode != 200 {
		t.Errorf("a second later: %d", a.StatusCode)
	}
}

// TestProxies: X-Forwarded-For is believed from trusted proxies only, and only
// as far back as they reach.
func TestProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		forward string
		want    string
	}{
		"none trusted": {nil, "203.0.113.9", "127.0.0.1"}, "one": {trusted, "203.0.113.9", "203.0.113.9"}, "two": {trusted, "203.0.113.9, 10.1.1.1", "203.0.113.9"},
		"forged": {trusted, "8.8.8.8, 203.0.113.9", "203.0.113.9"}, "nonsense": {trusted, "x", "127.0.0.1"}, "mapped": {trusted, "::ffff:203.0.113.9", "203.0.113.9"},
	} {
		e := newEnv(t, func(cfg *server.Config) { cfg.Proxies = c.proxies })
		token := e.token(e.user(accounts.Editor))
		e.call(token, "GET", "/api/v1/findings", nil, "X-Forwarded-For", c.forward)
		a := e.call(e.token(e.user(accounts.Auditor)), "GET", "/api/v1/audit?action=denied", nil)
		if !strings.Contains(a.body, `"from":"`+c.want+`"`) {
			t.Errorf("%s: %.300s", name, a.body)
		}
	}
}
