package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// freePort returns a TCP port that is free, and so is the port 10000 above it,
// which a node of a cluster uses too.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if port > 50000 {
			port -= 20000
		}
		both := 0
		for _, p := range []int{port, port + 10000} {
			if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", p)); err == nil {
				both++
				_ = l.Close()
			}
		}
		if both == 2 {
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// node is a redis-server that others reach by TCP.
type node struct {
	addr   string
	cmd    *exec.Cmd
	client *goredis.Client
}

func startNode(t *testing.T, args ...string) *node {
	t.Helper()
	port := freePort(t)
	dir := t.TempDir()
	n := &node{addr: fmt.Sprint("127.0.0.1:", port)}
	n.client = goredis.NewClient(&goredis.Options{Addr: n.addr})
	n.cmd = startProgram(t, "redis-server", append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir, "--appendonly", "yes"}, args...)...)
	t.Cleanup(func() {
		_ = n.client.Close()
		n.kill()
	})
	until(t, "node answers", func() bool { return n.client.Ping(context.Background()).Err() == nil })
	return n
}

func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1500 {
		if ok() {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	t.Fatalf("%s: not within a minute", what)
}

// A server that speaks TLS, with a certificate that must be known.
func TestTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS() // has a certificate for 127.0.0.1
	defer web.Close()
	dir := t.TempDir()
	pair := web.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: private}}
	for name, block := range files {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port := freePort(t)
	startNode(t, "--tls-port", strconv.Itoa(port), "--tls-cert-file", dir+"/cert", "--tls-key-file", dir+"/key", "--tls-auth-clients", "no", "--tls-ca-cert-file", dir+"/cert")
	url := fmt.Sprint("rediss://127.0.0.1:", port, "?max_retries=-1")
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	s, err := Connect(ServerOptions{URL: url, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	mustAdd(t, open(t, s, "r"), page("a", "/"))
	if _, err := connect(t, url).Open(t.Context(), Options{Run: "r"}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server with an unknown certificate: %v", err)
	}
}

// A Redis Cluster of three primaries and a replica for each: the primary that
// holds the run is killed, its replica takes over, and the workers go on. The
// last writes may be lost with the primary, ends of pages and their links
// together.
func TestClusterFailover(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("redis-cli is not installed: scripts/deps installs it")
	}
	nodes := map[string]*node{}
	args := []string{"--cluster", "create"}
	for range 6 {
		n := startNode(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-config-file", "nodes.conf")
		nodes[n.addr] = n
		args = append(args, n.addr)
	}
	out, err := exec.Command("redis-cli", append(args, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("create cluster: %v\n%s", err, out)
	}
	addrs := strings.Join(args[2:8], ",")
	server := connect(t, "redis+cluster://"+addrs)
	cluster := server.client.(*goredis.ClusterClient)
	until(t, "cluster is complete", func() bool {
		for _, n := range nodes {
			info := n.client.ClusterInfo(t.Context()).Val()
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:6") {
				return false
			}
			if n.client.InfoMap(t.Context(), "replication").Val()["Replication"]["master_link_status"] == "down" {
				return false
			}
		}
		return true
	})
	f := newFarm(t, "redis+cluster://"+addrs, portalOf(11))
	for range 3 {
		f.start()
	}
	f.requests(80)
	primary, err := cluster.MasterForKey(t.Context(), root("r"))
	if err != nil {
		t.Fatal(err)
	}
	victim := nodes[primary.Options().Addr]
	if keys := victim.client.DBSize(t.Context()).Val(); keys == 0 {
		t.Fatal("the run does not lie on the node it should")
	}
	victim.kill()
	f.finish(-1)
	var mu sync.Mutex
	var left []string
	err = cluster.ForEachMaster(t.Context(), func(ctx context.Context, c *goredis.Client) error {
		if c.Options().Addr == victim.addr {
			return nil
		}
		keys, err := c.Keys(ctx, "*").Result()
		mu.Lock()
		left = append(left, keys...)
		mu.Unlock()
		return err
	})
	if err != nil || len(left) > 0 {
		t.Errorf("left in the cluster: %q, %v", left, err)
	}
}

// Sentinel makes the replica the master when that is killed.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	master := startNode(t)
	host, port, _ := net.SplitHostPort(master.addr)
	replica := startNode(t, "--replicaof", host+" "+port)
	until(t, "replica follows", func() bool {
		return replica.client.InfoMap(t.Context(), "replication").Val()["Replication"]["master_link_status"] == "up"
	})
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	sentinelPort := freePort(t)
	err := os.WriteFile(config, fmt.Appendf(nil, `port %d
bind 127.0.0.1
dir %s
sentinel monitor prescreen %s %s 1
sentinel down-after-milliseconds prescreen 1000
sentinel failover-timeout prescreen 5000
`, sentinelPort, filepath.Dir(config), host, port), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := startProgram(t, "redis-server", config, "--sentinel")
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	sentinel := goredis.NewSentinelClient(&goredis.Options{Addr: fmt.Sprint("127.0.0.1:", sentinelPort)})
	t.Cleanup(func() { _ = sentinel.Close() })
	until(t, "sentinel knows the replica", func() bool {
		r, err := sentinel.Replicas(t.Context(), "prescreen").Result()
		return err == nil && len(r) == 1
	})
	f := newFarm(t, fmt.Sprintf("redis+sentinel://127.0.0.1:%d/prescreen", sentinelPort), portalOf(12))
	for range 3 {
		f.start()
	}
	f.requests(80)
	master.kill()
	f.finish(-1)
	if keys := replica.client.Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("left in Redis: %q", keys)
	}
	if role := replica.client.InfoMap(t.Context(), "replication").Val()["Replication"]["role"]; role != "master" {
		t.Errorf("the replica is %s", role)
	}
}
