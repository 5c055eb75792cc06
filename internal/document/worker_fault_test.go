package document

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"prescreen/scanner"
)

// hugeFile is a file of 2 GB of zeros behind its first bytes.
type hugeFile struct{ head string }

const hugeSize = 2 << 30

func (h hugeFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= hugeSize {
		return 0, io.EOF
	}
	clear(p)
	if off < int64(len(h.head)) {
		copy(p, h.head[off:])
	}
	return int(min(int64(len(p)), hugeSize-off)), nil
}

// A file of 2 GB is refused or read in part, soon, and says so.
func TestHugeFiles(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "-"}, TempDir: t.TempDir(), Limits: Limits{Time: 2 * time.Second}})
	for _, head := range []string{"\x89PNG\r\n\x1A\n", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "%PDF-1.7\n", "\x1F\x8B\x08\x00", "Rar!\x1A\x07\x00", "From: a\nTo: b\n\n", `{\rtf1 x`} {
		start := time.Now()
		res, err := p.Parse(context.Background(), Input{Name: "big", Data: hugeFile{head}, Size: hugeSize})
		if err != nil {
			t.Errorf("%q: %v", head, err)
			continue
		}
		bad := false
		for _, pr := range res.Problems {
			bad = bad || !pr.Status.Harmless()
		}
		if took := time.Since(start); !bad || took > 60*time.Second {
			t.Errorf("%q: problems %+v after %s", head, res.Problems, took)
		}
	}
}

// No room for temporary files costs the members that need them.
func TestFullDisk(t *testing.T) {
	p := parserForTest(t, Config{TempDir: filepath.Join(t.TempDir(), "missing")})
	res := parseBytes(t, p, "a.zip", zipOf(t, map[string]string{
		"big.txt": strings.Repeat("某某市某某区\n", 600_000), "small.txt": "小文件",
	}))
	if !containsAny(texts(res, scanner.KindBody), "小文件") || statuses(res)[scanner.StatusPartial] == 0 {
		t.Errorf("problems %+v", res.Problems)
	}
}

// A file that makes its worker grow beyond what it may costs that file, once.
func TestFatWorker(t *testing.T) {
	pool := poolForTest(t, "worker-good", func(c *PoolConfig) { c.Peak = 250 << 20 })
	run := "<w:document><w:body><w:p><w:r><w:t>" + strings.Repeat("某某市某某区某某街道", 10_000_000)
	res := poolParse(t, pool, "a.docx", zipOf(t, map[string]string{"word/document.xml": run}))
	if len(res.Problems) != 1 || res.Problems[0].Status != scanner.StatusLimit || res.Problems[0].File != "a.docx" || len(segmentsWith(res, "a.docx")) != 1 {
		t.Errorf("%d segments, problems %+v, want a limit that names a.docx", len(res.Segments), res.Problems)
	}
	if res := poolParse(t, pool, "b.zip", zipOf(t, map[string]string{"a.txt": "某某"})); len(res.Problems) != 0 || len(res.Segments) != 3 {
		t.Errorf("the next file: %+v", res)
	}
}

// A file that finds no room is taken off the pipe to its end, and the worker
// reads the next one.
func TestFullDiskOfWorker(t *testing.T) {
	p := poolForTest(t, "worker-good", func(c *PoolConfig) { c.Config.TempDir = filepath.Join(t.TempDir(), "missing") })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	big := strings.NewReader(`{\rtf1 ` + strings.Repeat("x", spoolAbove+1<<20))
	res, err := p.Parse(ctx, Input{Name: "big.rtf", Data: big, Size: big.Size()})
	if err != nil || statuses(res)[scanner.StatusPartial] != 1 {
		t.Fatalf("%v, %+v", err, res.Problems)
	}
	small := strings.NewReader(tinyRTF())
	if res, err = p.Parse(ctx, Input{Name: "small.rtf", Data: small, Size: small.Size()}); err != nil || len(res.Segments) < 5 {
		t.Fatalf("%v, %+v", err, res)
	}
}

// Names from outside cannot carry control characters into places and logs.
func TestControlNames(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.zip", zipOf(t, map[string]string{"坏\x1b[31m\n名\x00.txt": "文", "坏\r\n.bin": "\x00\x01\x02\x03"}))
	for _, s := range res.Segments {
		if strings.ContainsFunc(s.Place.File, unicode.IsControl) {
			t.Errorf("place %q", s.Place.File)
		}
	}
	for _, pr := range res.Problems {
		if strings.ContainsFunc(pr.File+pr.Message, unicode.IsControl) {
			t.Errorf("problem %+v", pr)
		}
	}
}

func TestEncryptedWorkbook(t *testing.T) {
	p := parserForTest(t, Config{})
	f := fileForTest(t, p, "xls", nil)
	err := readXLS(t.Context(), &oleStorage{f: f}, []byte("\x09\x08\x04\x00\x00\x06\x05\x00\x2F\x00\x02\x00\x01\x00"))
	var flt *fault
	if !errors.As(err, &flt) || flt.status != scanner.StatusEncrypted {
		t.Errorf("a workbook with a password gives %v", err)
	}
}
