package server_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/accounts"
	"prescreen/internal/server"
)

// The letters of the matrix: who may use a route. A admin, O officer,
// U auditor, E editor, - anybody; t: an API token may, too.
func matrix() map[string]string {
	return map[string]string{
		"GET /{$}": "-", "GET /static/{file}": "-", "GET /login": "-", "POST /login": "-", "GET /setup": "-", "POST /setup": "-",
		"GET /oidc/start": "-", "GET /oidc/callback": "-", "POST /language": "-", "GET /healthz": "-", "GET /readyz": "-",
		"POST /logout": "AOUE", "GET /account": "AOUE", "POST /account": "AOUE", "POST /account/tokens": "AOUE", "POST /account/revoke": "AOUE", "GET /api": "AOUE",

		"GET /check": "OEt", "POST /check": "OEt", "GET /checks/{id}": "OEt", "GET /checks/{id}/slip": "OEt", "GET /checks/{id}/report/{as}": "OEt",
		"GET /today": "Ot", "GET /findings": "Ot", "GET /findings/{id}": "Ot", "POST /findings/change": "Ot", "POST /findings/{id}/now": "Ot",
		"GET /runs": "AOt", "POST /runs": "AOt", "GET /runs/{id}": "AOt", "GET /runs/{id}/live": "AOt", "POST /runs/{id}/state": "AOt",
		"GET /runs/{id}/report/{as}": "Ot", "GET /sites": "AOt", "GET /rules": "AOEt", "GET /rules/{id}": "AOEt", "POST /rules/try": "AOEt",
		"GET /audit": "Ut", "GET /settings": "At", "GET /users": "At", "POST /users": "At", "POST /users/{id}": "At",

		"GET /api/v1/openapi.json": "-", "POST /api/v1/hooks/{name}": "-",
		"POST /api/v1/checks/text": "OEt", "POST /api/v1/checks/html": "OEt", "POST /api/v1/checks/file": "OEt", "POST /api/v1/checks/url": "OEt",
		"POST /api/v1/checks/batch": "OEt", "GET /api/v1/checks": "OEt", "GET /api/v1/checks/{id}": "OEt", "GET /api/v1/checks/{id}/report": "OEt", "GET /api/v1/gate": "OEt",
		"GET /api/v1/findings": "Ot", "GET /api/v1/findings/{id}": "Ot", "PATCH /api/v1/findings/{id}": "Ot", "POST /api/v1/findings/changes": "Ot",
		"GET /api/v1/runs": "AOt", "POST /api/v1/runs": "AOt", "GET /api/v1/runs/{id}": "AOt", "POST /api/v1/runs/{id}/cancel": "AOt", "POST /api/v1/runs/{id}/pause": "AOt", "POST /api/v1/runs/{id}/resume": "AOt",
		"GET /api/v1/runs/{id}/events": "AOt", "GET /api/v1/runs/{id}/reports/{file}": "Ot", "GET /api/v1/sites": "AOt",
		"GET /api/v1/rules": "AOEt", "GET /api/v1/rules/{id}": "AOEt", "POST /api/v1/rules/try": "AOEt", "GET /api/v1/audit": "Ut",
	}
}

// TestMatrix asks every route in every role, by session and by token. The
// routes come from the server, so one that is missing in the matrix fails.
func TestMatrix(t *testing.T) {
	e := newEnv(t, nil)
	want := matrix()
	routes := slices.Sorted(maps.Keys(server.Routes()))
	for pattern := range want {
		if !slices.Contains(routes, pattern) {
			t.Errorf("the matrix has %q, which is no route", pattern)
		}
	}
	letters := map[accounts.Role]string{accounts.Admin: "A", accounts.Officer: "O", accounts.Auditor: "U", accounts.Editor: "E"}
	users, tokens := map[accounts.Role]accounts.User{}, map[accounts.Role]string{}
	for role := range letters {
		users[role] = e.user(role)
		tokens[role] = e.token(users[role])
	}
	for _, pattern := range routes {
		who, ok := want[pattern]
		if !ok {
			t.Errorf("route %q is not in the matrix: say who may use it", pattern)
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{$}", "", "{id}", "1", "{file}", "x", "{as}", "html", "{name}", "x").Replace(path)
		anybody := strings.Contains(who, "-")
		if got := e.browser().ask(method, path); refusedAnonymous(got) == anybody {
			t.Errorf("%s, not logged in: %d", pattern, got.StatusCode)
		}
		for role, letter := range letters {
			may := anybody || strings.Contains(who, letter)
			b := e.session(users[role])
			if got := b.ask(method, path); refused(got) == may && !answersItself(path) {
				t.Errorf("%s as %s: %d, allowed %v", pattern, role, got.StatusCode, may)
			}
			mayToken := anybody || may && strings.Contains(who, "t")
			if got := e.call(tokens[role], method, path, nil); refused(got) == mayToken && !answersItself(path) {
				t.Errorf("%s with a token of %s: %d, allowed %v", pattern, role, got.StatusCode, mayToken)
			}
		}
	}
	if !e.logged("admin", "denied", "GET /findings") {
		t.Error("a denied access is not in the audit log")
	}
}

// refused reports that a request was not let through to its handler.
func refused(a answer) bool {
	return a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusUnauthorized
}

// refusedAnonymous is refused for somebody without a login, who is led to the
// login page. A login with a wrong password is refused by its handler.
func refusedAnonymous(a answer) bool {
	if path := a.Request.URL.Path; path == "/" || answersItself(path) {
		return false
	}
	return refused(a) || strings.HasPrefix(a.Header.Get("Location"), "/login")
}

// answersItself tells the routes whose handlers refuse by themselves: a wrong
// password, a bad signature.
func answersItself(path string) bool {
	return path == "/login" || path == "/oidc/callback" || strings.HasPrefix(path, "/api/v1/hooks/")
}

// session logs a user in without the cost of a password.
func (e *env) session(u accounts.User) *browser {
	e.t.Helper()
	secret, hash := accounts.NewSecret("")
	now := e.now.Now()
	err := e.store.AddSession(e.t.Context(), accounts.Session{Hash: hash, User: u.ID, Created: now, Seen: now, Expires: now.Add(1 << 40)})
	if err != nil {
		e.t.Fatal(err)
	}
	b := e.browser()
	base, err := url.Parse(e.url)
	if err != nil {
		e.t.Fatal(err)
	}
	b.client.Jar.SetCookies(base, []*http.Cookie{{Name: "prescreen", Value: secret, Path: "/"}})
	return b
}

func (b *browser) ask(method, path string) answer {
	if method == http.MethodGet {
		return b.get(path)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(""))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(b.client, req)
}
