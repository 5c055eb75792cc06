package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/goccy/go-yaml"
)

// runSpec is what the opener of a run leaves on Redis for the workers that
// join. It holds no secrets: headers, proxies and certificates of a site are
// taken from the configuration of each worker.
type runSpec struct {
	Program string       `yaml:"program"` // version of the opener, for messages
	RuleSet string       `yaml:"rule_set"`
	Key     string       `yaml:"key"` // tells whether the installation key is the same
	Full    bool         `yaml:"full"`
	Crawl   CrawlConfig  `yaml:"crawl"`
	Limits  LimitsConfig `yaml:"limits"`
	Sites   []SiteConfig `yaml:"sites"`
	Private []string     `yaml:"private"` // sites with headers, a proxy or a certificate
}

func newRunSpec(cfg Config, eng *engine, full bool) ([]byte, error) {
	key, err := keyCheck(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	spec := runSpec{
		Program: buildVersion(), RuleSet: eng.ruleSet(), Key: key, Full: full, Crawl: cfg.Crawl, Limits: cfg.Limits,
		Sites: slices.Clone(cfg.Sites),
	}
	spec.Crawl.Redis, spec.Crawl.Output = "", ""
	for i := range spec.Sites {
		s := &spec.Sites[i]
		if len(s.Headers) > 0 || s.Proxy != "" || s.CAFile != "" {
			spec.Private = append(spec.Private, s.Name)
		}
		s.Headers, s.Proxy, s.CAFile = nil, "", ""
	}
	data, err := yaml.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("write what workers need to know: %w", err)
	}
	return data, nil
}

// keyCheck is the same for the same installation key, and tells nothing of it.
func keyCheck(file string) (string, error) {
	key, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("key_file: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("prescreen run"))
	return hex.EncodeToString(mac.Sum(nil)[:8]), nil
}

// errDiffers: this worker would give other results than the opener of the run.
var errDiffers = errors.New("this worker cannot join the run")

// joinConfig is the configuration to work on a run with: what all workers must
// have in common comes from the run, the rest is our own.
func joinConfig(own Config, eng *engine, data []byte) (Config, bool, error) {
	var spec runSpec
	if err := yaml.Unmarshal(data, &spec); err != nil {
		return own, false, fmt.Errorf("%w: what its opener left for workers cannot be read: %w", errDiffers, err)
	}
	if have := eng.ruleSet(); spec.RuleSet != have {
		return own, false, fmt.Errorf("%w: its rules are %s, those here are %s: use the same dictionaries and the same version (%s) everywhere",
			errDiffers, spec.RuleSet, have, spec.Program)
	}
	key, err := keyCheck(own.KeyFile)
	if err != nil {
		return own, false, err
	}
	if key != spec.Key {
		return own, false, fmt.Errorf("%w: its installation key is another one, so that findings would not be recognised: use the same key_file everywhere", errDiffers)
	}
	cfg := own
	cfg.Limits, cfg.Sites = spec.Limits, spec.Sites
	cfg.Crawl = spec.Crawl
	cfg.Crawl.Redis, cfg.Crawl.Workers, cfg.Crawl.MinFreeMB, cfg.Crawl.Output = own.Crawl.Redis, own.Crawl.Workers, own.Crawl.MinFreeMB, own.Crawl.Output
	for _, name := range spec.Private {
		i := slices.IndexFunc(own.Sites, func(s SiteConfig) bool { return s.Name == name })
		if i < 0 {
			return own, false, fmt.Errorf("%w: the headers, proxy or certificate of site %q are not in the configuration of this worker", errDiffers, name)
		}
		j := slices.IndexFunc(cfg.Sites, func(s SiteConfig) bool { return s.Name == name })
		cfg.Sites[j].Headers, cfg.Sites[j].Proxy, cfg.Sites[j].CAFile = own.Sites[i].Headers, own.Sites[i].Proxy, own.Sites[i].CAFile
	}
	if field, err := cfg.validate(); err != nil {
		return own, false, fmt.Errorf("%w: %s: %w", errDiffers, field, err)
	}
	return cfg, spec.Full, nil
}
