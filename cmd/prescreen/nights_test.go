package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/cases"
	"prescreen/internal/portal"
	"prescreen/internal/store"
)

// TestFiveNights is the whole life of findings over five runs of the sample
// portal, with what the officer does and what the editors change in between.
func TestFiveNights(t *testing.T) {
	n := newNights(t)
	const (
		list   = "/zwgk/gsgg/t20260508_033.html" // a person's ID number, which is taken off and comes back
		notice = "/zwgk/tzgg/t20261019_070.html" // a suspected state secret
		reply  = "/hdjl/t20261018_019.html"      // an ID number that is no person's, so the officer says
		others = "/zwgk/gsgg/t20251218_028.html" // another ID number, left alone
	)
	n.crawl() // night 1
	n.is(list, cases.Open)
	n.is(notice, cases.Open)
	if c := n.find(notice); len(c.Steps) != 4 || c.Clock.IsZero() {
		t.Errorf("the 24 hours do not run for %s: %+v", notice, c)
	}
	n.run("findings", "confirm", n.id(list))
	n.run("findings", "assign", n.id(list), "--to", "王五")
	n.run("findings", "set", "整改中", n.id(list))
	n.run("findings", "step", "下线", n.id(notice))
	n.run("findings", "dismiss", n.id(reply), "--reason", "样例号码，非真实信息", "--owner", "李科长")
	n.portal.Publish(portal.Main, list, page("公示", "名单已撤下。"))
	n.run("findings", "resolve", n.id(list))
	n.portal.TakeDown(portal.Main, notice)

	n.crawl() // night 2: both are gone
	n.is(list, cases.Closed)
	n.is(notice, cases.Closed)
	n.is(reply, cases.Dismissed)
	n.is(others, cases.Open)
	n.portal.Restore(portal.Main, list)
	n.portal.Publish(portal.Main, others, page("问答", "样例号码：341523197909159973")) // the dismissed value, elsewhere

	n.crawl() // night 3: one has come back, and a false alarm stays one at any address
	n.is(list, cases.Reopened)
	if c := n.find(list); c.Returned != 1 || c.Assignee != "王五" || !c.Due.After(c.LastSeen) {
		t.Errorf("reopened: %+v", c)
	}
	if got := n.states(others); !slices.Equal(got, []cases.State{cases.Closed, cases.Dismissed}) {
		t.Errorf("%s: %v, want the old number closed and the dismissed one quiet", others, got)
	}
	n.portal.Break(portal.Main, list)

	n.crawl() // night 4: what cannot be read is not gone
	n.is(list, cases.Reopened)
	n.portal.Publish(portal.Main, list, page("公示", "名单已再次撤下。"))
	n.run("findings", "resolve", n.id(list), "--note", "已核实下架")
	n.run("findings", "set", "open", n.id(reply), "--note", "号码属实") // the officer was wrong

	n.crawl() // night 5
	n.is(list, cases.Closed)
	n.is(reply, cases.Open)
	want := "found open, confirmed confirmed, assigned confirmed, fixing fixing, fixed fixed, gone closed, returned reopened, fixed fixed, gone closed"
	if got := n.history(list); got != want {
		t.Errorf("the life of %s:\n got %s\nwant %s", list, got, want)
	}

	runs := strings.Split(strings.TrimSpace(n.run("run", "list")), "\n")
	if len(runs) != 5 {
		t.Fatalf("%d runs: %v", len(runs), runs)
	}
	first, _, _ := strings.Cut(runs[4], " ")
	diff := n.run("run", "diff", first, "latest")
	if !strings.Contains(diff, "消失") || !strings.Contains(diff, list) || !strings.Contains(diff, notice) {
		t.Errorf("run diff:\n%s", diff)
	}
	if out := n.run("audit", "verify"); !strings.Contains(out, "审计日志完好") {
		t.Error(out)
	}
	n.noSecondLeak()
}

func page(title, text string) string {
	return fmt.Sprintf(`<!doctype html><meta charset="utf-8"><title>%s</title><p>%s</p>`, title, text)
}

// nights crawls a part of the sample portal again and again with the command
// itself, in one data folder.
type nights struct {
	t      *testing.T
	portal *portal.Portal
	dir    string
	db     *store.Store
	said   bytes.Buffer // all that the commands have printed
}

func newNights(t *testing.T) *nights {
	p, dir := startPortal(t)
	path := filepath.Join(dir, "prescreen.yaml")
	cfg, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Only the main site, only some columns, and every page is due every night.
	all, _, _ := strings.Cut(string(cfg), "sites:\n")
	all = strings.Replace(all, "crawl: {", "crawl: {recheck: 1ns, max_attempts: 1, ", 1)
	s := p.Sites()[0]
	all += fmt.Sprintf(`organisation: 云岭县保密办
sites:
- name: %s
  unit: 县政府办公室
  seeds: ['%s']
  hosts: ['%s']
  allow_private: true
  concurrency: 2
  delay: {min: 1ms, max: 5ms, factor: 0.01}
  columns: [{path: /zwgk/, name: 政务公开}, {path: /hdjl/, name: 互动交流}]
  rules: [{allow: /zwgk/gsgg/}, {allow: /zwgk/tzgg/}, {allow: /zwgk/zbtb/}, {allow: /hdjl/}, {allow: /$}, {deny: /}]
`, s.Name, s.Seeds[0], s.Hosts[0])
	if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(dir, "data", "prescreen.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &nights{t: t, portal: p, dir: dir, db: db}
}

func (n *nights) command(want int, args ...string) string {
	n.t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"--lang", "zh", "--config", filepath.Join(n.dir, "prescreen.yaml")}, args...)
	code := run(n.t.Context(), args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	n.said.Write(stdout.Bytes())
	n.said.Write(stderr.Bytes())
	if code != want {
		n.t.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, stdout.String(), stderr.String())
	}
	return stdout.String()
}

func (n *nights) run(args ...string) string {
	n.t.Helper()
	return n.command(exitPass, args...)
}

func (n *nights) crawl() {
	n.t.Helper()
	n.command(exitFindings, "crawl", "--output", filepath.Join(n.dir, "out"))
}

// cases returns the cases at a path of the main site, the oldest first.
func (n *nights) cases(path string) (found []cases.Case) {
	n.t.Helper()
	url := n.portal.Base(portal.Main) + path
	err := n.db.EachCase(context.Background(), cases.Filter{URL: url}, cases.ByNewest, func(c cases.Case) error {
		found = append(found, c)
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	slices.Reverse(found)
	return found
}

func (n *nights) states(path string) (states []cases.State) {
	n.t.Helper()
	for _, c := range n.cases(path) {
		states = append(states, c.State)
	}
	return states
}

// find returns the only case at a path.
func (n *nights) find(path string) cases.Case {
	n.t.Helper()
	found := n.cases(path)
	if len(found) != 1 {
		n.t.Fatalf("%d cases at %s, want one", len(found), path)
	}
	return found[0]
}

func (n *nights) id(path string) string { n.t.Helper(); return fmt.Sprint(n.find(path).ID) }

func (n *nights) is(path string, want cases.State) {
	n.t.Helper()
	if c := n.find(path); c.State != want {
		n.t.Errorf("%s is %s, want %s", path, c.State, want)
	}
}

func (n *nights) history(path string) string {
	n.t.Helper()
	_, events, err := n.db.Case(context.Background(), n.find(path).ID)
	if err != nil {
		n.t.Fatal(err)
	}
	var parts []string
	for _, e := range events {
		parts = append(parts, e.Action+" "+string(e.To))
	}
	return strings.Join(parts, ", ")
}

// noSecondLeak writes everything the commands can write and looks for the
// planted values in all of it.
func (n *nights) noSecondLeak() {
	n.t.Helper()
	for _, format := range []string{"xlsx", "csv", "jsonl", "sarif"} {
		n.run("findings", "export", "--all", "--format", format, "-o", filepath.Join(n.dir, "out", "list."+format))
	}
	n.run("findings", "list", "--all", "--limit", "10000")
	n.run("findings", "show", n.id("/zwgk/gsgg/t20260508_033.html"))
	n.run("findings", "exceptions")
	n.run("audit", "list", "--last", "0", "--format", "jsonl")
	n.run("baseline", "create", "-o", filepath.Join(n.dir, "out", "baseline.jsonl"))
	if err := os.WriteFile(filepath.Join(n.dir, "out", "said.log"), n.said.Bytes(), 0o600); err != nil {
		n.t.Fatal(err)
	}
	exp, err := n.portal.Expected()
	if err != nil {
		n.t.Fatal(err)
	}
	grepPrivate(n.t, exp, n.dir)
}
