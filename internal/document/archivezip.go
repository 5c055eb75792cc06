package document

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// zipMember is one entry of a ZIP file, by whatever way it was found.
type zipMember struct {
	name      string // decoded, slashes forward
	size      int64  // as claimed
	encrypted bool
	method    uint16
	open      func() (io.Reader, error)
}

// zipMembers lists the entries of a ZIP file. When the central directory is
// damaged or missing, entries are found by their local headers and salvaged
// is true.
func zipMembers(f *file) (members []zipMember, salvaged bool, err error) {
	zr, err := zip.NewReader(f.data, f.size)
	if zr == nil || len(zr.File) == 0 {
		members = salvageZip(f)
		if len(members) == 0 && err != nil {
			return nil, false, err
		}
		return members, len(members) > 0 || err != nil, nil
	}
	if err := zipComment(f, zr.Comment); err != nil {
		return nil, false, err
	}
	dec := newNameDecoder(zr.File)
	for _, e := range zr.File {
		if err := zipComment(f, e.Comment); err != nil {
			return nil, false, err
		}
		if strings.HasSuffix(e.Name, "/") && e.UncompressedSize64 == 0 {
			continue
		}
		members = append(members, zipMember{
			name:      strings.ReplaceAll(dec.name(e), "\\", "/"),
			size:      int64(min(e.UncompressedSize64, 1<<62)),
			encrypted: e.Flags&1 != 0,
			method:    e.Method,
			open:      func() (io.Reader, error) { return openZipFile(e) },
		})
	}
	return members, false, nil
}

// zipComment gives the comment of an archive or of a member.
func zipComment(f *file, raw string) error {
	if isBlank(raw) {
		return nil
	}
	was := f.emitted // a file with a comment and nothing else is empty
	defer func() { f.emitted = was }()
	text, _ := charset.Decode([]byte(raw), charset.Hint{})
	return f.text(scanner.KindComment, text)
}

// openZipFile opens an entry of any method this build can decompress.
func openZipFile(e *zip.File) (io.Reader, error) {
	if e.Flags&1 != 0 {
		return nil, failf(scanner.StatusEncrypted, "encrypted, needs a password")
	}
	switch e.Method {
	case zip.Store, zip.Deflate:
		return e.Open()
	}
	raw, err := e.OpenRaw()
	if err != nil {
		return nil, err
	}
	return zipMethod(e.Method, raw)
}

const salvageWindow = 1 << 20

// salvageZip walks a ZIP file from local header to local header, as far as
// they are intact.
func salvageZip(f *file) []zipMember {
	var members []zipMember
	for off := int64(0); len(members) < f.budget.limits.Entries; {
		at := findSignature(f.data, off, f.size, "PK\x03\x04")
		if at < 0 {
			return members
		}
		var h [30]byte
		if _, err := f.data.ReadAt(h[:], at); err != nil {
			return members
		}
		flags, method := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:])
		packed, nameLen := int64(binary.LittleEndian.Uint32(h[18:])), int64(binary.LittleEndian.Uint16(h[26:]))
		start := at + 30 + nameLen + int64(binary.LittleEndian.Uint16(h[28:]))
		off = at + 4
		name := make([]byte, nameLen)
		if _, err := f.data.ReadAt(name, at+30); err != nil || start > f.size || nameLen == 0 || nameLen > 4096 {
			continue
		}
		end := f.size
		if flags&8 == 0 && packed > 0 && start+packed <= f.size {
			end, off = start+packed, start+packed
		}
		if bytes.HasSuffix(name, []byte("/")) {
			continue
		}
		members = append(members, zipMember{
			name:      strings.ReplaceAll(decodeZipName(name, flags&0x800 != 0), "\\", "/"),
			encrypted: flags&1 != 0,
			method:    method,
			open: func() (io.Reader, error) {
				return openSalvaged(io.NewSectionReader(f.data, start, end-start), flags, method)
			},
		})
	}
	return members
}

func openSalvaged(raw io.Reader, flags, method uint16) (io.Reader, error) {
	switch {
	case flags&1 != 0:
		return nil, failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case method == zip.Deflate:
		return flate.NewReader(raw), nil
	case method == zip.Store:
		return raw, nil
	}
	return zipMethod(method, raw)
}

// findSignature returns the offset of sig in r at or after from, -1 if it is
// not there.
func findSignature(r io.ReaderAt, from, size int64, sig string) int64 {
	buf := make([]byte, min(salvageWindow, max(size-from, 0)))
	for from < size {
		n, err := r.ReadAt(buf, from)
		if i := bytes.Index(buf[:n], []byte(sig)); i >= 0 {
			return from + int64(i)
		}
		if err != nil || n < len(sig) {
			return -1
		}
		from += int64(n - len(sig) + 1)
	}
	return -1
}
