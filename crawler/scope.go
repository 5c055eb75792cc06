package crawler

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"prescreen/crawler/weburl"
)

// Why a reference was not followed, in Summary.OutOfScope.
const (
	outHost   = "other host"
	outRule   = "path rule"
	outScheme = "not http"
	outURL    = "not a URL"
	outLong   = "URL too long"
)

// scope knows which site a URL belongs to.
type scope struct {
	sites  []*siteScope
	byName map[string]*siteScope
	exact  map[string]*siteScope
	wild   map[string]*siteScope // by suffix: ".example.gov.cn"
}

// siteScope is a Site made ready.
type siteScope struct {
	Site
	canon *weburl.Canonicalizer
}

func newScope(cfg Config) (*scope, error) {
	sc := &scope{byName: map[string]*siteScope{}, exact: map[string]*siteScope{}, wild: map[string]*siteScope{}}
	for _, s := range cfg.Sites {
		canon, err := weburl.NewCanonicalizer(weburl.Options{SortQuery: s.Query == QuerySort, DropQuery: s.Query == QueryDrop, Drop: s.DropParams, Keep: s.KeepParams})
		if err != nil {
			return nil, fmt.Errorf("site %q: %w", s.Name, err)
		}
		s.Seeds = slices.Clone(s.Seeds)
		site := &siteScope{Site: s, canon: canon}
		hosts := slices.Clone(s.Hosts)
		for i, seed := range s.Seeds {
			if site.Seeds[i], err = canon.Canonical(seed); err != nil {
				return nil, fmt.Errorf("site %q: seed %q: %w", s.Name, seed, err)
			}
			if len(s.Hosts) == 0 {
				hosts = append(hosts, weburl.HostKey(site.Seeds[i]))
			}
		}
		for _, h := range hosts {
			h = strings.ToLower(h)
			if suffix, ok := strings.CutPrefix(h, "*"); ok {
				suffix, err := asciiSuffix(canon, suffix)
				if err != nil {
					return nil, fmt.Errorf("site %q: host %q: %w", s.Name, h, err)
				}
				if _, taken := sc.wild[suffix]; !taken {
					sc.wild[suffix] = site
				}
				continue
			}
			key, err := canon.Canonical("http://" + h + "/")
			if err != nil {
				return nil, fmt.Errorf("site %q: host %q: %w", s.Name, h, err)
			}
			name := strings.TrimSuffix(weburl.HostKey(key), ":443")
			if _, taken := sc.exact[name]; !taken {
				sc.exact[name] = site
			}
		}
		for i, seed := range site.Seeds {
			if sc.find(weburl.HostKey(seed)) != site {
				return nil, fmt.Errorf("site %q: seed %q is not on a host of the site; add %q to its hosts", s.Name, s.Seeds[i], weburl.HostKey(seed))
			}
		}
		sc.sites = append(sc.sites, site)
		sc.byName[s.Name] = site
	}
	return sc, nil
}

// InScope returns the rule by which URLs belong to the sites of a Config, for
// those who request more than the tasks they are given, such as a renderer.
func InScope(cfg Config) (func(url string) bool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	sc, err := newScope(cfg.withDefaults())
	if err != nil {
		return nil, err
	}
	return func(raw string) bool {
		_, _, _, why := sc.locate(raw, nil)
		return why == ""
	}, nil
}

// locate finds the canonical form of a reference and the site it belongs to,
// or why it is not followed. The guess is the site it probably belongs to.
func (sc *scope) locate(raw string, guess *siteScope) (url, host string, site *siteScope, why string) {
	if guess == nil {
		guess = sc.sites[0]
	}
	url, err := guess.canon.Canonical(raw)
	if err == nil {
		host = weburl.HostKey(url)
		if site = sc.find(host); site == nil {
			return "", "", nil, outHost
		}
		if site != guess {
			url, err = site.canon.Canonical(raw)
		}
	}
	switch {
	case errors.Is(err, weburl.ErrScheme):
		return "", "", nil, outScheme
	case errors.Is(err, weburl.ErrTooLong):
		return "", "", nil, outLong
	case err != nil:
		return "", "", nil, outURL
	case !site.allowed(host, url):
		return "", "", nil, outRule
	}
	return url, host, site, ""
}

// find returns the site that a host key belongs to, or nil.
func (sc *scope) find(host string) *siteScope {
	if s := sc.exact[host]; s != nil {
		return s
	}
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	for i := 1; i < len(name); i++ { // the longest suffix first
		if name[i] == '.' {
			if s := sc.wild[name[i:]]; s != nil {
				return s
			}
		}
	}
	return nil
}

// asciiSuffix returns ".name" as it ends canonical hosts.
func asciiSuffix(canon *weburl.Canonicalizer, suffix string) (string, error) {
	key, err := canon.Canonical("http://x" + suffix + "/")
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(weburl.HostKey(key), "x"), nil
}

// allowed applies the path rules to a canonical URL.
func (s *siteScope) allowed(host, url string) bool {
	if len(s.Rules) == 0 {
		return true
	}
	path := pathOf(url)
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Host != "" && !hostMatches(r.Host, host) {
			continue
		}
		if patternMatches(r.Pattern, path) {
			return r.Allow
		}
	}
	return true
}

func hostMatches(pattern, host string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// pathOf returns path and query of a canonical URL.
func pathOf(url string) string {
	i := strings.Index(url, "://")
	if i < 0 {
		return url
	}
	j := strings.IndexByte(url[i+3:], '/')
	if j < 0 {
		return "/"
	}
	return url[i+3+j:]
}

// patternMatches compares from the beginning; * stands for anything, a final $
// for the end. It takes time linear in the path for each star.
func patternMatches(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if anchored && i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		j := strings.Index(rest, part)
		if j < 0 {
			return false
		}
		rest = rest[j+len(part):]
	}
	return !anchored || rest == ""
}

// quiet returns how long the site must still be left alone; 0: not at all.
func (s *siteScope) quiet(now time.Time) time.Duration {
	if len(s.Quiet) == 0 {
		return 0
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	var longest time.Duration
	for _, w := range s.Quiet {
		for day := -1; day <= 0; day++ {
			begin := midnight.AddDate(0, 0, day)
			if len(w.Days) > 0 && !slices.Contains(w.Days, begin.Weekday()) {
				continue
			}
			to := w.To
			if to < w.From {
				to += 24 * time.Hour
			}
			if at := now.Sub(begin); at >= w.From && at < to {
				longest = max(longest, to-at)
			}
		}
	}
	return longest
}
