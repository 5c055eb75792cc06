package document

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"prescreen/scanner"
)

// oleStreams are the streams of a compound file by path; "/" stands between
// a storage and what is in it.
type oleStreams []struct{ path, data string }

// oleOf writes a compound file ([MS-CFB], version 3). Streams are filled up
// with zeros to 4096 bytes, so that none goes to the mini stream.
func oleOf(t testing.TB, streams oleStreams) []byte {
	t.Helper()
	type entry struct {
		name        string
		kind        byte
		child, next uint32
		start, size uint32
	}
	const none, endOfChain = 0xFFFFFFFF, 0xFFFFFFFE
	entries := []entry{{name: "Root Entry", kind: 5, child: none, next: none, start: endOfChain}}
	storages := map[string]int{"": 0}
	add := func(parent int, e entry) int {
		// The siblings make a list instead of a tree, which readers accept.
		e.next, e.child = entries[parent].child, none
		entries = append(entries, e)
		entries[parent].child = uint32(len(entries) - 1)
		return len(entries) - 1
	}
	var sectors []byte
	var fat []uint32
	put := func(data []byte) uint32 {
		start := uint32(len(fat))
		for at := 0; at < len(data); at += 512 {
			sectors = append(sectors, data[at:min(at+512, len(data))]...)
			sectors = append(sectors, make([]byte, (512-len(sectors)%512)%512)...)
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = endOfChain
		return start
	}
	for _, s := range streams {
		dir, name := "", s.path
		for {
			head, rest, ok := strings.Cut(name, "/")
			if !ok {
				break
			}
			parent := storages[dir]
			dir += "/" + head
			if _, known := storages[dir]; !known {
				storages[dir] = add(parent, entry{name: head, kind: 1})
			}
			name = rest
		}
		data := append([]byte(s.data), make([]byte, max(0, 4096-len(s.data)))...)
		add(storages[dir], entry{name: name, kind: 2, start: put(data), size: uint32(len(data))})
	}
	var dirs []byte
	for _, e := range entries {
		b := make([]byte, 128)
		w := wide(e.name)
		copy(b, w)
		binary.LittleEndian.PutUint16(b[64:], uint16(len(w)+2))
		b[66], b[67] = e.kind, 1
		for i, v := range []uint32{none, e.next, e.child} {
			binary.LittleEndian.PutUint32(b[68+4*i:], v)
		}
		binary.LittleEndian.PutUint32(b[116:], e.start)
		binary.LittleEndian.PutUint32(b[120:], e.size)
		dirs = append(dirs, b...)
	}
	dirStart := put(append(dirs, make([]byte, (512-len(dirs)%512)%512)...))
	fatSectors := (len(fat)+len(fat)/100+8)/128 + 1
	fatStart := uint32(len(fat))
	for range fatSectors {
		fat = append(fat, 0xFFFFFFFD)
	}
	header := make([]byte, 512)
	copy(header, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	for at, v := range map[int]uint16{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(header[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(fatSectors), 48: dirStart, 56: 4096, 60: endOfChain, 68: endOfChain} {
		binary.LittleEndian.PutUint32(header[at:], v)
	}
	for i := range 109 {
		v := uint32(none)
		if i < fatSectors {
			v = fatStart + uint32(i)
		}
		binary.LittleEndian.PutUint32(header[76+4*i:], v)
	}
	var table []byte
	for i := range fatSectors * 128 {
		v := uint32(none)
		if i < len(fat) {
			v = fat[i]
		}
		table = binary.LittleEndian.AppendUint32(table, v)
	}
	return bytes.Join([][]byte{header, sectors, table}, nil)
}

// packedFile is what the Windows packager makes of a file.
func packedFile(name, from, text string) string {
	b := []byte{0, 0, 0, 0, 2, 0}
	b = append(b, name+"\x00"+from+"\x00"...)
	b = append(b, 0, 0, 3, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(from)+1))
	b = append(b, from+"\x00"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	return string(append(b, text...))
}

// WPS writes the names of streams in lower case, other producers in upper
// case: they are the same names.
func TestOLENames(t *testing.T) {
	docx := string(tinyDocx(t))
	for _, name := range []string{"Package", "package", "PACKAGE"} {
		data := oleOf(t, oleStreams{{"\x01Ole", "x"}, {name, docx}})
		res := parseBytes(t, parserForTest(t, Config{}), "object.bin", data)
		if len(problemsOf(res)) > 0 || len(texts(res, scanner.KindBody)) == 0 {
			t.Errorf("%s: problems %v, segments %+v", name, problemsOf(res), res.Segments)
		}
	}
	res := parseBytes(t, parserForTest(t, Config{}), "a.doc", oleOf(t, oleStreams{{"WORDDOCUMENT", "x"}, {"1TABLE", "x"}}))
	if res.Type != "doc" || !strings.Contains(problemsOf(res), "text") && len(res.Problems) == 0 {
		t.Errorf("type %s, problems %v", res.Type, res.Problems)
	}
}

// keep is a sink that keeps every segment.
func (r *Result) keep(s scanner.Segment) error {
	r.Segments = append(r.Segments, s)
	return nil
}

func problemsOf(res *Result) string {
	var out []string
	for _, p := range res.Problems {
		if !p.Status.Harmless() {
			out = append(out, string(p.Status)+": "+p.Message)
		}
	}
	return strings.Join(out, "\n")
}

func TestOLEObjects(t *testing.T) {
	link := "C:\\Users\\zhang\\内部\\名单.doc"
	data := oleOf(t, oleStreams{
		{"ObjectPool/_1/\x01Ole10Native", packedFile("list.txt", `C:\Users\zhangsan\list.txt`, "打包的内容")},
		{"ObjectPool/_2/\x03LinkInfo", "\x00\x00ansi\xBB\xBB\xCC\xCC" + string(shorts(int16(len([]rune(link))))) + string(wide(link))},
		{"ObjectPool/_3/Equation Native", "x"},
		{"ObjectPool/_4/Whatever", "x"},
		{"WordDocument", "x"},
	})
	p := parserForTest(t, Config{})
	f := fileForTest(t, p, "ole", data)
	f.sink = f.res.keep
	s, err := openOLE(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.embedded(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkWants(t, f.res, []want{
		{"打包的内容", scanner.KindBody, nil},
		{`C:\Users\zhangsan\list.txt`, scanner.KindProperty, nil},
		{link, scanner.KindLink, nil},
	})
	if got := problemsOf(f.res); got != "unsupported: an OLE file of unknown kind" {
		t.Errorf("problems %q, want the unknown object only", got)
	}
}

// TestDocPeople reads who has saved a document, and where, and its variables.
func TestDocPeople(t *testing.T) {
	sttb := func(extra int, names ...string) []byte {
		b := shorts(-1, int16(len(names)), int16(extra))
		for _, n := range names {
			b = append(append(b, shorts(int16(len([]rune(n))))...), wide(n)...)
			b = append(b, make([]byte, extra)...)
		}
		return b
	}
	saved := sttb(0, "王某", `D:\内部\草稿.doc`)
	variables := sttb(4, "变量名")
	variables = append(append(append(variables, shorts(3)...), wide("变量值")...), 0, 0)
	d := &wordDoc{main: make([]byte, 0x400), table: append(append([]byte(nil), saved...), variables...)}
	binary.LittleEndian.PutUint32(d.main[fibSavedBy+4:], uint32(len(saved)))
	binary.LittleEndian.PutUint32(d.main[fibVariables:], uint32(len(saved)))
	binary.LittleEndian.PutUint32(d.main[fibVariables+4:], uint32(len(variables)))
	d.f = fileForTest(t, parserForTest(t, Config{}), "doc", d.main)
	d.f.sink = d.f.res.keep
	if err := d.people(); err != nil {
		t.Fatal(err)
	}
	checkWants(t, d.f.res, []want{
		{"王某", scanner.KindProperty, nil}, {`D:\内部\草稿.doc`, scanner.KindProperty, nil},
		{"变量名", scanner.KindProperty, nil}, {"变量值", scanner.KindProperty, nil},
	})
}
