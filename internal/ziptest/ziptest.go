// Package ziptest takes ZIP files apart in tests.
package ziptest

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// Each gives every part of a ZIP file with its content, in the order of the
// file.
func Each(t testing.TB, data []byte, part func(name string, content []byte)) {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		part(f.Name, content)
	}
}

// Rewrite returns a ZIP file with one part changed, which must change.
func Rewrite(t testing.TB, data []byte, name string, change func(string) string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	Each(t, data, func(part string, content []byte) {
		if part == name {
			changed := change(string(content))
			if changed == string(content) {
				t.Fatalf("nothing of %s was changed", name)
			}
			content = []byte(changed)
		}
		w, err := zw.Create(part)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	})
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
