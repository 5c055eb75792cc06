package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const examplePath = "../../examples/prescreen.yaml"

// The example is the documentation of the defaults: it must parse, and say
// nothing else than the code.
func TestExampleIsDefaults(t *testing.T) {
	src, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	var cfg Config // nothing filled in: every key must be in the file
	if err := parseConfig(src, examplePath, &cfg); err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.Dictionaries, want.Sites = []string{}, []SiteConfig{}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("the example differs from the defaults:\n got %+v\nwant %+v", cfg, want)
	}
}

// The commented site must be valid too, and show every key there is.
func TestExampleSite(t *testing.T) {
	src, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "sites: []", "sites:", 1)
	_, site, _ := strings.Cut(text, "\nsites:\n")
	site = regexp.MustCompile(`(?m)^# `).ReplaceAllString(site, "  ")
	var cfg Config
	if err := parseConfig([]byte(strings.Split(text, "\nsites:\n")[0]+"\nsites:\n"+site), "example", &cfg); err != nil {
		t.Fatal(err)
	}
	if len(cfg.Sites) != 1 {
		t.Fatalf("%d sites, want 1", len(cfg.Sites))
	}
	typ := reflect.TypeOf(SiteConfig{})
	for i := range typ.NumField() {
		key := typ.Field(i).Tag.Get("yaml")
		if !strings.Contains(site, key+":") {
			t.Errorf("the example site does not show %q", key)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"unknown key", "language: zh\nlanguag: en\n", `c.yaml:2: unknown key "languag"`},
		{"unknown key of a site", "sites:\n  - seeds: [http://a.cn/]\n    robot: obey\n", `c.yaml:3: unknown key "robot"`},
		{"wrong type", "crawl:\n  workers: many\n", `c.yaml:2: `},
		{"bad value", "verdict:\n  block_severity: huge\n", `c.yaml:2: verdict.block_severity: "huge" is no severity`},
		{"bad site", "sites:\n  - name: a\n", `c.yaml:2: sites[0].seeds: a site needs`},
		{"bad seed", "sites:\n  - name: a\n    seeds:\n      - ftp://a.cn/\n    hosts: [a.cn]\n", `c.yaml:4: sites[0].seeds[0]: "ftp://a.cn/" is not`},
		{"seed out of scope", "sites:\n  - seeds: [http://a.cn/]\n    hosts: [b.cn]\n", `c.yaml:2: sites[0].seeds[0]: the host of`},
		{"two sites of a name", "sites:\n  - {name: a, seeds: [http://a.cn/]}\n  - {name: a, seeds: [http://b.cn/]}\n", `c.yaml:3: sites[1].name: "a" is the name of two sites`},
		{"quiet hours", "sites:\n  - seeds: [http://a.cn/]\n    quiet_hours: [morning]\n", `c.yaml:3: sites[0].quiet_hours[0]: "morning" is not a time`},
		{"no YAML", "a: [\n", `c.yaml:1: `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(path, []byte(tt.src), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := loadConfig(path, func(string) string { return "" })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not contain %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error is not one line: %q", err)
			}
		})
	}
}

func TestConfigPaths(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	os.WriteFile(path, []byte("data_dir: data\ndictionaries: [own]\n"), 0o600)
	cfg, _, err := loadConfig(path, func(name string) string { return map[string]string{"HOME": "/home/x"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		cfg.DataDir: filepath.Join(dir, "data"), cfg.Dictionaries[0]: filepath.Join(dir, "own"),
		cfg.CacheDir: "/home/x/.cache/prescreen", cfg.KeyFile: filepath.Join(dir, "data", "installation.key"),
	} {
		if got != want {
			t.Errorf("path %q, want %q", got, want)
		}
	}
}
