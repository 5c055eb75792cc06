package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/richardlehane/mscfb"

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
	if s.streams["Catalog"] != nil {
		return s.readThumbs(ctx)
	}
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
