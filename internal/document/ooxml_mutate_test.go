package document

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
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

// mutationSeeds are the files whose damaged forms are tried, by the parser they
// go to, and how often.
func mutationSeeds(t *testing.T) []mutationSeed {
	shared := func(paths ...string) [][]byte {
		var out [][]byte
		for _, path := range paths {
			data, err := os.ReadFile(shareddata.Path(t, append([]string{"documents"}, strings.Split(path, "/")...)...))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, data)
		}
		return out
	}
	return []mutationSeed{
		{"docx", 300, append(shared("made/w.docx"), tinyDocx(t))},
		{"xlsx", 300, append(shared("made/c.xlsx", "found/easyexcel-extra.xlsx"), tinyXlsx(t))},
		{"xlsb", 300, [][]byte{tinyXLSB(t)}},
		{"drawings", 300, [][]byte{tinyXPS(t), tinyVisio(t)}},
		{"small", 300, [][]byte{tinyDBF(), []byte(tinyVCard), appleDouble(), dsStore(), ownerFile(), shortcut(), thumbs(t)}},
		{"old archives", 300, append(valuesOf(oldArchives(t)), valuesOf(packedFiles(t))...)},
		{"pptx", 300, append(shared("made/p.pptx"), tinyPptx(t))},
		{"odf", 300, append(shared("made/w.odt"), tinyOds(t), tinyOdp(t))},
		{"xls", 300, shared("made/c.xls", "found/easyexcel-extra.xls", "found/easyexcel-dataformat.xls")},
		{"doc", 200, shared("found/partybuilding-srs.doc")},
		{"msg", 300, shared("found/testMSG_chinese.msg")},
		{"rtf", 200, append(shared("made/w.rtf"), []byte(tinyRTF()))},
		{"mail", 300, append(shared("made/a.eml"), []byte(tinyMail()))},
		{"ofd", 300, append(shared("found/ofdrw-1.ofd"), tinyOFD(t))},
		{"office xml", 300, [][]byte{[]byte(tinyWordML), []byte(tinyExcelML)}},
		{"image", 150, [][]byte{exifJPEG(t), pngOf(t, blank(60, 60))}},
		{"7z", 100, shared("made/archives/plain.7z")},
		{"rar", 150, [][]byte{smallRAR(t, shared("found/tika-test-documents.rar")[0])}},
		{"tar", 150, shared("made/archives/t.tar.gz")},
		{"zip", 300, shared("made/archives/gbk.zip", "made/archives/utf8noflag.zip")},
		{"pdf", 75, append(shared("made/gbk-euc-h.pdf", "made/unigb-ucs2-h.pdf", "found/pdfjs-issue3521.pdf"), tinyPDF())},
		{"ppt", 200, [][]byte{pptFile(t)}},
		{"packed", 300, packedSeeds(t)},
		{"mht", 300, [][]byte{[]byte(tinyMHT)}},
		{"metafile", 300, [][]byte{tinyEMF(), tinyWMF()}},
		{"html", 300, shared("made/w.html", "made/gbknodecl.html")},
		{"csv", 300, shared("made/gbk.csv", "made/tsv-as.xls")},
	}
}

// valuesOf are the values of m in the order of their names.
func valuesOf(m map[string][]byte) [][]byte {
	var out [][]byte
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[name])
	}
	return out
}

type mutationSeed struct {
	parser string
	count  int
	files  [][]byte
}

// TestMutated reads damaged files: nothing may panic, hang, lose its deadline,
// or leave goroutines, memory or temporary files behind. PRESCREEN_MUTATIONS
// is the number of tries for each parser, see make soak.
func TestMutated(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	watch := &panicWatch{Handler: slog.DiscardHandler}
	temp := t.TempDir()
	p := parserForTest(t, Config{
		Logger: slog.New(watch), OCR: OCR{Command: "-"}, TempDir: temp,
		Limits: Limits{Time: 20 * time.Second, Unpacked: 64 << 20},
	})
	parseBytes(t, p, "first.pdf", tinyPDF()) // the engine stays, its goroutines are no leak
	for i, seed := range mutationSeeds(t) {
		t.Run(seed.parser, func(t *testing.T) {
			goroutines, heap := runtime.NumGoroutine(), heapInUse()
			count := max(seed.count, atoi(os.Getenv("PRESCREEN_MUTATIONS")))
			for n := range count {
				data := seed.files[n%len(seed.files)]
				r := rand.New(rand.NewPCG(uint64(i), uint64(n)))
				bad := mutate(r, data)
				if r.IntN(2) == 0 && bytes.HasPrefix(data, []byte("PK")) {
					bad = mutateZip(r, data)
				}
				start := time.Now()
				res := parseBytes(t, p, seed.parser, bad)
				if took := time.Since(start); took > 2*time.Minute { // a guard against hanging, not a figure
					t.Errorf("input %d took %s; problems %+v", n, took, res.Problems)
				}
				if len(watch.panics) > 0 {
					t.Errorf("input %d: %s", n, watch.panics[0])
					watch.panics = nil
				}
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("temporary files left: %v, %v", left, err)
			}
			if now := goroutinesLeft(goroutines + 8); now > goroutines+8 {
				t.Errorf("%d goroutines, %d before", now, goroutines)
			}
			if now := heapInUse(); now > heap+64<<20 {
				t.Errorf("%d MB in use, %d before", now>>20, heap>>20)
			}
		})
	}
}

// goroutinesLeft waits until there are no more than so many: what was stopped
// may still be ending.
func goroutinesLeft(most int) int {
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > most && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

// heapInUse is what is still referred to, in bytes.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
