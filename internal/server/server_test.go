package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/crawler"
	"prescreen/dictionaries"
	"prescreen/internal/accounts"
	"prescreen/internal/document"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/server"
	"prescreen/internal/store"
	"prescreen/scanner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shipped is a scanner with the shipped rules, built once for all tests.
var shipped = sync.OnceValue(func() *scanner.Scanner {
	set, err := dictionaries.Load(dictionaries.Config{})
	if err != nil {
		panic(err)
	}
	s, err := scanner.New(set, scanner.Config{Key: []byte("0123456789abcdef0123456789abcdef")})
	if err != nil {
		panic(err)
	}
	return s
})

// checking is the real thing, but for addresses, which tests of the command
// fetch.
type checking struct {
	*pipeline.Checker
	parser *document.Parser
	gate   chan struct{} // CheckURL waits for it; nil: it does not
}

func (c *checking) CheckURL(ctx context.Context, id, address string) pipeline.Result {
	if c.gate != nil {
		select {
		case <-c.gate:
		case <-ctx.Done():
		}
	}
	const page = "<!doctype html><title>通知</title><p>机密★1年</p>"
	return c.Check(ctx, id, document.Input{URL: address, Data: strings.NewReader(page), Size: int64(len(page))})
}

func (c *checking) MayCheck(address string) error {
	if strings.HasPrefix(address, "https://www.example.gov.cn/") {
		return nil
	}
	return io.EOF
}

func (c *checking) Set() *dictionaries.Set { return shipped().Set() }

func (c *checking) Why(ctx context.Context, text string) ([]scanner.Finding, []scanner.NearMiss, error) {
	parsed, err := c.parser.Parse(ctx, document.Input{Data: strings.NewReader(text), Size: int64(len(text))})
	if err != nil {
		return nil, nil, err
	}
	f, m := shipped().Why(ctx, &scanner.Document{Segments: parsed.Segments})
	return f, m, nil
}

// runs stands for crawls, which the tests of the command start for real.
type runs struct {
	mu   sync.Mutex
	list []server.Run
}

func (r *runs) Start(_ context.Context, sites []string, _ string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, old := range r.list {
		if old.State == server.RunRunning {
			return "", server.ErrRunning
		}
	}
	r.list = append(r.list, server.Run{ID: "run-1", State: server.RunRunning, Sites: sites, Started: time.Now()})
	return "run-1", nil
}

func (r *runs) Set(_ context.Context, id, _ string, to server.RunState) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.list {
		if r.list[i].ID == id {
			r.list[i].State = to
			return nil
		}
	}
	return server.ErrNoRun
}

func (r *runs) Progress(_ context.Context, id string, _ int) (p crawler.Progress, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.list {
		if run.ID == id && run.State == server.RunRunning {
			p.Queued, p.Found, p.Visited = 3, 5, 2
			p.Hosts = []crawler.HostStats{{Host: "www.example.gov.cn", Site: "县政府", Queued: 3, Why: "pause between requests"}}
			return p, true, nil
		}
	}
	return p, false, nil
}

func (r *runs) List(context.Context, int) ([]server.Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]server.Run{}, r.list...), nil
}

func (r *runs) Run(_ context.Context, id string) (server.Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.list {
		if run.ID == id {
			return run, nil
		}
	}
	return server.Run{}, server.ErrNoRun
}

func (r *runs) Gaps(context.Context, string, int) ([]report.Gap, error) {
	return []report.Gap{{URL: "https://www.example.gov.cn/x", Reason: "host down", Failed: true}}, nil
}

func (r *runs) Report(_ context.Context, _, format string, _ lang.Lang, w io.Writer) error {
	_, err := io.WriteString(w, "report as "+format)
	return err
}

// log is the store's log in the words of the server.
type auditLog struct{ *store.Store }

func (l auditLog) Entries(ctx context.Context, f server.LogFilter) (out []server.Entry, err error) {
	list, err := l.LatestAudit(ctx, store.AuditFilter{Actor: f.Actor, Action: f.Action, Object: f.Object, Before: f.Before, Limit: f.Limit})
	for _, e := range list {
		out = append(out, server.Entry{Seq: e.Seq, Time: e.Time, Actor: e.Actor, Action: e.Action, Object: e.Object, Detail: e.Detail})
	}
	return out, err
}

// env is a server with a database of its own, and what tests do with it.
type env struct {
	t     *testing.T
	url   string
	store *store.Store
	srv   *server.Server
	runs  *runs
	check *checking
	cfg   server.Config
	now   *clock
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

const password = "wide river 27 lamp"

// newEnv starts a server; change may change its configuration.
func newEnv(t *testing.T, change func(*server.Config)) *env {
	t.Helper()
	return newEnvAt(t, filepath.Join(t.TempDir(), "test.db"), change)
}

func newEnvAt(t *testing.T, where string, change func(*server.Config)) *env {
	t.Helper()
	db, err := store.Open(t.Context(), where, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	parser, err := document.New(document.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(parser.Close)
	checker, err := pipeline.New(pipeline.Config{Parser: parser, Scanner: func() (pipeline.Scanner, string) { return shipped(), shipped().Set().Fingerprint() }})
	if err != nil {
		t.Fatal(err)
	}
	e := &env{t: t, store: db, runs: &runs{}, check: &checking{Checker: checker, parser: parser}, now: &clock{t: time.Now()}}
	e.cfg = server.Config{
		Accounts: db, Checks: db, Checking: e.check, Cases: db, Log: auditLog{db}, Runs: e.runs, Rules: e.check,
		Sites: []server.Site{{Name: "县政府", Unit: "办公室", Seeds: []string{"https://www.example.gov.cn/"}, Hosts: []string{"www.example.gov.cn"}, Robots: "obey"}},
		Lang:  lang.English, Organisation: "示例县", Version: "v-test", Instance: "test", Now: e.now.Now,
		Limits: server.Limits{UserRate: -1, TokenRate: -1},
	}
	if change != nil {
		change(&e.cfg)
	}
	if e.srv, err = server.New(t.Context(), e.cfg); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(e.srv.Handler())
	e.url = web.URL
	t.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := e.srv.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}

// user adds a user named like the role.
func (e *env) user(role accounts.Role) accounts.User {
	e.t.Helper()
	u := accounts.User{Name: string(role), Display: string(role), Role: role, Password: hashed(), Created: time.Now()}
	id, err := e.store.AddUser(e.t.Context(), u)
	if err != nil {
		e.t.Fatal(err)
	}
	u.ID = id
	return u
}

// hashed is the hash of password, made once: it is slow on purpose.
var hashed = sync.OnceValue(func() string { return accounts.HashPassword(password) })

// token makes a token with all scopes of a user.
func (e *env) token(u accounts.User, scopes ...accounts.Scope) string {
	e.t.Helper()
	if len(scopes) == 0 {
		scopes = u.Role.Scopes()
	}
	secret, hash := accounts.NewSecret(accounts.TokenPrefix)
	_, err := e.store.AddToken(e.t.Context(), accounts.Token{Name: "t", Hash: hash, User: u.ID, Scopes: scopes, Created: e.now.Now(), Expires: e.now.Now().Add(24 * time.Hour)})
	if err != nil {
		e.t.Fatal(err)
	}
	return secret
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body string
}

func (a answer) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("not JSON: %v\n%.300s", err, a.body)
	}
}

// call sends a request with a token; headers are name, value pairs.
func (e *env) call(token, method, path string, body any, headers ...string) answer {
	e.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		r, kind = bytes.NewReader(b), "application/octet-stream"
	case string:
		r = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			e.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, r)
	if err != nil {
		e.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return e.do(http.DefaultClient, req)
}

func (e *env) do(c *http.Client, req *http.Request) answer {
	e.t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return answer{resp, string(data)}
}

// browser is somebody with a browser, logged in or not. It follows no
// redirects.
type browser struct {
	*env
	client *http.Client
}

func (e *env) browser() *browser {
	e.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		e.t.Fatal(err)
	}
	return &browser{e, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// login logs a user in whose name is that of a role.
func (e *env) login(name string) *browser {
	e.t.Helper()
	b := e.browser()
	if a := b.post("/login", "name", name, "password", password); a.StatusCode != http.StatusSeeOther {
		e.t.Fatalf("login of %s: %d %.200s", name, a.StatusCode, a.body)
	}
	return b
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(b.client, req)
}

func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.url)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(b.client, req)
}

// logged reports whether the audit log has an entry of an action on an
// object.
func (e *env) logged(actor, action, object string) bool {
	e.t.Helper()
	list, err := e.store.LatestAudit(e.t.Context(), store.AuditFilter{Actor: actor, Action: action, Object: object})
	if err != nil {
		e.t.Fatal(err)
	}
	return len(list) > 0
}
