package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// oleStorage is one storage of an OLE2 compound file ([MS-CFB]): the root or
// one inside it, such as an embedded object.
type oleStorage struct {
	f       *file
	streams map[string]*mscfb.File // name within this storage, "/" between levels
	names   []string               // in directory order
}

const oleMaxStream = 256 << 20

func openOLE(f *file) (*oleStorage, error) {
	doc, err := mscfb.New(zeroPadded{f.data, f.size})
	if err != nil {
		return nil, fmt.Errorf("read compound file: %w", err)
	}
	s := &oleStorage{f: f, streams: map[string]*mscfb.File{}}
	for _, e := range doc.File {
		if err := f.budget.ctx.Err(); err != nil {
			return nil, err
		}
		if e.FileInfo().IsDir() {
			continue
		}
		name := oleName(append(append([]string(nil), e.Path...), e.Name))
		if _, twice := s.streams[name]; !twice {
			s.streams[name] = e
			s.names = append(s.names, name)
		}
	}
	return s, nil
}

// oleNames are the names looked for, by their lower-case form: compound files
// do not tell upper from lower case, and WPS writes "package" for one.
var oleNames = func() map[string]string {
	names := map[string]string{}
	for _, n := range []string{
		"WordDocument", "0Table", "1Table", "Data", "ObjectPool", "Workbook", "Book", "PowerPoint Document", "Current User",
		"Pictures", "SummaryInformation", "DocumentSummaryInformation", "Macros", "VBA", "_SX_DB_CUR", "EncryptedPackage",
		"Ole10Native", "Package", "CONTENTS", "EmbeddedOdf", "Equation Native", "LinkInfo", "EPRINT",
	} {
		names[strings.ToLower(n)] = n
	}
	return names
}()

// oleName joins the names of a stream and of the storages around it.
func oleName(parts []string) string {
	for i, n := range parts {
		if known := oleNames[strings.ToLower(n)]; known != "" {
			parts[i] = known
		}
	}
	return strings.Join(parts, "/")
}

// stream returns the content of a stream, nil when there is none. A damaged
// stream gives what could be read of it.
func (s *oleStorage) stream(name string) []byte {
	e := s.streams[name]
	if e == nil || e.Size <= 0 {
		return nil
	}
	if _, err := e.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	var buf bytes.Buffer
	_, err := io.Copy(&buf, io.LimitReader(e, min(e.Size, oleMaxStream, s.f.size+4096)))
	if err != nil || int64(buf.Len()) < e.Size {
		s.f.problem(scanner.StatusPartial, fmt.Sprintf("stream %q is cut off or damaged", name))
	}
	return buf.Bytes()
}

// sub returns the storage of this name, nil when it has no streams.
func (s *oleStorage) sub(prefix string) *oleStorage {
	out := &oleStorage{f: s.f, streams: map[string]*mscfb.File{}}
	for _, name := range s.names {
		if rest, ok := strings.CutPrefix(name, prefix+"/"); ok {
			out.streams[rest] = s.streams[name]
			out.names = append(out.names, rest)
		}
	}
	if len(out.names) == 0 {
		return nil
	}
	return out
}

// storages returns the names of the storages directly inside s.
func (s *oleStorage) storages() []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range s.names {
		if dir, _, ok := strings.Cut(name, "/"); ok && !seen[dir] {
			seen[dir] = true
			out = append(out, dir)
		}
	}
	return out
}

// readOLE reads a compound file of any kind.
func readOLE(ctx context.Context, f *file) error {
	s, err := openOLE(f)
	if err != nil {
		return err
	}
	return s.read(ctx)
}

// read picks the reader by the streams a storage has.
func (s *oleStorage) read(ctx context.Context) error {
	if err := s.properties(); err != nil {
		return err
	}
	var err error
	switch {
	case s.streams["WordDocument"] != nil:
		err = readDoc(ctx, s)
	case s.streams["Workbook"] != nil:
		err = readXLS(ctx, s, s.stream("Workbook"))
	case s.streams["Book"] != nil:
		err = readXLS(ctx, s, s.stream("Book"))
	case s.streams["PowerPoint Document"] != nil:
		err = readPPT(ctx, s)
	case s.has("__substg1.0_") || s.has("__properties_version1"):
		return readMsg(ctx, s)
	case s.streams["EncryptedPackage"] != nil:
		return failf(scanner.StatusEncrypted, "encrypted, needs a password")
	default:
		return s.readOther(ctx)
	}
	if err != nil {
		return err
	}
	if err := s.macros(); err != nil {
		return err
	}
	return s.embedded(ctx)
}

func (s *oleStorage) has(prefix string) bool {
	for _, name := range s.names {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// readOther reads a storage that is no document: a packed object, a macro
// project. What nothing of it is known is reported.
func (s *oleStorage) readOther(ctx context.Context) error {
	known := s.has("VBA/") || s.has("Macros/")
	if err := s.macros(); err != nil {
		return err
	}
	for _, name := range s.names {
		base := name[strings.LastIndexByte(name, '/')+1:]
		switch {
		case base == "Ole10Native" || base == "Package" || base == "CONTENTS" || base == "EmbeddedOdf":
			known = true
			if err := s.object(ctx, base, s.stream(name)); err != nil {
				return err
			}
		case base == "Equation Native":
			known = true // a formula has nothing to read
		case base == "LinkInfo":
			known = true
			if err := s.f.text(scanner.KindLink, linkInfo(s.stream(name))); err != nil {
				return err
			}
		case base == "EPRINT": // what is shown of the object
			if err := s.object(ctx, "preview.emf", s.stream(name)); err != nil {
				return err
			}
		}
	}
	if !known {
		return failf(scanner.StatusUnsupported, "an OLE file of unknown kind")
	}
	return nil
}

// embedded reads the objects in the storages of a document.
func (s *oleStorage) embedded(ctx context.Context) error {
	for _, dir := range s.storages() {
		switch {
		case dir == "ObjectPool":
			pool := s.sub(dir)
			for _, name := range pool.storages() {
				if err := s.f.childStorage(ctx, "ObjectPool/"+name, pool.sub(name)); err != nil {
					return err
				}
			}
		case strings.HasPrefix(dir, "MBD"):
			if err := s.f.childStorage(ctx, dir, s.sub(dir)); err != nil {
				return err
			}
		}
	}
	return nil
}

// childStorage reads a storage inside f as a file of its own.
func (f *file) childStorage(ctx context.Context, name string, s *oleStorage) error {
	if s == nil {
		return nil
	}
	return f.childRun(name, "ole", f.size, func(m *file) error {
		s.f = m
		return s.read(ctx)
	})
}

// childRun reads a member whose type is known without a look at its bytes.
func (f *file) childRun(name, typ string, size int64, run func(m *file) error) error {
	if err := f.admit(name); err != nil {
		return err
	}
	m := f.member(name, "", nil, size)
	m.res.Files++
	m.typ = typ
	m.emitName()
	err := m.protect(func() error { return run(m) })
	if f.sinkErr != nil {
		return f.sinkErr
	}
	f.emitted = f.emitted || m.emitted
	status, message := statusOf(err, m.emitted)
	if status != scanner.StatusOK {
		m.problem(status, message)
	}
	if status == scanner.StatusLimit || status == scanner.StatusTimeout {
		return err
	}
	return nil
}

// protect runs fn and makes an error of its panic.
func (f *file) protect(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			f.parser.cfg.Logger.Error("parser panicked", "type", f.typ, "panic", fmt.Sprint(v))
			err = failf(scanner.StatusDamaged, "the %s parser gave up on it", f.typ)
		}
	}()
	return fn()
}

// object reads an embedded object that is a file or wraps one.
func (s *oleStorage) object(ctx context.Context, name string, data []byte) error {
	if name == "Ole10Native" {
		return s.f.packed(ctx, data)
	}
	if len(data) == 0 {
		return nil
	}
	return s.f.childBytes(ctx, name, "", data)
}

// packed reads a file packed by the Windows packager. Where it came from is
// kept with it, the name of the user often in it.
func (f *file) packed(ctx context.Context, data []byte) error {
	label, paths, inner := ole10Native(data)
	if inner == nil {
		return nil
	}
	for _, p := range paths {
		if err := f.text(scanner.KindProperty, p); err != nil {
			return err
		}
	}
	return f.childBytes(ctx, label, "", inner)
}

// ole10Native takes a packed file apart ([MS-OLEDS] 2.3.6): size, flags,
// label, path of the original, of the temporary copy, then the data.
func ole10Native(data []byte) (label string, paths []string, inner []byte) {
	if len(data) < 8 {
		return "", nil, nil
	}
	if binary.LittleEndian.Uint16(data[4:]) != 2 {
		return "Ole10Native", nil, data[4:]
	}
	r := byteReader{data: data, pos: 6}
	label = r.cstring()
	original := r.cstring()
	r.pos += 4 // type
	var temporary string
	if n := int(r.u32()); n > 0 && r.pos+n <= len(data) {
		temporary = string(r.take(n))
	}
	size := int(r.u32())
	if r.short || size <= 0 || r.pos >= len(data) {
		return "Ole10Native", nil, data[4:]
	}
	for _, p := range []string{original, trimNul(temporary)} {
		p, _ = charset.Decode([]byte(p), charset.Hint{})
		if strings.ContainsAny(p, `\/`) {
			paths = append(paths, p)
		}
	}
	label, _ = charset.Decode([]byte(label), charset.Hint{})
	return label, paths, data[r.pos:min(len(data), r.pos+size)]
}

// linkInfo returns the address of a linked object in a Word file: after the
// form in ANSI the one in UTF-16, with its length.
func linkInfo(data []byte) string {
	_, wide, ok := bytes.Cut(data, []byte("\xBB\xBB\xCC\xCC"))
	if !ok {
		return ""
	}
	r := byteReader{data: wide}
	return trimNul(r.utf16(r.u16()))
}

// byteReader reads little-endian fields; past the end it gives zeros and
// sets short.
type byteReader struct {
	data  []byte
	pos   int
	short bool
}

func (r *byteReader) take(n int) []byte {
	if n < 0 || r.pos < 0 || r.pos+n > len(r.data) {
		r.short = true
		r.pos = len(r.data)
		return nil
	}
	b := r.data[r.pos : r.pos+n]
	r.pos += n
	return b
}

func (r *byteReader) u8() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *byteReader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (r *byteReader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *byteReader) cstring() string {
	i := bytes.IndexByte(r.data[min(r.pos, len(r.data)):], 0)
	if i < 0 {
		r.short = true
		return ""
	}
	s := string(r.data[r.pos : r.pos+i])
	r.pos += i + 1
	return s
}

func (r *byteReader) utf16(chars int) string { return utf16String(r.take(2 * chars)) }

// utf16String decodes little-endian UTF-16.
func utf16String(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// codepageString decodes bytes of a Windows code page. Bytes that are not of
// the page they claim are left to the detector.
func codepageString(b []byte, codepage int) string {
	if isASCII(string(b)) {
		return string(b)
	}
	var enc encoding.Encoding
	switch codepage {
	case 1200:
		return utf16String(b)
	case 65001:
		return string(b)
	case 936, 54936, 20936:
		enc = simplifiedchinese.GB18030
	case 950, 20000:
		enc = traditionalchinese.Big5
	case 932:
		enc = japanese.ShiftJIS
	case 949:
		enc = korean.EUCKR
	case 1251:
		enc = charmap.Windows1251
	}
	if enc != nil {
		if out, err := enc.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
			return string(out)
		}
	}
	s, _ := charset.Decode(b, charset.Hint{})
	return s
}

// properties reads the property sets of a storage ([MS-OLEPS]).
func (s *oleStorage) properties() error {
	for _, name := range []string{"SummaryInformation", "DocumentSummaryInformation"} {
		data := s.stream(name)
		if len(data) < 48 || binary.LittleEndian.Uint16(data) != 0xFFFE {
			continue
		}
		sections := min(int(binary.LittleEndian.Uint32(data[24:])), 4)
		for i := range sections {
			r := byteReader{data: data, pos: 28 + 20*i + 16}
			if offset := int(r.u32()); !r.short && offset >= 48 && offset < len(data) {
				if err := s.propertySet(data[offset:], name == "SummaryInformation"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *oleStorage) propertySet(data []byte, summary bool) error {
	r := byteReader{data: data, pos: 4}
	count := min(int(r.u32()), 4096)
	codepage := 0
	type entry struct{ id, offset int }
	var entries []entry
	for range count {
		e := entry{int(r.u32()), int(r.u32())}
		if r.short {
			break
		}
		if e.id == 1 {
			v := byteReader{data: data, pos: e.offset + 4}
			codepage = v.u16()
		}
		entries = append(entries, e)
	}
	for _, e := range entries {
		v := byteReader{data: data, pos: e.offset}
		if e.offset < 8 || e.offset >= len(data) {
			continue
		}
		if e.id == 0 {
			if err := s.dictionary(&v, codepage); err != nil {
				return err
			}
			continue
		}
		text := strings.TrimSpace(propertyText(&v, codepage, 0))
		if text == "" || summary && (e.id == 9 || e.id == 18) {
			continue // revision count, name of the program
		}
		if summary && e.id == 2 {
			s.f.title(text)
		}
		if err := s.f.text(scanner.KindProperty, text); err != nil {
			return err
		}
	}
	return nil
}

// dictionary reads the names of custom properties.
func (s *oleStorage) dictionary(r *byteReader, codepage int) error {
	for range min(int(r.u32()), 4096) {
		r.u32()
		n := int(r.u32())
		var name string
		if codepage == 1200 {
			name = r.utf16(n)
			r.pos = (r.pos + 3) &^ 3
		} else {
			name = codepageString(r.take(n), codepage)
		}
		if r.short {
			return nil
		}
		if name = strings.TrimRight(name, "\x00"); strings.HasPrefix(name, "_PID_") {
			continue
		}
		if err := s.f.text(scanner.KindProperty, name); err != nil {
			return err
		}
	}
	return nil
}

// propertyText gives the texts of a typed value; numbers and dates give none.
func propertyText(r *byteReader, codepage, depth int) string {
	typ := int(r.u32())
	switch {
	case typ == 0x1E || typ == 0x08: // VT_LPSTR, VT_BSTR
		n := int(r.u32())
		return strings.TrimRight(codepageString(bytes.TrimRight(r.take(n), "\x00"), codepage), "\x00")
	case typ == 0x1F: // VT_LPWSTR
		return strings.TrimRight(r.utf16(int(r.u32())), "\x00")
	case typ == 0x101E || typ == 0x101F || typ == 0x100C: // vectors
		if depth > 2 {
			return ""
		}
		var parts []string
		for range min(int(r.u32()), 1000) {
			var text string
			switch typ {
			case 0x101E:
				n := int(r.u32())
				text = codepageString(bytes.TrimRight(r.take(n), "\x00"), codepage)
			case 0x101F:
				text = strings.TrimRight(r.utf16(int(r.u32())), "\x00")
				r.pos = (r.pos + 3) &^ 3
			default:
				text = propertyText(r, codepage, depth+1)
				r.pos = (r.pos + 3) &^ 3
			}
			if r.short {
				break
			}
			if countHan(text) > 0 {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, "\n")
	case typ == 3:
		r.u32()
	}
	return ""
}

// macros gives the source text of VBA modules ([MS-OVBA]): passwords and
// addresses are written there.
func (s *oleStorage) macros() error {
	for _, name := range s.names {
		if !strings.Contains("/"+name, "/VBA/") || strings.HasSuffix(name, "_VBA_PROJECT") || strings.Contains(name, "__SRP_") || strings.HasSuffix(name, "/dir") {
			continue
		}
		data := s.stream(name)
		at := bytes.Index(data, []byte("\x00Attribut"))
		if at < 3 || data[at-3] != 1 {
			continue
		}
		source, err := vbaDecompress(data[at-3:])
		if err != nil && len(source) == 0 {
			continue
		}
		if err := s.f.budget.unpack(int64(len(source))); err != nil {
			return err
		}
		text := codepageString(source, 936)
		var keep []string
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "Attribute ") {
				keep = append(keep, strings.TrimRight(line, "\r\n"))
			}
		}
		if err := s.f.text(scanner.KindScript, strings.TrimSpace(strings.Join(keep, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

var errVBA = errors.New("corrupt VBA source")

// vbaDecompress undoes the run-length coding of [MS-OVBA] 2.4.1.
func vbaDecompress(data []byte) ([]byte, error) {
	var out []byte
	pos := 1
	for pos+2 <= len(data) {
		header := int(binary.LittleEndian.Uint16(data[pos:]))
		end := min(len(data), pos+header&0x0FFF+3)
		pos += 2
		start := len(out)
		if header&0x8000 == 0 {
			out = append(out, data[pos:end]...)
			pos = end
			continue
		}
		for pos < end {
			flags := data[pos]
			pos++
			for bit := 0; bit < 8 && pos < end; bit++ {
				if flags>>bit&1 == 0 {
					out = append(out, data[pos])
					pos++
					continue
				}
				if pos+2 > end {
					return out, errVBA
				}
				token := int(binary.LittleEndian.Uint16(data[pos:]))
				pos += 2
				bits := 4
				for 1<<bits < len(out)-start {
					bits++
				}
				length := token&(0xFFFF>>bits) + 3
				offset := token>>(16-bits) + 1
				if offset > len(out)-start || length > 4098 {
					return out, errVBA
				}
				for range length {
					out = append(out, out[len(out)-offset])
				}
			}
		}
	}
	return out, nil
}
