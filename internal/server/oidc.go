package server

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"prescreen/internal/accounts"
)

// OIDC is an OpenID provider whose users may log in (OpenID Connect Core 1.0,
// authorisation code with PKCE, RFC 7636).
type OIDC struct {
	Name         string // shown on the button
	Issuer       string
	ClientID     string
	ClientSecret string
	// Claim names what a user is there ("groups"); Roles says which of its
	// values makes which role. A user with none of them may not log in.
	Claim  string
	Roles  map[string]accounts.Role
	Client *http.Client // nil: http.DefaultClient
}

type provider struct {
	cfg      OIDC
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
}

func newProvider(ctx context.Context, cfg OIDC, public string) (*provider, error) {
	if public == "" {
		return nil, errors.New("OpenID Connect needs serve.public_url, the address users come back to")
	}
	if cfg.Client != nil {
		ctx = oidc.ClientContext(ctx, cfg.Client)
	}
	p, err := oidc.NewProvider(ctx, cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("OpenID provider %q: %w", cfg.Issuer, err)
	}
	return &provider{
		cfg: cfg, verifier: p.Verifier(&oidc.Config{ClientID: cfg.ClientID}),
		oauth: oauth2.Config{
			ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Endpoint: p.Endpoint(),
			RedirectURL: strings.TrimSuffix(public, "/") + "/oidc/callback", Scopes: []string{oidc.ScopeOpenID, "profile"},
		},
	}, nil
}

// oidcCookie carries state, nonce and PKCE verifier over the visit to the
// provider.
const oidcCookie = "prescreen-oidc"

func (s *Server) oidcStart(w http.ResponseWriter, r *http.Request) {
	if s.oidc == nil {
		s.noRoute(w, r)
		return
	}
	state, nonce, verifier := newID(), newID(), oauth2.GenerateVerifier()
	http.SetCookie(w, &http.Cookie{
		Name: oidcCookie, Value: state + "." + nonce + "." + verifier, Path: "/oidc/", MaxAge: 600,
		HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, s.oidc.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

func (s *Server) oidcCallback(w http.ResponseWriter, r *http.Request) {
	if s.oidc == nil {
		s.noRoute(w, r)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Path: "/oidc/", MaxAge: -1, HttpOnly: true, Secure: s.cfg.Secure})
	u, err := s.oidcUser(r)
	if err == nil {
		err = s.open(w, r, u)
	}
	if err != nil {
		s.log(r).Warn("login by OpenID Connect refused", "err", err)
		s.cfg.Metrics.Login("refused")
		s.showLogin(w, r, http.StatusUnauthorized, loginView{Error: s.lang(r).Pick("统一身份认证登录未成功：", "the login at the provider did not succeed: ") + publicReason(err)})
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// publicReason is an error of ours as it is; of others, only that there was
// one.
func publicReason(err error) string {
	var bad badRequest
	if errors.As(err, &bad) {
		return string(bad)
	}
	return "see the log of the server"
}

// oidcUser redeems the code of a callback and returns the user it stands for,
// made at the first visit.
func (s *Server) oidcUser(r *http.Request) (u accounts.User, err error) {
	c, err := r.Cookie(oidcCookie)
	if err != nil {
		return u, badRequest("the login took too long, or cookies are off; begin again")
	}
	parts := strings.Split(c.Value, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(r.FormValue("state"))) != 1 {
		return u, badRequest("the answer does not belong to this login; begin again")
	}
	if msg := r.FormValue("error"); msg != "" {
		return u, fmt.Errorf("the provider says %q", clip(msg))
	}
	ctx := r.Context()
	if s.oidc.cfg.Client != nil {
		ctx = oidc.ClientContext(ctx, s.oidc.cfg.Client)
	}
	tok, err := s.oidc.oauth.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return u, fmt.Errorf("redeem code: %w", err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := s.oidc.verifier.Verify(ctx, raw)
	if err != nil {
		return u, fmt.Errorf("verify id token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(parts[1])) != 1 {
		return u, errors.New("the id token was made for another login")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return u, fmt.Errorf("read claims: %w", err)
	}
	role, ok := s.oidc.role(claims)
	if !ok {
		return u, badRequest("your account has no role here; ask the administrator")
	}
	return s.oidcAccount(ctx, id.Issuer+" "+id.Subject, role, claims)
}

func (s *Server) oidcAccount(ctx context.Context, subject string, role accounts.Role, claims map[string]any) (accounts.User, error) {
	u, err := s.cfg.Accounts.UserBySubject(ctx, subject)
	switch {
	case errors.Is(err, accounts.ErrNotFound):
		name, _ := claims["preferred_username"].(string)
		display, _ := claims["name"].(string)
		if name, err = accounts.CleanName(name); err != nil {
			return u, badRequest("the provider sends no usable preferred_username")
		}
		if display == "" {
			display = name
		}
		u = accounts.User{Name: name, Display: clip(display), Role: role, Subject: subject, Created: s.cfg.Now()}
		u.ID, err = s.cfg.Accounts.AddUser(ctx, u)
		if errors.Is(err, accounts.ErrTaken) { // a local account must not be taken over by a name
			return u, badRequest("a local account has the name " + name + "; ask the administrator")
		}
		return u, err
	case err != nil:
		return u, err
	case u.Disabled:
		return u, badRequest("your account is disabled")
	case u.Role != role:
		u.Role = role
		s.recent.forget()
		return u, s.cfg.Accounts.UpdateUser(ctx, u)
	}
	return u, nil
}

// role returns the first role, in their order, that the claim gives.
func (p *provider) role(claims map[string]any) (accounts.Role, bool) {
	var have []string
	switch v := claims[p.cfg.Claim].(type) {
	case string:
		have = strings.Fields(v)
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				have = append(have, s)
			}
		}
	}
	for _, role := range accounts.Roles() {
		for value, r := range p.cfg.Roles {
			if r == role && slices.Contains(have, value) {
				return role, true
			}
		}
	}
	return "", false
}
