package document

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/bodgit/sevenzip"
	"github.com/nwaples/rardecode/v2"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"prescreen/scanner"
)

// Archive members are labels and streams: nothing is written under their
// names, so ".." and absolute paths are harmless here.

// readZip reads a ZIP archive.
func readZip(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the archive is damaged, its files were searched for")
	}
	iwork := f.typ == "iwork"
	if iwork {
		f.problem(scanner.StatusUnsupported, "the document itself, of iWork since 2013, is not read; its preview and its pictures are")
	}
	for _, m := range members {
		if salvaged && strings.HasSuffix(m.name, "/") || iwork && isIWorkPart(m.name) {
			continue
		}
		if err := f.folder(m.name); err != nil {
			return err
		}
		if err := f.childFrom(ctx, m.name, m.open); err != nil {
			return err
		}
	}
	return nil
}

// folder gives the folders a member is in, each once: the name of a member
// itself is only its last part.
func (f *file) folder(name string) error {
	dir := path.Dir(strings.ReplaceAll(name, "\\", "/"))
	if dir == "." || dir == "/" || f.folders[dir] {
		return nil
	}
	if f.folders == nil {
		f.folders = map[string]bool{}
	}
	f.folders[dir] = true
	return f.text(scanner.KindFilename, dir)
}

// readExecutable reads what a self-extracting archive carries behind its
// program; other programs are not read.
func readExecutable(ctx context.Context, f *file) error {
	if zr, _ := zip.NewReader(f.data, f.size); zr != nil && len(zr.File) > 0 {
		return readZip(ctx, f)
	}
	for _, a := range []struct {
		sig string
		run extractor
	}{{"Rar!\x1A\x07", readRar}, {"7z\xBC\xAF\x27\x1C\x00", read7z}} {
		if at := findSignature(f.data, 0, min(f.size, sfxProgram), a.sig); at >= 0 {
			inner := *f
			inner.data, inner.size = io.NewSectionReader(f.data, at, f.size-at), f.size-at
			err := a.run(ctx, &inner)
			f.emitted, f.faulty = f.emitted || inner.emitted, f.faulty || inner.faulty
			return err
		}
	}
	return failf(scanner.StatusUnsupported, "files of type %s are not read", f.typ)
}

// sfxProgram is how long the program of a self-extracting archive may be.
const sfxProgram = 4 << 20

// isIWorkPart reports whether a member is part of the document in Apple's own
// format: Snappy and protocol buffers without a public description.
func isIWorkPart(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".iwa") || strings.HasSuffix(name, ".plist") || strings.HasSuffix(name, "/index.zip")
}

// childFrom reads a member that has to be opened first. One that cannot be
// opened is a problem of its own and never ends the archive.
func (f *file) childFrom(ctx context.Context, name string, open func() (io.Reader, error)) error {
	r, err := open()
	if err != nil {
		return f.lost(name, err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return f.child(ctx, name, r)
}

// lost reports a member whose content is out of reach; its name is still a
// segment. The error is for what must end the tree.
func (f *file) lost(name string, err error) error {
	if err := f.admit(name); err != nil {
		return err
	}
	m := f.member(name, "", nil, 0)
	m.res.Files++
	m.emitName()
	status, message := statusOf(err, false)
	m.problem(status, message)
	f.faulty = true
	if status == scanner.StatusLimit || status == scanner.StatusTimeout {
		return err
	}
	return f.sinkErr
}

// readTar reads a tar archive of any dialect.
func readTar(ctx context.Context, f *file) error {
	tr := tar.NewReader(f.reader())
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read tar: %w", err)
		}
		name := decodeZipName([]byte(h.Name), false)
		if err := f.folder(name); err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse:
		default:
			if err := f.text(scanner.KindFilename, path.Base(name)); err != nil {
				return err
			}
			continue // links and devices have no content
		}
		if err := f.child(ctx, name, tr); err != nil {
			return err
		}
	}
}

// readStream reads a single compressed file.
func readStream(ctx context.Context, f *file) error {
	var r io.Reader
	var err error
	name := innerName(f.name)
	switch f.typ {
	case "gzip":
		var gz *gzip.Reader
		if gz, err = gzip.NewReader(f.reader()); err == nil {
			r = gz
			if gz.Name != "" {
				name = decodeZipName(latin1Bytes(gz.Name), false)
			}
		}
	case "bzip2":
		r = bzip2.NewReader(f.reader())
	case "xz":
		r, err = xz.ReaderConfig{DictCap: maxWindow}.NewReader(f.reader())
	case "zstd":
		r, err = newZstd(f.reader())
	case "lz4":
		r = lz4.NewReader(f.reader())
	case "compress":
		r, err = newLZW(f.reader())
	case "lzip":
		r, err = lzipReader(f)
	case "lzma":
		r, err = lzma.ReaderConfig{DictCap: maxWindow}.NewReader(f.reader())
	default:
		return failf(scanner.StatusUnsupported, "files of type %s are not read", f.typ)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.typ, err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return f.child(ctx, name, r)
}

// latin1Bytes undoes the Latin-1 reading gzip gives to header names.
func latin1Bytes(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return []byte(s)
		}
		b = append(b, byte(r))
	}
	return b
}

// innerName is the name of a compressed file without the compression.
func innerName(name string) string {
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	ext := path.Ext(base)
	switch strings.ToLower(ext) {
	case ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".taz", ".tlz":
		return strings.TrimSuffix(base, ext) + ".tar"
	case ".gz", ".bz2", ".xz", ".zst", ".z", ".lzma", ".lz", ".lz4", ".svgz", ".emz", ".wmz":
		return strings.TrimSuffix(base, ext)
	}
	return base
}

// readRar reads a RAR archive, version 4 or 5, solid or not.
func readRar(ctx context.Context, f *file) error {
	rr, err := rardecode.NewReader(f.reader(), rardecode.MaxDictionarySize(maxWindow))
	if err != nil {
		return rarFault(err)
	}
	for {
		h, err := rr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rarFault(err)
		}
		if h.IsDir {
			continue
		}
		if err := f.folder(h.Name); err != nil {
			return err
		}
		if h.Encrypted {
			if err := f.lost(h.Name, rarFault(rardecode.ErrArchivedFileEncrypted)); err != nil {
				return err
			}
			continue
		}
		if err := f.child(ctx, h.Name, rarReader{rr}); err != nil {
			return err
		}
	}
}

// rarReader turns the errors of rardecode into faults.
type rarReader struct{ r io.Reader }

func (r rarReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = rarFault(err)
	}
	return n, err
}

func rarFault(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted),
		errors.Is(err, rardecode.ErrBadPassword):
		return failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case errors.Is(err, rardecode.ErrMultiVolume):
		return failf(scanner.StatusPartial, "continues in another volume, which is not here")
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return failf(scanner.StatusLimit, "needs more than %d MB to unpack", maxWindow>>20)
	case errors.Is(err, rardecode.ErrUnknownVersion), errors.Is(err, rardecode.ErrUnknownDecoder),
		errors.Is(err, rardecode.ErrUnsupportedDecoder):
		return failf(scanner.StatusUnsupported, "made by a RAR version that is not read")
	}
	return fmt.Errorf("read rar: %w", err)
}

// read7z reads a 7-Zip archive.
func read7z(ctx context.Context, f *file) error {
	zr, err := sevenzip.NewReader(f.data, f.size)
	if err != nil {
		return sevenZipFault(err)
	}
	for _, e := range zr.File {
		if e.FileInfo().IsDir() {
			continue
		}
		if err := f.folder(e.Name); err != nil {
			return err
		}
		err := f.childFrom(ctx, e.Name, func() (r io.Reader, err error) {
			defer func() {
				if v := recover(); v != nil {
					err = fmt.Errorf("read 7z: %v", v)
				}
			}()
			rc, err := e.Open()
			if err != nil {
				return nil, sevenZipFault(err)
			}
			return sevenZipReader{rc}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sevenZipReader turns errors and panics of the decompressors into errors of
// this one member.
type sevenZipReader struct{ io.ReadCloser }

func (r sevenZipReader) Read(p []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			n, err = 0, fmt.Errorf("read 7z: %v", v)
		}
	}()
	n, err = r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = sevenZipFault(err)
	}
	return n, err
}

func sevenZipFault(err error) error {
	var re *sevenzip.ReadError
	if errors.As(err, &re) && re.Encrypted {
		return failf(scanner.StatusEncrypted, "encrypted, needs a password")
	}
	return fmt.Errorf("read 7z: %w", err)
}
