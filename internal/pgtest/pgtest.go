// Package pgtest starts a real PostgreSQL for tests: a cluster of its own in
// a temporary folder, on a free port of the loopback address, gone when the
// test is over. Only tests import it.
//
// It installs nothing: where there is no PostgreSQL the test is skipped, see
// scripts/deps.
package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Server is a running PostgreSQL.
type Server struct {
	bin, dir string
	port     int
	as       []string // command prefix that gives up root
}

// Start starts a server that is stopped at the end of the test or of the
// benchmark.
func Start(t testing.TB) *Server {
	t.Helper()
	bin := programs()
	if bin == "" {
		t.Skip("no PostgreSQL server is installed (Debian: postgresql); scripts/deps brings it")
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{bin: bin, dir: dir}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := s.giveUpRoot(); err != nil {
			t.Skipf("PostgreSQL does not run as root, and there is nobody else: %v", err)
		}
	}
	if out, err := s.command("initdb", "-D", s.data(), "-U", "prescreen", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	return s
}

// URL returns the address of a database that is made if it is not there.
func (s *Server) URL(t testing.TB, name string) string {
	t.Helper()
	out, err := s.command("psql", "-h", "127.0.0.1", "-p", fmt.Sprint(s.port), "-U", "prescreen", "-d", "postgres", "-qc", "CREATE DATABASE "+name).CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("already exists")) {
		t.Fatalf("create database %s: %v\n%s", name, err, out)
	}
	return fmt.Sprintf("postgres://prescreen@127.0.0.1:%d/%s?sslmode=disable", s.port, name)
}

// Stop ends the server at once, as a crash does. It does nothing to one that
// is not running.
func (s *Server) Stop() error {
	if _, err := os.Stat(filepath.Join(s.data(), "postmaster.pid")); err != nil {
		return nil
	}
	return s.run("stop", "-m", "immediate")
}

// Restart starts the server, on the same port, with what it had.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	opts := fmt.Sprintf("-h 127.0.0.1 -p %d -c unix_socket_directories='' -c fsync=off -c shared_buffers=32MB -c max_connections=100", s.port)
	return s.run("start", "-l", filepath.Join(s.dir, "log"), "-o", opts)
}

func (s *Server) run(action string, args ...string) error {
	cmd := s.command("pg_ctl", append([]string{action, "-D", s.data(), "-w", "-t", "120"}, args...)...)
	out, err := os.CreateTemp(s.dir, "out-") // a pipe would be held open by the server
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("pg_ctl %s: %w\n%s%s", action, err, said, log)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	line := append(append([]string{}, s.as...), filepath.Join(s.bin, name))
	line = append(line, args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = s.dir
	return cmd
}

// giveUpRoot hands the folder to the user that Debian's package brings.
func (s *Server) giveUpRoot() error {
	out, err := exec.Command("id", "-u", "postgres").Output()
	if err != nil {
		return errors.New("there is no user postgres")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		return err
	}
	var uid int
	if _, err := fmt.Sscan(strings.TrimSpace(string(out)), &uid); err != nil {
		return err
	}
	s.as = []string{setpriv, "--reuid=postgres", "--regid=postgres", "--clear-groups"}
	return os.Chown(s.dir, uid, -1)
}

// programs returns the folder with the newest server's programs. Debian keeps
// them out of PATH.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best := ""
	for _, p := range found {
		if dir := filepath.Dir(p); len(dir) > len(best) || len(dir) == len(best) && dir > best {
			best = dir
		}
	}
	if best != "" {
		return best
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	return ""
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
