package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"prescreen/internal/lang"
)

const ownRule = `dictionary: own
title: {zh: 本单位, en: own}
rules:
- id: own.project
  version: 1
  title: {zh: 内部项目名, en: project name}
  category: internal
  basis: 本单位规定
  severity: high
  match: {terms: [TERM]}
  confidence: {base: 90, floor: 40}
  message: {zh: 出现内部项目名, en: an internal project name}
  advice: {zh: 删除, en: remove it}
  tests:
    hit: [{text: 推进HIT建设}]
    miss: [{text: 推进青松工程建设}]
`

// Rules are swapped whole on SIGHUP; rules that do not load, or fail their own
// tests, change nothing.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "own")
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(term, hit string) {
		t.Helper()
		src := strings.NewReplacer("TERM", term, "HIT", hit).Replace(ownRule)
		if err := os.WriteFile(filepath.Join(own, "own.yaml"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("青松二号工程", "青松二号工程")
	var log bytes.Buffer
	a := &app{stderr: &log, getenv: func(string) string { return "" }, lang: lang.English}
	cfg := defaultConfig()
	cfg.DataDir, cfg.CacheDir, cfg.KeyFile, cfg.Dictionaries = dir, dir, filepath.Join(dir, "key"), []string{own}
	eng, err := a.newEngine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	finds := func(text string) bool {
		r := eng.checkJob(t.Context(), job{id: "x", data: []byte("推进" + text + "建设")})
		return len(r.Findings) == 1
	}
	if !finds("青松二号工程") || finds("白杨三号工程") {
		t.Fatal("the first rules are not in force")
	}
	eng.reload(t.Context(), a.logger())

	write("白杨三号工程", "青松二号工程") // its own hit no longer fires
	eng.reload(t.Context(), a.logger())
	if !finds("青松二号工程") || !strings.Contains(log.String(), "the old ones stay") {
		t.Errorf("rules that fail their own tests were taken:\n%s", log.String())
	}
	os.WriteFile(filepath.Join(own, "own.yaml"), []byte("rules: [\n"), 0o600)
	eng.reload(t.Context(), a.logger())
	if !finds("青松二号工程") {
		t.Error("rules that do not load were taken")
	}

	stop := eng.watchRules(t.Context(), a.logger())
	defer stop()
	write("白杨三号工程", "白杨三号工程")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for range 1200 { // a reload runs the tests of all rules
		if finds("白杨三号工程") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("SIGHUP did not bring the new rules into force")
}
