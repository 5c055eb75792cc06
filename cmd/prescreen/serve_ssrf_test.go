package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"prescreen/scanner"
)

// tricks are ways to name this machine, its neighbours and the metadata
// services of clouds, so that a check would ask them. %s is a port.
var tricks = []string{
	"http://127.0.0.1:%s/", "http://127.0.0.2:%s/", "http://127.1:%s/", "http://127.0.1:%s/", "http://127.255.255.254:%s/",
	"http://2130706433:%s/", "http://0x7f000001:%s/", "http://0x7f.0.0.1:%s/", "http://0x7f.1:%s/", "http://017700000001:%s/", "http://0177.0.0.1:%s/",
	"http://0177.0x0.0.01:%s/", "http://127.0.0.1.:%s/", "http://１２７.０.０.１:%s/", "http://127。0。0。1:%s/", "http://①②⑦.⓪.⓪.①:%s/", "http://127%%2e0%%2e0%%2e1:%s/",
	"http://0:%s/", "http://0.0.0.0:%s/", "http://0x0:%s/", "http://localhost:%s/", "http://LOCALHOST:%s/", "http://localhost.:%s/", "http://ｌｏｃａｌｈｏｓｔ:%s/", "http://www.localhost:%s/",
	"http://[::1]:%s/", "http://[0:0:0:0:0:0:0:1]:%s/", "http://[::]:%s/", "http://[::ffff:127.0.0.1]:%s/", "http://[::ffff:7f00:1]:%s/", "http://[0:0:0:0:0:ffff:127.0.0.1]:%s/", "http://[::127.0.0.1]:%s/",
	"http://[64:ff9b::127.0.0.1]:%s/", "http://[64:ff9b::7f00:1]:%s/", "http://[64:ff9b:1::7f00:1]:%s/", "http://[2002:7f00:1::]:%s/", "http://[fe80::1]:%s/", "http://[fc00::1]:%s/", "http://[fd00:ec2::254]:%s/", "http://[fec0::1]:%s/",
	"http://10.0.0.1:%s/", "http://172.16.0.1:%s/", "http://172.31.255.255:%s/", "http://192.168.1.1:%s/", "http://100.64.0.1:%s/", "http://100.100.100.200:%s/",
	"http://169.254.169.254:%s/latest/meta-data/", "http://2852039166:%s/", "http://0xa9fea9fe:%s/", "http://0251.0376.0251.0376:%s/", "http://[::ffff:a9fe:a9fe]:%s/", "http://168.63.129.16:%s/",
	"http://224.0.0.1:%s/", "http://255.255.255.255:%s/", "http://240.0.0.1:%s/", "http://192.0.2.1:%s/", "http://198.18.0.1:%s/",
	"http://user:pw@127.0.0.1:%s/", "http://www.example.gov.cn@127.0.0.1:%s/", "http://127.0.0.1:%s\\@www.example.gov.cn/", "http:\\\\127.0.0.1:%s\\", "http:/127.0.0.1:%s/", "http:127.0.0.1:%s/", " \thttp://127.0.0.1:%s/", "ht\ntp://127.0.0.1:%s/",
	"//127.0.0.1:%s/", "file:///etc/passwd?%s", "gopher://127.0.0.1:%s/_x", "ftp://127.0.0.1:%s/", "dict://127.0.0.1:%s/", "data:text/html,%s", "javascript:%s", "unix:/var/run/%s",
}

// TestServeRefuses sends every trick through both doors: the list of hosts
// that may be checked, and, for those who come past it because a name was
// listed, the address of the connection. Nothing listens in vain.
func TestServeRefuses(t *testing.T) {
	var hits atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		io.WriteString(w, "<!doctype html><title>inside</title>机密★1年")
	}))
	defer canary.Close()
	inside, err := url.Parse(canary.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cfg := defaultConfig()
	cfg.DataDir, cfg.CacheDir, cfg.KeyFile = dir, dir, dir+"/key"
	cfg.Render.Off = true
	cfg.Sites = []SiteConfig{{Name: "县政府", Seeds: []string{"https://www.example.gov.cn/"}, Hosts: []string{"www.example.gov.cn"}}}
	a := &app{stderr: &bytes.Buffer{}, stdout: io.Discard, lang: "en"}
	eng, err := a.newEngine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	web := newWebEngine(eng, []string{"listed.example.gov.cn"})
	if len(tricks) < 40 {
		t.Fatalf("only %d tricks", len(tricks))
	}
	for _, trick := range tricks {
		address := fmt.Sprintf(trick, inside.Port())
		if err := web.MayCheck(address); err == nil {
			t.Errorf("%s may be checked", address)
		}
		// As if the host had been listed by mistake, or its name led there.
		r := web.checkURL(t.Context(), job{id: "x", url: address})
		if r.Verdict != scanner.VerdictIncomplete || len(r.Findings) > 0 || len(r.Errors) == 0 {
			t.Errorf("%s: %s %+v", address, r.Verdict, r.Errors)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	for address, ok := range map[string]bool{
		"https://www.example.gov.cn/a": true, "http://WWW.example.gov.cn:80/": true, "https://listed.example.gov.cn/": true,
		"https://example.gov.cn/": false, "https://www.example.gov.cn:8443/": false, "https://xlisted.example.gov.cn/": false,
		"https://www.example.gov.cn.evil.example/": false, "https://evil.example/www.example.gov.cn": false, "https://www.example.gov.cn@evil.example/": false,
	} {
		if err := web.MayCheck(address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if hostFits("*.example.gov.cn", "example.gov.cn", "example.gov.cn") || !hostFits("*.example.gov.cn", "a.b.example.gov.cn", "a.b.example.gov.cn") {
		t.Error("*. fits the name itself, or not what is below it")
	}
}

// TestServeRedirects: a site that may be checked leads the check elsewhere.
func TestServeRedirects(t *testing.T) {
	var hits atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer canary.Close()
	mux := http.NewServeMux()
	for i, to := range []string{canary.URL, "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "//127.0.0.1:1/", "http://localhost/"} {
		mux.HandleFunc(fmt.Sprintf("/%d", i), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
	}
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop?"+r.URL.RawQuery+"x", http.StatusFound)
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><html><body><div id=a></div><script>fetch('%s').then(r=>r.text()).then(t=>document.body.append(t));new Image().src='%s/i.png';setTimeout(()=>location='%s',50)</script></body></html>`, canary.URL, canary.URL, canary.URL)
	})
	site := httptest.NewServer(mux)
	defer site.Close()
	dir := t.TempDir()
	cfg := defaultConfig()
	cfg.DataDir, cfg.CacheDir, cfg.KeyFile = dir, dir, dir+"/key"
	cfg.Render.NoSandbox = true
	s := SiteConfig{Name: "inside", Seeds: []string{site.URL + "/"}, AllowPrivate: true, Render: []string{"/page"}}
	fillSite(&s)
	cfg.Sites = []SiteConfig{s}
	a := &app{stderr: &bytes.Buffer{}, stdout: io.Discard, lang: "en"}
	eng, err := a.newEngine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	web := newWebEngine(eng, nil)
	for _, path := range []string{"/0", "/1", "/2", "/3", "/4", "/loop", "/page"} {
		r := web.CheckURL(t.Context(), "x", site.URL+path)
		if path != "/page" && (r.Verdict != scanner.VerdictIncomplete || !strings.Contains(fmt.Sprint(r.Errors), "redirect")) {
			t.Errorf("%s: %s %+v", path, r.Verdict, r.Errors)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests arrived elsewhere", n)
	}
}
