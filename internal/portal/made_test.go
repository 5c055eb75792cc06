package portal

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

// hiddenKinds says what kind of place the hidden text of a format is in; ""
// for those nobody can read, or not without a recogniser.
var hiddenKinds = map[string]string{
	"doc": "hidden", "wps": "hidden", "xls": "hidden", "et": "hidden", "ppt": "note", "dps": "note", "pptx": "note", "wordml": "hidden",
	"odt": "revision", "ods": "hidden", "odp": "hidden", "ofd": "comment", "mht": "comment", "eml": "body", "msg": "body",
	"pdf-note": "comment", "pdf-file": "body", "pdf-layer": "hidden", "tar.gz": "body", "7z": "body", "rar": "body",
	"qr": "image", "scan": "image", "zip-locked": "", "pdf-locked": "",
}

var (
	reBase64 = regexp.MustCompile(`(?m)^[A-Za-z0-9+/]{4,76}={0,2}\r$`)
	reHex    = regexp.MustCompile(`<(?:FEFF)?((?:[0-9A-F]{4})+)>`)
)

// readings are all ways to read the bytes of a file that this package writes,
// without the parsers it must not rely on.
func readings(t *testing.T, body []byte) string {
	t.Helper()
	var b strings.Builder
	b.Write(body)
	wide := func(raw []byte, high, low int) string {
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = uint16(raw[2*i+high])<<8 | uint16(raw[2*i+low])
		}
		return string(utf16.Decode(units))
	}
	if bytes.HasPrefix(body, []byte("\xD0\xCF")) {
		b.WriteString("\n" + wide(body, 1, 0) + "\n" + wide(body[1:], 1, 0))
	}
	if bytes.HasPrefix(body, []byte("PK")) {
		for _, m := range unzip(t, body) {
			b.WriteString("\n" + m.body)
		}
	}
	if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		for tr := tar.NewReader(r); ; {
			if _, err := tr.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
		}
	}
	var mail strings.Builder
	for _, line := range reBase64.FindAllString(string(body), -1) {
		mail.WriteString(strings.TrimSpace(line))
		if len(line) < 77 { // the last line of a part
			data, _ := base64.StdEncoding.DecodeString(mail.String())
			b.Write(data)
			mail.Reset()
		}
	}
	if bytes.HasPrefix(body, []byte("%PDF")) {
		b.WriteString(readPDF(t, body))
		for _, m := range reHex.FindAllSubmatch(body, -1) {
			raw, _ := hex.DecodeString(string(m[1]))
			b.WriteString("\n" + wide(raw, 0, 1))
		}
	}
	return fold(b.String())
}

// readMade finds the texts a specification says in the bytes made of it.
func readMade(t *testing.T, f fileSpec, body []byte) texts {
	t.Helper()
	m := texts{}
	spec := f.Kind.Made
	kind, known := hiddenKinds[spec.Format]
	switch {
	case !known:
		t.Errorf("%s: no kind is known of format %q", f.Path, spec.Format)
	case kind == "image":
		m.add(kind, spec.Hidden) // read back by the crawl of the whole portal
		return m
	case kind == "":
		return m
	}
	all := readings(t, body)
	for _, line := range append(spec.Body, spec.Hidden) {
		if strings.Contains(all, fold(line)) {
			where := "body"
			if line == spec.Hidden {
				where = kind
			}
			m.add(where, line)
		}
	}
	return m
}

// TestEveryFormatIsThere: the portal serves one file of each format at least.
func TestEveryFormatIsThere(t *testing.T) {
	p, _ := expected(t)
	seen := map[string]bool{}
	for _, s := range p.sites {
		for _, f := range s.files {
			if f.Kind.Made != nil {
				seen[f.Kind.Made.Format] = true
			}
		}
	}
	for format := range makers() {
		if !seen[format] {
			t.Errorf("no file of format %q", format)
		}
	}
	if _, _, err := (&madeSpec{Format: "xyz"}).make(); err == nil || !strings.Contains(err.Error(), "wordml") {
		t.Errorf("a format nobody knows: %v, want the list of formats", err)
	}
}
