package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
)

// docBlocks returns the blocks of a language of docs/integration.md.
func docBlocks(t *testing.T, language string) (blocks []string) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", "docs", "integration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(src), "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// TestIntegrationDocs runs every command line of docs/integration.md as it
// stands there, but for the addresses.
func TestIntegrationDocs(t *testing.T) {
	for _, program := range []string{"bash", "curl", "openssl", "xxd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s: scripts/deps installs it", program)
		}
	}
	p, dir := startPortal(t)
	secret, err := exec.Command("openssl", "rand", "-base64", "32").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cms.secret"), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServed(t, dir, "serve: {hooks: [{name: cms, secret_file: cms.secret}]}\n")
	bin := t.TempDir()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(bin, "prescreen"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "名单.xlsx"), []byte("姓名,身份证号\n张三,110101199003079972\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	script := strings.NewReplacer("http://127.0.0.1:8080", s.url, "https://www.example.gov.cn/a.html", p.Sites()[0].Seeds[0]).Replace(strings.Join(docBlocks(t, "sh"), "\n"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LANG=en_US.UTF-8")
	cmd.Stdin = strings.NewReader(testPassword + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"id":"doc-7"`, `"kind":"file"`, `"kind":"url"`, `"decision":"`, `"results":[`, `"label":"名单.xlsx"`} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("no answer has %s", want)
		}
	}
	if bytes.Contains(out, []byte(`urn:prescreen:request`)) {
		t.Error("something is answered by an error")
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// TestBehindTLSProxy puts a real nginx with TLS before the server, as
// docs/integration.md shows: cookies are secure, the log has the address of
// the client, and events are not held back.
func TestBehindTLSProxy(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx: scripts/deps installs it")
	}
	_, dir := startPortal(t)
	front, back := freeAddress(t), freeAddress(t)
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml"), tokens: map[accounts.Role]string{}}
	f, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(f, "serve: {tls_proxy: true, public_url: 'https://%s', trusted_proxies: [127.0.0.1]}\n", front)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	s.makeUsers()
	s.start("--listen", back)
	s.url = "http://" + back // it tells the address that people use
	key := filepath.Join(dir, "proxy.key")
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=proxy",
		"-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", filepath.Join(dir, "proxy.crt")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	blocks := docBlocks(t, "nginx")
	block := strings.Replace(blocks[len(blocks)-1], "http://127.0.0.1:8080", s.url, 1)
	runNginx(t, program, front, fmt.Sprintf("server { listen %s ssl; ssl_certificate %s; ssl_certificate_key %s;\n%s}", front, filepath.Join(dir, "proxy.crt"), key, block))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // of the test's own
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	ask := func(method, path, body string, head ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "https://"+front+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(head); i += 2 {
			req.Header.Set(head[i], head[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	form := url.Values{"name": {"officer"}, "password": {testPassword}}.Encode()
	login := ask("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://"+front, "X-Forwarded-For", "198.51.100.7")
	cookie := login.Header.Get("Set-Cookie")
	if login.StatusCode != http.StatusSeeOther || !strings.HasPrefix(cookie, "__Host-prescreen=") || !strings.Contains(cookie, "Secure") || login.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("login: %d, cookie %q", login.StatusCode, cookie)
	}
	if got := ask("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://elsewhere.example"); got.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d", got.StatusCode)
	}
	if got := ask("GET", "/today", ""); got.StatusCode != 200 {
		t.Errorf("after the login: %d", got.StatusCode)
	}
	var log []struct{ Detail struct{ From string } }
	s.api(accounts.Auditor, "GET", "/api/v1/audit?action=login", "", &log)
	// The client is on the proxy's own, trusted address here, so the one before counts.
	if len(log) == 0 || log[0].Detail.From != "198.51.100.7" {
		t.Errorf("the log has the login from %+v", log)
	}
	id := s.startRun()
	events := ask("GET", "/api/v1/runs/"+id+"/events", "")
	first := make([]byte, 64)
	if n, err := io.ReadAtLeast(events.Body, first, 20); err != nil || !strings.HasPrefix(string(first[:n]), "id: 1\nevent: ") {
		t.Errorf("events through the proxy: %q %v", first[:n], err)
	}
	if big := ask("POST", "/api/v1/checks/text", `{"text":"`+strings.Repeat("春", 1<<20)+`"}`, "Authorization", "Bearer "+s.tokens[accounts.Editor], "Content-Type", "application/json"); big.StatusCode != 200 {
		t.Errorf("a text of 3 MB through the proxy: %d", big.StatusCode)
	} else if err := json.NewDecoder(big.Body).Decode(&struct{}{}); err != nil {
		t.Error(err)
	}
}
