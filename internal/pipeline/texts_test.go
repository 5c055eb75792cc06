package pipeline

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"prescreen/dictionaries"
	"prescreen/internal/document"
	"prescreen/scanner"
	"prescreen/scanner/words"

	"github.com/google/go-cmp/cmp"
)

// counting counts the scans that a real scanner makes.
type counting struct {
	*scanner.Scanner
	scans *atomic.Int64
}

func (c counting) Scan(ctx context.Context, doc *scanner.Document, dst []scanner.Finding) []scanner.Finding {
	c.scans.Add(1)
	return c.Scanner.Scan(ctx, doc, dst)
}

func sharingChecker(t testing.TB) (with, without *Checker, scans *atomic.Int64) {
	t.Helper()
	set, err := dictionaries.Load(dictionaries.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scanner.New(set, scanner.Config{Key: []byte(strings.Repeat("k", 32)), Words: words.New(words.Config{CacheDir: t.TempDir()})})
	if err != nil {
		t.Fatal(err)
	}
	p, err := document.New(document.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	scans = &atomic.Int64{}
	without, err = New(Config{Parser: p, Scanner: func() (Scanner, string) { return counting{s, scans}, set.Fingerprint() }})
	if err != nil {
		t.Fatal(err)
	}
	return without.Sharing(&Memory{}), without, scans
}

const leakyText = "联系人：张三，身份证号码：11010519491231002X，手机号码：13800138000。机密★10年"

// The same text at many addresses is scanned once, and each address has the
// findings that a scan of its own would have given it.
func TestTextScannedOnce(t *testing.T) {
	with, without, scans := sharingChecker(t)
	check := func(c *Checker, url, name, text string) Result {
		in := input(name, text)
		in.URL = url
		r := c.Check(t.Context(), url, in)
		r.Duration = 0
		return r
	}
	seen := map[string]bool{}
	for i, url := range []string{"http://a.cn/1.txt", "http://a.cn/2.txt", "http://b.cn/1.txt"} {
		got := check(with, url, "n.txt", leakyText)
		if got.Shared != (i > 0) || scans.Load() != int64(1) {
			t.Fatalf("%s: shared %v after %d scans", url, got.Shared, scans.Load())
		}
		got.Shared = false
		if len(got.Findings) == 0 {
			t.Fatal("nothing was found: the test tests nothing")
		}
		for _, f := range got.Findings {
			if seen[f.Fingerprint] || f.URL != url {
				t.Errorf("%s: fingerprint %s at %s is that of another address", url, f.Fingerprint, f.URL)
			}
			seen[f.Fingerprint] = true
		}
		want := check(without, url, "n.txt", leakyText)
		scans.Add(-1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from a scan of its own (-own +shared):\n%s", url, diff)
		}
	}
	// What rules may look at besides the text makes it another one.
	if r := check(with, "http://a.cn/3.txt", "机密文件名单.txt", leakyText); r.Shared {
		t.Error("a text under another name is shared")
	}
	if r := check(with, "http://a.cn/4.txt", "n.txt", leakyText+"。"); r.Shared {
		t.Error("another text is shared")
	}
	if r := check(with, "http://a.cn/5.html", "n.html", "<p>"+leakyText+"</p>"); r.Shared {
		t.Error("the same words in another format are shared")
	}
}

// A text that was scanned under other rules is scanned again.
func TestTextOfOtherRules(t *testing.T) {
	segments := []scanner.Segment{{Place: scanner.Place{Kind: scanner.KindBody}, Text: "a text"}}
	if textHash("rules 1", segments) == textHash("rules 2", segments) {
		t.Error("the rules do not enter the hash")
	}
	joined := []scanner.Segment{{Text: "a"}, {Text: "b"}}
	if textHash("r", joined) == textHash("r", []scanner.Segment{{Text: "ab"}}) {
		t.Error("two segments have the hash of their joined text")
	}
}

func TestMemoryForgets(t *testing.T) {
	m := &Memory{}
	ctx := t.Context()
	for i := range 3 * textsKept {
		hash := string(rune(i))
		if err := m.KeepText(ctx, hash, Text{Simhash: uint64(i)}); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Text(ctx, string(rune(0))); i < textsKept && (got == nil || err != nil) {
			t.Fatalf("text 0 is forgotten after %d others", i)
		}
	}
	if n := len(m.now) + len(m.old); n > 2*textsKept {
		t.Errorf("%d texts are kept", n)
	}
}

// What one process has scanned, another need not scan.
func TestNear(t *testing.T) {
	far := &Memory{}
	a, b := &Near{Far: far}, &Near{Far: far}
	ctx := t.Context()
	if err := a.KeepText(ctx, "h", Text{Simhash: 5}); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Text(ctx, "h"); err != nil || got == nil || got.Simhash != 5 {
		t.Fatalf("text of another process: %+v, %v", got, err)
	}
	b.Far = nil // must not be asked again
	if got, err := b.Text(ctx, "h"); err != nil || got == nil {
		t.Fatalf("text that was asked for before: %+v, %v", got, err)
	}
	if got, err := a.Text(ctx, "other"); got != nil || err != nil {
		t.Fatalf("an unknown text: %+v, %v", got, err)
	}
}

// BenchmarkSameText checks one page at many addresses, as mirrors and session
// identifiers make them: scanned each time, and once.
func BenchmarkSameText(b *testing.B) {
	page := "<html><body>" + strings.Repeat("<p>关于做好2026年度政务公开工作的通知：各乡镇人民政府，县政府各部门，各直属机构。</p>", 100) + "<p>" + leakyText + "</p></body></html>"
	with, without, _ := sharingChecker(b)
	for _, c := range []struct {
		name    string
		checker *Checker
	}{{"scanned", without}, {"shared", with}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				c.checker.Check(b.Context(), "id", input("n.html", page))
			}
		})
	}
}
