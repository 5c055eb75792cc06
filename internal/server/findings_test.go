package server_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/cases"
	"prescreen/internal/document"
	"prescreen/internal/pipeline"
	"prescreen/internal/server"
	"prescreen/internal/store"
)

// found puts n findings into the store, as a run does that finds each on a
// page of its own.
func (e *env) found(n int) {
	e.t.Helper()
	run, _, _, err := e.store.OpenRun(e.t.Context(), store.Run{ID: "run-0", Scope: "s", RuleSet: "r", Sites: []string{"县政府"}, Started: time.Now()})
	if err != nil {
		e.t.Fatal(err)
	}
	const page = "<!doctype html><title>通知</title><p>机密★1年</p>"
	sink := e.store.Sink(run.ID)
	for i := range n {
		address := fmt.Sprintf("https://www.example.gov.cn/%d.html", i)
		r := e.check.Check(e.t.Context(), address, document.Input{URL: address, Data: strings.NewReader(page), Size: int64(len(page))})
		if err := sink.Write(e.t.Context(), pipeline.Record{URL: address, Site: "县政府", Outcome: pipeline.Screened, Result: &r}); err != nil {
			e.t.Fatal(err)
		}
	}
}

func TestFindingsAPI(t *testing.T) {
	e := newEnv(t, nil)
	e.found(5)
	token := e.token(e.user(accounts.Officer))
	var list struct {
		Findings []cases.Case
		Next     string
	}
	seen := map[int64]bool{}
	path := "/api/v1/findings?limit=2&severity=critical"
	for n := 0; path != ""; n++ {
		a := e.call(token, "GET", path, nil)
		list.Next = ""
		if a.json(t, &list); a.StatusCode != 200 || n > 3 {
			t.Fatalf("%d %.300s", a.StatusCode, a.body)
		}
		for _, c := range list.Findings {
			if seen[c.ID] {
				t.Errorf("finding %d comes twice", c.ID)
			}
			seen[c.ID] = true
		}
		path = ""
		if list.Next != "" {
			path = strings.TrimSuffix(strings.TrimPrefix(a.Header.Get("Link"), "<"), `>; rel="next"`)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d findings, want 5", len(seen))
	}
	for _, q := range []string{"state=nonsense", "severity=terrible", "limit=0", "cursor=x", "sort=y"} {
		if a := e.call(token, "GET", "/api/v1/findings?"+q, nil); a.StatusCode < 400 || a.StatusCode > 499 {
			t.Errorf("%s: %d %.200s", q, a.StatusCode, a.body)
		}
	}
	if !e.logged("officer/t", "view", "findings") {
		t.Error("the list is not in the audit log")
	}
}

func TestChangeFinding(t *testing.T) {
	e := newEnv(t, nil)
	e.found(3)
	token := e.token(e.user(accounts.Officer))
	a := e.call(token, "GET", "/api/v1/findings/1", nil)
	tag := a.Header.Get("ETag")
	if a.StatusCode != 200 || tag == "" {
		t.Fatalf("%d %.300s", a.StatusCode, a.body)
	}
	if b := e.call(token, "GET", "/api/v1/findings/1", nil, "If-None-Match", tag); b.StatusCode != 304 {
		t.Errorf("not changed: %d", b.StatusCode)
	}
	b := e.call(token, "PATCH", "/api/v1/findings/1", `{"state":"confirmed","note":"已核实"}`, "If-Match", tag)
	if b.StatusCode != 200 || b.Header.Get("ETag") == tag || !strings.Contains(b.body, `"state":"confirmed"`) || !strings.Contains(b.body, "officer/t") {
		t.Errorf("%d %v %.400s", b.StatusCode, b.Header["Etag"], b.body)
	}
	for name, c := range map[string]struct {
		path, body, match string
		status            int
	}{
		"changed meanwhile": {"/api/v1/findings/1", `{"note":"x"}`, tag, 412}, "no etag": {"/api/v1/findings/1", `{"note":"x"}`, "abc", 422},
		"no step": {"/api/v1/findings/1", `{"state":"reopened"}`, "", 409}, "nothing": {"/api/v1/findings/1", `{}`, "", 422},
		"no reason": {"/api/v1/findings/1", `{"state":"dismissed"}`, "", 422}, "not there": {"/api/v1/findings/99", `{"note":"x"}`, "", 404},
		"no state": {"/api/v1/findings/1", `{"state":"gone"}`, "", 422},
	} {
		if a := e.call(token, "PATCH", c.path, c.body, "If-Match", c.match); a.StatusCode != c.status {
			t.Errorf("%s: %d %.300s", name, a.StatusCode, a.body)
		}
	}
	if a := e.call(token, "POST", "/api/v1/findings/changes", `{"ids":[1,99],"change":{"note":"all or none"}}`); a.StatusCode != 404 {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if a := e.call(token, "GET", "/api/v1/findings/1", nil); strings.Contains(a.body, "all or none") {
		t.Error("half of a change was made")
	}
	if a := e.call(token, "POST", "/api/v1/findings/changes", `{"ids":[2,3],"change":{"state":"fixing","assignee":"li"}}`); a.StatusCode != 200 || !strings.Contains(a.body, `"changed":2`) {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if !e.logged("officer/t", "confirmed", "") || !e.logged("officer/t", "view", "case 1") {
		t.Error("the log does not tell who did it")
	}
}

// TestRunEvents follows a run to its end.
func TestRunEvents(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Officer))
	if a := e.call(token, "POST", "/api/v1/runs", `{"sites":["nowhere"]}`); a.StatusCode != 422 {
		t.Errorf("a site that is not there: %d", a.StatusCode)
	}
	if a := e.call(token, "POST", "/api/v1/runs", `{"sites":["县政府"]}`); a.StatusCode != http.StatusAccepted || a.Header.Get("Location") != "/api/v1/runs/run-1" {
		t.Fatalf("%d %.300s", a.StatusCode, a.body)
	}
	if a := e.call(token, "POST", "/api/v1/runs", `{}`); a.StatusCode != http.StatusConflict {
		t.Errorf("a second run: %d", a.StatusCode)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", e.url+"/api/v1/runs/run-1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var events []string
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, name)
			if len(events) == 2 {
				e.call(token, "POST", "/api/v1/runs/run-1/cancel", nil)
			}
		}
	}
	if len(events) < 3 || events[0] != "progress" || events[len(events)-1] != "end" {
		t.Errorf("%v", events)
	}
	// Who may not see findings sees a run without them.
	e.runs.mu.Lock()
	e.runs.list[0].State = server.RunFinished
	e.runs.mu.Unlock()
	if a := e.call(e.token(e.user(accounts.Admin)), "GET", "/api/v1/runs/run-1", nil); a.StatusCode != 200 || strings.Contains(a.body, "summary") {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if a := e.call(token, "GET", "/api/v1/runs/run-1/reports/x.sarif", nil); a.body != "report as sarif" || !e.logged("officer/t", "download", "report run-1.sarif") {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
}

var hookSecret = []byte("0123456789abcdef0123456789abcdef")

// sign is the sender's side of Standard Webhooks, written anew.
func sign(id string, at time.Time, body string) []string {
	m := hmac.New(sha256.New, hookSecret)
	io.WriteString(m, id+"."+strconv.FormatInt(at.Unix(), 10)+"."+body)
	return []string{"webhook-id", id, "webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", "v1,AAAA v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))}
}

func TestHook(t *testing.T) {
	e := newEnv(t, func(c *server.Config) { c.Hooks = []server.Hook{server.NewHook("cms", hookSecret, "")} })
	now := e.now.Now()
	const bad = `{"event":"publish","id":"7","html":"<p>机密★1年</p>","files":[{"filename":"a.txt","base64":"5pil5a2j5qSN5qCR"}]}`
	a := e.call("", "POST", "/api/v1/hooks/cms", bad, sign("m1", now, bad)...)
	if a.StatusCode != 200 || !strings.Contains(a.body, `"decision":"deny"`) || !strings.Contains(a.body, "secrecy.mark.star") {
		t.Errorf("%d %.400s", a.StatusCode, a.body)
	}
	for body, want := range map[string]string{
		`{"event":"publish","id":"8","text":"春季植树"}`: "allow", `{"event":"publish","id":"9"}`: "review",
		`{"event":"publish","id":"9","files":[{"filename":"a.bin","base64":"!"}]}`: "review",
	} {
		if a := e.call("", "POST", "/api/v1/hooks/cms", body, sign("m "+body, now, body)...); !strings.Contains(a.body, `"decision":"`+want+`"`) {
			t.Errorf("%s: %d %.300s", body, a.StatusCode, a.body)
		}
	}
	for name, c := range map[string]struct {
		path string
		head []string
	}{
		"again": {"cms", sign("m1", now, bad)}, "no signature": {"cms", nil}, "old": {"cms", sign("m2", now.Add(-6*time.Minute), bad)}, "early": {"cms", sign("m3", now.Add(6*time.Minute), bad)},
		"other body": {"cms", sign("m4", now, bad+" ")}, "other hook": {"wcm", sign("m5", now, bad)},
	} {
		if a := e.call("", "POST", "/api/v1/hooks/"+c.path, bad, c.head...); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %.300s", name, a.StatusCode, a.body)
		}
	}
}

// TestCallback: the CMS is told of a slow check, signed.
func TestCallback(t *testing.T) {
	got := make(chan *http.Request, 1)
	bodies := make(chan string, 1)
	cms := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r
		bodies <- string(body)
	}))
	defer cms.Close()
	hook := server.NewHook("cms", hookSecret, cms.URL)
	defer hook.Client.CloseIdleConnections()
	e := newEnv(t, func(c *server.Config) { c.Hooks = []server.Hook{hook} })
	token := e.token(e.user(accounts.Editor))
	e.call(token, "POST", "/api/v1/checks/url", `{"url":"https://www.example.gov.cn/","callback":"cms"}`)
	r, body := <-got, <-bodies
	sec, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	want := sign(r.Header.Get("webhook-id"), time.Unix(sec, 0), body)[5]
	if !strings.Contains(want, r.Header.Get("webhook-signature")) || !strings.Contains(body, `"verdict":"block"`) {
		t.Errorf("%v %.300s", r.Header, body)
	}
}

func TestGate(t *testing.T) {
	e := newEnv(t, nil)
	e.found(2)
	officer, editor := e.token(e.user(accounts.Officer)), e.token(e.user(accounts.Editor))
	ask := func(address string) int {
		e.now.add(6 * time.Second)
		return e.call(editor, "GET", "/api/v1/gate", nil, "X-Original-URL", address).StatusCode
	}
	if got := ask("https://www.example.gov.cn/0.html"); got != 204 {
		t.Errorf("nobody has judged it: %d", got)
	}
	e.call(officer, "PATCH", "/api/v1/findings/1", `{"state":"confirmed","note":"x"}`)
	if got := ask("https://www.example.gov.cn/0.html"); got != 403 {
		t.Errorf("confirmed: %d", got)
	}
	if got := ask("https://www.example.gov.cn/1.html"); got != 204 {
		t.Errorf("another page: %d", got)
	}
	e.call(officer, "PATCH", "/api/v1/findings/1", `{"state":"fixed","note":"x"}`)
	if got := ask("https://www.example.gov.cn/0.html"); got != 204 {
		t.Errorf("mended: %d", got)
	}
}

// FuzzAPI sends anything to the operations that take a body: no answer but
// one of ours, and never an internal error.
func FuzzAPI(f *testing.F) {
	for _, s := range []string{"", "{}", `{"text":"机密★1年"}`, `{"html":"<p>"}`, `{"items":[{"text":"x"},{"base64":"aGVsbG8="}]}`, `{"ids":[1],"change":{"state":"confirmed"}}`,
		`{"sites":["县政府"]}`, `{"text":"\ud800","url":"http://["}`, "[", "null", `{"text":1e999}`, "\xff\xfe", `{"change":{"due":"2026-01-01T00:00:00Z"},"ids":[9007199254740993]}`} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(5))
	}
	paths := []string{"POST /api/v1/checks/text", "POST /api/v1/checks/html", "POST /api/v1/checks/batch", "POST /api/v1/checks/file", "PATCH /api/v1/findings/1", "POST /api/v1/findings/changes", "POST /api/v1/rules/try", "POST /api/v1/checks/url"}
	e := newFuzzEnv(f)
	f.Fuzz(func(t *testing.T, body []byte, which uint8) {
		method, path, _ := strings.Cut(paths[int(which)%len(paths)], " ")
		r := httptest.NewRequest(method, path, strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		if which >= 128 {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		}
		r.Header.Set("Authorization", "Bearer "+e.token)
		w := httptest.NewRecorder()
		e.handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s: %d %.300s\nfor %q", method, path, w.Code, w.Body.String(), body)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Error("an answer without our headers")
		}
	})
}

type fuzzEnv struct {
	handler http.Handler
	token   string
}

func newFuzzEnv(f *testing.F) fuzzEnv {
	f.Helper()
	db, err := store.Open(f.Context(), f.TempDir()+"/fuzz.db", store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	parser, err := document.New(document.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(parser.Close)
	checker, err := pipeline.New(pipeline.Config{Parser: parser, Scanner: func() (pipeline.Scanner, string) { return shipped(), "r" }})
	if err != nil {
		f.Fatal(err)
	}
	c := &checking{Checker: checker, parser: parser}
	srv, err := server.New(f.Context(), server.Config{
		Accounts: db, Checks: db, Checking: c, Cases: db, Log: auditLog{db}, Runs: &runs{}, Rules: c, Limits: server.Limits{TokenRate: -1},
	})
	if err != nil {
		f.Fatal(err)
	}
	secret, hash := accounts.NewSecret(accounts.TokenPrefix)
	id, err := db.AddUser(f.Context(), accounts.User{Name: "fuzz", Role: accounts.Officer, Created: time.Now()})
	if err == nil {
		_, err = db.AddToken(f.Context(), accounts.Token{Name: "t", Hash: hash, User: id, Scopes: accounts.Officer.Scopes(), Created: time.Now(), Expires: time.Now().Add(time.Hour)})
	}
	if err != nil {
		f.Fatal(err)
	}
	return fuzzEnv{srv.Handler(), secret}
}
