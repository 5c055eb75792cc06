package document

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/ulikunitz/xz/lzma"

	"prescreen/scanner"
)

// TestArchiveCorners has what stands in archives beside the content of their
// members, and archives behind something else.
func TestArchiveCorners(t *testing.T) {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	if err := zw.SetComment(gbkBytes("压缩包的注释")); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"机密目录/名单一.txt", "机密目录/名单二.txt"} {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Comment: []string{"成员的注释", ""}[i]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("成员的内容")); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	p := parserForTest(t, Config{})
	for name, before := range map[string]string{
		"a.zip": "", "sfx.exe": "MZ\x90\x00" + strings.Repeat("\x00\x01", 3000), "junk.bin": strings.Repeat("\x01\x02\x03", 2000),
	} {
		res := parseBytes(t, p, name, append([]byte(before), b.Bytes()...))
		checkWants(t, res, []want{
			{"压缩包的注释", scanner.KindComment, nil}, {"成员的注释", scanner.KindComment, nil},
			{"名单一.txt", scanner.KindFilename, nil}, {"成员的内容", scanner.KindBody, nil},
		})
		if n := len(segmentsWith(res, "机密目录")); n != 1 {
			t.Errorf("%s: the folder is named %d times", name, n)
		}
		if got := problemsOf(res); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	res := parseBytes(t, p, "a.exe", []byte("MZ\x90\x00"+strings.Repeat("\x00\x01", 3000)))
	if statuses(res)[scanner.StatusUnsupported] != 1 {
		t.Errorf("a program: %v", res.Problems)
	}

	b.Reset()
	lw, err := lzma.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lw.Write([]byte("单个压缩的内容")); err != nil {
		t.Fatal(err)
	}
	if err := lw.Close(); err != nil {
		t.Fatal(err)
	}
	checkWants(t, parseBytes(t, p, "a.txt.lzma", b.Bytes()), []want{{"单个压缩的内容", scanner.KindBody, nil}})
}
