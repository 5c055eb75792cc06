package server

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/lang"
	"prescreen/internal/tracing"
)

// contentPolicy lets pages load nothing but our own files, run no inline
// script, send forms nowhere else, and stand in no frame.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// about is what is known of a request while it is answered.
type about struct {
	id      string
	route   string
	address netip.Addr
	trace   string // "": it is not traced
}

type aboutKey struct{}

func aboutOf(ctx context.Context) *about {
	a, _ := ctx.Value(aboutKey{}).(*about)
	return a
}

func setRoute(ctx context.Context, pattern string) {
	if a := aboutOf(ctx); a != nil {
		a.route = pattern
	}
}

func routeOf(ctx context.Context) string {
	if a := aboutOf(ctx); a != nil && a.route != "" {
		return a.route
	}
	return "none"
}

// outer is what happens to every request: a request id, headers, protection
// against other sites, a log line, a metric, and no panic that ends more than
// its request.
func (s *Server) outer(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	if s.cfg.PublicURL != "" {
		if err := cross.AddTrustedOrigin(s.cfg.PublicURL); err != nil {
			s.cfg.Logger.Warn("public_url is no origin that browsers send", "url", s.cfg.PublicURL, "err", err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusForbidden, s.lang(r).Pick("请求来自其他网站，已拒绝", "the request comes from another site and was refused"))
	}))
	guarded := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := s.cfg.Now()
		a := &about{id: s.requestID(r), address: s.address(r)}
		ctx, span := s.traced(r)
		a.trace = tracing.ID(ctx)
		r = r.WithContext(context.WithValue(ctx, aboutKey{}, a))
		rec := &recorder{ResponseWriter: w}
		s.headers(rec.Header(), a.id)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				// The value may quote what was checked; the stack does not.
				s.log(r).Error("panic", "route", a.route, "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.fail(rec, r, http.StatusInternalServerError, s.lang(r).Pick("内部错误", "internal error"))
				}
			}
			s.done(r, a, rec, s.cfg.Now().Sub(begun))
			endTrace(span, a, rec)
		}()
		guarded.ServeHTTP(rec, r)
	})
}

// traced begins the span of a request. What is asked for all day long without
// doing anything has none. Whoever comes through a trusted proxy or shows a
// token may say which trace the request belongs to.
func (s *Server) traced(r *http.Request) (context.Context, tracing.Span) {
	switch p := r.URL.Path; {
	case p == "/healthz", p == "/readyz", strings.HasPrefix(p, "/static/"):
		return r.Context(), tracing.Span{}
	}
	return s.cfg.Tracing.Request(r, r.Header.Get("Authorization") != "" || s.trusted(peer(r)))
}

func endTrace(span tracing.Span, a *about, rec *recorder) {
	status := cmp.Or(rec.status, http.StatusOK)
	span.Set(tracing.String("prescreen.request.id", a.id), tracing.Int("http.response.status_code", status), tracing.Int("http.response.body.size", rec.bytes))
	if a.route != "" {
		_, path, _ := strings.Cut(a.route, " ")
		span.Name(a.route)
		span.Set(tracing.String("http.route", path))
	}
	if status >= http.StatusInternalServerError {
		span.Fail(strconv.Itoa(status))
	}
	span.End()
}

func (s *Server) done(r *http.Request, a *about, rec *recorder, took time.Duration) {
	route := routeOf(r.Context())
	status := cmp.Or(rec.status, http.StatusOK)
	s.cfg.Metrics.Request(route, r.Method, status, took)
	level := slog.LevelInfo
	switch {
	case status >= 500:
		level = slog.LevelError
	case route == "GET /healthz" || route == "GET /readyz" || route == "GET /static/{file}" || strings.HasPrefix(route, "POST /api/v1/checks/"):
		level = slog.LevelDebug
	}
	if !s.cfg.Logger.Enabled(r.Context(), level) {
		return
	}
	// Never the query: people search for words of findings.
	s.log(r).Log(r.Context(), level, "request", "method", r.Method, "route", route, "status", status,
		"ms", took.Milliseconds(), "bytes", rec.bytes, "from", a.address.String())
}

func (s *Server) headers(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.cfg.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// requestID takes over the id that a trusted proxy gave the request.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && s.trusted(peer(r)) && !strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	}) {
		return id
	}
	return newID()[:16]
}

// peer is the address of the other end of the connection.
func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func (s *Server) trusted(addr netip.Addr) bool {
	for _, p := range s.cfg.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// address is whom the request comes from: the last address in
// X-Forwarded-For that is not a trusted proxy's, if a trusted proxy sent it.
func (s *Server) address(r *http.Request) netip.Addr {
	addr := peer(r)
	if !s.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
		if !s.trusted(addr) {
			break
		}
	}
	return addr
}

// lang picks the language: the reader's choice, the browser's, ours.
func (s *Server) lang(r *http.Request) lang.Lang {
	if c, err := r.Cookie("lang"); err == nil {
		if l, ok := lang.Parse(c.Value); ok {
			return l
		}
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if l, ok := lang.Parse(tag); ok {
			return l
		}
	}
	return s.cfg.Lang
}

func (s *Server) log(r *http.Request) *slog.Logger {
	a := aboutOf(r.Context())
	if a == nil {
		return s.cfg.Logger
	}
	if a.trace != "" {
		return s.cfg.Logger.With("request", a.id, "trace", a.trace)
	}
	return s.cfg.Logger.With("request", a.id)
}

// recorder remembers the status and the size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
