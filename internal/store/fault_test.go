package store

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/pgtest"
	"prescreen/internal/pipeline"
)

// envWriter makes the test program a process that writes pages into the
// database named there until it is killed.
const envWriter = "PRESCREEN_TEST_STORE_WRITER"

func TestMain(m *testing.M) {
	if where := os.Getenv(envWriter); where != "" {
		fmt.Fprintln(os.Stderr, writeForever(where, os.Getenv(envWriter+"_NAME")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever prints the address of every page once it was acknowledged.
func writeForever(where, name string) error {
	s, err := Open(context.Background(), where, Options{})
	if err != nil {
		return err
	}
	sink := s.Sink("r1")
	for i := 0; ; i++ {
		url := fmt.Sprintf("http://a/%s/%d", name, i)
		if err := sink.Write(context.Background(), screened(url, found("r", url, url), found("r", "shared", "http://a/"))); err != nil {
			return err
		}
		fmt.Println(url)
	}
}

// testKill kills writing processes at random moments: every page that was
// acknowledged is there, with its case, and the audit log is whole.
func testKill(t *testing.T, db database) {
	s := db.open(t, Options{})
	begin(t, s, "r1")
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for round := range 4 {
		var wg sync.WaitGroup
		for w := range 2 {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), envWriter+"="+db.where, envWriter+fmt.Sprintf("_NAME=%d-%d", round, w))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				lines := bufio.NewScanner(out)
				var kill *time.Timer
				for lines.Scan() {
					if kill == nil { // it is at work now
						kill = time.AfterFunc(time.Duration(rand.IntN(200))*time.Millisecond, func() { cmd.Process.Kill() })
						defer kill.Stop()
					}
					mu.Lock()
					acknowledged[lines.Text()] = true
					mu.Unlock()
				}
				cmd.Process.Kill()
				cmd.Wait()
			})
		}
		wg.Wait()
	}
	if len(acknowledged) < 8 {
		t.Fatalf("only %d pages were written before the kills", len(acknowledged))
	}
	mustHold(t, s, acknowledged)
}

// mustHold requires pages and their cases to be in the store.
func mustHold(t *testing.T, s *Store, want map[string]bool) {
	t.Helper()
	pages, opened := map[string]bool{}, map[string]bool{}
	if err := s.Records(t.Context(), "r1", func(rec pipeline.Record) error { pages[rec.URL] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.EachCase(t.Context(), cases.Filter{}, cases.ByNewest, func(c cases.Case) error { opened[c.Finding.URL] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for url := range want {
		if !pages[url] || !opened[url] {
			t.Errorf("%s was acknowledged; recorded: %v, its case: %v", url, pages[url], opened[url])
		}
	}
	if _, err := s.VerifyAudit(t.Context(), Head{}); err != nil {
		t.Error(err)
	}
	t.Logf("%d pages acknowledged, all kept", len(want))
}

// TestPostgresRestart crashes the server in the midst of a run and starts it
// again: the writers wait, and nothing is lost or done twice.
func TestPostgresRestart(t *testing.T) {
	server := pgtest.Start(t)
	s := database{postgres, server.URL(t, "restart"), server}.open(t, Options{})
	begin(t, s, "r1")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				url := fmt.Sprintf("http://a/%d/%d", w, i)
				if err := s.Sink("r1").Write(t.Context(), screened(url, found("r", url, url), found("r", "shared", "http://a/"))); err != nil {
					t.Error(err)
					return
				}
				if _, err := s.History("rules1", false).Get(t.Context(), url); err != nil {
					t.Error(err)
				}
				mu.Lock()
				acknowledged[url] = true
				mu.Unlock()
			}
		})
	}
	grow := func(n int) {
		for {
			mu.Lock()
			have := len(acknowledged)
			mu.Unlock()
			if have >= n || t.Failed() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for i := range 2 {
		grow(40 * (i + 1))
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	more := len(acknowledged) + 40
	mu.Unlock()
	grow(more)
	stop()
	wg.Wait()
	mustHold(t, s, acknowledged)
}

// TestPostgresAway: what cannot be reached is said, without the password.
func TestPostgresAway(t *testing.T) {
	for _, where := range []string{
		"postgres://user:geheim@127.0.0.1:1/x?sslmode=disable", "postgres://user:ge%heim@127.0.0.1:1/x", "postgres://user:geheim@127.0.0.1:port/x",
		"mysql://user:geheim@127.0.0.1/x",
	} {
		_, err := Open(t.Context(), where, Options{RetryFor: 100 * time.Millisecond})
		if err == nil || strings.Contains(err.Error(), "heim") {
			t.Errorf("%s: %v", where, err)
		}
	}
}

func TestSQLiteFaults(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	expect := func(err error, words ...string) {
		t.Helper()
		for _, w := range words {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v: want %q in it", err, w)
			}
		}
	}
	_, err := Open(t.Context(), file("garbage.db", strings.Repeat("this is no database ", 100)), Options{})
	expect(err, "garbage.db", "restore a backup")

	path := filepath.Join(dir, "good.db")
	s := database{where: path}.open(t, Options{})
	begin(t, s, "r1")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database is readable by others: %v %v", info.Mode(), err)
	}

	// Full: nothing that was acknowledged is lost, and it goes on with space.
	var pages int
	if err := s.row(t.Context(), "PRAGMA page_count", nil, &pages); err != nil {
		t.Fatal(err)
	}
	// The limit is one of a connection.
	if _, err := s.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+20)); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for i := 0; err == nil; i++ {
		url := fmt.Sprintf("http://a/%d", i)
		if err = s.Sink("r1").Write(t.Context(), screened(url, found("r", url, url))); err == nil {
			kept[url] = true
		}
	}
	expect(err, "the disk is full", "http://a/")
	if _, err := s.writer.ExecContext(t.Context(), "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Sink("r1").Write(t.Context(), screened("http://a/x", found("r", "x", "http://a/x"))); err != nil {
		t.Error(err)
	}
	kept["http://a/x"] = true
	mustHold(t, s, kept)

	// Held by another program.
	other, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=100")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := s.writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 100"); err != nil {
		t.Fatal(err)
	}
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	expect(s.Sink("r1").Write(t.Context(), screened("http://a/y")), "another program holds the database")
	conn.Close()
}

// testNewer: a database of a later version is left alone.
func testNewer(t *testing.T, db database) {
	s := db.open(t, Options{})
	if err := s.again(t.Context(), func(tx *tx) error { return tx.setVersion(t.Context(), 99) }); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), db.where, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("newer schema: %v", err)
	}
}

// testManyOpen: processes that start at once set the database up once.
func testManyOpen(t *testing.T, db database) {
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			s, err := Open(t.Context(), db.where, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestUpgrade opens a database as the first version wrote it.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001_start.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		string(first), "PRAGMA user_version = 1",
		"INSERT INTO runs VALUES ('done', 's', 'r', 1, 2, '{}'), ('given up', 's', 'r', 1, 2, NULL), ('open', 's', 'r', 3, NULL, NULL)",
	} {
		if _, err := old.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	old.Close()
	s := database{where: path}.open(t, Options{})
	runs, err := s.Runs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]RunState{}
	for _, r := range runs {
		got[r.ID] = r.State
	}
	if got["done"] != Finished || got["given up"] != Abandoned || got["open"] != Running {
		t.Errorf("%v", got)
	}
}
