package server

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"prescreen/internal/accounts"
)

// Principal is who asks: a user in a browser, or a token of one.
type Principal struct {
	User    accounts.User
	Session *accounts.Session // of a browser
	Token   *accounts.Token   // of a program
}

// May reports whether the principal has a scope.
func (p *Principal) May(s accounts.Scope) bool {
	if p == nil {
		return false
	}
	if p.Token != nil {
		return p.Token.May(s, p.User.Role)
	}
	return p.User.Role.May(s)
}

// Name is how the log calls the principal.
func (p *Principal) Name() string {
	switch {
	case p == nil:
		return ""
	case p.Token != nil:
		return p.User.Name + "/" + p.Token.Name
	}
	return p.User.Name
}

type principalKey struct{}

func withPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// who returns who asks; nil where nobody logged in.
func who(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}

// recentFor is how long a session or token is believed without asking the
// store again. What is revoked in this process is forgotten at once; what
// another process revoked, after this time.
const recentFor = 5 * time.Second

// recent remembers who stood behind a secret a moment ago.
type recent struct {
	mu sync.Mutex
	m  map[string]recentEntry
}

type recentEntry struct {
	p     *Principal
	until time.Time
}

const recentMax = 4096

func (c *recent) get(hash string, now time.Time) (*Principal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[hash]
	if !ok || now.After(e.until) {
		return nil, false
	}
	return e.p, true
}

func (c *recent) put(hash string, p *Principal, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= recentMax {
		c.m = map[string]recentEntry{}
	}
	c.m[hash] = recentEntry{p, now.Add(recentFor)}
}

// forget drops everything: somebody's rights have changed.
func (c *recent) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.m)
}

// cookieName of sessions. Browsers take a __Host- cookie over TLS only, from
// this very host, for the whole of it.
func (s *Server) cookieName() string {
	if s.cfg.Secure {
		return "__Host-prescreen"
	}
	return "prescreen"
}

// principal finds out who asks; nil: nobody we know. A bearer token wins over
// a cookie: whoever sends one means it.
func (s *Server) principal(r *http.Request) *Principal {
	secret, token := bearer(r)
	if secret == "" {
		if token { // an Authorization header of another kind is not ours
			return nil
		}
		c, err := r.Cookie(s.cookieName())
		if err != nil || c.Value == "" {
			return nil
		}
		secret = c.Value
	}
	hash := accounts.HashSecret(secret)
	now := s.cfg.Now()
	if p, ok := s.recent.get(hash, now); ok {
		return p
	}
	p, err := s.lookUp(r.Context(), hash, token, now)
	if err != nil {
		if !errors.Is(err, accounts.ErrNotFound) {
			s.log(r).Error("look up session or token", "err", err)
			return nil // a store that is away lets nobody in
		}
		p = nil
	}
	s.recent.put(hash, p, now)
	return p
}

// bearer returns the token of the Authorization header (RFC 6750); has tells
// whether there is such a header at all.
func bearer(r *http.Request) (secret string, has bool) {
	h := r.Header.Get("Authorization")
	if h == "" {
		return "", false
	}
	scheme, rest, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(rest), true
}

func (s *Server) lookUp(ctx context.Context, hash string, token bool, now time.Time) (*Principal, error) {
	if token {
		t, u, err := s.cfg.Accounts.TokenByHash(ctx, hash)
		if err != nil {
			return nil, err
		}
		if t.Revoked || u.Disabled || !now.Before(t.Expires) {
			return nil, accounts.ErrNotFound
		}
		if now.Sub(t.Used) > time.Minute {
			if err := s.cfg.Accounts.TouchToken(ctx, t.ID, now); err != nil {
				return nil, err
			}
		}
		return &Principal{User: u, Token: &t}, nil
	}
	ses, u, err := s.cfg.Accounts.SessionByHash(ctx, hash)
	if err != nil {
		return nil, err
	}
	if u.Disabled || !now.Before(ses.Expires) || now.Sub(ses.Seen) > s.cfg.SessionIdle {
		return nil, accounts.ErrNotFound
	}
	if now.Sub(ses.Seen) > time.Minute {
		if err := s.cfg.Accounts.TouchSession(ctx, hash, now); err != nil {
			return nil, err
		}
	}
	return &Principal{User: u, Session: &ses}, nil
}
