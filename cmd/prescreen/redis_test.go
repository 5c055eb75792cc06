package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPortalOnRedis crawls the sample portal with its frontier on a real
// Redis: the same findings, and no key left behind.
func TestPortalOnRedis(t *testing.T) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (scripts/deps installs it)")
	}
	p, dir := startPortal(t)
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	// A socket's path may not be long.
	sockets, err := os.MkdirTemp("", "ps-redis-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(sockets)
	socket := filepath.Join(sockets, "s")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, server, "--port", "0", "--unixsocket", socket, "--dir", sockets, "--save", "")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cancel()
	for range 100 {
		if fileExists(socket) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, output, results := crawlPortal(t, t.Context(), dir, "--redis", "unix://"+socket)
	compareLeaks(t, exp, results)
	compareURLs(t, exp, results)
	if t.Failed() {
		t.Log(output)
	}
	left, err := exec.Command("redis-cli", "-s", socket, "dbsize").Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.TrimSpace(string(left)); n != "0" {
		t.Errorf("%s keys are left in Redis", n)
	}
}
