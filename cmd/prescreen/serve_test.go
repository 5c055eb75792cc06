package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/store"
)

// served is `prescreen serve` in a process of its own, over the sample portal.
type served struct {
	*process
	t      *testing.T
	url    string
	dir    string
	config string
	env    []string // besides the test's own
	store  string   // "": SQLite in dir
	tokens map[accounts.Role]string
}

const testPassword = "wide river 27 lamp"

// startServed makes users of all roles and starts the server. more is added
// to the configuration.
func startServed(t *testing.T, dir, more string) *served {
	t.Helper()
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml"), tokens: map[accounts.Role]string{}}
	if more != "" {
		f, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(more)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	s.makeUsers()
	s.start()
	return s
}

// makeUsers adds a user of each role, named like it, with a token.
func (s *served) makeUsers() {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), cmp.Or(s.store, filepath.Join(s.dir, "data", "prescreen.db")), store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	hash := accounts.HashPassword(testPassword)
	names := map[accounts.Role]string{accounts.Admin: "周管理", accounts.Officer: "李保密", accounts.Auditor: "吴审计", accounts.Editor: "王编辑"}
	for _, role := range accounts.Roles() {
		id, err := db.AddUser(s.t.Context(), accounts.User{Name: string(role), Display: names[role], Role: role, Password: hash, Created: time.Now()})
		if err != nil {
			s.t.Fatal(err)
		}
		secret, hash := accounts.NewSecret(accounts.TokenPrefix)
		_, err = db.AddToken(s.t.Context(), accounts.Token{Name: "test", Hash: hash, User: id, Scopes: role.Scopes(), Created: time.Now(), Expires: time.Now().Add(time.Hour)})
		if err != nil {
			s.t.Fatal(err)
		}
		s.tokens[role] = secret
	}
}

var servedAt = regexp.MustCompile(`(?:API: |接口：)(https?://[0-9.:]+)`)

// start starts the server and waits until it is ready.
func (s *served) start(args ...string) {
	s.t.Helper()
	p := newProcess(append([]string{"serve", "--lang", "zh", "--config", s.config, "--listen", "127.0.0.1:0"}, args...)...)
	p.Env = append(p.Env, s.env...)
	if err := p.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.process = p
	s.t.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
	})
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if m := servedAt.FindStringSubmatch(p.out.String()); m != nil {
			s.url = m[1]
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("serve does not start:\n%s", p.out.String())
}

// kill ends the server as a power cut does.
func (s *served) kill() {
	s.Process.Kill()
	s.Wait()
}

// api asks the API in a role and decodes the answer into v, where v is not
// nil.
func (s *served) api(role accounts.Role, method, path, body string, v any) (int, string) {
	s.t.Helper()
	status, text, err := s.ask(s.t.Context(), role, method, path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			s.t.Fatalf("%s %s: %d, not JSON: %v\n%.300s", method, path, status, err, text)
		}
	}
	return status, text
}

func (s *served) ask(ctx context.Context, role accounts.Role, method, path, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.tokens[role])
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

// runOf waits until a run is in a state.
func (s *served) waitRun(id, state string) {
	s.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	var run struct{ State string }
	for time.Now().Before(deadline) {
		s.api(accounts.Officer, "GET", "/api/v1/runs/"+id, "", &run)
		if run.State == state {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Fatalf("run %s is %s, not %s\n%s", id, run.State, state, s.out.String())
}

// startRun starts a run of all sites.
func (s *served) startRun() string {
	s.t.Helper()
	var run struct{ ID string }
	if status, text := s.api(accounts.Officer, "POST", "/api/v1/runs", "{}", &run); status != http.StatusAccepted || run.ID == "" {
		s.t.Fatalf("start a run: %d %s", status, text)
	}
	return run.ID
}

// TestServeKilled kills the server during checks and while a run starts. What
// was recorded is consistent afterwards: the checks are lost and say so, the
// run goes on and ends.
func TestServeKilled(t *testing.T) {
	p, dir := startPortal(t)
	s := startServed(t, dir, "serve: {limits: {wait: 1ms}}\n")
	slow := p.Sites()[0].Seeds[0]
	for range 6 {
		if status, text := s.api(accounts.Officer, "POST", "/api/v1/checks/url", fmt.Sprintf(`{"url": %q}`, slow), nil); status != 200 && status != 202 {
			t.Fatalf("%d %s", status, text)
		}
	}
	id := s.startRun()
	s.kill()
	s.start()
	var list struct {
		Checks []struct{ State, Verdict string }
	}
	s.api(accounts.Officer, "GET", "/api/v1/checks", "", &list)
	if len(list.Checks) != 6 {
		t.Errorf("%d checks are recorded, want 6", len(list.Checks))
	}
	for _, c := range list.Checks {
		if c.State == "running" || c.State == "lost" && c.Verdict != "" || c.State == "done" && c.Verdict == "" {
			t.Errorf("a check is %+v", c)
		}
	}
	// Killed once more in the midst of the crawl.
	time.Sleep(500 * time.Millisecond)
	s.kill()
	s.start()
	s.waitRun(id, "finished")
	var run struct {
		Summary struct {
			Pages    int
			Findings map[string]int
		}
	}
	s.api(accounts.Officer, "GET", "/api/v1/runs/"+id, "", &run)
	if run.Summary.Pages == 0 || run.Summary.Findings["critical"] == 0 {
		t.Errorf("the run found %+v", run.Summary)
	}
	for _, f := range []string{"html", "docx", "xlsx", "csv", "jsonl", "json", "sarif"} {
		if status, text := s.api(accounts.Officer, "GET", "/api/v1/runs/"+id+"/reports/report."+f, "", nil); status != 200 || len(text) < 500 {
			t.Errorf("report as %s: %d, %d bytes", f, status, len(text))
		}
	}
}

// TestServeStops: a check under way is finished when the server is stopped.
func TestServeStops(t *testing.T) {
	_, dir := startPortal(t)
	s := startServed(t, dir, "")
	type answer struct {
		status int
		text   string
		err    error
	}
	got := make(chan answer, 1)
	archive := strings.Repeat("机密★1年\n关于召开会议的通知，请参加。\n", 100_000)
	go func() {
		var a answer
		a.status, a.text, a.err = s.ask(context.WithoutCancel(t.Context()), accounts.Officer, "POST", "/api/v1/checks/file?filename=a.txt", archive)
		got <- a
	}()
	time.Sleep(100 * time.Millisecond)
	s.Process.Signal(os.Interrupt)
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.out.String())
	}
	if a := <-got; a.err == nil && a.status == 200 && !strings.Contains(a.text, `"verdict":"block"`) {
		t.Errorf("%d %.200s", a.status, a.text)
	} else if a.err != nil && !strings.Contains(a.err.Error(), "refused") {
		t.Errorf("the check was cut off: %v", a.err)
	}
}

// TestSetup makes the first administrator with the link of the first start,
// which works once.
func TestSetup(t *testing.T) {
	_, dir := startPortal(t)
	s := &served{t: t, dir: dir, config: filepath.Join(dir, "prescreen.yaml")}
	s.start()
	m := regexp.MustCompile(`/setup\?key=(\S+)`).FindStringSubmatch(s.out.String())
	if m == nil {
		t.Fatalf("no link is printed:\n%s", s.out.String())
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(key string) int {
		resp, err := client.PostForm(s.url+"/setup", map[string][]string{"key": {key}, "name": {"root"}, "password": {testPassword}, "again": {testPassword}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := post("guess"); got != http.StatusNotFound {
		t.Errorf("a guessed key: %d", got)
	}
	if got := post(m[1]); got != http.StatusSeeOther {
		t.Errorf("the key: %d", got)
	}
	if got := post(m[1]); got != http.StatusNotFound {
		t.Errorf("the key again: %d", got)
	}
	s.kill()
	s.start()
	if strings.Contains(s.out.String(), "/setup?key=") {
		t.Error("a link is printed although there is a user")
	}
}
