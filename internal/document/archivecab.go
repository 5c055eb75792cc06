package document

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"prescreen/scanner"
)

// cabinet is a CAB file ([MS-CAB]): folders of blocks that are packed together,
// and files that are stretches of a folder.
type cabinet struct {
	f        *file
	folders  []cabFolder
	reserved int // bytes in each block for whoever made the file
	filesAt  int64
	files    int
}

type cabFolder struct {
	at     int64
	blocks int
	method int
}

type cabFile struct {
	name        string
	start, size int64
	folder      int
}

// Methods of packing, and what a file says in place of its folder when it
// began in the cabinet before or goes on in the next.
const (
	cabStored   = 0
	cabMSZIP    = 1
	cabFromLast = 0xFFFD
)

func readCab(ctx context.Context, f *file) error {
	c := &cabinet{f: f}
	if err := c.readHeader(); err != nil {
		return err
	}
	files, err := c.list()
	for i := range c.folders {
		if e := c.readFolder(ctx, i, files); e != nil {
			return e
		}
	}
	for _, m := range files {
		if m.folder >= len(c.folders) {
			e := f.lost(m.name, failf(scanner.StatusPartial, "continues in another volume, which is not here"))
			if e != nil {
				return e
			}
		}
	}
	return err
}

func (c *cabinet) readHeader() error {
	const withPrevious, withNext, withReserve = 1, 2, 4
	raw, err := readAtMost(c.f.reader(), 128<<10)
	if err != nil {
		return fmt.Errorf("read cabinet: %w", err)
	}
	r := &byteReader{data: raw, pos: 16}
	c.filesAt = int64(r.u32())
	r.pos = 26
	folders := r.u16()
	c.files = r.u16()
	flags := r.u16()
	r.take(4)
	folderReserve := 0
	if flags&withReserve != 0 {
		n := r.u16()
		folderReserve, c.reserved = r.u8(), r.u8()
		r.take(n)
	}
	for _, bit := range []int{withPrevious, withNext} {
		if flags&bit != 0 {
			r.cstring()
			r.cstring()
		}
	}
	for range folders {
		folder := cabFolder{at: int64(r.u32()), blocks: r.u16(), method: r.u16() & 15}
		r.take(folderReserve)
		if r.short {
			return errors.New("the header of the cabinet is damaged")
		}
		c.folders = append(c.folders, folder)
	}
	return nil
}

// list reads the names of the files and where they are.
func (c *cabinet) list() ([]cabFile, error) {
	const utf8Name = 0x80
	raw, err := readAtMost(io.NewSectionReader(c.f.data, c.filesAt, c.f.size), 16<<20)
	if err != nil {
		return nil, fmt.Errorf("read cabinet: %w", err)
	}
	r := &byteReader{data: raw}
	var out []cabFile
	for range c.files {
		m := cabFile{size: int64(r.u32()), start: int64(r.u32()), folder: r.u16()}
		r.u32() // date and time
		flags := r.u16()
		name := r.cstring()
		if r.short {
			return out, errors.New("the list of files is cut off")
		}
		m.name = strings.ReplaceAll(decodeZipName([]byte(name), flags&utf8Name != 0), "\\", "/")
		if m.folder >= cabFromLast {
			m.folder = len(c.folders)
		}
		out = append(out, m)
	}
	return out, nil
}

// readFolder reads the files of one folder in the order they are packed in.
func (c *cabinet) readFolder(ctx context.Context, folder int, files []cabFile) error {
	blocks := &cabReader{cabinet: c, folder: c.folders[folder], at: c.folders[folder].at}
	unpacked := c.f.budget.reader(blocks)
	read := int64(0)
	for _, m := range files {
		if m.folder != folder {
			continue
		}
		if err := c.f.folder(m.name); err != nil {
			return err
		}
		if method := blocks.folder.method; method != cabStored && method != cabMSZIP {
			if err := c.f.lost(m.name, failf(scanner.StatusUnsupported, "compressed by method %d of CAB, which is not read", method)); err != nil {
				return err
			}
			continue
		}
		if skip := m.start - read; skip > 0 {
			n, err := io.CopyN(io.Discard, unpacked, skip)
			read += n
			if err != nil {
				return fmt.Errorf("read cabinet: %w", err)
			}
		}
		part := &countingReader{r: io.LimitReader(blocks, m.size)} // child counts it as unpacked
		if err := c.f.child(ctx, m.name, part); err != nil {
			return err
		}
		read += part.n
		if part.n < m.size {
			c.f.problem(scanner.StatusPartial, "the cabinet is cut off or damaged")
		}
	}
	return nil
}

// cabReader unpacks the blocks of a folder.
type cabReader struct {
	*cabinet
	folder cabFolder
	at     int64
	plain  []byte // not yet read
	window []byte // the last 32 kB, to which the next block may refer
	broken bool   // the block gave less than it should
}

func (c *cabReader) Read(p []byte) (int, error) {
	for len(c.plain) == 0 {
		if c.broken {
			return 0, errors.New("damaged block in the cabinet")
		}
		if c.folder.blocks == 0 {
			return 0, io.EOF
		}
		if err := c.block(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

func (c *cabReader) block() error {
	const window = 32 << 10
	c.folder.blocks--
	var h [8]byte
	if _, err := c.f.data.ReadAt(h[:], c.at); err != nil {
		return fmt.Errorf("read cabinet: %w", err)
	}
	packed := make([]byte, binary.LittleEndian.Uint16(h[4:]))
	at := c.at + 8 + int64(c.reserved)
	n, err := c.f.data.ReadAt(packed, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read cabinet: %w", err)
	}
	packed = packed[:n]
	c.at = at + int64(n)
	claimed := int(binary.LittleEndian.Uint16(h[6:]))
	if c.folder.method == cabStored {
		c.plain, c.broken = packed, n < claimed
		return nil
	}
	body, ok := bytes.CutPrefix(packed, []byte("CK"))
	if !ok {
		return errors.New("damaged block in the cabinet")
	}
	r := flate.NewReaderDict(bytes.NewReader(body), c.window)
	plain, err := readAtMost(r, 64<<10)
	c.broken = err != nil || len(plain) < claimed
	c.plain = plain
	c.window = append(c.window, plain...)
	c.window = c.window[max(0, len(c.window)-window):]
	return nil
}

// countingReader counts what is read through it.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
