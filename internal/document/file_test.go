package document

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/scanner"
)

// container reads its input as a container of the members given, whatever it
// is, through the same dispatcher as real ones.
func container(t *testing.T, cfg Config, size int64, read extractor) *Result {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.extractors["gif"] = read
	data := "GIF89a" + strings.Repeat("x", int(size))
	res, err := p.Parse(t.Context(), Input{Name: "外.gif", Data: strings.NewReader(data), Size: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func problemList(res *Result) string {
	var out []string
	for _, p := range res.Problems {
		out = append(out, string(p.Status)+" "+p.File)
	}
	return strings.Join(out, ", ")
}

func TestChildren(t *testing.T) {
	long := strings.Repeat("一行文字\n", 1<<20) // beyond spoolAbove
	res := container(t, Config{TempDir: t.TempDir()}, 1<<20, func(ctx context.Context, f *file) error {
		if err := f.child(ctx, "甲.txt", strings.NewReader("甲")); err != nil {
			return err
		}
		if err := f.child(ctx, "长.txt", strings.NewReader(long)); err != nil {
			return err
		}
		if err := f.childBytes(ctx, "乙.html", "text/html", []byte("<p>乙</p>")); err != nil {
			return err
		}
		return f.child(ctx, "空.txt", strings.NewReader(""))
	})
	if got := problemList(res); got != "empty 外.gif!/空.txt" || res.Files != 5 || res.Type != "gif" {
		t.Errorf("problems %q, %d files, type %s", got, res.Files, res.Type)
	}
	var files []string
	lines := 0
	for _, s := range res.Segments {
		if s.Place.Kind == scanner.KindFilename {
			files = append(files, s.Place.File)
		}
		lines += strings.Count(s.Text, "一行文字")
	}
	if want := "外.gif 外.gif!/甲.txt 外.gif!/长.txt 外.gif!/乙.html 外.gif!/空.txt"; strings.Join(files, " ") != want || lines != 1<<20 {
		t.Errorf("files %q, %d lines", files, lines)
	}
	if res.Unpacked < int64(len(long)) {
		t.Errorf("%d bytes unpacked", res.Unpacked)
	}
}

// TestFaultyChildren has one bad member after the other: each is reported by
// name, and those after it are read all the same.
func TestFaultyChildren(t *testing.T) {
	broken := errors.New("bad block")
	res := container(t, Config{TempDir: filepath.Join(t.TempDir(), "missing")}, 1<<20, func(ctx context.Context, f *file) error {
		for name, r := range map[string]io.Reader{
			"cut.txt":   io.MultiReader(strings.NewReader("开头"), failingReader{broken}),
			"gone.txt":  failingReader{broken},
			"full.txt":  strings.NewReader(strings.Repeat("字", 3<<20)), // has to be spooled: nowhere to
			"enc.txt":   failingReader{failf(scanner.StatusEncrypted, "needs a password")},
			"panic.gif": strings.NewReader("GIF89a"),
			"a.bin":     strings.NewReader("\x00\x01\x02\x03"),
		} {
			if f.depth > 0 {
				panic("inner container")
			}
			if err := f.child(ctx, name, r); err != nil {
				return err
			}
		}
		return f.child(ctx, "last.txt", strings.NewReader("最后"))
	})
	got := make(map[string]scanner.Status)
	for _, p := range res.Problems {
		got[p.File] = p.Status
	}
	for name, want := range map[string]scanner.Status{
		"cut.txt": scanner.StatusPartial, "gone.txt": scanner.StatusDamaged, "full.txt": scanner.StatusPartial,
		"enc.txt": scanner.StatusEncrypted, "panic.gif": scanner.StatusDamaged, "a.bin": scanner.StatusUnsupported,
	} {
		if got["外.gif!/"+name] != want {
			t.Errorf("%s is %q, want %q", name, got["外.gif!/"+name], want)
		}
	}
	text := dump(res)
	for _, want := range []string{`"开头"`, `"最后"`, `filename "enc.txt"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// TestBudget has containers that go beyond each limit: the tree ends, and
// what had been read before is kept.
func TestBudget(t *testing.T) {
	self := func(ctx context.Context, f *file) error {
		return f.child(ctx, "in.gif", strings.NewReader("GIF89a"))
	}
	many := func(ctx context.Context, f *file) error {
		for {
			if err := f.child(ctx, "a.txt", strings.NewReader("字")); err != nil {
				return err
			}
		}
	}
	endless := func(ctx context.Context, f *file) error {
		if err := f.child(ctx, "a.txt", strings.NewReader("字")); err != nil {
			return err
		}
		return f.child(ctx, "b.txt", endlessReader{})
	}
	// One long string that many cells refer to.
	repeated := func(_ context.Context, f *file) error {
		text := strings.Repeat("字", 100_000)
		for {
			if err := f.text(scanner.KindBody, text); err != nil {
				return err
			}
		}
	}
	for _, c := range []struct {
		name   string
		limits Limits
		read   extractor
		files  int // at most
	}{
		{"text", Limits{}, repeated, 1},
		{"much text", Limits{Unpacked: 20 << 20, Ratio: 1 << 30}, repeated, 1},
		{"depth", Limits{}, self, 9},
		{"entries", Limits{Entries: 100}, many, 101},
		{"ratio", Limits{}, endless, 3},
		{"unpacked", Limits{Unpacked: 20 << 20, Ratio: 1 << 30}, endless, 3},
	} {
		res := container(t, Config{Limits: c.limits, TempDir: t.TempDir()}, 10, c.read)
		limit := false
		for _, p := range res.Problems {
			limit = limit || p.Status == scanner.StatusLimit
		}
		if !limit || res.Files > c.files || res.Unpacked > 32<<20 {
			t.Errorf("%s: %s, %d files, %d MB", c.name, problemList(res), res.Files, res.Unpacked>>20)
		}
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestSinkError(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	n := 0
	_, err = p.Walk(t.Context(), Input{ContentType: "text/html", Data: strings.NewReader("<p>a<p>b<p>c"), Size: 12}, func(scanner.Segment) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d segments", err, n)
	}
}
