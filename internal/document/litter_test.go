package document

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"prescreen/scanner"
)

func wideBE(s string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return string(out)
}

// appleDouble is what macOS packs beside a file that was downloaded.
func appleDouble() []byte {
	be := binary.BigEndian
	value := "bplist00\x5F\x10\x19http://oa.example.gov.cn/\x64" + wideBE("内部文件")
	const name, head, attrs = "com.apple.metadata:kMDItemWhereFroms\x00", 38, 84
	entry := attrs + 36
	start := entry + (11+len(name)+3)&^3
	info := make([]byte, start-head, start-head+len(value))
	at := func(off int) []byte { return info[off-head:] }
	copy(at(attrs), "ATTR")
	be.PutUint16(at(attrs+34), 1)
	be.PutUint32(at(entry), uint32(start))
	be.PutUint32(at(entry+4), uint32(len(value)))
	at(entry + 10)[0] = byte(len(name))
	copy(at(entry+11), name)
	info = append(info, value...)
	out := append([]byte("\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x01"), 0, 0, 0, 9, 0, 0, 0, head)
	return append(be.AppendUint32(out, uint32(len(info))), info...)
}

func dsStore() []byte {
	record := func(name, what string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len([]rune(name))))) + wideBE(name) + what
	}
	return []byte("\x00\x00\x00\x01Bud1" + strings.Repeat("\x00", 28) + record("名单（内部）.xlsx", "Ilocblob\x00\x00\x00\x00") + record("说明.doc", "cmmtustr\x00\x00\x00\x04"+wideBE("不要外传")))
}

func ownerFile() []byte {
	out := make([]byte, 162)
	name := gbkBytes("某某")
	out[0] = byte(len(name))
	copy(out[1:], name)
	out[54] = 2
	copy(out[56:], wide("某某"))
	return out
}

func shortcut() []byte {
	const unicodeName = 1<<2 | 1<<7
	out := make([]byte, 76)
	copy(out, "\x4C\x00\x00\x00\x01\x14\x02\x00")
	binary.LittleEndian.PutUint32(out[20:], unicodeName|1<<1)
	path := gbkBytes(`D:\某某\名单.doc`)
	info := binary.LittleEndian.AppendUint32(nil, uint32(28+len(path)+1))
	info = append(append(info, make([]byte, 12)...), 28, 0, 0, 0)
	info = append(append(append(info, make([]byte, 8)...), path...), 0)
	return append(append(append(out, info...), 4, 0), wide("内部名单")...)
}

func thumbs(t testing.TB) []byte {
	entry := append([]byte("\x20\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), wide("名单.jpg")...)
	return oleOf(t, oleStreams{{"Catalog", strings.Repeat("\x00", 16) + string(append(entry, 0, 0, 0, 0, 0, 0))}})
}

// What desktops leave behind in archives is read, and makes nothing incomplete.
func TestLitter(t *testing.T) {
	p := parserForTest(t, Config{})
	for _, tt := range []struct {
		name, typ string
		data      []byte
		wants     []want
	}{
		{"._a.doc", "appledouble", appleDouble(), []want{{"http://oa.example.gov.cn/", scanner.KindLink, nil}, {"内部文件", scanner.KindProperty, nil}}},
		{".DS_Store", "dsstore", dsStore(), []want{{"名单（内部）.xlsx", scanner.KindFilename, nil}, {"不要外传", scanner.KindComment, nil}}},
		{"~$名单.docx", "owner", ownerFile(), []want{{"某某", scanner.KindProperty, nil}}},
		{"a.lnk", "shortcut", shortcut(), []want{{`D:\某某\名单.doc`, scanner.KindProperty, nil}, {"内部名单", scanner.KindProperty, nil}}},
		{"Thumbs.db", "ole", thumbs(t), []want{{"名单.jpg", scanner.KindFilename, nil}}},
		{"a.woff", "font", []byte("wOFF\x00\x01\x00\x00"), nil},
	} {
		res := parseBytes(t, p, tt.name, tt.data)
		checkWants(t, res, tt.wants)
		if got := problemsOf(res); got != "" || res.Type != tt.typ {
			t.Errorf("%s is %s: %s", tt.name, res.Type, got)
		}
	}
}

// FuzzLitter reads any bytes as each of the small formats.
func FuzzLitter(f *testing.F) {
	for _, seed := range [][]byte{appleDouble(), dsStore(), ownerFile(), shortcut()} {
		f.Add(seed)
	}
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, run := range []extractor{readAppleDouble, readDSStore, readOwnerFile, readShortcut} {
			_ = run(t.Context(), fileForTest(t, p, "x", data)) // an error is an answer
		}
	})
}
