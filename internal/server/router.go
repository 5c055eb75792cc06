package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// router registers routes and guards each with its access. It is what huma
// registers its operations with, too.
type router struct {
	mux    *http.ServeMux
	srv    *Server
	access map[string]access
	seen   map[string]bool
	errs   []error
}

func newRouter(s *Server) *router {
	return &router{mux: http.NewServeMux(), srv: s, access: routes(), seen: map[string]bool{}}
}

// HandleFunc registers a route, "METHOD /pattern". One that has no access is
// an error of New.
func (rt *router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	acc, ok := rt.access[pattern]
	if !ok {
		rt.errs = append(rt.errs, fmt.Errorf("route %q is not in the table of access", pattern))
		return
	}
	rt.seen[pattern] = true
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		setRoute(r.Context(), pattern)
		rt.srv.guard(acc, h, w, r)
	})
}

// ServeHTTP implements http.Handler.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := rt.mux.Handler(r); pattern == "" {
		rt.srv.noRoute(w, r)
		return
	}
	rt.mux.ServeHTTP(w, r)
}

// check returns what is wrong with the routes: without access, or in the
// table without a handler.
func (rt *router) check() error {
	errs := rt.errs
	for pattern := range rt.access {
		if !rt.seen[pattern] {
			errs = append(errs, fmt.Errorf("route %q has access but no handler", pattern))
		}
	}
	return errors.Join(errs...)
}

// guard lets a request through to its handler, if it may.
func (s *Server) guard(acc access, h http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	p := s.principal(r)
	switch {
	case acc.public:
		// Whoever is logged in is still known: the language, the menu.
	case p == nil:
		s.unauthorised(w, r)
		return
	case acc.login && p.Token != nil, acc.scope != "" && !p.May(acc.scope):
		s.note(r, p, "denied", routeOf(r.Context()), nil)
		s.fail(w, r, http.StatusForbidden, s.lang(r).Pick("您的角色没有此项权限", "your role or token does not allow this"))
		return
	}
	if !acc.self && !s.limits.allow(r, p) {
		s.cfg.Metrics.Limited()
		w.Header().Set("Retry-After", "1")
		s.fail(w, r, http.StatusTooManyRequests, s.lang(r).Pick("请求过于频繁，请稍后再试", "too many requests; try again in a moment"))
		return
	}
	rc := http.NewResponseController(w)
	limit := acc.time
	if limit == 0 {
		limit = smallTime
	}
	ctx := withPrincipal(r.Context(), p)
	// A recorder of a test has no deadlines; a connection always has.
	_ = rc.SetReadDeadline(time.Now().Add(limit))
	if acc.open {
		_ = rc.SetWriteDeadline(time.Time{})
	} else {
		_ = rc.SetWriteDeadline(time.Now().Add(limit + 10*time.Second))
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.bodyLimit(acc)+1)
	h(w, r.WithContext(ctx))
}

func (s *Server) bodyLimit(acc access) int64 {
	switch acc.body {
	case 0:
		return smallBody
	case uploadBig:
		return s.cfg.Limits.Upload
	case textBig:
		return s.cfg.Limits.Text
	}
	return acc.body
}

// isAPI tells programs from people by the address they ask.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// unauthorised sends people to the login page, and tells programs how.
func (s *Server) unauthorised(w http.ResponseWriter, r *http.Request) {
	if isAPI(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="prescreen"`)
		s.fail(w, r, http.StatusUnauthorized, s.lang(r).Pick("需要登录或有效的 API 令牌（Authorization: Bearer …）",
			"log in, or send a valid API token (Authorization: Bearer …)"))
		return
	}
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?next=" + queryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// noRoute answers what no route matches; a path that exists with another
// method says which.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{"GET", "POST", "PATCH"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.router.mux.Handler(probe); strings.HasPrefix(pattern, m+" ") {
			allow = append(allow, m)
		}
	}
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		s.fail(w, r, http.StatusMethodNotAllowed, s.lang(r).Pick("不支持此方法", "this method is not supported here"))
		return
	}
	s.fail(w, r, http.StatusNotFound, s.lang(r).Pick("没有这个页面", "there is no such page"))
}
