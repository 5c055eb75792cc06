package document

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"prescreen/scanner"
)

// A folder the PDF engine cannot keep its code in costs time, not the file:
// there is another one where temporary files go.
func TestPDFCacheUnusable(t *testing.T) {
	parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "fill.pdf", tinyPDF())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	spare := filepath.Join(temp, fmt.Sprintf("prescreen-pdfium-%d", os.Getuid()))
	if err := os.Mkdir(spare, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(spare, os.DirFS(pdfCache(t))); err != nil { // compiling would take its time
		t.Fatal(err)
	}
	before := codeFiles(t, spare)
	p, err := New(Config{PDFCacheDir: filepath.Join(file, "sub"), TempDir: temp, OCR: OCR{Command: "-"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if res := parseBytes(t, p, "a.pdf", tinyPDF()); !containsAny(texts(res, scanner.KindBody), "Visible text") {
		t.Errorf("problems %+v", res.Problems)
	}
	if after := codeFiles(t, spare); len(after) != len(before) || len(before) == 0 {
		t.Errorf("compiled code before %v, after %v", before, after)
	}
}

// The folder beside the temporary files is run from: it must be our own.
func TestOwnDir(t *testing.T) {
	temp := t.TempDir()
	for name, make := range map[string]func(path string) error{
		"new":      func(string) error { return nil },
		"open":     func(path string) error { return mkdirMode(path, 0o777) },
		"a file":   func(path string) error { return os.WriteFile(path, nil, 0o700) },
		"symbolic": func(path string) error { return os.Symlink(t.TempDir(), path) },
		"ours":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		path := filepath.Join(temp, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if got, want := makeOwnDir(path), name == "new" || name == "ours"; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func mkdirMode(path string, mode fs.FileMode) error {
	if err := os.Mkdir(path, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // past the mask
}

// Compiled code that is damaged is compiled anew; where the disk is full it is
// kept in memory, and the next process finds a clean folder.
func TestPDFCacheDamagedFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the PDF engine")
	}
	parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "fill.pdf", tinyPDF())
	// A program without the race detector: compiling under it takes a minute.
	program := filepath.Join(t.TempDir(), "prescreen")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/prescreen").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"cut off": func(code []byte) []byte { return code[:len(code)/2] },
		"changed": func(code []byte) []byte { code[len(code)/2] ^= 1; return code },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fillCache(t, dir, program)
			for _, path := range codeFiles(t, dir) {
				code, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, damage(code), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			full := []string{"sh", "-c", `ulimit -f 2048; exec "$0" document-worker`, program}
			pool, err := NewPool(PoolConfig{Command: full, Workers: 1, Config: Config{PDFCacheDir: dir, OCR: OCR{Command: "-"}}})
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			for _, file := range []string{"a.pdf", "b.pdf"} {
				if res := poolParse(t, pool, file, tinyPDF()); !containsAny(texts(res, scanner.KindBody), "Visible text") || len(res.Problems) > 0 {
					t.Errorf("%s: problems %+v", file, res.Problems)
				}
			}
			if left := codeFiles(t, dir); len(left) > 0 {
				t.Errorf("left in the folder: %v", left)
			}
		})
	}
}

// fillCache puts compiled code of the program into dir.
func fillCache(t *testing.T, dir, program string) {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(user, "prescreen", "pdf-test")
	pool, err := NewPool(PoolConfig{Command: []string{program, "document-worker"}, Workers: 1, Config: Config{PDFCacheDir: shared, OCR: OCR{Command: "-"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	poolParse(t, pool, "fill.pdf", tinyPDF())
	if err := os.CopyFS(dir, os.DirFS(shared)); err != nil {
		t.Fatal(err)
	}
}

// codeFiles lists the compiled code in a folder.
func codeFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}
