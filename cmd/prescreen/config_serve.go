package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/server"
)

// ServeConfig is for `prescreen serve`.
type ServeConfig struct {
	Listen    string `yaml:"listen"`
	PublicURL string `yaml:"public_url"`
	TLSCert   string `yaml:"tls_cert"`
	TLSKey    string `yaml:"tls_key"`
	// TLSProxy says that a proxy before us speaks TLS with the browsers.
	TLSProxy       bool           `yaml:"tls_proxy"`
	TrustedProxies []string       `yaml:"trusted_proxies"`
	CheckHosts     []string       `yaml:"check_hosts"`
	Session        time.Duration  `yaml:"session"`
	SessionIdle    time.Duration  `yaml:"session_idle"`
	Limits         ServeLimits    `yaml:"limits"`
	OIDC           OIDCConfig     `yaml:"oidc"`
	Hooks          []HookConfig   `yaml:"hooks"`
	Shutdown       time.Duration  `yaml:"shutdown"`
	proxies        []netip.Prefix // of TrustedProxies, after validate
}

// ServeLimits bound what one request and one asker may cost.
type ServeLimits struct {
	TextMB    int           `yaml:"text_mb"`
	UploadMB  int           `yaml:"upload_mb"`
	Files     int           `yaml:"files"`
	Wait      time.Duration `yaml:"wait"`
	Check     time.Duration `yaml:"check"`
	Jobs      int           `yaml:"jobs"`
	Queue     int           `yaml:"queue"`
	UserRate  float64       `yaml:"user_rate"`
	TokenRate float64       `yaml:"token_rate"`
}

// OIDCConfig is an OpenID provider whose users may log in.
type OIDCConfig struct {
	Issuer           string            `yaml:"issuer"` // empty: none
	Name             string            `yaml:"name"`
	ClientID         string            `yaml:"client_id"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Claim            string            `yaml:"claim"`
	Roles            map[string]string `yaml:"roles"` // value of the claim → role
}

// HookConfig is a CMS that asks by signed webhook.
type HookConfig struct {
	Name       string `yaml:"name"`
	SecretFile string `yaml:"secret_file"`
	Callback   string `yaml:"callback"`
}

// MetricsConfig says where metrics are shown.
type MetricsConfig struct {
	Listen string `yaml:"listen"` // empty: nowhere
}

func defaultServe() ServeConfig {
	return ServeConfig{
		Listen: "127.0.0.1:8080", TrustedProxies: []string{}, CheckHosts: []string{}, Hooks: []HookConfig{},
		Session: 12 * time.Hour, SessionIdle: time.Hour, Shutdown: time.Minute,
		Limits: ServeLimits{
			TextMB: 8, UploadMB: 200, Files: 100, Wait: 10 * time.Second, Check: 5 * time.Minute, Jobs: 8, Queue: 200, UserRate: 20, TokenRate: 200,
		},
		OIDC: OIDCConfig{Claim: "groups", Roles: map[string]string{}},
	}
}

func (c *ServeConfig) validate() (field string, err error) {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return "listen", fmt.Errorf("%q is no address such as 127.0.0.1:8080 or :8443", c.Listen)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return "tls_cert", errors.New("tls_cert and tls_key belong together")
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" {
			return "public_url", fmt.Errorf("%q is no address such as https://prescreen.example.cn, without a path", c.PublicURL)
		}
	}
	c.proxies = nil
	for i, p := range c.TrustedProxies {
		prefix, err := parsePrefix(p)
		if err != nil {
			return fmt.Sprintf("trusted_proxies[%d]", i), err
		}
		c.proxies = append(c.proxies, prefix)
	}
	l := c.Limits
	switch {
	case c.Session < time.Minute || c.SessionIdle < time.Minute:
		return "session", errors.New("session and session_idle are a minute at least")
	case l.TextMB < 1 || l.UploadMB < 1 || l.Files < 1 || l.Jobs < 1 || l.Queue < 1 || l.Wait <= 0 || l.Check <= 0 || c.Shutdown <= 0:
		return "limits", errors.New("text_mb, upload_mb, files, jobs, queue, wait, check and shutdown must be more than nothing")
	}
	return c.validateOthers()
}

func (c *ServeConfig) validateOthers() (field string, err error) {
	if c.OIDC.Issuer != "" {
		switch {
		case c.OIDC.ClientID == "":
			return "oidc.client_id", errors.New("is missing: the provider knows prescreen by it")
		case c.PublicURL == "":
			return "public_url", errors.New("is missing: the OpenID provider sends users back to it")
		case len(c.OIDC.Roles) == 0:
			return "oidc.roles", errors.New("is missing: which value of the claim makes which role")
		}
		for value, role := range c.OIDC.Roles {
			if _, err := accounts.ParseRole(role); err != nil {
				return "oidc.roles." + value, err
			}
		}
	}
	names := map[string]bool{}
	for i, h := range c.Hooks {
		where := fmt.Sprintf("hooks[%d].", i)
		if h.Name == "" || names[h.Name] || h.Name != url.PathEscape(h.Name) {
			return where + "name", fmt.Errorf("%q: give each hook a name of its own, of letters, digits and -", h.Name)
		}
		names[h.Name] = true
		if h.SecretFile == "" {
			return where + "secret_file", errors.New("is missing: openssl rand -base64 32 makes a secret")
		}
		if h.Callback != "" {
			if u, err := url.Parse(h.Callback); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				return where + "callback", fmt.Errorf("%q is not an http or https address", h.Callback)
			}
		}
	}
	return "", nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no address such as 10.0.0.1, nor a network such as 10.0.0.0/8", s)
	}
	return p, nil
}

func (c *ServeConfig) resolvePaths(dir string) {
	for _, p := range []*string{&c.TLSCert, &c.TLSKey, &c.OIDC.ClientSecretFile} {
		*p = under(dir, *p)
	}
	for i := range c.Hooks {
		c.Hooks[i].SecretFile = under(dir, c.Hooks[i].SecretFile)
	}
}

func (c *MetricsConfig) validate() error {
	if c.Listen == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is no address such as 127.0.0.1:9464", c.Listen)
	}
	return nil
}

// limits translates what validate has accepted.
func (l ServeLimits) limits() server.Limits {
	return server.Limits{
		Text: int64(l.TextMB) << 20, Upload: int64(l.UploadMB) << 20, Files: l.Files, Wait: l.Wait, Check: l.Check, Jobs: l.Jobs, Queue: l.Queue,
		UserRate: l.UserRate, TokenRate: l.TokenRate,
	}
}

// hooks reads the secrets of the hooks.
func (c *ServeConfig) hooks() ([]server.Hook, error) {
	var out []server.Hook
	for i, h := range c.Hooks {
		data, err := os.ReadFile(h.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("serve.hooks[%d].secret_file: %w", i, err)
		}
		secret, err := server.ParseHookSecret(string(data))
		if err != nil {
			return nil, fmt.Errorf("serve.hooks[%d].secret_file: %s: %w", i, h.SecretFile, err)
		}
		out = append(out, server.NewHook(h.Name, secret, h.Callback))
	}
	return out, nil
}

// provider reads the client secret of the OpenID provider; nil: there is none.
func (c *ServeConfig) provider() (*server.OIDC, error) {
	if c.OIDC.Issuer == "" {
		return nil, nil
	}
	o := &server.OIDC{
		Name: c.OIDC.Name, Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, Claim: c.OIDC.Claim, Roles: map[string]accounts.Role{},
	}
	setDefault(&o.Name, "OpenID")
	for value, role := range c.OIDC.Roles {
		o.Roles[value] = accounts.Role(role)
	}
	if c.OIDC.ClientSecretFile != "" {
		data, err := os.ReadFile(c.OIDC.ClientSecretFile)
		if err != nil {
			return nil, fmt.Errorf("serve.oidc.client_secret_file: %w", err)
		}
		o.ClientSecret = string(bytes.TrimSpace(data))
	}
	return o, nil
}
