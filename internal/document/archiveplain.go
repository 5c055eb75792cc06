package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ulikunitz/xz/lzma"

	"prescreen/scanner"
)

// Archives that only put files one behind the other, and lzip.

// readAr reads an archive of ar(1), which Debian's packages are as well.
func readAr(ctx context.Context, f *file) error {
	const head = 60
	var long []byte // names over 15 characters, in the manner of GNU
	for at := int64(8); at+head <= f.size; {
		var h [head]byte
		if _, err := f.data.ReadAt(h[:], at); err != nil {
			return fmt.Errorf("read ar: %w", err)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
		if err != nil || size < 0 || string(h[58:]) != "`\n" {
			return errors.New("damaged ar header")
		}
		start := at + head
		at = start + size + size&1
		name := strings.TrimRight(string(h[:16]), " ")
		switch {
		case name == "/" || name == "/SYM64/":
			continue // symbols
		case name == "//":
			long, _ = readAtMost(io.NewSectionReader(f.data, start, size), 1<<20)
			continue
		case strings.HasPrefix(name, "#1/"): // BSD: the name stands before the content
			n := min(int64(atoi(name[3:])), size)
			raw, _ := readAtMost(io.NewSectionReader(f.data, start, n), 4096)
			name, start, size = trimNul(string(raw)), start+n, size-n
		case strings.HasPrefix(name, "/") && long != nil:
			name, _, _ = strings.Cut(string(long[min(atoi(name[1:]), len(long)):]), "\n")
		}
		name = decodeZipName([]byte(strings.TrimSuffix(name, "/")), false)
		if err := f.section(ctx, name, start, size); err != nil {
			return err
		}
	}
	return nil
}

// section reads a member that stands in f as it is.
func (f *file) section(ctx context.Context, name string, start, size int64) error {
	if err := f.folder(name); err != nil {
		return err
	}
	if err := f.child(ctx, name, io.NewSectionReader(f.data, start, size)); err != nil {
		return err
	}
	if start+size > f.size {
		f.problem(scanner.StatusPartial, "the archive is cut off")
	}
	return nil
}

// cpioHeader is what stands before a member of a cpio archive.
type cpioHeader struct {
	size, name, content int64 // of the header, the name and the content
	mode                int64
	align               int64 // of what follows
}

// readCpio reads cpio(1) archives, with numbers in ASCII or in binary.
func readCpio(ctx context.Context, f *file) error {
	const typeMask, regular = 0o170000, 0o100000
	for at := int64(0); at+6 <= f.size; {
		var raw [110]byte
		n, _ := f.data.ReadAt(raw[:], at) // a short header shows below
		h, ok := parseCpio(raw[:n])
		if !ok {
			return errors.New("damaged cpio header")
		}
		label, err := readAtMost(io.NewSectionReader(f.data, at+h.size, h.name), 4096)
		if err != nil {
			return fmt.Errorf("read cpio: %w", err)
		}
		name := trimNul(string(label))
		if name == "TRAILER!!!" {
			return nil
		}
		start := (at + h.size + h.name + h.align - 1) / h.align * h.align
		at = (start + h.content + h.align - 1) / h.align * h.align
		if h.mode&typeMask != regular {
			continue // folders, links, devices
		}
		if err := f.section(ctx, decodeZipName([]byte(name), false), start, h.content); err != nil {
			return err
		}
	}
	return nil
}

func parseCpio(b []byte) (h cpioHeader, ok bool) {
	if len(b) < 26 {
		return h, false
	}
	octal := func(from, to int) int64 {
		v, _ := strconv.ParseInt(string(b[from:to]), 8, 64) // 0 for what is no number
		return v
	}
	hex := func(field int) int64 { return int64(parseHex(string(b[6+8*field : 14+8*field]))) }
	binaryForm := func(order binary.ByteOrder) cpioHeader {
		word := func(i int) int64 { return int64(order.Uint16(b[2*i:])) }
		return cpioHeader{size: 26, mode: word(3), name: word(10), content: word(11)<<16 | word(12), align: 2}
	}
	switch {
	case string(b[:5]) == "07070" && (b[5] == '1' || b[5] == '2') && len(b) >= 110:
		h = cpioHeader{size: 110, mode: hex(1), content: hex(6), name: hex(11), align: 4}
	case string(b[:6]) == "070707" && len(b) >= 76:
		h = cpioHeader{size: 76, mode: octal(18, 24), name: octal(59, 65), content: octal(65, 76), align: 1}
	case b[0] == 0xC7 && b[1] == 0x71:
		h = binaryForm(binary.LittleEndian)
	case b[0] == 0x71 && b[1] == 0xC7:
		h = binaryForm(binary.BigEndian)
	}
	return h, h.size > 0 && h.content >= 0 && h.name > 0
}

// lzipReader returns what the members of an lzip file hold. Each ends with its
// length, so they are found from the end of the file.
func lzipReader(f *file) (io.Reader, error) {
	const head, trailer = 6, 20
	var members []io.Reader
	for end := f.size; end > 0; {
		size := end
		var tail [8]byte
		if end > head+trailer {
			if _, err := f.data.ReadAt(tail[:], end-8); err != nil {
				return nil, err
			}
			if n := binary.LittleEndian.Uint64(tail[:]); n > head+trailer && n <= uint64(end) {
				size = int64(n)
			}
		}
		var h [head]byte
		if _, err := f.data.ReadAt(h[:], end-size); err != nil {
			return nil, err
		}
		if string(h[:4]) != "LZIP" {
			return nil, errors.New("damaged lzip file")
		}
		window := uint32(1) << (h[5] & 0x1F)
		window -= window / 16 * uint32(h[5]>>5)
		if window > maxWindow {
			return nil, failf(scanner.StatusLimit, "needs more than %d MB to unpack", maxWindow>>20)
		}
		lz := append([]byte{0x5D}, binary.LittleEndian.AppendUint32(nil, window)...)
		lz = append(lz, bytes.Repeat([]byte{0xFF}, 8)...) // ended by a marker
		body := io.NewSectionReader(f.data, end-size+head, size-head)
		members = append([]io.Reader{&lazyReader{open: func() (io.Reader, error) {
			return lzma.ReaderConfig{DictCap: maxWindow}.NewReader(io.MultiReader(bytes.NewReader(lz), body))
		}}}, members...)
		end -= size
		if len(members) > f.budget.limits.Entries {
			return nil, failf(scanner.StatusLimit, "more than %d members", f.budget.limits.Entries)
		}
	}
	return io.MultiReader(members...), nil
}

// lazyReader opens what it reads when it is first read.
type lazyReader struct {
	open func() (io.Reader, error)
	r    io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}
