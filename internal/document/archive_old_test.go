package document

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"prescreen/scanner"
)

const oldText = "某某市某某区某某街道\n"

func arOf(members ...[2]string) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for _, m := range members {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", m[0], 0, 0, 0, 0o100644, len(m[1]), m[1])
		if len(m[1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// cpioOf is an archive of one file in the form of this mark.
func cpioOf(mark, name, content string) []byte {
	var b bytes.Buffer
	put := func(name, content string) {
		align := 4
		switch n := len(name) + 1; mark {
		case "070701":
			fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, n, 0)
		case "070707":
			align = 1
			fmt.Fprintf(&b, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o", 0, 1, 0o100644, 0, 0, 1, 0, 0, n, len(content))
		default:
			align = 2
			for _, v := range []int{0o070707, 0, 1, 0o100644, 0, 0, 1, 0, 0, 0, n, len(content) >> 16, len(content) & 0xFFFF} {
				b.Write(binary.LittleEndian.AppendUint16(nil, uint16(v)))
			}
		}
		for _, s := range []string{name + "\x00", content} {
			b.WriteString(s)
			for b.Len()%align != 0 {
				b.WriteByte(0)
			}
		}
	}
	put(name, content)
	put("TRAILER!!!", "")
	return b.Bytes()
}

// isoOf is a disc with a file in a folder, named by Rock Ridge or Joliet.
func isoOf(joliet bool, folder, name, content string) []byte {
	le := binary.LittleEndian
	record := func(sector, size int, dir bool, id, long string) []byte {
		b := make([]byte, 33)
		le.PutUint32(b[2:], uint32(sector))
		le.PutUint32(b[10:], uint32(size))
		if dir {
			b[25] = 2
		}
		b[32] = byte(len(id))
		b = append(b, id...)
		if len(id)%2 == 0 {
			b = append(b, 0)
		}
		if long != "" {
			b = append(append(b, 'N', 'M', byte(5+len(long)), 1, 0), long...)
		}
		b[0] = byte(len(b))
		return b
	}
	entry := func(sector, size int, dir bool, name string) []byte {
		if joliet {
			return record(sector, size, dir, wideBE(name), "")
		}
		return record(sector, size, dir, "SHORT.TXT;1", name)
	}
	image := make([]byte, 22*isoSector)
	put := func(sector int, parts ...[]byte) { copy(image[sector*isoSector:], bytes.Join(parts, nil)) }
	volume := make([]byte, isoSector)
	copy(volume, "\x01CD001\x01")
	copy(volume[40:], "DISC NAME")
	if joliet {
		volume[0] = 2
		copy(volume[40:72], wideBE("光盘的名字"))
		copy(volume[88:], "%/E")
	}
	copy(volume[156:], record(20, isoSector, true, "\x00", ""))
	put(16, volume)
	put(17, []byte("\xFFCD001\x01"))
	put(18, []byte(content))
	put(20, record(20, isoSector, true, "\x00", ""), record(20, isoSector, true, "\x01", ""), entry(21, isoSector, true, folder))
	put(21, record(21, isoSector, true, "\x00", ""), entry(18, len(content), false, name))
	return image
}

func lz4Of(t testing.TB) []byte {
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	_, err := io.WriteString(w, strings.Repeat(oldText, 100))
	if cerr := w.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	return b.Bytes()
}

// packedFiles were made by the programs compress, lzip and gcab: 300 lines.
func packedFiles(t testing.TB) map[string][]byte {
	out := map[string][]byte{}
	for _, name := range []string{"numbers.txt.Z", "numbers.txt.lz", "numbers.cab"} {
		data, err := os.ReadFile(filepath.Join("testdata", "packed", name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = data
	}
	return out
}

func oldArchives(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"a.a":      arOf([2]string{"//", "long-name-of-a-member.txt/\n"}, [2]string{"/0", oldText}, [2]string{"#1/5", "a.txt" + oldText}),
		"new.cpio": cpioOf("070701", "目录/名单.txt", oldText), "odc.cpio": cpioOf("070707", "目录/名单.txt", oldText), "bin.cpio": cpioOf("", "目录/名单.txt", oldText),
		"joliet.iso": isoOf(true, "目录", "名单.txt", oldText), "rock.iso": isoOf(false, "目录", "名单.txt", oldText), "a.txt.lz4": lz4Of(t),
	}
}

func TestOldArchives(t *testing.T) {
	p := parserForTest(t, Config{})
	for name, data := range oldArchives(t) {
		res := parseBytes(t, p, name, data)
		wants := []want{{"某某市某某区某某街道", scanner.KindBody, nil}}
		switch {
		case strings.HasSuffix(name, ".cpio"), strings.HasSuffix(name, ".iso"):
			wants = append(wants, want{"目录", scanner.KindFilename, nil}, want{"名单.txt", scanner.KindFilename, nil})
		case name == "a.a":
			wants = append(wants, want{"long-name-of-a-member.txt", scanner.KindFilename, nil}, want{"a.txt", scanner.KindFilename, nil})
		}
		if name == "joliet.iso" {
			wants = append(wants, want{"光盘的名字", scanner.KindProperty, nil})
		}
		if name == "a.txt.lz4" {
			wants[0].text = strings.TrimSpace(strings.Repeat(oldText, 100))
		}
		checkWants(t, res, wants)
		if got := problemsOf(res); got != "" {
			t.Errorf("%s: %s", name, got)
		}
		for _, s := range res.Segments {
			if s.Text == "某某市某某区某某街道" && strings.HasSuffix(name, "o") && s.Place.File != name+"!/目录/名单.txt" {
				t.Errorf("%s: placed in %q", name, s.Place.File)
			}
		}
	}
	for name, data := range packedFiles(t) {
		res := parseBytes(t, p, name, data)
		all := strings.Join(texts(res, scanner.KindBody), "\n")
		for i := range 300 {
			if !strings.Contains(all, fmt.Sprintf("某某%d号", i+1)) {
				t.Fatalf("%s: line %d is missing; problems %+v", name, i+1, res.Problems)
			}
		}
		if got := problemsOf(res); got != "" {
			t.Errorf("%s: %s", name, got)
		}
		if res := parseBytes(t, p, name, data[:len(data)-40]); problemsOf(res) == "" && name != "numbers.txt.Z" { // which has no end

			t.Errorf("%s cut off: nothing is said", name)
		}
	}
}

// Two members of lzip behind each other are one file.
func TestLzipMembers(t *testing.T) {
	one := packedFiles(t)["numbers.txt.lz"]
	res := parseBytes(t, parserForTest(t, Config{}), "a.txt.lz", append(bytes.Clone(one), one...))
	if n := strings.Count(strings.Join(texts(res, scanner.KindBody), "\n"), "某某300号"); n != 2 {
		t.Errorf("the last line is there %d times; problems %+v", n, res.Problems)
	}
}

// A text may begin like an archive.
func TestCpioOrText(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.txt", []byte("0707012026年的编号\n"))
	if res.Type != "text" {
		t.Errorf("taken for %s", res.Type)
	}
}

func FuzzOldArchives(f *testing.F) {
	for _, data := range oldArchives(f) {
		f.Add(data)
	}
	for _, data := range packedFiles(f) {
		f.Add(data)
	}
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}, TempDir: f.TempDir(), Limits: Limits{Unpacked: 4 << 20}})
	f.Fuzz(func(t *testing.T, data []byte) {
		for typ, run := range map[string]extractor{"ar": readAr, "cpio": readCpio, "cab": readCab, "iso": readISO, "compress": readStream, "lzip": readStream, "lz4": readStream} {
			_ = run(t.Context(), fileForTest(t, p, typ, data)) // an error is an answer
		}
	})
}
