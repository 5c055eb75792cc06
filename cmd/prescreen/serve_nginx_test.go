package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
)

// TestGateInNginx puts a real nginx before the portal, as docs/integration.md
// shows: a page is not shown any more once its finding is confirmed.
func TestGateInNginx(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx: scripts/deps installs it")
	}
	_, dir := startPortal(t)
	s := startServed(t, dir, "")
	id := s.startRun()
	s.waitRun(id, "finished")
	var list struct {
		Findings []struct {
			ID      int64
			Finding struct{ URL string }
		}
	}
	s.api(accounts.Officer, "GET", "/api/v1/findings?severity=critical&limit=1", "", &list)
	if len(list.Findings) == 0 {
		t.Fatal("the run found nothing")
	}
	bad, err := url.Parse(list.Findings[0].Finding.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := startNginx(t, program, s, bad)
	get := func(path string) int {
		resp, err := http.Get("http://" + front + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := get(bad.RequestURI()); got != 200 {
		t.Errorf("before anybody has judged it: %d", got)
	}
	if status, text := s.api(accounts.Officer, "PATCH", fmt.Sprintf("/api/v1/findings/%d", list.Findings[0].ID), `{"state":"confirmed","note":"x"}`, nil); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	deadline := time.Now().Add(time.Minute)
	for get(bad.RequestURI()) != 403 {
		if time.Now().After(deadline) {
			t.Fatal("the page is still shown")
		}
		time.Sleep(500 * time.Millisecond)
	}
	if got := get("/"); got != 200 {
		t.Errorf("another page: %d", got)
	}
	s.kill()
	if got := get(bad.RequestURI()); got != 200 {
		t.Errorf("without the gate: %d", got)
	}
}

// startNginx proxies to the portal and asks the gate for each page, with the
// block of docs/integration.md.
func startNginx(t *testing.T, program string, s *served, portal *url.URL) (address string) {
	t.Helper()
	address = freeAddress(t)
	block := docBlocks(t, "nginx")[0]
	for old, now := range map[string]string{
		"root /srv/www;":         fmt.Sprintf("proxy_pass http://%[1]s; proxy_set_header Host %[1]s;", portal.Host),
		"http://127.0.0.1:8080":  s.url,
		"psk_…":                  s.tokens[accounts.Editor],
		"$scheme://$host":        "http://" + portal.Host,
		"proxy_read_timeout 1s;": "proxy_read_timeout 5s;", // a busy machine
	} {
		if !strings.Contains(block, old) {
			t.Fatalf("docs/integration.md has no %q in the block of the gate", old)
		}
		block = strings.ReplaceAll(block, old, now)
	}
	runNginx(t, program, address, fmt.Sprintf("server { listen %s;\n%s}", address, block))
	return address
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// runNginx runs an nginx with one server until the end of the test.
func runNginx(t *testing.T, program, address, server string) {
	t.Helper()
	dir := t.TempDir()
	conf := fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log %[1]s/error.log; events {}
http { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
%[2]s
}`, dir, server)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	cmd := exec.Command(program, "-c", file, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-g", userOf())
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	deadline := time.Now().Add(20 * time.Second)
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not start: %s\n%s", out.String(), log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// userOf lets nginx's workers read what the test wrote, where it runs as root.
func userOf() string {
	if os.Getuid() == 0 {
		return "user root;"
	}
	return ""
}
