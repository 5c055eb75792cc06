package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// tree is what all files of one input share.
type tree struct {
	parser  *Parser
	res     *Result
	sink    func(scanner.Segment) error
	sinkErr error
	budget  *budget
	fast    bool // see Parser.walk
}

// file is one file of the tree: the outermost one or a member of another.
type file struct {
	*tree
	name        string // own name, a label
	path        string // place of the file: names from the outermost down, joined by "!/"
	url         string // what relative links resolve against, "" when unknown
	contentType string // as declared by HTTP or MIME, "" when unknown
	fragment    bool
	typ         string // sniffed
	charset     string // of a text file, once it is decoded
	depth       int    // 0 for the outermost
	data        io.ReaderAt
	size        int64

	emitted bool            // has produced text (its name apart)
	tables  int             // tables begun, see nextTable
	folders map[string]bool // of an archive, given as names
	faulty  bool            // has reported a problem
	// orientation of the pixels of a picture as EXIF numbers it, 0 when unknown.
	orientation int
	about       aboutPage
}

// spoolAbove is the size from which a member is kept in a temporary file
// rather than in memory.
const spoolAbove = 8 << 20

// read sniffs f and runs the extractor of its type. Faults become problems,
// panics included: one bad file never ends the tree.
func (f *file) read(ctx context.Context) {
	f.res.Files++
	f.emitName()
	if f.size == 0 {
		f.setType("empty")
		f.report(scanner.StatusEmpty, "the file is empty")
		return
	}
	err := f.extract(ctx)
	if f.sinkErr != nil {
		return
	}
	status, message := statusOf(err, f.emitted)
	if status != scanner.StatusOK {
		f.problem(status, message)
		return
	}
	if !f.emitted && !f.faulty {
		f.report(scanner.StatusEmpty, "no text found")
	}
}

func (f *file) extract(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			f.parser.cfg.Logger.Error("parser panicked", "type", f.typ, "panic", fmt.Sprint(v))
			err = failf(scanner.StatusDamaged, "the %s parser gave up on it", f.typ)
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	typ, err := sniff(f)
	f.setType(typ)
	if err != nil {
		return err
	}
	run := f.parser.extractors[typ]
	if run == nil {
		return failf(scanner.StatusUnsupported, "files of type %s are not read", typ)
	}
	return run(ctx, f)
}

// setCharset notes the encoding of f, whose decoded length is size, and
// reports text that is broken beyond a stray byte here and there.
func (f *file) setCharset(cs charset.Result, size int) {
	f.charset = cs.Name
	if f.depth == 0 && f.res.Charset == "" {
		f.res.Charset = cs.Name
	}
	if cs.Bad > 20 && cs.Bad > size/100 {
		f.problem(scanner.StatusPartial, fmt.Sprintf("%d characters are damaged or of an unknown encoding", cs.Bad))
	}
}

func (f *file) setType(typ string) {
	f.typ = typ
	if f.depth == 0 {
		f.res.Type = typ
	}
}

// emitName makes a segment of the file's own name. The address of a page
// counts as its name only where it says something: most are numbers.
func (f *file) emitName() {
	name := f.name
	if name == "" && f.depth == 0 {
		name = FileName(f.url, "")
		if isASCII(name) && isPageName(name) {
			return
		}
	}
	if name == "" {
		return
	}
	was := f.emitted
	f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindFilename}, Text: path.Base(strings.ReplaceAll(name, "\\", "/"))})
	f.emitted = was
}

// emit hands one segment on. It fills in Place.File, drops blank text and
// repairs invalid UTF-8. A non-nil error must end the extractor.
func (f *file) emit(s scanner.Segment) error {
	if isBlank(s.Text) {
		return nil
	}
	if !utf8.ValidString(s.Text) {
		s.Text = strings.ToValidUTF8(s.Text, "\uFFFD")
	}
	return f.emitValid(s)
}

// emitValid is emit for text known to be valid UTF-8 and not blank.
func (f *file) emitValid(s scanner.Segment) error {
	if s.Place.File == "" {
		s.Place.File = f.path
	}
	n := int64(len(s.Text))
	if err := f.budget.segment(n); err != nil {
		return err
	}
	f.emitted = true
	f.res.Text += n
	switch s.Place.Kind {
	case scanner.KindBody, scanner.KindHeading, scanner.KindTitle, scanner.KindImage:
		f.res.Visible += n
	}
	if err := f.sink(s); err != nil {
		f.sinkErr = err
		return err
	}
	return nil
}

// text emits text of kind without further place.
func (f *file) text(kind scanner.Kind, text string) error {
	return f.emit(scanner.Segment{Place: scanner.Place{Kind: kind}, Text: text})
}

// link records a reference; the address becomes a segment as well where the
// extractor emits one.
func (f *file) link(l Link) { f.res.Links = append(f.res.Links, l) }

// title sets the title of the document, the first one wins.
func (f *file) title(s string) {
	if f.depth == 0 && f.res.Title == "" {
		f.res.Title = strings.Join(strings.Fields(s), " ")
	}
}

// nextTable begins a table and returns its ordinal within the file.
func (f *file) nextTable() int {
	f.tables++
	return f.tables
}

// problem reports that f, or a part of it, could not be read completely.
// message is one line without content of the document.
func (f *file) problem(status scanner.Status, message string) {
	f.faulty = f.faulty || !status.Harmless()
	f.report(status, message)
}

func (f *file) report(status scanner.Status, message string) {
	f.res.Problems = append(f.res.Problems, scanner.Problem{Status: status, File: f.path, Message: oneLine(message)})
}

// bytes returns the whole file, at most max bytes; a longer one is a limit
// fault together with the part that fits. The bytes are not to be changed.
func (f *file) bytes(max int64) ([]byte, error) {
	n := min(f.size, max)
	if whole, ok := f.data.(interface{ Bytes() ([]byte, error) }); ok && n == f.size {
		if b, err := whole.Bytes(); err == nil && int64(len(b)) == n {
			return b, nil
		}
	}
	buf := make([]byte, n)
	got, err := f.data.ReadAt(buf, 0)
	if err != nil && !(errors.Is(err, io.EOF) && got > 0) {
		return buf[:got], fmt.Errorf("read file: %w", err)
	}
	if f.size > max {
		return buf[:got], failf(scanner.StatusLimit, "larger than %d MB, read up to there", max>>20)
	}
	return buf[:got], nil
}

// reader returns the whole file as a stream.
func (f *file) reader() *io.SectionReader { return io.NewSectionReader(f.data, 0, f.size) }

// child reads a member of f: an archive member, an embedded object, an
// attachment. name is a label. The bytes of r count as unpacked. An error
// means that the tree must end (budget, deadline); a bad member does not.
func (f *file) child(ctx context.Context, name string, r io.Reader) error {
	return f.childOf(ctx, name, "", r)
}

// childOf is child with the declared MIME type of the member.
func (f *file) childOf(ctx context.Context, name, contentType string, r io.Reader) error {
	if err := f.admit(name); err != nil {
		return err
	}
	sp := spool{dir: f.parser.cfg.TempDir}
	defer sp.close()
	_, copyErr := io.Copy(&sp, f.budget.reader(r))
	at, size, err := sp.open()
	if err != nil {
		copyErr = err
	}
	c := f.member(name, contentType, at, size)
	f.emitted = true // a container that held something is not empty
	if size > 0 || copyErr == nil {
		c.read(ctx)
	} else {
		c.emitName()
	}
	if copyErr == nil {
		return f.sinkErr
	}
	status, message := statusOf(copyErr, c.emitted)
	c.problem(status, message)
	if status == scanner.StatusLimit || status == scanner.StatusTimeout || ctx.Err() != nil {
		return copyErr
	}
	return f.sinkErr
}

// childBytes is child for data that is already in memory and already counted.
func (f *file) childBytes(ctx context.Context, name, contentType string, data []byte) error {
	if err := f.admit(name); err != nil {
		return err
	}
	f.emitted = true
	f.member(name, contentType, bytes.NewReader(data), int64(len(data))).read(ctx)
	return f.sinkErr
}

// admit counts a member against the budget. A member too deep is reported and
// skipped by its caller's error.
func (f *file) admit(name string) error {
	if f.depth >= f.budget.limits.Depth {
		return failf(scanner.StatusLimit, "nested more than %d files deep", f.budget.limits.Depth)
	}
	return f.budget.entry()
}

func (f *file) member(name, contentType string, data io.ReaderAt, size int64) *file {
	name = cleanName(name)
	return &file{
		tree: f.tree, name: name, path: joinPath(f.path, name), contentType: contentType,
		depth: f.depth + 1, data: data, size: size,
	}
}

// joinPath appends a member's name to the place of its container.
func joinPath(container, name string) string {
	if container == "" {
		return name
	}
	if name == "" {
		return container
	}
	return container + "!/" + name
}

// spool takes a member of unknown size: memory first, then an unnamed
// temporary file.
type spool struct {
	dir  string
	buf  bytes.Buffer
	tmp  *os.File
	size int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.tmp == nil && s.buf.Len()+len(p) > spoolAbove {
		tmp, err := os.CreateTemp(s.dir, "prescreen-*")
		if err != nil {
			return 0, failf(scanner.StatusPartial, "no room for temporary files: %v", err)
		}
		s.tmp = tmp
		os.Remove(tmp.Name()) // gone with the process, however that ends
		if _, err := s.buf.WriteTo(tmp); err != nil {
			return 0, failf(scanner.StatusPartial, "no room for temporary files: %v", err)
		}
	}
	var n int
	var err error
	if s.tmp == nil {
		n, err = s.buf.Write(p)
	} else if n, err = s.tmp.Write(p); err != nil {
		err = failf(scanner.StatusPartial, "no room for temporary files: %v", err)
	}
	s.size += int64(n)
	return n, err
}

func (s *spool) open() (io.ReaderAt, int64, error) {
	if s.tmp != nil {
		return s.tmp, s.size, nil
	}
	return bytes.NewReader(s.buf.Bytes()), int64(s.buf.Len()), nil
}

func (s *spool) close() {
	if s.tmp != nil {
		s.tmp.Close()
	}
}
