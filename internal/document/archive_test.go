package document

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

// zipOf builds a ZIP file; entries are in order of their names.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func texts(res *Result, kind scanner.Kind) []string {
	var out []string
	for _, s := range res.Segments {
		if s.Place.Kind == kind {
			out = append(out, s.Text)
		}
	}
	return out
}

func statuses(res *Result) map[scanner.Status]int {
	out := map[scanner.Status]int{}
	for _, p := range res.Problems {
		out[p.Status]++
	}
	return out
}

func TestZipNames(t *testing.T) {
	gbk := func(s string) string { b, _ := simplifiedchinese.GBK.NewEncoder().String(s); return b }
	big5 := func(s string) string { b, _ := traditionalchinese.Big5.NewEncoder().String(s); return b }
	for _, tt := range []struct{ raw, want string }{
		{gbk("附件1：低保人员名单.txt"), "附件1：低保人员名单.txt"},
		{gbk("目录.txt"), "目录.txt"}, // its bytes are valid UTF-8
		{gbk("联通.txt"), "联通.txt"},
		{big5("會議紀錄.txt"), "會議紀錄.txt"},
		{"附件名单.txt", "附件名单.txt"},
		{"plain.txt", "plain.txt"},
	} {
		if got := decodeZipName([]byte(tt.raw), false); got != tt.want {
			t.Errorf("name %q reads %q, want %q", tt.raw, got, tt.want)
		}
	}
}

// Members keep their place, whatever their names try.
func TestZipMembers(t *testing.T) {
	p := parserForTest(t, Config{})
	res := parseBytes(t, p, "附件.zip", zipOf(t, map[string]string{
		"../../etc/越界.txt": "一", "C:\\x\\反斜杠.txt": "二", "里/层.zip": string(zipOf(t, map[string]string{"名单.txt": "三"})),
	}))
	want := []string{"一", "二", "三"}
	got := texts(res, scanner.KindBody)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("body texts %q, want %q; problems %+v", got, want, res.Problems)
	}
	for _, s := range res.Segments {
		if s.Text == "三" && s.Place.File != "附件.zip!/里/层.zip!/名单.txt" {
			t.Errorf("the innermost text is placed in %q", s.Place.File)
		}
	}
}

func TestArchiveStreams(t *testing.T) {
	var tarred bytes.Buffer
	tw := tar.NewWriter(&tarred)
	if err := tw.WriteHeader(&tar.Header{Name: "名单.txt", Size: 6, Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Write([]byte("某某")); err != nil {
		t.Fatal(err)
	}
	tw.Close()
	var gz bytes.Buffer
	gw := gzip.NewWriter(&gz)
	gw.Write(tarred.Bytes())
	gw.Close()
	p := parserForTest(t, Config{})
	res := parseBytes(t, p, "a.tar.gz", gz.Bytes())
	if got := texts(res, scanner.KindBody); !slices.Equal(got, []string{"某某"}) {
		t.Errorf("tar.gz gives %q; problems %+v", got, res.Problems)
	}
	// Cut off: what came before counts, the rest is reported.
	res = parseBytes(t, p, "a.tar.gz", gz.Bytes()[:gz.Len()-10])
	if len(res.Problems) == 0 || statuses(res)[scanner.StatusOK] > 0 {
		t.Errorf("a cut off tar.gz reports %+v", res.Problems)
	}
}

// Deflate64 differs from Deflate in rare codes only: data without them must
// come out the same.
func TestInflate64(t *testing.T) {
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, "第%d行 某某 %d\n", i, i*i%9973)
	}
	for _, level := range []int{flate.NoCompression, flate.HuffmanOnly, flate.BestSpeed, flate.BestCompression} {
		var buf bytes.Buffer
		fw, err := flate.NewWriter(&buf, level)
		if err != nil {
			t.Fatal(err)
		}
		// Length 258 has another code in Deflate64: keep matches short of it.
		io.WriteString(fw, text.String())
		fw.Close()
		got, err := io.ReadAll(newInflate64(&buf))
		if err != nil || string(got) != text.String() {
			t.Errorf("level %d: %d bytes of %d, %v", level, len(got), text.Len(), err)
		}
	}
}

// A ZIP file without its directory is searched for its members.
func TestZipSalvage(t *testing.T) {
	data := zipOf(t, map[string]string{"a.txt": strings.Repeat("某某市", 50), "b.txt": "第二个"})
	at := bytes.Index(data, []byte("PK\x01\x02"))
	res := parseBytes(t, parserForTest(t, Config{}), "a.zip", data[:at])
	if got := texts(res, scanner.KindBody); len(got) != 2 {
		t.Errorf("salvaged %q; problems %+v", got, res.Problems)
	}
	if statuses(res)[scanner.StatusPartial] == 0 {
		t.Errorf("a damaged archive reports %+v", res.Problems)
	}
}

// What is encrypted is said to be, and its name is still read.
func TestZipEncrypted(t *testing.T) {
	data := zipOf(t, map[string]string{"名单.txt": "某某"})
	for _, sig := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(data, []byte(sig))
		flags := at + 6
		if sig == "PK\x01\x02" {
			flags = at + 8
		}
		binary.LittleEndian.PutUint16(data[flags:], binary.LittleEndian.Uint16(data[flags:])|1)
	}
	res := parseBytes(t, parserForTest(t, Config{}), "a.zip", data)
	if statuses(res)[scanner.StatusEncrypted] != 1 || !slices.Contains(texts(res, scanner.KindFilename), "名单.txt") {
		t.Errorf("problems %+v, names %q", res.Problems, texts(res, scanner.KindFilename))
	}
}

func TestMadeArchives(t *testing.T) {
	p := parserForTest(t, Config{})
	for _, tt := range []struct {
		name   string
		body   string         // must be in a body text
		file   string         // name of a member
		status scanner.Status // that must be reported
	}{
		{"gbk.zip", "", "附件1：2026年低保人员名单.txt", ""},
		{"utf8noflag.zip", "", "附件名单无标志.txt", ""},
		{"slip.zip", "", "越界.txt", ""},
		{"plain.7z", "身份证11010519491231002X", "名单.txt", ""},
		{"t.tar.gz", "身份证11010519491231002X", "通知.doc", ""},
		{"enc.7z", "", "", scanner.StatusEncrypted},
		{"encaes.zip", "", "名单.txt", scanner.StatusEncrypted},
		{"overlap.zip", "", "", scanner.StatusLimit},
		{"deep.zip", "", "", scanner.StatusLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := parseFile(t, p, shareddata.Path(t, "documents", "made", "archives", tt.name))
			if tt.body != "" && !containsAny(texts(res, scanner.KindBody), tt.body) {
				t.Errorf("no body text with %q; problems %+v", tt.body, res.Problems)
			}
			if tt.file != "" && !slices.Contains(texts(res, scanner.KindFilename), filepath.Base(tt.file)) {
				t.Errorf("names %q, want %q", texts(res, scanner.KindFilename), tt.file)
			}
			if tt.status != "" && statuses(res)[tt.status] == 0 {
				t.Errorf("no problem of status %s in %+v", tt.status, res.Problems)
			}
		})
	}
}

func sinkNothing(scanner.Segment) error { return nil }
