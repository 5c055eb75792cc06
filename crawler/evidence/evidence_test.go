package evidence

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"prescreen/crawler"
)

type body struct{ *bytes.Reader }

func (b body) Bytes() ([]byte, error) { return io.ReadAll(io.NewSectionReader(b, 0, b.Size())) }
func (b body) Close() error           { return nil }

func testPage(text string) *crawler.Page {
	return &crawler.Page{
		Task:       crawler.Task{URL: "http://a.example/通知?x=1", Site: "s", Via: "a"},
		Status:     200,
		Header:     http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"gzip"}, "Content-Length": {"7"}, "X-Odd": {"a\r\nInjected: b"}},
		Body:       body{bytes.NewReader([]byte(text))},
		Hash:       sha256.Sum256([]byte(text)),
		RemoteAddr: "192.0.2.1:80",
		Truncated:  crawler.TruncatedNetwork + ": EOF",
		Fetched:    time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC),
	}
}

func testKey(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := KeyFrom([]byte("an installation key of some length"))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// readRecords parses WARC by its lengths alone.
func readRecords(t *testing.T, r io.Reader) (heads []textproto.MIMEHeader, blocks []string) {
	t.Helper()
	br := bufio.NewReader(r)
	for {
		line, err := br.ReadString('\n')
		if err == io.EOF && line == "" {
			return heads, blocks
		}
		if err != nil || line != "WARC/1.1\r\n" {
			t.Fatalf("record begins with %q, %v", line, err)
		}
		h, err := textproto.NewReader(br).ReadMIMEHeader()
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(h.Get("Content-Length"))
		if err != nil {
			t.Fatal(err)
		}
		block := make([]byte, n+4)
		if _, err := io.ReadFull(br, block); err != nil || string(block[n:]) != "\r\n\r\n" {
			t.Fatalf("block of %d bytes ends in %q, %v", n, block[n:], err)
		}
		sum := sha256.Sum256(block[:n])
		if h.Get("WARC-Block-Digest") != digestText(sum[:]) {
			t.Errorf("digest of %s record is wrong", h.Get("WARC-Type"))
		}
		heads, blocks = append(heads, h), append(blocks, string(block[:n]))
	}
}

func TestKeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	id := testKey(t)
	w, err := New(Config{Dir: dir, Recipient: id.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	const text = "<p>身份证号 110101199003079970</p>"
	name, err := w.Keep(testPage(text), Note{Fingerprints: []string{"f1", "f2"}, Screenshot: []byte("\x89PNG")})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, secret := range []string{"110101199003079970", "a.example", "text/html"} {
		if bytes.Contains(raw, []byte(secret)) || strings.Contains(name, secret) {
			t.Errorf("%q stands in the file", secret)
		}
	}
	r, err := Open(path, id)
	if err != nil {
		t.Fatal(err)
	}
	heads, blocks := readRecords(t, r)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	kinds := ""
	for _, h := range heads {
		kinds += h.Get("WARC-Type") + " "
	}
	if kinds != "warcinfo response metadata resource " {
		t.Fatalf("records %s", kinds)
	}
	h := heads[1]
	if h.Get("WARC-Target-URI") != "http://a.example/通知?x=1" || h.Get("WARC-IP-Address") != "192.0.2.1" || h.Get("WARC-Truncated") != "disconnect" || h.Get("WARC-Date") != "2026-11-23T01:02:03.000000Z" {
		t.Errorf("response record %v", h)
	}
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(blocks[1])), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != text || resp.Header.Get("Injected") != "" || resp.Header.Get("X-Archive-Orig-Content-Encoding") != "gzip" {
		t.Errorf("response %v, body %q, %v", resp.Header, got, err)
	}
	if !strings.Contains(blocks[2], "finding: f1\r\nfinding: f2\r\n") || blocks[3] != "\x89PNG" {
		t.Errorf("metadata %q, screenshot %q", blocks[2], blocks[3])
	}
}

func TestKeepOnceAndPrune(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	w, err := New(Config{Dir: dir, Recipient: testKey(t).Recipient(), Keep: time.Hour, Now: func() time.Time { return now }, MaxBytes: 100})
	if err != nil {
		t.Fatal(err)
	}
	keep := func(text string) string {
		t.Helper()
		name, err := w.Keep(testPage(text), Note{})
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	a, b := keep("one"), keep("two")
	now = now.Add(50 * time.Minute)
	if keep("one") != a || a == b {
		t.Error("names do not follow the bytes")
	}
	if _, err := w.Keep(testPage(strings.Repeat("x", 101)), Note{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "unrelated"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "unrelated"), time.Time{}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(20 * time.Minute)
	if n, err := w.Prune(t.Context()); n != 1 || err != nil {
		t.Errorf("%d pruned, %v", n, err)
	}
	for name, want := range map[string]bool{a: true, b: false, "unrelated": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Prune(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestKeys(t *testing.T) {
	a, b := testKey(t), testKey(t)
	if a.String() != b.String() || !strings.HasPrefix(a.String(), "AGE-SECRET-KEY-1") {
		t.Error("the key does not follow from the installation's")
	}
	other, err := KeyFrom([]byte("another key of the right length"))
	if err != nil || other.String() == a.String() {
		t.Errorf("another key: %v, %v", other, err)
	}
	if _, err := KeyFrom([]byte("short")); err == nil {
		t.Error("a short key: want an error")
	}
	w, err := New(Config{Dir: t.TempDir(), Recipient: a.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	name, err := w.Keep(testPage("x"), Note{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(w.cfg.Dir, name), other); err == nil {
		t.Error("the wrong key opens it")
	}
	for _, cfg := range []Config{{}, {Dir: "x"}, {Dir: "x", Recipient: a.Recipient(), Keep: -1}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("New(%+v): want an error", cfg)
		}
	}
	for why, want := range map[string]string{
		"": "", crawler.TruncatedSize + ": 1": "length", crawler.TruncatedIdle: "time", "scripts not run": "unspecified",
	} {
		if got := truncated(why); got != want {
			t.Errorf("truncated(%q) = %q", why, got)
		}
	}
}
