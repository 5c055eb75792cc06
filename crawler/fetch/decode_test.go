package fetch

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"prescreen/crawler"
)

func compress(t testing.TB, coding, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriterLevel(&b, 1)
	case "zstd":
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	default:
		t.Fatalf("coding %q", coding)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise does not compress.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestCodings(t *testing.T) {
	text := strings.Repeat("各部门、各单位：现将有关事项通知如下。", 3000)
	f := newFetcher(t, Config{})
	for _, tc := range []struct{ coding, header string }{
		{"gzip", "gzip"}, {"gzip", "X-GZIP"}, {"deflate", "deflate"}, {"raw deflate", "deflate"}, {"br", "br"}, {"zstd", "zstd"},
	} {
		for _, body := range []string{text, noise(100000), "x", ""} {
			packed := compress(t, tc.coding, body)
			url := web(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Accept-Encoding"); got != acceptEncoding {
					t.Errorf("Accept-Encoding %q", got)
				}
				w.Header().Set("Content-Encoding", tc.header)
				_, _ = w.Write(packed)
			})
			for range 2 { // the second time with a used decoder
				p, got, err := get(t, f, url)
				if err != nil || got != body || p.Truncated != "" {
					t.Errorf("%s, %d bytes: got %d bytes, %v, %+v", tc.header, len(body), len(got), err, p)
				}
			}
		}
	}
	twice := compress(t, "br", string(compress(t, "gzip", text)))
	url := web(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip, br")
		_, _ = w.Write(twice)
	})
	if _, got, err := get(t, f, url); err != nil || got != text {
		t.Errorf("two codings: got %d bytes, %v", len(got), err)
	}
}

// TestTruncatedCodings cuts each coding at many places: what came before the
// cut is kept, and the cut is never missed.
func TestTruncatedCodings(t *testing.T) {
	text := strings.Repeat("abcdefghij0123456789", 5000) + noise(20000)
	f := newFetcher(t, Config{})
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		packed := compress(t, coding, text)
		for _, cut := range []int{len(packed) / 2, len(packed) - 5, len(packed) - 1} {
			url := web(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				_, _ = w.Write(packed[:cut])
			})
			p, got, err := get(t, f, url)
			if err != nil {
				// Nothing came out before the cut: that is an error, not a page.
				wantClass(t, coding, err, crawler.ErrorProtocol)
				continue
			}
			if !strings.HasPrefix(p.Truncated, crawler.TruncatedCoding) || !strings.HasPrefix(text, got) {
				t.Errorf("%s cut at %d of %d: truncated %q, %d bytes", coding, cut, len(packed), p.Truncated, len(got))
			}
		}
	}
}

// TestBombs: a small body that unpacks to a huge one is stopped by ratio or by
// size, in little memory, and marked.
func TestBombs(t *testing.T) {
	huge := strings.Repeat("\x00", 12<<20)
	f := newFetcher(t, Config{})
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		packed := compress(t, coding, huge)
		url := web(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(packed)
		})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := f.Fetch(t.Context(), crawler.Request{Task: crawler.Task{URL: url}})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", coding, err)
			continue
		}
		if !strings.HasPrefix(p.Truncated, crawler.TruncatedRatio) || p.Body.Size() > ratioFloor+1<<20 {
			t.Errorf("%s of %d bytes: %d bytes, truncated %q", coding, len(packed), p.Body.Size(), p.Truncated)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 64 {
			t.Errorf("%s: %d MB allocated", coding, used)
		}
		_ = p.Body.Close()
	}
}

// FuzzDecode: whatever claims to be in a coding ends, within its limits.
func FuzzDecode(f *testing.F) {
	for i, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		f.Add(compress(f, coding, "text "+noise(50)), i)
		f.Add(compress(f, coding, strings.Repeat("a", 100000)), i)
	}
	f.Add([]byte("<html>"), 2)
	f.Add([]byte("\x1f\x8b"), 0)
	f.Add([]byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), 3)
	names := [][]string{{"gzip"}, {"deflate"}, {"br"}, {"zstd"}, {"gzip", "br"}, {"zstd", "gzip"}}
	var ds decoders
	limits := Limits{}.withDefaults()
	f.Fuzz(func(t *testing.T, data []byte, which int) {
		wire := newWireReader(bytes.NewReader(data), &limits, func(error) {})
		defer wire.timer.Stop()
		d := ds.decode(wire, names[uint(which)%uint(len(names))])
		defer d.close()
		s := newSink(0, 1<<20, t.TempDir())
		defer s.discard()
		limit := bodyLimit{size: 1 << 18, ratio: 100}
		truncated, err := readBody(d, wire, s, limit)
		if s.written > limit.size || s.written == limit.size && truncated == "" && err == nil && wire.n > limit.size {
			t.Fatalf("%d bytes, truncated %q, %v", s.written, truncated, err)
		}
		if s.written != s.body().Size() {
			t.Fatalf("%d bytes written, %d in the body", s.written, s.body().Size())
		}
		if err != nil && strings.Contains(err.Error(), "decoder:") {
			t.Fatal(err)
		}
	})
}
