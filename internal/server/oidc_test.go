package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"crypto"

	"prescreen/internal/accounts"
	"prescreen/internal/server"
)

// idp is an OpenID provider: discovery, keys, codes with PKCE, signed id
// tokens.
type idp struct {
	*httptest.Server
	key *rsa.PrivateKey
	// claims of the next id token; spoil changes the token before it is
	// signed, sent after.
	claims map[string]any
	spoil  func(claims map[string]any)
	codes  map[string]url.Values // what was asked for with each code
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the client may be gone
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	b64 := base64.RawURLEncoding.EncodeToString
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		q := p.codes[r.PostFormValue("code")]
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if q == nil || q.Get("code_challenge") != b64(sum[:]) || q.Get("code_challenge_method") != "S256" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		claims := map[string]any{"iss": p.URL, "aud": "prescreen", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": q.Get("nonce")}
		for k, v := range p.claims {
			claims[k] = v
		}
		if p.spoil != nil {
			p.spoil(claims)
		}
		reply(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(claims)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *idp) sign(claims map[string]any) string {
	b64 := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	text := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(sig)
}

// TestOIDC logs in at a provider, and does not where anything is not as it
// should be.
func TestOIDC(t *testing.T) {
	p := newIDP(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	e := newEnv(t, func(c *server.Config) {
		c.PublicURL = "http://prescreen.example.cn"
		c.OIDC = &server.OIDC{Name: "统一认证", Issuer: p.URL, ClientID: "prescreen", ClientSecret: "s", Claim: "groups", Client: client,
			Roles: map[string]accounts.Role{"secrecy": accounts.Officer, "news": accounts.Editor}}
	})
	login := func(spoil func(q url.Values)) (answer, *browser) {
		b := e.browser()
		to, err := url.Parse(b.get("/oidc/start").Header.Get("Location"))
		if err != nil || !strings.HasPrefix(to.String(), p.URL+"/authorize?") {
			t.Fatalf("leads to %v, %v", to, err)
		}
		q := to.Query()
		if q.Get("redirect_uri") != "http://prescreen.example.cn/oidc/callback" {
			t.Errorf("comes back to %q", q.Get("redirect_uri"))
		}
		p.codes["c1"] = q
		back := url.Values{"code": {"c1"}, "state": {q.Get("state")}}
		if spoil != nil {
			spoil(back)
		}
		return b.get("/oidc/callback?" + back.Encode()), b
	}
	p.claims = map[string]any{"sub": "u7", "preferred_username": "Li.Ming", "name": "李明", "groups": []string{"all", "secrecy"}}
	a, b := login(nil)
	if a.StatusCode != http.StatusSeeOther || b.get("/").Header.Get("Location") != "/today" {
		t.Fatalf("%d %.300s", a.StatusCode, a.body)
	}
	p.claims["groups"] = "news" // has another role now
	if _, b := login(nil); b.get("/").Header.Get("Location") != "/check" {
		t.Error("the role was not changed")
	}
	if users, err := e.store.Users(t.Context()); err != nil || len(users) != 1 || users[0].Name != "li.ming" || users[0].Password != "" {
		t.Errorf("%+v, %v", users, err)
	}
	for name, c := range map[string]struct {
		claims func(map[string]any)
		back   func(url.Values)
	}{
		"no role":    {func(c map[string]any) { c["groups"] = []string{"all"} }, nil},
		"other aud":  {func(c map[string]any) { c["aud"] = "other" }, nil},
		"other iss":  {func(c map[string]any) { c["iss"] = "https://evil.example" }, nil},
		"expired":    {func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }, nil},
		"nonce":      {func(c map[string]any) { c["nonce"] = "old" }, nil},
		"no name":    {func(c map[string]any) { c["sub"], c["preferred_username"] = "u8", "" }, nil},
		"state":      {nil, func(q url.Values) { q.Set("state", "forged") }},
		"no state":   {nil, func(q url.Values) { q.Del("state") }},
		"other code": {nil, func(q url.Values) { q.Set("code", "c2") }},
		"refused":    {nil, func(q url.Values) { q.Set("error", "access_denied") }},
	} {
		p.spoil = c.claims
		if a, b := login(c.back); a.StatusCode != http.StatusUnauthorized || b.get("/").Header.Get("Location") != "/login" {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	// A local account is not taken over by a name.
	e.user(accounts.Editor)
	p.spoil = func(c map[string]any) { c["sub"], c["preferred_username"] = "u9", "editor" }
	if a, _ := login(nil); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("takes over a local account: %d", a.StatusCode)
	}
}
