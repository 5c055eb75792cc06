package document

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/shareddata"
)

// panicWatch is a log handler that remembers whether a parser panicked.
type panicWatch struct {
	slog.Handler
	panics []string
}

func (w *panicWatch) Enabled(context.Context, slog.Level) bool { return true }

func (w *panicWatch) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panicked") {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		w.panics = append(w.panics, text)
	}
	return nil
}

// mutate changes a few bytes, cuts, repeats or overwrites a stretch.
func mutate(r *rand.Rand, data []byte) []byte {
	out := bytes.Clone(data)
	for range 1 + r.IntN(8) {
		if len(out) < 16 {
			return out
		}
		at := r.IntN(len(out))
		n := min(1+r.IntN(32), len(out)-at)
		kinds := 6
		if bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")) {
			kinds = 3 // a shifted sector ends a compound file at once
			at = max(at, 512)
			n = min(n, len(out)-at)
		}
		switch r.IntN(kinds) {
		case 0:
			out[at] ^= 1 << r.IntN(8)
		case 1:
			for i := range n {
				out[at+i] = byte(r.Uint32())
			}
		case 2:
			for i := range n {
				out[at+i] = 0xFF
			}
		case 3:
			out = append(out[:at], out[at+n:]...)
		case 4:
			out = append(out[:at+n], out[at:]...)
		case 5:
			if r.IntN(4) == 0 {
				out = out[:at]
			}
		}
	}
	return out
}

// mutateZip changes the members of a ZIP file and packs them again, so that
// the damage reaches the parser of the member.
func mutateZip(r *rand.Rand, data []byte) []byte {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(zr.File) == 0 {
		return mutate(r, data)
	}
	victim := r.IntN(len(zr.File))
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for i, e := range zr.File {
		rc, err := e.Open()
		if err != nil {
			return mutate(r, data)
		}
		body, _ := io.ReadAll(rc)
		rc.Close()
		if i == victim || r.IntN(6) == 0 {
			body = mutate(r, body)
		}
		w, err := zw.Create(e.Name)
		if err != nil {
			return mutate(r, data)
		}
		if _, err := w.Write(body); err != nil {
			return mutate(r, data)
		}
	}
	if zw.Close() != nil {
		return mutate(r, data)
	}
	return buf.Bytes()
}

// mutationSeeds are the files whose damaged forms are tried, and how often.
var mutationSeeds = []struct {
	path  string
	count int
}{
	{"made/w.docx", 300}, {"made/c.xlsx", 300}, {"made/p.pptx", 300}, {"made/w.odt", 300},
	{"made/c.xls", 300}, {"found/easyexcel-extra.xls", 100}, {"made/archives/plain.7z", 100},
	{"found/partybuilding-srs.doc", 200}, {"found/testMSG_chinese.msg", 300},
	{"made/w.rtf", 200}, {"made/a.eml", 300}, {"found/ofdrw-1.ofd", 300},
	{"found/tika-test-documents.rar", 150}, {"made/archives/t.tar.gz", 150}, {"made/archives/gbk.zip", 300},
	{"made/gbk-euc-h.pdf", 60}, {"made/w.pdf", 15},
}

// TestMutated reads damaged files: nothing may panic, hang, or lose its
// deadline. PRESCREEN_MUTATIONS multiplies the number of tries.
func TestMutated(t *testing.T) {
	scale := 1
	if n := atoi(os.Getenv("PRESCREEN_MUTATIONS")); n > 0 {
		scale = n
	}
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	watch := &panicWatch{Handler: slog.DiscardHandler}
	p := parserForTest(t, Config{
		Logger: slog.New(watch), OCR: OCR{Command: "-"}, TempDir: t.TempDir(),
		Limits: Limits{Time: 20 * time.Second, Unpacked: 64 << 20},
	})
	for i, seed := range mutationSeeds {
		t.Run(filepath.Base(seed.path), func(t *testing.T) {
			data, err := os.ReadFile(shareddata.Path(t, append([]string{"documents"}, strings.Split(seed.path, "/")...)...))
			if err != nil {
				t.Fatal(err)
			}
			for n := range seed.count * scale {
				r := rand.New(rand.NewPCG(uint64(i), uint64(n)))
				bad := mutate(r, data)
				if n%2 == 0 && bytes.HasPrefix(data, []byte("PK")) {
					bad = mutateZip(r, data)
				}
				start := time.Now()
				res := parseBytes(t, p, filepath.Base(seed.path), bad)
				if took := time.Since(start); took > 2*time.Minute { // a guard against hanging, not a figure
					t.Errorf("input %d took %s; problems %+v", n, took, res.Problems)
				}
				if len(watch.panics) > 0 {
					t.Errorf("input %d: %s", n, watch.panics[0])
					watch.panics = nil
				}
			}
		})
	}
}
